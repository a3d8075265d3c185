/**
 * One reply for each error of the SDK, to test how a program handles it.
 *
 * Each is a `Reply` for `MockHttpClient`, for unary operations and for streams. With `events`, a stream emits these
 * first and then fails.
 *
 * **Gotchas**: the default policy retries rate limits, overload, transient statuses, refused connections, and the
 * headers timeout of operations that generate nothing. Provide as many replies as attempts, use a function
 * (`MockHttpClient.layer(() => Failures.rateLimit())`), or call with `Retry.never`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Container, Retry, Tokens } from "effect-friendli"
 * import { Failures, MockHttpClient } from "effect-friendli/testing"
 *
 * const program = Tokens.tokenize({ prompt: "Hello!" }).pipe(
 *   Effect.map(({ tokens }) => `${tokens.length} tokens`),
 *   Effect.catchTags({
 *     RateLimitError: (error) => Effect.succeed(`busy until ${error.retryAfter}`),
 *     NotFoundError: () => Effect.succeed("no such model")
 *   })
 * )
 * const http = MockHttpClient.layer([Failures.rateLimit({ retryAfter: 2 }), Failures.notFound()])
 *
 * Effect.runPromise(
 *   Effect.all([program, program]).pipe(Effect.provide(Container.layer({ retry: Retry.never })), Effect.provide(http))
 * ).then((answers) => answers.forEach((answer) => console.log(answer)))
 * // => busy until Duration(2s)
 * // => no such model
 * ```
 */
import type { FriendliStreamError } from "../errors/FriendliError.js"
import * as Reply from "./Reply.js"

/** Options of every failure. */
export interface Options {
  /** The events of a stream before it fails, as for `Reply.sse`. Default: the failure is the whole answer. */
  readonly events?: ReadonlyArray<unknown> | undefined
  /** Sends the `events` with their types as names, as the Messages API does. */
  readonly named?: boolean | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Options of a failure that the server reports. */
export interface StatusOptions extends Options {
  /** The message of the server. */
  readonly message?: string | undefined
  /** The header `retry-after`: seconds, or text. Not read inside of a stream. */
  readonly retryAfter?: number | string | undefined
}

/** No content type, so that clients that expect JSON and clients that expect events both read the body. */
const opened = (options: Options | undefined, ending: Reply.Ending, rest = ""): Reply.Reply => {
  const { chunks } = Reply.sse(options?.events ?? [], { named: options?.named, done: false })
  const tail = rest === "" ? [] : Reply.text(rest).chunks
  return { _tag: "BodyReply", status: 200, headers: options?.headers ?? {}, chunks: [...chunks, ...tail], ending }
}

const reported = (status: number, type: string, message: string, options: StatusOptions | undefined): Reply.Reply => {
  const said = options?.message ?? message
  const error = { message: said, type, code: status }
  if (options?.events !== undefined) return opened(options, "end", `data: ${JSON.stringify({ error })}\n\n`)
  return Reply.status(status, {
    body: { error: { message: said, type } },
    headers: options?.headers,
    retryAfter: options?.retryAfter
  })
}

/**
 * `InvalidRequestError`: 422, with the invalid fields.
 *
 * **Details**: a request that the SDK itself rejects needs no reply, because it is never sent.
 * @category constructors
 */
export const invalidRequest = (
  options?: StatusOptions & { readonly path?: ReadonlyArray<string | number> | undefined }
): Reply.Reply => {
  const msg = options?.message ?? "not valid"
  if (options?.events !== undefined) return reported(400, "invalid_request_error", msg, options)
  return Reply.status(422, {
    body: { detail: [{ loc: ["body", ...(options?.path ?? [])], msg, type: "value_error" }] },
    headers: options?.headers
  })
}

/**
 * `AuthenticationError`: 401.
 * @category constructors
 */
export const authentication = (options?: StatusOptions): Reply.Reply =>
  reported(401, "authentication_error", "the token is not valid", options)

/**
 * `PermissionDeniedError`: 403.
 * @category constructors
 */
export const permissionDenied = (options?: StatusOptions): Reply.Reply =>
  reported(403, "permission_error", "this token may not do this", options)

/**
 * `NotFoundError`: 404.
 * @category constructors
 */
export const notFound = (options?: StatusOptions): Reply.Reply =>
  reported(404, "not_found_error", "the model does not exist", options)

/**
 * `RateLimitError`: 429. `retryAfter` is the wait that the server asks for, in seconds.
 * @category constructors
 */
export const rateLimit = (options?: StatusOptions): Reply.Reply =>
  reported(429, "rate_limit_error", "too many requests", options)

/**
 * `OverloadedError`: 503, the answer of a dedicated endpoint while it wakes up.
 * @category constructors
 */
export const overloaded = (options?: StatusOptions): Reply.Reply =>
  reported(503, "overloaded_error", "the service is overloaded", options)

/**
 * `ServerError`: 500, or any other 5xx but 503 and 529, which are `overloaded`.
 * @category constructors
 */
export const server = (options?: StatusOptions & { readonly status?: number | undefined }): Reply.Reply =>
  reported(options?.status ?? 500, "api_error", "the server failed", options)

/**
 * `UnexpectedStatusError`: 418, or any other status without its own error.
 * @category constructors
 */
export const unexpectedStatus = (options?: StatusOptions & { readonly status?: number | undefined }): Reply.Reply =>
  reported(options?.status ?? 418, "unexpected", "not as expected", options)

/**
 * `ConnectionError`: with phase `"connect"` the connection is refused; with phase `"body"`, and always with `events`,
 * the connection is reset in the middle of the answer.
 *
 * **Details**: `code` is the code of the socket error (default `"ECONNREFUSED"`); a connection that is reset later has
 * `"ECONNRESET"`.
 *
 * @example
 * ```ts
 * import { Effect, Option } from "effect"
 * import { Chat, ChatStream, Container } from "effect-friendli"
 * import { Failures, MockHttpClient, Wire } from "effect-friendli/testing"
 *
 * const http = MockHttpClient.layer([Failures.connection({ events: Wire.chatChunks("Hello there!").slice(0, 1) })])
 * Chat.stream({ messages: [{ role: "user", content: "Hello!" }] }).pipe(
 *   ChatStream.fold,
 *   Effect.catchTag("ConnectionError", (error) =>
 *     Effect.succeed(Option.map(ChatStream.partial(error), (answer) => answer.choices[0]?.message.content))
 *   ),
 *   Effect.provide(Container.layer()),
 *   Effect.provide(http),
 *   Effect.runPromise
 * ).then(console.log)
 * // => { _id: 'Option', _tag: 'Some', value: 'Hello' }
 * ```
 * @category constructors
 */
export const connection = (
  options?: Options & { readonly phase?: "connect" | "body" | undefined; readonly code?: string | undefined }
): Reply.Reply =>
  options?.phase === "body" || options?.events !== undefined
    ? opened(options, "reset", options.events === undefined ? " " : "")
    : Reply.refused(options?.code)

/**
 * `RequestTimeoutError`: with kind `"headers"` no answer begins; with kind `"idle"`, and always with `events`, the
 * answer sends no more data.
 *
 * **Details**: `TestClock.adjust` makes the timeout expire; both take a minute by default. With a shorter `timeout` of
 * the call, the total timeout expires first.
 * @category constructors
 */
export const requestTimeout = (options?: Options & { readonly kind?: "headers" | "idle" | undefined }): Reply.Reply =>
  options?.kind === "idle" || options?.events !== undefined ? opened(options, "stall") : Reply.never

/**
 * `ResponseDecodeError`: an HTML page instead of an answer, or the given `body`.
 *
 * **Gotchas**: with `events` it is an event that is not JSON. `Messages.stream` passes unknown events on, so it emits
 * this one and then fails because the stream is cut short.
 * @category constructors
 */
export const responseDecode = (options?: Options & { readonly body?: unknown }): Reply.Reply => {
  if (options?.events !== undefined) return opened(options, "end", "data: no JSON\n\n")
  if (options?.body !== undefined && typeof options.body !== "string") {
    return Reply.json(options.body, { headers: options.headers })
  }
  return Reply.text(options?.body ?? "<html>This is not an API.</html>", {
    headers: { "content-type": "text/html", ...options?.headers }
  })
}

/**
 * `StreamTruncatedError`: a stream is cut short after these events. Only for streams.
 *
 * **Gotchas**: the events must not be a complete answer: leave out the finish reason, or for messages the
 * `message_stop`.
 * @category constructors
 */
export const streamTruncated = (events: ReadonlyArray<unknown> = [], options?: Omit<Options, "events">): Reply.Reply =>
  opened({ ...options, events }, "end")

/**
 * The reply for the error with this tag, with default options.
 *
 * **When to use**: to test all errors in a table.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Container, Retry, Tokens } from "effect-friendli"
 * import { Failures, MockHttpClient } from "effect-friendli/testing"
 *
 * const tags = ["AuthenticationError", "OverloadedError", "ConnectionError"] as const
 * Effect.forEach(tags, () => Effect.flip(Tokens.tokenize({ prompt: "Hello!" }))).pipe(
 *   Effect.map((errors) => errors.map((error) => error._tag)),
 *   Effect.provide(Container.layer({ retry: Retry.never })),
 *   Effect.provide(MockHttpClient.layer(tags.map(Failures.of))),
 *   Effect.runPromise
 * ).then(console.log)
 * // => [ 'AuthenticationError', 'OverloadedError', 'ConnectionError' ]
 * ```
 * @category constructors
 */
export const of = (tag: FriendliStreamError["_tag"]): Reply.Reply => {
  switch (tag) {
    case "InvalidRequestError":
      return invalidRequest()
    case "AuthenticationError":
      return authentication()
    case "PermissionDeniedError":
      return permissionDenied()
    case "NotFoundError":
      return notFound()
    case "RateLimitError":
      return rateLimit()
    case "OverloadedError":
      return overloaded()
    case "ServerError":
      return server()
    case "UnexpectedStatusError":
      return unexpectedStatus()
    case "ConnectionError":
      return connection()
    case "RequestTimeoutError":
      return requestTimeout()
    case "ResponseDecodeError":
      return responseDecode()
    case "StreamTruncatedError":
      return streamTruncated()
  }
}
