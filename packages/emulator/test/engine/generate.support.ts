/**
 * What the unit tests and the exhaustive tests of `generate` share.
 */
import { renderChat } from "../../src/engine/chatTemplate.js"
import { type GeneratedToken, generate, type GenerationEnd, type GenerationRequest } from "../../src/engine/generate.js"
import { encode } from "../../src/engine/tokenizer.js"

export const run = (request: Partial<GenerationRequest>) => {
  const steps = generate({
    prompt: encode("The sea is", { bos: true }),
    seed: 1,
    maxTokens: 200,
    sampling: {},
    ...request
  })
  const tokens: Array<GeneratedToken> = []
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) tokens.push(step.value)
  const end: GenerationEnd = step.value
  const ids = tokens.map(({ id }) => id)
  return { tokens, ids, text: tokens.map(({ text }) => text).join("") + end.tail, ...end }
}

export const chat = (content: string) => renderChat([{ role: "user", content }]).tokens
