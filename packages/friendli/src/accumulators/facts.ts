/**
 * Collectors of facts, one for each form of answer. In: an answer, or the events of a stream. Out: id, model,
 * finish reasons and numbers of tokens, never text: facts go to spans and metrics, which are kept and shared.
 */
import type { Observer } from "../core/Operation.js"
import { choiceIndex, finishReason } from "./choices.js"
import { mergeUsage } from "./usage.js"

/** The token counts of an answer, under the names of the API. */
interface UsageLike {
  readonly prompt_tokens?: number | null | undefined
  readonly completion_tokens?: number | null | undefined
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | null | undefined } | null | undefined
}

/** The fields of an answer or a chunk that are read. */
interface AnswerLike {
  readonly id?: string | null | undefined
  readonly model?: string | null | undefined
  readonly choices?:
    | ReadonlyArray<{
        readonly index?: number | null | undefined
        readonly finish_reason?: string | null | undefined
      }>
    | null
    | undefined
  readonly usage?: UsageLike | null | undefined
}

/**
 * Collects the facts of chats and completions, whole or event by event. The id and the model of the first
 * event count, and the last finish reason of each choice.
 */
export const answer = (): Observer<AnswerLike> => {
  const reasons = new Map<number, string>()
  let id: string | undefined
  let model: string | undefined
  let usage: UsageLike | undefined
  return {
    observe: (value) => {
      id ??= value.id ?? undefined
      model ??= value.model ?? undefined
      usage = mergeUsage(usage, value.usage)
      let position = 0
      for (const choice of value.choices ?? []) {
        const index = choiceIndex(choice, position++)
        const reason = finishReason(choice.finish_reason)
        if (reason !== undefined) reasons.set(index, reason)
      }
    },
    facts: () => ({
      id,
      model,
      finishReasons: reasons.size === 0 ? undefined : [...reasons.values()],
      usage: {
        inputTokens: usage?.prompt_tokens ?? undefined,
        cachedInputTokens: usage?.prompt_tokens_details?.cached_tokens ?? undefined,
        outputTokens: usage?.completion_tokens ?? undefined
      }
    })
  }
}

/** Counts tokens of tokenization. */
export const tokens = (): Observer<{ readonly tokens: ReadonlyArray<number> }> => {
  let count: number | undefined
  return {
    observe: (value) => {
      count = value.tokens.length
    },
    facts: () => ({ usage: { inputTokens: count } })
  }
}

/** The fields that embeddings and classifications share. */
interface ReadingLike {
  readonly id?: string | null | undefined
  readonly model?: string | null | undefined
  readonly usage?: UsageLike | null | undefined
}

/** Collects the facts of an answer without generated text: it has no output tokens and no finish reason. */
export const reading = (): Observer<ReadingLike> => {
  let answer: ReadingLike | undefined
  return {
    observe: (value) => {
      answer = value
    },
    facts: () => ({
      id: answer?.id ?? undefined,
      model: answer?.model ?? undefined,
      usage: { inputTokens: answer?.usage?.prompt_tokens ?? undefined }
    })
  }
}
