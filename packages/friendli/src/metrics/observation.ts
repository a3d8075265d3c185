/**
 * Middleware that measures every operation. In: the two functions of an interpreter. Out: the same two functions, which also
 * record counts, durations and tokens. Answers, errors and interruption do not change.
 */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { requestedModel } from "../client/requestedModel.js"
import { withOnRetry } from "../client/retrying.js"
import type { Middleware } from "../client/types.js"
import type { Deployment } from "../core/Deployment.js"
import type { Any, Observer } from "../core/Operation.js"
import { CurrentRequestOptions, type RequestOptions } from "../core/RequestOptions.js"
import type { FriendliStreamError } from "../errors/FriendliError.js"
import { fromPull, toPull, unwrapScoped } from "../internal/streams.js"
import * as instruments from "./instruments.js"
import * as labels from "./labels.js"

/** The value of the conventions for everything without its own name. */
const other = "_OTHER"

const interrupted = "interrupted"

/** The maximum number of model names for each client: users may choose models, and every series stays in memory. */
const maxModels = 100

/**
 * Makes the labels of a client's series. The first `maxModels` names of models have series of their own, all
 * others share one.
 */
const labelling = (deployment: Deployment) => {
  const models = new Set<string>()

  const bounded = (model: string): string => {
    if (!models.has(model) && models.size >= maxModels) return other
    models.add(model)
    return model
  }

  return (region: labels.Labels, operation: Pick<Any<never, unknown>, "genAi">, named: string | undefined) => {
    const tags = {
      ...labels.ofOperation(operation, deployment),
      "gen_ai.request.model": named === undefined ? undefined : bounded(named)
    }
    return (name?: "error.type" | "gen_ai.token.type", value?: string): labels.Labels =>
      labels.withRegion(region, name === undefined ? tags : { ...tags, [name]: value })
  }
}

/** One call, from its start to its end. */
interface Call<in A> {
  readonly observe: (value: A) => void
  readonly onRetry: (error: FriendliStreamError) => void
  /** The stream is open, and its first events have arrived. */
  readonly opened: () => void
  /** A chunk has arrived. */
  readonly arrived: () => void
  /** The consumer is ready for the next chunk. */
  readonly awaited: () => void
  /** Only the first call counts. */
  readonly end: (errorType: string | undefined) => void
}

/** An operation of either kind: both have an observer of their answers. */
type Observed<Request, A> = Any<Request, A> & { readonly observer: () => Observer<A> }

/**
 * Starts to observe the calls of a client. In: an operation, its request and options. Out: a `Call`, which
 * records. Everything that is read from the fiber is read here once, when the call begins, because a stream
 * may be consumed under another region.
 */
const observing = (deployment: Deployment) => {
  const labelled = labelling(deployment)
  return <Request, A>(
    operation: Observed<Request, A>,
    request: Request,
    options: RequestOptions | undefined
  ): Effect.Effect<Call<A>> =>
    Effect.flatMap(Effect.clock, (clock) =>
      Effect.withFiberRuntime((fiber) => {
        const region = Context.get(fiber.getFiberRef(FiberRef.currentContext), CurrentRequestOptions)
        const model = requestedModel(deployment, operation, request, options, region)
        const series = labelled(fiber.getFiberRef(FiberRef.currentMetricLabels), operation, model)
        const plain = series()
        const observer = operation.observer()
        const now = (): bigint => clock.unsafeCurrentTimeNanos()
        const from = (since: bigint, until = now()): number => Number(until - since) / 1e9
        const begun = now()
        let hasEnded = false
        let openedAt: bigint | undefined
        let hasChunk = false
        let awaitedSince = begun
        instruments.requests.unsafeUpdate(1, plain)
        return Effect.succeed({
          observe: observer.observe,
          onRetry: (error) => instruments.retries.unsafeUpdate(1, series("error.type", error._tag)),
          opened: () => {
            openedAt = now()
          },
          // The first chunk is measured from the start of the call until its stream was open, which is when its first events had arrived.
          // All later ones are measured from the moment at which the consumer asked for them, so a slow consumer does not count as a slow
          // server.
          arrived: () => {
            if (hasChunk) instruments.timePerOutputChunk.unsafeUpdate(from(awaitedSince), plain)
            else instruments.timeToFirstChunk.unsafeUpdate(from(begun, openedAt), plain)
            hasChunk = true
          },
          awaited: () => {
            awaitedSince = now()
          },
          end: (errorType) => {
            if (hasEnded) return
            hasEnded = true
            const ended = errorType === undefined ? plain : series("error.type", errorType)
            instruments.duration.unsafeUpdate(from(begun), ended)
            // The caller wanted an interruption: it has a duration, but is not an error.
            if (errorType !== undefined && errorType !== interrupted) instruments.errors.unsafeUpdate(1, ended)
            const { inputTokens, outputTokens } = observer.facts().usage ?? {}
            if (inputTokens !== undefined)
              instruments.tokenUsage.unsafeUpdate(inputTokens, series("gen_ai.token.type", "input"))
            if (outputTokens !== undefined)
              instruments.tokenUsage.unsafeUpdate(outputTokens, series("gen_ai.token.type", "output"))
          }
        })
      })
    )
}

/** The tag of a failure; `interrupted`, or `_OTHER` for a defect. */
const errorType = (cause: Cause.Cause<FriendliStreamError>): string =>
  Option.match(Cause.failureOption(cause), {
    onSome: (error) => error._tag,
    onNone: () => (Cause.isInterruptedOnly(cause) ? interrupted : other)
  })

/**
 * The error type of a call that was stopped from outside: by interruption, or without one by a consumer that stopped or
 * failed.
 */
const left = (exit: Exit.Exit<unknown, unknown>): string | undefined =>
  Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause) ? interrupted : undefined

/**
 * The same stream, with every chunk measured. It uses the pull of the stream, which costs less than a combinator for
 * each chunk.
 */
const watched = <A>(
  stream: Stream.Stream<A, FriendliStreamError>,
  call: Call<A>
): Effect.Effect<Stream.Stream<A, FriendliStreamError>, FriendliStreamError, Scope.Scope> =>
  Effect.map(toPull(stream), (pull) =>
    fromPull(
      Effect.suspend(() => {
        call.awaited()
        return Effect.matchCauseEffect(pull, {
          onFailure: (cause) => {
            call.end(errorType(cause))
            return Effect.failCause(cause)
          },
          onSuccess: (chunk) => {
            if (chunk === undefined) call.end(undefined)
            else {
              if (Chunk.isNonEmpty(chunk)) call.arrived()
              for (const element of chunk) call.observe(element)
            }
            return Effect.succeed(chunk)
          }
        })
      })
    )
  )

/**
 * Measures both functions. The call ends exactly once: with its answer, its failure, or, for a stream, with
 * the scope that it was opened in.
 */
export const middleware: Middleware = (next) => {
  const begin = observing(next.deployment)
  return {
    deployment: next.deployment,

    call: (operation, request, options) =>
      Effect.acquireUseRelease(
        begin(operation, request, options),
        (call) => withOnRetry(next.call(operation, request, options), call.onRetry),
        (call, exit) =>
          Effect.sync(() => {
            if (Exit.isSuccess(exit)) call.observe(exit.value.value)
            call.end(Exit.isSuccess(exit) ? undefined : errorType(exit.cause))
          })
      ),

    open: (operation, request, options) =>
      Effect.gen(function* () {
        const call = yield* Effect.acquireRelease(begin(operation, request, options), (call, exit) =>
          Effect.sync(() => call.end(left(exit)))
        )
        const { response, value } = yield* withOnRetry(next.open(operation, request, options), call.onRetry).pipe(
          Effect.tapErrorCause((cause) => Effect.sync(() => call.end(errorType(cause))))
        )
        call.opened()
        return { response, value: unwrapScoped(watched(value, call)) }
      })
  }
}
