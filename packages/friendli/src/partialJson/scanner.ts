/**
 * JSON that arrives in pieces, read once: what `JSON.parse` accepts, and nothing else. Without Effect and without recursion.
 */

export type Scalar = string | number | boolean | null

/** Is told what was read, in order. */
export interface Handler {
  readonly openObject: () => void
  readonly openArray: () => void
  /** The name of the member that comes next. */
  readonly key: (name: string) => void
  readonly close: () => void
  readonly scalar: (value: Scalar) => void
  /** A value that is a string has grown; it is called where a piece ends, or reading does. */
  readonly text: (soFar: string) => void
  /** Whether what was read is enough. Nothing is told after that. */
  readonly isOver: () => boolean
}

export interface Scanner {
  /** Stops at what can be no JSON. Takes time in proportion to the piece. */
  readonly push: (piece: string) => void
  /** No more will come. */
  readonly end: () => void
  /** Whether one value has been read from its beginning to its end. */
  readonly isComplete: () => boolean
  /** What is wrong, without the text itself. */
  readonly problem: () => string | undefined
}

type Expected = "value" | "value or ]" | "name or }" | "name" | ":" | ", or }" | ", or ]" | "nothing"

const words: Readonly<Record<string, Scalar>> = { true: true, false: false, null: null }

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t"
}

const quote = 0x22
const backslash = 0x5c

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** What numbers and words are made of. Which of them are right is seen at their end. */
const isOfToken = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  code === 0x2b ||
  code === 0x2d ||
  code === 0x2e

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff

export const make = (handler: Handler): Scanner => {
  /** Of each open container whether it is an object. */
  const open: Array<boolean> = []
  let expected: Expected = "value"
  let mode: "between" | "string" | "escape" | "unicode" | "token" = "between"
  /** The string, number or word that is being read. Strings are only added to: to look into a growing one would copy it. */
  let buffer = ""
  /** The first half of a character, held back until the second has come. */
  let half = ""
  let digits = ""
  let isKey = false
  let problem: string | undefined
  let offset = 0

  const fail = (at: number, what: string): void => {
    problem = `no JSON at character ${offset + at}: ${what}`
  }

  const afterValue = (): void => {
    const isObject = open.at(-1)
    expected = isObject === undefined ? "nothing" : isObject ? ", or }" : ", or ]"
  }

  const endToken = (at: number): void => {
    mode = "between"
    const word = Object.hasOwn(words, buffer) ? words[buffer] : undefined
    if (word !== undefined) handler.scalar(word)
    else if (numberPattern.test(buffer)) handler.scalar(Number(buffer))
    else return fail(at - buffer.length, "expected a value")
    afterValue()
  }

  const add = (text: string): void => {
    if (text === "") return
    const last = text.length - 1
    const isHalf = isHighSurrogate(text.charCodeAt(last))
    buffer += half + (isHalf ? text.slice(0, last) : text)
    half = isHalf ? text.slice(last) : ""
  }

  const endString = (): void => {
    mode = "between"
    buffer += half
    half = ""
    if (isKey) {
      handler.key(buffer)
      expected = ":"
    } else {
      handler.scalar(buffer)
      afterValue()
    }
  }

  const beginString = (asKey: boolean): void => {
    mode = "string"
    buffer = ""
    isKey = asKey
  }

  const close = (): void => {
    open.pop()
    handler.close()
    afterValue()
  }

  const beginValue = (code: number, char: string): boolean => {
    if (char === '"') beginString(false)
    else if (char === "{" || char === "[") {
      open.push(char === "{")
      expected = char === "{" ? "name or }" : "value or ]"
      if (char === "{") handler.openObject()
      else handler.openArray()
    } else if (isOfToken(code)) {
      mode = "token"
      buffer = char
    } else return false
    return true
  }

  /** A character between values and names; false where it does not belong there. */
  const between = (code: number, char: string): boolean => {
    if (expected.endsWith(` or ${char}`)) {
      close()
      return true
    }
    switch (expected) {
      case "value":
      case "value or ]":
        return beginValue(code, char)
      case "name":
      case "name or }":
        if (char !== '"') return false
        beginString(true)
        return true
      case ":":
        if (char !== ":") return false
        expected = "value"
        return true
      case ", or }":
      case ", or ]":
        if (char !== ",") return false
        expected = expected === ", or }" ? "name" : "value"
        return true
      case "nothing":
        return false
    }
  }

  /** From here to what ends the run of plain characters. */
  const endOfRun = (piece: string, from: number): number => {
    let at = from
    while (at < piece.length) {
      const code = piece.charCodeAt(at)
      if (code === quote || code === backslash || code < 0x20) break
      at++
    }
    return at
  }

  const step = (piece: string, at: number): number => {
    const code = piece.charCodeAt(at)
    switch (mode) {
      case "between":
        if (!isSpace(code) && !between(code, piece[at]!)) fail(at, `expected ${expected}`)
        return at + 1
      case "token": {
        if (isOfToken(code)) {
          buffer += piece[at]
          return at + 1
        }
        // The character behind it is still to be read.
        endToken(at)
        return at
      }
      case "string": {
        const end = endOfRun(piece, at)
        add(piece.slice(at, end))
        if (end === piece.length) return end
        const stop = piece.charCodeAt(end)
        if (stop === quote) endString()
        else if (stop === backslash) mode = "escape"
        else fail(end, "a control character in a string")
        return end + 1
      }
      case "escape": {
        const char = piece[at]!
        if (char === "u") {
          mode = "unicode"
          digits = ""
        } else if (Object.hasOwn(escapes, char)) {
          mode = "string"
          add(escapes[char]!)
        } else fail(at, "an escape that there is not")
        return at + 1
      }
      case "unicode": {
        digits += piece[at]
        if (!/^[\da-fA-F]+$/.test(digits)) fail(at, "expected a hexadecimal digit")
        else if (digits.length === 4) {
          mode = "string"
          add(String.fromCharCode(Number.parseInt(digits, 16)))
        }
        return at + 1
      }
    }
  }

  return {
    push: (piece) => {
      for (let at = 0; at < piece.length && problem === undefined && !handler.isOver();) at = step(piece, at)
      offset += piece.length
      const isInString = mode === "string" || mode === "escape" || mode === "unicode"
      if (isInString && !isKey && !handler.isOver()) handler.text(buffer)
    },
    end: () => {
      // Inside of a container a number that the text breaks off in may lack its last digits.
      if (problem === undefined && mode === "token" && open.length === 0) endToken(0)
    },
    isComplete: () => problem === undefined && expected === "nothing" && mode === "between",
    problem: () => problem
  }
}
