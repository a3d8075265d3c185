/** Log probabilities of generated tokens: one shape for chat, another for completions. */
import * as Schema from "effect/Schema"
import { recordOf } from "../internal/records.js"
import { nullish, WholeNumber } from "./primitives.js"

/**
 * A token that could have stood at a position, with its probability. Wire: `ChatLogprobsContentTopLogprob`.
 * @category schemas
 */
export const TopLogprob = Schema.Struct({
  /** The token's text. Part of a character that spans tokens may be unreadable here; see `bytes`. */
  token: nullish(Schema.String),
  /** Natural logarithm of the token's probability: 0 is certain, -0.69 is one half. `null` where it is not a number. */
  logprob: nullish(Schema.Number),
  /** The token's UTF-8 bytes, to join tokens that split a character. */
  bytes: nullish(Schema.Array(WholeNumber))
}).annotations({ identifier: "TopLogprob" })

/** @category models */
export interface TopLogprob extends Schema.Schema.Type<typeof TopLogprob> {
  readonly token?: string | null | undefined
}

/**
 * A generated token with its probability and its rivals. Wire: `ChatLogprobsContent`.
 * @category schemas
 */
export const TokenLogprob = Schema.Struct({
  ...TopLogprob.fields,
  /** The most likely tokens at this position, most likely first; as many as `top_logprobs` of the request asked for. */
  top_logprobs: nullish(Schema.Array(TopLogprob))
}).annotations({ identifier: "TokenLogprob" })

/** @category models */
export interface TokenLogprob extends Schema.Schema.Type<typeof TokenLogprob> {
  readonly top_logprobs?: ReadonlyArray<TopLogprob> | null | undefined
}

/**
 * Log probabilities of a chat choice or chunk. Wire: `ChatLogprobs`.
 *
 * **When to use**: present when the request had `logprobs: true`.
 * @category schemas
 */
export const ChatLogprobs = Schema.Struct({
  /** One entry for each generated token, in order. */
  content: nullish(Schema.Array(TokenLogprob))
}).annotations({ identifier: "ChatLogprobs" })

/** @category models */
export interface ChatLogprobs extends Schema.Schema.Type<typeof ChatLogprobs> {
  readonly content?: ReadonlyArray<TokenLogprob> | null | undefined
}

/**
 * Log probabilities by token.
 * @category models
 */
export interface LogprobRecord {
  /** `null` where the server has no number, as for minus infinity. */
  readonly [token: string]: number | null
}

/**
 * Log probabilities by token: an object of numbers and `null`, handed back as it is.
 *
 * **When to use**: as an entry of `top_logprobs` of a completion.
 * @category schemas
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
 * @category schemas
 */
export const CompletionLogprobs = Schema.Struct({
  /** Where each token starts in the text. */
  text_offset: nullish(Schema.Array(WholeNumber)),
  /** Natural logarithm of each token's probability; `null` where there is none, as for the first token of an echoed prompt. */
  token_logprobs: nullish(Schema.Array(Schema.NullOr(Schema.Number))),
  /** Each token's text. */
  tokens: nullish(Schema.Array(Schema.String)),
  /** For each position, the most likely tokens with their log probabilities; `null` where there are none. */
  top_logprobs: nullish(Schema.Array(Schema.NullOr(LogprobRecord)))
}).annotations({ identifier: "CompletionLogprobs" })

/** @category models */
export interface CompletionLogprobs extends Schema.Schema.Type<typeof CompletionLogprobs> {
  readonly tokens?: ReadonlyArray<string> | null | undefined
}
