/**
 * The whole way of an operation: a span around it, then prepare, attempts with retries, and the total timeout. `call` and `open` are the
 * two ways through it; they differ in the attempt, and in how long the span lasts.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { Any, Observer } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import type { FriendliStreamError, InvalidRequestError, RequestTimeoutError } from "../errors/FriendliError.js"
import { fromPull } from "../internal/streams.js"
import { clockOf, timeoutFail } from "../internal/watchdog.js"
import * as errors from "./errors.js"
import { eventStream, prepare } from "./prepare.js"
import { policyOf, retrying } from "./retrying.js"
import { responseInfo } from "./send.js"
import * as streaming from "./streaming.js"
import * as telemetry from "./telemetry.js"
import type { Environment, Interpreter, Prepared } from "./types.js"
import * as unary from "./unary.js"

/** One operation under way. */
interface Run<Request, Result> {
  readonly environment: Environment
  readonly operation: Any<Request, Result> & { readonly observer: () => Observer<Result> }
  readonly accept: string
  readonly request: Request
  readonly options: RequestOptions | undefined
  readonly span: Tracer.Span
}

/**
 * Prepares the request and runs attempts until one succeeds, the policy ends, or the total timeout expires (`totalAt`, in milliseconds).
 */
const attempts = <Request, Result, A, E extends FriendliStreamError>(
  { accept, environment, operation, options, request, span }: Run<Request, Result>,
  attempt: (prepared: Prepared, totalAt: number) => Effect.Effect<A, E>
): Effect.Effect<A, E | InvalidRequestError | RequestTimeoutError> =>
  Effect.flatMap(prepare(environment, operation, accept, request, options), (prepared) =>
    Effect.withFiberRuntime((fiber) => {
      telemetry.annotate(span, environment.serverAttributes)
      telemetry.annotate(span, telemetry.requestAttributes(operation, prepared.body))
      const { timeout } = prepared.settings
      const totalAt = clockOf(fiber).unsafeCurrentTimeMillis() + Duration.toMillis(timeout)
      const policy = policyOf(operation, prepared)
      return timeoutFail(retrying(attempt(prepared, totalAt), policy, span), timeout, () =>
        errors.ofTimeout(prepared.callContext, "total", timeout)
      )
    })
  )

/** Fails under the operation's span, which says which error it was. */
const failIn =
  (span: Tracer.Span) =>
  <E extends FriendliStreamError>(error: E): Effect.Effect<never, E> => {
    telemetry.annotate(span, telemetry.errorAttributes(error))
    return Effect.withParentSpan(Effect.fail(error), span)
  }

const spanOptions = { kind: "client", captureStackTrace: false } as const

const noCredentials = (): ReadonlyArray<string> => []

/** The two functions that run operations: see `Interpreter`. */
export const makeInterpreter = (environment: Environment): Interpreter => ({
  deployment: environment.deployment,

  call: (operation, request, options) =>
    Effect.useSpan(operation.name, spanOptions, (span) =>
      Effect.catchAll(
        attempts({ environment, operation, accept: "application/json", request, options, span }, (prepared) =>
          Effect.map(unary.attempt(environment, operation, prepared, span), (answer) => {
            const observer = operation.observer()
            observer.observe(answer.value)
            telemetry.annotateAnswer(
              span,
              { ...telemetry.factAttributes(observer.facts()), "friendli.request_id": answer.response.requestId },
              prepared.callContext.secrets.credentials()
            )
            return answer
          })
        ),
        failIn(span)
      )
    ),

  open: (operation, request, options) =>
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const span = yield* Effect.makeSpanScoped(operation.name, spanOptions)
      const observer = operation.observer()
      let credentials = noCredentials
      // The span ends after this: it gets what was observed however the stream ends, by interruption too.
      yield* Scope.addFinalizer(
        scope,
        Effect.sync(() => telemetry.annotateAnswer(span, telemetry.factAttributes(observer.facts()), credentials()))
      )
      const run = { environment, operation, accept: eventStream, request, options, span }
      const { head, pull } = yield* Effect.catchAll(
        attempts(run, (prepared, totalAt) => {
          credentials = prepared.callContext.secrets.credentials
          return streaming.attempt(environment, operation, prepared, observer, totalAt, scope, span)
        }),
        failIn(span)
      )
      const response = responseInfo(head)
      telemetry.annotateAnswer(span, { "friendli.request_id": response.requestId }, credentials())
      return { value: fromPull(Effect.catchAll(pull, failIn(span))), response }
    })
})
