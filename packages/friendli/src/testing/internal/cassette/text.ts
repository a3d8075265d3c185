/** The text of a cassette's file: written so that a change in a recording changes few lines, and read with errors that say what to do. */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { formatPath } from "../../../internal/issues.js"
import { jsonOf } from "../bodies.js"
import { sorted } from "./describe.js"
import { empty, Tape, type Piece, type RequestBody, type TapeExchange } from "./model.js"

/**
 * There is no cassette to replay: the file is missing, is no cassette, or is one of another format.
 *
 * **Details**: `reason` is `"missing"`, `"corrupt"` (no JSON, cut short, or with fields of other types: the message says which) or `"version"`
 * (written in another format). The message names the file and says what to do.
 * @category errors
 */
export class CassetteUnreadable extends Data.TaggedError("CassetteUnreadable")<{
  readonly message: string
  readonly reason: "missing" | "corrupt" | "version"
  /** Where it was looked for, when it was in a file. */
  readonly file?: string | undefined
}> {}

const decodeTape = /*#__PURE__*/ Schema.decodeUnknownEither(Tape)

const decodeJson = /*#__PURE__*/ Schema.decodeUnknownOption(/*#__PURE__*/ Schema.parseJson())

/** Of what a schema complains of, one thing: alternatives complain one by one, and the one that fits best gets furthest. */
const complaintOf = (error: ParseResult.ParseError): string => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(error)
    .map(({ message, path }) => ({
      message: message.replace(/\s+/g, " "),
      path: path as ReadonlyArray<string | number>
    }))
    .sort(
      (one, other) =>
        other.path.length - one.path.length ||
        Number(one.message.endsWith("is missing")) - Number(other.message.endsWith("is missing"))
    )
  if (first === undefined) return error.message
  return first.path.length === 0 ? first.message : `${formatPath(first.path)}: ${first.message}`
}

export const read = (text: string, file: string | undefined): Either.Either<Tape, CassetteUnreadable> => {
  const name = file === undefined ? "The cassette" : `The cassette ${file}`
  const unreadable = (reason: "corrupt" | "version", message: string) =>
    Either.left(new CassetteUnreadable({ message: `${name} ${message} Record it again.`, reason, file }))
  if (text.trim() === "") return unreadable("corrupt", "is empty: its recording was not finished.")
  const json = decodeJson(text)
  if (Option.isNone(json)) return unreadable("corrupt", "is no JSON: it was cut short or edited.")
  const version = Predicate.isRecord(json.value) ? json.value["version"] : undefined
  if (typeof version === "number" && version !== empty.version) {
    return unreadable(
      "version",
      `has format ${version}, and this version of effect-friendli reads format ${empty.version}.`
    )
  }
  return Either.match(decodeTape(json.value), {
    onLeft: (error) => unreadable("corrupt", `can not be read. ${complaintOf(error)}.`),
    onRight: (recorded) => Either.right(recorded)
  })
}

/** Written on one line. */
class Line {
  constructor(readonly text: string) {}
}

/** An event whose data is JSON, written without its quotes escaped. */
const frame = /^data: (.*)\n\n$/s

const lineOf = (line: string): Line => {
  const data = frame.exec(line)?.[1]
  const json = data === undefined ? undefined : jsonOf(data)
  return json !== undefined && JSON.stringify(json) === data
    ? new Line(`{ "data": ${data} }`)
    : new Line(JSON.stringify(line))
}

/** Text of several lines as a list of them, each with its end: what changes in one changes one line of the file. */
const linesOf = (text: string): Line | ReadonlyArray<Line> => {
  const lines = text.match(/[^\n]*\n+|[^\n]+/g) ?? [""]
  return lines.length > 1 ? lines.map(lineOf) : lineOf(text)
}

const pieceOf = (piece: Piece): unknown => {
  if ("json" in piece) return { after: piece.after, json: sorted(piece.json) }
  const [name, value] =
    "text" in piece ? ["text", linesOf(piece.text)] : ["base64", new Line(JSON.stringify(piece.base64))]
  return value instanceof Line
    ? new Line(`{ "after": ${piece.after}, "${name}": ${value.text} }`)
    : { after: piece.after, text: value }
}

const bodyOf = (body: RequestBody): unknown => ("text" in body ? { text: linesOf(body.text) } : sorted(body))

const exchangeOf = ({ outcome, request }: TapeExchange): unknown => ({
  request: {
    method: request.method,
    url: request.url,
    headers: sorted(request.headers),
    ...(request.body === undefined ? {} : { body: bodyOf(request.body) })
  },
  outcome:
    "failure" in outcome
      ? { wait: outcome.wait, failure: outcome.failure }
      : "status" in outcome
        ? {
            wait: outcome.wait,
            status: outcome.status,
            headers: sorted(outcome.headers),
            body: outcome.body.map(pieceOf),
            ending: outcome.ending
          }
        : { wait: outcome.wait, ending: outcome.ending }
})

const print = (value: unknown, indent: string): string => {
  if (value instanceof Line) return value.text
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]"
    // tokens and vectors
    if (value.every(Predicate.isNumber)) return `[${value.map((item) => JSON.stringify(item)).join(", ")}]`
    return `[\n${value.map((item) => deeper + print(item, deeper)).join(",\n")}\n${indent}]`
  }
  if (!Predicate.isRecord(value)) return JSON.stringify(value) ?? "null"
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  if (fields.length === 0) return "{}"
  return `{\n${fields.map(([name, field]) => `${deeper}${JSON.stringify(name)}: ${print(field, deeper)}`).join(",\n")}\n${indent}}`
}

/** In the order in which things happened: what was asked, and then what was answered. */
export const textOfTape = ({ exchanges, rules, version }: Tape): string => {
  const { query, redactRequest, redactResponse, requestHeaders, responseHeaders } = rules
  const ordered = {
    version,
    rules: { requestHeaders, responseHeaders, query, redactRequest, redactResponse },
    exchanges: exchanges.map(exchangeOf)
  }
  return `${print(ordered, "")}\n`
}
