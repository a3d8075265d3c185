/**
 * A stream as the answer of your own server: server-sent events in an `HttpServerResponse` of `@effect/platform`.
 *
 * **When to use**: in handlers of `HttpRouter`, `HttpApi` and `HttpApp`. For a web `Response` without a server of Effect, see
 * `ChatStream.toReadableStream`; for front ends that use `useChat`, see `UiStream`.
 *
 * **Details**: the stream is opened before the response begins, so its first element or its failure decides the status. While nothing is
 * sent, comments keep the connection open. A failure after the first element is an error event. When the client disconnects, the server
 * closes the scope of the request, and with it the stream and the request to the API.
 */
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as Headers from "@effect/platform/Headers"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { publicError } from "./accumulators/folds.js"
import { isFriendliError } from "./errors/FriendliError.js"
import * as streams from "./internal/streams.js"
import type { MessagesStreamEvent } from "./schema/MessagesEvent.js"

/** The options of every response. */
export interface ResponseOptions {
  /**
   * After how long without data a comment is sent, so that proxies and browsers keep the connection open. `Infinity`: no comments.
   * Default: 15 seconds.
   */
  readonly heartbeat?: Duration.DurationInput | undefined
  /** Headers to add or replace. */
  readonly headers?: Headers.Input | undefined
}

/** The options of `make`. */
export interface Options<A> extends ResponseOptions {
  /** Encodes an element as events. Default: one event with the JSON of the element. `event` makes an event. */
  readonly encode?: ((element: A) => string) | undefined
  /** What is sent when the stream has succeeded. Default: `[DONE]`, as the API sends it; an empty string sends nothing. */
  readonly end?: string | undefined
  /**
   * What is sent when the stream fails after its first element. Default: an event with `{ error: { type, message, code } }`, which has
   * the kind of the error and no data of the request, the account or the deployment.
   */
  readonly encodeError?: ((error: unknown) => string) | undefined
}

/**
 * One server-sent event: its data as JSON, with an optional name.
 *
 * @example
 * ```ts
 * import * as SseResponse from "effect-friendli/SseResponse"
 *
 * console.log(JSON.stringify(SseResponse.event({ done: 3 }, "progress")))
 * // => "event: progress\ndata: {\"done\":3}\n\n"
 * ```
 * @category encoding
 */
export const event = (data: unknown, name?: string): string =>
  // JSON has no line breaks, and a name with one would end its line.
  `${name === undefined ? "" : `event: ${name.replaceAll(/[\r\n]+/g, " ")}\n`}data: ${JSON.stringify(data) ?? "null"}\n\n`

const heartbeatComment = ": keep-alive\n\n"

/** The number of parts that may wait for a slow client; when it is reached, the stream waits, too. */
const capacity = 16

/** What is sent next: bytes, the end, or a defect of the stream. */
type Part = Uint8Array | Exit.Exit<void>

const encoder = /*#__PURE__*/ new TextEncoder()

/** Offers a comment whenever nothing was sent for `interval`. */
const sendHeartbeats = (queue: Queue.Queue<Part>, interval: number, sentAt: () => number, sent: (at: number) => void) =>
  Effect.clockWith((clock) => {
    const loop: Effect.Effect<never> = Effect.suspend(() => {
      const wait = sentAt() + interval - clock.unsafeCurrentTimeMillis()
      if (wait > 0) return Effect.zipRight(Effect.sleep(wait), loop)
      sent(clock.unsafeCurrentTimeMillis())
      // Parts that wait in the queue will keep the connection open, too.
      return Effect.flatMap(Queue.size(queue), (size) =>
        size > 0 ? loop : Effect.zipRight(Queue.offer(queue, encoder.encode(heartbeatComment)), loop)
      )
    })
    return loop
  })

/**
 * The bytes of an opened stream, with comments while it is idle. One fiber reads the stream and one watches the time, both in the scope:
 * an element needs a place in a queue, but no timer.
 */
const bytesOf = <A, E>(
  pull: streams.Pull<A, E>,
  { encode = event, encodeError, end: lastEvent, heartbeat }: Options<A>
): Effect.Effect<Stream.Stream<Uint8Array>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const interval = Duration.toMillis(Duration.decode(heartbeat ?? "15 seconds"))
    const clock = yield* Effect.clock
    const queue = yield* Effect.acquireRelease(Queue.bounded<Part>(capacity), Queue.shutdown)
    let last = clock.unsafeCurrentTimeMillis()
    const send = (text: string): Effect.Effect<unknown> =>
      Effect.suspend(() => {
        last = clock.unsafeCurrentTimeMillis()
        return text === "" ? Effect.void : Queue.offer(queue, encoder.encode(text))
      })
    const reading: Effect.Effect<unknown, E> = Effect.flatMap(pull, (chunk) => {
      if (chunk === undefined) return send(lastEvent ?? "data: [DONE]\n\n")
      let text = ""
      for (const element of chunk) text += encode(element)
      return Effect.zipRight(send(text), reading)
    })
    yield* reading.pipe(
      Effect.catchAll((error) => send((encodeError ?? ((failure) => event({ error: publicError(failure) })))(error))),
      Effect.matchCauseEffect({
        onSuccess: () => Queue.offer(queue, Exit.void),
        onFailure: (cause) => Queue.offer(queue, Exit.failCause(cause))
      }),
      // The handler of a server opens the stream in an uninterruptible region. This fiber must be interruptible, so that closing the
      // scope stops it.
      Effect.interruptible,
      Effect.forkScoped
    )
    if (Number.isFinite(interval)) {
      yield* Effect.forkScoped(
        Effect.interruptible(
          sendHeartbeats(
            queue,
            Math.max(1, interval),
            () => last,
            (at) => (last = at)
          )
        )
      )
    }
    let ended: Exit.Exit<void> | undefined
    /** The end: nothing, or the defect. */
    const end: streams.Pull<Uint8Array, never> = Effect.suspend(() =>
      ended === undefined ? next : Effect.as(ended, undefined)
    )
    const next: streams.Pull<Uint8Array, never> = Effect.flatMap(
      Queue.takeBetween(queue, 1, capacity),
      (parts): streams.Pull<Uint8Array, never> => {
        const bytes: Array<Uint8Array> = []
        for (const part of parts) {
          if (Exit.isExit(part)) ended = part
          else bytes.push(part)
        }
        return bytes.length > 0 ? Effect.succeed(Chunk.unsafeFromArray(bytes)) : end
      }
    )
    return streams.fromPull(end)
  })

/** The first elements, or `undefined` for a stream without elements. Empty chunks, such as those of a filter, are skipped. */
const firstOf = <A, E, R>(pull: streams.Pull<A, E, R>): streams.Pull<A, E, R> =>
  Effect.flatMap(pull, (chunk) => (chunk !== undefined && Chunk.isEmpty(chunk) ? firstOf(pull) : Effect.succeed(chunk)))

/**
 * Opens a stream and makes a response from it.
 *
 * **When to use**: `SseResponse.make(Chat.stream(request))` in a handler.
 *
 * **Details**: succeeds with status 200 when the first element has arrived; fails with the error of the stream if the stream fails before
 * that. Map that error to one of your `HttpApi`, or make a response from it with `fromError`. The stream belongs to the scope of the
 * request, which `HttpRouter`, `HttpApi` and `HttpApp` provide and close when the response has been sent or the client has disconnected.
 *
 * @example
 * ```ts
 * import { HttpRouter, HttpServerRequest } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Chat } from "effect-friendli"
 * import * as SseResponse from "effect-friendli/SseResponse"
 *
 * const router = HttpRouter.empty.pipe(
 *   HttpRouter.post(
 *     "/ask",
 *     Effect.gen(function* () {
 *       const prompt = yield* Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => request.text)
 *       return yield* SseResponse.make(Chat.stream({ messages: [{ role: "user", content: prompt }], max_tokens: 200 }))
 *     }).pipe(Effect.catchAll(SseResponse.fromError))
 *   )
 * )
 * ```
 * @category constructors
 */
export const make = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  options: Options<A> = {}
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<R>()
    const pull = yield* streams.toPull(stream)
    const first = yield* firstOf(pull)
    // After the end nothing is pulled again.
    const rest = first === undefined ? Effect.succeed(undefined) : Effect.provide(pull, context)
    const body = yield* bytesOf(streams.startingWith(first, rest), options)
    return HttpServerResponse.stream(body, {
      contentType: "text/event-stream",
      headers: {
        "cache-control": "no-cache",
        // Otherwise nginx collects the events before it passes them on.
        "x-accel-buffering": "no"
      }
    }).pipe(HttpServerResponse.setHeaders(options.headers ?? {}))
  })

/**
 * As `make`, for a stream of `Messages`: events have their names, a failure is an event with the name `error`, and no `[DONE]` follows.
 * @category constructors
 */
export const messages = <E, R>(
  stream: Stream.Stream<MessagesStreamEvent, E, R>,
  options?: ResponseOptions
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | Scope.Scope> =>
  make(stream, {
    ...options,
    encode: ({ data, name }) => event(data, name ?? undefined),
    encodeError: (error) => {
      const { message, type } = publicError(error)
      return event({ type: "error", error: { type, message } }, "error")
    },
    end: ""
  })

/** The `Retry-After` in seconds if the API sends none. */
const defaultRetryAfter = 5

/**
 * Whether the request of your client is invalid, according to its schema, to the server that reads it, or to `UiMessages`. An
 * `HttpClient` that fails inside the handler also has an error with the tag `RequestError`: that is not the fault of your client.
 */
const isOfClient = (error: unknown): boolean => {
  if (!Predicate.hasProperty(error, "_tag")) return false
  const { _tag: tag } = error
  return (
    tag === "ParseError" ||
    tag === "UnsupportedUiMessageError" ||
    (tag === "RequestError" && HttpServerError.isServerError(error))
  )
}

const invalidRequest = { type: "InvalidRequestError", message: "The request is not valid." }

/** The status of your server for an error before the first element. It depends on what your client can do about the error. */
const statusOf = (error: unknown): number => {
  if (isOfClient(error)) return 400
  if (!isFriendliError(error)) return 500
  switch (error._tag) {
    case "InvalidRequestError":
      return 422
    case "RateLimitError":
    case "OverloadedError":
      return 503
    case "RequestTimeoutError":
      return 504
    default:
      return 502
  }
}

/**
 * The response for an error that came before the first element.
 *
 * **Details**: an `InvalidRequestError` is a 422; a `RateLimitError` and an `OverloadedError` are a 503 with `Retry-After` in seconds; a
 * `RequestTimeoutError` is a 504; every other error of this SDK is a 502, since your client can do nothing about it. A request of your
 * client that its schema rejects (`ParseError`, `RequestError`, `UnsupportedUiMessageError`) is a 400, and any other error a 500. The
 * body is `{ error: { type, message, code } }`, with the kind of the error and no data of the request, the account or the deployment. Log
 * the error itself with `Effect.tapError`: its message has neither the token nor the prompt.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 * import * as SseResponse from "effect-friendli/SseResponse"
 *
 * const error = new FriendliError.OverloadedError({ operation: "Chat.stream", deployment: "dedicated", message: "endpoint ep-1 is busy" })
 * const { headers, status } = SseResponse.fromError(error)
 * console.log(status, headers["retry-after"])
 * // => 503 5
 * ```
 * @category constructors
 */
export const fromError = (error: unknown): HttpServerResponse.HttpServerResponse => {
  const status = statusOf(error)
  const wait =
    isFriendliError(error) && error.retryAfter !== undefined ? Duration.toSeconds(error.retryAfter) : defaultRetryAfter
  return HttpServerResponse.unsafeJson(
    { error: isOfClient(error) ? invalidRequest : publicError(error) },
    { status, headers: status === 503 ? { "retry-after": String(Math.ceil(wait)) } : {} }
  )
}
