/**
 * The arguments of the command `friendli-emulator`. In: arguments that a parser has split, and the settings of a file. Out: options,
 * or a `CommandLineError` with a sentence for the person who typed them. A misspelled option is an error, because the parser would
 * ignore it.
 */
import type { ArgsDef } from "citty"
import { closest } from "../base/closest.js"
import type { EmulatorOptions } from "../base/types.js"
import { CommandLineError } from "./commandLineError.js"
import type { Values } from "./configFile.js"
import { type Setting, settings } from "./settings.js"

export { CommandLineError } from "./commandLineError.js"

/** The flags that are not settings. */
const otherFlags = ["config", "help", "version"]

/** The flags for the parser. They have no defaults, because a default would override the file. */
export const argumentDefinitions: ArgsDef = Object.fromEntries([
  ...settings.map(({ flag, help, value }) => [
    flag,
    { type: value === undefined ? "boolean" : "string", description: help }
  ]),
  ["config", { type: "string" }],
  ["help", { type: "boolean", alias: "h" }],
  ["version", { type: "boolean" }]
]) as ArgsDef

/** The result of the parser: a value for each flag, and the words that belong to no flag. */
export interface Arguments {
  readonly _: ReadonlyArray<string>
  readonly [flag: string]: unknown
}

/** The options of the command. They are also options of `listen`. */
export interface CommandLine extends EmulatorOptions {
  readonly port: number
  readonly host: string
  readonly quiet: boolean
  readonly scriptFile?: string
  readonly record?: { readonly file: string; readonly upstream?: string }
  readonly replay?: string
}

/** Stops with a message for the user. */
const reject = (message: string): never => {
  throw new CommandLineError(message)
}

const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

const flags: ReadonlyArray<string> = [...settings.map(({ flag }) => flag), ...otherFlags]

/** The parser also names each flag in camel case, and puts words that belong to no flag under `_`. */
const knownNames: ReadonlySet<string> = new Set(["_", "h", ...flags, ...flags.map(camelCase)])

/** The value that a flag gives to its setting. */
const flagValue = ({ flag, fromText, value }: Setting, given: unknown): unknown => {
  if (value === undefined) return given === true
  if (typeof given !== "string") return reject(`--${flag} needs a value`)
  try {
    return fromText(given)
  } catch (error) {
    return reject(`--${flag} ${(error as Error).message}`)
  }
}

/** Puts values under their keys; a dot in a key leads into an object. */
const nested = (values: Values): Record<string, unknown> => {
  const options: Record<string, unknown> = { endpoints: {} }
  for (const [key, value] of values) {
    const [group, name] = key.split(".") as [string, string | undefined]
    if (name === undefined) options[group] = value
    else options[group] = { ...(options[group] as object | undefined), [name]: value }
  }
  return options
}

/** The path of the file with settings, if there is one. */
export const configPath = (args: Arguments): string | undefined => {
  const path = args["config"]
  if (path === undefined) return undefined
  return typeof path === "string" && path !== "" ? path : reject("--config needs the path of a file")
}

/** Reads parsed arguments. They override the settings of the file. Throws `CommandLineError` for the first invalid one. */
export const readCommandLine = (args: Arguments, file: Values = new Map()): CommandLine => {
  // The parser accepts any flag and any word, so both are checked here.
  const unknown = Object.keys(args).find((name) => !knownNames.has(name))
  if (unknown !== undefined) {
    const suggestion = closest(unknown, flags)
    reject(`there is no option --${unknown}${suggestion.startsWith("did") ? `; ${suggestion} See` : "; see"} --help`)
  }
  if (args._.length > 0) reject("only options are accepted; see --help")

  const values = new Map(file)
  for (const setting of settings) {
    const given = args[setting.flag]
    if (given !== undefined) values.set(setting.key, flagValue(setting, given))
  }
  if (values.has("record.upstream") && !values.has("record.file")) reject("--upstream needs --record")
  if (values.has("record.file") && values.has("replay")) reject("--record and --replay exclude each other")
  const { script, ...options } = nested(values)
  return {
    port: 8000,
    host: "127.0.0.1",
    quiet: false,
    ...options,
    // A path is a file to watch; a file of settings can also have the rules themselves.
    ...(script === undefined ? {} : typeof script === "string" ? { scriptFile: script } : { script })
  } as CommandLine
}
