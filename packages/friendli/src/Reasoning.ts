/**
 * How much a model reasons before it answers: one setting for all models.
 *
 * Models differ: for some, reasoning can be turned off; some accept levels, some a number of tokens; some always reason. The catalogue
 * (`Models`) tells which. The functions here turn one setting into request fields that the model understands.
 */
import type { ReasoningEffort } from "./schema/Sampling.js"
import type { Model, ReasoningOption } from "./schema/Model.js"

/** Answers at once, without reasoning. */
export interface Off {
  readonly _tag: "Off"
}

/** Reasons as much as the model does by itself. */
export interface On {
  readonly _tag: "On"
}

/** Reasons according to a level. */
export interface Effort {
  readonly _tag: "Effort"
  /** The level, from `minimal` to `ultracode`. */
  readonly level: ReasoningEffort
}

/** Reasons for at most `tokens` tokens. */
export interface Budget {
  readonly _tag: "Budget"
  /** The number of tokens; -1 means no limit. */
  readonly tokens: number
}

/** A setting, independent of a model. */
export type Reasoning = Off | On | Effort | Budget

/**
 * No reasoning.
 * @category settings
 */
export const off: Reasoning = { _tag: "Off" }

/**
 * Reasoning as the model does it by itself.
 * @category settings
 */
export const on: Reasoning = { _tag: "On" }

/**
 * Reasoning according to a level: `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, `ultracode`, or a newer one.
 * @category settings
 */
export const effort = (level: ReasoningEffort): Reasoning => ({ _tag: "Effort", level })

/**
 * Reasoning for at most `tokens` tokens; -1 means no limit, 0 is `off`.
 * @category settings
 */
export const budget = (tokens: number): Reasoning => (tokens === 0 ? off : { _tag: "Budget", tokens })

/** The result of a setting for one model. */
export interface Applied<Fields> {
  /** The fields for the request. */
  readonly fields: Fields
  /**
   * What the model will do: the setting itself, or the nearest one that the model supports. A model that always reasons turns `off` into
   * `on`, and one with the levels `low` and `high` turns `medium` into `low`.
   */
  readonly applied: Reasoning
}

/** The fields of a chat request. */
export interface ChatFields {
  /** Separates the reasoning from the text, into `reasoning_content`. */
  readonly parse_reasoning: true
  readonly reasoning_effort?: ReasoningEffort
  readonly reasoning_budget?: number
  readonly chat_template_kwargs?: { readonly enable_thinking: boolean }
}

/** The fields of a messages request. */
export interface MessagesFields {
  readonly thinking:
    | { readonly type: "disabled" }
    | { readonly type: "adaptive" }
    | { readonly type: "enabled"; readonly budget_tokens: number }
  readonly output_config?: { readonly effort: ReasoningEffort }
}

/** The fields of a responses request; no fields if the model decides by itself. */
export interface ResponsesFields {
  readonly reasoning?: { readonly effort: ReasoningEffort | "none" }
}

/** The levels that the API documents, from the lowest to the highest. */
const knownLevels: ReadonlyArray<string> = ["minimal", "low", "medium", "high", "xhigh", "max", "ultracode"]

const optionOf = (model: Model, type: string): ReasoningOption | undefined =>
  model.reasoning_options?.find((option) => option.type === type)

/** The levels of a model. Catalogues also list `default`, which no request accepts. */
const levelsOf = (model: Model): ReadonlyArray<string> =>
  (optionOf(model, "effort")?.values ?? []).filter((value) => value !== "default")

/** The level itself, else the nearest lower one, else the lowest. A level that is not in the list has no neighbours. */
const nearest = (level: string, levels: ReadonlyArray<string>): string | undefined => {
  if (levels.includes(level)) return level
  const wanted = knownLevels.indexOf(level)
  if (wanted === -1) return undefined
  const known = levels
    .filter((candidate) => knownLevels.includes(candidate))
    .toSorted((a, b) => knownLevels.indexOf(a) - knownLevels.indexOf(b))
  return known.findLast((candidate) => knownLevels.indexOf(candidate) <= wanted) ?? known[0]
}

const within = (tokens: number, { max, min }: ReasoningOption): number => {
  if (tokens < 0) return (min ?? -1) < 0 ? -1 : (max ?? tokens)
  return Math.min(Math.max(tokens, min ?? 0), max ?? Infinity)
}

/** The nearest setting that a model supports. */
const settle = (setting: Reasoning, model: Model): Reasoning => {
  switch (setting._tag) {
    case "Effort": {
      const level = nearest(setting.level, levelsOf(model))
      return level === undefined ? on : effort(level)
    }
    case "Budget": {
      const option = optionOf(model, "budget_tokens")
      return option === undefined ? on : { _tag: "Budget", tokens: within(setting.tokens, option) }
    }
    default:
      return setting
  }
}

/** Whether the catalogue says that a model does not reason. If it says nothing, the setting is sent. */
const cannotReason = (model: Model): boolean => model.reasoning === false

/**
 * The fields of a chat request for a model.
 *
 * **When to use**: spread `fields` into the request of `Chat.complete` or `Chat.stream`, with the model from `Models.get`.
 *
 * **Details**: `off` is sent as a budget of 0, with `enable_thinking: false` for templates that support it: together they work on every
 * model that was tried, `enable_thinking` alone does not. `applied` tells what the model does. For a model that does not reason it is
 * `off`, and the only field is `parse_reasoning`.
 *
 * @example
 * ```ts
 * import { Reasoning } from "effect-friendli"
 *
 * const model = {
 *   id: "zai-org/GLM-5.2",
 *   reasoning: true,
 *   reasoning_options: [{ type: "toggle" }, { type: "effort", values: ["high", "max"] }]
 * }
 * console.log(Reasoning.chat(Reasoning.effort("xhigh"), model).fields.reasoning_effort)
 * // => high
 * console.log(Reasoning.chat(Reasoning.off, model).fields.reasoning_budget)
 * // => 0
 * ```
 * @category requests
 */
export const chat = (setting: Reasoning, model: Model): Applied<ChatFields> => {
  const parsed = { parse_reasoning: true } as const
  if (cannotReason(model)) return { applied: off, fields: parsed }
  const applied = settle(setting, model)
  const thinking = optionOf(model, "toggle") === undefined ? {} : { chat_template_kwargs: { enable_thinking: true } }
  switch (applied._tag) {
    case "Off":
      return {
        applied,
        fields: { ...parsed, reasoning_budget: 0, chat_template_kwargs: { enable_thinking: false } }
      }
    case "On":
      return { applied, fields: { ...parsed, ...thinking } }
    case "Effort":
      return { applied, fields: { ...parsed, ...thinking, reasoning_effort: applied.level } }
    case "Budget":
      return { applied, fields: { ...parsed, ...thinking, reasoning_budget: applied.tokens } }
  }
}

/**
 * The fields of a messages request for a model.
 *
 * **When to use**: as `chat`, for `Messages.create` and `Messages.stream`.
 *
 * **Details**: every level is accepted here, so a level is sent unchanged. A budget without a limit is sent as `adaptive`.
 *
 * @example
 * ```ts
 * import { Reasoning } from "effect-friendli"
 *
 * console.log(Reasoning.messages(Reasoning.off, { id: "zai-org/GLM-5.3" }).fields)
 * // => { thinking: { type: 'disabled' } }
 * ```
 * @category requests
 */
export const messages = (setting: Reasoning, model: Model): Applied<MessagesFields> => {
  const disabled = { thinking: { type: "disabled" } } as const
  const adaptive = { thinking: { type: "adaptive" } } as const
  if (cannotReason(model)) return { applied: off, fields: disabled }
  switch (setting._tag) {
    case "Off":
      return { applied: off, fields: disabled }
    case "On":
      return { applied: on, fields: adaptive }
    case "Effort":
      return { applied: setting, fields: { ...adaptive, output_config: { effort: setting.level } } }
    case "Budget":
      return setting.tokens < 0
        ? { applied: on, fields: adaptive }
        : { applied: setting, fields: { thinking: { type: "enabled", budget_tokens: setting.tokens } } }
  }
}

/**
 * The fields of a responses request for a model.
 *
 * **When to use**: as `chat`, for `Responses.create` and `Responses.stream`.
 *
 * **Details**: `off` is sent as the level `none`, and only to models whose reasoning can be turned off: other models would write their
 * reasoning into the text, so `applied` is `on` for them. A level is replaced by the nearest level of the model, since other levels have
 * no predictable effect. This API has no budgets: for a budget `applied` is `on`.
 *
 * @example
 * ```ts
 * import { Reasoning } from "effect-friendli"
 *
 * const model = { id: "zai-org/GLM-5.2", reasoning: true, reasoning_options: [{ type: "toggle" }] }
 * console.log(Reasoning.responses(Reasoning.off, model).fields)
 * // => { reasoning: { effort: 'none' } }
 * console.log(Reasoning.responses(Reasoning.off, { id: "zai-org/GLM-5.3" }).applied._tag)
 * // => On
 * ```
 * @category requests
 */
export const responses = (setting: Reasoning, model: Model): Applied<ResponsesFields> => {
  if (cannotReason(model)) return { applied: off, fields: {} }
  if (setting._tag === "Off") {
    const canBeOff = optionOf(model, "toggle") !== undefined || levelsOf(model).includes("none")
    return canBeOff ? { applied: off, fields: { reasoning: { effort: "none" } } } : { applied: on, fields: {} }
  }
  const applied = setting._tag === "Effort" ? settle(setting, model) : on
  return { applied, fields: applied._tag === "Effort" ? { reasoning: { effort: applied.level } } : {} }
}
