/**
 * Decides when the events of a stream are a complete answer, for servers and gateways that leave `[DONE]`
 * out. In: the body of the request, then each event. Out: whether the stream may end here. A stream that ends
 * before that was cut short, and fails.
 *
 * Example: with `n: 2`, the finish reason of choice 0 is not the end, because choice 1 has not finished.
 */
import type { CompletionDetector, JsonRecord } from "../core/Operation.js"
import { choiceIndex, choicesAskedFor, choicesPerPrompt, finishReason } from "./choices.js"

/** The fields of an event that are read. */
interface EventLike {
  readonly choices?:
    | ReadonlyArray<{
        readonly index?: number | null | undefined
        readonly finish_reason?: string | null | undefined
      }>
    | null
    | undefined
  readonly usage?: { readonly completion_tokens?: unknown } | null | undefined
}

/**
 * Complete when every choice that has begun has finished and nothing more is expected: as many have finished as were
 * requested, or the server has sent the token counts in a separate event after the last finish reason. Decision 0025
 * has the cases.
 */
const whenFinished = (expected: number): CompletionDetector<EventLike> => {
  const begun = new Set<number>()
  const finished = new Set<number>()
  let counted = false
  const allFinished = (): boolean => begun.size > 0 && begun.size === finished.size
  return {
    add: ({ choices, usage }) => {
      // An event without choices has only metadata. With token counts after the last finish reason, it is the
      // last one.
      if (choices == null || choices.length === 0) {
        if (typeof usage?.completion_tokens === "number" && allFinished()) counted = true
        return
      }
      let position = 0
      for (const choice of choices) {
        const index = choiceIndex(choice, position++)
        if (!begun.has(index)) {
          begun.add(index)
          // A choice that begins after the counts: they were running counts, not the final ones.
          counted = false
        }
        if (finishReason(choice.finish_reason) !== undefined) finished.add(index)
      }
    },
    isComplete: () => allFinished() && (counted || finished.size >= expected)
  }
}

/** A chat has `n` choices. */
export const chat = (body: JsonRecord): CompletionDetector<EventLike> => whenFinished(choicesPerPrompt(body))

/** Completions have `n` choices for each prompt. */
export const completion = (body: JsonRecord): CompletionDetector<EventLike> => whenFinished(choicesAskedFor(body))
