/**
 * The guards: concurrency, rate and circuit. Each has the state that all operations of one layer share, and
 * decides on one operation after another. In: an operation. Out: admission with its options, or an error of
 * `rejections.ts`.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type { Deployment } from "../core/Deployment.js"
import { category, type FriendliStreamError, isNotProcessed } from "../errors/FriendliError.js"
import type { AnswerFacts, Any } from "../core/Operation.js"
import { CurrentRequestOptions, defaults, merge, type RequestOptions } from "../core/RequestOptions.js"
import type * as Retry from "../core/Retry.js"
import { safely } from "../client/retrying.js"
import * as admission from "./admission.js"
import { type Call, type Guard, nothing, type Outcome } from "./around.js"
import type * as circuits from "./circuits.js"
import * as meters from "./meters.js"
import * as rates from "./rates.js"
import * as rejections from "./rejections.js"

/**
 * At most `permits` operations at a time. An operation that was admitted returns its permit in `leave`, which
 * the frame calls exactly once in every case.
 */
export const concurrency = (permits: number, bounds: admission.Bounds): Guard => {
  let inUse = 0
  const queue = admission.make<void>(
    {
      wait: () => (inUse < permits ? 0 : Infinity),
      take: () => {
        inUse++
      }
    },
    bounds
  )
  return {
    enter: Effect.fnUntraced(function* (call, restore) {
      const meter = meters.ofLimit("concurrency", call, yield* Effect.metricLabels)
      yield* Effect.mapError(queue.admit(undefined, restore, meter), (rejected) => {
        meter.rejected(rejected.reason)
        return rejections.ofQueue(call, "concurrency limit", rejected)
      })
      meter.running(1)
      const leave = Effect.sync(() => {
        inUse--
        meter.running(-1)
        queue.changed()
      })
      return { options: call.options, observe: nothing, onFirst: nothing, leave: () => leave }
    })
  }
}

/**
 * Limits per minute, `undefined` for no limit. `maxPause`, in milliseconds, bounds the pause after a 429. `estimate` says how many tokens
 * an operation will use, until its answer has arrived.
 */
export interface RateSettings {
  readonly requests: number | undefined
  readonly tokens: number | undefined
  readonly maxPause: number
  readonly estimate: (call: {
    readonly operation: Any<never, unknown>
    readonly request: unknown
    readonly deployment: Deployment
  }) => number
}

/** Whether an operation uses tokens of the limit. Counting tokens does not use them. */
const countsTokens = (operation: Pick<Any<never, unknown>, "genAi">): boolean =>
  operation.genAi !== "tokenize" && operation.genAi !== "detokenize"

/** The tokens that an answer reports; `undefined` if it reports none. */
const tokensOf = ({ usage }: AnswerFacts): number | undefined =>
  usage?.inputTokens === undefined && usage?.outputTokens === undefined
    ? undefined
    : (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)

/** Whether no answer was generated, so that no tokens were used. */
const isUnused = (error: FriendliStreamError): boolean => {
  const kind = category(error)
  return kind === "request" || kind === "access" || isNotProcessed(error)
}

/** The options of a call as the client will merge them: the defaults, the layer's, the region's, the call's. */
export const optionsOf = (...options: ReadonlyArray<RequestOptions | undefined>): RequestOptions =>
  merge(defaults, ...options)

/** The retry policy of a call as the client will apply it. */
export const policyOf = (operation: Pick<Any<never, unknown>, "retryMode">, options: RequestOptions): Retry.Policy =>
  safely(operation, options.retry!)

/** What an operation takes from the one-minute windows: a request, and tokens if they are limited. A retry already has its tokens. */
interface Cost {
  readonly tokens: number | undefined
}

/**
 * Limits of requests and tokens in any minute. A request counts as soon as it is admitted. Tokens are reserved by an estimate, and
 * settled when the answer reports its usage: the reserved amount is then replaced by the real one, which counts for a minute from that
 * moment. A 429 with `Retry-After` pauses all operations of the layer, up to `maxPause`.
 */
export const rate = (settings: RateSettings, bounds: admission.Bounds): Guard => {
  const requests = settings.requests === undefined ? undefined : rates.makeWindow(settings.requests)
  const tokens = settings.tokens === undefined ? undefined : rates.makeWindow(settings.tokens)
  let pausedUntil = -Infinity

  const queue = admission.make<Cost>(
    {
      wait: (cost, now) =>
        Math.max(
          0,
          pausedUntil - now,
          requests?.wait(1, now) ?? 0,
          cost.tokens === undefined ? 0 : (tokens?.wait(cost.tokens, now) ?? 0)
        ),
      take: (cost, now) => {
        requests?.add(1, now)
        if (cost.tokens !== undefined) tokens?.reserve(cost.tokens)
      }
    },
    bounds
  )

  const applyRetryAfter = (error: FriendliStreamError): Effect.Effect<void> =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      // A rejection by another layer says nothing about the server.
      if (error._tag !== "RateLimitError" || error.retryAfter === undefined || rejections.isRejected(error)) return
      pausedUntil = Math.max(pausedUntil, now + Math.min(settings.maxPause, Duration.toMillis(error.retryAfter)))
    })

  /** The same policy; its retries wait for the limit as first attempts do. A request that would have to wait too long is not retried. */
  const throttled = (policy: Retry.Policy, watcher: admission.Watcher): Retry.Policy => {
    let isRejected = false
    const readmit = Effect.uninterruptibleMask((restore) => queue.admit({ tokens: undefined }, restore, watcher, true))
    return policy.pipe(
      Schedule.tapInput(applyRetryAfter),
      Schedule.modifyDelayEffect(
        Effect.fnUntraced(function* (_, delay) {
          yield* Effect.sleep(delay)
          isRejected = Either.isLeft(yield* Effect.either(readmit))
          return Duration.zero
        })
      ),
      Schedule.whileOutput(() => !isRejected)
    )
  }

  const estimateOf = <Request, Result>(call: Call<Request, Result>): number | undefined => {
    if (tokens === undefined || !countsTokens(call.operation)) return undefined
    // The estimate receives the call as the type that all operations share: its request is `unknown`.
    const estimate = settings.estimate(call as never)
    return Number.isFinite(estimate) && estimate > 0 ? estimate : 0
  }

  return {
    enter: Effect.fnUntraced(function* (call, restore) {
      // The guard has its own observer, since each observer collects the facts of one answer.
      const region = yield* CurrentRequestOptions
      const meter = meters.ofLimit("rate", call, yield* Effect.metricLabels)
      const estimate = estimateOf(call)
      const observer = call.operation.observer()
      const policy = policyOf(call.operation, optionsOf(call.deployment.options, region, call.options))

      yield* Effect.mapError(queue.admit({ tokens: estimate }, restore, meter), (rejected) => {
        meter.rejected(rejected.reason)
        return rejections.ofQueue(call, "rate limit", rejected)
      })

      const leave = Effect.fnUntraced(function* (outcome: Outcome) {
        if (outcome._tag === "Failed") yield* applyRetryAfter(outcome.error)
        if (estimate !== undefined) {
          // An answer without usage is charged its estimate, unless its failure means that nothing was generated.
          const isFree = outcome._tag === "Failed" && isUnused(outcome.error)
          const charged = tokensOf(observer.facts()) ?? (isFree ? 0 : estimate)
          tokens?.settle(estimate, charged, yield* Clock.currentTimeMillis)
          meter.settled(estimate, charged)
        }
        queue.changed()
      })

      return {
        options: { ...call.options, retry: throttled(policy, meter) },
        observe: estimate === undefined ? nothing : observer.observe,
        onFirst: nothing,
        leave
      }
    })
  }
}

/** How the outcome of an operation counts for a circuit. `counts` decides which errors are failures. */
export const verdictOf =
  (counts: (error: FriendliStreamError) => boolean) =>
  (outcome: Outcome): circuits.Verdict => {
    if (outcome._tag === "Answered") return "success"
    if (outcome._tag === "Abandoned" || rejections.isUnsent(outcome.error)) return "neutral"
    // An error that does not count is an answer of the deployment.
    return counts(outcome.error) ? "failure" : "success"
  }

/**
 * Asks a circuit for admission, and measures the result. Operations and effects of the user both enter here. Fails with the time at which
 * the rejection ends. The `done` of an admission must be called exactly once, so this and the call run uninterruptibly.
 */
export const enterCircuit = Effect.fnUntraced(function* (
  state: circuits.Circuit,
  call: meters.MeasuredCall | undefined
) {
  const clock = yield* Effect.clock
  const meter = meters.ofCircuit(yield* Effect.metricLabels, call)
  const now = clock.unsafeCurrentTimeMillis()
  const admitted = state.enter(now)
  if ("rejected" in admitted) {
    meter.rejected()
    return yield* Effect.fail({ until: admitted.until, now })
  }
  meter.changed(admitted.change)
  return {
    answered: (): void => meter.changed(state.answered(admitted, clock.unsafeCurrentTimeMillis())),
    done: (verdict: circuits.Verdict): void =>
      meter.changed(state.done(admitted, verdict, clock.unsafeCurrentTimeMillis()))
  }
})

/**
 * The circuit breaker. In: an operation. Out: the unchanged operation, or an `OverloadedError` with the code `circuit_open`. A stream
 * counts as answered from its first event: that ends a trial, so one long stream does not keep the circuit half-open until its end.
 */
export const circuit = (state: circuits.Circuit, counts: (error: FriendliStreamError) => boolean): Guard => {
  const judge = verdictOf(counts)
  return {
    enter: Effect.fnUntraced(function* (call) {
      const entered = yield* Effect.mapError(enterCircuit(state, call), ({ now, until }) =>
        rejections.ofCircuit(call, until, now)
      )
      return {
        options: call.options,
        observe: nothing,
        onFirst: entered.answered,
        leave: (outcome: Outcome) => Effect.sync(() => entered.done(judge(outcome)))
      }
    })
  }
}
