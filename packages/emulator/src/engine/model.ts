/**
 * A small language model: n-grams of Llama 3 tokens with back-off, trained on the corpus of this package.
 *
 * For each context, the model finds where the last three, two and one tokens occur in the corpus and mixes the tokens that
 * follow there. Longer matches have more weight, and so have passages that share words with the prompt, so that an answer stays
 * on the subject of its question.
 */
import { lazily } from "../base/lazily.js"
import { indexNgrams, type Ngrams } from "./ngrams.js"
import { decode, encode, isSpecial, piece, SPECIAL, vocabularySize } from "./tokenizer.js"
import { makeTopics } from "./topics.js"
import { END, readCorpus, START, type TrainingText } from "./training.js"

/** The probabilities of the next token. */
export interface Distribution {
  readonly ids: ReadonlyArray<number>
  /** Natural logarithms, in the order of `ids`, which is from the most likely token down. */
  readonly logprobs: ReadonlyArray<number>
  /** The natural logarithm of the probability of every token that is not in `ids`. */
  readonly floor: number
}

/** The model after it has read a prompt. */
export interface ModelContext {
  /** The token with which the model ends an answer: `<|eot_id|>` after a chat prompt, otherwise `<|end_of_text|>`. */
  readonly endToken: number
  /** The probabilities of the token after `generated`. With `wide`, every token of the corpus is a candidate. */
  readonly next: (generated: ReadonlyArray<number>, options?: { readonly wide?: boolean | undefined }) => Distribution
}

/** A trained model. */
export interface Model {
  /** How many different tokens the corpus has. */
  readonly types: number
  /** How many tokens the model was trained on. */
  readonly size: number
  readonly prime: (prompt: ReadonlyArray<number>) => ModelContext
}

/** How much weight goes to shorter contexts when a context occurred once, by the length of the context. */
const BACK_OFF = { 1: 0.05, 2: 0.3, 3: 0.12 } as const
/** The probability that is spread over the whole vocabulary. */
const EPSILON = 1e-4
/** How many of the most frequent tokens are possible in every context. */
const COMMON = 64
/** How many tokens at the end of the prompt are searched for its subject. */
const TOPIC_TOKENS = 96
/** An answer with fewer tokens seldom ends where a passage ends. */
const SHORT_ANSWER = 8
/** The highest probability of an end: an answer can always continue. */
const MAX_END = 0.98
/** When the tokens that can follow have less probability than this, the next sentence begins. */
const MIN_CONTINUATION = 0.02

const SENTENCE_END = /[.!?]["”’)]*\s*$/u

/** Whether an answer may end here: after the end of a sentence. */
const endsSentence = (generated: ReadonlyArray<number>): boolean => {
  const last = generated.at(-1)
  if (last === undefined || isSpecial(last) || !SENTENCE_END.test(piece(last))) return false
  const before = generated.at(-2)
  // "1." is the beginning of a list item.
  return before === undefined || isSpecial(before) || !/\d$/u.test(piece(before))
}

/**
 * The probability that an answer of this length ends after a sentence. It is 0 for the first 24 tokens; after 120 tokens it is
 * above one half.
 */
const endAfterSentence = (length: number): number => Math.min(0.95, Math.max(0, (length - 24) / 160))

/** Tokens of the headers of a chat. */
const headers = lazily(() => ({
  newline: encode("\n\n")[0]!,
  assistant: encode("assistant")[0]!,
  user: encode("user")[0]!
}))

/** Whether a prompt ends with the header of an assistant's message, as a rendered chat does. */
const isChat = (prompt: ReadonlyArray<number>): boolean => {
  const { assistant, newline } = headers()
  const header = [SPECIAL.start_header, assistant, SPECIAL.end_header, newline]
  return prompt.slice(-4).length === 4 && prompt.slice(-4).every((id, at) => id === header[at])
}

/** The tokens of the last user message of a chat; without one, those of the whole prompt. */
const lastUserMessage = (prompt: ReadonlyArray<number>): ReadonlyArray<number> => {
  const { user } = headers()
  let from = 0
  for (let at = prompt.length - 3; at >= 0; at--) {
    if (prompt[at] === SPECIAL.start_header && prompt[at + 1] === user && prompt[at + 2] === SPECIAL.end_header) {
      from = at + 3
      break
    }
  }
  const end = prompt.indexOf(SPECIAL.eot, from)
  return prompt.slice(from, end < 0 ? prompt.length - 4 : end)
}

/** The text of the last tokens, where the subject is. */
const subjectOf = (tokens: ReadonlyArray<number>): string =>
  decode(tokens.filter((id) => !isSpecial(id)).slice(-TOPIC_TOKENS))

/** Probabilities by the numbers that tokens have in the training text. */
type Probabilities = Map<number, number>

/** The model's data: the training text, its index, and the most frequent tokens with their shares. */
interface Trained {
  readonly text: TrainingText
  readonly ngrams: Ngrams
  readonly stop: number
  readonly afterStop: ReadonlyArray<number>
  readonly common: ReadonlyArray<number>
  readonly commonShares: ReadonlyArray<number>
  readonly allShares: ReadonlyArray<number>
}

/** Adds the tokens at some positions, each with the weight of its passage, so that together they have `probability`. */
const addAt = (
  { text }: Trained,
  into: Probabilities,
  positions: ReadonlyArray<number>,
  weights: Float64Array,
  probability: number
): void => {
  let total = 0
  for (const at of positions) total += weights[text.passageOf[at]!]!
  const scale = probability / total
  for (const at of positions) {
    const token = text.tokens[at]!
    into.set(token, (into.get(token) ?? 0) + weights[text.passageOf[at]!]! * scale)
  }
}

/** Mixes the tokens that follow the context in the training text, longer contexts first, and then the frequent tokens. */
const mix = (trained: Trained, context: ReadonlyArray<number>, weights: Float64Array, wide: boolean): Probabilities => {
  const { afterStop, allShares, common, commonShares, ngrams } = trained
  const [after1 = afterStop, after2, after3] = ngrams.after(context)
  const probabilities: Probabilities = new Map()
  let rest = 1
  for (const [order, positions] of [
    [3, after3],
    [2, after2],
    [1, after1]
  ] as const) {
    if (positions === undefined) continue
    const trust = positions.length / (positions.length + BACK_OFF[order])
    addAt(trained, probabilities, positions, weights, rest * trust)
    rest *= 1 - trust
  }
  // The remaining probability, or a very small one, so that a bias can always bring in these tokens.
  const left = Math.max(rest, 1e-9)
  const shares = wide ? allShares : commonShares
  const frequent = wide ? ngrams.frequent : common
  frequent.forEach((token, index) => probabilities.set(token, (probabilities.get(token) ?? 0) + left * shares[index]!))
  return probabilities
}

/** All probabilities together. */
const sumOf = (probabilities: Probabilities): number => {
  let sum = 0
  for (const value of probabilities.values()) sum += value
  return sum
}

/** Reads the corpus and makes the model. */
const train = (): Model => {
  const text = readCorpus()
  const ngrams = indexNgrams(text)
  const stop = text.numberOf.get(encode(".")[0]!)!
  const common = ngrams.frequent.slice(0, COMMON)
  const trained: Trained = {
    text,
    ngrams,
    stop,
    afterStop: ngrams.after([stop])[0]!,
    common,
    commonShares: ngrams.shares(common),
    allShares: ngrams.shares(ngrams.frequent)
  }
  const weigh = makeTopics(text.passages)

  /** The last three tokens at most, as numbers of the training text, up to one that is not in it. */
  const contextOf = (ids: ReadonlyArray<number>, before: ReadonlyArray<number> = []): ReadonlyArray<number> => {
    const context: Array<number> = []
    for (let back = 1; context.length < 3; back++) {
      const id = ids[ids.length - back]
      if (id === undefined) return [...before.slice(context.length - 3), ...context]
      const number = text.numberOf.get(id)
      if (number === undefined) break
      context.unshift(number)
    }
    return context
  }

  /** The tokens that an answer to this prompt continues. */
  const openingOf = (prompt: ReadonlyArray<number>, subject: string): ReadonlyArray<number> => {
    if (isChat(prompt)) return [START]
    const context = contextOf(prompt)
    if (context.length > 0 && ngrams.after(context)[0] !== undefined) return context
    // A word that is not in the corpus is treated like the end of a sentence: a new sentence begins, on the same subject.
    return subject === "" || /\s$/u.test(subject) ? [START] : [stop]
  }

  const prime = (prompt: ReadonlyArray<number>): ModelContext => {
    const subject = subjectOf(isChat(prompt) ? lastUserMessage(prompt) : prompt)
    const opening = openingOf(prompt, subject)
    const weights = weigh(subject)
    const endToken = isChat(prompt) ? SPECIAL.eot : SPECIAL.eos

    const next: ModelContext["next"] = (generated, options) => {
      const found = contextOf(generated, opening)
      const context = found.length === 0 ? [stop] : found
      const probabilities = mix(trained, context, weights, options?.wide === true)

      const { length } = generated
      // There are two reasons to end: the corpus ends here, or a sentence ends and the answer is long enough.
      const passageEnd = (probabilities.get(END) ?? 0) * (length < SHORT_ANSWER ? 0.05 : 1)
      probabilities.delete(END)
      const sentenceEnd = endsSentence(generated) ? endAfterSentence(length) : 0
      const end = Math.min(Math.max(passageEnd, sentenceEnd), MAX_END)

      if (sumOf(probabilities) < MIN_CONTINUATION) {
        // If the corpus only ends here but the answer has to continue, the next sentence begins.
        addAt(trained, probabilities, trained.afterStop, weights, MIN_CONTINUATION)
        probabilities.delete(END)
      }
      // The remaining probability after the end token and the share of the whole vocabulary.
      const scale = ((1 - end) * (1 - EPSILON)) / sumOf(probabilities)
      const entries: Array<readonly [id: number, probability: number]> = []
      for (const [token, value] of probabilities) entries.push([text.idOf[token]!, value * scale])
      if (end > 0) entries.push([endToken, end * (1 - EPSILON)])
      entries.sort((x, y) => y[1] - x[1] || x[0] - y[0])
      return {
        ids: entries.map(([id]) => id),
        logprobs: entries.map(([, probability]) => Math.log(probability)),
        floor: Math.log(EPSILON / vocabularySize)
      }
    }
    return { endToken, next }
  }

  return { types: text.idOf.length - 2, size: text.tokens.length, prime }
}

/**
 * The model. The first call trains it, later calls return the same one. The same prompt and tokens give the same probabilities.
 */
export const model: () => Model = lazily(train)
