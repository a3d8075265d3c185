/**
 * Records the exchanges of a real client. In: a client, and rules about what is kept. Out: a client whose answers are the same, and a
 * snapshot of the recording at any time. A snapshot contains no secret: credentials are replaced when it is made.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { withCookies } from "../../../internal/secrets.js"
import { type Captured, capture } from "../bodies.js"
import { isBodiless, responseOf } from "../serve.js"
import * as tape from "./describe.js"
import { standard, type Rules, type Tape, type TapeExchange, type TapeRequest } from "./model.js"

/** Options of recording. */
export interface RecordOptions {
  /** The request headers that are kept. Default: `accept`, `content-type`. Headers with secrets are never kept. */
  readonly requestHeaders?: ReadonlyArray<string> | undefined
  /** The response headers that are kept. Default: `content-type`, `retry-after`, `retry-after-ms`. */
  readonly responseHeaders?: ReadonlyArray<string> | undefined
  /** The query parameters that are kept. Default: none. */
  readonly query?: ReadonlyArray<string> | undefined
  /**
   * Paths of fields whose values become `<redacted>`, for example `messages.*.content` (`*` is any field or index).
   * They apply to JSON and forms, and in responses also to each event of a stream.
   */
  readonly redact?:
    | {
        readonly request?: ReadonlyArray<string> | undefined
        readonly response?: ReadonlyArray<string> | undefined
      }
    | undefined
  /**
   * Values that are redacted everywhere, in addition to the secrets in headers, cookies and URLs: for example a key in
   * the path of a gateway, or a name. For a replay, pass the current values as `secrets` too.
   */
  readonly secrets?: ReadonlyArray<string | Redacted.Redacted> | undefined
  /**
   * Whether delays and the chunk boundaries of the network are kept. Default: true. With false, a recording changes
   * only if answers change: each event of an event stream is one chunk.
   */
  readonly timing?: boolean | undefined
}

/** One exchange. `outcome` is a function because an answer grows until its body ends. */
interface Recording {
  readonly request: TapeRequest
  outcome: (() => TapeExchange["outcome"]) | undefined
  open: boolean
}

/** The code of a socket error, which may be nested in several causes. */
const codeOf = (error: unknown): string => {
  for (let at = error, depth = 0; typeof at === "object" && at !== null && depth < 5; depth++) {
    const level = at as { readonly code?: unknown; readonly cause?: unknown }
    if (typeof level.code === "string") return level.code
    at = level.cause
  }
  return "UNKNOWN"
}

export const unreadable = (request: HttpClientRequest.HttpClientRequest) => (cause: unknown) =>
  new HttpClientError.RequestError({ request, reason: "Encode", cause, description: "the body cannot be read" })

/** The values of the user's secrets. */
export const secretValues = (secrets: RecordOptions["secrets"]): ReadonlyArray<string> =>
  (secrets ?? []).map((secret) => (typeof secret === "string" ? secret : Redacted.value(secret)))

/** Makes a recording client. `changed` is called whenever the recording has grown. */
export const makeRecorder = (
  upstream: HttpClient.HttpClient,
  rules: Rules,
  namedSecrets: ReadonlyArray<string>,
  timing: boolean,
  changed: (snapshot: () => Tape) => void
) => {
  const recordings: Array<Recording> = []

  /** All exchanges with an outcome, in the order in which they were sent. */
  const snapshot = (): Tape => ({
    version: 1,
    rules,
    exchanges: recordings.flatMap(({ outcome, request }) =>
      outcome === undefined ? [] : [{ request, outcome: outcome() }]
    )
  })

  /**
   * Sends one request and records its outcome. The answer's body is recorded as it is read: bytes that the program does not read are not
   * requested from the server either.
   */
  const perform = (
    { request }: Captured,
    recording: Recording,
    sent: ReadonlyArray<string>,
    signal: AbortSignal
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const runtime = yield* Effect.runtime<never>()
      const now = (): number => (timing ? clock.unsafeCurrentTimeMillis() : 0)
      const began = now()
      const response = yield* upstream.execute(request).pipe(
        // the recorder already has a span for the request
        Effect.withTracerEnabled(false),
        Effect.tapErrorTag("RequestError", (error) =>
          Effect.sync(() => {
            const failure = codeOf(error)
            const wait = now() - began
            recording.outcome = () => ({ failure, wait })
            changed(snapshot)
          })
        ),
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            const wait = now() - began
            recording.outcome = () => ({ wait, ending: "unanswered" })
            changed(snapshot)
          })
        )
      )
      const headAt = now()
      const { headers, status } = response
      const cookies = Object.values(response.cookies.cookies)
      const secrets = withCookies(
        sent,
        cookies.flatMap(({ value, valueEncoded }) => [value, valueEncoded])
      )
      const arrivals: Array<tape.Arrival> = []
      let ending: "end" | "reset" | "left" = isBodiless(status) ? "end" : "left"
      recording.open = ending === "left"
      recording.outcome = () => ({
        status,
        headers: tape.keptHeaders(headers, rules.responseHeaders, secrets),
        wait: headAt - began,
        body: tape.piecesOf(arrivals, headers["content-type"], ending === "end", timing, rules, secrets),
        ending
      })

      const aborted = yield* Deferred.make<never, unknown>()
      const abort = (): void =>
        Deferred.unsafeDone(aborted, Effect.fail(new DOMException("This operation was aborted", "AbortError")))
      signal.addEventListener("abort", abort)
      if (signal.aborted) abort()

      const body = response.stream.pipe(
        Stream.catchAll((error) => (error.reason === "EmptyBody" ? Stream.empty : Stream.fail(error.cause ?? error))),
        Stream.tap((bytes) =>
          Effect.sync(() => {
            if (bytes.length > 0) arrivals.push({ at: now() - headAt, bytes: Uint8Array.from(bytes) })
          })
        ),
        Stream.interruptWhenDeferred(aborted),
        Stream.ensuringWith((exit) =>
          Effect.sync(() => {
            signal.removeEventListener("abort", abort)
            if (Exit.isSuccess(exit)) ending = "end"
            else if (!Exit.isInterrupted(exit) && !signal.aborted) ending = "reset"
            recording.open = false
            changed(snapshot)
          })
        )
      )
      const whole = responseOf({ status, headers }, () =>
        Stream.toReadableStreamRuntime(body, runtime, { strategy: { highWaterMark: 0 } })
      )
      changed(snapshot)
      return HttpClientResponse.fromWeb(request, whole)
    })

  const client = HttpClient.make((request, url, signal) =>
    Effect.flatMap(Effect.mapError(capture(request), unreadable(request)), (captured) => {
      const secrets = tape.credentialsOf(request.headers, url, rules, namedSecrets)
      return Effect.flatMap(tape.describe(captured, url, rules, secrets), (described) => {
        const recording: Recording = { request: described, outcome: undefined, open: false }
        recordings.push(recording)
        return perform(captured, recording, secrets, signal)
      })
    })
  )

  return { client, snapshot, isOpen: () => recordings.some((recording) => recording.open) }
}

/** The rules of the options, with defaults. */
export const rulesOf = (options: RecordOptions | undefined): Rules => ({
  requestHeaders: options?.requestHeaders ?? standard.requestHeaders,
  responseHeaders: options?.responseHeaders ?? standard.responseHeaders,
  query: options?.query ?? standard.query,
  redactRequest: options?.redact?.request ?? standard.redactRequest,
  redactResponse: options?.redact?.response ?? standard.redactResponse
})

/**
 * Waits for open bodies: a client that stops at `[DONE]` leaves the last bytes unread. They arrive in real time, so
 * this does not use the clock of the test.
 */
export const settled = (isOpen: () => boolean): Effect.Effect<void> =>
  Effect.sync(isOpen).pipe(
    Effect.repeat({ while: (open) => open, schedule: Schedule.spaced("10 millis").pipe(Schedule.upTo("1 second")) }),
    Effect.withClock(Clock.make()),
    Effect.asVoid
  )
