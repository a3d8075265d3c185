/**
 * Chooses a token. In: the model's probabilities, the sampling parameters of the API, what was generated so far, and a random number generator. Out:
 * the id of a token. Each parameter works as on servers, so that a test can show its effect.
 */
import type { Distribution } from "./model.js"
import type { Random } from "./random.js"
import { tokenBytes, vocabularySize } from "./tokenizer.js"

/** The sampling parameters, with their wire names. A missing parameter has no effect. */
export interface Sampling {
  /**
   * Makes the probabilities more equal (above 1) or less equal (below 1); 0 always chooses the most likely token. Default: 1.
   */
  readonly temperature?: number | undefined
  /** Keeps this many of the most likely tokens; 0 keeps all. */
  readonly top_k?: number | undefined
  /** Keeps the most likely tokens whose probabilities add up to this value, above 0 and up to 1. */
  readonly top_p?: number | undefined
  /** Removes tokens whose probability is less than this share of the highest one, from 0 to 1. */
  readonly min_p?: number | undefined
  /** With `xtc_probability`: of the tokens with at least this probability, only the least likely stays. From 0 to 1. */
  readonly xtc_threshold?: number | undefined
  /** How often `xtc_threshold` is applied, from 0 to 1. */
  readonly xtc_probability?: number | undefined
  /** Makes tokens of the prompt and the answer less likely (above 1) or more likely (below 1). */
  readonly repetition_penalty?: number | undefined
  /** Subtracted from the logit of a token for each time that it occurs in the answer, from -2 to 2. */
  readonly frequency_penalty?: number | undefined
  /** Subtracted from the logit of each token that occurs in the answer, from -2 to 2. */
  readonly presence_penalty?: number | undefined
  /** Added to the logits of tokens, by id. A positive bias also adds tokens that the model does not propose. */
  readonly logit_bias?: Readonly<Record<string, number>> | undefined
  /** No sequence of this many tokens occurs twice in the answer; 0 and 1 have no effect. */
  readonly no_repeat_ngram?: number | undefined
  /** Texts that the answer never contains. */
  readonly bad_words?: ReadonlyArray<string> | undefined
  /** Token sequences that the answer never contains. */
  readonly bad_word_tokens?: ReadonlyArray<ReadonlyArray<number>> | undefined
}

/** A token that can be chosen, with its probability. */
export interface Candidate {
  readonly id: number
  readonly probability: number
}

/** Everything that the choice of a token depends on. */
export interface SamplerInput {
  readonly distribution: Distribution
  readonly sampling: Sampling
  readonly prompt: ReadonlyArray<number>
  readonly generated: ReadonlyArray<number>
  readonly random: Random
  /** Tokens that cannot be chosen for other reasons than the sampling parameters. */
  readonly forbidden?: ((id: number) => boolean) | undefined
}

/** A token with its logit. */
interface Scored {
  readonly id: number
  score: number
}

// One character for each byte, so that a word is found across tokens that split its characters.
/** One character for each byte, so that a word is found across tokens that split its characters. */
const byteString = (bytes: Iterable<number>): string => {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** Whether the tokens end with these. */
const endsWith = (tokens: ReadonlyArray<number>, suffix: ReadonlyArray<number>): boolean =>
  suffix.length <= tokens.length && suffix.every((id, at) => tokens[tokens.length - suffix.length + at] === id)

/**
 * Which tokens cannot be chosen now: those that would complete a forbidden sequence, repeat an n-gram, or
 * complete a forbidden word.
 */
const bansOf = ({ generated, sampling, forbidden }: SamplerInput): ((id: number) => boolean) => {
  const banned = new Set<number>()
  for (const sequence of sampling.bad_word_tokens ?? []) {
    const last = sequence.at(-1)
    if (last !== undefined && endsWith(generated, sequence.slice(0, -1))) banned.add(last)
  }
  const size = Math.trunc(sampling.no_repeat_ngram ?? 0)
  if (size > 1) {
    // The last tokens, which together with the next one would be an n-gram. Wherever they occur before, what
    // followed there is banned.
    const opening = generated.slice(generated.length - size + 1)
    for (let at = size - 1; opening.length === size - 1 && at < generated.length; at++) {
      if (opening.every((id, offset) => generated[at - size + 1 + offset] === id)) banned.add(generated[at]!)
    }
  }
  const words = (sampling.bad_words ?? []).map((word) => byteString(new TextEncoder().encode(word))).filter(Boolean)
  if (words.length === 0) return (id) => banned.has(id) || forbidden?.(id) === true
  const longest = Math.max(...words.map((word) => word.length))
  // Only as much of the end as a forbidden word can cover.
  let recent = ""
  for (let at = generated.length - 1; at >= 0 && recent.length < longest; at--) {
    recent = byteString(tokenBytes(generated[at]!)) + recent
  }
  recent = longest > 1 ? recent.slice(1 - longest) : ""
  return (id) => {
    if (banned.has(id) || forbidden?.(id) === true) return true
    const text = recent + byteString(tokenBytes(id))
    return words.some((word) => text.includes(word))
  }
}

/** How often each token occurs. */
const countsOf = (tokens: ReadonlyArray<number>): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>()
  for (const id of tokens) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

/**
 * The logits of all tokens that can be chosen, after bias and penalties, the highest first. Equal ones are in
 * the order of their ids, so that the result does not depend on the sort.
 */
const score = (input: SamplerInput): Array<Scored> => {
  const { distribution, generated, prompt, sampling } = input
  const isBanned = bansOf(input)
  const bias = new Map<number, number>()
  for (const [key, value] of Object.entries(sampling.logit_bias ?? {})) {
    const id = Number(key)
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize && Number.isFinite(value)) bias.set(id, value)
  }
  const scored: Array<Scored> = []
  distribution.ids.forEach((id, at) => {
    if (isBanned(id)) return
    scored.push({ id, score: distribution.logprobs[at]! + (bias.get(id) ?? 0) })
  })
  if (bias.size > 0) {
    const proposed = new Set(distribution.ids)
    for (const [id, value] of bias) {
      if (value > 0 && !proposed.has(id) && !isBanned(id)) scored.push({ id, score: distribution.floor + value })
    }
  }
  const repetition = sampling.repetition_penalty ?? 1
  const frequency = sampling.frequency_penalty ?? 0
  const presence = sampling.presence_penalty ?? 0
  if (repetition !== 1 && repetition > 0) {
    const seen = new Set([...prompt, ...generated])
    for (const item of scored) {
      // A logit below zero is multiplied and one above it divided: both make the token less likely.
      if (seen.has(item.id)) item.score = item.score < 0 ? item.score * repetition : item.score / repetition
    }
  }
  if (frequency !== 0 || presence !== 0) {
    const counts = countsOf(generated)
    for (const item of scored) {
      const count = counts.get(item.id)
      if (count !== undefined) item.score -= frequency * count + presence
    }
  }
  return scored.sort((x, y) => y.score - x.score || x.id - y.id)
}

/** The same tokens, with probabilities that add up to 1. */
const normalise = (items: ReadonlyArray<Candidate>): Array<Candidate> => {
  const sum = items.reduce((total, item) => total + item.probability, 0)
  return items.map(({ id, probability }) => ({ id, probability: probability / sum }))
}

/**
 * The tokens that remain after all parameters, most likely first; empty when every token is forbidden.
 *
 * The order is: `logit_bias`, penalties, bans, `temperature`, `top_k`, `top_p`, `min_p`, XTC. With temperature 0 only the most
 * likely token remains, and later parameters have no effect. XTC takes a number from `random` when its probability is above 0.
 */
export const candidates = (input: SamplerInput): ReadonlyArray<Candidate> => {
  const { random, sampling } = input
  const scored = score(input)
  const best = scored[0]
  if (best === undefined) return []
  const temperature = sampling.temperature ?? 1
  if (temperature <= 0) return [{ id: best.id, probability: 1 }]

  let kept = normalise(
    scored.map((item) => ({ id: item.id, probability: Math.exp((item.score - best.score) / temperature) }))
  )
  const topK = Math.trunc(sampling.top_k ?? 0)
  if (topK > 0 && topK < kept.length) kept = normalise(kept.slice(0, topK))
  const topP = sampling.top_p ?? 1
  if (topP < 1) {
    let sum = 0
    const cut = kept.findIndex((item) => (sum += item.probability) >= topP)
    if (cut >= 0) kept = normalise(kept.slice(0, cut + 1))
  }
  const minP = sampling.min_p ?? 0
  if (minP > 0) kept = normalise(kept.filter((item) => item.probability >= minP * kept[0]!.probability))
  const xtc = sampling.xtc_probability ?? 0
  if (xtc > 0 && random.next() < xtc) {
    const threshold = sampling.xtc_threshold ?? 0
    const above = kept.findLastIndex((item) => item.probability >= threshold)
    // The list is sorted: all tokens before the last one above the threshold are above it too.
    if (above > 0) kept = normalise(kept.slice(above))
  }
  return kept
}

/**
 * Chooses the next token, or `undefined` when every token is forbidden. The choice depends only on the input and on `random`,
 * so a seed determines it.
 */
export const sample = (input: SamplerInput): number | undefined => {
  const kept = candidates(input)
  if (kept.length < 2) return kept[0]?.id
  // Walks through the probabilities until the random number is used up.
  let point = input.random.next()
  for (const { id, probability } of kept) {
    point -= probability
    if (point < 0) return id
  }
  // If rounding leaves a rest, the last token is chosen.
  return kept.at(-1)!.id
}
