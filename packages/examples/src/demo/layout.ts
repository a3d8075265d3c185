/**
 * The layout of text in a terminal: wrapping as it arrives, tables, headings. These functions only return text.
 */
import Table from "cli-table3"
import { BigDecimal } from "effect"
import type { Colors } from "picocolors/types.js"

export type Paint = Colors

const wide =
  /\p{Emoji_Presentation}|\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]/u

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })

const graphemes = (text: string): ReadonlyArray<string> => Array.from(segmenter.segment(text), ({ segment }) => segment)

const widthOf = (grapheme: string): number => {
  if (wide.test(grapheme)) return 2
  return /^[\p{Mark}\p{Cf}\p{Cc}]+$/u.test(grapheme) ? 0 : 1
}

/** The width of a text in columns. */
export const displayWidth = (text: string): number =>
  graphemes(text).reduce((columns, grapheme) => columns + widthOf(grapheme), 0)

/** Text of a model may not control the terminal: no escape codes, no carriage returns, no change of direction. */
export const clean = (text: string): string =>
  text.replace(/\t/g, "  ").replace(/(?!\n)\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, "")

export interface Wrapper {
  /** Takes the next piece and returns the text that can be written now. */
  readonly push: (piece: string) => string
  /** Returns the text that was held back. */
  readonly end: () => string
}

/**
 * Wraps a text that arrives in pieces. A word is held back until its end is known, because written text cannot be changed. The lines do
 * not depend on where the pieces are cut.
 */
export const makeWrapper = (width: number, indent = ""): Wrapper => {
  const room = Math.max(2, width - displayWidth(indent))
  let held = ""
  let word = ""
  let spaces = 0
  let column = 0

  const put = (text: string, columns: number): string => {
    const begun = column > 0 ? "" : indent
    column += columns
    return begun + text
  }

  const breakLine = (): string => {
    column = 0
    spaces = 0
    return "\n"
  }

  const flushWord = (): string => {
    if (word === "") return ""
    const columns = displayWidth(word)
    let out = ""
    if (column + spaces + columns > room) {
      if (column > 0) out += breakLine()
      spaces = 0
    }
    if (spaces > 0) out += put(" ".repeat(spaces), spaces)
    spaces = 0
    if (columns <= room) out += put(word, columns)
    else {
      for (const grapheme of graphemes(word)) {
        if (column + widthOf(grapheme) > room) out += breakLine()
        out += put(grapheme, widthOf(grapheme))
      }
    }
    word = ""
    return out
  }

  const take = (units: ReadonlyArray<string>): string => {
    let out = ""
    for (const unit of units) {
      if (unit === "\n") out += flushWord() + breakLine()
      else if (unit === " ") {
        out += flushWord()
        spaces++
      } else if (widthOf(unit) === 2) {
        // a line may end before and after such a character
        out += flushWord()
        word = unit
        out += flushWord()
      } else word += unit
    }
    return out
  }

  return {
    push: (piece) => {
      // the next piece may continue the last character: an accent, a joined emoji, the second half of a code point
      const text = held + piece
      const half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? ""
      const units = graphemes(text.slice(0, text.length - half.length))
      held = (units.at(-1) ?? "") + half
      return take(graphemes(clean(units.slice(0, -1).join(""))))
    },
    end: () => {
      const out = take(graphemes(clean(held))) + flushWord()
      held = ""
      return out
    }
  }
}

/** Wraps a complete text. */
export const wrap = (text: string, width: number, indent = ""): string => {
  const wrapper = makeWrapper(width, indent)
  return wrapper.push(text) + wrapper.end()
}

/** A rule with a number and a title in it. */
export const heading = (paint: Paint, width: number, number: number, title: string): string => {
  const start = `── ${number}  ${title} `
  return paint.cyan(paint.bold(start) + "─".repeat(Math.max(2, width - displayWidth(start))))
}

/** `─` and similar characters, without the colours that the table library would add. */
const plain = { head: [], border: [] }

export const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  align: ReadonlyArray<"left" | "right">
): string => {
  const drawn = new Table({ head: [...head], colAligns: [...align], style: { ...plain, compact: true } })
  drawn.push(...rows.map((row) => [...row]))
  return drawn.toString()
}

/** Lines in a box as wide as the terminal. */
export const box = (width: number, lines: ReadonlyArray<string>): string => {
  const borders = 2
  const padding = 2
  const drawn = new Table({ colWidths: [width - borders], style: plain })
  drawn.push([lines.map((line) => wrap(line, width - borders - padding)).join("\n")])
  return drawn.toString()
}

export const indented = (text: string, indent = "  "): string => text.replace(/^(?=.)/gm, indent)

/** `0.46 s` */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`

/** `████░░░░`: a share from 0 to 1. */
export const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return "█".repeat(full) + "░".repeat(width - full)
}

/** `$1.25`, `$0.00098` */
export const money = (amount: BigDecimal.BigDecimal): string => {
  const dollars = BigDecimal.unsafeToNumber(amount)
  return `$${dollars >= 0.01 ? dollars.toFixed(2) : Number(dollars.toPrecision(2))}`
}
