/**
 * Decides whether an answer begins with reasoning. In: the fields of a request, and when the model reasons. Out: the number of reasoning tokens and
 * their place, or nothing.
 */
import { type JsonRecord, own } from "../base/json.js"
import type { Reasoning } from "../base/types.js"

/** Maximum number of reasoning tokens for each effort. */
export const reasoningTokens = {
  minimal: 8,
  low: 16,
  medium: 32,
  high: 64,
  xhigh: 96,
  max: 128,
  ultracode: 256
} as const

/** The fields of a request about reasoning. */
export interface ReasoningBody {
  readonly parse_reasoning?: boolean | null
  readonly include_reasoning?: boolean | null
  readonly reasoning_effort?: keyof typeof reasoningTokens | null
  readonly reasoning_budget?: number | null
  readonly chat_template_kwargs?: JsonRecord | null
}

/** The reasoning of an answer. */
export interface ReasoningPlan {
  /** Maximum number of tokens. */
  readonly tokens: number
  /** Its place: in its own field, in the text between tags, or hidden, although its tokens count. */
  readonly place: "field" | "text" | "hidden"
}

/** `enable_thinking` of the chat template. A value of another type has no effect, as in a template. */
const switchOf = ({ chat_template_kwargs }: ReasoningBody): boolean | undefined => {
  const value = own(chat_template_kwargs ?? {}, "enable_thinking")
  return typeof value === "boolean" ? value : undefined
}

/** Whether the model reasons before this answer. `parse_reasoning` does not matter: it decides only the place of the reasoning. */
const reasons = (body: ReasoningBody, model: Reasoning): boolean => {
  const budget = body.reasoning_budget ?? undefined
  if (model === "none" || budget === 0) return false
  const enabled = switchOf(body)
  switch (model) {
    case "always":
      return true
    case "byDefault":
      return enabled !== false
    case "onRequest":
      return enabled ?? (budget !== undefined || (body.reasoning_effort ?? undefined) !== undefined)
  }
}

/** The place of reasoning in the answer to a request. */
const placeOf = (body: ReasoningBody): ReasoningPlan["place"] =>
  body.parse_reasoning !== true ? "text" : body.include_reasoning === false ? "hidden" : "field"

/** Reasoning from a script: it is never shortened, and is in the place that the request selects. */
export const scriptedReasoning = (body: ReasoningBody, text: string | undefined): ReasoningPlan | undefined =>
  text === undefined ? undefined : { tokens: Infinity, place: placeOf(body) }

/** The reasoning of a request, or `undefined` if the answer begins at once. A negative budget sets no limit. */
export const reasoningPlan = (body: ReasoningBody, model: Reasoning): ReasoningPlan | undefined => {
  if (!reasons(body, model)) return undefined
  const budget = body.reasoning_budget ?? -1
  return {
    tokens: Math.min(reasoningTokens[body.reasoning_effort ?? "medium"], budget < 0 ? Infinity : budget),
    place: placeOf(body)
  }
}
