/**
 * Finds text of the request in the answer of a server. In: the server's texts, a few KiB, and then each text of the request, which may
 * have many MB. Out: which characters of the server's texts also occur in the request.
 *
 * The server's text is indexed, and the request is read once: only every seventh position is looked up, and
 * compared further only if the index has a match (decision 0022). Example: a server answers `invalid input:
 * "My password is hunter22"`, and the prompt contains `My password is hunter22, remember it`. The characters
 * of `My password is hunter22` are marked.
 *
 * The stages of a lookup, each rarer and more expensive than the previous one: a seed of 6 characters, a stem of 9, a run of 12 by its
 * hash, and the run itself.
 */

/** A text of at least this length that the request and the server have in common is an echo. */
export const runLength = 12

/**
 * The length that is looked up first. A run of 12 characters contains a seed at 7 positions, and one of 7
 * neighbours is always a position that is looked up.
 */
const seedLength = 6
const stride = runLength - seedLength + 1

/** Texts of a request that are shorter than a run are echoes only as a whole, and only from this length on. */
const shortest = 4

/** The maximum length of the indexed text, including decoded forms. The server's text itself is always indexed. */
const maxIndexed = 262_144

// ---------------------------------------------------------------------------
// decoded forms of a server's text
// ---------------------------------------------------------------------------

/**
 * A server's text, original or decoded. `places` gives the position of each character in the original text: in the decoded form of `a\nb`
 * the line end has the position of the backslash.
 */
interface Form {
  readonly text: string
  readonly places: Int32Array
}

/** The meaning of the letter after a backslash. */
const letters: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }
const entities: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", nbsp: "\u00a0", quot: '"' }

/** The character with this code point, or `undefined` if there is none. */
const character = (digits: string | undefined, radix: number): string | undefined => {
  const code = digits === undefined ? Number.NaN : Number.parseInt(digits, radix)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

/** A percent-encoded character. `+` is a space in forms and queries. */
const percent = (escaped: string): string => {
  if (escaped === "+") return " "
  try {
    return decodeURIComponent(escaped)
  } catch {
    return escaped
  }
}

/** The escapes that may occur in an answer, and how often each may be nested. Each match is one character. */
const escapes: ReadonlyArray<readonly [times: number, pattern: RegExp, decode: (match: RegExpExecArray) => string]> = [
  // JSON, and what programming languages print: a capital `U` has eight digits, so it is read before four
  [
    4,
    /\\(?:U(00(?:0[\da-fA-F]|10)[\da-fA-F]{4})|[uU]([\da-fA-F]{4})|[uU]\{([\da-fA-F]{1,6})\}|[xX]([\da-fA-F]{2})|([^]))/g,
    ([whole, eight, four, braced, two, one]) =>
      character(four ?? braced ?? two ?? eight, 16) ?? (one === undefined ? whole : (letters[one] ?? one))
  ],
  // URLs
  [
    1,
    /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}|\+/gi,
    ([whole]) => percent(whole)
  ],
  // HTML
  [
    1,
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|apos|gt|lt|nbsp|quot));/gi,
    ([whole, decimal, hex, name]) =>
      character(decimal, 10) ?? character(hex, 16) ?? entities[name?.toLowerCase() ?? ""] ?? whole
  ]
]

/**
 * One more form of a text: every match of the pattern is decoded, and all positions are kept. Without a match the form is the same.
 */
const decoded = ({ places, text }: Form, pattern: RegExp, decode: (match: RegExpExecArray) => string): Form => {
  const to = new Int32Array(text.length + 1)
  let result = ""
  let from = 0
  const keep = (end: number): void => {
    to.set(places.subarray(from, end), result.length)
    result += text.slice(from, end)
  }
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    keep(match.index)
    const one = decode(match)
    to.fill(places[match.index]!, result.length, result.length + one.length)
    result += one
    from = match.index + match[0].length
  }
  if (from === 0) return { places, text }
  keep(text.length)
  to[result.length] = places[text.length]!
  return { places: to.subarray(0, result.length + 1), text: result }
}

/**
 * The original text, and every text of which it may be an escaped form. JSON may be escaped several times: a gateway that puts the JSON
 * of the server into its own JSON string doubles every backslash. The forms are limited in number and size, so that a hostile answer
 * costs no more than a long one.
 */
const formsOf = (text: string, start: number): ReadonlyArray<Form> => {
  const places = new Int32Array(text.length + 1)
  for (let at = 0; at < places.length; at++) places[at] = start + at
  const forms: Array<Form> = [{ text, places }]
  let size = text.length
  for (const [times, pattern, decode] of escapes) {
    for (let form of forms.slice()) {
      for (let time = 0; time < times && size < maxIndexed; time++) {
        const next = decoded(form, pattern, decode)
        // No escapes are left.
        if (next.text === form.text) break
        forms.push(next)
        size += next.text.length
        form = next
      }
    }
  }
  return forms
}

// ---------------------------------------------------------------------------
// the index
// ---------------------------------------------------------------------------

/** The byte of a character: itself in ASCII. Different characters may share a byte, so matches are compared afterwards. */
const byteOf = (code: number): number => (code ^ (code >>> 7)) & 255

const hashOfSeed = (view: DataView, at: number): number =>
  (Math.imul(view.getUint32(at, true), 0x9e3779b1) + Math.imul(view.getUint16(at + 4, true), 0x85ebca6b)) | 0

/** A run that contains a seed has three more characters before or after the seed: these are looked up next. */
const stemLength = seedLength + 3

const hashOfStem = (view: DataView, at: number): number =>
  (hashOfSeed(view, at) + Math.imul(view.getUint32(at + 5, true), 0xc2b2ae35)) | 0

/** A run is read as three words of four bytes. */
const hashOfRun = (view: DataView, at: number): number =>
  (Math.imul(view.getUint32(at, true), 0x9e3779b1) +
    Math.imul(view.getUint32(at + 4, true), 0x85ebca6b) +
    Math.imul(view.getUint32(at + 8, true), 0xc2b2ae35)) |
  0

/**
 * Reduces a hash to `bits` bits. The hash is mixed and its high bits are taken, since sums of products differ in only a few bits.
 */
const slot = (hash: number, bits: number): number => Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - bits)

/** A part of a text as bytes, one for each character. The view reads four of them at once. */
interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly view: DataView
}

const makePiece = (): Piece => {
  const bytes = new Uint8Array(pieceLength + slack)
  return { bytes, view: new DataView(bytes.buffer) }
}

const encoder = /*#__PURE__*/ new TextEncoder()

/**
 * Writes a part of a text as bytes. The platform's encoder is ten times as fast as a loop, but gives one byte for each character only for
 * ASCII; for all other text the loop overwrites the result.
 */
const fill = (bytes: Uint8Array<ArrayBuffer>, part: string): void => {
  if (part.length >= shortestEncoded) {
    const { read, written } = encoder.encodeInto(part, bytes)
    if (read === part.length && written === read) return
  }
  for (let at = 0; at < part.length; at++) bytes[at] = byteOf(part.charCodeAt(at))
}

/** A table of characters around seeds that led to no match, as five words and a mark. Repetitive texts contain them again. */
const seenBits = 10
const makeSeen = (): Int32Array => new Int32Array(6 << seenBits)

/** Whether the characters around this position were examined before, without a match. */
const isSeen = (seen: Int32Array, view: DataView, at: number, entry: number): boolean =>
  seen[entry + 5] === 1 &&
  seen[entry] === view.getInt32(at - 6, true) &&
  seen[entry + 1] === view.getInt32(at - 2, true) &&
  seen[entry + 2] === view.getInt32(at + 2, true) &&
  seen[entry + 3] === view.getInt32(at + 6, true) &&
  seen[entry + 4] === view.getInt32(at + 8, true)

const keepSeen = (seen: Int32Array, view: DataView, at: number): void => {
  const entry = 6 * slot(hashOfSeed(view, at), seenBits)
  seen[entry] = view.getInt32(at - 6, true)
  seen[entry + 1] = view.getInt32(at - 2, true)
  seen[entry + 2] = view.getInt32(at + 2, true)
  seen[entry + 3] = view.getInt32(at + 6, true)
  seen[entry + 4] = view.getInt32(at + 8, true)
  seen[entry + 5] = 1
}

/**
 * The next position, from this one on, with a wanted seed; below zero if there is none. It is a separate function, so that the JavaScript
 * engine optimizes it: nearly all time is spent here.
 */
const nextSeed = (view: DataView, from: number, length: number, wanted: Int32Array, seen: Int32Array): number => {
  for (let at = from; at <= length - seedLength; at += stride) {
    const hash = hashOfSeed(view, at)
    if (has(wanted, hash) && (at < 6 || !isSeen(seen, view, at, 6 * slot(hash, seenBits)))) return at
  }
  return -1
}

/** One bit per hash, so that sets fit into the fastest memory. */
const setBits = 17

/**
 * Whether a set has a hash. It may be true for another hash with the same bit, but is never false for an added hash.
 */
const has = (set: Int32Array, hash: number): boolean => {
  const bit = slot(hash, setBits)
  return ((set[bit >>> 5]! >>> (bit & 31)) & 1) === 1
}

const add = (set: Int32Array, hash: number): void => {
  const bit = slot(hash, setBits)
  set[bit >>> 5]! |= 1 << (bit & 31)
}

const makeSet = (): Int32Array => new Int32Array(1 << (setBits - 5))

const bitsFor = (entries: number): number => Math.min(18, Math.max(8, 32 - Math.clz32(entries)))

/** How much of a text is encoded at once, how much is examined at a time, and how far beyond its end hashes may read. */
const pieceLength = 16_384
export const partLength = 32 * pieceLength
const slack = 16

/** Shorter texts are copied faster by hand. */
const shortestEncoded = 64

const isWordCode = (code: number): boolean =>
  code > 127 || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

/** Is placed between texts, so that no run reaches from one text into the next. */
const border = 0xffff

/** Whether a text has characters of non-European scripts, in which a few characters say much. */
const isWide = (text: string): boolean => /[^\0-\u036f\u2000-\u206f]/.test(text)

const isQuote = (code: number): boolean =>
  code === 34 || code === 39 || code === 96 || code === border || (code >= 0x2018 && code <= 0x201f)

/** The index of a server's texts. */
export interface Echoes {
  /**
   * Searches for a text of the request, or a part of it, from a position on. Returns where to continue: long texts are searched in parts.
   */
  readonly look: (text: string, from?: number) => number
  /** Searches for a whole text, at every position. */
  readonly find: (text: string) => void
  /** For each character of the texts, one text after another with one character in between: whether it is part of an echo. */
  readonly hidden: Uint8Array
}

export const make = (texts: ReadonlyArray<string>): Echoes => {
  const forms: Array<Form> = []
  let length = 0
  for (const text of texts) {
    forms.push(...formsOf(text, length))
    length += text.length + 1
  }
  const hidden = new Uint8Array(length)

  // All forms in one text, separated by borders, so that one index is enough.
  const all = forms.map(({ text }) => text).join("\uffff")
  const places = new Int32Array(all.length + 1)
  const codes = new Uint16Array(all.length)
  let filled = 0
  for (const form of forms) {
    places.set(form.places, filled)
    filled += form.places.length
  }
  const view = new DataView(new ArrayBuffer(all.length + slack))
  for (let at = 0; at < all.length; at++) {
    const code = all.charCodeAt(at)
    codes[at] = code
    view.setUint8(at, byteOf(code))
  }

  /** Marks a range of the indexed text, at the positions in the original texts. */
  const hide = (from: number, to: number): void => {
    let end = to
    // one escape may become several characters
    while (end < all.length && places[end] === places[to - 1]) end++
    hidden.fill(1, places[from], places[end])
  }

  // The hash of the run that begins at each position, 0 if none is wanted.
  const runs = new Int32Array(Math.max(0, all.length - runLength + 1))
  const bits = bitsFor(all.length * 2)
  /** The last window in each slot, and the one before it, each plus one. */
  const last = new Int32Array(1 << bits)
  const before = new Int32Array(runs.length)
  /** Whether a window is still wanted. Of equal windows only one is. */
  const isWanted = new Uint8Array(runs.length)

  /** Whether two windows of the indexed text read the same. */
  const isEqual = (one: number, other: number): boolean => {
    for (let n = 0; n < runLength; n++) if (codes[one + n] !== codes[other + n]) return false
    return true
  }

  // How many of the next windows contain a border, and how many contain a word character.
  let borders = 0
  let words = 0
  for (let at = 0; at < all.length; at++) {
    if (codes[at] === border) borders = runLength
    else if (borders > 0) borders--
    words = isWordCode(codes[at]!) ? runLength : words - 1
    const window = at - runLength + 1
    // lines and blanks are in every text
    if (window < 0 || borders > 0 || words <= 0) continue
    const hash = hashOfRun(view, window)
    const head = slot(hash, bits)
    runs[window] = hash
    before[window] = last[head]!
    if (last[head] === 0 || !isEqual(last[head]! - 1, window)) isWanted[window] = 1
    last[head] = window + 1
  }

  const seeds = makeSet()
  const stems = makeSet()
  const wholes = makeSet()
  const seen = makeSeen()
  /** Whether windows have been found since these sets were made, and how much has been examined since then. */
  // The three sets shrink as windows are found. They are made again only when something was found, and only after text of twice the
  // length of the index was examined, so this work is always a small part of the whole.
  let isOutdated = true
  let lookedAt = Infinity

  const update = (): void => {
    isOutdated = false
    lookedAt = 0
    seeds.fill(0)
    stems.fill(0)
    wholes.fill(0)
    for (let window = 0; window < isWanted.length; window++) {
      if (isWanted[window] === 0) continue
      add(wholes, runs[window]!)
      for (let at = window; at < window + stride; at++) add(seeds, hashOfSeed(view, at))
      for (let at = window; at <= window + runLength - stemLength; at++) add(stems, hashOfStem(view, at))
    }
  }

  /** Hides every window with this text, and no longer searches for it, so that long repetitions take linear time. */
  const check = (hash: number, text: string, from: number): void => {
    const head = slot(hash, bits)
    let kept = 0
    for (let window = last[head]! - 1; window >= 0;) {
      const next = before[window]! - 1
      if (runs[window] === hash && isAt(window, text, from)) {
        hide(window, window + runLength)
        isWanted[window] = 0
        isOutdated = true
      } else {
        before[window] = kept
        kept = window + 1
      }
      window = next
    }
    last[head] = kept
  }

  /**
   * Whether a window equals the text of the request from this position on. Hashes may agree by chance, so characters are compared before
   * they are hidden.
   */
  const isAt = (window: number, text: string, from: number): boolean => {
    for (let n = 0; n < runLength; n++) if (codes[window + n] !== text.charCodeAt(from + n)) return false
    return true
  }

  let piece: Piece | undefined

  /**
   * Searches one part of a text of the request. Pieces overlap by a run minus one character, so that a run across the end of a piece is
   * found in the next one.
   */
  const lookForRuns = (text: string, from: number): number => {
    if (runs.length === 0) return text.length
    piece ??= makePiece()
    const part = piece.view
    let start = from
    for (; start + runLength <= text.length && start < from + partLength; start += pieceLength - runLength + 1) {
      const length = Math.min(pieceLength, text.length - start)
      if (isOutdated && lookedAt >= 2 * all.length) update()
      lookedAt += length
      fill(piece.bytes, length === text.length ? text : text.slice(start, start + length))
      for (
        let at = nextSeed(part, 0, length, seeds, seen);
        at >= 0;
        at = nextSeed(part, at + stride, length, seeds, seen)
      ) {
        // The seed is part of a run only if three more characters match before or after it.
        const after = has(stems, hashOfStem(part, at))
        const ahead = at >= 3 && has(stems, hashOfStem(part, at - 3))
        let isInVain = true
        if (after || ahead) {
          // The earliest position at which a run with this seed can begin.
          const first = Math.max(0, ahead ? at - stride + 1 : at - 3)
          const end = Math.min(after ? at : at - 3, length - runLength)
          for (let run = first; run <= end; run++) {
            const hash = hashOfRun(part, run)
            if (!has(wholes, hash)) continue
            isInVain = false
            check(hash, text, start + run)
          }
        }
        if (isInVain && at >= 6 && at + runLength <= length) keepSeen(seen, part, at)
      }
    }
    return start + runLength <= text.length ? start : text.length
  }

  /** Hides a text at every position, whatever its length: for credentials. */
  const find = (text: string): void => {
    for (let at = all.indexOf(text); at !== -1; at = all.indexOf(text, at + text.length)) hide(at, at + text.length)
  }

  /** Short texts in quotation marks or alone. Single words are left out, because they occur everywhere. */
  let quoted: Set<string> | undefined
  /** Texts of other scripts, by length. */
  const wide: Array<Set<string> | undefined> = []
  const hasWide = isWide(all)

  /** The short texts in quotation marks. A server that repeats a short value quotes it: `"input": "pw: 1234"`. */
  const quotedTexts = (): Set<string> => {
    const found = new Set<string>()
    for (let from = 0; from < all.length; from++) {
      if (from > 0 && !isQuote(codes[from - 1]!)) continue
      for (let to = from + shortest; to < from + runLength && to <= all.length; to++) {
        if (to < all.length && !isQuote(codes[to]!)) continue
        const text = all.slice(from, to)
        if (!/^[A-Za-z]*$/.test(text)) found.add(text)
      }
    }
    return found
  }

  /** All texts of this length with a character of another script. Four Chinese characters can be a name. */
  const wideTexts = (length: number): Set<string> => {
    const found = new Set<string>()
    for (let at = 0; at + length <= all.length; at++) {
      const text = all.slice(at, at + length)
      if (isWide(text)) found.add(text)
    }
    return found
  }

  /** Hides a short text if it is in quotation marks or stands alone. */
  const findQuoted = (text: string): void => {
    for (let at = all.indexOf(text); at !== -1; at = all.indexOf(text, at + 1)) {
      const end = at + text.length
      if ((at === 0 || isQuote(codes[at - 1]!)) && (end === all.length || isQuote(codes[end]!))) hide(at, end)
    }
  }

  /**
   * Searches for a text that is shorter than a run. Each text is removed when it was found, so that a prompt that repeats it costs
   * nothing.
   */
  const lookForWhole = (text: string): void => {
    if ((quoted ??= quotedTexts()).delete(text)) findQuoted(text)
    if (hasWide && (wide[text.length] ??= wideTexts(text.length)).delete(text)) find(text)
  }

  return {
    hidden,
    find,
    look: (text, from = 0) => {
      if (text.length >= runLength) return lookForRuns(text, from)
      if (text.length >= shortest) lookForWhole(text)
      return text.length
    }
  }
}
