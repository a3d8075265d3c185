/**
 * Reads lines of JSON Lines from bytes that arrive in pieces of any size. In: pieces. Out: lines with their numbers, without blank lines.
 * Keeps at most one line. Without Effect.
 *
 * A line ends with LF or CRLF; the last one needs no end. A byte order mark at the beginning is skipped. A line break cannot be a part of
 * another character in UTF-8, so bytes are cut at it before they are decoded.
 */
import { concatenate } from "./bytes.js"

/** A line that is not blank. */
export interface Line {
  /** Counted from 1, including blank lines. */
  readonly number: number
  /** Its text, without the line end. */
  readonly text: string
  /** Its length in bytes. */
  readonly bytes: number
}

/** A line that is not valid text, or is too long. Nothing is read after it. */
export interface BadLine {
  readonly number: number
  readonly problem: string
}

/** Cuts bytes into lines. */
export interface LineReader {
  /** The lines that a piece completes. */
  readonly push: (bytes: Uint8Array) => ReadonlyArray<Line | BadLine>
  /** The last line, if it has no line end. */
  readonly end: () => ReadonlyArray<Line | BadLine>
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

const hasByteOrderMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

/** The white space of JSON. */
const blank = /^[ \t\r]*$/

/** Makes a reader of lines of at most `maxBytes` bytes. */
export const makeLineReader = (maxBytes: number): LineReader => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  let parts: Array<Uint8Array> = []
  let size = 0
  let number = 1
  let isOver = false

  const bad = (problem: string): BadLine => {
    isOver = true
    parts = []
    return { number, problem }
  }

  /** The line from its parts; `undefined` for a blank line. */
  const complete = (): Line | BadLine | undefined => {
    let bytes = concatenate(parts)
    parts = []
    size = 0
    if (number === 1 && hasByteOrderMark(bytes)) bytes = bytes.subarray(3)
    if (bytes.at(-1) === carriageReturn) bytes = bytes.subarray(0, -1)
    try {
      const text = decoder.decode(bytes)
      return blank.test(text) ? undefined : { number, text, bytes: bytes.length }
    } catch {
      return bad("is not valid UTF-8")
    }
  }

  const add = (part: Uint8Array, lines: Array<Line | BadLine>): void => {
    if (part.length === 0) return
    size += part.length
    if (size > maxBytes) lines.push(bad(`is longer than ${maxBytes} bytes`))
    else parts.push(part)
  }

  return {
    push: (bytes) => {
      const lines: Array<Line | BadLine> = []
      for (let from = 0; !isOver && from < bytes.length;) {
        const at = bytes.indexOf(lineFeed, from)
        add(bytes.subarray(from, at === -1 ? bytes.length : at), lines)
        if (isOver || at === -1) break
        const line = complete()
        if (line !== undefined) lines.push(line)
        number++
        from = at + 1
      }
      // a copy, because the caller may reuse the memory of its piece
      if (!isOver && parts.length > 0) parts[parts.length - 1] = parts.at(-1)!.slice()
      return lines
    },
    end: () => {
      if (isOver || parts.length === 0) return []
      const line = complete()
      isOver = true
      return line === undefined ? [] : [line]
    }
  }
}
