/**
 * Reads JSON and YAML that a person wrote. In: a text. Out: its value, and the line of each part, for messages. JSON is a part of YAML, so one parser
 * reads both.
 */
import { isRecord } from "./json.js"

/** A text that was read. */
export interface TextDocument {
  readonly value: unknown
  /** The line of the value that a path leads to, or of the nearest value above it. */
  readonly lineOf: (path: ReadonlyArray<string | number>) => number
}

/** A text that is neither JSON nor YAML. The message begins with the line. */
export class TextError extends Error {}

/** Reads a text. Fails with `TextError`. */
export const readText = async (text: string): Promise<TextDocument> => {
  // Loaded only when a text has to be read, because most programs have none.
  const { LineCounter, parseDocument } = await import("yaml")
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [mistake] = document.errors
  if (mistake !== undefined) throw new TextError(`line ${lines.linePos(mistake.pos[0]).line}: ${mistake.message}`)
  return {
    value: document.toJS() as unknown,
    lineOf: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const keys = path.slice(0, length)
        const node = keys.length === 0 ? document.contents : document.getIn(keys, true)
        const range = isRecord(node) ? (node["range"] as ReadonlyArray<number> | null | undefined) : undefined
        if (range !== undefined && range !== null) return lines.linePos(range[0]!).line
      }
      return 1
    }
  }
}
