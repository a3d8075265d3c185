/** What a cassette is: the recorded exchanges, the rules of the recording, and the schema of both. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"

const Headers = Schema.Record({ key: Schema.String, value: Schema.String })
const Milliseconds = Schema.Number.pipe(Schema.finite(), Schema.nonNegative())
const Names = Schema.Array(Schema.String)

/**
 * The body of a recorded request: JSON, a form by the names of its parts, text, or the hash of what is none of these.
 * @category models
 */
export type RequestBody =
  | { readonly json: unknown }
  | { readonly form: { readonly [name: string]: unknown } }
  | { readonly text: string }
  | { readonly sha256: string; readonly size: number }

/**
 * A recorded request.
 * @category models
 */
export interface TapeRequest {
  readonly method: string
  /** Without credentials and fragment, and with those query parameters alone that are listed. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: RequestBody | undefined
}

/**
 * A piece of a recorded body, and the milliseconds between it and the one before (the first: since the head).
 * @category models
 */
export type Piece =
  | { readonly after: number; readonly json: unknown }
  | { readonly after: number; readonly text: string }
  | { readonly after: number; readonly base64: string }

/**
 * A request and its answer, or what kept one from coming.
 * @category models
 */
export interface TapeExchange {
  readonly request: TapeRequest
  readonly outcome:
    | {
        readonly status: number
        readonly headers: Readonly<Record<string, string>>
        /** Milliseconds until the head. */
        readonly wait: number
        readonly body: ReadonlyArray<Piece>
        /**
         * `"end"`; `"reset"` where the connection broke; `"left"` where the client went before the end. The last two break when they are
         * replayed; with recorded timing, what was left stands still, so that the client goes again.
         */
        readonly ending: "end" | "reset" | "left"
      }
    | {
        /** The client went before there was an answer. Replayed with recorded timing alone: no answer comes. */
        readonly ending: "unanswered"
        readonly wait: number
      }
    | {
        /** The connection failed: the code of the socket's error, where it had one. */
        readonly failure: string
        readonly wait: number
      }
}

/**
 * What is kept of exchanges, and what is blotted out. It is part of the cassette, since a request is compared in the form in which it
 * would have been recorded.
 * @category models
 */
export interface Rules {
  readonly requestHeaders: ReadonlyArray<string>
  readonly responseHeaders: ReadonlyArray<string>
  readonly query: ReadonlyArray<string>
  readonly redactRequest: ReadonlyArray<string>
  readonly redactResponse: ReadonlyArray<string>
}

/**
 * Everything that was recorded.
 * @category models
 */
export interface Tape {
  readonly version: 1
  readonly rules: Rules
  readonly exchanges: ReadonlyArray<TapeExchange>
}

/** A line of text in a file: as it is, or the JSON of an event. */
export type FileLine = string | { readonly data: unknown }

export const ofLine = (line: FileLine): string =>
  typeof line === "string" ? line : `data: ${JSON.stringify(line.data)}\n\n`

/** To a schema an unknown field may be absent. */
const Json = /*#__PURE__*/ Schema.Unknown.pipe(
  Schema.filter((value): boolean => value !== undefined, { message: () => "is missing" })
)

const Base64 = /*#__PURE__*/ Schema.String.pipe(
  Schema.filter((text) => Either.isRight(Encoding.decodeBase64(text)), { message: () => "Expected base64" })
)

const Line: Schema.Schema<FileLine> = /*#__PURE__*/ Schema.Union(Schema.String, Schema.Struct({ data: Json }))

/** Of several lines, a file has a list. */
const Text = /*#__PURE__*/ Schema.transform(Schema.Union(Line, Schema.Array(Line)), Schema.String, {
  strict: true,
  decode: (text) =>
    (Array.isArray as (value: unknown) => value is ReadonlyArray<FileLine>)(text)
      ? text.map(ofLine).join("")
      : ofLine(text),
  encode: (text) => text
})

/**
 * The schema of a cassette's JSON: of a `Tape` from what is in a file.
 * @category schemas
 */
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
              Schema.Struct({ form: Schema.Record({ key: Schema.String, value: Schema.Unknown }) }),
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
 * A cassette with nothing on it.
 * @category constructors
 */
export const empty: Tape = { version: 1, rules: standard, exchanges: [] }
