/** The errors of every operation: a flat union of tagged errors, named by what the caller can do about them. */
import type * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as decoding from "../internal/decoding.js"
import { FriendliStreamError } from "./classes.js"
import { type Category, rowOf } from "./table.js"

export * from "./classes.js"
export type { Category } from "./table.js"

const is = decoding.is(FriendliStreamError)

/**
 * Whether a value is an error of this SDK.
 * @category guards
 */
export const isFriendliError = (value: unknown): value is FriendliStreamError => Predicate.isObject(value) && is(value)

/**
 * The category of an error. Categories are coarser than tags, for programs that handle similar errors in the same way.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.OverloadedError({ operation: "Chat.complete", deployment: "serverless", message: "busy" })
 * console.log(FriendliError.category(error))
 * // => outage
 * ```
 * @category getters
 */
export const category = (error: FriendliStreamError): Category => rowOf(error).category

/**
 * Whether the same request may succeed if it is sent again: rate limits, overload, transient server statuses,
 * connections that failed before an answer, and the headers timeout of operations that generate nothing.
 *
 * Exhausted quotas and credits (codes of a rate limit such as `insufficient_quota` and `billing_hard_limit_reached`) are not transient.
 * Neither are failures after which a generation may be billed: a headers timeout of a generation, an error without a status in the middle
 * of an answer, a broken body, an idle or total timeout, a cut stream, an answer that does not decode. They are retried only if you ask
 * for it.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.RateLimitError({ operation: "Chat.complete", deployment: "serverless", message: "slow down" })
 * console.log(FriendliError.isTransient(error))
 * // => true
 * ```
 * @category guards
 */
export const isTransient = (error: FriendliStreamError): boolean => rowOf(error).isTransient(error)

/**
 * Whether the server certainly did not process the request, so that even a write may be sent again: no connection was
 * made, or the server rejected it with 429 or 503.
 * @category guards
 */
export const isNotProcessed = (error: FriendliStreamError): boolean => rowOf(error).isNotProcessed(error)

/**
 * How long the server asked to wait, if it did.
 *
 * @example
 * ```ts
 * import { Duration, Option } from "effect"
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.RateLimitError({
 *   operation: "Chat.complete", deployment: "serverless", message: "slow down", retryAfter: Duration.millis(250)
 * })
 * console.log(Option.map(FriendliError.retryAfter(error), Duration.toMillis))
 * // => { _id: 'Option', _tag: 'Some', value: 250 }
 * ```
 * @category getters
 */
export const retryAfter = (error: FriendliStreamError): Option.Option<Duration.Duration> =>
  Option.fromNullable(error.retryAfter)
