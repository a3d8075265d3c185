/** What can be set per call, and how the four places to set it merge: call over region over layer over default. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Retry from "./Retry.js"

/**
 * Options of a call, a region (`Friendli.withTeam` …) or a layer. None of them reaches the request body.
 *
 * @example
 * ```ts
 * import { Chat, type RequestOptions, Retry } from "effect-friendli"
 *
 * const options: RequestOptions.RequestOptions = { team: "research", retry: Retry.never, timeout: "10 seconds" }
 * const program = Chat.complete({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] }, options)
 * ```
 *
 * @category models
 */
export interface RequestOptions {
  /** The team to run the request as: header `X-Friendli-Team`. Not sent to a container, which knows no teams. */
  readonly team?: string | undefined
  /** When to try again. Default `Retry.defaultPolicy`. */
  readonly retry?: Retry.Policy | undefined
  /** The total clock: the whole call with its retries and waits, for a stream until its end. Default: none. */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * The headers timeout: how long one attempt may wait for the answer to begin. Default 60 seconds, and 10 minutes for whole answers that
   * are generated (chat, completions, messages, images, transcripts), which begin only when all of them has been generated.
   */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** The idle timeout: how long an answer that has begun may send no data. Default 60 seconds. */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** What resets the idle timeout: any bytes (default), or only events with data, so that keep-alive comments do not count. */
  readonly idleReset?: "bytes" | "events" | undefined
  /**
   * Headers to add or replace, merged by name. One that is `undefined` leaves a default header out: `{ "user-agent": undefined }`. So
   * does `authorization`: the token is then not sent.
   */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** Fields of the request body that are newer than this SDK. Merged over the body, field by field. */
  readonly body?: Readonly<Record<string, unknown>> | undefined
}

/**
 * The options of the region a call is made in. Empty unless a combinator of `Friendli` (or `Effect.provideService`) set them.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { RequestOptions } from "effect-friendli"
 *
 * Effect.runPromise(RequestOptions.CurrentRequestOptions).then(console.log)
 * // => {}
 * ```
 *
 * @category references
 */
export class CurrentRequestOptions extends Context.Reference<CurrentRequestOptions>()(
  "effect-friendli/CurrentRequestOptions",
  { defaultValue: (): RequestOptions => ({}) }
) {}

/**
 * What holds where nothing else was said: for streams, and for operations that generate nothing.
 *
 * @example
 * ```ts
 * import { RequestOptions } from "effect-friendli"
 *
 * console.log(RequestOptions.defaults.headersTimeout, RequestOptions.defaults.timeout)
 * // => 60 seconds undefined
 * ```
 *
 * @category defaults
 */
export const defaults: RequestOptions = {
  retry: Retry.defaultPolicy,
  headersTimeout: "60 seconds",
  idleTimeout: "60 seconds",
  idleReset: "bytes"
}

/**
 * What holds for whole answers that are generated (`Operation` with `generates`): `defaults`, but ten minutes until the answer begins.
 *
 * @example
 * ```ts
 * import { RequestOptions } from "effect-friendli"
 *
 * console.log(RequestOptions.generationDefaults.headersTimeout)
 * // => 10 minutes
 * ```
 *
 * @category defaults
 */
export const generationDefaults: RequestOptions = { ...defaults, headersTimeout: "10 minutes" }

/**
 * Merges options, the later over the earlier: `headers` by name, `body` by field, the others whole. An option that is
 * `undefined` does not hide an earlier one; a header that is `undefined` does.
 *
 * @example
 * ```ts
 * import { RequestOptions } from "effect-friendli"
 *
 * console.log(RequestOptions.merge({ team: "a", headers: { "x-one": "1" } }, { team: "b", headers: { "x-two": "2" } }))
 * // => { team: 'b', headers: { 'x-one': '1', 'x-two': '2' } }
 * ```
 *
 * @category combinators
 */
export const merge = (...layers: ReadonlyArray<RequestOptions | undefined>): RequestOptions => {
  const merged: Record<string, unknown> = {}
  for (const layer of layers) {
    if (layer === undefined) continue
    for (const [key, value] of Object.entries(layer)) {
      if (value === undefined) continue
      merged[key] =
        key === "headers" ? mergeHeaders(merged[key], value) : key === "body" ? mergeRecords(merged[key], value) : value
    }
  }
  return merged
}

/** Own entries only, defined one by one: a key named `__proto__` stays a key. */
const mergeRecords = (earlier: unknown, later: unknown): unknown => {
  if (!Predicate.isRecord(earlier) || !Predicate.isRecord(later)) return later
  return Object.fromEntries([...Object.entries(earlier), ...Object.entries(later)])
}

const mergeHeaders = (earlier: unknown, later: unknown): unknown => {
  if (!Predicate.isRecord(later)) return later
  return mergeRecords(
    earlier ?? {},
    Object.fromEntries(Object.entries(later).map(([name, value]) => [name.toLowerCase(), value]))
  )
}
