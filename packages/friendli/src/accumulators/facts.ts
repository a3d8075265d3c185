/** Collectors of facts, one for each form of answer: id, model, finish reasons and numbers of tokens, never text. */
import type { Observer } from "../core/Operation.js"
import { choiceIndex, finishReason } from "./choices.js"
import { mergeUsage } from "./usage.js"

interface UsageLike {
  readonly prompt_tokens?: number | null | undefined
  readonly completion_tokens?: number | null | undefined
}

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

/** Serves whole answers and, event by event, streamed ones. */
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
      usage: { inputTokens: usage?.prompt_tokens ?? undefined, outputTokens: usage?.completion_tokens ?? undefined }
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

interface ReadingLike {
  readonly id?: string | null | undefined
  readonly model?: string | null | undefined
  readonly usage?: UsageLike | null | undefined
}

/** Of an answer for which nothing was generated. */
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
