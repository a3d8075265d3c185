/**
 * Scans JSON that arrives in pieces, reading each character once. In: pieces of text. Out: calls of a `Handler` for
 * keys, values and containers. It accepts exactly what `JSON.parse` accepts. It uses no recursion, so that deep nesting
 * cannot overflow the stack, and no Effect.
 */

export type Scalar = string | number | boolean | null

/** Receives what was read, in order. */
export interface Handler {
  readonly openObject: () => void
  readonly openArray: () => void
  /** The key of the next member. */
  readonly key: (name: string) => void
  readonly close: () => void
  readonly scalar: (value: Scalar) => void
  /** A string value has grown. Called at the end of a piece, and when reading stops. */
  readonly text: (soFar: string) => void
  /** Whether the handler wants to stop. Nothing is reported after that. */
  readonly isOver: () => boolean
}

export interface Scanner {
  /** Scans a piece, in time proportional to its length. Stops at the first invalid character. */
  readonly push: (piece: string) => void
  /** Ends the text: no more pieces come. */
  readonly end: () => void
  /** Whether one complete value has been read. */
  readonly isComplete: () => boolean
  /** The error, without the text itself. */
  readonly problem: () => string | undefined
}

/** The grammar between tokens: what may come next, also as the text of the error message. */
type Expected = "value" | "value or ]" | "name or }" | "name" | ":" | ", or }" | ", or ]" | "nothing"

const literals: Readonly<Record<string, Scalar>> = { true: true, false: false, null: null }

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

/** The characters of numbers and literals. They are validated at their end. */
const isOfToken = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  code === 0x2b ||
  code === 0x2d ||
  code === 0x2e

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff

export const make = (handler: Handler): Scanner => {
  /** For each open container, whether it is an object. */
  const open: Array<boolean> = []
  // The next token that the grammar allows. After `{"a":1` it is `, or }`.
  let expected: Expected = "value"
  /** Where the last piece ended: between tokens, or inside a token, which the next piece continues. */
  let mode: "between" | "string" | "escape" | "unicode" | "token" = "between"
  /**
   * The string, number or literal that is being read. Strings are only appended to: reading a growing one would flatten
   * and copy it.
   */
  let buffer = ""
  /** The first half of a surrogate pair, kept back until the second half has arrived. */
  let half = ""
  /** The hexadecimal digits of a `\u` escape so far. */
  let digits = ""
  let isKey = false
  let problem: string | undefined
  /** The number of characters in earlier pieces: positions in errors count from the start of the text. */
  let offset = 0

  /** Keeps the first error. It contains positions but no text, because the text is the model's and may repeat the prompt. */
  const fail = (at: number, what: string): void => {
    problem = `invalid JSON at character ${offset + at}: ${what}`
  }

  /** What may follow a complete value depends on the container around it. */
  const afterValue = (): void => {
    const isObject = open.at(-1)
    expected = isObject === undefined ? "nothing" : isObject ? ", or }" : ", or ]"
  }

  /** Validates and reports the number or literal in `buffer`. */
  const endToken = (at: number): void => {
    mode = "between"
    const literal = Object.hasOwn(literals, buffer) ? literals[buffer] : undefined
    if (literal !== undefined) handler.scalar(literal)
    else if (numberPattern.test(buffer)) handler.scalar(Number(buffer))
    else return fail(at - buffer.length, "expected a value")
    afterValue()
  }

  /**
   * Appends decoded characters of a string. A surrogate pair may be split over two pieces or two escapes; its first half
   * waits in `half`, so that a growing string is always well-formed.
   */
  const add = (text: string): void => {
    if (text === "") return
    const last = text.length - 1
    const isHalf = isHighSurrogate(text.charCodeAt(last))
    buffer += half + (isHalf ? text.slice(0, last) : text)
    half = isHalf ? text.slice(last) : ""
  }

  /**
   * A string is complete. A half that is still kept back will not be completed: it becomes part of the text unchanged, as in
   * `JSON.parse`.
   */
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

  /** Begins the value that starts with this character; `false` if no value does. */
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

  /** Handles a character between values and keys; `false` if it is not allowed there. */
  const between = (code: number, char: string): boolean => {
    // `]` after `value or ]`, and so on: the container ends here.
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

  /** Finds the end of a run of plain characters. */
  const endOfRun = (piece: string, from: number): number => {
    let at = from
    while (at < piece.length) {
      const code = piece.charCodeAt(at)
      if (code === quote || code === backslash || code < 0x20) break
      at++
    }
    return at
  }

  /**
   * Reads from position `at` of a piece and returns the next position to read. A run of plain characters in a string is one
   * step: one `slice` for many characters is what makes long strings fast.
   */
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
        // The character that ended it is read next.
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
        } else fail(at, "an unknown escape")
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
      // In a container, a number at the end of the text may lack its last digits.
      if (problem === undefined && mode === "token" && open.length === 0) endToken(0)
    },
    isComplete: () => problem === undefined && expected === "nothing" && mode === "between",
    problem: () => problem
  }
}
