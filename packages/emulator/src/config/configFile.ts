/**
 * The file of `--config`. In: a path. Out: the settings in it by their keys, or a `CommandLineError` with the line of the first mistake. An unknown
 * key is a mistake, because a misspelled setting would have no effect.
 */
import { readFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { closest } from "../base/closest.js"
import { isRecord, type JsonRecord } from "../base/json.js"
import { readText, type TextDocument, TextError } from "../base/textDocument.js"
import { CommandLineError } from "./commandLineError.js"
import { fileSettings, settings } from "./settings.js"

/** Values of settings by their keys. */
export type Values = ReadonlyMap<string, unknown>

/** The check of the value of each key. */
const byKey: ReadonlyMap<string, (value: unknown) => unknown> = new Map([
  ...settings.map(({ fromFile, key }) => [key, fromFile] as const),
  ...Object.entries(fileSettings)
])

/** The keys that have an object of settings: the part before a dot. */
const groups: ReadonlySet<string> = new Set(
  settings.flatMap(({ key }) => (key.includes(".") ? [key.slice(0, key.indexOf("."))] : []))
)

/** Settings that are paths. In a file they are relative to its folder. */
const paths: ReadonlySet<string> = new Set(["script", "record.file", "replay"])

/** The known names at the top level, or in a group. */
const namesIn = (group: string | undefined): ReadonlyArray<string> =>
  group === undefined
    ? [...[...byKey.keys()].filter((key) => !key.includes(".")), ...groups]
    : settings.flatMap(({ key }) => (key.startsWith(`${group}.`) ? [key.slice(group.length + 1)] : []))

/** Reads the settings of a text. */
export const settingsOf = (document: TextDocument, place: string, folder: string): Values => {
  const values = new Map<string, unknown>()
  const fail = (path: ReadonlyArray<string>, message: string): never => {
    throw new CommandLineError(`${place}, line ${document.lineOf(path)}: ${message}`)
  }
  const read = (record: JsonRecord, group: string | undefined): void => {
    for (const [name, value] of Object.entries(record)) {
      const key = group === undefined ? name : `${group}.${name}`
      const path = group === undefined ? [name] : [group, name]
      const check = byKey.get(key)
      if (check !== undefined) {
        try {
          const accepted = check(value)
          values.set(key, paths.has(key) && typeof accepted === "string" ? resolve(folder, accepted) : accepted)
        } catch (error) {
          fail(path, `'${key}' ${(error as Error).message}`)
        }
      } else if (group === undefined && groups.has(name)) {
        if (isRecord(value)) read(value, name)
        else fail(path, `'${name}' must be an object with ${namesIn(name).join(", ")}`)
      } else fail(path, `there is no setting '${key}'; ${closest(name, namesIn(group))}`)
    }
  }
  // An empty file has no settings.
  const value = document.value ?? {}
  if (!isRecord(value)) return fail([], "the settings must be an object")
  read(value, undefined)
  return values
}

/** Reads the file. Fails with `CommandLineError`. */
export const readConfig = async (path: string): Promise<Values> => {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (error) {
    throw new CommandLineError(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    return settingsOf(await readText(text), path, dirname(path))
  } catch (error) {
    if (error instanceof TextError) throw new CommandLineError(`${path}, ${error.message}`)
    throw error
  }
}
