/**
 * A small language model: n-grams of Llama 3 tokens with back-off, trained on the corpus of this package.
 *
 * For each context, the model finds where the last three, two and one tokens occur in the corpus and mixes the tokens that
 * follow there. Longer matches have more weight, and so have passages that share words with the prompt, so that an answer stays
 * on the subject of its question.
 */
import { models, places, questions } from "./corpus/index.js"
import { decode, encode, isSpecial, piece, SPECIAL, vocabularySize } from "./tokenizer.js"

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

export interface Model {
  /** How many different tokens the corpus has. */
  readonly types: number
  /** How many tokens the model was trained on. */
  readonly size: number
  readonly prime: (prompt: ReadonlyArray<number>) => ModelContext
}

const START = 0
const END = 1
const BASE = 2 ** 16

/** How much weight goes to shorter contexts when a context occurred once, by the length of the context. */
const BACK_OFF = [0, 0.05, 0.3, 0.12] as const
/** The probability that is spread over the whole vocabulary. */
const EPSILON = 1e-4
/** How many of the most frequent tokens are possible in every context. */
const COMMON = 64
/** The weight of a passage that shares nothing with the prompt; the best one has 1. */
const OFF_TOPIC = 3e-4
/** How many tokens at the end of the prompt are searched for its subject. */
const TOPIC_TOKENS = 96

const wordsOf = (text: string): Array<string> =>
  Array.from(text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu), ([word]) =>
    word.length > 3 ? word.replace(/s$/u, "") : word
  )

/** Words of a question that say little about its subject. They still distinguish `How are you?` from `Who are you?`. */
const ASKING = new Set(
  "a about an and are can could do does explain for give how i in is it me my of on please say should tell the this to was what when where which who why will with would write you your"
    .split(" ")
    .flatMap(wordsOf)
)
/** The weight of such a word; other words have 1. */
const ASKING_SHARE = 0.15
/** When no passage is more similar to the prompt than this, the corpus does not contain its subject. */
const UNKNOWN_SUBJECT = 0.15

interface Passage {
  readonly asked: ReadonlyArray<ReadonlySet<string>>
  readonly words: ReadonlySet<string>
}

const SENTENCE_END = /[.!?]["”’)]*\s*$/u

const endsSentence = (generated: ReadonlyArray<number>): boolean => {
  const last = generated.at(-1)
  if (last === undefined || isSpecial(last) || !SENTENCE_END.test(piece(last))) return false
  const before = generated.at(-2)
  // "1." is the beginning of a list item.
  return before === undefined || isSpecial(before) || !/\d$/u.test(piece(before))
}

// The probability that an answer of this length ends after a sentence. It is 0 for the first 24 tokens; after 120 tokens it is
// above one half.
const lengthHazard = (length: number): number => Math.min(0.95, Math.max(0, (length - 24) / 160))

const build = (): Model => {
  const localOf = new Map<number, number>()
  const idOf: Array<number> = [-1, -1]
  const stream: Array<number> = []
  const passageOf: Array<number> = []
  const passages: Array<Passage> = []

  // Positions inside questions. Only full contexts find them; otherwise answers would turn into questions.
  const asking = new Set<number>()

  const learn = (tokens: ReadonlyArray<number>, passage: number, opens: boolean, questionTokens = 0): void => {
    for (const local of opens ? [END, START] : [END]) {
      stream.push(local)
      passageOf.push(passage)
    }
    for (const [index, id] of tokens.entries()) {
      if (index < questionTokens) asking.add(stream.length)
      let local = localOf.get(id)
      if (local === undefined) {
        local = idOf.length
        localOf.set(id, local)
        idOf.push(id)
      }
      stream.push(local)
      passageOf.push(passage)
    }
    stream.push(END)
    passageOf.push(passage)
  }

  const paragraphs = (text: string): Array<string> => text.trim().split(/\n{2,}/u)

  for (const block of paragraphs(questions)) {
    const [lines, answer] = block.split(/^A: /mu) as [string, string]
    const asked = lines
      .trim()
      .split("\n")
      .map((line) => line.slice(3))
    passages.push({ asked: asked.map((line) => new Set(wordsOf(line))), words: new Set(wordsOf(answer)) })
    learn(encode(answer), passages.length - 1, true)
    for (const question of asked) {
      learn(encode(`${question} ${answer}`), passages.length - 1, false, encode(question).length)
    }
  }
  for (const text of [models, places]) {
    for (const paragraph of paragraphs(text)) {
      passages.push({ asked: [], words: new Set(wordsOf(paragraph)) })
      learn(encode(paragraph), passages.length - 1, true)
      // Paragraphs also follow a finished sentence, so they are learned once more with a space before them.
      learn(encode(`. ${paragraph}`), passages.length - 1, false)
    }
  }

  const types = idOf.length
  const counts = new Float64Array(types)
  const places1 = new Map<number, Array<number>>()
  const places2 = new Map<number, Array<number>>()
  const places3 = new Map<number, Array<number>>()
  const note = (map: Map<number, Array<number>>, key: number, at: number): void => {
    const list = map.get(key)
    if (list === undefined) map.set(key, [at])
    else list.push(at)
  }
  const key2 = (a: number, b: number): number => a * BASE + b
  const key3 = (a: number, b: number, c: number): number => (a * BASE + b) * BASE + c
  for (let at = 1; at < stream.length; at++) {
    const next = stream[at]!
    if (next === START) continue
    if (next !== END) counts[next]!++
    const a = stream[at - 1]!
    // What stands after an end belongs to the next passage.
    if (a === END) continue
    const whole = asking.has(at)
    if (!whole) note(places1, a, at)
    const b = stream[at - 2]
    if (b === undefined || b === END) continue
    if (!whole) note(places2, key2(b, a), at)
    const c = stream[at - 3]
    if (c === undefined || c === END) continue
    note(places3, key3(c, b, a), at)
  }

  const frequent = Array.from({ length: types - 2 }, (_, index) => index + 2).sort(
    (a, b) => counts[b]! - counts[a]! || a - b
  )
  const share = (locals: ReadonlyArray<number>): ReadonlyArray<number> => {
    const sum = locals.reduce((total, local) => total + counts[local]!, 0)
    return locals.map((local) => counts[local]! / sum)
  }
  const common = frequent.slice(0, COMMON)
  const commonShare = share(common)
  const allShare = share(frequent)

  const spread = new Map<string, number>()
  for (const { asked, words } of passages) {
    for (const word of new Set([...words, ...asked.flatMap((line) => [...line])])) {
      spread.set(word, (spread.get(word) ?? 0) + 1)
    }
  }
  const rarity = (word: string): number =>
    Math.log(1 + passages.length / (spread.get(word) ?? 0.5)) * (ASKING.has(word) ? ASKING_SHARE : 1)
  const norm = (words: Iterable<string>): number => {
    let sum = 0
    for (const word of words) sum += rarity(word) ** 2
    return Math.sqrt(sum) || 1
  }
  const overlap = (asked: ReadonlySet<string>, words: ReadonlySet<string>): number => {
    let sum = 0
    for (const word of asked) if (words.has(word)) sum += rarity(word) ** 2
    return sum
  }

  const weigh = (text: string): Float64Array => {
    const asked = new Set(wordsOf(text))
    const length = norm(asked)
    // A question is compared as a whole. A passage is compared only by the words that it shares with the prompt.
    const scores = passages.map(({ asked: lines, words }) =>
      Math.max(
        (0.35 * overlap(asked, words)) / length ** 2,
        ...lines.map((line) => overlap(asked, line) / (length * norm(line)))
      )
    )
    const best = Math.max(...scores)
    return Float64Array.from(scores, (score) => (best < UNKNOWN_SUBJECT ? 1 : Math.max(OFF_TOPIC, (score / best) ** 3)))
  }

  const stopLocal = localOf.get(encode(".")[0]!)!
  const newline = encode("\n\n")[0]!
  const assistant = encode("assistant")[0]!
  const user = encode("user")[0]!

  const textOf = (tokens: ReadonlyArray<number>): string =>
    decode(tokens.filter((id) => !isSpecial(id)).slice(-TOPIC_TOKENS))

  const prime = (prompt: ReadonlyArray<number>): ModelContext => {
    const tail = prompt.slice(-4)
    const chat =
      tail[0] === SPECIAL.start_header && tail[1] === assistant && tail[2] === SPECIAL.end_header && tail[3] === newline
    let opening: ReadonlyArray<number>
    let subject: string
    if (chat) {
      let from = 0
      for (let at = prompt.length - 3; at >= 0; at--) {
        if (prompt[at] === SPECIAL.start_header && prompt[at + 1] === user && prompt[at + 2] === SPECIAL.end_header) {
          from = at + 3
          break
        }
      }
      const end = prompt.indexOf(SPECIAL.eot, from)
      subject = textOf(prompt.slice(from, end < 0 ? prompt.length - 4 : end))
      opening = [START]
    } else {
      subject = textOf(prompt)
      const known: Array<number> = []
      for (let at = prompt.length - 1; at >= 0 && known.length < 3; at--) {
        const local = localOf.get(prompt[at]!)
        if (local === undefined) break
        known.unshift(local)
      }
      const last = known.at(-1)
      // A word that is not in the corpus is treated like the end of a sentence: a new sentence begins, on the same subject.
      opening =
        last !== undefined && places1.has(last) ? known : subject === "" || /\s$/u.test(subject) ? [START] : [stopLocal]
    }
    const weights = weigh(subject)
    const endToken = chat ? SPECIAL.eot : SPECIAL.eos

    const next: ModelContext["next"] = (generated, options) => {
      const context: Array<number> = []
      for (let back = 1; context.length < 3; back++) {
        const id = generated[generated.length - back]
        if (id === undefined) {
          context.unshift(...opening.slice(context.length - 3))
          break
        }
        const local = localOf.get(id)
        if (local === undefined) break
        context.unshift(local)
      }
      if (context.length === 0) context.push(stopLocal)
      const a = context.at(-1)!
      const b = context.at(-2)
      const c = context.at(-3)
      const found = [
        undefined,
        places1.get(a) ?? places1.get(stopLocal)!,
        b === undefined ? undefined : places2.get(key2(b, a)),
        b === undefined || c === undefined ? undefined : places3.get(key3(c, b, a))
      ]

      const odds = new Map<number, number>()
      let rest = 1
      for (let order = 3; order >= 1; order--) {
        const list = found[order]
        if (list === undefined) continue
        const trust = list.length / (list.length + BACK_OFF[order as 1 | 2 | 3])
        let total = 0
        for (const at of list) total += weights[passageOf[at]!]!
        const scale = (rest * trust) / total
        for (const at of list) {
          const local = stream[at]!
          odds.set(local, (odds.get(local) ?? 0) + weights[passageOf[at]!]! * scale)
        }
        rest *= 1 - trust
      }
      const wide = options?.wide === true
      const anywhere = wide ? frequent : common
      const shares = wide ? allShare : commonShare
      // The remaining probability, or a very small one, so that a bias can always bring in these tokens.
      const left = Math.max(rest, 1e-9)
      anywhere.forEach((local, index) => odds.set(local, (odds.get(local) ?? 0) + left * shares[index]!))

      const length = generated.length
      const natural = (odds.get(END) ?? 0) * (length < 8 ? 0.05 : 1)
      odds.delete(END)
      const ending = Math.max(natural, endsSentence(generated) ? lengthHazard(length) : 0)
      let sum = 0
      for (const value of odds.values()) sum += value
      if (sum < 0.02) {
        // When the corpus only ends here but the answer has to continue, its next sentence begins.
        const list = places1.get(stopLocal)!
        let total = 0
        for (const at of list) total += weights[passageOf[at]!]!
        for (const at of list) {
          const local = stream[at]!
          if (local === END) continue
          const value = (0.02 * weights[passageOf[at]!]!) / total
          odds.set(local, (odds.get(local) ?? 0) + value)
          sum += value
        }
      }
      const end = Math.min(ending, 0.98)
      const scale = ((1 - end) * (1 - EPSILON)) / sum
      const entries: Array<readonly [number, number]> = []
      for (const [local, value] of odds) entries.push([idOf[local]!, value * scale])
      if (end > 0) entries.push([endToken, end * (1 - EPSILON)])
      entries.sort((x, y) => y[1] - x[1] || x[0] - y[0])
      return {
        ids: entries.map(([id]) => id),
        logprobs: entries.map(([, value]) => Math.log(value)),
        floor: Math.log(EPSILON / vocabularySize)
      }
    }
    return { endToken, next }
  }

  return { types: types - 2, size: stream.length, prime }
}

let built: Model | undefined

/**
 * The model. The first call trains it, later calls return the same one. The same prompt and tokens give the same probabilities.
 */
export const model = (): Model => (built ??= build())
