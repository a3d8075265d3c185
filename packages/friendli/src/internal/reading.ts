/**
 * What operations that only read have in common.
 */
import type { Observer } from "../Operation.js"

interface Read {
  readonly id?: string | null | undefined
  readonly model?: string | null | undefined
  readonly usage: { readonly prompt_tokens: number }
}

/** What spans learn from an answer for which nothing was generated. */
export const observer = (): Observer<Read> => {
  let answer: Read | undefined
  return {
    observe: (value) => {
      answer = value
    },
    attributes: () => ({
      "gen_ai.response.id": answer?.id ?? undefined,
      "gen_ai.response.model": answer?.model ?? undefined,
      "gen_ai.usage.input_tokens": answer?.usage.prompt_tokens
    })
  }
}
