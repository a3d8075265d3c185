/**
 * The whole path of an operation: a span around it, then prepare, attempts with retries, and the total timeout. `call` and `open` are its
 * two forms; they differ in the attempt, and in the duration of the span.
 *
 * Without a tracer, the span is an object that only errors show, and gets no attributes: a real span with its attributes costs as much as
 * the rest of a call.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import type { Any, Observer, Streaming, Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import type {
  FriendliError,
  FriendliStreamError,
  InvalidRequestError,
  RequestTimeoutError
} from "../errors/FriendliError.js"
import { fromPull } from "../internal/streams.js"
import { UntracedSpan } from "../internal/untracedSpan.js"
import { clockOf } from "../internal/watchdog.js"
import * as errors from "./errors.js"
import { eventStream, prepare } from "./prepare.js"
import { policyOf, retrying } from "./retrying.js"
import { responseInfo } from "./send.js"
import * as streaming from "./streaming.js"
import * as telemetry from "./telemetry.js"
import type { Environment, Interpreter, Prepared, WithResponse } from "./types.js"
import * as unary from "./unary.js"

/** One running operation. */
interface Run<Request, Result> {
  readonly environment: Environment
  readonly operation: Any<Request, Result>
  readonly accept: string
  readonly request: Request
  readonly options: RequestOptions | undefined
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  readonly span: Tracer.Span
  readonly isTraced: boolean
}

/**
 * Prepares the request and runs attempts until one succeeds, the policy ends, or the total timeout expires (`totalAt`, in milliseconds).
 */
const attempts = <Request, Result, A, E extends FriendliStreamError>(
  { accept, environment, fiber, isTraced, operation, options, request, span }: Run<Request, Result>,
  attempt: (prepared: Prepared, totalAt: number) => Effect.Effect<A, E>
): Effect.Effect<A, E | InvalidRequestError | RequestTimeoutError> => {
  const preparing = prepare(environment, operation, accept, request, options, fiber)
  if (Either.isLeft(preparing)) return Effect.fail(preparing.left)
  const prepared = preparing.right
  if (isTraced) {
    telemetry.annotate(span, environment.serverAttributes)
    telemetry.annotate(span, telemetry.requestAttributes(operation, prepared.body))
  }
  const { timeout } = prepared.settings
  const clock = clockOf(fiber)
  const totalAt = clock.unsafeCurrentTimeMillis() + Duration.toMillis(timeout)
  return retrying(attempt(prepared, totalAt), policyOf(operation, prepared), span, {
    left: () => totalAt - clock.unsafeCurrentTimeMillis(),
    onTimeout: () => errors.ofTimeout(prepared.callContext, "total", timeout)
  })
}

/** Fails under the operation's span, and records the error in it. */
const failIn =
  ({ isTraced, span }: Pick<Run<never, unknown>, "span" | "isTraced">) =>
  <E extends FriendliStreamError>(error: E): Effect.Effect<never, E> => {
    if (isTraced) telemetry.annotate(span, telemetry.errorAttributes(error))
    return Effect.withParentSpan(Effect.fail(error), span)
  }

const spanOptions = { kind: "client", captureStackTrace: false } as const

const untracedSpan = (name: string, fiber: Fiber.RuntimeFiber<unknown, unknown>): Tracer.Span =>
  new UntracedSpan(name, clockOf(fiber).unsafeCurrentTimeMillis())

const callIn = <Request, Response>(
  run: Run<Request, Response>,
  operation: Unary<Request, Response>
): Effect.Effect<WithResponse<Response>, FriendliError> => {
  const { environment, isTraced, span } = run
  const answering = attempts(run, (prepared, totalAt) => {
    const answer = unary.attempt(environment, operation, prepared, { totalAt, span, isTraced })
    if (!isTraced) return answer
    return Effect.tap(answer, ({ response, value }) =>
      Effect.sync(() => {
        const observer = operation.observer()
        observer.observe(value)
        const attributes = { ...telemetry.factAttributes(observer.facts()), "friendli.request_id": response.requestId }
        telemetry.annotateAnswer(span, attributes, prepared.callContext.secrets.credentials())
      })
    )
  })
  return Effect.catchAll(answering, failIn(run))
}

const silent: Observer<unknown> = { observe: () => {}, facts: () => ({}) }

const noCredentials = (): ReadonlyArray<string> => []

type Opened<A> = WithResponse<Stream.Stream<A, FriendliStreamError>>

const openIn = <Request, Event>(
  run: Run<Request, Event>,
  operation: Streaming<Request, Event>
): Effect.Effect<Opened<Event>, FriendliStreamError, Scope.Scope> => {
  const { environment, isTraced, span } = run
  const observer = isTraced ? operation.observer() : silent
  const failWith = failIn(run)
  let credentials = noCredentials
  let release = (): void => {}
  const onRelease = (how: () => void): void => {
    release = how
  }
  const close = Effect.sync(() => {
    release()
    // The span ends after this: it gets the observed facts however the stream ends, even by interruption.
    if (isTraced) telemetry.annotateAnswer(span, telemetry.factAttributes(observer.facts()), credentials())
  })
  const opening = attempts(run, (prepared, totalAt) => {
    credentials = prepared.callContext.secrets.credentials
    return streaming.attempt(environment, operation, prepared, {
      observer,
      totalAt,
      span,
      isTraced,
      onRelease,
      failWith
    })
  })
  return Effect.zipRight(
    Effect.addFinalizer(() => close),
    Effect.matchEffect(opening, {
      onSuccess: ({ head, pull }) => {
        const response = responseInfo(head)
        if (isTraced) telemetry.annotateAnswer(span, { "friendli.request_id": response.requestId }, credentials())
        return Effect.succeed({ value: fromPull(pull), response })
      },
      onFailure: failWith
    })
  )
}

/** The two functions that run operations: see `Interpreter`. */
export const makeInterpreter = (environment: Environment): Interpreter => ({
  deployment: environment.deployment,

  call: (operation, request, options) =>
    Effect.withFiberRuntime((fiber) => {
      const run = { environment, operation, accept: "application/json", request, options, fiber }
      return telemetry.isTraced(fiber)
        ? Effect.useSpan(operation.name, spanOptions, (span) => callIn({ ...run, span, isTraced: true }, operation))
        : callIn({ ...run, span: untracedSpan(operation.name, fiber), isTraced: false }, operation)
    }),

  open: (operation, request, options) =>
    Effect.withFiberRuntime((fiber) => {
      const run = { environment, operation, accept: eventStream, request, options, fiber }
      return telemetry.isTraced(fiber)
        ? Effect.flatMap(Effect.makeSpanScoped(operation.name, spanOptions), (span) =>
            openIn({ ...run, span, isTraced: true }, operation)
          )
        : openIn({ ...run, span: untracedSpan(operation.name, fiber), isTraced: false }, operation)
    })
})
