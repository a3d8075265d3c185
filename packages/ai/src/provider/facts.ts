/** The facts of an answer: finish reason, tokens, model. In: wire values of the API. Out: those of `@effect/ai`. */
import type * as Response from "@effect/ai/Response"
import * as Predicate from "effect/Predicate"
import type { Usage } from "effect-friendli/schema/Usage"

declare module "@effect/ai/Response" {
  interface FinishPartMetadata {
    readonly friendli?: FinishMetadata | undefined
  }
}

/** The metadata of Friendli's finish part: `part.metadata.friendli`. */
export interface FinishMetadata {
  readonly [field: string]: unknown
  /** The reason in the words of the server, if it gave one. */
  readonly finishReason?: string | undefined
  /** The calls that cannot be executed, with the reason, if the setting `invalidToolCalls` is `"skip"`. */
  readonly invalidToolCalls?:
    | ReadonlyArray<{ readonly id: string; readonly name: string; readonly message: string }>
    | undefined
}

const reasons: Readonly<Record<string, Response.FinishReason>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  error: "error",
  abort: "error"
}

/** Why a choice has finished; some servers write `""` or `"null"` before it has. */
export const finishReason = (reason: string | null | undefined): string | undefined => {
  const word = reason?.trim()
  return word === undefined || word === "" || word === "null" ? undefined : word
}

/** Whether the answer was cut short, so that its last call may be incomplete. */
export const isCutShort = (reason: string | undefined): boolean =>
  reason !== undefined && ["length", "content_filter", "abort", "error"].includes(reason)

/** The reason in the words of `@effect/ai`. A forced call ends with `stop` on some servers. */
export const reasonOf = (reason: string | undefined, hasCalls: boolean): Response.FinishReason => {
  if (reason === undefined) return hasCalls ? "tool-calls" : "unknown"
  if (hasCalls && reason === "stop") return "tool-calls"
  return Object.hasOwn(reasons, reason) ? reasons[reason]! : "other"
}

/** Token counts; each may be unknown. */
export interface Counts {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly total: number | undefined
  readonly reasoning: number | undefined
  readonly cached: number | undefined
}

export const noCounts: Counts = {
  input: undefined,
  output: undefined,
  total: undefined,
  reasoning: undefined,
  cached: undefined
}

const larger = (a: number | undefined, b: unknown): number | undefined =>
  typeof b === "number" && Number.isFinite(b) && !(a !== undefined && a > b) ? b : a

/** The API does not declare it, but servers with reasoning send it. */
const reasoningTokens = (usage: Usage): unknown => {
  const details = (usage as { readonly completion_tokens_details?: unknown }).completion_tokens_details
  return Predicate.isRecord(details) ? details["reasoning_tokens"] : undefined
}

/** Counts never decrease: servers send preliminary counts, and last events with zeros or only some of the fields. */
export const counted = (before: Counts, usage: Usage | null | undefined): Counts =>
  usage == null
    ? before
    : {
        input: larger(before.input, usage.prompt_tokens),
        output: larger(before.output, usage.completion_tokens),
        total: larger(before.total, usage.total_tokens),
        reasoning: larger(before.reasoning, reasoningTokens(usage)),
        cached: larger(before.cached, usage.prompt_tokens_details?.cached_tokens)
      }

/** The counts of a finish part. */
export const usageOf = ({ cached, input, output, reasoning, total }: Counts): typeof Response.Usage.Encoded => ({
  inputTokens: input,
  outputTokens: output,
  totalTokens: total ?? (input === undefined || output === undefined ? undefined : input + output),
  ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  ...(cached === undefined ? {} : { cachedInputTokens: cached })
})

/** The first part of an answer. */
export const metadataPart = (answer: {
  readonly id?: string | null | undefined
  readonly model?: string | null | undefined
  readonly created?: number | null | undefined
}): Response.ResponseMetadataPartEncoded => {
  const date = new Date((answer.created ?? Number.NaN) * 1000)
  return {
    type: "response-metadata",
    ...(answer.id ? { id: answer.id } : {}),
    ...(answer.model ? { modelId: answer.model } : {}),
    ...(Number.isNaN(date.getTime()) ? {} : { timestamp: date.toISOString() })
  }
}

/** The reasoning of a message or a delta. Some servers send the same text under both names. */
export const reasoningOf = (message: {
  readonly reasoning_content?: string | null | undefined
  readonly reasoning?: string | null | undefined
}): string => message.reasoning_content || message.reasoning || ""
