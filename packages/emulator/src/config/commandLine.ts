/**
 * The arguments of the command `friendli-emulator`. In: arguments that a parser has split. Out: options, or a
 * `CommandLineError` with a sentence for the person who typed them. A misspelled option is an error, because
 * the parser would ignore it.
 */
import type { ArgsDef, ParsedArgs } from "citty"
import type { EmulatorOptions } from "../base/types.js"

/** The options of the command, with the texts of `--help`. */
export const argumentDefinitions = {
  port: { type: "string", default: "8000", description: "Port; 0 chooses a free one" },
  host: { type: "string", default: "127.0.0.1", description: "Address to listen on" },
  token: { type: "string", description: "Accepted bearer tokens, separated by commas; by default any token" },
  model: { type: "string", description: "Serverless models that exist, separated by commas; by default any name" },
  asleep: {
    type: "string",
    description: "Dedicated endpoints that sleep until they are woken, separated by commas; by default none"
  },
  "wake-time": { type: "string", description: "Milliseconds from waking an endpoint until it runs; by default 100" },
  "tokens-per-second": { type: "string", description: "Generated tokens per second; by default no limit" },
  cors: {
    type: "string",
    description: "Origins of pages that may call, separated by commas; '*' for all, 'none'; by default all on loopback"
  },
  script: { type: "string", description: "File with scripted answers, JSON or YAML; read again after each change" },
  "strict-script": {
    type: "boolean",
    default: false,
    description: "Reject what no rule of the script fits"
  },
  quiet: { type: "boolean", default: false, description: "Print no line for each request" }
} as const satisfies ArgsDef

/** The options of the command. They are also options of `listen`. */
export interface CommandLine extends EmulatorOptions {
  readonly port: number
  readonly host: string
  readonly quiet: boolean
  readonly scriptFile?: string
}

/** Thrown for arguments that are invalid. The message is for the person who typed them. */
export class CommandLineError extends Error {}

/** Ends the reading with a sentence for the user. */
const reject = (message: string): never => {
  throw new CommandLineError(message)
}

/** Which numbers an option accepts. */
interface Range {
  readonly minimum: number
  readonly maximum: number
  readonly integer: boolean
}

/** The number of an option. An empty text would be 0 for `Number`, and is rejected. */
const numberOf = (name: string, text: string, { integer, maximum, minimum }: Range): number => {
  const value = Number(text)
  const isValid = text.trim() !== "" && value >= minimum && value <= maximum && (!integer || Number.isInteger(value))
  return isValid
    ? value
    : reject(`--${name} must be ${integer ? "an integer" : "a number"} from ${minimum} to ${maximum}`)
}

/** A list that is separated by commas. Blanks around the items are allowed. */
const listOf = (name: string, text: string | undefined, item: string): ReadonlyArray<string> | undefined => {
  if (text === undefined) return undefined
  const items = text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]))
  return items.length > 0 ? items : reject(`--${name} needs at least one ${item}`)
}

/** The origins of `--cors`. Each must be written as a browser sends it: scheme, host and port, without a path. */
const corsOf = (text: string | undefined): EmulatorOptions["cors"] => {
  if (text === undefined) return undefined
  if (text === "*") return "*"
  if (text === "none") return false
  return listOf("cors", text, "origin")?.map((item) => {
    if (URL.canParse(item) && new URL(item).origin === item) return item
    return reject("--cors takes '*', 'none', or origins such as http://localhost:5173, without a path")
  })
}

/** The parser also names each option in camel case, and puts what belongs to no option under `_`. */
const knownNames: ReadonlySet<string> = new Set([
  "_",
  ...Object.keys(argumentDefinitions).flatMap((name) => [
    name,
    name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  ])
])

/** Reads parsed arguments. Throws `CommandLineError` for the first one that is invalid. */
export const readCommandLine = (args: ParsedArgs<typeof argumentDefinitions>): CommandLine => {
  // The parser accepts any option and any word, so both are checked here.
  const unknown = Object.keys(args).find((name) => !knownNames.has(name))
  if (unknown !== undefined) reject(`there is no option --${unknown}; see --help`)
  if (args._.length > 0) reject("only options are accepted; see --help")

  const tokens = listOf("token", args.token, "token")
  const models = listOf("model", args.model, "model name")
  const asleep = listOf("asleep", args.asleep, "endpoint id")
  const cors = corsOf(args.cors)
  const wakeTime = args["wake-time"]
  const pace = args["tokens-per-second"]
  return {
    port: numberOf("port", args.port, { minimum: 0, maximum: 65_535, integer: true }),
    host: args.host,
    quiet: args.quiet,
    endpoints: {
      ...(asleep === undefined ? {} : { asleep }),
      ...(wakeTime === undefined
        ? {}
        : { wakeTime: numberOf("wake-time", wakeTime, { minimum: 0, maximum: 3_600_000, integer: false }) })
    },
    ...(tokens === undefined ? {} : { tokens }),
    ...(models === undefined ? {} : { models }),
    ...(cors === undefined ? {} : { cors }),
    ...(args.script === undefined ? {} : { scriptFile: args.script }),
    ...(args["strict-script"] ? { strictScript: true } : {}),
    ...(pace === undefined
      ? {}
      : {
          tokensPerSecond: numberOf("tokens-per-second", pace, { minimum: 0.01, maximum: 1_000_000, integer: false })
        })
  }
}
