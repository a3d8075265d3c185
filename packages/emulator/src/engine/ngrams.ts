/**
 * An index of the training text. In: its tokens. Out: where each context of one, two and three tokens occurs,
 * and how frequent each token is. Positions and not counts are kept, because the model weighs them by the
 * passage that they are in.
 */
import { END, START, type TrainingText } from "./training.js"

/** The numbers of tokens are below this, so that a context of up to three fits into one exact number. */
const BASE = 2 ** 16

type Positions = ReadonlyArray<number>

/** Contexts and frequencies of the training text. */
export interface Ngrams {
  /** The positions after each context that the end of `context` has, by its length from 1 to 3; `undefined` if it never occurs. */
  readonly after: (
    context: ReadonlyArray<number>
  ) => readonly [Positions | undefined, Positions | undefined, Positions | undefined]
  /** All tokens, most frequent first. */
  readonly frequent: ReadonlyArray<number>
  /** The shares that some tokens have of all their occurrences together. */
  readonly shares: (tokens: ReadonlyArray<number>) => ReadonlyArray<number>
}

/** Reads the training text once and records the position after every context in it. */
export const indexNgrams = ({ idOf, inQuestion, tokens }: TrainingText): Ngrams => {
  const counts = new Float64Array(idOf.length)
  const maps = [1, 2, 3].map(() => new Map<number, Array<number>>())
  const [after1, after2, after3] = maps as [
    Map<number, Array<number>>,
    Map<number, Array<number>>,
    Map<number, Array<number>>
  ]
  /** Adds a position to those of a context. */
  const add = (map: Map<number, Array<number>>, key: number, at: number): void => {
    const positions = map.get(key)
    if (positions === undefined) map.set(key, [at])
    else positions.push(at)
  }
  /** One number for two tokens in a row. */
  const key2 = (a: number, b: number): number => a * BASE + b
  /** One number for three tokens in a row. */
  const key3 = (a: number, b: number, c: number): number => key2(a, b) * BASE + c

  for (let at = 1; at < tokens.length; at++) {
    const next = tokens[at]!
    if (next === START) continue
    if (next !== END) counts[next]!++
    const last = tokens[at - 1]!
    // The text after an end belongs to the next passage.
    if (last === END) continue
    // Inside a question only long contexts count: an answer must not drift into questions.
    const onlyWhole = inQuestion.has(at)
    if (!onlyWhole) add(after1, last, at)
    const second = tokens[at - 2]
    if (second === undefined || second === END) continue
    if (!onlyWhole) add(after2, key2(second, last), at)
    const third = tokens[at - 3]
    if (third === undefined || third === END) continue
    add(after3, key3(third, second, last), at)
  }

  return {
    after: (context) => {
      const [third, second, last] = [context.at(-3), context.at(-2), context.at(-1)]
      return [
        last === undefined ? undefined : after1.get(last),
        second === undefined || last === undefined ? undefined : after2.get(key2(second, last)),
        third === undefined || second === undefined || last === undefined
          ? undefined
          : after3.get(key3(third, second, last))
      ]
    },
    frequent: Array.from({ length: idOf.length - 2 }, (_, index) => index + 2).sort(
      (a, b) => counts[b]! - counts[a]! || a - b
    ),
    shares: (some) => {
      const sum = some.reduce((total, token) => total + counts[token]!, 0)
      return some.map((token) => counts[token]! / sum)
    }
  }
}
