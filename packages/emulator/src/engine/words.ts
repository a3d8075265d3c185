/** Splits text into words and hashes them, for embeddings and classification. */

/** Scripts that put no spaces between words. */
const UNSPACED = "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}]"
const LETTER = `(?:(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}])`
const WORDS = new RegExp(`${LETTER}+(?:'${LETTER}+)*|\\S`, "gu")

/**
 * The words of a text, in order: in lower case, in compatibility form (NFKC), with `’` written as `'`. A character that is neither letter nor digit
 * is a separate word, and so is each character of Chinese and Japanese, which have no spaces between words.
 */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text.normalize("NFKC").toLowerCase().replaceAll("’", "'").match(WORDS) ?? []

/**
 * A hash of 32 bits of a text from `start` to `end` (FNV-1a over UTF-16 code units, with the bits mixed at the end). `kind`
 * distinguishes features of different kinds with the same text.
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
