/** Schemas of tokenization and detokenization. */
import * as Schema from "effect/Schema"
import { Int, ModelName, nullish, Text, WholeNumber } from "./primitives.js"

const model = {
  /** The model whose tokenizer is used. Absent or `null`: the deployment's default. */
  model: nullish(ModelName)
} as const

/**
 * A request for the token ids of a text. Wire: `ServerlessTokenizationBody` and its twins.
 *
 * **When to use**: with `Inference.tokenization`.
 */
export const TokenizeRequest = Schema.Struct({
  ...model,
  /** The text. */
  prompt: Text
}).annotations({ identifier: "TokenizeRequest" })

export interface TokenizeRequest extends Schema.Schema.Type<typeof TokenizeRequest> {
  readonly prompt: string
}

/** The token ids of a text. Wire: `ServerlessTokenizationSuccess` and its twins. */
export const Tokenized = Schema.Struct({
  /** The ids, in order. They may begin with the model's beginning-of-text token. */
  tokens: Schema.Array(WholeNumber)
}).annotations({ identifier: "Tokenized" })

export interface Tokenized extends Schema.Schema.Type<typeof Tokenized> {
  readonly tokens: ReadonlyArray<number>
}

/**
 * A request for the text of token ids. Wire: `ServerlessDetokenizationBody` and its twins.
 *
 * **When to use**: with `Inference.detokenization`.
 */
export const DetokenizeRequest = Schema.Struct({
  ...model,
  /** The ids, in order. */
  tokens: Schema.Array(Int)
}).annotations({ identifier: "DetokenizeRequest" })

export interface DetokenizeRequest extends Schema.Schema.Type<typeof DetokenizeRequest> {
  readonly tokens: ReadonlyArray<number>
}

/** The text of token ids. Wire: `ServerlessDetokenizationSuccess` and its twins. */
export const Detokenized = Schema.Struct({
  /** The text. */
  text: Text
}).annotations({ identifier: "Detokenized" })

export interface Detokenized extends Schema.Schema.Type<typeof Detokenized> {
  readonly text: string
}
