/**
 * Retries after failures. In: one attempt, and the policy of the call. Out: its first success, the last failure, or the timeout of the
 * whole call. Streams are retried only before their first element: a paid generation is not repeated.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import type { Any } from "../core/Operation.js"
import * as Retry from "../core/Retry.js"
import { type FriendliStreamError, isNotProcessed } from "../errors/FriendliError.js"
import { timeoutFail } from "../internal/watchdog.js"
import type { Prepared } from "./types.js"

/** A write is retried only if the server certainly did not process it, whatever the policy says. */
export const safely = (operation: Pick<Any<never, unknown>, "retryMode">, policy: Retry.Policy): Retry.Policy =>
  operation.retryMode === "safe"
    ? policy
    : Schedule.whileInput(policy, (error: FriendliStreamError) => isNotProcessed(error))

/** The policy of a call. A body that can be read only once is sent once. */
export const policyOf = (
  operation: Pick<Any<never, unknown>, "retryMode">,
  { content, settings }: Pick<Prepared, "content" | "settings">
): Retry.Policy => (content !== undefined && !content.repeatable ? Retry.never : safely(operation, settings.retry))

/**
 * Called with every failure after which a request is sent again. For middleware, which sees only the outcome of all attempts. It is read
 * from the context only when there is such a failure.
 */
export class OnRetry extends Context.Reference<OnRetry>()("effect-friendli/internal/OnRetry", {
  defaultValue: (): ((error: FriendliStreamError) => void) => () => {}
}) {}

/** Runs an operation with a callback for its retries, in addition to those of the middleware around it. */
export const withOnRetry = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  onRetry: (error: FriendliStreamError) => void
): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) => {
    const outer = Context.get(fiber.getFiberRef(FiberRef.currentContext), OnRetry)
    return Effect.provideService(effect, OnRetry, (error) => {
      outer(error)
      onRetry(error)
    })
  })

/** The timeout of a whole call. During an attempt, a watchdog applies it; here it ends the delay between two attempts. */
export interface TotalTimeout<E> {
  /** The remaining milliseconds; `Infinity` without a limit. */
  readonly left: () => number
  readonly onTimeout: () => E
}

/** As `Effect.retry`. The schedule is started, under the operation's span, only when there is a failure. */
export const retrying = <A, E extends FriendliStreamError, E2>(
  once: Effect.Effect<A, E>,
  policy: Retry.Policy,
  span: Tracer.Span,
  { left, onTimeout }: TotalTimeout<E2>
): Effect.Effect<A, E | E2> =>
  Effect.catchAll(once, (first) =>
    Effect.gen(function* () {
      const driver = yield* Schedule.driver(policy)
      const onRetry = yield* OnRetry
      const judge = (error: E): Effect.Effect<A, E | E2> => {
        const rest = left()
        if (rest <= 0) return Effect.fail(error)
        const isRepeated = Effect.match(driver.next(error), { onFailure: () => false, onSuccess: () => true })
        return Effect.flatMap(timeoutFail(isRepeated, Duration.millis(rest), onTimeout), (again) => {
          if (!again) return Effect.fail(error)
          onRetry(error)
          return Effect.catchAll(once, judge)
        })
      }
      return yield* judge(first)
    }).pipe(Effect.withParentSpan(span))
  )
