/**
 * The common parts of chats and completions: checks, sampling, seeds, log probabilities and usage. In: the fields of a request. Out: parts of a
 * generation request, or of an answer.
 */
import { randomSeed } from "../base/ids.js"
import { type Constraint, ConstraintError } from "../engine/constrain.js"
import type { GeneratedToken, GenerationRequest } from "../engine/generate.js"
import { UnknownTokenError, vocabularySize } from "../engine/tokenizer.js"
import { type Answer, invalid } from "./operation.js"

/** The fields that chats and completions have in common, as the contract allows them. */
export interface SamplingBody {
  readonly eos_token?: ReadonlyArray<number> | null
  readonly frequency_penalty?: number | null
  readonly max_tokens?: number | null
  readonly min_p?: number | null
  readonly min_tokens?: number | null
  readonly model?: string | null
  readonly n?: number | null
  readonly presence_penalty?: number | null
  readonly repetition_penalty?: number | null
  readonly response_format?: ResponseFormat | null
  readonly seed?: number | ReadonlyArray<number> | null
  readonly stop?: ReadonlyArray<string> | null
  readonly stream?: boolean | null
  readonly stream_options?: { readonly include_usage?: boolean | null } | null
  readonly temperature?: number | null
  readonly top_k?: number | null
  readonly top_p?: number | null
  readonly xtc_probability?: number | null
  readonly xtc_threshold?: number | null
}

/** The formats of the contract. `text` is the same as no format. */
type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | { readonly type: "json_schema"; readonly json_schema: { readonly schema: Record<string, unknown> } }
  | { readonly type: "regex"; readonly schema: string }

type Compact<T> = { [Key in keyof T]?: Exclude<T[Key], null | undefined> }

/** Removes fields that are null or undefined. */
export const compact = <T extends object>(fields: T): Compact<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)) as Compact<T>

/** The sampling parameters that chats and completions have in common. */
export const samplingOf = (body: SamplingBody): GenerationRequest["sampling"] =>
  compact({
    temperature: body.temperature,
    top_k: body.top_k,
    top_p: body.top_p,
    min_p: body.min_p,
    xtc_threshold: body.xtc_threshold,
    xtc_probability: body.xtc_probability,
    repetition_penalty: body.repetition_penalty,
    frequency_penalty: body.frequency_penalty,
    presence_penalty: body.presence_penalty
  })

/** Below this sum of probabilities, only one candidate remains. */
const GREEDY_TOP_P = 0.1

/** Whether the sampling is deterministic, so that the same request gives the same answer with any seed. */
export const isGreedy = ({ temperature, top_k, top_p }: SamplingBody): boolean =>
  temperature === 0 || top_k === 1 || (typeof top_p === "number" && top_p <= GREEDY_TOP_P)

/** The constraint of a response format; `undefined` for free text. */
export const constraintOf = (format: ResponseFormat | null | undefined): Constraint | undefined => {
  switch (format?.type) {
    case "json_object":
      return { kind: "json_object" }
    case "json_schema":
      return { kind: "json_schema", schema: format.json_schema.schema }
    case "regex":
      return { kind: "regex", pattern: format.schema }
    default:
      return undefined
  }
}

/** The maximum number of choices: more would block the process for too long. */
const MAX_CHOICES = 128

/** Checks ranges that the contract does not set. */
export const rangeProblem = (body: SamplingBody): Answer | undefined => {
  if (body.n !== undefined && body.n !== null && (body.n < 1 || body.n > MAX_CHOICES)) {
    return invalid(["n"], `'n' must be from 1 to ${MAX_CHOICES}`)
  }
  if (body.max_tokens !== undefined && body.max_tokens !== null && body.max_tokens < 1) {
    return invalid(["max_tokens"], "'max_tokens' must be at least 1")
  }
  if (body.temperature !== undefined && body.temperature !== null && body.temperature < 0) {
    return invalid(["temperature"], "'temperature' must be at least 0")
  }
  if (Array.isArray(body.seed) && body.seed.length === 0)
    return invalid(["seed"], "'seed' must have at least one number")
  return undefined
}

/**
 * Checks that a prompt fits into the context of the model, together with the requested output. A request without a limit is answered up to the end of
 * the context.
 */
export const contextProblem = (
  loc: string,
  promptTokens: number,
  requested: number | null | undefined,
  contextLength: number
): Answer | undefined => {
  const limit = `This model's maximum context length is ${contextLength} tokens`
  if (promptTokens >= contextLength) return invalid([loc], `${limit}, but the prompt has ${promptTokens} tokens`)
  if (promptTokens + (requested ?? 0) <= contextLength) return undefined
  return invalid(
    [loc],
    `${limit}, but the prompt has ${promptTokens} tokens and ${requested} output tokens were requested in 'max_tokens'`
  )
}

/** The index of the first id that is not in the vocabulary, or -1. */
export const unknownTokenAt = (tokens: ReadonlyArray<number>): number =>
  tokens.findIndex((token) => token < 0 || token >= vocabularySize)

/**
 * One seed for each choice. A list is used in turn. A number is incremented, so that choices differ and the first one is the
 * same for any `n`.
 */
export const seedsOf = (seed: SamplingBody["seed"], count: number): ReadonlyArray<number> => {
  const first = seed ?? randomSeed()
  return Array.from({ length: count }, (_, index) =>
    typeof first === "number" ? first + index : (first[index % first.length] ?? 0)
  )
}

/** Turns an error of the generator into a 422. Any other error is a bug of the emulator. */
export const generationProblem = (error: unknown, loc: ReadonlyArray<string | number>): Answer => {
  if (error instanceof ConstraintError) return invalid(loc, `no text can satisfy this format: ${error.message}`)
  if (error instanceof UnknownTokenError) return invalid(loc, "a token id is outside the vocabulary")
  // An error that is not the request's: the handler answers 500.
  throw error
}

// JSON has no infinity, and the field must be a number.
/**
 * A token that cannot be chosen has a log probability of minus infinity, which JSON does not have, and the
 * field must be a number.
 */
const finite = (logprob: number): number => Math.max(logprob, -9999)

/** A token with its log probability, in the format of chats. */
export interface ChatLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes: ReadonlyArray<number>
  readonly top_logprobs: ReadonlyArray<Omit<ChatLogprob, "top_logprobs">>
}

/** A generated token in the format of chats. */
export const chatLogprob = (token: GeneratedToken): ChatLogprob => ({
  token: token.token,
  logprob: finite(token.logprob),
  bytes: [...token.bytes],
  top_logprobs: token.top.map((other) => ({
    token: other.token,
    logprob: finite(other.logprob),
    bytes: [...other.bytes]
  }))
})

/** Log probabilities in the format of completions: one list for each field. */
export interface CompletionsLogprobs {
  readonly text_offset: Array<number>
  readonly token_logprobs: Array<number>
  readonly tokens: Array<string>
  readonly top_logprobs: Array<Record<string, number>>
}

/** The lists for one token. `offset` is the position of the token in the text. */
export const completionsLogprobs = (token: GeneratedToken, offset: number): CompletionsLogprobs => ({
  text_offset: [offset],
  token_logprobs: [finite(token.logprob)],
  tokens: [token.token],
  top_logprobs: [Object.fromEntries(token.top.map((other) => [other.token, finite(other.logprob)]))]
})

/** Token counts. The emulator has no cache, so no token is cached. */
export const usage = (prompt: number, completion: number): Record<string, unknown> => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  prompt_tokens_details: { cached_tokens: 0 }
})
