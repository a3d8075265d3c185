/**
 * Reads a script as it is written in a file. In: text in JSON or YAML. Out: its rules, or a `ScriptError` whose message begins with
 * the line of the mistake. JSON is a part of YAML, so one parser reads both and knows the lines of both.
 */
import type { Document, LineCounter } from "yaml"
import { isRecord } from "../base/json.js"
import { ScriptError, type ScriptRule } from "../base/script.js"
import { check } from "./checkRules.js"

/** The line of the node that a path leads to, or of the nearest node above it. */
const lineOf = (document: Document, path: ReadonlyArray<string | number>, lines: LineCounter): number => {
  for (let length = path.length; length >= 0; length--) {
    const keys = path.slice(0, length)
    const node = keys.length === 0 ? document.contents : document.getIn(keys, true)
    const range = isRecord(node) ? (node["range"] as ReadonlyArray<number> | null | undefined) : undefined
    if (range !== undefined && range !== null) return lines.linePos(range[0]!).line
  }
  return 1
}

/**
 * Reads the text of a script: JSON or YAML, a list of rules or an object with the list in `rules`. Fails with `ScriptError`.
 *
 * **When to use** to check a script before it is used. The command reads the file of `--script` in the same way.
 *
 * @example
 * ```ts
 * import { parse } from "effect-friendli-emulator/Scripts"
 *
 * const rules = await parse("- when: { contains: weather }\n  say: It is sunny.\n")
 * console.log(rules[0]?.say) // It is sunny.
 * ```
 * @category parsing
 */
export const parse = async (text: string): Promise<ReadonlyArray<ScriptRule>> => {
  // Loaded only where a text has to be read: most programs have none.
  const { LineCounter, parseDocument } = await import("yaml")
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [mistake] = document.errors
  if (mistake !== undefined) {
    throw new ScriptError(`line ${lines.linePos(mistake.pos[0]).line}: ${mistake.message}`, [])
  }
  const value: unknown = document.toJS()
  try {
    return check(value)
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    const path = isRecord(value) ? ["rules", ...error.path] : error.path
    throw new ScriptError(`line ${lineOf(document, path, lines)}: ${error.message}`, error.path)
  }
}
