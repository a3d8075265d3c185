/**
 * Words of a text and numbers for them: what embedding and classifying begin with.
 */

/** Scripts that put no spaces between words. */
const UNSPACED = "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}]"
const LETTER = `(?:(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}])`
const WORDS = new RegExp(`${LETTER}+(?:'${LETTER}+)*|\\S`, "gu")

/**
 * The words of a text, in order: lower-cased, compatibility forms folded (NFKC), `’` written as `'`. A sign that is no letter or digit is
 * a word of its own, and so is each character of Chinese and Japanese, which put no spaces between words.
 *
 * **When to use** where texts are compared by what they say and not by how it is written.
 */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text.normalize("NFKC").toLowerCase().replaceAll("’", "'").match(WORDS) ?? []

/**
 * A number of 32 bits for a part of a text, from `start` up to `end` (FNV-1a over UTF-16 code units, its bits mixed at the end).
 *
 * **When to use** to give features places in a vector without keeping a vocabulary. `kind` keeps equal texts apart that
 * stand for different things.
 */
export const hash = (text: string, kind: number, start = 0, end: number = text.length): number => {
  let h = 0x811c9dc5 ^ kind
  for (let at = start; at < end; at++) {
    h = Math.imul(h ^ text.charCodeAt(at), 0x01000193)
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
