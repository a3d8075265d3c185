/**
 * Transcriptions: the contract's vectors on every deployment, streams and their ends, and the emulator over real sockets.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as FriendliClient from "effect-friendli/FriendliClient"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as TranscriptStream from "effect-friendli/TranscriptStream"
import * as Upload from "effect-friendli/Upload"
import * as Vectors from "effect-friendli-vectors"
import { collect, untilFailure } from "./support.js"

type Client = Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient>

const deployments: Readonly<Record<string, (baseUrl?: string) => Client>> = {
  serverless: (baseUrl) => Serverless.layerClient({ token: "test-token", baseUrl, retry: Retry.never }),
  dedicated: (baseUrl) => Dedicated.layerClient({ token: "test-token", baseUrl, retry: Retry.never }),
  container: (baseUrl) => Container.layerClient({ token: "test-token", baseUrl, retry: Retry.never })
}

// --- the vectors ---------------------------------------------------------------

interface Part {
  readonly name: string
  readonly value?: string
  readonly filename?: string
  readonly contentType?: string
  readonly base64?: string
}

/** Reads a form part by part, headers and all: `FormData` would not tell the content types of text. */
const partsOf = (body: Buffer, boundary: string): ReadonlyArray<Part> => {
  const text = body.toString("latin1")
  const blocks = text.split(`--${boundary}`)
  assert.strictEqual(blocks[0], "")
  assert.strictEqual(blocks.at(-1), "--\r\n")
  return blocks.slice(1, -1).map((block) => {
    const end = block.indexOf("\r\n\r\n")
    const head = block.slice(2, end)
    const content = Buffer.from(block.slice(end + 4, -2), "latin1")
    const name = /name="([^"]*)"/.exec(head)![1]!
    const filename = /filename="([^"]*)"/.exec(head)?.[1]
    const contentType = /^content-type: (.*)$/im.exec(head)?.[1]
    return {
      name,
      ...(filename === undefined
        ? { value: content.toString("utf8") }
        : { filename, base64: content.toString("base64") }),
      ...(contentType === undefined ? {} : { contentType })
    }
  })
}

const byName = (parts: ReadonlyArray<Part>) => parts.toSorted((a, b) => a.name.localeCompare(b.name))

/** The request that a form came of: fields that are JSON or numbers are no text there. */
const requestOf = (parts: ReadonlyArray<Part>): Audio.TranscriptionRequest => {
  const fields = parts.flatMap((part): ReadonlyArray<readonly [string, unknown]> => {
    if (part.base64 !== undefined) {
      const bytes = Buffer.from(part.base64, "base64")
      return [[part.name, Upload.fromBytes(bytes, { name: part.filename!, type: part.contentType })]]
    }
    if (part.name === "stream") return []
    const isText = part.contentType === undefined && part.name !== "temperature"
    return [[part.name, isText ? part.value : JSON.parse(part.value!)]]
  })
  return Object.fromEntries(fields) as unknown as Audio.TranscriptionRequest
}

/** An HTTP layer that answers with the vector and keeps what was sent. */
const answering = (body: string, contentType: string) => {
  const sent: Array<{ readonly request: Request; readonly body: Buffer }> = []
  const fetch = async (input: URL | RequestInfo, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    sent.push({ request, body: Buffer.from(await request.arrayBuffer()) })
    return new Response(body, { headers: { "content-type": contentType } })
  }
  const layer = FetchHttpClient.layer.pipe(
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch as typeof globalThis.fetch))
  )
  return { layer, sent }
}

describe.each(Object.keys(deployments))("%s", (deployment) => {
  describe.each(["transcribe", "stream"])("%s", (operation) => {
    const name = `${deployment}.audio.${operation}`
    const isStream = operation === "stream"
    const http = Vectors.requests(name)
    const body = isStream ? Vectors.text(`${name}.stream.txt`) : Vectors.text(`${name}.response.json`)
    const result = Vectors.json(isStream ? `${name}.stream.json` : `${name}.response.json`)

    const run = (
      request: Audio.TranscriptionRequest,
      options: RequestOptions
    ): Effect.Effect<unknown, unknown, Audio.Audio> =>
      isStream ? collect(Audio.stream(request, options)) : Audio.transcribe(request, options)

    it.effect.each(["minimal", "full"] as const)("%s: sends the vector and decodes the answer without loss", (kind) =>
      Effect.gen(function* () {
        const wire = http[kind]
        const { multipart } = Vectors.json(wire.body.file) as { readonly multipart: ReadonlyArray<Part> }
        const team = wire.headers["x-friendli-team"]
        // `stream` is no field of ours: a stream sends it by itself, and a caller who wants `false` on the wire says so
        const saysFalse = multipart.some((part) => part.name === "stream" && part.value === "false")
        const { layer, sent } = answering(body, isStream ? "text/event-stream" : "application/json")
        const answer = yield* run(requestOf(multipart), {
          ...(team === undefined ? {} : { team }),
          ...(saysFalse ? { body: { stream: false } } : {})
        }).pipe(Effect.provide(Audio.layer), Effect.provide(deployments[deployment]!()), Effect.provide(layer))
        assert.deepStrictEqual(JSON.parse(JSON.stringify(answer)), result)

        assert.lengthOf(sent, 1)
        const { body: form, request } = sent[0]!
        assert.strictEqual(request.method, wire.method)
        assert.strictEqual(request.url, wire.url)
        const { "content-type": contentType, ...headers } = wire.headers
        for (const [header, value] of Object.entries(headers)) assert.strictEqual(request.headers.get(header), value)
        assert.strictEqual(request.headers.has("x-friendli-team"), team !== undefined)
        const pattern = new RegExp(`^${contentType!.replace("*", "([\\w'()+,./:=?-]{1,70})")}$`)
        const boundary = pattern.exec(request.headers.get("content-type")!)
        assert.isNotNull(boundary)
        assert.deepStrictEqual(byName(partsOf(form, boundary![1]!)), byName(multipart))
      })
    )
  })

  it("schemas: what is accepted is sent as it is, what comes is kept, unknown fields too", () => {
    const events = Vectors.json(`${deployment}.audio.stream.stream.json`) as ReadonlyArray<object>
    const answer = Vectors.json(`${deployment}.audio.transcribe.response.json`) as { readonly usage: object }
    const grown = { ...answer, usage: { ...answer.usage, type: "minutes", new: [1] }, words: [] }
    const whole = (schema: Schema.Schema<unknown>, value: unknown) => {
      const options = { errors: "all", onExcessProperty: "preserve" } as const
      const decoded = Schema.decodeUnknownSync(schema, options)(value)
      assert.deepStrictEqual(decoded, value)
      assert.deepStrictEqual(Schema.encodeSync(schema, options)(decoded), value)
    }
    for (const value of [answer, grown]) whole(Audio.Transcription as never, value)
    for (const event of [...events, { type: "transcript.segment", segment: { id: 1 }, text: null }]) {
      whole(Audio.TranscriptEvent as never, event)
    }
  })
})

// --- requests ----------------------------------------------------------------------

const over = (script: MockHttpClient.Script) =>
  Audio.layer.pipe(
    Layer.provide(Serverless.layerClient({ token: "test-token", model: "default-model", retry: Retry.never })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const file = new File(["RIFF"], "hello.wav")
const answer = Vectors.json("serverless.audio.transcribe.response.json") as Audio.Transcription
const events = Vectors.json("serverless.audio.stream.stream.json") as ReadonlyArray<Audio.TranscriptEvent>

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

// --- streams -------------------------------------------------------------------------

const frames = (values: ReadonlyArray<unknown>, end = "data: [DONE]\n\n") =>
  Reply.text(values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join("") + end, {
    headers: { "content-type": "text/event-stream" }
  })

const [first, second, done] = events as [Audio.TranscriptEvent, Audio.TranscriptEvent, Audio.TranscriptEvent]

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
