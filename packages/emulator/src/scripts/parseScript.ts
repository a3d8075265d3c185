/**
 * Reads a script as it is written in a file. In: text in JSON or YAML. Out: its rules, or a `ScriptError` whose message begins with
 * the line of the mistake. JSON is a part of YAML, so one parser reads both and knows the lines of both.
 */
import { isRecord } from "../base/json.js"
import { ScriptError, type ScriptRule } from "../base/script.js"
import { readText, TextError } from "../base/textDocument.js"
import { check } from "./checkRules.js"

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
  try {
    const { lineOf, value } = await readText(text)
    try {
      return check(value)
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      const path = isRecord(value) ? ["rules", ...error.path] : error.path
      throw new ScriptError(`line ${lineOf(path)}: ${error.message}`, error.path)
    }
  } catch (error) {
    if (error instanceof TextError) throw new ScriptError(error.message)
    throw error
  }
}
