/** Text to token ids, and back. */
import * as Schema from "effect/Schema"
import { Int, nullish, Text, WholeNumber } from "./primitives.js"

const model = {
  /** Whose tokenizer to use. Absent or `null` takes the deployment's default. */
  model: nullish(Text)
} as const

/**
 * Asks for the token ids of a text. Wire: `ServerlessTokenizationBody` and its twins.
 *
 * **When to use**: with `Inference.tokenization`.
 * @category schemas
 */
export const TokenizeRequest = Schema.Struct({
  ...model,
  /** The text. */
  prompt: Text
}).annotations({ identifier: "TokenizeRequest" })

/** @category models */
export interface TokenizeRequest extends Schema.Schema.Type<typeof TokenizeRequest> {
  readonly prompt: string
}

/**
 * The token ids of a text. Wire: `ServerlessTokenizationSuccess` and its twins.
 * @category schemas
 */
export const Tokenized = Schema.Struct({
  /** The ids, in order; they may begin with the model's begin-of-text token. */
  tokens: Schema.Array(WholeNumber)
}).annotations({ identifier: "Tokenized" })

/** @category models */
export interface Tokenized extends Schema.Schema.Type<typeof Tokenized> {
  readonly tokens: ReadonlyArray<number>
}

/**
 * Asks for the text of token ids. Wire: `ServerlessDetokenizationBody` and its twins.
 *
 * **When to use**: with `Inference.detokenization`.
 * @category schemas
 */
export const DetokenizeRequest = Schema.Struct({
  ...model,
  /** The ids, in order. */
  tokens: Schema.Array(Int)
}).annotations({ identifier: "DetokenizeRequest" })

/** @category models */
export interface DetokenizeRequest extends Schema.Schema.Type<typeof DetokenizeRequest> {
  readonly tokens: ReadonlyArray<number>
}

/**
 * The text of token ids. Wire: `ServerlessDetokenizationSuccess` and its twins.
 * @category schemas
 */
export const Detokenized = Schema.Struct({
  /** The text. */
  text: Text
}).annotations({ identifier: "Detokenized" })

/** @category models */
export interface Detokenized extends Schema.Schema.Type<typeof Detokenized> {
  readonly text: string
}
