/** What spans learn from answers: ids, finish reasons and numbers of tokens. */
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
    attributes: () => ({
      "gen_ai.response.id": id,
      "gen_ai.response.model": model,
      "gen_ai.response.finish_reasons": reasons.size === 0 ? undefined : [...reasons.values()],
      "gen_ai.usage.input_tokens": usage?.prompt_tokens ?? undefined,
      "gen_ai.usage.output_tokens": usage?.completion_tokens ?? undefined
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
    attributes: () => ({ "gen_ai.usage.input_tokens": count })
  }
}

interface ReadingLike {
  readonly id?: string | null | undefined
  readonly model?: string | null | undefined
  readonly usage?: UsageLike | null | undefined
}

/** What spans learn from an answer for which nothing was generated. */
export const reading = (): Observer<ReadingLike> => {
  let answer: ReadingLike | undefined
  return {
    observe: (value) => {
      answer = value
    },
    attributes: () => ({
      "gen_ai.response.id": answer?.id ?? undefined,
      "gen_ai.response.model": answer?.model ?? undefined,
      "gen_ai.usage.input_tokens": answer?.usage?.prompt_tokens ?? undefined
    })
  }
}
