/**
 * Transfers to and from object stores, whose URLs the API signs. In: a URL from an answer. Out: an upload to it, or the bytes from it.
 *
 * Object stores are not hosts of the API. They get no token, no team, no header of the user and no trace. Their URLs contain a signature,
 * which no error and no span shows. Timeouts and retries are those of the call.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Deployment } from "../core/Deployment.js"
import { unary, type JsonRecord, type Unary } from "../core/Operation.js"
import { CurrentRequestOptions, defaults, merge, type RequestOptions } from "../core/RequestOptions.js"
import type { FriendliError } from "../errors/FriendliError.js"
import { makeTextReader } from "../internal/bytes.js"
import { hideSecrets } from "../internal/inspection.js"
import * as secrets from "../internal/secrets.js"
import { withoutCredentials } from "../internal/url.js"
import { version } from "../internal/version.js"
import { timeoutFail } from "../internal/watchdog.js"
import { AnyJson } from "../schema/anyJson.js"
import type { Upload } from "../schema/upload.js"
import * as form from "../upload/multipart.js"
import { makeInterpreter } from "./call.js"
import * as errors from "./errors.js"
import { makeEnvironment } from "./prepare.js"

/** The names of the caller for errors. */
export interface Named {
  readonly deployment: Pick<Deployment, "name">
}

/** The caller, and the options that apply to the calls of a client. */
export interface Caller {
  readonly deployment: Pick<Deployment, "name" | "options">
  readonly http: HttpClient.HttpClient
}

/** The options for timeouts and retries. Headers, team and body fields are only for the API. */
const timingOptions = ({ headersTimeout, idleTimeout, retry, timeout }: RequestOptions): RequestOptions => ({
  headersTimeout,
  idleTimeout,
  retry,
  timeout
})

const optionsOf = ({ deployment }: Caller, call: RequestOptions | undefined): Effect.Effect<RequestOptions> =>
  Effect.map(CurrentRequestOptions, (region) => timingOptions(merge(defaults, deployment.options, region, call)))

/** The context of an exchange, for its errors. */
const contextOf = (caller: Named, operation: string, method: string, url: string): errors.CallContext => ({
  operation,
  deployment: caller.deployment.name,
  method,
  url: withoutCredentials(url),
  generates: false,
  isStream: false,
  advice: undefined,
  secrets: secrets.make(() => signaturesIn(url), [])
})

/** The secret parts of the query of a signed URL, which are all parts except well-known names: a store may repeat them in its error. */
const signaturesIn = (url: string): ReadonlyArray<string> => {
  const parsed = parse(url)
  return parsed === undefined ? [] : [...parsed.searchParams.values()].filter((value) => value.length >= 8)
}

/** An HTTP URL, or `undefined`. */
const parse = (url: string): URL | undefined => {
  try {
    const parsed = new URL(url)
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed : undefined
  } catch {
    return undefined
  }
}

/** The error if the API, or a sample, has something other than a URL. */
const badUrl = (caller: Named, operation: string, method: string, field: string): FriendliError =>
  errors.ofDecode(
    contextOf(caller, operation, method, ""),
    { status: 200, headers: {} },
    "a URL that is neither http nor https",
    "",
    { issues: [{ path: [field], message: "expected an http or https URL" }] }
  )

// ---------------------------------------------------------------------------
// to a store
// ---------------------------------------------------------------------------

/** A form with the file as its last part: stores do not read what follows the file. */
interface Form {
  readonly fields: JsonRecord
  readonly file: Upload
}

const FormSchema: Schema.Schema<Form> = Schema.declare((form): form is Form => Predicate.hasProperty(form, "fields"))

/** The parts of a form, in order. */
const partsOf = ({ fields, file }: Form): ReadonlyArray<form.Part> => [
  ...form.partsOf(fields, new Set()),
  { name: "file", upload: file }
]

const storeOperation = (name: string): Unary<Form, unknown> =>
  unary({
    name,
    prefix: "",
    path: "",
    pathPrefix: "",
    model: false,
    mayBeEmpty: true,
    request: FormSchema,
    response: AnyJson,
    encodeBody: (body) => {
      const parts = partsOf(body as unknown as Form)
      return { repeatable: form.isRepeatable(parts), make: (watcher) => form.bodyOf(parts, watcher) }
    }
  })

/** A store answers with an empty body, or with XML about the upload. Only its status matters. */
const withoutBody = (http: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transformResponse(http, (responding) =>
    Effect.flatMap(responding, (response) =>
      response.status >= 200 && response.status < 300
        ? Effect.as(
            Effect.ignore(Stream.runDrain(response.stream)),
            HttpClientResponse.fromWeb(response.request, new Response("null", { status: 200 }))
          )
        : Effect.succeed(response)
    )
  )

/** Sends a file to the URL from the API, with the form fields from the API. `operation` is the name in errors and spans. */
export const store = (
  caller: Caller,
  operation: string,
  url: string,
  body: Form,
  options: RequestOptions | undefined
): Effect.Effect<void, FriendliError> =>
  Effect.flatMap(optionsOf(caller, options), (resolved) => {
    const target = parse(url)
    if (target === undefined) return Effect.fail(badUrl(caller, operation, "POST", "uploadUrl"))
    const deployment: Deployment = hideSecrets({
      name: caller.deployment.name,
      defaultBaseUrl: target.origin,
      baseUrl: target.origin,
      pathPrefix: "",
      requiresToken: false,
      requiresModel: false,
      supportsTeams: false,
      token: Option.none(),
      model: undefined,
      options: resolved
    })
    const environment = makeEnvironment(deployment, withoutBody(caller.http))
    const interpreter = makeInterpreter({
      ...environment,
      // no span of the transport, which would show the URL, and no headers of a trace
      hidesUrl: true,
      // the URL exactly as it was signed
      routeOf: (route, accept) => {
        const { base, defaults: usual } = environment.routeOf(route, accept)
        const request = HttpClientRequest.make("POST")(url, { headers: base.headers })
        return { base, defaults: usual, fixed: { url, shown: withoutCredentials(url), request } }
      }
    })
    return interpreter
      .call(storeOperation(operation), body)
      .pipe(Effect.provideService(CurrentRequestOptions, {}), Effect.asVoid)
  })

// ---------------------------------------------------------------------------
// from a store, or any other host
// ---------------------------------------------------------------------------

/** An answer whose body has not been read yet. */
export interface Opened {
  /** The announced size in bytes. */
  readonly length: number | undefined
  readonly type: string | undefined
  readonly context: errors.CallContext
  readonly bytes: Stream.Stream<Uint8Array, FriendliError>
}

const durationOf = (input: Duration.DurationInput | undefined): Duration.Duration =>
  input === undefined ? Duration.infinity : Duration.decode(input)

/** The limits for reading the body of a failed answer: size and time. */
const failedBody = { bytes: 65_536, time: "5 seconds" } as const

/** The beginning of a body as text. */
const beginningOf = (stream: Stream.Stream<Uint8Array, unknown>): Effect.Effect<string> =>
  Effect.suspend(() => {
    const reader = makeTextReader()
    return Stream.runFoldWhile(
      stream,
      0,
      (size) => size < failedBody.bytes,
      (size, bytes) => {
        reader.add(bytes)
        return size + bytes.length
      }
    ).pipe(Effect.timeout(failedBody.time), Effect.ignore, Effect.map(reader.text))
  })

/** A client with `filterStatusOk` reports statuses as failures; the failure has the response. */
const responseOf = (
  error: HttpClientError.HttpClientError
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  error._tag === "ResponseError" ? Effect.succeed(error.response) : Effect.fail(error)

const lengthOf = (headers: Readonly<Record<string, string>>): number | undefined => {
  const text = headers["content-length"]
  // The length of a compressed body is not the number of bytes.
  return text !== undefined && /^\d+$/.test(text) && headers["content-encoding"] === undefined
    ? Number(text)
    : undefined
}

const waited = { idle: 0, total: 0 }

/**
 * Downloads from a URL, and gives the bytes as they arrive. Retries end when the answer has begun. An answer that ends before its
 * announced length is a failure, and so is an answer that sends nothing for the idle timeout.
 */
export const open = (
  caller: Caller,
  operation: string,
  url: string,
  field: string,
  options: RequestOptions | undefined
): Effect.Effect<Opened, FriendliError> =>
  Effect.flatMap(optionsOf(caller, options), (resolved) => {
    if (parse(url) === undefined) return Effect.fail(badUrl(caller, operation, "GET", field))
    const context = contextOf(caller, operation, "GET", url)
    const headers = durationOf(resolved.headersTimeout)
    const idle = durationOf(resolved.idleTimeout)
    const total = durationOf(resolved.timeout)
    const request = HttpClientRequest.get(url, { headers: { "user-agent": `effect-friendli/${version}` } })

    const attempt = caller.http.execute(request).pipe(
      Effect.catchAll(responseOf),
      Effect.mapError((cause): FriendliError => errors.ofTransport(context, "connect", cause, waited)),
      (sending) => timeoutFail(sending, headers, () => errors.ofTimeout(context, "headers", headers)),
      Effect.flatMap((response) =>
        response.status >= 200 && response.status < 300
          ? Effect.succeed(response)
          : Effect.flatMap(Effect.zip(beginningOf(response.stream), Clock.currentTimeMillis), ([body, now]) =>
              Effect.fail(errors.ofStatus(context, response, body, now))
            )
      )
    )

    const opened = Effect.map(Effect.retry(attempt, resolved.retry!), (response): Opened => {
      const length = lengthOf(response.headers)
      let received = 0
      const bytes = response.stream.pipe(
        Stream.mapError((cause): FriendliError => errors.ofTransport(context, "body", cause, waited)),
        Stream.timeoutFail(() => errors.ofTimeout(context, "idle", idle) as FriendliError, idle),
        Stream.mapChunks((chunk) => {
          for (const piece of chunk) received += piece.length
          return chunk
        }),
        Stream.concat(
          Stream.suspend(() =>
            length === undefined || received === length
              ? Stream.empty
              : Stream.fail(cutShort(context, received, length))
          )
        )
      )
      return { length, type: response.headers["content-type"], context, bytes: withTotalTimeout(bytes, total, context) }
    })
    return timeoutFail(Effect.withTracerEnabled(opened, false), total, () => errors.ofTimeout(context, "total", total))
  })

/** The failure of the connection for a body with the wrong number of bytes. */
export const cutShort = (context: errors.CallContext, received: number, size: number): FriendliError =>
  errors.ofTransport(context, "body", new RangeError(`the body has ${received} bytes and not ${size}`), waited)

/** The error for a body with the right size and the wrong digest. */
export const otherBytes = (context: errors.CallContext): FriendliError =>
  errors.ofDecode(context, { status: 200, headers: {} }, "bytes that do not have the digest of the file", "")

/** Ends a body that exceeds the total timeout. */
const withTotalTimeout = (
  bytes: Stream.Stream<Uint8Array, FriendliError>,
  limit: Duration.Duration,
  context: errors.CallContext
): Stream.Stream<Uint8Array, FriendliError> =>
  Duration.isFinite(limit)
    ? Stream.interruptWhen(bytes, Effect.delay(Effect.fail(errors.ofTimeout(context, "total", limit)), limit))
    : bytes

/** The whole body of an answer, if it has at most `most` bytes. */
export const bytesOf = (opened: Opened, most: number): Effect.Effect<Uint8Array, FriendliError> =>
  Effect.suspend(() => {
    const tooLong = errors.ofDecode(opened.context, { status: 200, headers: {} }, `more than ${most} bytes`, "")
    if (opened.length !== undefined && opened.length > most) return Effect.fail(tooLong)
    let size = 0
    return opened.bytes.pipe(
      Stream.mapEffect((bytes) => {
        size += bytes.length
        return size > most ? Effect.fail(tooLong) : Effect.succeed(bytes)
      }),
      Stream.runCollect,
      Effect.map((chunk) => {
        const whole = new Uint8Array(size)
        let at = 0
        for (const bytes of Chunk.toReadonlyArray(chunk)) {
          whole.set(bytes, at)
          at += bytes.length
        }
        return whole
      })
    )
  })

/** The error for a file that cannot be read. */
export const unreadable = (caller: Named, operation: string, reason: unknown): FriendliError =>
  errors.ofUnreadable(contextOf(caller, operation, "POST", ""), reason)
