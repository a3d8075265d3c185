/** Answers from a cassette: finds the exchange of a request, and gives the recorded answer. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type * as Redacted from "effect/Redacted"
import * as Reply from "../../Reply.js"
import { capture } from "../bodies.js"
import { compare, type Difference, format as formatDifferences } from "../diff.js"
import { begin, serve } from "../serve.js"
import * as tape from "./describe.js"
import type { Piece, Tape, TapeExchange, TapeRequest } from "./model.js"
import { secretValues, unreadable } from "./record.js"

/** Options of replaying. */
export interface ReplayOptions {
  /**
   * `"none"`: without delays. `"recorded"`: with the recorded delays, on the `Clock` of the call. Default: `"none"`.
   */
  readonly timing?: "none" | "recorded" | undefined
  /**
   * The parts of a request that must equal the recorded ones. `"path"` is the URL without its origin, for recordings of
   * another host. Default: `method`, `url`, `body`.
   */
  readonly match?: ReadonlyArray<"method" | "url" | "path" | "headers" | "body"> | undefined
  /** Whether the last matching exchange is used again for more requests than were recorded. Default: false. */
  readonly reuse?: boolean | undefined
  /** The current values of the secrets of `RecordOptions`. */
  readonly secrets?: ReadonlyArray<string | Redacted.Redacted> | undefined
  /**
   * What happens to a request without a matching exchange. `"die"`: a defect, which no policy retries and no fallback
   * hides, so that a test ends at once with the differences. `"fail"`: a failed connection. Default: `"die"`.
   */
  readonly onMismatch?: "die" | "fail" | undefined
}

/**
 * A request has no matching exchange on the cassette. The message has the differences from the nearest one.
 *
 * **Details**: it is a defect, unless `onMismatch` is `"fail"`: then it is the `cause` of a `RequestError`, which the
 * SDK turns into a `ConnectionError` with the text of the request redacted. `Cassette.mismatches` has all mismatches,
 * without redaction.
 *
 * @example
 * ```ts
 * import { Cause, Effect, Layer } from "effect"
 * import { Container, Tokens } from "effect-friendli"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const tape: Cassette.Tape = {
 *   ...Cassette.empty,
 *   exchanges: [
 *     {
 *       request: { method: "POST", url: "http://localhost:8000/v1/tokenize", headers: {}, body: { json: { prompt: "Hello" } } },
 *       outcome: { wait: 0, status: 200, headers: {}, body: [{ after: 0, json: { tokens: [9906] } }], ending: "end" }
 *     }
 *   ]
 * }
 * Tokens.tokenize({ prompt: "Goodbye" }).pipe(
 *   Effect.sandbox,
 *   Effect.flip,
 *   Effect.provide(Container.layer().pipe(Layer.provide(Cassette.replay(tape)))),
 *   Effect.runPromise
 * ).then((cause) => {
 *   const defect = Cause.squash(cause)
 *   if (defect instanceof Cassette.CassetteMismatch) console.log(defect.message)
 * })
 * // => POST http://localhost:8000/v1/tokenize is not on the cassette; the nearest is exchange 1 of 1 (- recorded, + asked):
 * // =>   body.json.prompt
 * // =>     - "Hello"
 * // =>     + "Goodbye"
 * ```
 * @category errors
 */
export class CassetteMismatch extends Data.TaggedError("CassetteMismatch")<{
  readonly message: string
  readonly request: TapeRequest
  /**
   * The differences from the nearest unused exchange; empty if there is none, or if all matching exchanges are used.
   */
  readonly differences: ReadonlyArray<Difference>
}> {}

/**
 * The progress of a replay.
 * @category tags
 */
export class Replay extends Context.Tag("effect-friendli/testing/Cassette/Replay")<Replay, Replay.Service>() {}

export declare namespace Replay {
  /** The unused exchanges and the mismatches of a replay. */
  export interface Service {
    /** The exchanges that no request has used yet. */
    readonly unused: Effect.Effect<ReadonlyArray<TapeExchange>>
    /** The requests without a matching exchange. */
    readonly mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>>
  }
}

type Match = NonNullable<ReplayOptions["match"]>[number]

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url, "http://localhost")
  return pathname + search
}

const differencesOf = (
  recorded: TapeRequest,
  actual: TapeRequest,
  match: ReadonlyArray<Match>
): ReadonlyArray<Difference> =>
  match.flatMap((part) =>
    part === "path"
      ? compare(part, pathOf(recorded.url), pathOf(actual.url), false)
      : compare(part, recorded[part], actual[part], false)
  )

const encoder = /*#__PURE__*/ new TextEncoder()

const bytesOf = (piece: Piece): Uint8Array<ArrayBuffer> => {
  if ("json" in piece) return encoder.encode(JSON.stringify(piece.json))
  if ("text" in piece) return encoder.encode(piece.text)
  return Uint8Array.from(Either.getOrElse(Encoding.decodeBase64(piece.base64), () => new Uint8Array(0)))
}

const replyOf = ({ outcome }: TapeExchange, timing: boolean): Reply.Reply => {
  const wait = (millis: number): Duration.Duration => Duration.millis(timing ? millis : 0)
  const reply: Reply.Reply =
    "failure" in outcome
      ? Reply.refused(outcome.failure)
      : !("status" in outcome)
        ? Reply.never
        : {
            _tag: "BodyReply",
            status: outcome.status,
            headers: outcome.headers,
            chunks: outcome.body.map((piece) => ({ bytes: bytesOf(piece), delay: wait(piece.after) })),
            ending: outcome.ending === "left" ? (timing ? "stall" : "reset") : outcome.ending
          }
  return timing && outcome.wait > 0 ? Reply.slowHeaders(wait(outcome.wait), reply) : reply
}

/** How different two requests are: another URL or method counts more than another body. */
const distance = (differences: ReadonlyArray<Difference>): number =>
  differences.reduce((sum, { path }) => sum + (path === "url" || path === "path" || path === "method" ? 100 : 1), 0)

export const makePlayer = (recorded: Tape, options: ReplayOptions | undefined) => {
  const match = options?.match ?? ["method", "url", "body"]
  const reuse = options?.reuse ?? false
  const timing = options?.timing === "recorded"
  const namedSecrets = secretValues(options?.secrets)
  // without delays, a client would not cancel a request that is never answered
  const exchanges = timing
    ? recorded.exchanges
    : recorded.exchanges.filter(({ outcome }) => "failure" in outcome || "status" in outcome)
  const used = new Set<TapeExchange>()
  const mismatches: Array<CassetteMismatch> = []

  const mismatch = (request: TapeRequest, same: number): CassetteMismatch => {
    const left = exchanges.filter((exchange) => !used.has(exchange))
    const [nearest] = left
      .map((exchange) => ({ exchange, differences: differencesOf(exchange.request, request, match) }))
      .sort((one, other) => distance(one.differences) - distance(other.differences))
    const asked = `${request.method} ${request.url}`
    if (same > 0 || nearest === undefined) {
      const why =
        same > 0
          ? `was recorded ${same === 1 ? "once" : `${same} times`}, and this is one more (the option reuse allows it)`
          : exchanges.length === 0
            ? "is not on the cassette, which is empty"
            : "is not on the cassette, or all its exchanges are used"
      return new CassetteMismatch({ message: `${asked} ${why}`, request, differences: [] })
    }
    const { differences, exchange } = nearest
    const place = `exchange ${recorded.exchanges.indexOf(exchange) + 1} of ${recorded.exchanges.length}`
    return new CassetteMismatch({
      message: `${asked} is not on the cassette; the nearest is ${place} (- recorded, + asked):\n${formatDifferences(differences)}`,
      request,
      differences
    })
  }

  const find = (request: TapeRequest): Either.Either<TapeExchange, CassetteMismatch> => {
    const same = exchanges.filter((each) => differencesOf(each.request, request, match).length === 0)
    const next = same.find((exchange) => !used.has(exchange)) ?? (reuse ? same.at(-1) : undefined)
    if (next !== undefined) {
      used.add(next)
      return Either.right(next)
    }
    const failure = mismatch(request, same.length)
    mismatches.push(failure)
    return Either.left(failure)
  }

  const client = HttpClient.make((request, url, signal) =>
    Effect.mapError(capture(request), unreadable(request)).pipe(
      Effect.flatMap((captured) =>
        tape.describe(
          captured,
          url,
          recorded.rules,
          tape.credentialsOf(request.headers, url, recorded.rules, namedSecrets)
        )
      ),
      Effect.flatMap((described) =>
        Either.match(find(described), {
          onLeft: (cause) =>
            options?.onMismatch === "fail"
              ? Effect.fail(
                  new HttpClientError.RequestError({ request, reason: "Transport", cause, description: cause.message })
                )
              : Effect.die(cause),
          onRight: (exchange) =>
            serve(
              replyOf(exchange, timing),
              begin(() => {}),
              request,
              signal
            )
        })
      )
    )
  )

  const service: Replay.Service = {
    unused: Effect.sync(() => exchanges.filter((exchange) => !used.has(exchange))),
    mismatches: Effect.sync(() => [...mismatches])
  }
  return Context.make(HttpClient.HttpClient, client).pipe(Context.add(Replay, service))
}
