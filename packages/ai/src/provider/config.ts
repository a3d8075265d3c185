/** The settings of the language model, and how those of a layer, a region and a message are merged. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { ChatRequest } from "effect-friendli/schema/ChatRequest"
import type { RequestOptions } from "effect-friendli/RequestOptions"

/** The fields of a chat request that `@effect/ai` does not have: sampling, limits, reasoning. They have the names of the API. */
export interface Sampling extends Omit<
  ChatRequest,
  "messages" | "tools" | "tool_choice" | "stream_options" | "n" | "model"
> {}

/**
 * The settings of a region: `withConfigOverride` provides them.
 * @category tags
 */
export class Config extends Context.Tag("effect-friendli-ai/FriendliLanguageModel/Config")<Config, Config.Service>() {}

export declare namespace Config {
  /** Fields of the request, with the names of the API, and settings of the provider. */
  export interface Service extends Sampling {
    /** The model. Default: that of the deployment. */
    readonly model?: string | null | undefined
    /** Options of the call: timeouts, retries, team, headers. */
    readonly requestOptions?: RequestOptions | undefined
    /**
     * Which earlier answers are sent back with their reasoning: answers with tool calls (for models that reason between calls), all answers, or no
     * answers. Default: `"toolTurns"`.
     */
    readonly replayReasoning?: "toolTurns" | "always" | "never" | undefined
    /** The field of a message that reasoning is sent back in. Default: `"reasoning_content"`. */
    readonly reasoningField?: "reasoning_content" | "reasoning" | undefined
    /**
     * Whether the system message tells the model to answer in JSON if an object is requested. The API advises it, because a model that is only
     * constrained may write whitespace without end. Default: true.
     */
    readonly jsonInstruction?: boolean | undefined
    /**
     * What happens to a tool call that cannot be executed: the tool does not exist, or the arguments are incomplete or not a JSON object. `"fail"`:
     * the generation fails with a `MalformedOutput`. `"skip"`: the call has no `tool-call` part, so that nothing executes it; a stream shows its
     * `tool-params` parts, and the metadata of the finish part names it. Default: `"fail"`.
     */
    readonly invalidToolCalls?: "fail" | "skip" | undefined
  }
}

/** The settings of the region, if it has any. */
export const current: Effect.Effect<Config.Service | undefined> = Effect.map(
  Effect.context<never>(),
  (context) => context.unsafeMap.get(Config.key) as Config.Service | undefined
)

const named = /*#__PURE__*/ new WeakMap<object, string>()

/** Records the model name that a language model requests. Its service does not have this name. */
export const nameModel = <S extends object>(service: S, name: string | undefined): S => {
  if (name !== undefined) named.set(service, name)
  return service
}

/** The model name that a language model requests, if it is a model of Friendli that was made with a name. */
export const modelNameOf = (service: object): string | undefined => named.get(service)

/** Merges settings, field by field; later ones win, and `undefined` keeps the earlier one. */
export const merge = (...all: ReadonlyArray<Config.Service | undefined>): Config.Service => {
  const merged: Record<string, unknown> = {}
  for (const one of all) {
    for (const [name, value] of Object.entries(one ?? {})) if (value !== undefined) merged[name] = value
  }
  return merged as Config.Service
}

const settings: ReadonlySet<string> = new Set<keyof Config.Service>([
  "invalidToolCalls",
  "jsonInstruction",
  "reasoningField",
  "replayReasoning",
  "requestOptions"
])

/** The fields of the request, without the settings of the provider. */
export const fieldsIn = (config: Config.Service): Sampling & Pick<Config.Service, "model"> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !settings.has(name)))

/** An effect or a stream that sends requests. */
type Runs = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>

const override = (self: Runs, overrides: Config.Service): Runs => {
  const region = Effect.map(current, (before) => merge(before, overrides))
  return Predicate.hasProperty(self, Stream.StreamTypeId)
    ? Stream.unwrap(Effect.map(region, (config) => Stream.provideService(self, Config, config)))
    : Effect.flatMap(region, (config) => Effect.provideService(self, Config, config))
}

/**
 * Changes fields of the requests of a region, and settings of the provider.
 *
 * **When to use**: for fields that `@effect/ai` does not have and that only some requests need: a temperature, a limit, less reasoning.
 *
 * **Details**: takes an effect or a stream. Regions can be nested; the inner one wins, field by field.
 *
 * @example
 * ```ts
 * import { LanguageModel } from "@effect/ai"
 * import { FriendliLanguageModel } from "effect-friendli-ai"
 *
 * export const cautious = LanguageModel.generateText({ prompt: "Is it safe?" }).pipe(
 *   FriendliLanguageModel.withConfigOverride({ temperature: 0, max_tokens: 100 })
 * )
 * ```
 * @category combinators
 */
export const withConfigOverride: {
  (overrides: Config.Service): <S extends Runs>(self: S) => S
  <S extends Runs>(self: S, overrides: Config.Service): S
  // The type of the effect or stream does not change.
} = /*#__PURE__*/ dual(2, override) as never
