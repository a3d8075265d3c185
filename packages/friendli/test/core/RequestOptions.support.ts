/**
 * What the unit tests and the exhaustive tests of `RequestOptions` share.
 */
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Chat from "effect-friendli/Chat"
import type * as Deployment from "effect-friendli/Deployment"
import * as Friendli from "effect-friendli/Friendli"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import type * as RequestOptions from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it, underTest } from "../it.js"
import { collect, during, request, serverless } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export type Options = RequestOptions.RequestOptions

export type Call = (options?: Options) => Effect.Effect<unknown, FriendliStreamError, Chat.Chat>

export const calls: Readonly<Record<string, Call>> = {
  "a call": (options) => Chat.complete(request, options),
  "a stream": (options) => collect(Chat.stream(request, options))
}

export const good = (call: string) =>
  call === "a stream" ? Reply.sse(Wire.chatChunks("Hi!")) : Reply.json(Wire.chatCompletion("Hi!"))

export const lastHeader = (name: string) =>
  Effect.map(MockHttpClient.requests, (requests) => requests.at(-1)?.headers[name])

/** Which timeout expired, and after what time. */
const clockOf = (exit: Exit.Exit<unknown, FriendliStreamError>): string => {
  const error = Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : undefined
  return error?._tag === "RequestTimeoutError"
    ? `${error.kind} ${Duration.toMillis(error.limit)}`
    : (error?._tag ?? "none")
}

interface Subject {
  readonly script: (call: string) => MockHttpClient.Script
  /** What shows which value was in force. */
  readonly observe: (
    exit: Exit.Exit<unknown, FriendliStreamError>
  ) => Effect.Effect<unknown, never, MockHttpClient.MockHttpClient>
  readonly values: Readonly<Record<"layer" | "outer" | "inner" | "call", Options>>
  readonly expected: Readonly<Record<"default" | "layer" | "outer" | "inner" | "call", unknown>>
  /** Where a stream has another default. */
  readonly streamDefault?: unknown
  readonly only?: string
  /** What every case needs besides. */
  readonly settings?: Partial<Deployment.Settings>
}

const times = (retries: number): Options => ({ retry: Retry.transient(Schedule.recurs(retries)) })

const subjects: Readonly<Record<string, Subject>> = {
  team: {
    script: (call) => [good(call)],
    observe: () => lastHeader("x-friendli-team"),
    values: { layer: { team: "layer" }, outer: { team: "outer" }, inner: { team: "inner" }, call: { team: " call " } },
    expected: { default: undefined, layer: "layer", outer: "outer", inner: "inner", call: "call" }
  },
  headers: {
    script: (call) => [good(call)],
    observe: () => lastHeader("x-a"),
    values: {
      layer: { headers: { "x-a": "layer" } },
      outer: { headers: { "X-A": "outer" } },
      inner: { headers: { "x-a": "inner" } },
      call: { headers: { "X-a": "call" } }
    },
    expected: { default: undefined, layer: "layer", outer: "outer", inner: "inner", call: "call" }
  },
  retry: {
    script: () => () => Reply.status(503, { retryAfter: 0 }),
    observe: () => Effect.map(MockHttpClient.requests, (requests) => requests.length),
    values: { layer: times(3), outer: times(4), inner: times(5), call: times(6) },
    expected: { default: 3, layer: 4, outer: 5, inner: 6, call: 7 }
  },
  timeout: {
    script: () => [Reply.never],
    observe: (exit) => Effect.succeed(clockOf(exit)),
    settings: { retry: Retry.never },
    values: {
      layer: { timeout: "4 seconds" },
      outer: { timeout: "6 seconds" },
      inner: { timeout: "5 seconds" },
      call: { timeout: "7 seconds" }
    },
    expected: {
      default: "headers 600000",
      layer: "total 4000",
      outer: "total 6000",
      inner: "total 5000",
      call: "total 7000"
    },
    streamDefault: "headers 60000"
  },
  headersTimeout: {
    script: () => [Reply.never],
    observe: (exit) => Effect.succeed(clockOf(exit)),
    settings: { retry: Retry.never },
    values: {
      layer: { headersTimeout: "4 seconds" },
      outer: { headersTimeout: "6 seconds" },
      inner: { headersTimeout: "5 seconds" },
      call: { headersTimeout: "70 seconds" }
    },
    expected: {
      default: "headers 600000",
      layer: "headers 4000",
      outer: "headers 6000",
      inner: "headers 5000",
      call: "headers 70000"
    },
    streamDefault: "headers 60000"
  },
  idleTimeout: {
    script: (call) => [
      call === "a stream"
        ? Reply.sse(Wire.chatChunks("Hi!"), { after: { frames: 1 }, ending: "stall" })
        : Reply.json(Wire.chatCompletion("Hi!"), { after: { bytes: 9 }, ending: "stall" })
    ],
    observe: (exit) => Effect.succeed(clockOf(exit)),
    values: {
      layer: { idleTimeout: "4 seconds" },
      outer: { idleTimeout: "6 seconds" },
      inner: { idleTimeout: "5 seconds" },
      call: { idleTimeout: "70 seconds" }
    },
    expected: {
      default: "idle 60000",
      layer: "idle 4000",
      outer: "idle 6000",
      inner: "idle 5000",
      call: "idle 70000"
    }
  },
  idleReset: {
    only: "a stream",
    script: () => [
      Reply.sse([Wire.chatChunk({ content: "Hi" }), ...Array.from({ length: 10 }, () => ": still here\n\n")], {
        delay: "10 seconds",
        done: false,
        ending: "stall"
      })
    ],
    settings: { idleTimeout: "25 seconds" },
    // 10 comments, 10 seconds apart, then 25 seconds of silence; or 25 seconds after the one event
    observe: () => Clock.currentTimeMillis,
    values: {
      layer: { idleReset: "events" },
      outer: { idleReset: "bytes" },
      inner: { idleReset: "events" },
      call: { idleReset: "bytes" }
    },
    expected: { default: 125_000, layer: 25_000, outer: 125_000, inner: 25_000, call: 125_000 }
  }
}

/** Runs the call while the clock moves until it has ended, so that the time of the end can be observed. */
const timed = <A, E, R, B, R2>(
  effect: Effect.Effect<A, E, R>,
  observe: (exit: Exit.Exit<A, E>) => Effect.Effect<B, never, R2>
) => during(Effect.flatMap(Effect.exit(effect), observe), "10 minutes")

const named = Object.entries(subjects)

export const precedenceTests = (part: Part): void => {
  const rows = rowsOf(part, named, ["team", "headers", "timeout"])

  for (const [name, subject] of rows) {
    for (const [kind, call] of Object.entries(calls)) {
      if (subject.only !== undefined && subject.only !== kind) continue
      it.effect(`${name} of ${kind}: call over region over layer over default`, () => {
        const { observe, values } = subject
        const expected =
          kind === "a stream" && subject.streamDefault !== undefined
            ? { ...subject.expected, default: subject.streamDefault }
            : subject.expected
        const run = (
          settings: Options,
          use: (call: Call) => Effect.Effect<unknown, FriendliStreamError, Chat.Chat>
        ): Effect.Effect<unknown, unknown> =>
          timed(use(call), observe).pipe(
            Effect.provide(serverless(subject.script(kind), { ...subject.settings, ...settings })),
            // each case begins at the same time
            underTest
          )
        return Effect.gen(function* () {
          assert.deepStrictEqual(yield* run({}, (it) => it()), expected.default)
          assert.deepStrictEqual(yield* run(values.layer, (it) => it()), expected.layer)
          assert.deepStrictEqual(
            yield* run(values.layer, (it) => it().pipe(Friendli.withOptions(values.outer))),
            expected.outer
          )
          assert.deepStrictEqual(
            yield* run(values.layer, (it) =>
              it().pipe(Friendli.withOptions(values.inner), Friendli.withOptions(values.outer))
            ),
            expected.inner
          )
          assert.deepStrictEqual(
            yield* run(values.layer, (it) =>
              it(values.call).pipe(Friendli.withOptions(values.inner), Friendli.withOptions(values.outer))
            ),
            expected.call
          )
          // what is undefined hides nothing
          const hidden = Object.fromEntries(Object.keys(values.call).map((key) => [key, undefined]))
          assert.deepStrictEqual(
            yield* run(values.layer, (it) => it(hidden).pipe(Friendli.withOptions(hidden))),
            expected.layer
          )
        })
      })
    }
  }
}

const wrong: ReadonlyArray<readonly [string, Options, ReadonlyArray<string>]> = [
  ["a negative timeout", { timeout: -1 }, ["timeout"]],
  ["a timeout of zero", { timeout: 0 }, ["timeout"]],
  ["a timeout that is no number", { timeout: Number.NaN }, ["timeout"]],
  ["a timeout of nonsense", { timeout: "soon" as never }, ["timeout"]],
  ["a negative headers timeout", { headersTimeout: "-1 seconds" as never }, ["headersTimeout"]],
  ["a headers timeout of zero", { headersTimeout: "0 seconds" }, ["headersTimeout"]],
  ["a headers timeout that is no number", { headersTimeout: Number.NaN }, ["headersTimeout"]],
  ["a negative idle timeout", { idleTimeout: -5 }, ["idleTimeout"]],
  ["an idle timeout of zero", { idleTimeout: Duration.zero }, ["idleTimeout"]],
  ["an idle timeout that is no number", { idleTimeout: Number.NaN }, ["idleTimeout"]],
  ["an idle reset that does not exist", { idleReset: "never" as never }, ["idleReset"]],
  ["a team with a line break", { team: "a\nb" }, ["team"]],
  ["an empty team", { team: " " }, ["team"]],
  ["a header with a line break", { headers: { "x-a": "a\r\nb: c" } }, ["headers", "x-a"]],
  ["a header with a space in its name", { headers: { "x a": "b" } }, ["headers", "x a"]],
  ["a header that is no text", { headers: { "x-a": 1 as never } }, ["headers", "x-a"]],
  ["a body field that JSON cannot say", { body: { a: Number.NaN } }, ["body", "a"]],
  ["a body field with a BigInt", { body: { a: { b: 1n } } }, ["body", "a", "b"]]
]

export const wrongTests = (part: Part): void => {
  const rows = rowsOf(part, wrong, [
    "a negative timeout",
    "an idle timeout of zero",
    "an empty team",
    "a header with a line break",
    "a body field that JSON cannot say"
  ])

  for (const [name, options, path] of rows) {
    it.effect(`${name} is rejected before anything is sent`, () =>
      Effect.gen(function* () {
        const all: ReadonlyArray<Effect.Effect<unknown, FriendliStreamError, Chat.Chat>> = [
          Chat.complete(request, options),
          collect(Chat.stream(request, options)),
          Friendli.withOptions(options)(Chat.complete(request))
        ]
        for (const call of all) {
          const error = yield* Effect.flip(call)
          assert.strictEqual(error._tag, "InvalidRequestError")
          assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues[0]?.path, ["options", ...path])
        }
        assert.strictEqual((yield* MockHttpClient.requests).length, 0)
      }).pipe(Effect.provide(serverless([])))
    )

    if (path[0] !== "body") {
      it.effect(`${name} is rejected by the layer`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(Layer.build(serverless([], options as Partial<Deployment.Settings>)))
          assert.include(String(error), path[0]!)
        }).pipe(Effect.scoped)
      )
    }
  }
}
