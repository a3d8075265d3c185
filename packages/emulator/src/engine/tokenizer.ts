/**
 * The Llama 3 tokenizer: byte-pair encoding of bytes.
 *
 * Only the vocabulary comes from a package (`vocabulary.ts`). The encoding is done here, because text must never become a control token, and because
 * tokens that contain a part of a character are decoded byte by byte.
 */
import { lazily } from "../base/lazily.js"
import { readPieces } from "./vocabulary.js"

/** The ids of the control tokens that the chat template and the end of a text use, as in Llama 3.1. */
export const SPECIAL = {
  /** `<|begin_of_text|>` */
  bos: 128000,
  /** `<|end_of_text|>` */
  eos: 128001,
  /** `<|finetune_right_pad_id|>` */
  pad: 128004,
  /** `<|start_header_id|>` */
  start_header: 128006,
  /** `<|end_header_id|>` */
  end_header: 128007,
  /** `<|eom_id|>` */
  eom: 128008,
  /** `<|eot_id|>` */
  eot: 128009,
  /** `<|python_tag|>` */
  python_tag: 128010
} as const

/** The number of text tokens. Larger ids are control tokens. */
const TEXT_TOKENS = 128000

/** The number of ids in the vocabulary, with control tokens. Valid ids are `0` to `vocabularySize - 1`. */
export const vocabularySize = 128256

/** A token id that is not in the vocabulary. */
export class UnknownTokenError extends RangeError {
  /** Discriminates the error in a union. */
  readonly _tag = "UnknownTokenError"
  override readonly name = "UnknownTokenError"
  /** The id as it was given. */
  readonly token: number
  constructor(token: number) {
    super(`Token id ${token} is not in the vocabulary: ids are integers from 0 to ${vocabularySize - 1}`)
    this.token = token
  }
}

// The vocabulary writes bytes as printable characters: a printable Latin-1 byte is that character; the others follow from
// U+0100.
/** Bytes that the vocabulary writes as the character with the same number. */
const isPrintable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)

/**
 * The vocabulary writes bytes as printable characters: a printable Latin-1 byte is that character; the others
 * follow from U+0100.
 */
const charOfByte: ReadonlyArray<string> = (() => {
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++))
})()

/** The reverse of `charOfByte`. */
const byteOfChar: ReadonlyMap<string, number> = new Map(charOfByte.map((char, byte) => [char, byte]))

/** Unpacked when the first text is encoded or decoded: the help of the command, and a page in a browser, do not need it. */
const vocabulary = lazily(() => {
  const pieces = readPieces()
  const idOfPiece = new Map<string, number>()
  let longestPiece = 0
  for (let id = 0; id < pieces.length; id++) {
    const text = pieces[id]!
    idOfPiece.set(text, id)
    if (id < TEXT_TOKENS && text.length > longestPiece) longestPiece = text.length
  }
  return { pieces, idOfPiece, longestPiece }
})

// `\s` of JavaScript includes U+FEFF and not U+0085. The tokenizer was trained with White_Space of Unicode.
const WS = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
/**
 * How a text is split into words before it is encoded, as Llama 3 was trained: contractions, letters with one character before them, up to three
 * digits, punctuation, line ends, spaces. No token extends over the end of a word.
 */
const WORDS = new RegExp(
  "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])" +
    "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+" +
    "|\\p{N}{1,3}" +
    `| ?[^${WS}\\p{L}\\p{N}]+[\\r\\n]*` +
    `|[${WS}]*[\\r\\n]+` +
    `|[${WS}]+(?![^${WS}])` +
    `|[${WS}]+`,
  "gu"
)

const utf8 = new TextEncoder()

/** The bytes of a text as the characters of the vocabulary. */
const mapBytes = (text: string): string => {
  let mapped = ""
  for (const byte of utf8.encode(text)) mapped += charOfByte[byte]!
  return mapped
}

/** The id of a piece, unless it is the name of a control token. */
const textId = (piece: string): number | undefined => {
  const id = vocabulary().idOfPiece.get(piece)
  return id === undefined || id >= TEXT_TOKENS ? undefined : id
}

/** A binary heap of numbers, smallest first. */
class Heap {
  private readonly items: Array<number> = []
  push(value: number): void {
    const items = this.items
    let at = items.length
    items.push(value)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (items[parent]! <= value) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = value
  }
  pop(): number | undefined {
    const items = this.items
    const top = items[0]
    const last = items.pop()
    if (items.length === 0 || last === undefined) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++
      if (items[child]! >= last) break
      items[at] = items[child]!
      at = child
    }
    items[at] = last
    return top
  }
}

// Merges are applied in the order of the ids that they produce: ids were given in the order in which merges were learned.
/**
 * Encodes one word. Neighbours are merged as long as the vocabulary has the pair, the pair that was learned
 * first before all others: merges are applied in the order of the ids that they produce. A heap keeps the
 * next pair, so that a word of any length takes little more than linear time.
 */
const merge = (word: string): Array<number> => {
  const { longestPiece } = vocabulary()
  const size = word.length
  const end = new Int32Array(size)
  const next = new Int32Array(size)
  const previous = new Int32Array(size)
  const rank = new Int32Array(size)
  const heap = new Heap()
  // Puts a pair into the heap, if the vocabulary has it. An id and a position fit into one exact number.
  const offer = (at: number): void => {
    const right = next[at]!
    rank[at] = -1
    if (right >= size || end[right]! - at > longestPiece) return
    const id = textId(word.slice(at, end[right]))
    if (id === undefined) return
    rank[at] = id
    heap.push(id * 2 ** 32 + at)
  }
  for (let at = 0; at < size; at++) {
    end[at] = at + 1
    next[at] = at + 1
    previous[at] = at - 1
  }
  for (let at = 0; at < size; at++) offer(at)
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const at = top % 2 ** 32
    // An entry is outdated when one half of its pair was merged with another neighbour.
    if (rank[at] !== Math.floor(top / 2 ** 32)) continue
    const right = next[at]!
    rank[right] = -1
    end[at] = end[right]!
    next[at] = next[right]!
    if (next[at]! < size) previous[next[at]!] = at
    offer(at)
    if (previous[at]! >= 0) offer(previous[at]!)
  }
  const ids: Array<number> = []
  for (let at = 0; at < size; at = next[at]!) ids.push(textId(word.slice(at, end[at]))!)
  return ids
}

const CACHED_WORDS = 20_000
const CACHED_LENGTH = 48
const cache = new Map<string, ReadonlyArray<number>>()

/** The ids of a word, cached because words are repeated often. */
const encodeWord = (text: string): ReadonlyArray<number> => {
  const cached = cache.get(text)
  if (cached !== undefined) return cached
  const word = mapBytes(text)
  const whole = textId(word)
  const ids = whole === undefined ? merge(word) : [whole]
  if (text.length <= CACHED_LENGTH) {
    if (cache.size >= CACHED_WORDS) cache.clear()
    cache.set(text, ids)
  }
  return ids
}

/**
 * Encodes text as Llama 3 token ids. A text such as `<|eot_id|>` is encoded character by character and never becomes a control
 * token. Lone surrogates are encoded as U+FFFD.
 */
export const encode = (text: string, options?: { readonly bos?: boolean | undefined }): Array<number> => {
  const ids: Array<number> = options?.bos === true ? [SPECIAL.bos] : []
  for (const match of text.matchAll(WORDS)) {
    for (const id of encodeWord(match[0])) ids.push(id)
  }
  return ids
}

/** Names of control tokens, such as `<|eot_id|>`. */
const CONTROL = /<\|[a-z0-9_]+\|>/gu

/**
 * Encodes a text that is a whole prompt, as servers do: the names of control tokens in it become these tokens, and the begin-of-text token is added
 * if the text does not begin with its name. So a rendered chat has as many tokens as the chat.
 */
export const encodePrompt = (text: string): Array<number> => {
  const ids: Array<number> = []
  let from = 0
  for (const match of text.matchAll(CONTROL)) {
    const id = vocabulary().idOfPiece.get(match[0])
    if (id === undefined || !isSpecial(id)) continue
    for (const part of encode(text.slice(from, match.index))) ids.push(part)
    ids.push(id)
    from = match.index + match[0].length
  }
  for (const part of encode(text.slice(from))) ids.push(part)
  return ids[0] === SPECIAL.bos ? ids : [SPECIAL.bos, ...ids]
}

/** The piece of an id. */
const checked = (id: number): string => {
  const found = vocabulary().pieces[id]
  if (found === undefined) throw new UnknownTokenError(id)
  return found
}

const bytesById = new Map<number, Uint8Array>()

/** The bytes of a token, computed once. */
const bytesOf = (id: number): Uint8Array => {
  const known = bytesById.get(id)
  if (known !== undefined) return known
  const found = checked(id)
  const bytes = id >= TEXT_TOKENS ? utf8.encode(found) : Uint8Array.from(found, (char) => byteOfChar.get(char)!)
  bytesById.set(id, bytes)
  return bytes
}

/**
 * The bytes of a token; for a control token, those of its name. Throws `UnknownTokenError` for an id that is not in the
 * vocabulary.
 */
export const tokenBytes = (id: number): Uint8Array => bytesOf(id).slice()

/**
 * A single token as text. Incomplete characters become U+FFFD, and control tokens are shown by name (`<|eot_id|>`). Throws
 * `UnknownTokenError` for an id that is not in the vocabulary.
 */
export const piece = (id: number): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(id))

/** Whether an id is a control token. Control tokens have no text. */
export const isSpecial = (id: number): boolean => id >= TEXT_TOKENS && id < vocabularySize

/**
 * Decodes token ids. Characters that are split between tokens are put together, bytes that form no character become U+FFFD, and
 * control tokens are left out. Throws `UnknownTokenError` for an id that is not in the vocabulary.
 */
export const decode = (tokens: ReadonlyArray<number>): string => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  let text = ""
  for (const id of tokens) {
    const bytes = bytesOf(id)
    if (!isSpecial(id)) text += decoder.decode(bytes, { stream: true })
  }
  return text + decoder.decode()
}
