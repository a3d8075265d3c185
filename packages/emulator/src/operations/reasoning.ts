/**
 * Decides whether an answer begins with reasoning. In: the fields of a request, and when the model reasons. Out: how many tokens
 * of reasoning there are and where they stand, or nothing.
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
  /** Where it stands: in a field of its own, in the text between tags, or nowhere, although its tokens count. */
  readonly place: "field" | "text" | "hidden"
}

/** `enable_thinking` of the chat template. A value of another type has no effect, as in a template. */
const switchOf = ({ chat_template_kwargs }: ReasoningBody): boolean | undefined => {
  const value = own(chat_template_kwargs ?? {}, "enable_thinking")
  return typeof value === "boolean" ? value : undefined
}

/** Whether the model reasons before this answer. `parse_reasoning` plays no part: it only says where the reasoning stands. */
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

/** Where reasoning stands in the answer to a request. */
const placeOf = (body: ReasoningBody): ReasoningPlan["place"] =>
  body.parse_reasoning !== true ? "text" : body.include_reasoning === false ? "hidden" : "field"

/** Reasoning that a script gives: it is never shortened, and stands where the request wants it. */
export const scriptedReasoning = (body: ReasoningBody, text: string | undefined): ReasoningPlan | undefined =>
  text === undefined ? undefined : { tokens: Infinity, place: placeOf(body) }

/** The reasoning of a request, or `undefined` when the answer begins at once. A negative budget sets no limit of its own. */
export const reasoningPlan = (body: ReasoningBody, model: Reasoning): ReasoningPlan | undefined => {
  if (!reasons(body, model)) return undefined
  const budget = body.reasoning_budget ?? -1
  return {
    tokens: Math.min(reasoningTokens[body.reasoning_effort ?? "medium"], budget < 0 ? Infinity : budget),
    place: placeOf(body)
  }
}
