/**
 * Converts the errors of `effect-friendli` to those of `@effect/ai`, and back.
 *
 * A program over `@effect/ai` sees an `AiError`. The error of the SDK is its `cause`, with its tag, status, request id and delay: `friendliError`
 * returns it.
 */
import type * as AiError from "@effect/ai/AiError"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as FriendliError from "effect-friendli/FriendliError"

export { fromFriendliError } from "./provider/errors.js"

/**
 * The error of the SDK that an `AiError` was made from; `Option.none()` for other errors, and for an `HttpResponseError` that was encoded and
 * decoded, because its encoded form has no cause.
 *
 * **When to use**: to decide by the tag of the SDK's error, which is more precise: `RateLimitError`, `StreamTruncatedError` …
 *
 * @example
 * ```ts
 * import { Option } from "effect"
 * import { FriendliError } from "effect-friendli"
 * import { FriendliAiError } from "effect-friendli-ai"
 *
 * const error = new FriendliError.NotFoundError({
 *   operation: "Chat.complete", deployment: "serverless", message: "There is no such model.", status: 404
 * })
 * const aiError = FriendliAiError.fromFriendliError(error, "generateText")
 * console.log(aiError._tag, Option.map(FriendliAiError.friendliError(aiError), ({ _tag }) => _tag).pipe(Option.getOrNull))
 * // => HttpResponseError NotFoundError
 * ```
 * @category getters
 */
export const friendliError = (error: AiError.AiError): Option.Option<FriendliError.FriendliStreamError> => {
  const cause: unknown = error.cause
  return FriendliError.isFriendliError(cause) ? Option.some(cause) : Option.none()
}

const header = (error: AiError.AiError, name: string): string | undefined =>
  error._tag === "HttpResponseError" ? error.response.headers[name] : undefined

/**
 * How long the server asked the client to wait before the next attempt, if it did. Works also for errors that were encoded and decoded.
 * @category getters
 */
export const retryAfter = (error: AiError.AiError): Option.Option<Duration.Duration> => {
  const own = Option.flatMap(friendliError(error), FriendliError.retryAfter)
  if (Option.isSome(own)) return own
  const millis = Number(header(error, "retry-after-ms") ?? Number.NaN)
  return Number.isFinite(millis) ? Option.some(Duration.millis(millis)) : Option.none()
}

/**
 * The server's id of the request, if it gave one. Works also for errors that were encoded and decoded.
 * @category getters
 */
export const requestId = (error: AiError.AiError): Option.Option<string> =>
  Option.orElse(
    Option.flatMap(friendliError(error), (own) => Option.fromNullable(own.requestId)),
    () => Option.filter(Option.fromNullable(header(error, "x-request-id")), Predicate.isString)
  )

/**
 * Whether the same request may succeed when it is sent again: `FriendliError.isTransient` of the error of the SDK, and false for other errors.
 *
 * **Gotchas**: the SDK has retried such errors already, as the options of the deployment say.
 * @category guards
 */
export const isTransient = (error: AiError.AiError): boolean =>
  Option.exists(friendliError(error), FriendliError.isTransient)
