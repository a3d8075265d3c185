/**
 * One request on the wire, and the answer to it. In: a prepared request. Out, by callbacks: the head and the body of the answer, whatever
 * its status, or the reason why there is no answer.
 *
 * There are three paths, and the stages above see no difference:
 *
 * 1. A client of `FetchTransport` or `UndiciTransport` that is not wrapped sends without an effect.
 * 2. Any other `HttpClient` runs its `execute` in its own fiber. If the response is the platform's own, its body is read by the
 *    callbacks of the transport, and the fiber ends at the head.
 * 3. Any other response is read by its `Stream`, in the same fiber.
 *
 * A traced request takes the second path. A request whose body is made again for each attempt, such as a file, takes the third.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as LogLevel from "effect/LogLevel"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Tracer from "effect/Tracer"
import type { InvalidRequestError } from "../errors/FriendliError.js"
import { bodyOf } from "../internal/responseBody.js"
import { forEachChunk } from "../internal/streams.js"
import { type AnswerListener, type Body, type BodyListener, directOf } from "../internal/transport.js"
import type { IdleTimer } from "../internal/watchdog.js"
import { sendBody } from "./body.js"
import type { Environment, Prepared } from "./types.js"

/** The context of an attempt: what it sends, and the fiber that waits for it. */
export interface Attempt {
  readonly environment: Environment
  readonly prepared: Prepared
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly runtimeFlags: RuntimeFlags.RuntimeFlags
  readonly span: Tracer.Span
  /** Whether that span is recorded. */
  readonly isTraced: boolean
  readonly timer: IdleTimer
}

/** The listener for the answer of an attempt. */
export interface ExchangeListener extends AnswerListener {
  /** The client, or a callback, ended in a defect or interrupted itself. */
  readonly onHalt: (cause: Cause.Cause<never>) => void
}

/** Callbacks of a transport run outside of any fiber: a defect in one ends the attempt, as it would end a fiber. */
export const guard =
  <Args extends ReadonlyArray<unknown>, A>(onHalt: ExchangeListener["onHalt"], f: (...args: Args) => A, otherwise: A) =>
  (...args: Args): A => {
    try {
      return f(...args)
    } catch (defect) {
      onHalt(Cause.die(defect))
      return otherwise
    }
  }

/** A body whose callbacks may throw. */
const guarded = (body: Body, onHalt: ExchangeListener["onHalt"]): Body => ({
  read: ({ onBytes, onEnd, onError }) =>
    body.read({
      onBytes: guard(onHalt, onBytes, false),
      onEnd: guard(onHalt, onEnd, undefined),
      onError: guard(onHalt, onError, undefined)
    }),
  text: (onText, onError) => body.text(guard(onHalt, onText, undefined), guard(onHalt, onError, undefined)),
  resume: () => body.resume(),
  cancel: () => body.cancel()
})

/** Starts the exchange, and returns a function that cancels it and its body. */
export const exchange = (attempt: Attempt, { onError, onHalt, onHead }: ExchangeListener): (() => void) => {
  const { environment, fiber, isTraced, prepared } = attempt
  const listener: ExchangeListener = {
    onHead: guard(onHalt, (head, body) => onHead(head, guarded(body, onHalt)), undefined),
    onError: guard(onHalt, onError, undefined),
    onHalt
  }
  const direct = isTraced || prepared.content !== undefined ? undefined : directOf(environment.http)
  const cancel = direct?.send(prepared.request, fiber.currentContext, listener)
  if (cancel === undefined) return execute(attempt, listener)
  logTransport(attempt, direct!.name)
  return cancel
}

/** Runs an effect with the context of the fiber of an attempt. For rare steps in callbacks. */
export const runBeside = <A, E>({ fiber, runtimeFlags }: Attempt, effect: Effect.Effect<A, E>): void => {
  Runtime.runFork(
    Runtime.make({ context: fiber.currentContext, fiberRefs: fiber.getFiberRefs(), runtimeFlags }),
    effect
  )
}

/** Whether debug logs are wanted. */
export const isDebug = ({ fiber }: Attempt): boolean =>
  LogLevel.lessThanEqual(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Debug)

const logTransport = (attempt: Attempt, transport: string): void => {
  if (!isDebug(attempt)) return
  const { operation } = attempt.prepared.callContext
  runBeside(attempt, Effect.logDebug("sent a request", { operation, transport }))
}

/**
 * Headers whose values spans and logs of the transport must not show: all except one that can only be a number. A server can echo the
 * token or the prompt in any header of its answer, as echo servers and debug proxies do, and headers of the user may have any content.
 */
const hiddenHeaders = /^(?!content-length$)/

/** The names that the fiber already hides, with those above. Cached for the names of the last attempt, which are nearly always the same. */
let hiddenNames: readonly [of: ReadonlyArray<string | RegExp>, names: ReadonlyArray<string | RegExp>] | undefined

const withHiddenHeaders = (names: ReadonlyArray<string | RegExp>): ReadonlyArray<string | RegExp> => {
  if (names.includes(hiddenHeaders)) return names
  if (hiddenNames?.[0] !== names) hiddenNames = [names, [...names, hiddenHeaders]]
  return hiddenNames[1]
}

type Update = Parameters<typeof FiberRefs.updateManyAs>[1]["entries"][number]

/**
 * The fiber refs of the fiber that sends: they hide headers from logs, and disable the span of the transport if nobody would see it or if
 * it would show a key in the base URL.
 */
const refsOf =
  ({ environment, fiber, isTraced }: Attempt) =>
  (refs: FiberRefs.FiberRefs, fiberId: FiberId.Runtime): FiberRefs.FiberRefs => {
    const names = withHiddenHeaders(fiber.getFiberRef(Headers.currentRedactedNames))
    const hide: Update = [Headers.currentRedactedNames, [[fiberId, names]]]
    const untrace: Update = [FiberRef.currentTracerEnabled, [[fiberId, false]]]
    return FiberRefs.updateManyAs(refs, { entries: isTraced && !environment.hidesUrl ? [hide] : [hide, untrace] })
  }

type Response = HttpClientResponse.HttpClientResponse

/** A client with `filterStatusOk` reports statuses as failures; the failure has the response. */
const responseOf = <E>(error: E): Effect.Effect<Response, E> =>
  HttpClientError.isHttpClientError(error) && error._tag === "ResponseError"
    ? Effect.succeed(error.response)
    : Effect.fail(error)

const execute = (attempt: Attempt, listener: ExchangeListener): (() => void) => {
  const { environment, fiber, prepared, runtimeFlags, span, timer } = attempt
  const { content, request } = prepared
  let body: Body | undefined
  let isCancelled = false

  const sending: Effect.Effect<Response, HttpClientError.HttpClientError | InvalidRequestError> =
    content === undefined ? environment.http.execute(request) : sendBody(environment.http, prepared, content, timer)

  const work = Effect.flatMap(Effect.catchAll(sending, responseOf), (response) => {
    const head = { status: response.status, headers: response.headers }
    // A body of the request that is still being sent belongs to this fiber, so the fiber must not end yet.
    const source = content === undefined ? bodyOf(response) : undefined
    const isSource = typeof source === "object"
    // for a client that ignores its interruption
    if (isCancelled) return isSource ? Effect.sync(() => source.cancel()) : Effect.void
    logTransport(attempt, isSource ? "HttpClient" : "HttpClient, its response by Stream")
    if (isSource) {
      body = source
      listener.onHead(head, source)
      return Effect.void
    }
    const streamed = new StreamBody(response, source === "touched")
    listener.onHead(head, streamed)
    return streamed.reading
  })

  const worker = Runtime.runFork(
    Runtime.make({
      context: Context.add(fiber.currentContext, Tracer.ParentSpan, span),
      runtimeFlags: RuntimeFlags.enable(runtimeFlags, RuntimeFlags.Interruption),
      fiberRefs: fiber.getFiberRefs()
    }),
    work,
    { updateRefs: refsOf(attempt) }
  )
  worker.addObserver((exit) => {
    if (exit._tag === "Success" || isCancelled) return
    const failure = Cause.failureOrCause(exit.cause)
    if (Either.isLeft(failure)) listener.onError(failure.left)
    else listener.onHalt(failure.right)
  })
  return () => {
    isCancelled = true
    if (body === undefined) worker.unsafeInterruptAsFork(FiberId.none)
    else body.cancel()
  }
}

/** Whether a body is missing, as in a 204: the platform reports that as an error. */
const isEmptyBody = (error: HttpClientError.ResponseError): boolean => error.reason === "EmptyBody"

/** The body of a response that is available only as a `Stream`. `reading` must run in the fiber that has the response. */
class StreamBody implements Body {
  reading: Effect.Effect<void> = Effect.void
  private worker: Fiber.RuntimeFiber<unknown, unknown> | undefined
  private onCapacity: (() => void) | undefined

  constructor(
    private readonly response: Response,
    /** Whether the body has already been read, so that only the text that the response keeps can be read again. */
    private readonly isTouched: boolean
  ) {}

  read(listener: BodyListener): void {
    if (this.isTouched) {
      this.text((text) => {
        listener.onBytes(new TextEncoder().encode(text))
        listener.onEnd()
      }, listener.onError)
      return
    }
    /** Delivers the bytes of a chunk one after another; returns an effect if it has to wait. */
    const deliver = (chunk: Chunk.Chunk<Uint8Array>, from: number): Effect.Effect<void> | undefined => {
      for (let at = from; at < chunk.length; at++) {
        if (!listener.onBytes(Chunk.unsafeGet(chunk, at))) {
          return Effect.flatMap(this.room, () => deliver(chunk, at + 1) ?? Effect.void)
        }
      }
      return undefined
    }
    this.start(
      Effect.match(
        forEachChunk(this.response.stream, (chunk) => deliver(chunk, 0)),
        {
          onSuccess: listener.onEnd,
          onFailure: (error) => (isEmptyBody(error) ? listener.onEnd() : listener.onError(error))
        }
      )
    )
  }

  text(onText: (text: string) => void, onError: (cause: unknown) => void): void {
    this.start(
      Effect.match(this.response.text, {
        onSuccess: onText,
        onFailure: (error) => (isEmptyBody(error) ? onText("") : onError(error))
      })
    )
  }

  resume(): void {
    const onCapacity = this.onCapacity
    this.onCapacity = undefined
    onCapacity?.()
  }

  cancel(): void {
    this.reading = Effect.void
    this.worker?.unsafeInterruptAsFork(FiberId.none)
  }

  private readonly room = Effect.async<void>((resume) => {
    this.onCapacity = () => resume(Effect.void)
  })

  private start(reading: Effect.Effect<void>): void {
    this.reading = Effect.withFiberRuntime((worker) => {
      this.worker = worker
      return reading
    })
  }
}
