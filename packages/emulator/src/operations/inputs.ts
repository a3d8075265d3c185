/**
 * The input of operations that read texts and generate none. In: `input`, a text or a list, or `tokens`. Out: texts with their number of tokens, or
 * the issues of the input.
 */
import { decode, encode } from "../engine/tokenizer.js"
import { unknownTokenAt } from "./generation.js"
import type { JsonRecord } from "../base/json.js"
import { type Answer, invalid, type OperationContext } from "./operation.js"

/** A text to read, with its number of tokens. */
interface Input {
  readonly text: string
  readonly tokens: number
}

/** The texts to read, with their total number of tokens. */
interface Inputs {
  readonly kind: "inputs"
  readonly texts: ReadonlyArray<string>
  readonly tokens: number
}

/** The two forms of the input. */
interface ReadingBody {
  readonly input?: string | ReadonlyArray<string> | null
  readonly tokens?: ReadonlyArray<number> | null
}

/** A text with its number of tokens. The begin-of-text token is counted, as in completions. */
const ofText = (text: string): Input => ({ text, tokens: encode(text, { bos: true }).length })

/** The input of an operation that only reads. `tokens` is another form of `input`; when both are given, `input` is used. */
export const inputsOf = (value: JsonRecord, context: OperationContext): Inputs | Answer => {
  const { input, tokens } = value as ReadingBody
  const at = unknownTokenAt(tokens ?? [])
  if (at >= 0) return invalid(["tokens", at], "the token id is outside the vocabulary")
  let read: ReadonlyArray<Input>
  let source: string
  if (input !== undefined && input !== null) {
    source = "input"
    read = (typeof input === "string" ? [input] : input).map(ofText)
    if (read.length === 0) return invalid([source], "'input' must have at least one text")
  } else {
    source = "tokens"
    if (tokens === undefined || tokens === null || tokens.length === 0) {
      return invalid([source], "'tokens' must have at least one token")
    }
    read = [{ text: decode(tokens), tokens: tokens.length }]
  }
  if (read.some((one) => one.tokens > context.contextLength)) {
    return invalid([source], `the input is longer than ${context.contextLength} tokens`)
  }
  const total = read.reduce((sum, one) => sum + one.tokens, 0)
  context.received({ tokens: total })
  return { kind: "inputs", texts: read.map((one) => one.text), tokens: total }
}
