/** The options of a call. They are merged from four places, the first wins: call, region, layer, default. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Retry from "./Retry.js"

/**
 * Options of a call, a region (`Friendli.withTeam` …) or a layer. Only `body` changes the request body.
 *
 * @example
 * ```ts
 * import { Chat, type RequestOptions, Retry } from "effect-friendli"
 *
 * const options: RequestOptions.RequestOptions = { team: "research", retry: Retry.never, timeout: "10 seconds" }
 * const program = Chat.complete({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] }, options)
 * ```
 */
export interface RequestOptions {
  /** The team of the request: header `X-Friendli-Team`. Not sent to a container, which has no teams. */
  readonly team?: string | undefined
  /** The retry policy. Default: `Retry.defaultPolicy`. */
  readonly retry?: Retry.Policy | undefined
  /**
   * The total timeout: limits the whole call with its retries and delays, for a stream until its end. Default: none.
   */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * The headers timeout: how long one attempt may wait for the answer to begin. Default: 60 seconds, and 10 minutes for
   * answers that are generated as a whole (chat, completions, messages, images, transcriptions), because they begin
   * only when they are complete.
   */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** The idle timeout: how long an answer that has begun may send no data. Default: 60 seconds. */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** What resets the idle timeout: any bytes (default), or only events with data, so that keep-alive comments do not count. */
  readonly idleReset?: "bytes" | "events" | undefined
  /**
   * Headers to add or replace, merged by name. The value `undefined` removes a default header:
   * `{ "user-agent": undefined }`. With `authorization: undefined` the token is not sent.
   */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** Fields of the request body that are newer than this SDK. Merged over the body, field by field. */
  readonly body?: Readonly<Record<string, unknown>> | undefined
}

/**
 * The options of the current region. Empty unless a combinator of `Friendli` (or `Effect.provideService`) has set them.
 * @category references
 */
export class CurrentRequestOptions extends Context.Reference<CurrentRequestOptions>()(
  "effect-friendli/CurrentRequestOptions",
  { defaultValue: (): RequestOptions => ({}) }
) {}

/**
 * The default options of streams, and of operations that generate nothing.
 * @category defaults
 */
export const defaults: RequestOptions = {
  retry: Retry.defaultPolicy,
  headersTimeout: "60 seconds",
  idleTimeout: "60 seconds",
  idleReset: "bytes"
}

/**
 * The default options of operations that generate a whole answer (`generates` of `Operation`): `defaults` with a
 * headers timeout of ten minutes.
 * @category defaults
 */
export const generationDefaults: RequestOptions = { ...defaults, headersTimeout: "10 minutes" }

/**
 * Merges options; later ones win: `headers` by name, `body` by field, the others as a whole. An option with the value
 * `undefined` keeps the earlier one; a header with the value `undefined` removes it.
 *
 * @example
 * ```ts
 * import { RequestOptions } from "effect-friendli"
 *
 * console.log(RequestOptions.merge({ team: "a", headers: { "x-one": "1" } }, { team: "b", headers: { "x-two": "2" } }))
 * // => { team: 'b', headers: { 'x-one': '1', 'x-two': '2' } }
 * ```
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

/** Merges own entries. `Object.fromEntries` defines them one by one, so `__proto__` is a normal key. */
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
