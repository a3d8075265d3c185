/**
 * Turns text into vectors by feature hashing. There is no model and no vocabulary, but texts that share words get similar
 * vectors.
 */
import { hash, wordsOf } from "./words.js"

/** The length of a vector. */
export const dimensions = 384

const WORD = 1
const PAIR = 2
const GRAM = 3

/** The weight of all n-grams of a word together, and of a pair of neighbouring words, relative to the weight of a word. */
const GRAM_SHARE = 0.6
const PAIR_SHARE = 0.35

/** Words that occur in most texts, which contain little information. */
const common: ReadonlySet<string> = new Set(
  (
    "a about after all also am an and any are as at be because been before being but by can could did do does for from had has " +
    "have he her here him his how i if in into is it it's its just me more most my no nor not of on one or our out over she so " +
    "some such than that the their them then there these they this those to too under up us very was we were what when where " +
    "which while who why will with would you your"
  ).split(" ")
)

const PUNCTUATION = /^\p{P}$/u

const importance = (word: string): number => (PUNCTUATION.test(word) ? 0.1 : common.has(word) ? 0.25 : 1)

/**
 * The vector of a text: `dimensions` numbers in single precision, with norm 1.
 *
 * The same text gives the same vector on every machine. Texts that share words or parts of words have a higher cosine
 * similarity than texts that do not.
 *
 * Features are words, pairs of neighbouring words, and n-grams of 3 to 5 letters of `<word>`, which make "sleep" similar to
 * "sleeping". A hash chooses the position and the sign of each feature. A word that occurs n times has the weight `1 + ln n`;
 * common words have a quarter of it and punctuation a tenth. A text without words has a fixed vector.
 */
export const embed = (text: string): Float32Array => {
  const sums = new Float64Array(dimensions)
  const add = (feature: number, weight: number): void => {
    const at = (feature >>> 1) % dimensions
    sums[at] = sums[at]! + (feature & 1 ? -weight : weight)
  }

  const words = wordsOf(text)
  const counts = new Map<string, number>()
  const pairs = new Map<string, { count: number; readonly weight: number }>()
  let previous: string | undefined
  for (const word of words) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    if (PUNCTUATION.test(word)) continue
    if (previous !== undefined) {
      const key = `${previous} ${word}`
      const pair = pairs.get(key)
      if (pair === undefined) pairs.set(key, { count: 1, weight: Math.min(importance(previous), importance(word)) })
      else pair.count++
    }
    previous = word
  }

  for (const [word, count] of counts) {
    const weight = importance(word) * (1 + Math.log(count))
    add(hash(word, WORD), weight)
    if (PUNCTUATION.test(word)) continue
    const marked = `<${word}>`
    const grams = [3, 4, 5].reduce((sum, size) => sum + Math.max(0, marked.length - size + 1), 0)
    const share = (weight * GRAM_SHARE) / Math.sqrt(grams)
    for (let size = 3; size <= 5; size++) {
      for (let at = 0; at + size <= marked.length; at++) add(hash(marked, GRAM, at, at + size), share)
    }
  }
  for (const [key, { count, weight }] of pairs) add(hash(key, PAIR), PAIR_SHARE * weight * (1 + Math.log(count)))

  const length = Math.sqrt(sums.reduce((sum, x) => sum + x * x, 0))
  const vector = new Float32Array(dimensions)
  // A text without words, or features that cancel out, gets a fixed vector, so that every vector has norm 1.
  if (length === 0) vector[0] = 1
  else sums.forEach((x, at) => (vector[at] = x / length))
  return vector
}
