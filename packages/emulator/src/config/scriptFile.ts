/**
 * The script in a file. In: the path of a file. Out: its rules, now and after each change. A change that is not a valid script is reported, and the
 * earlier rules stay in use.
 */
import { unwatchFile, watchFile } from "node:fs"
import { readFile } from "node:fs/promises"
import { ScriptError, type ScriptRule } from "../base/script.js"
import { parse } from "../scripts/parseScript.js"

/** The result of a change of the file. */
export type ScriptChange = { readonly rules: number } | { readonly error: ScriptError }

/** How often the file is polled, in milliseconds. Polling also works if editors replace the file, and on shared folders. */
const interval = 200

/** Reads the file. Fails with `ScriptError`, whose message begins with the path and the line. */
export const readScript = async (path: string): Promise<ReadonlyArray<ScriptRule>> => {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (error) {
    throw new ScriptError(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    return await parse(text)
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    throw new ScriptError(`${path}, ${error.message}`, error.path)
  }
}

/** Reads the file after each change, until the returned function is called. Does not keep the process running. */
export const watchScript = (
  path: string,
  apply: (rules: ReadonlyArray<ScriptRule>) => void,
  report: (change: ScriptChange) => void
): (() => void) => {
  let reading = Promise.resolve()
  const read = async (): Promise<void> => {
    try {
      const rules = await readScript(path)
      apply(rules)
      report({ rules: rules.length })
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      report({ error })
    }
  }
  const listener = (): void => {
    // One read after the other, so that the last state of the file wins.
    reading = reading.then(read)
  }
  watchFile(path, { interval, persistent: false }, listener)
  return () => unwatchFile(path, listener)
}
