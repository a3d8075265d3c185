/**
 * Generates an answer token by token: model, sampler, stop rules, and the text that may be shown after each token.
 */
import type { Constraint } from "./constrain.js"
import { constrainedText } from "./constrain.js"
import type { Distribution } from "./model.js"
import { model } from "./model.js"
import { makeRandom } from "./random.js"
import type { Sampling } from "./sampler.js"
import { sample } from "./sampler.js"
import { StopText } from "./stops.js"
import { encode, isSpecial, piece, tokenBytes, UnknownTokenError, vocabularySize } from "./tokenizer.js"

export type { Constraint } from "./constrain.js"
export type { Sampling } from "./sampler.js"

/**
 * Everything that decides an answer. The same request gives the same answer.
 */
export interface GenerationRequest {
  /** The tokens to continue; a rendered chat or plain text. */
  readonly prompt: ReadonlyArray<number>
  readonly seed: number
  /** The answer has at most this many tokens. */
  readonly maxTokens: number
  /** No end token and no stop token sequence is accepted before this many tokens. Stop strings always are. Default: 0. */
  readonly minTokens?: number | undefined
  /** Texts that end the answer; they are not shown. Empty ones are ignored. */
  readonly stop?: ReadonlyArray<string> | undefined
  /** Token sequences that end the answer; they are not shown. Empty ones are ignored. */
  readonly stopTokens?: ReadonlyArray<ReadonlyArray<number>> | undefined
  /** Tokens that end the answer beside the model's own end token; not part of the answer. */
  readonly eosTokens?: ReadonlyArray<number> | undefined
  /** The answer is these tokens and nothing else, whatever the sampling and the end tokens say; stops still cut it. */
  readonly forcedTokens?: ReadonlyArray<number> | undefined
  readonly sampling: Sampling
  /** The answer is a text that satisfies this, cut only by `maxTokens` and stops. `forcedTokens` goes before it. */
  readonly constraint?: Constraint | undefined
  /** How many of the best tokens are listed with each token. Default: 0. */
  readonly topLogprobs?: number | undefined
}

/**
 * A token with its log probability (natural, of the model itself: before the sampling parameters).
 */
export interface TokenLogprob {
  /** The token as text; U+FFFD stands for an incomplete character, control tokens have their names. */
  readonly token: string
  readonly id: number
  readonly logprob: number
  /** UTF-8. */
  readonly bytes: ReadonlyArray<number>
}

/**
 * A token of the answer, and the text that may be shown once it is there.
 */
export interface GeneratedToken extends TokenLogprob {
  /** Text to show now; empty while a character is incomplete or a stop may have begun. */
  readonly text: string
  /** The best tokens at this place, best first. */
  readonly top: ReadonlyArray<TokenLogprob>
}

/**
 * Why an answer ended: by itself or by a stop (`"stop"`), or because `maxTokens` was reached (`"length"`).
 */
export type FinishReason = "stop" | "length"

/**
 * What is known when an answer has ended.
 */
export interface GenerationEnd {
  readonly finishReason: FinishReason
  /** Text that was held back and belongs to the answer. */
  readonly tail: string
}

/** Bytes to text that may be shown, with stop strings cut off. */
class Shown {
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  private readonly text: StopText

  constructor(stops: ReadonlyArray<string>) {
    this.text = new StopText(stops)
  }

  get stopped(): boolean {
    return this.text.stop !== undefined
  }

  push(bytes: Uint8Array): string {
    return this.text.push(this.decoder.decode(bytes, { stream: true }))
  }

  /** What is still held; an incomplete character is left out. */
  end(): string {
    return this.text.end()
  }
}

/** What the next byte of a text in UTF-8 has to be: how many bytes of the character are missing, and the range of the first of them. */
interface Utf8 {
  readonly missing: number
  readonly low: number
  readonly high: number
}

const COMPLETE: Utf8 = { missing: 0, low: 0x80, high: 0xbf }

const opened = (byte: number): Utf8 | undefined => {
  if (byte < 0x80) return COMPLETE
  if (byte >= 0xc2 && byte <= 0xdf) return { missing: 1, low: 0x80, high: 0xbf }
  if (byte >= 0xe0 && byte <= 0xef) {
    return { missing: 2, low: byte === 0xe0 ? 0xa0 : 0x80, high: byte === 0xed ? 0x9f : 0xbf }
  }
  if (byte >= 0xf0 && byte <= 0xf4) {
    return { missing: 3, low: byte === 0xf0 ? 0x90 : 0x80, high: byte === 0xf4 ? 0x8f : 0xbf }
  }
  return undefined
}

/** The state after more bytes, or nothing when they break a character. */
const follow = (state: Utf8, bytes: Uint8Array): Utf8 | undefined => {
  let current: Utf8 | undefined = state
  for (const byte of bytes) {
    if (current.missing === 0) current = opened(byte)
    else if (byte < current.low || byte > current.high) return undefined
    else current = { ...COMPLETE, missing: current.missing - 1 }
    if (current === undefined) return undefined
  }
  return current
}

/** How many tokens at the end could be the beginning of a stop sequence, and whether one is complete. */
const matchStopTokens = (
  tokens: ReadonlyArray<number>,
  sequences: ReadonlyArray<ReadonlyArray<number>>
): { readonly complete: number; readonly partial: number } => {
  let complete = 0
  let partial = 0
  for (const sequence of sequences) {
    for (let size = Math.min(sequence.length, tokens.length); size > 0; size--) {
      if (size <= partial && size < sequence.length) break
      let equal = true
      for (let at = 0; at < size && equal; at++) equal = tokens[tokens.length - size + at] === sequence[at]
      if (!equal) continue
      if (size === sequence.length) complete = Math.max(complete, size)
      else partial = Math.max(partial, size)
    }
  }
  return { complete, partial }
}

const logprobOf = (distribution: Distribution, id: number): number => {
  const at = distribution.ids.indexOf(id)
  return at < 0 ? distribution.floor : distribution.logprobs[at]!
}

const describe = (id: number, logprob: number): TokenLogprob => ({
  token: piece(id),
  id,
  logprob,
  bytes: Array.from(tokenBytes(id))
})

/**
 * Generates an answer.
 *
 * **When to use** for every answer of the emulator. Each step gives a token; all `text` and then the `tail` of the end make the
 * answer, which holds no stop string. Control tokens and tokens that would break a character are never picked; only forced
 * tokens can hold such bytes, which show as U+FFFD. The model's end token ends the answer and is not part of it. A character that `maxTokens` cuts in the middle is left out. Throws `UnknownTokenError` for a
 * prompt or a forced token out of the vocabulary and `ConstraintError` for a constraint that no text satisfies, both at the first step.
 */
export function* generate(request: GenerationRequest): Generator<GeneratedToken, GenerationEnd, void> {
  const { maxTokens, prompt, sampling, seed } = request
  const minTokens = request.minTokens ?? 0
  const stopSequences = (request.stopTokens ?? []).filter((sequence) => sequence.length > 0)
  for (const id of [...prompt, ...(request.forcedTokens ?? [])]) {
    if (!Number.isInteger(id) || id < 0 || id >= vocabularySize) throw new UnknownTokenError(id)
  }
  const context = model().prime(prompt)
  const ends = new Set([context.endToken, ...(request.eosTokens ?? [])])
  const forced =
    request.forcedTokens ??
    (request.constraint === undefined ? undefined : encode(constrainedText(request.constraint, seed)))

  const random = makeRandom(seed)
  const shown = new Shown(request.stop ?? [])
  const generated: Array<number> = []
  let written = 0

  let character = COMPLETE
  const forbidden = (id: number): boolean => {
    if (ends.has(id)) return generated.length < minTokens || character.missing > 0
    return isSpecial(id) || follow(character, tokenBytes(id)) === undefined
  }
  const write = (until: number): string => {
    let text = ""
    for (; written < until; written++) {
      const id = generated[written]!
      if (!isSpecial(id)) text += shown.push(tokenBytes(id))
    }
    return text
  }
  const finish = (finishReason: FinishReason): GenerationEnd => {
    const text = write(generated.length)
    const tail = text + shown.end()
    return { finishReason: shown.stopped ? "stop" : finishReason, tail }
  }

  while (generated.length < maxTokens) {
    let distribution = context.next(generated)
    let id: number | undefined
    if (forced !== undefined) {
      id = forced[generated.length]
    } else {
      const input = { sampling, prompt, generated, random, forbidden }
      id = sample({ ...input, distribution })
      if (id === undefined) {
        distribution = context.next(generated, { wide: true })
        id = sample({ ...input, distribution })
      }
    }
    if (id === undefined || (forced === undefined && ends.has(id))) return finish("stop")
    generated.push(id)
    character = follow(character, tokenBytes(id)) ?? COMPLETE
    const match = matchStopTokens(generated, stopSequences)
    const stopped = match.complete > 0 && generated.length >= minTokens
    const text = write(generated.length - (stopped ? match.complete : match.partial))
    yield {
      ...describe(id, logprobOf(distribution, id)),
      text,
      top: distribution.ids
        .slice(0, Math.max(0, request.topLogprobs ?? 0))
        .map((other, at) => describe(other, distribution.logprobs[at]!))
    }
    if (shown.stopped) return { finishReason: "stop", tail: "" }
    if (stopped) return { finishReason: "stop", tail: shown.end() }
  }
  return finish(forced !== undefined && generated.length >= forced.length ? "stop" : "length")
}
