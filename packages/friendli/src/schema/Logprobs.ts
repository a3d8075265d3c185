/** Log probabilities of generated tokens: one shape for chat, another for completions. */
import * as Schema from "effect/Schema"
import { recordOf } from "../internal/records.js"
import { nullish, WholeNumber } from "./primitives.js"

/** A candidate token at a position, with its probability. Wire: `ChatLogprobsContentTopLogprob`. */
export const TopLogprob = Schema.Struct({
  /** The token's text. A character that spans several tokens is unreadable here; see `bytes`. */
  token: nullish(Schema.String),
  /** Natural logarithm of the token's probability: 0 is certain, -0.69 is one half. `null` if it is not a number. */
  logprob: nullish(Schema.Number),
  /** The token's UTF-8 bytes, to join tokens that split a character. */
  bytes: nullish(Schema.Array(WholeNumber))
}).annotations({ identifier: "TopLogprob" })

export interface TopLogprob extends Schema.Schema.Type<typeof TopLogprob> {
  readonly token?: string | null | undefined
}

/** A generated token with its probability and the most likely alternatives. Wire: `ChatLogprobsContent`. */
export const TokenLogprob = Schema.Struct({
  ...TopLogprob.fields,
  /** The most likely tokens at this position, most likely first; as many as `top_logprobs` of the request asked for. */
  top_logprobs: nullish(Schema.Array(TopLogprob))
}).annotations({ identifier: "TokenLogprob" })

export interface TokenLogprob extends Schema.Schema.Type<typeof TokenLogprob> {
  readonly top_logprobs?: ReadonlyArray<TopLogprob> | null | undefined
}

/**
 * Log probabilities of a chat choice or chunk. Wire: `ChatLogprobs`.
 *
 * **When to use**: present when the request had `logprobs: true`.
 */
export const ChatLogprobs = Schema.Struct({
  /** One entry for each generated token, in order. */
  content: nullish(Schema.Array(TokenLogprob))
}).annotations({ identifier: "ChatLogprobs" })

export interface ChatLogprobs extends Schema.Schema.Type<typeof ChatLogprobs> {
  readonly content?: ReadonlyArray<TokenLogprob> | null | undefined
}

/** Log probabilities by token. */
export interface LogprobRecord {
  /** `null` if the server has no number, for example for minus infinity. */
  readonly [token: string]: number | null
}

/**
 * Log probabilities by token: an object of numbers and `null`, returned unchanged.
 *
 * **When to use**: as an entry of `top_logprobs` of a completion.
 */
export const LogprobRecord: Schema.Schema<LogprobRecord> = /*#__PURE__*/ recordOf<LogprobRecord>(
  "LogprobRecord",
  Schema.NullOr(Schema.Number),
  (value) => value === null || typeof value === "number",
  ["number", "null"],
  (fc) => fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))
)

/**
 * Log probabilities of a completion choice or chunk: up to four arrays of the same length. Wire: `CompletionsLogprobs`.
 *
 * **When to use**: present when the request had a `logprobs` count.
 */
export const CompletionLogprobs = Schema.Struct({
  /** The offset of each token in the text. */
  text_offset: nullish(Schema.Array(WholeNumber)),
  /**
   * Natural logarithm of each token's probability; `null` if there is none, for example for the first token of an
   * echoed prompt.
   */
  token_logprobs: nullish(Schema.Array(Schema.NullOr(Schema.Number))),
  /** Each token's text. */
  tokens: nullish(Schema.Array(Schema.String)),
  /** For each position, the most likely tokens with their log probabilities; `null` if there are none. */
  top_logprobs: nullish(Schema.Array(Schema.NullOr(LogprobRecord)))
}).annotations({ identifier: "CompletionLogprobs" })

export interface CompletionLogprobs extends Schema.Schema.Type<typeof CompletionLogprobs> {
  readonly tokens?: ReadonlyArray<string> | null | undefined
}
