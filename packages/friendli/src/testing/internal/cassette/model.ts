/** The model of a cassette: the recorded exchanges, the rules of the recording, and the schema of both. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import { JsonObject } from "../../../schema/primitives.js"

const Headers = Schema.Record({ key: Schema.String, value: Schema.String })
const Milliseconds = Schema.Number.pipe(Schema.finite(), Schema.nonNegative())
const Names = Schema.Array(Schema.String)

/** The body of a recorded request: JSON, a form by the names of its parts, text, or the hash of any other bytes. */
export type RequestBody =
  | { readonly json: unknown }
  | { readonly form: { readonly [name: string]: unknown } }
  | { readonly text: string }
  | { readonly sha256: string; readonly size: number }

/** A recorded request. */
export interface TapeRequest {
  readonly method: string
  /** Without credentials and fragment, and with only the listed query parameters. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: RequestBody | undefined
}

/**
 * A chunk of a recorded body, and the milliseconds since the one before (for the first: since the response headers).
 */
export type Piece =
  | { readonly after: number; readonly json: unknown }
  | { readonly after: number; readonly text: string }
  | { readonly after: number; readonly base64: string }

/** A request and its outcome: an answer, or the reason why there is none. */
export interface TapeExchange {
  readonly request: TapeRequest
  readonly outcome:
    | {
        readonly status: number
        readonly headers: Readonly<Record<string, string>>
        /** Milliseconds until the response headers. */
        readonly wait: number
        readonly body: ReadonlyArray<Piece>
        /**
         * `"end"`; `"reset"`: the connection broke; `"left"`: the client cancelled before the end. The last two break
         * when they are replayed; with recorded timing, `"left"` sends no more data, so that the client cancels again.
         */
        readonly ending: "end" | "reset" | "left"
      }
    | {
        /** The client cancelled before there was an answer. Replayed only with recorded timing: no answer comes. */
        readonly ending: "unanswered"
        readonly wait: number
      }
    | {
        /** The connection failed: the code of the socket error, or `UNKNOWN`. */
        readonly failure: string
        readonly wait: number
      }
}

/**
 * The headers and parameters that are kept, and the fields that are redacted. The rules are part of the cassette,
 * because a request is compared in the form in which it would be recorded.
 */
export interface Rules {
  readonly requestHeaders: ReadonlyArray<string>
  readonly responseHeaders: ReadonlyArray<string>
  readonly query: ReadonlyArray<string>
  readonly redactRequest: ReadonlyArray<string>
  readonly redactResponse: ReadonlyArray<string>
}

/** A cassette: all recorded exchanges, and the rules of the recording. */
export interface Tape {
  readonly version: 1
  readonly rules: Rules
  readonly exchanges: ReadonlyArray<TapeExchange>
}

/** A line of text in a file: a string, or the JSON of an event. */
export type FileLine = string | { readonly data: unknown }

export const ofLine = (line: FileLine): string =>
  typeof line === "string" ? line : `data: ${JSON.stringify(line.data)}\n\n`

/** `Schema.Unknown` alone would accept an absent field. */
const Json = /*#__PURE__*/ Schema.Unknown.pipe(
  Schema.filter((value): boolean => value !== undefined, { message: () => "is missing" })
)

const Base64 = /*#__PURE__*/ Schema.String.pipe(
  Schema.filter((text) => Either.isRight(Encoding.decodeBase64(text)), { message: () => "Expected base64" })
)

const Line: Schema.Schema<FileLine> = /*#__PURE__*/ Schema.Union(Schema.String, Schema.Struct({ data: Json }))

/** Text of several lines is a list in a file. */
const Text = /*#__PURE__*/ Schema.transform(Schema.Union(Line, Schema.Array(Line)), Schema.String, {
  strict: true,
  decode: (text) =>
    (Array.isArray as (value: unknown) => value is ReadonlyArray<FileLine>)(text)
      ? text.map(ofLine).join("")
      : ofLine(text),
  encode: (text) => text
})

/** The schema that decodes the JSON of a file to a `Tape`. */
export const Tape: Schema.Schema<Tape, unknown> = /*#__PURE__*/ Schema.compose(
  Schema.Unknown,
  /*#__PURE__*/ Schema.Struct({
    version: Schema.Literal(1),
    rules: Schema.Struct({
      requestHeaders: Names,
      responseHeaders: Names,
      query: Names,
      redactRequest: Names,
      redactResponse: Names
    }),
    exchanges: Schema.Array(
      Schema.Struct({
        request: Schema.Struct({
          method: Schema.String,
          url: Schema.String,
          headers: Headers,
          body: Schema.optional(
            Schema.Union(
              Schema.Struct({ form: JsonObject }),
              Schema.Struct({ text: Text }),
              Schema.Struct({ sha256: Schema.String, size: Schema.Number }),
              Schema.Struct({ json: Json })
            )
          )
        }),
        outcome: Schema.Union(
          Schema.Struct({
            status: Schema.Number,
            headers: Headers,
            wait: Milliseconds,
            body: Schema.Array(
              Schema.Union(
                Schema.Struct({ after: Milliseconds, text: Text }),
                Schema.Struct({ after: Milliseconds, base64: Base64 }),
                Schema.Struct({ after: Milliseconds, json: Json })
              )
            ),
            ending: Schema.Literal("end", "reset", "left")
          }),
          Schema.Struct({ failure: Schema.String, wait: Milliseconds }),
          Schema.Struct({ ending: Schema.Literal("unanswered"), wait: Milliseconds })
        )
      })
    )
  }),
  { strict: false }
).annotations({ identifier: "Tape" })

export const standard: Rules = {
  requestHeaders: ["accept", "content-type"],
  responseHeaders: ["content-type", "retry-after", "retry-after-ms"],
  query: [],
  redactRequest: [],
  redactResponse: []
}

/**
 * A cassette without exchanges.
 * @category constructors
 */
export const empty: Tape = { version: 1, rules: standard, exchanges: [] }
