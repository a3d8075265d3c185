/**
 * Bodies that are no JSON on their way: made for one attempt, watched while they go, and let go of with it.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { InvalidRequestError } from "../errors/FriendliError.js"
import type { RequestBody } from "../core/Operation.js"
import type { Activity } from "../internal/watchdog.js"
import type { Prepared } from "./prepare.js"
import * as failures from "./errors.js"
import { unwrap } from "../internal/streams.js"

/** Bytes a millisecond (1 Mbit/s): the pace that a body is granted which the transport sends unseen. */
const unseenPace = 128

/**
 * Sends a body that is made for this attempt. The attempt fails when the body can not be read, and the body is left alone when the
 * attempt is over: transports notice neither for certain.
 */
export const transmit = (
  http: HttpClient.HttpClient,
  { request, callContext }: Pick<Prepared, "request" | "callContext">,
  content: RequestBody,
  activity: Activity,
  clock: Clock.Clock
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | InvalidRequestError> =>
  Effect.withFiberRuntime((attempt) => {
    const unreadable = Deferred.unsafeMake<never, InvalidRequestError>(attempt.id())
    let failure: InvalidRequestError | undefined
    const body = content.make({
      onSent: () => {
        activity.since = clock.unsafeCurrentTimeMillis()
      },
      onUnreadable: (reason) => {
        failure = failures.ofUnreadable(callContext, reason)
        Deferred.unsafeDone(unreadable, Effect.fail(failure))
      }
    })
    if (body._tag !== "Stream") activity.since += Math.ceil((body.contentLength ?? 0) / unseenPace)
    return http.execute(HttpClientRequest.setBody(request, during(attempt, body))).pipe(
      Effect.mapError((error) => failure ?? error),
      Effect.raceFirst(Deferred.await(unreadable))
    )
  })

/** The body, read by whichever fibers of the transport, no longer than the attempt lasts. */
const during = (attempt: Fiber.RuntimeFiber<unknown, unknown>, body: HttpBody.HttpBody): HttpBody.HttpBody => {
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
