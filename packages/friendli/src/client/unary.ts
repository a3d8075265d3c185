/**
 * One attempt of an operation with one answer. In: a prepared request. Out: the decoded answer, or the error of the stage that failed:
 * send, read the text, parse the JSON, decode.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Tracer from "effect/Tracer"
import type { Unary } from "../core/Operation.js"
import { isErrorBody, saysReason } from "../errors/bodies.js"
import type { FriendliError } from "../errors/FriendliError.js"
import { hasFailedChoice } from "../errors/reasons.js"
import { formatIssues } from "../internal/issues.js"
import { parseJson } from "../internal/json.js"
import { runForEachChunk } from "../internal/streams.js"
import { type IdleTimer, supervise } from "../internal/watchdog.js"
import * as errors from "./errors.js"
import { isEmptyBody, makeTextReader, refsOf, responseInfo, send, type TextReader } from "./send.js"
import type { Environment, Head, Prepared, WithResponse } from "./types.js"

/** Bodies that are announced to be no longer than this come at once or not at all: nothing is gained by watching them arrive. */
const shortBody = 1_048_576

const isShort = ({ headers }: Head): boolean => {
  const announced = headers["content-length"]
  return announced !== undefined && Number(announced) <= shortBody
}

/** Reads a body whole. Each chunk of a long one resets the idle timeout. */
const readText = (
  { callContext }: Prepared,
  head: Head,
  reader: TextReader,
  timer: IdleTimer
): Effect.Effect<string, FriendliError> =>
  Effect.catchAll(
    isShort(head)
      ? head.response.text
      : Effect.map(
          runForEachChunk(head.response.stream, (chunk) => {
            reader.add(chunk)
            timer.reset()
            return undefined
          }),
          reader.text
        ),
    (error) =>
      isEmptyBody(error)
        ? Effect.succeed("")
        : Effect.fail(
            errors.ofTransport(callContext, "body", error, timer.waited(), { answer: head, body: reader.text() })
          )
  )

const parse = ({ callContext }: Prepared, head: Head, body: string): Either.Either<unknown, FriendliError> =>
  Either.mapLeft(parseJson(body), (cause) => {
    const contentType = head.headers["content-type"] ?? "no content type"
    const what =
      body === "" ? "an empty body where JSON was expected" : `a body that is not valid JSON (${contentType})`
    return errors.ofDecode(callContext, head, what, body, { cause })
  })

const decode = <Request, Response>(
  operation: Unary<Request, Response>,
  prepared: Prepared,
  head: Head,
  body: string
): Either.Either<WithResponse<Response>, FriendliError> => {
  const { callContext } = prepared
  const parsed = parse(prepared, head, body)
  if (Either.isLeft(parsed)) return Either.left(parsed.left)
  const json = parsed.right
  const decoded = operation.decode(json, { body: prepared.body, events: 0 })
  if (Either.isRight(decoded)) {
    return hasFailedChoice(json)
      ? Either.left(errors.ofErrorFrame(callContext, head, json, body, { events: 1, partial: decoded.right }))
      : Either.right({ value: decoded.right, response: responseInfo(head) })
  }
  return Either.left(
    isErrorBody(json) || saysReason(json)
      ? errors.ofErrorFrame(callContext, head, json, body, undefined)
      : errors.ofDecode(callContext, head, "JSON of another shape than the API promises", body, {
          issues: formatIssues(decoded.left)
        })
  )
}

/** Sends once and reads the answer, in a fiber of its own that a timeout can leave behind. */
export const attempt = <Request, Response>(
  environment: Environment,
  operation: Unary<Request, Response>,
  prepared: Prepared,
  span: Tracer.Span
): Effect.Effect<WithResponse<Response>, FriendliError> =>
  Effect.withFiberRuntime((fiber, status) =>
    Effect.async((resume) => {
      const { callContext, settings } = prepared
      const reader = makeTextReader()
      let answer: Head | undefined
      const supervised = supervise<WithResponse<Response>, FriendliError>(fiber, status, {
        span,
        work: (timer) =>
          Effect.flatMap(send(environment, prepared, timer), (head) => {
            answer = head
            return Effect.flatMap(readText(prepared, head, reader, timer), (body) =>
              decode(operation, prepared, head, body)
            )
          }),
        limits: { headers: settings.headersTimeout, idle: settings.idleTimeout, totalAt: Infinity },
        refs: refsOf(fiber, span, environment),
        onExit: resume,
        onTimeout: (kind) => {
          const limit = kind === "headers" ? settings.headersTimeout : settings.idleTimeout
          resume(Effect.fail(errors.ofTimeout(callContext, kind, limit, { answer, body: reader.text() })))
        }
      })
      return Effect.sync(supervised.stop)
    })
  )
