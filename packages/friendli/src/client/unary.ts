/**
 * The pipeline of operations with one answer.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Tracer from "effect/Tracer"
import type { FriendliError } from "../errors/FriendliError.js"
import type { WithResponse } from "./FriendliClient.js"
import type { Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import { formatIssues } from "../internal/issues.js"
import { type Activity, supervise, within } from "../internal/watchdog.js"
import { isErrorBody, saysReason } from "../errors/bodies.js"
import { hasFailedChoice } from "../errors/reasons.js"
import * as exchange from "./prepare.js"
import * as failures from "./errors.js"
import { parseJson } from "../internal/json.js"
import { runForEachChunk } from "../internal/streams.js"
import * as telemetry from "./telemetry.js"

/** Bodies announced to be no longer than this come in one piece or not at all: nothing is gained by watching them arrive. */
const shortBody = 1_048_576

const isShort = ({ headers }: exchange.Head): boolean => {
  const announced = headers["content-length"]
  return announced !== undefined && Number(announced) <= shortBody
}

/** Reads a body whole. Each piece of a long one resets the idle timeout. */
const readText = (
  prepared: exchange.Prepared,
  head: exchange.Head,
  reader: exchange.TextReader,
  activity: Activity,
  clock: Clock.Clock
): Effect.Effect<string, FriendliError> =>
  Effect.catchAll(
    isShort(head)
      ? head.response.text
      : Effect.map(
          runForEachChunk(head.response.stream, (chunk) => {
            reader.add(chunk)
            activity.since = clock.unsafeCurrentTimeMillis()
            return undefined
          }),
          reader.text
        ),
    (error) =>
      exchange.isEmptyBody(error)
        ? Effect.succeed("")
        : Effect.fail(
            failures.ofTransport(prepared.callContext, "body", error, exchange.waited(activity, clock, head.sentAt), {
              answer: head,
              body: reader.text()
            })
          )
  )

const parse = (prepared: exchange.Prepared, head: exchange.Head, body: string): Either.Either<unknown, FriendliError> =>
  Either.mapLeft(parseJson(body), (cause) => {
    const kind = head.headers["content-type"] ?? "no content type"
    const what = body === "" ? "an empty body where JSON was due" : `a body that is no whole JSON (${kind})`
    return failures.ofDecode(prepared.callContext, head, what, body, { cause })
  })

const decode = <Request, Response>(
  operation: Unary<Request, Response>,
  prepared: exchange.Prepared,
  head: exchange.Head,
  body: string
): Either.Either<WithResponse<Response>, FriendliError> =>
  Either.flatMap(parse(prepared, head, body), (json) =>
    Either.match(operation.decode(json, { body: prepared.body, events: 0 }), {
      onRight: (value): Either.Either<WithResponse<Response>, FriendliError> =>
        hasFailedChoice(json)
          ? Either.left(failures.ofErrorFrame(prepared.callContext, head, json, body, { events: 1, partial: value }))
          : Either.right({ value, response: exchange.responseInfo(head) }),
      onLeft: (issue) =>
        Either.left(
          isErrorBody(json) || saysReason(json)
            ? failures.ofErrorFrame(prepared.callContext, head, json, body, undefined)
            : failures.ofDecode(prepared.callContext, head, "JSON of another shape than the API promises", body, {
                issues: formatIssues(issue)
              })
        )
    })
  )

/** Sends once and reads the answer, in a fiber of its own that the clocks can leave behind. */
const attempt = <Request, Response>(
  environment: exchange.Environment,
  operation: Unary<Request, Response>,
  prepared: exchange.Prepared,
  span: Tracer.Span
): Effect.Effect<WithResponse<Response>, FriendliError> =>
  Effect.withFiberRuntime((fiber, status) =>
    Effect.async((resume) => {
      const { settings, callContext } = prepared
      const reader = exchange.makeTextReader()
      let answer: exchange.Head | undefined
      const supervised = supervise<WithResponse<Response>, FriendliError>(fiber, status, {
        span,
        work: (activity, clock) =>
          Effect.flatMap(exchange.send(environment, prepared, activity, clock), (head) => {
            answer = head
            return Effect.flatMap(readText(prepared, head, reader, activity, clock), (body) =>
              decode(operation, prepared, head, body)
            )
          }),
        limits: { headers: settings.headersTimeout, idle: settings.idleTimeout, totalAt: Infinity },
        refs: exchange.refsOf(fiber, span, environment),
        end: resume,
        onTimeout: (which) => {
          const after = which === "headers" ? settings.headersTimeout : settings.idleTimeout
          resume(Effect.fail(failures.ofTimeout(callContext, which, after, { answer, body: reader.text() })))
        }
      })
      return Effect.sync(supervised.stop)
    })
  )

export const run = <Request, Response>(
  environment: exchange.Environment,
  operation: Unary<Request, Response>,
  request: Request,
  options: RequestOptions | undefined
): Effect.Effect<WithResponse<Response>, FriendliError> =>
  Effect.useSpan(operation.name, { kind: "client", captureStackTrace: false }, (span) =>
    Effect.catchAll(
      Effect.flatMap(exchange.prepare(environment, operation, "application/json", request, options), (prepared) => {
        telemetry.annotate(span, environment.serverAttributes)
        telemetry.annotate(span, telemetry.requestAttributes(operation, prepared.body))
        const { timeout } = prepared.settings
        const once = attempt(environment, operation, prepared, span)
        return Effect.map(
          within(exchange.retrying(once, exchange.policyOf(operation, prepared), span), timeout, () =>
            failures.ofTimeout(prepared.callContext, "total", timeout)
          ),
          (answer) => {
            const observer = operation.observer()
            observer.observe(answer.value)
            telemetry.annotateAnswer(
              span,
              { ...observer.attributes(), "friendli.request_id": answer.response.requestId },
              prepared.callContext.secrets.credentials()
            )
            return answer
          }
        )
      }),
      (error) => {
        telemetry.annotate(span, telemetry.errorAttributes(error))
        return Effect.withParentSpan(Effect.fail(error), span)
      }
    )
  )
