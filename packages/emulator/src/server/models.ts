/**
 * The models of an emulator. In: the options of the emulator, and the `model` of a request. Out: the properties of this model: whether it exists,
 * whether it reasons, how long its context is. An entry of `models` has priority, then the options of the whole emulator, then the name, then the
 * defaults.
 */
import { knownModel, knownModels, usualPrice } from "../base/knownModels.js"
import { pacingFields } from "../base/checkPacing.js"
import type { Pacing } from "../base/pacing.js"
import type {
  DeploymentName,
  EmulatorOptions,
  ListedModel,
  ModelOptions,
  ModelPrice,
  Reasoning
} from "../base/types.js"
import type { ShownModel } from "../control/controlled.js"

/** A model with all its properties, and its speed, if an option sets it. */
export interface Model extends Pacing {
  readonly reasoning: Reasoning
  /** Maximum number of tokens of prompt and answer together. */
  readonly contextLength: number
}

/** The models of an emulator. */
export interface Models {
  /** The models of the list, and whether every other name exists on serverless paths, too. */
  readonly list: () => { readonly any: boolean; readonly models: ReadonlyArray<ShownModel> }
  /** Whether a serverless model exists. */
  readonly exists: (name: unknown) => boolean
  /** The model of a request. A name that is not in the list is a model, too: every dedicated endpoint and every route exists. */
  readonly resolve: (deployment: DeploymentName, name: unknown) => Model
  /** The serverless models of the catalogue: the existing ones, or the well-known ones if any name exists. */
  readonly listed: ReadonlyArray<ListedModel>
  /** The price of the tokens of a serverless model. */
  readonly priceOf: (name: string) => ModelPrice
}

const defaultContextLength = 131_072

/**
 * Which well-known models reason, by patterns of their names, in any case. The first pattern that matches decides. Other models
 * do not reason.
 */
const reasoningByName: ReadonlyArray<readonly [pattern: RegExp, reasoning: Reasoning]> = [
  // Models for other tasks than chat, and the variants that are trained not to reason.
  [/embed|rerank|whisper|guard|qwen3[\w.-]*-(?:instruct|coder)|qwen3-coder/iu, "none"],
  // The name says it: Qwen3-235B-A22B-Thinking-2507, Kimi-K2-Thinking, Phi-4-reasoning.
  [/thinking|reasoning|-think\b/iu, "always"],
  [/deepseek-r\d|qwq|gpt-oss|minimax-m\d|magistral|exaone-deep|glm-z1|glm-5\.[3-9]/iu, "always"],
  [/qwen3|glm-4\.[5-9]|glm-[5-9]|deepseek-v(?:3\.[2-9]|[4-9])|gemma-[4-9]|k-exaone|exaone-[5-9]/iu, "byDefault"],
  [/seed-oss|smollm3|hunyuan-a13b|kimi-k(?:2\.[5-9]|[3-9])/iu, "byDefault"],
  [/deepseek-v3\.1|exaone-4|granite-(?:3\.[2-9]|4)/iu, "onRequest"]
]

/** When a model reasons, by its name. */
export const reasoningOf = (name: string): Reasoning =>
  reasoningByName.find(([pattern]) => pattern.test(name))?.[1] ?? "none"

/** The fields about speed of some options; those of the model come first. Fields that are not set are left out. */
export const pacingOf = (options: Pacing, model: Pacing = {}): Pacing =>
  Object.fromEntries(
    pacingFields.flatMap((name) => {
      const value = model[name] ?? options[name]
      return value === undefined ? [] : [[name, value]]
    })
  )

/** An entry of the option `models`. A plain name is a model without options. */
const entryOf = (model: string | ModelOptions): ModelOptions => (typeof model === "string" ? { id: model } : model)

/** Reads the options once, and returns the functions that find the model of a request. */
export const makeModels = (options: EmulatorOptions): Models => {
  const { models = "any" } = options
  const entries = models === "any" ? [] : models.map(entryOf)
  const byId = new Map(entries.map((entry) => [entry.id, entry]))

  /** The name by which the properties are found, without the route of a dedicated endpoint. */
  const idOf = (deployment: DeploymentName, name: unknown): string | undefined => {
    // A container runs one model, and a request need not name it.
    if (typeof name !== "string") return deployment === "container" ? entries[0]?.id : undefined
    return deployment === "dedicated" && !byId.has(name) ? (name.split(":")[0] ?? name) : name
  }

  /** The properties from the entry, else from the options, else from the name. */
  const modelOf = (id: string | undefined): Model => {
    const entry = id === undefined ? undefined : byId.get(id)
    return {
      reasoning: entry?.reasoning ?? options.reasoning ?? reasoningOf(id ?? ""),
      contextLength:
        entry?.contextLength ?? options.contextLength ?? knownModel(id ?? "")?.contextLength ?? defaultContextLength,
      ...pacingOf(options, entry)
    }
  }

  const priceOf: Models["priceOf"] = (name) => byId.get(name)?.price ?? knownModel(name)?.price ?? usualPrice

  return {
    priceOf,
    list: () => ({
      any: models === "any",
      models: entries.map(({ id }) => ({ id, ...modelOf(id) }))
    }),
    exists: (name) => models === "any" || (typeof name === "string" && byId.has(name)),
    resolve: (deployment, name) => modelOf(idOf(deployment, name)),
    listed: (models === "any" ? knownModels.map(({ id }) => ({ id })) : [...byId.values()]).map(
      ({ id }: ModelOptions) => {
        const { contextLength, reasoning } = modelOf(id)
        return { id, contextLength, reasoning, price: priceOf(id) }
      }
    )
  }
}
