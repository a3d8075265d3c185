/**
 * Options for a region of a program: they apply to every call inside. Nested regions merge, and the options of a call
 * win.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { CurrentRequestOptions, merge, type RequestOptions } from "./core/RequestOptions.js"
import type * as Retry from "./core/Retry.js"

/** A region combinator: takes an `Effect` or a `Stream` and returns it with the same types. */
export interface Region {
  // one signature, because `pipe` takes the last of several and loses its types. An `Effect` is a `Stream` too, so the check for `Effect` comes first
  <S extends Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>>(
    self: S
  ): S extends Effect.Effect<infer A, infer E, infer R>
    ? Effect.Effect<A, E, R>
    : S extends Stream.Stream<infer A, infer E, infer R>
      ? Stream.Stream<A, E, R>
      : never
}

/**
 * Sets several options for a region.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Friendli, RequestOptions } from "effect-friendli"
 *
 * const region = RequestOptions.CurrentRequestOptions.pipe(
 *   Friendli.withOptions({ timeout: "10 seconds" }),
 *   Friendli.withOptions({ team: "research", timeout: "1 minute" })
 * )
 * Effect.runPromise(region).then(console.log)
 * // => { team: 'research', timeout: '10 seconds' }
 * ```
 * @category combinators
 */
export const withOptions = (options: RequestOptions): Region => {
  const mergeInto = <R>(context: Context.Context<R>): Context.Context<R> =>
    Context.add(context, CurrentRequestOptions, merge(Context.get(context, CurrentRequestOptions), options))
  const region = (self: Stream.Stream<unknown, unknown, unknown> | Effect.Effect<unknown, unknown, unknown>): unknown =>
    Effect.isEffect(self)
      ? Effect.mapInputContext(self, mergeInto<unknown>)
      : Stream.mapInputContext(self, mergeInto<unknown>)
  return region as Region
}

/**
 * Runs every call of the region as a team (header `X-Friendli-Team`).
 * @category combinators
 */
export const withTeam = (team: string): Region => withOptions({ team })

/**
 * Sets the retry policy of the region.
 * @category combinators
 */
export const withRetry = (retry: Retry.Policy): Region => withOptions({ retry })

/**
 * Sets the total timeout of each call in the region, retries and waits included; for a stream, until its end.
 * @category combinators
 */
export const withTimeout = (timeout: Duration.DurationInput): Region => withOptions({ timeout })

/**
 * Sets the headers timeout of the region: how long one attempt may wait for the answer to begin. It also replaces the
 * longer default of some operations.
 * @category combinators
 */
export const withHeadersTimeout = (headersTimeout: Duration.DurationInput): Region => withOptions({ headersTimeout })

/**
 * Sets the idle timeout of the region: how long an answer that has begun may send no data. With `reset: "events"` only
 * events with data reset it, not keep-alive comments.
 * @category combinators
 */
export const withIdleTimeout = (
  idleTimeout: Duration.DurationInput,
  options?: { readonly reset?: "bytes" | "events" | undefined }
): Region => withOptions({ idleTimeout, idleReset: options?.reset })

/**
 * Adds or replaces headers in the region. A header with the value `undefined` is removed.
 * @category combinators
 */
export const withHeaders = (headers: Readonly<Record<string, string | undefined>>): Region => withOptions({ headers })

/**
 * Adds body fields to every call of the region, for fields that are newer than this SDK.
 *
 * @example
 * ```ts
 * import { Friendli, Inference } from "effect-friendli"
 *
 * const program = Inference.completion({ model: "meta-llama-3.1-8b-instruct", prompt: "Say this is a test!" }).pipe(Friendli.withBody({ a_new_field: true }))
 * ```
 * @category combinators
 */
export const withBody = (body: Readonly<Record<string, unknown>>): Region => withOptions({ body })
