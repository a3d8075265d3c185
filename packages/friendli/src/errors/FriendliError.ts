/** The failures of every operation: a flat union of tagged errors, named for what the caller can do about them. */
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
 * Whether a value is a failure of this SDK.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * console.log(FriendliError.isFriendliError(new Error("no")))
 * // => false
 * ```
 *
 * @category guards
 */
export const isFriendliError = (value: unknown): value is FriendliStreamError => Predicate.isObject(value) && is(value)

/**
 * What kind of failure an error is: a coarser division than its tag, for programs that treat errors of a kind alike.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.OverloadedError({ operation: "Chat.complete", deployment: "serverless", message: "busy" })
 * console.log(FriendliError.category(error))
 * // => outage
 * ```
 *
 * @category getters
 */
export const category = (error: FriendliStreamError): Category => rowOf(error).category

/**
 * Whether the same request may succeed when it is sent again: rate limits, overload, transient server statuses,
 * connections that failed before an answer, and the headers timeout of operations that generate nothing.
 *
 * Quotas and credits that are used up (`insufficient_quota`, `billing_hard_limit_reached` and such codes of a rate limit) do not come back by
 * waiting. A generation without an answer in time, an error in the middle of an answer that names no status, a broken body, an idle or total timeout, a cut stream and an answer that does not decode are not transient here: the
 * generation may have been paid, and is repeated only when you ask for it.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.RateLimitError({ operation: "Chat.complete", deployment: "serverless", message: "slow down" })
 * console.log(FriendliError.isTransient(error))
 * // => true
 * ```
 *
 * @category guards
 */
export const isTransient = (error: FriendliStreamError): boolean => rowOf(error).isTransient(error)

/**
 * Whether the request was surely not accepted, so that even a write may be sent again: no connection was made, or the server
 * turned it away with 429 or 503.
 *
 * @example
 * ```ts
 * import { FriendliError } from "effect-friendli"
 *
 * const error = new FriendliError.ServerError({ operation: "Example.create", deployment: "serverless", message: "failed", status: 500 })
 * console.log(FriendliError.isNotProcessed(error))
 * // => false
 * ```
 *
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
 *
 * @category getters
 */
export const retryAfter = (error: FriendliStreamError): Option.Option<Duration.Duration> =>
  Option.fromNullable(error.retryAfter)
