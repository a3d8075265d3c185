/**
 * Lets operations wait for sleeping endpoints, and wakes the endpoints (decision 0020). In: an operation, whose retry policy is replaced.
 * Out: a policy that follows the operation's own retries first, and then repeats it every `interval` until the endpoint answers or
 * `maxWait` has passed. Meanwhile one request wakes the endpoint for all operations that wait for it.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import type { Interpreter } from "../client/types.js"
import type { FriendliStreamError } from "../errors/FriendliError.js"
import { CurrentRequestOptions, type RequestOptions } from "../core/RequestOptions.js"
import * as Retry from "../core/Retry.js"
import { encodePathSegment } from "../internal/url.js"
import { type Call, type Guard, nothing } from "./around.js"
import { optionsOf, policyOf } from "./guards.js"
import { makeWakeUps, targetOf, type Times, type WakeOperation, type WakeTarget, type WakeUp } from "./wakeUps.js"

/** Times are milliseconds. */
export interface Settings extends Times {
  readonly wake: boolean
}

/** The endpoint of a request, as the interpreter will determine it: without its adapter route. */
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

/** The guard: repeats an operation on a sleeping endpoint until the endpoint is running, and makes sure that it is woken. */
export const coldStart =
  (settings: Settings, wakeOperation: WakeOperation) =>
  (direct: Interpreter): Guard => {
    const { interval, maxWait } = settings
    const canWake = settings.wake && direct.deployment.canWake === true
    // Below all middleware: a wake-up needs no permit, and no open circuit rejects it.
    const wakeUps = makeWakeUps(settings, direct, wakeOperation)
    const waitsOnly = Retry.coldStart(maxWait, { interval })

    /** The endpoint that a call needs, or `undefined` if the layer only waits. */
    const wakeTargetOf = <Request, Result>(
      call: Call<Request, Result>,
      options: RequestOptions
    ): WakeTarget | undefined => {
      const endpoint = canWake ? endpointOf(call, options) : undefined
      return endpoint === undefined ? undefined : targetOf(endpoint, options)
    }

    return {
      enter: Effect.fnUntraced(function* (call) {
        const options = optionsOf(call.deployment.options, yield* CurrentRequestOptions, call.options)
        const target = wakeTargetOf(call, options)
        let joined: WakeUp | undefined
        let overloadedSince: number | undefined

        /** Called when the endpoint has answered, and again at the end; the second call changes nothing. */
        const leave = (): void => {
          if (joined !== undefined && target !== undefined) wakeUps.leave(target, joined)
          joined = undefined
        }

        /** Asked by the policy before each repetition: false ends the waiting. */
        const joinAndWake = (): Effect.Effect<boolean> => {
          if (target === undefined) return Effect.succeed(true)
          joined ??= wakeUps.join(target)
          return wakeUps.wake(joined, target)
        }

        /** The call's own policy may also wait for long: an overload that lasts longer than `interval` is a cold start. */
        const wakeEarly = Effect.fnUntraced(function* (error: FriendliStreamError) {
          if (error._tag !== "OverloadedError") return true
          const now = yield* Clock.currentTimeMillis
          overloadedSince ??= now
          const ahead = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
          return now + ahead - overloadedSince < interval ? true : yield* joinAndWake()
        })

        // Rejections of other layers never get here: they occur before an operation is sent, and policies see only failures of sent
        // requests.
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
