/**
 * Waits for endpoints that sleep, and sends the one request that wakes them (decision 0020). In: an
 * operation, whose retry policy is replaced. Out: a policy that follows the operation's own retries first,
 * and then repeats it every `interval` until the endpoint answers or `maxWait` is over; meanwhile one request
 * wakes the endpoint, however many operations wait for it.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import type { Interpreter } from "../client/types.js"
import type { Unary } from "../core/Operation.js"
import { category, type FriendliError, type FriendliStreamError, isTransient } from "../errors/FriendliError.js"
import { CurrentRequestOptions, type RequestOptions } from "../core/RequestOptions.js"
import * as Retry from "../core/Retry.js"
import { encodePathSegment } from "../internal/url.js"
import { type Call, type Guard, nothing } from "./around.js"
import { optionsOf, policyOf } from "./guards.js"
import type { EndpointStatus } from "../schema/EndpointStatus.js"
import * as meters from "./meters.js"

/** Times are milliseconds. */
export interface Settings {
  readonly maxWait: number
  readonly interval: number
  readonly wake: boolean
}

/** What is known of an endpoint while operations wait for it. */
interface ColdStart {
  waiting: number
  /** The request that is being sent: whether it ended, or its sender was interrupted. */
  pending: Deferred.Deferred<"done" | "interrupted"> | undefined
  /** No other request before this time, in milliseconds. */
  notBefore: number
  /** Whether the API says that this caller cannot wake it. */
  isRejected: boolean
}

/** Which endpoint to wake, and with which credentials. If the API rejects one caller, the others still wait. */
interface WakeTarget {
  readonly endpoint: string
  readonly key: string
  readonly options: RequestOptions
}

/** The endpoint that a request is for, as the interpreter will find it: without its adapter route. */
const endpointOf = <Request, Result>(
  { deployment, operation, request }: Call<Request, Result>,
  { body }: RequestOptions
): string | undefined => {
  const named = operation.model && Predicate.isRecord(request) ? (request["model"] ?? deployment.model) : undefined
  const model = body?.["model"] ?? named
  if (typeof model !== "string") return undefined
  const endpoint = model.split(":", 1)[0]!
  return encodePathSegment(endpoint) === undefined ? undefined : endpoint
}

/**
 * What a failed wake-up means: `"rejected"` that no wait helps, `"kept"` that the API has nothing to wake, or has begun to, `"failed"` that it
 * may go better next time.
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

/** The operation that wakes an endpoint. */
export type WakeOperation = Unary<{ readonly endpoint_id: string }, EndpointStatus>

/**
 * Wakes endpoints through the client below all middleware, so that a wake-up needs no permit and is not
 * rejected by an open circuit. However many operations wait for one endpoint, one request is sent.
 */
const makeWaker = ({ interval, maxWait }: Settings, direct: Interpreter, wakeOperation: WakeOperation) => {
  /**
   * Sends the wake-up and notes what its answer means: when it may be sent again, and whether waiting makes
   * sense.
   */
  const send = Effect.fnUntraced(function* (start: ColdStart, target: WakeTarget) {
    const { endpoint } = target
    const begun = yield* Clock.currentTimeMillis
    const answer = yield* direct.call(wakeOperation, { endpoint_id: endpoint }, target.options).pipe(
      Effect.onInterrupt(() => meters.wakeUp(direct.deployment, "interrupted")),
      Effect.either
    )
    if (Either.isRight(answer)) {
      start.notBefore = begun + maxWait
      start.isRejected = false
      yield* meters.wakeUp(direct.deployment, "accepted")
      return yield* Effect.logDebug("asked the API to wake an endpoint", { endpoint })
    }
    const error = answer.left
    const meaning = meaningOf(error)
    const wait = Math.max(interval, error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter))
    start.notBefore = begun + (meaning === "failed" ? wait : maxWait)
    start.isRejected = meaning === "rejected"
    yield* meters.wakeUp(direct.deployment, meaning)
    yield* Effect.logWarning(`an endpoint was not woken: ${consequence[meaning]}`, {
      endpoint,
      error: error._tag,
      message: error.message
    })
  })

  /** Makes sure that the endpoint is being woken. Gives whether it makes sense to wait on. */
  return (start: ColdStart, target: WakeTarget): Effect.Effect<boolean> =>
    Effect.uninterruptibleMask((restore) => {
      const wake: Effect.Effect<boolean> = Effect.gen(function* () {
        if (start.pending !== undefined) {
          const end = yield* restore(Deferred.await(start.pending))
          // the sender was interrupted: the next operation sends it
          return end === "interrupted" ? yield* wake : !start.isRejected
        }
        if ((yield* Clock.currentTimeMillis) < start.notBefore) return !start.isRejected
        const pending = Deferred.unsafeMake<"done" | "interrupted">(FiberId.none)
        start.pending = pending
        yield* Effect.onExit(restore(send(start, target)), (exit) =>
          Effect.sync(() => {
            start.pending = undefined
            Deferred.unsafeDone(pending, Effect.succeed(Exit.isSuccess(exit) ? "done" : "interrupted"))
          })
        )
        return !start.isRejected
      })
      return wake
    })
}

/**
 * The endpoints that operations wait for, by endpoint and caller. An entry lives only as long as there are
 * operations that wait, so an endpoint that falls asleep again later is woken again.
 */
const makeColdStarts = () => {
  const starts = new Map<string, ColdStart>()
  return {
    join: (key: string): ColdStart => {
      const start = starts.get(key) ?? { waiting: 0, pending: undefined, notBefore: -Infinity, isRejected: false }
      start.waiting++
      starts.set(key, start)
      return start
    },
    leave: (key: string, start: ColdStart): void => {
      if (--start.waiting === 0) starts.delete(key)
    }
  }
}

/** The guard: repeats an operation that meets a sleeping endpoint until the endpoint is up, and makes sure that it is woken. */
export const coldStart =
  (settings: Settings, wakeOperation: WakeOperation) =>
  (direct: Interpreter): Guard => {
    const { interval, maxWait } = settings
    const canWake = settings.wake && direct.deployment.canWake === true
    const coldStarts = makeColdStarts()
    const wake = makeWaker(settings, direct, wakeOperation)
    const waitsOnly = Retry.coldStart(maxWait, { interval })

    /**
     * Which endpoint a call needs, or `undefined` if the layer only waits. Calls with another team or
     * authorization have their own entry, because one may have the permission that the other lacks.
     */
    const wakeTargetOf = <Request, Result>(
      call: Call<Request, Result>,
      options: RequestOptions
    ): WakeTarget | undefined => {
      const endpoint = canWake ? endpointOf(call, options) : undefined
      if (endpoint === undefined) return undefined
      const { headers, team } = options
      return {
        endpoint,
        key: JSON.stringify([endpoint, team, headers?.["authorization"]]),
        // One try: a transient failure is tried again at the next repetition of the operation.
        options: { team, headers, retry: Retry.never }
      }
    }

    return {
      enter: Effect.fnUntraced(function* (call) {
        const options = optionsOf(call.deployment.options, yield* CurrentRequestOptions, call.options)
        const target = wakeTargetOf(call, options)
        let joined: ColdStart | undefined
        let overloadedSince: number | undefined

        /** Called when the endpoint has answered, and again at the end; the second call changes nothing. */
        const leave = (): void => {
          if (joined !== undefined && target !== undefined) coldStarts.leave(target.key, joined)
          joined = undefined
        }

        /** Asked by the policy before each repetition: false ends the waiting. */
        const joinAndWake = (): Effect.Effect<boolean> => {
          if (target === undefined) return Effect.succeed(true)
          joined ??= coldStarts.join(target.key)
          return wake(joined, target)
        }

        /** A call's own policy may wait for long too: an overload that lasts longer than `interval` is a cold start. */
        const wakeEarly = Effect.fnUntraced(function* (error: FriendliStreamError) {
          if (error._tag !== "OverloadedError") return true
          const now = yield* Clock.currentTimeMillis
          overloadedSince ??= now
          const ahead = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
          return now + ahead - overloadedSince < interval ? true : yield* joinAndWake()
        })

        // Rejections of other layers never come here: they are made before an operation is sent, and policies judge what was sent.
        const policy = policyOf(call.operation, options).pipe(
          Schedule.whileInputEffect(wakeEarly),
          Schedule.andThen(Schedule.whileInputEffect(waitsOnly, joinAndWake))
        )
        return {
          options: { ...call.options, retry: policy },
          observe: nothing,
          onFirst: leave,
          leave: () => Effect.sync(leave)
        }
      })
    }
  }
