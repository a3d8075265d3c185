/**
 * Finds what a request says in the few KiB that a server answered. The server's text is indexed, and the request, which may have many MB,
 * is passed over once: only every seventh place is looked at, and only where the index knows what stands there.
 */

/** A text that the request and the server have in common from this length on is an echo. */
export const runLength = 12

/** What is looked up first. Every run has a seed at one of the places that are looked at. */
const seedLength = 6
const stride = runLength - seedLength + 1

/** What is looked up next: a run with a seed in it has three more characters before or behind the seed. */
const stemLength = seedLength + 3

/** Texts of a request that are shorter than a run are echoes only as a whole, and not below this length. */
const shortest = 4

/** How much text is indexed, decoded forms included. What the server sent itself is indexed in any case. */
const mostIndexed = 262_144

// ---------------------------------------------------------------------------
// what a server's text stands for
// ---------------------------------------------------------------------------

/** A server's text as it came or decoded. `places` says where each character stands in what came. */
interface Form {
  readonly text: string
  readonly places: Int32Array
}

const letters: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }
const entities: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", nbsp: "\u00a0", quot: '"' }

const character = (digits: string | undefined, radix: number): string | undefined => {
  const code = digits === undefined ? Number.NaN : Number.parseInt(digits, radix)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

const percent = (escaped: string): string => {
  if (escaped === "+") return " "
  try {
    return decodeURIComponent(escaped)
  } catch {
    return escaped
  }
}

/** How texts are escaped on their way into an answer, and how often one inside the other. Each match stands for one character. */
const escapes: ReadonlyArray<readonly [times: number, pattern: RegExp, decode: (match: RegExpExecArray) => string]> = [
  // JSON, and what programming languages print
  [
    4,
    /\\(?:u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2})|U([0-9a-f]{8})|([^]))/gi,
    ([whole, four, braced, two, eight, one]) =>
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

/** The text as it came, and all that it may stand for. */
const formsOf = (text: string, start: number): ReadonlyArray<Form> => {
  const forms: Array<Form> = [{ text, places: Int32Array.from({ length: text.length + 1 }, (_, at) => start + at) }]
  let size = text.length
  for (const [times, pattern, decode] of escapes) {
    for (let form of forms.slice()) {
      for (let time = 0; time < times && size < mostIndexed; time++) {
        const next = decoded(form, pattern, decode)
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

const base = 0x01000193

const powerOf = (exponent: number): number => {
  let power = 1
  for (let n = 0; n < exponent; n++) power = Math.imul(power, base)
  return power
}

const leavingRun = powerOf(runLength - 1)
const leavingSeed = powerOf(seedLength - 1)
const leavingStem = powerOf(stemLength - 1)

/** Numbers for each stretch of a length, from left to right. */
const hashes = (codes: Uint16Array, length: number, leaving: number): Int32Array => {
  const all = new Int32Array(Math.max(0, codes.length - length + 1))
  let hash = 0
  for (let at = 0; at < codes.length; at++) {
    if (at >= length) hash = (hash - Math.imul(codes[at - length]!, leaving)) | 0
    hash = (Math.imul(hash, base) + codes[at]!) | 0
    if (at >= length - 1) all[at - length + 1] = hash
  }
  return all
}

/** The high bits of a product: the low ones of a sum of characters say little. */
const slot = (hash: number, bits: number): number => Math.imul(hash, 0x9e3779b1) >>> (32 - bits)

const bitsFor = (entries: number): number => Math.min(20, Math.max(8, 32 - Math.clz32(entries)))

const isWordCode = (code: number): boolean =>
  code > 127 || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

/** Stands between texts. */
const border = 0xffff

/** Of other scripts than those of Europe: a few letters of them say much. */
const isWide = (text: string): boolean => /[^\0-\u036f\u2000-\u206f]/.test(text)

const isQuote = (code: number): boolean =>
  code === 34 || code === 39 || code === 96 || code === border || (code >= 0x2018 && code <= 0x201f)

/** What is known of a server's texts. */
export interface Echoes {
  /** Looks for a text of the request, or a piece of it. */
  readonly look: (text: string) => void
  /** Looks for a text in its full length, wherever it stands. */
  readonly find: (text: string) => void
  /** By character of the texts, one after another, each with one in between: whether it is part of an echo. */
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

  const all = forms.map(({ text }) => text).join("\uffff")
  const places = new Int32Array(all.length + 1)
  const codes = new Uint16Array(all.length)
  let filled = 0
  for (const form of forms) {
    places.set(form.places, filled)
    filled += form.places.length
  }
  for (let at = 0; at < all.length; at++) codes[at] = all.charCodeAt(at)

  const hide = (from: number, to: number): void => {
    let end = to
    // several characters may stand for one escape
    while (end < all.length && places[end] === places[to - 1]) end++
    hidden.fill(1, places[from], places[end])
  }

  const runs = hashes(codes, runLength, leavingRun)
  const seeds = hashes(codes, seedLength, leavingSeed)
  const runBits = bitsFor(runs.length)
  const seedBits = bitsFor(seeds.length * 16)
  /** The last window in each slot, and the one before it, each plus one. */
  const last = new Int32Array(1 << runBits)
  const before = new Int32Array(runs.length)
  /** How many windows that are still looked for have a seed in this slot, and whether any has. */
  const counts = new Int32Array(1 << seedBits)
  const wanted = new Uint8Array(1 << seedBits)
  const stems = new Uint8Array(1 << seedBits)
  for (const hash of hashes(codes, stemLength, leavingStem)) stems[slot(hash, seedBits)] = 1

  const count = (window: number, change: 1 | -1): void => {
    for (let at = window; at < window + stride; at++) {
      const seed = slot(seeds[at]!, seedBits)
      counts[seed]! += change
      wanted[seed] = counts[seed] === 0 ? 0 : 1
    }
  }

  let borders = 0
  let words = 0
  for (let at = 0; at < all.length; at++) {
    if (codes[at] === border) borders = runLength
    else if (borders > 0) borders--
    words = isWordCode(codes[at]!) ? runLength : words - 1
    const window = at - runLength + 1
    // lines and blanks are in every text
    if (window < 0 || borders > 0 || codes[at] === border || words <= 0) continue
    const head = slot(runs[window]!, runBits)
    before[window] = last[head]!
    last[head] = window + 1
    count(window, 1)
  }

  const isAt = (window: number, text: string, from: number): boolean => {
    for (let n = 0; n < runLength; n++) if (codes[window + n] !== text.charCodeAt(from + n)) return false
    return true
  }

  /** Hides every window that reads so, and looks for it no more: equal letters without end stay linear. */
  const check = (hash: number, text: string, from: number): void => {
    const head = slot(hash, runBits)
    let kept = 0
    for (let window = last[head]! - 1; window >= 0;) {
      const next = before[window]! - 1
      if (runs[window] === hash && isAt(window, text, from)) {
        hide(window, window + runLength)
        count(window, -1)
      } else {
        before[window] = kept
        kept = window + 1
      }
      window = next
    }
    last[head] = kept
  }

  const around = (text: string, seed: number): void => {
    const first = Math.max(0, seed - stride + 1)
    const end = Math.min(seed, text.length - runLength)
    let hash = 0
    for (let at = first; at < end + runLength; at++) {
      if (at >= first + runLength) hash = (hash - Math.imul(text.charCodeAt(at - runLength), leavingRun)) | 0
      hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0
      if (at >= first + runLength - 1 && last[slot(hash, runBits)] !== 0) check(hash, text, at - runLength + 1)
    }
  }

  const hasStem = (text: string, from: number, seed: number, length: number): boolean => {
    let hash = seed
    for (let at = from; at < from + length; at++) hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0
    return stems[slot(hash, seedBits)] === 1
  }

  const lookForRuns = (text: string): void => {
    if (runs.length === 0) return
    for (let at = 0; at <= text.length - seedLength; at += stride) {
      let hash = text.charCodeAt(at)
      hash = (Math.imul(hash, base) + text.charCodeAt(at + 1)) | 0
      hash = (Math.imul(hash, base) + text.charCodeAt(at + 2)) | 0
      hash = (Math.imul(hash, base) + text.charCodeAt(at + 3)) | 0
      hash = (Math.imul(hash, base) + text.charCodeAt(at + 4)) | 0
      hash = (Math.imul(hash, base) + text.charCodeAt(at + 5)) | 0
      if (wanted[slot(hash, seedBits)] === 0) continue
      if (hasStem(text, at + seedLength, hash, 3) || hasStem(text, at - 3, 0, stemLength)) around(text, at)
    }
  }

  const find = (text: string): void => {
    for (let at = all.indexOf(text); at !== -1; at = all.indexOf(text, at + text.length)) hide(at, at + text.length)
  }

  /** Short texts that stand between quotation marks or alone, but for single words, which stand everywhere. */
  let quoted: Set<string> | undefined
  /** Texts of other scripts, by length. */
  const wide: Array<Set<string> | undefined> = []
  const hasWide = isWide(all)

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

  const wideTexts = (length: number): Set<string> => {
    const found = new Set<string>()
    for (let at = 0; at + length <= all.length; at++) {
      const text = all.slice(at, at + length)
      if (isWide(text)) found.add(text)
    }
    return found
  }

  const findQuoted = (text: string): void => {
    for (let at = all.indexOf(text); at !== -1; at = all.indexOf(text, at + 1)) {
      const end = at + text.length
      if ((at === 0 || isQuote(codes[at - 1]!)) && (end === all.length || isQuote(codes[end]!))) hide(at, end)
    }
  }

  const lookForWhole = (text: string): void => {
    if ((quoted ??= quotedTexts()).delete(text)) findQuoted(text)
    if (hasWide && (wide[text.length] ??= wideTexts(text.length)).delete(text)) find(text)
  }

  return {
    hidden,
    find,
    look: (text) => {
      if (text.length >= runLength) lookForRuns(text)
      else if (text.length >= shortest) lookForWhole(text)
    }
  }
}
