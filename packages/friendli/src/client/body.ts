/**
 * Sends bodies that are not JSON. In: how to make the body. Out: the response. Each attempt makes its own body. Sent bytes count as
 * progress, and the body is released with its attempt.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { RequestBody } from "../core/Operation.js"
import type { InvalidRequestError } from "../errors/FriendliError.js"
import { unwrap } from "../internal/streams.js"
import type { IdleTimer } from "../internal/watchdog.js"
import * as errors from "./errors.js"
import type { Prepared } from "./types.js"

/** Bytes per millisecond (1 Mbit/s): the expected speed for a body that the transport sends without reporting progress. */
const untrackedSpeed = 128

/**
 * Fails as soon as the body cannot be read, and stops reading it when the attempt is over: transports do neither reliably.
 */
export const sendBody = (
  http: HttpClient.HttpClient,
  { callContext, request }: Pick<Prepared, "request" | "callContext">,
  content: RequestBody,
  timer: IdleTimer
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | InvalidRequestError> =>
  Effect.withFiberRuntime((attempt) => {
    const unreadable = Deferred.unsafeMake<never, InvalidRequestError>(attempt.id())
    let failure: InvalidRequestError | undefined
    const body = content.make({
      onSent: () => timer.reset(),
      onUnreadable: (reason) => {
        failure = errors.ofUnreadable(callContext, reason)
        Deferred.unsafeDone(unreadable, Effect.fail(failure))
      }
    })
    if (body._tag !== "Stream") timer.extend(Math.ceil((body.contentLength ?? 0) / untrackedSpeed))
    return http.execute(HttpClientRequest.setBody(request, limitedTo(attempt, body))).pipe(
      Effect.mapError((error) => failure ?? error),
      Effect.raceFirst(Deferred.await(unreadable))
    )
  })

/** The body, limited to the attempt: fibers of the transport stop reading it when the attempt is over. */
const limitedTo = (attempt: Fiber.RuntimeFiber<unknown, unknown>, body: HttpBody.HttpBody): HttpBody.HttpBody => {
  if (body._tag !== "Stream") return body
  const readers = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
  let isOver = false
  attempt.addObserver(() => {
    isOver = true
    for (const reader of readers) reader.unsafeInterruptAsFork(attempt.id())
  })
  const bytes = Effect.withFiberRuntime<typeof body.stream>((reader) => {
    readers.add(reader)
    return isOver ? Effect.interrupt : Effect.succeed(body.stream)
  })
  return HttpBody.stream(unwrap(bytes), body.contentType, body.contentLength)
}
