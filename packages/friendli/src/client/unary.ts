/**
 * One attempt of an operation with one answer. In: a prepared request. Out: the decoded answer, or the error of the stage that failed:
 * send, read the text, parse the JSON, decode.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { Unary } from "../core/Operation.js"
import { isErrorBody, saysReason } from "../errors/bodies.js"
import type { FriendliError } from "../errors/FriendliError.js"
import { formatIssues } from "../internal/issues.js"
import { makeTextReader, type TextReader } from "../internal/bytes.js"
import { parseJson } from "../internal/json.js"
import type { Body, Head } from "../internal/transport.js"
import { clockOf, type IdleTimer, supervise } from "../internal/watchdog.js"
import * as errors from "./errors.js"
import { responseInfo, send } from "./send.js"
import { limitOf } from "./settings.js"
import type { Environment, Prepared, WithResponse } from "./types.js"

/** Bodies with an announced length up to this arrive at once or not at all: it is not useful to watch them arrive. */
const shortBody = 1_048_576

const isShort = ({ headers }: Head): boolean => {
  const announced = headers["content-length"]
  return announced !== undefined && Number(announced) <= shortBody
}

const parse = (
  { callContext }: Prepared,
  head: Head,
  body: string,
  mayBeEmpty: boolean
): Either.Either<unknown, FriendliError> =>
  mayBeEmpty && body.trim() === ""
    ? Either.right(null)
    : Either.mapLeft(parseJson(body), (cause) => {
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
  const parsed = parse(prepared, head, body, operation.mayBeEmpty)
  if (Either.isLeft(parsed)) return Either.left(parsed.left)
  const json = parsed.right
  const decoded = operation.decode(json, { body: prepared.body, events: 0 })
  if (Either.isRight(decoded)) {
    const failure = operation.failureOf(json, decoded.right)
    if (failure !== undefined) {
      return Either.left(errors.ofErrorFrame(callContext, head, failure, body, { events: 1, partial: decoded.right }))
    }
    // If any JSON is a valid answer, the schema cannot distinguish an error from an answer.
    return operation.mayBeEmpty && isErrorBody(json)
      ? Either.left(errors.ofErrorFrame(callContext, head, json, body, undefined))
      : Either.right({ value: decoded.right, response: responseInfo(head) })
  }
  return Either.left(
    isErrorBody(json) || saysReason(json)
      ? errors.ofErrorFrame(callContext, head, json, body, undefined)
      : errors.ofDecode(callContext, head, "JSON that does not match the API", body, {
          issues: formatIssues(decoded.left)
        })
  )
}

/** Reads a whole body. Each chunk of a long body resets the idle timeout. */
const readText = (
  head: Head,
  body: Body,
  reader: TextReader,
  timer: IdleTimer,
  onText: (text: string) => void,
  onError: (cause: unknown) => void
): void => {
  if (isShort(head)) return body.text(onText, onError)
  body.read({
    onBytes: (bytes) => {
      reader.add(bytes)
      timer.reset()
      return true
    },
    onEnd: () => onText(reader.text()),
    onError
  })
}

/** The data that an attempt needs from its call. */
export interface Answering {
  /** The time in milliseconds by which the call must have ended. */
  readonly totalAt: number
  readonly span: Tracer.Span
  readonly isTraced: boolean
}

/** Sends once and reads the answer, under a watchdog. */
export const attempt = <Request, Response>(
  environment: Environment,
  operation: Unary<Request, Response>,
  prepared: Prepared,
  { isTraced, span, totalAt }: Answering
): Effect.Effect<WithResponse<Response>, FriendliError> =>
  Effect.withFiberRuntime((fiber, { runtimeFlags }) =>
    Effect.async((resume) => {
      const { callContext, settings } = prepared
      const reader = makeTextReader()
      let answer: Head | undefined
      const supervised = supervise<WithResponse<Response>, FriendliError>({
        clock: clockOf(fiber),
        limits: { headers: settings.headersTimeout, idle: settings.idleTimeout, totalAt },
        start: (timer, end) => {
          const onError = (error: FriendliError): void => end(Exit.fail(error))
          return send(
            { environment, prepared, fiber, runtimeFlags, span, isTraced, timer },
            {
              onHead: (head, body) => {
                answer = head
                readText(
                  head,
                  body,
                  reader,
                  timer,
                  (text) =>
                    end(
                      Either.match(decode(operation, prepared, head, text), {
                        onLeft: Exit.fail,
                        onRight: Exit.succeed
                      })
                    ),
                  (cause) =>
                    onError(
                      errors.ofTransport(callContext, "body", cause, timer.waited(), {
                        answer: head,
                        body: reader.text()
                      })
                    )
                )
              },
              onError,
              onHalt: (cause) => end(Exit.failCause(cause))
            }
          )
        },
        onExit: resume,
        onTimeout: (kind) => {
          const context = { answer, body: reader.text() }
          resume(Effect.fail(errors.ofTimeout(callContext, kind, limitOf(settings, kind), context)))
        }
      })
      return Effect.sync(supervised.stop)
    })
  )
