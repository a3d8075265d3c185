/** The command without its files: arguments and texts in, output and exit code out. */
import { parse } from "yaml"
import { accept, type Accepted, compare, isEmpty, without } from "./compare.js"
import { report } from "./report.js"
import { isObject, type JsonObject } from "./schemas.js"

/** The input of the command. */
export interface Files {
  /** The contract of this repository. */
  readonly contract: string
  /** The known differences, as JSON: see `Accepted`. */
  readonly accepted: string
  readonly read: (file: string) => string
}

export interface Result {
  /** 0: no drift. 1: drift. 2: the command could not compare. */
  readonly code: 0 | 1 | 2
  readonly output: string
  /** The new text of the known differences, with `--accept`. */
  readonly accepted?: string
}

const usage = `usage: pnpm contract:drift <openapi file, JSON or YAML> [--json] [--accept]`

const failed = (output: string): Result => ({ code: 2, output })

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** YAML contains JSON, but its parser is slow on it. */
const documentOf = (text: string): unknown => {
  if (!text.trimStart().startsWith("{")) return parse(text, { maxAliasCount: -1 })
  return JSON.parse(text)
}

const isDocument = (value: unknown): value is JsonObject => isObject(value) && isObject(value["paths"])

export const run = (args: ReadonlyArray<string>, files: Files): Result => {
  const options = args.filter((arg) => arg.startsWith("--"))
  const [file, ...more] = args.filter((arg) => !arg.startsWith("--"))
  const unknown = options.find((option) => option !== "--json" && option !== "--accept")
  if (unknown !== undefined) return failed(`unknown option ${unknown}\n${usage}`)
  if (file === undefined || more.length > 0) return failed(usage)
  if (/^[a-z]+:\/\//i.test(file)) {
    return failed(`${file} is a URL: download the document first, and give its path\n${usage}`)
  }
  let newer: unknown
  try {
    newer = documentOf(files.read(file))
  } catch (cause) {
    return failed(`${file} could not be read: ${messageOf(cause)}`)
  }
  if (!isDocument(newer)) return failed(`${file} is not an OpenAPI document: it has no paths`)

  const whole = compare(JSON.parse(files.contract) as JsonObject, newer)
  if (options.includes("--accept")) {
    const known = accept(whole)
    return {
      code: 0,
      output: `${Object.keys(known).length} differences are accepted and will not be reported again.`,
      accepted: `${JSON.stringify(known, undefined, 2)}\n`
    }
  }
  const drift = without(whole, JSON.parse(files.accepted) as Accepted)
  return {
    code: isEmpty(drift) ? 0 : 1,
    output: options.includes("--json") ? JSON.stringify(drift, undefined, 2) : report(drift)
  }
}
