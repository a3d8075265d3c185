/**
 * Sends once. In: a prepared request. Out: the head of a successful answer, or the error of its status or of the transport. The body of
 * a failed answer is read, within limits, and released, so that its connection is free before the next attempt.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import type * as Tracer from "effect/Tracer"
import type { FriendliError } from "../errors/FriendliError.js"
import { runForEachChunk } from "../internal/streams.js"
import { type IdleTimer, timeoutFail } from "../internal/watchdog.js"
import { sendBody } from "./body.js"
import * as errors from "./errors.js"
import * as telemetry from "./telemetry.js"
import type { Environment, Head, Prepared, ResponseInfo } from "./types.js"

/**
 * Headers whose values spans and logs of the transport do not show: all but one that can only be a number. A server can echo the token or
 * the prompt in any header of its answer, as echo servers and debug proxies do, and nobody knows what else the user sends.
 */
const hiddenHeaders = /^(?!content-length$)/

/**
 * The fiber refs of the fiber that sends: headers that no log may show, and no span of the transport where nobody would see it or where
 * it would show the key in the base URL.
 */
export const refsOf =
  (fiber: Fiber.RuntimeFiber<unknown, unknown>, span: Tracer.Span, { hidesUrl }: Environment) =>
  (refs: FiberRefs.FiberRefs, fiberId: FiberId.Runtime): FiberRefs.FiberRefs => {
    const names = fiber.getFiberRef(Headers.currentRedactedNames)
    let updated = names.includes(hiddenHeaders)
      ? refs
      : FiberRefs.updateAs(refs, {
          fiberId,
          fiberRef: Headers.currentRedactedNames,
          value: [...names, hiddenHeaders]
        })
    if (!telemetry.isTraced(fiber, span) || hidesUrl) {
      updated = FiberRefs.updateAs(updated, { fiberId, fiberRef: FiberRef.currentTracerEnabled, value: false })
    }
    return updated
  }

export const send = (
  { http }: Environment,
  prepared: Prepared,
  timer: IdleTimer
): Effect.Effect<Head, FriendliError> => {
  const { callContext, content, request } = prepared
  const sending = content === undefined ? http.execute(request) : sendBody(http, prepared, content, timer)
  return sending.pipe(
    Effect.catchAll((error): Effect.Effect<HttpClientResponse.HttpClientResponse, FriendliError> => {
      if (error._tag === "InvalidRequestError") return Effect.fail(error)
      // A client with `filterStatusOk` in it reports statuses as failures; the response is there all the same.
      return HttpClientError.isHttpClientError(error) && error._tag === "ResponseError"
        ? Effect.succeed(error.response)
        : Effect.fail(errors.ofTransport(callContext, "connect", error, timer.waited()))
    }),
    Effect.flatMap((response) => {
      const head: Head = { status: response.status, headers: response.headers, response }
      if (head.status >= 200 && head.status < 300) {
        timer.startBody()
        return Effect.succeed(head)
      }
      // The failure is certain; reading why has a limit of its own.
      timer.pause()
      return failedStatus(callContext, head)
    })
  )
}

/** How much of the body of a failed answer is read, and how long that may take. */
const failedBodyLimit = { bytes: 65_536, time: Duration.seconds(5) }

const failedStatus = (callContext: errors.CallContext, head: Head): Effect.Effect<never, FriendliError> =>
  Effect.gen(function* () {
    const body = yield* readBounded(head)
    yield* inParts(() => errors.searchingOfStatus(callContext, head, body))
    return yield* Effect.fail(errors.ofStatus(callContext, head, body, yield* Clock.currentTimeMillis))
  })

/** A turn of the event loop. A timer of the platform: the clock of the program may not advance. */
const turn = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 0)
  return Effect.sync(() => clearTimeout(timer))
})

/** Does long work in parts, of which the last gives true, so that it never blocks the event loop for long. */
const inParts = (begin: () => () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const step = begin()
    const loop: Effect.Effect<void> = Effect.suspend(() => (step() ? Effect.void : Effect.zipRight(turn, loop)))
    return loop
  })

/** The beginning of a body as text, even where reading fails or takes too long. Releases the connection. */
export const readBounded = (
  { response }: Head,
  body: HttpClientResponse.HttpClientResponse["stream"] = response.stream
): Effect.Effect<string> =>
  Effect.suspend(() => {
    const reader = makeTextReader()
    let size = 0
    const reading = runForEachChunk(body, (chunk) => {
      size += reader.add(chunk)
      return size < failedBodyLimit.bytes ? undefined : Effect.fail(undefined)
    })
    // A failure is ignored in the fiber where it happens: of another one it would be logged, and the platform's errors show the whole URL.
    return timeoutFail(Effect.ignore(reading), failedBodyLimit.time, () => undefined).pipe(
      Effect.ignore,
      Effect.map(() => reader.text())
    )
  })

/** Collects bytes as text. */
export interface TextReader {
  /** Gives how many bytes were added. */
  readonly add: (chunk: Chunk.Chunk<Uint8Array>) => number
  readonly text: () => string
}

export const makeTextReader = (): TextReader => {
  const decoder = new TextDecoder()
  const parts: Array<string> = []
  return {
    add: (chunk) => {
      let size = 0
      for (const bytes of chunk) {
        size += bytes.length
        parts.push(decoder.decode(bytes, { stream: true }))
      }
      return size
    },
    text: () => parts.join("") + decoder.decode()
  }
}

/** A body is missing, as in a 204: the platform reports it as an error of its own. */
export const isEmptyBody = (error: HttpClientError.ResponseError): boolean => error.reason === "EmptyBody"

export const responseInfo = (head: Head): ResponseInfo => ({
  status: head.status,
  headers: { ...head.headers },
  requestId: errors.requestIdOf(head.headers)
})
