/**
 * The Llama 3 tokenizer: byte-level byte-pair encoding with the vocabulary of `llama3-tokenizer-js`.
 *
 * Only the vocabulary comes from that package. The merging is done here, because ordinary text must never turn into a
 * control token, and because decoding has to work byte by byte for tokens that hold a part of a character.
 */
import { Llama3Tokenizer } from "llama3-tokenizer-js"

/**
 * The ids of the control tokens that the chat template and the end of a text use.
 *
 * **When to use** when building or reading token sequences by hand. The ids are those of Llama 3.1.
 */
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

/** The number of tokens that stand for text; control tokens have the ids from here on. */
const TEXT_TOKENS = 128000

/**
 * A token id that the vocabulary does not have.
 *
 * **When to use** to tell a bad id in a request from any other failure.
 */
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

// The vocabulary writes bytes as printable characters: a printable Latin-1 byte is itself, the others follow from U+0100 on.
const isPrintable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)

const charOfByte: ReadonlyArray<string> = (() => {
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++))
})()

const byteOfChar: ReadonlyMap<string, number> = new Map(charOfByte.map((char, byte) => [char, byte]))

const vocabulary = new Llama3Tokenizer()
const pieces: ReadonlyArray<string> = vocabulary.vocabById
const idOfPiece: ReadonlyMap<string, number> = vocabulary.vocabByString

/**
 * How many ids the vocabulary has, control tokens included: valid ids are `0` to `vocabularySize - 1`.
 */
export const vocabularySize: number = pieces.length

const longestPiece = pieces.reduce(
  (longest, piece, id) => (id < TEXT_TOKENS ? Math.max(longest, piece.length) : longest),
  0
)

// `\s` of JavaScript has U+FEFF and lacks U+0085; the tokenizer was trained with Unicode's White_Space.
const WS = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
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

const mapBytes = (text: string): string => {
  let mapped = ""
  for (const byte of utf8.encode(text)) mapped += charOfByte[byte]!
  return mapped
}

const textId = (piece: string): number | undefined => {
  const id = idOfPiece.get(piece)
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

// A merge is as early as the id of what it makes: ids were given in the order in which merges were learnt.
const merge = (word: string): Array<number> => {
  const size = word.length
  const end = new Int32Array(size)
  const next = new Int32Array(size)
  const previous = new Int32Array(size)
  const rank = new Int32Array(size)
  const heap = new Heap()
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
    // An entry is stale when its pair was merged with a neighbour meanwhile.
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
 * Turns text into Llama 3 token ids.
 *
 * **When to use** for every count and every prompt. The text is text alone: `<|eot_id|>` inside it is encoded character by
 * character and never becomes a control token. Lone surrogates are encoded as U+FFFD.
 */
export const encode = (text: string, options?: { readonly bos?: boolean | undefined }): Array<number> => {
  const ids: Array<number> = options?.bos === true ? [SPECIAL.bos] : []
  for (const match of text.matchAll(WORDS)) {
    for (const id of encodeWord(match[0])) ids.push(id)
  }
  return ids
}

const checked = (id: number): string => {
  const found = pieces[id]
  if (found === undefined) throw new UnknownTokenError(id)
  return found
}

const bytesById = new Map<number, Uint8Array>()

const bytesOf = (id: number): Uint8Array => {
  const known = bytesById.get(id)
  if (known !== undefined) return known
  const found = checked(id)
  const bytes = id >= TEXT_TOKENS ? utf8.encode(found) : Uint8Array.from(found, (char) => byteOfChar.get(char)!)
  bytesById.set(id, bytes)
  return bytes
}

/**
 * The bytes of one token; those of its name for a control token. Throws `UnknownTokenError` for an id out of the vocabulary.
 *
 * **When to use** where a token may hold a part of a character, as in log probabilities.
 */
export const tokenBytes = (id: number): Uint8Array => bytesOf(id).slice()

/**
 * One token as text: incomplete characters show as U+FFFD, control tokens as their name (`<|eot_id|>`). Throws
 * `UnknownTokenError` for an id out of the vocabulary.
 *
 * **When to use** to show a single token; for several in a row use `decode`.
 */
export const piece = (id: number): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(id))

/**
 * Whether an id is a control token, which stands for no text. False for ids out of the vocabulary.
 *
 * **When to use** to keep control tokens out of what a person reads.
 */
export const isSpecial = (id: number): boolean => id >= TEXT_TOKENS && id < vocabularySize

/**
 * Turns token ids back into text, byte-accurate across tokens.
 *
 * **When to use** for detokenization. Control tokens stand for no text and print as nothing; bytes that form no character
 * become U+FFFD. Throws `UnknownTokenError` for an id out of the vocabulary.
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
