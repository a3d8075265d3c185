/**
 * Transcriptions: the contract's vectors on every deployment, streams and their ends, and the emulator over real sockets.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as TranscriptStream from "effect-friendli/TranscriptStream"
import { it } from "./it.js"
import { collect, untilFailure } from "./support.js"
import { answer, answering, byName, deploymentTests, events, partsOf } from "./Audio.support.js"

// --- requests ----------------------------------------------------------------------

const over = (script: MockHttpClient.Script) =>
  Audio.layer.pipe(
    Layer.provide(Serverless.layerClient({ token: "test-token", model: "default-model", retry: Retry.never })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const file = new File(["RIFF"], "hello.wav")

// --- streams -------------------------------------------------------------------------

const frames = (values: ReadonlyArray<unknown>, end = "data: [DONE]\n\n") =>
  Reply.text(values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join("") + end, {
    headers: { "content-type": "text/event-stream" }
  })

const [first, second, done] = events as [Audio.TranscriptEvent, Audio.TranscriptEvent, Audio.TranscriptEvent]

deploymentTests("examples")

describe("requests", () => {
  const wrong: Array<[field: string, request: object]> = [
    ["file", {}],
    ["file", { file: "hello.wav" }],
    ["temperature", { file, temperature: 1.1 }],
    ["temperature", { file, temperature: Number.NaN }],
    ["temperature", { file, temperature: "0" }],
    ["language", { file, language: 1 }],
    ["chunking_strategy", { file, chunking_strategy: { type: "other" } }],
    ["chunking_strategy.threshold", { file, chunking_strategy: { type: "server_vad", threshold: -0.1 } }],
    [
      "chunking_strategy.prefix_padding_ms",
      { file, chunking_strategy: { type: "server_vad", prefix_padding_ms: 0.5 } }
    ],
    ["stream", { file, stream: true }],
    ["prompt", { file, prompt: "misspelt or newer" }]
  ]
  it.effect.each(wrong)("rejects a wrong %s before anything is sent", ([field, request]) =>
    Effect.gen(function* () {
      const whole = yield* Effect.flip(Audio.transcribe(request as never))
      const streamed = yield* Effect.flip(Stream.runDrain(Audio.stream(request as never)))
      for (const error of [whole, streamed]) {
        assert.strictEqual(error._tag, "InvalidRequestError")
        if (error._tag !== "InvalidRequestError") return
        assert.isTrue(
          error.issues.some((issue) => issue.path.join(".").startsWith(field)),
          error.message
        )
      }
      assert.isEmpty(yield* MockHttpClient.requests)
    }).pipe(Effect.provide(over([])))
  )

  it.effect("the deployment's model is filled in; what is null or absent is not sent; newer fields are", () =>
    Effect.gen(function* () {
      const { layer, sent } = answering(JSON.stringify(answer), "application/json")
      const client = Serverless.layerClient({ token: "test-token", model: "default-model" })
      yield* Effect.gen(function* () {
        yield* Audio.transcribe({ file, model: null, language: null, temperature: undefined })
        yield* Audio.transcribe({ file, model: "another" }, { body: { newer: "field", many: [1, 2] } })
      }).pipe(Effect.provide(Audio.layer), Effect.provide(client), Effect.provide(layer))
      const forms = sent.map(({ body, request }) => partsOf(body, request.headers.get("content-type")!.split("=")[1]!))
      const audio = { name: "file", filename: "hello.wav", base64: Buffer.from("RIFF").toString("base64") }
      assert.deepStrictEqual(forms.map(byName), [
        [audio, { name: "model", value: "default-model" }],
        [
          audio,
          { name: "many", value: "[1,2]", contentType: "application/json" },
          { name: "model", value: "another" },
          { name: "newer", value: "field" }
        ]
      ])
    })
  )

  it.effect("what the function decides cannot be contradicted", () =>
    Effect.gen(function* () {
      const whole = yield* Effect.flip(Audio.transcribe({ file }, { body: { stream: true } }))
      const streamed = yield* Effect.flip(Stream.runDrain(Audio.stream({ file }, { body: { stream: false } })))
      for (const error of [whole, streamed]) {
        assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues[0]?.path, [
          "options",
          "body",
          "stream"
        ])
      }
    }).pipe(Effect.provide(over([])))
  )

  it.effect("an answer is its text; its usage may be missing, in part or entirely", () =>
    Effect.gen(function* () {
      for (const usage of [undefined, null, {}, { seconds: 1.5, type: "duration" }, { input_tokens: null }]) {
        const json = { text: "Hello", ...(usage === undefined ? {} : { usage }) }
        const answer = yield* Effect.provide(Audio.transcribe({ file }), over([Reply.json(json)]))
        assert.deepStrictEqual<unknown>(answer, json)
      }
    })
  )

  it.effect("an answer of another shape is an error with its beginning", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Audio.transcribe({ file }))
      assert.strictEqual(error._tag, "ResponseDecodeError")
      assert.include(error._tag === "ResponseDecodeError" ? error.message : "", "usage")
    }).pipe(Effect.provide(over([Reply.json({ text: "Hello", usage: "21 tokens" })])))
  )
})

describe("streams", () => {
  it.effect("are complete after the last event, also without the sentinel", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* collect(Audio.stream({ file })), events)
    }).pipe(Effect.provide(over([frames(events, "")])))
  )

  it.effect("are cut short without the last event, and keep what came", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(Audio.stream({ file }))
      assert.deepStrictEqual(elements, [first, second])
      assert.strictEqual(error?._tag, "StreamTruncatedError")
      const folded = yield* Effect.flip(TranscriptStream.fold(Audio.stream({ file })))
      assert.strictEqual(folded._tag, "StreamTruncatedError")
      assert.deepStrictEqual(TranscriptStream.partial(folded), Option.some({ text: "Hello out there." }))
    }).pipe(Effect.provide(over([frames([first, second], ""), frames([first, second], "")])))
  )

  it.effect("keep events of types that are not known", () =>
    Effect.gen(function* () {
      const seen: Array<Audio.TranscriptEvent> = []
      const newer = { type: "transcript.segment", id: 7, text: "not the transcript" } as Audio.TranscriptEvent
      const answer = yield* TranscriptStream.fold(
        Audio.stream({ file }).pipe(Stream.tap((event) => Effect.sync(() => void seen.push(event))))
      )
      assert.deepStrictEqual(seen, [first, newer, second, done])
      assert.deepStrictEqual(answer, { text: "Hello out there.", usage: done.usage! })
    }).pipe(
      Effect.provide(
        over([frames([first, { type: "transcript.segment", id: 7, text: "not the transcript" }, second, done])])
      )
    )
  )
  it.effect("give errors inside them typed", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(Audio.stream({ file }))
      assert.deepStrictEqual(elements, [first])
      assert.strictEqual(error?._tag, "RateLimitError")
    }).pipe(Effect.provide(over([frames([first, { error: { message: "slow down", code: 429 } }])])))
  )

  it.effect("raw: every event as it came", () =>
    Effect.gen(function* () {
      const raw = yield* collect(Audio.events({ file }))
      assert.deepStrictEqual(
        raw.map((event) => JSON.parse(event.data) as unknown),
        [first, second]
      )
    }).pipe(Effect.provide(over([frames([first, second], "")])))
  )

  it.effect("opened: with status and headers", () =>
    Effect.gen(function* () {
      const { response, value } = yield* Audio.streamWithResponse({ file })
      assert.strictEqual(response.status, 200)
      assert.deepStrictEqual(yield* collect(value), events)
    }).pipe(Effect.scoped, Effect.provide(over([frames(events)])))
  )
})

describe("TranscriptStream", () => {
  it.effect("text: the deltas that say something", () =>
    Effect.gen(function* () {
      const odd = [
        { type: "transcript.text.delta", delta: "" },
        { type: "transcript.text.delta", delta: null },
        { type: "x", delta: "no" }
      ]
      const texts = yield* collect(TranscriptStream.text(Stream.fromIterable([...odd, ...events])))
      assert.deepStrictEqual(texts, ["Hello", " out there."])
    })
  )

  it.effect("fold: the server's full text counts; its deltas if the server omits it", () =>
    Effect.gen(function* () {
      const corrected = [first, { type: "transcript.text.done", text: "Hallo!", usage: done.usage! }]
      assert.strictEqual((yield* TranscriptStream.fold(Stream.fromIterable(corrected))).text, "Hallo!")
      const bare = [first, second, { type: "transcript.text.done" }]
      assert.deepStrictEqual(yield* TranscriptStream.fold(Stream.fromIterable(bare)), { text: "Hello out there." })
      const silence = [{ type: "transcript.text.done", text: "" }]
      assert.deepStrictEqual(yield* TranscriptStream.fold(Stream.fromIterable(silence)), { text: "" })
    })
  )
})
