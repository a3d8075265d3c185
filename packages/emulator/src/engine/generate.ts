/**
 * Generates an answer token by token. In: a prompt, a seed, limits and sampling parameters, and optionally a composed text that
 * the answer follows. Out: tokens, each with the text that may be shown after it, and why the answer ended.
 */
import type { Constraint } from "./constrain.js"
import { constrainedText } from "./constrain.js"
import { follow as followText, isUndisturbed, targetLogprob } from "./following.js"
import type { Distribution } from "./model.js"
import { model } from "./model.js"
import { makeRandom, type Random } from "./random.js"
import type { Sampling } from "./sampler.js"
import { sample } from "./sampler.js"
import { StopText } from "./stops.js"
import { encode, isSpecial, piece, tokenBytes, UnknownTokenError, vocabularySize } from "./tokenizer.js"

export type { Constraint } from "./constrain.js"
export type { Sampling } from "./sampler.js"

/** Everything that determines an answer. The same request gives the same answer. */
export interface GenerationRequest {
  /** The tokens to continue: a rendered chat or plain text. */
  readonly prompt: ReadonlyArray<number>
  readonly seed: number
  /** The maximum number of tokens of the answer. */
  readonly maxTokens: number
  /** Before this many tokens, end tokens and stop token sequences have no effect. Stop strings always have an effect. Default: 0. */
  readonly minTokens?: number | undefined
  /** Strings that end the answer. They are not part of the text. Empty ones are ignored. */
  readonly stop?: ReadonlyArray<string> | undefined
  /** Token sequences that end the answer. They are not part of the text. Empty ones are ignored. */
  readonly stopTokens?: ReadonlyArray<ReadonlyArray<number>> | undefined
  /** Tokens that end the answer, in addition to the model's own end token. They are not part of it. */
  readonly eosTokens?: ReadonlyArray<number> | undefined
  /**
   * The answer consists of exactly these tokens, independent of the sampling and the end tokens. Stops can still end it early.
   */
  readonly forcedTokens?: ReadonlyArray<number> | undefined
  /**
   * The tokens of a composed text, which the answer follows: at each position the sampler nearly always finds this token the most
   * likely one. Parameters such as a ban or a high temperature can make it deviate, and `minTokens` can make it longer.
   * `forcedTokens` and `constraint` take precedence.
   */
  readonly targetTokens?: ReadonlyArray<number> | undefined
  readonly sampling: Sampling
  /** The answer is a text that satisfies this. Only `maxTokens` and stops can end it early. `forcedTokens` takes precedence. */
  readonly constraint?: Constraint | undefined
  /** How many of the most likely tokens are listed with each token. Default: 0. */
  readonly topLogprobs?: number | undefined
}

/** A token with its log probability: the natural logarithm of the model's own probability, before the sampling parameters. */
export interface TokenLogprob {
  /** The token as text. U+FFFD stands for an incomplete character, and control tokens are shown by name. */
  readonly token: string
  readonly id: number
  readonly logprob: number
  /** The bytes of the token in UTF-8. */
  readonly bytes: ReadonlyArray<number>
}

/** A token of the answer, and the text that can be shown after it. */
export interface GeneratedToken extends TokenLogprob {
  /**
   * Text to show now. It is empty while a character is incomplete, or while the text could be the beginning of a stop string.
   */
  readonly text: string
  /** The most likely tokens at this position, most likely first. */
  readonly top: ReadonlyArray<TokenLogprob>
}

/** Why an answer ended: at an end token or a stop (`"stop"`), or at `maxTokens` (`"length"`). */
export type FinishReason = "stop" | "length"

/** How an answer ended, and the text that was not shown before. */
export interface GenerationEnd {
  readonly finishReason: FinishReason
  /** The rest of the text, which was held back. */
  readonly tail: string
}

/** Turns bytes into the text that can be shown, up to the first stop string. */
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

  /** The text that is still held back, without an incomplete character. */
  end(): string {
    return this.text.end()
  }
}

/** The state of UTF-8 decoding: how many bytes of the character are missing, and the range of the next byte. */
interface Utf8 {
  readonly missing: number
  readonly low: number
  readonly high: number
}

const COMPLETE: Utf8 = { missing: 0, low: 0x80, high: 0xbf }

/**
 * The state after the first byte of a character. Some ranges are narrower than the general one: they would
 * encode a character in too many bytes, half of a surrogate pair, or a number beyond Unicode.
 */
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

/** The state after more bytes, or `undefined` when they break a character. */
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

/**
 * Compares the end of the tokens with the stop sequences: the length of a complete match, and of the longest beginning of one.
 */
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

/** The model's log probability of a token. */
const logprobOf = (distribution: Distribution, id: number): number => {
  const at = distribution.ids.indexOf(id)
  return at < 0 ? distribution.floor : distribution.logprobs[at]!
}

/** A token with its text and its bytes. */
const describe = (id: number, logprob: number): TokenLogprob => ({
  token: piece(id),
  id,
  logprob,
  bytes: Array.from(tokenBytes(id))
})

/**
 * Generates an answer.
 *
 * Each step returns a token. All `text` values and then the `tail` make up the answer, which contains no stop string. Control
 * tokens, and tokens that would break a character, are never chosen; only forced tokens can contain such bytes, which become
 * U+FFFD. The model's end token ends the answer and is not part of it. When `maxTokens` ends the answer inside a character,
 * that character is left out.
 *
 * At the first step, throws `UnknownTokenError` for a prompt or forced token that is not in the vocabulary, and
 * `ConstraintError` for a constraint that no text satisfies.
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

  // A number that was drawn and did not decide is drawn again.
  const numbers = makeRandom(seed)
  let drawn: number | undefined
  const random: Random = {
    ...numbers,
    next: () => {
      const number = drawn ?? numbers.next()
      drawn = undefined
      return number
    }
  }
  const isPlain = forced === undefined && isUndisturbed(sampling) && (request.topLogprobs ?? 0) <= 0
  const shown = new Shown(request.stop ?? [])
  const generated: Array<number> = []
  let written = 0

  let character = COMPLETE
  /** An end in the middle of a character is not possible, and neither is a token that breaks one. */
  const forbidden = (id: number): boolean => {
    if (ends.has(id)) return generated.length < minTokens || character.missing > 0
    return isSpecial(id) || follow(character, tokenBytes(id)) === undefined
  }
  /** The text of the tokens up to this one that was not shown before. */
  const write = (until: number): string => {
    let text = ""
    for (; written < until; written++) {
      const id = generated[written]!
      if (!isSpecial(id)) text += shown.push(tokenBytes(id))
    }
    return text
  }
  /** The end of the answer, with all text that was held back. */
  const finish = (finishReason: FinishReason): GenerationEnd => {
    const text = write(generated.length)
    const tail = text + shown.end()
    return { finishReason: shown.stopped ? "stop" : finishReason, tail }
  }

  /** The model's probabilities here: of the composed text if there is one, otherwise of the n-gram model. */
  const next = (): Distribution => {
    const distribution = context.next(generated)
    const { length } = generated
    const { targetTokens } = request
    if (forced !== undefined || targetTokens === undefined || length > targetTokens.length) return distribution
    return followText(distribution, targetTokens[length] ?? context.endToken, length)
  }

  /** The target token at this position, if it can be chosen without the distribution of the others. */
  const targetToken = (): number | undefined => {
    const { length } = generated
    const { targetTokens } = request
    if (!isPlain || targetTokens === undefined || length > targetTokens.length) return undefined
    const id = targetTokens[length] ?? context.endToken
    if (forbidden(id)) return undefined
    if ((sampling.temperature ?? 1) <= 0) return id
    drawn = numbers.next()
    if (drawn >= Math.exp(targetLogprob(id, length))) return undefined
    drawn = undefined
    return id
  }

  while (generated.length < maxTokens) {
    const meant = targetToken()
    let distribution = meant === undefined ? next() : undefined
    let id = meant
    if (meant !== undefined) {
      // It is already chosen.
    } else if (forced !== undefined) {
      id = forced[generated.length]
    } else {
      const input = { sampling, prompt, generated, random, forbidden }
      id = sample({ ...input, distribution: distribution! })
      // All candidates are forbidden: every token of the corpus becomes one.
      if (id === undefined) {
        distribution = context.next(generated, { wide: true })
        id = sample({ ...input, distribution })
      }
    }
    if (id === undefined || (forced === undefined && ends.has(id))) return finish("stop")
    const position = generated.length
    generated.push(id)
    character = follow(character, tokenBytes(id)) ?? COMPLETE
    const match = matchStopTokens(generated, stopSequences)
    const stopped = match.complete > 0 && generated.length >= minTokens
    // Tokens that may be the beginning of a stop sequence are held back.
    const text = write(generated.length - (stopped ? match.complete : match.partial))
    yield {
      ...describe(id, distribution === undefined ? targetLogprob(id, position) : logprobOf(distribution, id)),
      text,
      top: (distribution?.ids ?? [])
        .slice(0, Math.max(0, request.topLogprobs ?? 0))
        .map((other, at) => describe(other, distribution!.logprobs[at]!))
    }
    if (shown.stopped) return { finishReason: "stop", tail: "" }
    if (stopped) return { finishReason: "stop", tail: shown.end() }
  }
  return finish(forced !== undefined && generated.length >= forced.length ? "stop" : "length")
}
