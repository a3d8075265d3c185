/**
 * Patience with an endpoint that sleeps, and the one request that wakes it.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Endpoints from "../Endpoints.js"
import type { FriendliClient } from "../client/FriendliClient.js"
import { type FriendliError, type FriendliStreamError, isTransient } from "../errors/FriendliError.js"
import { CurrentRequestOptions, type RequestOptions } from "../core/RequestOptions.js"
import * as Retry from "../core/Retry.js"
import * as telemetry from "../client/telemetry.js"
import { encodePathSegment } from "../internal/url.js"
import { type Call, type Guard, nothing } from "./around.js"
import { optionsOf, policyOf } from "./guards.js"
import * as meters from "./meters.js"

/** Times are milliseconds. */
export interface Settings {
  readonly maxWait: number
  readonly interval: number
  readonly wake: boolean
}

/** What is known of an endpoint for as long as somebody waits for it. */
interface ColdStart {
  waiting: number
  /** The request that is under way: whether it came to an end, or whoever sent it left. */
  underWay: Deferred.Deferred<"done" | "left"> | undefined
  /** No other request before this time. */
  notBefore: number
  /** Whether the API says that this caller can not wake it. */
  isRefused: boolean
}

/** Who wakes what. One whom the API refuses must not end the wait of others. */
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
 * What a failed wake-up means: `"refused"` that no wait helps, `"kept"` that the API has nothing to wake, or has begun to, `"failed"` that it
 * may go better next time.
 */
const meaningOf = (error: FriendliError): "refused" | "kept" | "failed" => {
  switch (error._tag) {
    case "AuthenticationError":
    case "PermissionDeniedError":
    case "NotFoundError":
      return "refused"
    case "InvalidRequestError":
    case "UnexpectedStatusError":
    case "ResponseDecodeError":
      return isTransient(error) ? "failed" : "kept"
    default:
      return "failed"
  }
}

const consequence = {
  refused: "operations that wait for it fail now",
  kept: "waiting for it goes on",
  failed: "the next repetition asks again"
} as const

export const coldStart =
  (settings: Settings) =>
  (direct: FriendliClient.Service): Guard => {
    const { interval, maxWait } = settings
    const wakes = settings.wake && direct.deployment.pathPrefix === "/dedicated"
    const starts = new Map<string, ColdStart>()

    const wakeTargetOf = <Request, Result>(
      call: Call<Request, Result>,
      options: RequestOptions
    ): WakeTarget | undefined => {
      const endpoint = wakes ? endpointOf(call, options) : undefined
      if (endpoint === undefined) return undefined
      const { headers, team } = options
      return {
        endpoint,
        key: JSON.stringify([endpoint, team, headers?.["authorization"]]),
        // One try: what fails in passing is tried again at the next repetition of the operation.
        options: { team, headers, retry: Retry.never }
      }
    }

    /** Below the span of the operation where somebody sees it; where nobody does, no trace is sent along either. */
    const request = (endpoint: string, options: RequestOptions): Effect.Effect<unknown, FriendliError> => {
      const asked = direct.execute(Endpoints.wakeOperation(endpoint), {}, options)
      return Effect.withFiberRuntime((fiber) =>
        Effect.matchEffect(Effect.currentSpan, {
          onSuccess: (span) => (telemetry.isTraced(fiber, span) ? asked : Effect.withTracerEnabled(asked, false)),
          onFailure: () => asked
        })
      )
    }

    const send = (start: ColdStart, { endpoint, options }: WakeTarget): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (begun) =>
        Effect.matchEffect(
          Effect.onInterrupt(request(endpoint, options), () => meters.wakeUp(direct.deployment, "interrupted")),
          {
            onSuccess: () => {
              start.notBefore = begun + maxWait
              start.isRefused = false
              return Effect.zipRight(
                meters.wakeUp(direct.deployment, "accepted"),
                Effect.logDebug("asked the API to wake an endpoint", { endpoint })
              )
            },
            onFailure: (error) => {
              const meaning = meaningOf(error)
              const patience = Math.max(
                interval,
                error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
              )
              start.notBefore = begun + (meaning === "failed" ? patience : maxWait)
              start.isRefused = meaning === "refused"
              return Effect.zipRight(
                meters.wakeUp(direct.deployment, meaning),
                Effect.logWarning(`an endpoint was not woken: ${consequence[meaning]}`, {
                  endpoint,
                  error: error._tag,
                  message: error.message
                })
              )
            }
          }
        )
      )

    /** Whether it makes sense to wait on. However many ask, one sends. */
    const wake = (start: ColdStart, bed: WakeTarget): Effect.Effect<boolean> =>
      Effect.uninterruptibleMask((restore) => {
        const look: Effect.Effect<boolean> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (start.underWay !== undefined) {
            return Effect.flatMap(restore(Deferred.await(start.underWay)), (end) =>
              end === "left" ? look : Effect.succeed(!start.isRefused)
            )
          }
          if (now < start.notBefore) return Effect.succeed(!start.isRefused)
          const underWay = Deferred.unsafeMake<"done" | "left">(FiberId.none)
          start.underWay = underWay
          return restore(send(start, bed)).pipe(
            Effect.onExit((exit) =>
              Effect.sync(() => {
                start.underWay = undefined
                Deferred.unsafeDone(underWay, Effect.succeed(exit._tag === "Success" ? "done" : "left"))
              })
            ),
            Effect.map(() => !start.isRefused)
          )
        })
        return look
      })

    const waitsOnly = Retry.coldStart(maxWait, { interval })

    return {
      enter: (call) =>
        Effect.map(CurrentRequestOptions, (region) => {
          const options = optionsOf(call.deployment.options, region, call.options)
          const own = policyOf(call.operation, options)
          const bed = wakeTargetOf(call, options)
          let joined: ColdStart | undefined
          let overloadedSince: number | undefined

          const leave = (): void => {
            if (joined === undefined || bed === undefined) return
            if (--joined.waiting === 0) starts.delete(bed.key)
            joined = undefined
          }

          const begin = (): Effect.Effect<boolean> => {
            if (bed === undefined) return Effect.succeed(true)
            if (joined === undefined) {
              joined = starts.get(bed.key) ?? {
                waiting: 0,
                underWay: undefined,
                notBefore: -Infinity,
                isRefused: false
              }
              joined.waiting++
              starts.set(bed.key, joined)
            }
            return wake(joined, bed)
          }

          /** A policy of the call's own may be patient too: what lasts for longer than a repetition here is a cold start. */
          const early = (error: FriendliStreamError): Effect.Effect<boolean> =>
            error._tag !== "OverloadedError"
              ? Effect.succeed(true)
              : Effect.flatMap(Clock.currentTimeMillis, (now) => {
                  overloadedSince ??= now
                  const ahead = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
                  return now + ahead - overloadedSince < interval ? Effect.succeed(true) : begin()
                })

          // Refusals of other layers never come here: they are made before an operation is sent, and policies judge what was.
          const policy = own.pipe(
            Schedule.whileInputEffect(early),
            Schedule.andThen(Schedule.whileInputEffect(waitsOnly, begin))
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
