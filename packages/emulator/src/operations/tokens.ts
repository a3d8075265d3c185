/**
 * Tokenization and detokenization.
 */
import { decode, encodePrompt } from "../engine/tokenizer.js"
import { unknownTokenAt } from "./generation.js"
import type { JsonRecord } from "../base/json.js"
import { type Answer, invalid } from "./operation.js"

/** Encodes a text. The names of control tokens in it become these tokens, so that a rendered prompt can be counted. */
export const tokenize = (body: JsonRecord): Answer => ({
  kind: "json",
  value: { tokens: encodePrompt(String(body["prompt"])) }
})

/** Decodes tokens. */
export const detokenize = (body: JsonRecord): Answer => {
  const tokens = body["tokens"] as ReadonlyArray<number>
  const at = unknownTokenAt(tokens)
  if (at >= 0) return invalid(["tokens", at], "the token id is outside the vocabulary")
  return { kind: "json", value: { text: decode(tokens) } }
}
