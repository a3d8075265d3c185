/**
 * The one request that wakes an endpoint for all callers that wait for it (decision 0020). In: callers that wait for an endpoint, and ask
 * repeatedly for it to be woken. Out: whether it makes sense to continue to wait. Operations on a sleeping endpoint (`coldStart.ts`) and
 * `Endpoints.ready` wake it in this way.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import type { Interpreter } from "../client/types.js"
import type { Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import * as Retry from "../core/Retry.js"
import { category, type FriendliError, isTransient } from "../errors/FriendliError.js"
import type { EndpointStatus } from "../schema/EndpointStatus.js"
import * as meters from "./meters.js"

/** Times are milliseconds. */
export interface Times {
  /** How long an accepted request counts. */
  readonly maxWait: number
  /** The shortest time between a failed request and the next one. */
  readonly interval: number
}

/** The operation that wakes an endpoint. */
export type WakeOperation = Unary<{ readonly endpoint_id: string }, EndpointStatus>

/** The state of an endpoint while callers wait for it. */
export interface WakeUp {
  waiting: number
  /** The request that is being sent: whether it ended, or its sender was interrupted. */
  pending: Deferred.Deferred<"done" | "interrupted"> | undefined
  /** No other request before this time, in milliseconds. */
  notBefore: number
  /** Why the API says that this caller cannot wake it. */
  rejection: FriendliError | undefined
}

/** The endpoint to wake, and the credentials. If the API rejects one caller, the others still wait. */
export interface WakeTarget {
  readonly endpoint: string
  readonly key: string
  readonly options: RequestOptions
}

/**
 * The endpoint for a caller. Calls with another team or authorization have their own entry, because their permissions may differ.
 */
export const targetOf = (endpoint: string, { headers, team }: RequestOptions): WakeTarget => ({
  endpoint,
  key: JSON.stringify([endpoint, team, headers?.["authorization"]]),
  // One try: a transient failure is tried again at the next repetition.
  options: { team, headers, retry: Retry.never }
})

/**
 * What a failed wake-up means. `"rejected"`: waiting cannot help. `"kept"`: there is nothing to wake, or the endpoint is already waking
 * up. `"failed"`: the next request may succeed.
 */
const meaningOf = (error: FriendliError): "rejected" | "kept" | "failed" => {
  switch (category(error)) {
    case "access":
      return "rejected"
    case "request":
    case "answer":
      return isTransient(error) ? "failed" : "kept"
    case "limit":
    case "outage":
      return "failed"
  }
}

/** What happens next, for the warning in the log. */
const consequence = {
  rejected: "operations that wait for it fail now",
  kept: "operations continue to wait for it",
  failed: "the next repetition asks again"
} as const

/** The wake-ups of one client. */
export interface WakeUps {
  /** Starts to wait. Must be followed by one `leave`. */
  readonly join: (target: WakeTarget) => WakeUp
  readonly leave: (target: WakeTarget, wakeUp: WakeUp) => void
  /** Makes sure that the endpoint is being woken. Returns whether it makes sense to continue to wait: if not, `rejection` says why. */
  readonly wake: (wakeUp: WakeUp, target: WakeTarget) => Effect.Effect<boolean>
}

/**
 * Wakes endpoints through a client, by endpoint and caller. An entry exists only while a caller waits, so an endpoint that falls asleep
 * again later is woken again.
 */
export const makeWakeUps = (
  { interval, maxWait }: Times,
  client: Pick<Interpreter, "call" | "deployment">,
  wakeOperation: WakeOperation
): WakeUps => {
  const wakeUps = new Map<string, WakeUp>()

  /** Sends the request and notes what its answer means: when it may be sent again, and whether waiting makes sense. */
  const send = Effect.fnUntraced(function* (wakeUp: WakeUp, target: WakeTarget) {
    const { endpoint } = target
    const begun = yield* Clock.currentTimeMillis
    const answer = yield* client.call(wakeOperation, { endpoint_id: endpoint }, target.options).pipe(
      Effect.onInterrupt(() => meters.wakeUp(client.deployment, "interrupted")),
      Effect.either
    )
    if (Either.isRight(answer)) {
      wakeUp.notBefore = begun + maxWait
      wakeUp.rejection = undefined
      yield* meters.wakeUp(client.deployment, "accepted")
      return yield* Effect.logDebug("asked the API to wake an endpoint", { endpoint })
    }
    const error = answer.left
    const meaning = meaningOf(error)
    const wait = Math.max(interval, error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter))
    wakeUp.notBefore = begun + (meaning === "failed" ? wait : maxWait)
    wakeUp.rejection = meaning === "rejected" ? error : undefined
    yield* meters.wakeUp(client.deployment, meaning)
    yield* Effect.logWarning(`an endpoint was not woken: ${consequence[meaning]}`, {
      endpoint,
      error: error._tag,
      message: error.message
    })
  })

  return {
    join: ({ key }) => {
      const wakeUp = wakeUps.get(key) ?? {
        waiting: 0,
        pending: undefined,
        notBefore: -Infinity,
        rejection: undefined
      }
      wakeUp.waiting++
      wakeUps.set(key, wakeUp)
      return wakeUp
    },
    leave: ({ key }, wakeUp) => {
      if (--wakeUp.waiting === 0) wakeUps.delete(key)
    },
    wake: (wakeUp, target) =>
      Effect.uninterruptibleMask((restore) => {
        const wake: Effect.Effect<boolean> = Effect.gen(function* () {
          if (wakeUp.pending !== undefined) {
            const end = yield* restore(Deferred.await(wakeUp.pending))
            // The sender was interrupted: the next waiting caller sends the request.
            return end === "interrupted" ? yield* wake : wakeUp.rejection === undefined
          }
          if ((yield* Clock.currentTimeMillis) < wakeUp.notBefore) return wakeUp.rejection === undefined
          const pending = Deferred.unsafeMake<"done" | "interrupted">(FiberId.none)
          wakeUp.pending = pending
          yield* Effect.onExit(restore(send(wakeUp, target)), (exit) =>
            Effect.sync(() => {
              wakeUp.pending = undefined
              Deferred.unsafeDone(pending, Effect.succeed(Exit.isSuccess(exit) ? "done" : "interrupted"))
            })
          )
          return wakeUp.rejection === undefined
        })
        return wake
      })
  }
}
