/**
 * Tokenization and detokenization.
 */
import { decode, encode } from "../engine/tokenizer.js"
import { unknownTokenAt } from "./generation.js"
import type { JsonRecord } from "../base/json.js"
import { type Answer, invalid } from "./operation.js"

/** Encodes a text. */
export const tokenize = (body: JsonRecord): Answer => ({
  kind: "json",
  value: { tokens: encode(String(body["prompt"]), { bos: true }) }
})

/** Decodes tokens. */
export const detokenize = (body: JsonRecord): Answer => {
  const tokens = body["tokens"] as ReadonlyArray<number>
  const at = unknownTokenAt(tokens)
  if (at >= 0) return invalid(["tokens", at], "the token id is outside the vocabulary")
  return { kind: "json", value: { text: decode(tokens) } }
}
