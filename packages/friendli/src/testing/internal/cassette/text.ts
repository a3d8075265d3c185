/**
 * The text of a cassette's file. In: a recording. Out: JSON that is laid out for reviews, so that a change in
 * a recording changes few lines. In the other direction: text to a recording, or an error that says what to
 * do.
 */
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
 * A cassette cannot be read: the file is missing, is not a cassette, or has another format.
 *
 * **Details**: `reason` is `"missing"`, `"corrupt"` (not JSON, incomplete, or with fields of other types: the message
 * says which) or `"version"` (another format). The message names the file and says what to do.
 * @category errors
 */
export class CassetteUnreadable extends Data.TaggedError("CassetteUnreadable")<{
  readonly message: string
  readonly reason: "missing" | "corrupt" | "version"
  /** The path of the file, if there is one. */
  readonly file?: string | undefined
}> {}

const decodeTape = /*#__PURE__*/ Schema.decodeUnknownEither(Tape)

const decodeJson = /*#__PURE__*/ Schema.decodeUnknownOption(/*#__PURE__*/ Schema.parseJson())

/**
 * The most useful issue of a parse error: a union reports one issue for each member, and the best matching member fails
 * at the longest path.
 */
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

/** Reads a file. `file` is its path for messages, if there is one. */
export const read = (text: string, file: string | undefined): Either.Either<Tape, CassetteUnreadable> => {
  const name = file === undefined ? "The cassette" : `The cassette ${file}`
  const unreadable = (reason: "corrupt" | "version", message: string) =>
    Either.left(new CassetteUnreadable({ message: `${name} ${message} Record it again.`, reason, file }))
  if (text.trim() === "") return unreadable("corrupt", "is empty: its recording was not finished.")
  const json = decodeJson(text)
  if (Option.isNone(json)) return unreadable("corrupt", "is not JSON: it was cut short or edited.")
  const version = Predicate.isRecord(json.value) ? json.value["version"] : undefined
  if (typeof version === "number" && version !== empty.version) {
    return unreadable(
      "version",
      `has format ${version}, and this version of effect-friendli reads format ${empty.version}.`
    )
  }
  return Either.match(decodeTape(json.value), {
    onLeft: (error) => unreadable("corrupt", `cannot be read. ${complaintOf(error)}.`),
    onRight: (recorded) => Either.right(recorded)
  })
}

/** A value that is printed on one line. */
class Line {
  constructor(readonly text: string) {}
}

/** An event with JSON data, which is written without escaped quotes. */
const frame = /^data: (.*)\n\n$/s

const lineOf = (line: string): Line => {
  const data = frame.exec(line)?.[1]
  const json = data === undefined ? undefined : jsonOf(data)
  return json !== undefined && JSON.stringify(json) === data
    ? new Line(`{ "data": ${data} }`)
    : new Line(JSON.stringify(line))
}

/** Text of several lines as a list of lines, so that a change in one line changes one line of the file. */
const linesOf = (text: string): Line | ReadonlyArray<Line> => {
  const lines = text.match(/[^\n]*\n+|[^\n]+/g) ?? [""]
  return lines.length > 1 ? lines.map(lineOf) : lineOf(text)
}

/** A part of an answer: its time and its content. */
const pieceOf = (piece: Piece): unknown => {
  if ("json" in piece) return { after: piece.after, json: sorted(piece.json) }
  const [name, value] =
    "text" in piece ? ["text", linesOf(piece.text)] : ["base64", new Line(JSON.stringify(piece.base64))]
  return value instanceof Line
    ? new Line(`{ "after": ${piece.after}, "${name}": ${value.text} }`)
    : { after: piece.after, text: value }
}

/** The body of a request. */
const bodyOf = (body: RequestBody): unknown => ("text" in body ? { text: linesOf(body.text) } : sorted(body))

/** A request and its outcome: a failure, an answer, or nothing. */
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

/** Prints a value like `JSON.stringify` with two spaces, but lists of numbers and events on one line each. */
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

/** Prints a cassette in the order of events: each request before its answer. */
export const textOfTape = ({ exchanges, rules, version }: Tape): string => {
  const { query, redactRequest, redactResponse, requestHeaders, responseHeaders } = rules
  const ordered = {
    version,
    rules: { requestHeaders, responseHeaders, query, redactRequest, redactResponse },
    exchanges: exchanges.map(exchangeOf)
  }
  return `${print(ordered, "")}\n`
}
