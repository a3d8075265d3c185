/**
 * Uploads over fetch; and, over the mock, what concerns no transport: clocks, secrets, the shape of parts.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Audio from "effect-friendli/Audio"
import * as Dedicated from "effect-friendli/Dedicated"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import { inspect } from "node:util"
import { during } from "../support.js"
import { suite } from "./suite.js"

describe("over fetch", () => {
  suite(FetchHttpClient.layer, false)
})

const usage = {
  type: "tokens",
  input_tokens: 21,
  output_tokens: 6,
  total_tokens: 27,
  input_audio_length_ms: 1500,
  processed_audio_length_ms: 2000
}
const ok = Reply.json({ text: "Hi", usage })

const over = (script: MockHttpClient.Script) =>
  Audio.layer.pipe(
    Layer.provide(Dedicated.layerClient({ token: "flp_secret_token", model: "ep", retry: Retry.never })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const transcribe = (file: Upload.Upload, options?: RequestOptions) => Audio.transcribe({ file }, options)

describe("timeouts", () => {
  const piece = new Uint8Array(1024)
  const slow = Stream.repeatEffect(Effect.delay(Effect.succeed(piece), "40 seconds"))

  it.effect("bytes that are sent keep the headers timeout from expiring", () =>
    Effect.gen(function* () {
      const { text } = yield* during(
        transcribe(Upload.fromStream(Stream.take(slow, 10), { name: "a.wav" }), { headersTimeout: "60 seconds" }),
        "1 hour"
      )
      assert.strictEqual(text, "Hi")
    }).pipe(Effect.provide(over([ok])))
  )

  it.effect("a source that sends no data does not", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<void>()
      const stalls = Stream.concat(Stream.take(slow, 2), Stream.never).pipe(
        Stream.ensuring(Deferred.succeed(released, undefined))
      )
      const { error, at } = yield* during(
        Effect.flip(transcribe(Upload.fromStream(stalls, { name: "a.wav" }), { headersTimeout: "60 seconds" })).pipe(
          Effect.flatMap((error) =>
            Effect.map(Effect.clock, (clock) => ({ error, at: clock.unsafeCurrentTimeMillis() }))
          )
        ),
        "1 hour"
      )
      assert.strictEqual(error._tag === "RequestTimeoutError" && error.kind, "headers")
      assert.strictEqual(at, 140_000)
      yield* Deferred.await(released)
    }).pipe(Effect.provide(over([ok])))
  )

  it.effect("a blob, whose progress cannot be observed, has the time that its upload takes", () =>
    Effect.gen(function* () {
      const blob = Upload.fromBytes(new Uint8Array(128 * 100_000), { name: "a.wav" })
      const options = { headersTimeout: "60 seconds" } as const
      const { text } = yield* during(transcribe(blob, options), "1 hour")
      assert.strictEqual(text, "Hi")
      const error = yield* during(Effect.flip(transcribe(blob, options)), "1 hour")
      assert.strictEqual(error._tag === "RequestTimeoutError" && error.kind, "headers")
    }).pipe(Effect.provide(over([Reply.slowHeaders("150 seconds", ok), Reply.slowHeaders("200 seconds", ok)])))
  )

  it.effect("the total timeout is not moved by bytes", () =>
    Effect.gen(function* () {
      const error = yield* during(
        Effect.flip(transcribe(Upload.fromStream(slow, { name: "a.wav" }), { timeout: "2 minutes" })),
        "1 hour"
      )
      assert.strictEqual(error._tag === "RequestTimeoutError" && error.kind, "total")
      yield* MockHttpClient.whenClosed.pipe(Effect.timeout("1 second"), Effect.ignore)
    }).pipe(Effect.provide(over([ok])))
  )
})

describe("what others see", () => {
  const secret = "the patient says that it hurts"
  const content = new TextEncoder().encode(secret)

  const uploads = {
    blob: Upload.fromBytes(content, { name: "a.wav" }),
    stream: Upload.fromStream(Stream.make(content), { name: "a.wav" }),
    "failing stream": Upload.fromStream(Stream.concat(Stream.make(content), Stream.fail(new Error("gone"))), {
      name: "a.wav"
    })
  }

  for (const [name, file] of Object.entries(uploads)) {
    it.effect(`errors and spans hold nothing of a file: ${name}`, () =>
      Effect.gen(function* () {
        const told: Array<string> = []
        let spans = 0
        const tracer = Tracer.make({
          span: (name, parent, context, links, startTime, kind) => {
            const attributes = new Map<string, unknown>()
            spans++
            return {
              _tag: "Span",
              name,
              parent,
              context,
              links,
              kind,
              attributes,
              spanId: `${spans}`,
              traceId: "t",
              sampled: true,
              status: { _tag: "Started", startTime },
              attribute: (key, value) => void told.push(inspect([key, value], { depth: 20 })),
              event: (key, _at, fields) => void told.push(inspect([key, fields], { depth: 20 })),
              addLinks: () => {},
              end: (_at, exit) => {
                if (exit._tag === "Failure") told.push(Cause.pretty(exit.cause, { renderErrorCause: true }))
              }
            }
          },
          context: (run) => run()
        })
        for (let call = 0; call < 3; call++) {
          const cause = yield* transcribe(file).pipe(Effect.withTracer(tracer), Effect.sandbox, Effect.flip)
          told.push(Cause.pretty(cause), JSON.stringify(cause), inspect(cause, { depth: 20 }))
        }
        assert.isAtLeast(spans, 3)
        for (const text of told) {
          assert.notInclude(text, secret)
          assert.notInclude(text, Buffer.from(content).toString("base64"))
          assert.notInclude(text, "flp_secret_token")
        }
      }).pipe(Effect.provide(over([Reply.status(500), Reply.refused(), Reply.text("{")])))
    )
  }

  it("a logged upload shows no content", () => {
    for (const file of Object.values(uploads)) {
      assert.notInclude(inspect(file, { depth: 20 }), secret)
      assert.deepStrictEqual(
        Object.keys(JSON.parse(JSON.stringify(file)) as object)
          .toSorted()
          .slice(0, 2),
        ["_id", "name"]
      )
    }
  })

  const wrong: Record<string, unknown> = {
    text: secret,
    bytes: content,
    "a Blob": new Blob([content]),
    nothing: undefined,
    null: null
  }
  for (const [name, file] of Object.entries(wrong)) {
    it.effect(`what is no file is rejected before anything is sent: ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Audio.transcribe({ file: file as File }))
        assert.strictEqual(error._tag, "InvalidRequestError")
        if (error._tag !== "InvalidRequestError") return
        assert.deepStrictEqual(error.issues[0]?.path, ["file"])
        assert.notInclude(JSON.stringify(error), secret)
        assert.lengthOf(yield* MockHttpClient.requests, 0)
      }).pipe(Effect.provide(over([])))
    )
  }
})

describe("withProgress", () => {
  it.effect("the upload waits for the effect, and starts again with each attempt", () =>
    Effect.gen(function* () {
      const told: Array<number> = []
      const file = Upload.fromStream(Stream.make(new Uint8Array(2), new Uint8Array(3)), { name: "a.wav" }).pipe(
        // by both of its forms
        Upload.withProgress(() => Effect.die("replaced")),
        Upload.withProgress(({ sent, total }) =>
          Effect.sync(() => {
            assert.isUndefined(total)
            told.push(sent)
          })
        )
      )
      yield* Audio.transcribe({ file }, { retry: Retry.transient(Schedule.recurs(1)) })
      assert.deepStrictEqual(told, [2, 5, 2, 5])
    }).pipe(Effect.provide(over([Reply.status(503), ok])))
  )
})
