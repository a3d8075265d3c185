/**
 * `Cassette`: what the emulator answered is recorded, and replayed without it; what is not listed is not kept; what was not recorded
 * says so.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Messages from "effect-friendli/Messages"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Cassette, MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Upload from "effect-friendli/Upload"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import * as fc from "fast-check"
import { createHash } from "node:crypto"
import { collect, untilFailure } from "../support.js"

const token = "flp_A1b2C3d4E5f6G7h8"
const settings = { token, model: "meta-llama-3.1-8b-instruct", retry: Retry.never } as const

const emulated = () => {
  const emulator = makeEmulator()
  const http = FetchHttpClient.layer.pipe(Layer.provide(Layer.succeed(FetchHttpClient.Fetch, emulator.fetch)))
  return { emulator, http }
}

/** Runs a program on an `HttpClient` that is recorded, and gives the tape too. */
const recorded = <A, E>(
  program: Effect.Effect<A, E, HttpClient.HttpClient>,
  http: Layer.Layer<HttpClient.HttpClient>,
  options?: Cassette.RecordOptions
) =>
  Effect.gen(function* () {
    const ref = yield* Ref.make(Cassette.empty)
    const value = yield* Effect.provide(program, Cassette.record(ref, options).pipe(Layer.provide(http)))
    return { value, tape: yield* Ref.get(ref) }
  })

const friendli = Effect.provide(Serverless.layer(settings))

const post = (
  body: string,
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<string, HttpClientError, HttpClient.HttpClient> =>
  Effect.flatMap(
    HttpClient.execute(
      HttpClientRequest.post("http://localhost/a").pipe(
        HttpClientRequest.setBody(HttpBody.text(body, "application/json")),
        HttpClientRequest.setHeaders(headers)
      )
    ),
    (response) => response.text
  )

describe("recorded from the emulator, and replayed", () => {
  const chat = { messages: [{ role: "user" as const, content: "Why is the sky blue?" }], max_tokens: 12, seed: 7 }
  const wav = Buffer.alloc(44 + 1600)
  wav.write("RIFF\u0000\u0000\u0000\u0000WAVEfmt ", "latin1")
  for (const [at, value] of [
    [4, 1636],
    [16, 16],
    [24, 8000],
    [28, 16_000],
    [40, 1600]
  ] as const) {
    wav.writeUInt32LE(value, at)
  }
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16]
  ] as const) {
    wav.writeUInt16LE(value, at)
  }
  wav.write("data", 36)
  // of two pieces, and read once
  const file = () => Upload.fromStream(Stream.make(wav.subarray(0, 100), wav.subarray(100)), { name: "a.wav" })
  const calls = {
    unary: Chat.complete(chat),
    stream: collect(Chat.stream(chat)),
    messages: collect(Messages.stream({ messages: chat.messages, max_tokens: 12 })),
    form: Effect.suspend(() => Audio.transcribe({ file: file(), language: "en" })),
    "refused request": Effect.map(
      Effect.flip(Chat.complete({ ...chat, model: "no-such-model" })),
      ({ _tag, message, requestId, status }) => ({ _tag, message, requestId, status })
    )
  }
  for (const [name, call] of Object.entries(calls) as ReadonlyArray<
    [string, Effect.Effect<unknown, unknown, Serverless.Capabilities>]
  >) {
    it.live(`${name}: the same without a network, through the text of the file`, () =>
      Effect.gen(function* () {
        const emulator = makeEmulator({ models: ["meta-llama-3.1-8b-instruct"] })
        const http = FetchHttpClient.layer.pipe(Layer.provide(Layer.succeed(FetchHttpClient.Fetch, emulator.fetch)))
        const { tape, value } = yield* recorded(friendli(call), http, {
          responseHeaders: ["content-type", "x-request-id"]
        })
        assert.strictEqual(emulator.requests.length, 1)
        const text = Cassette.format(tape)
        assert.notInclude(text, token)
        const read = Either.getOrThrow(Cassette.parse(text))
        assert.deepStrictEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(tape)))
        const [exchange] = read.exchanges
        assert.isTrue(exchange !== undefined && "ending" in exchange.outcome && exchange.outcome.ending === "end")
        const { again, left } = yield* Effect.all({ again: friendli(call), left: Cassette.unused }).pipe(
          Effect.provide(Cassette.replay(read))
        )
        assert.deepStrictEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(value)))
        assert.deepStrictEqual(left, [])
        assert.strictEqual(emulator.requests.length, 1)
      })
    )
  }

  it.live("reads like what was said", () =>
    Effect.gen(function* () {
      const { http } = emulated()
      const { tape } = yield* recorded(friendli(Tokens.tokenize({ prompt: "Hello!" })), http, { timing: false })
      assert.strictEqual(
        Cassette.format(tape),
        `{
  "version": 1,
  "rules": {
    "requestHeaders": [
      "accept",
      "content-type"
    ],
    "responseHeaders": [
      "content-type",
      "retry-after",
      "retry-after-ms"
    ],
    "query": [],
    "redactRequest": [],
    "redactResponse": []
  },
  "exchanges": [
    {
      "request": {
        "method": "POST",
        "url": "https://api.friendli.ai/serverless/v1/tokenize",
        "headers": {
          "accept": "application/json",
          "content-type": "application/json"
        },
        "body": {
          "json": {
            "model": "meta-llama-3.1-8b-instruct",
            "prompt": "Hello!"
          }
        }
      },
      "outcome": {
        "wait": 0,
        "status": 200,
        "headers": {
          "content-type": "application/json"
        },
        "body": [
          {
            "after": 0,
            "json": {
              "tokens": [128000, 9906, 0]
            }
          }
        ],
        "ending": "end"
      }
    }
  ]
}
`
      )
    })
  )

  it.live("without timing, wherever the network cuts a stream, the file is the same", () =>
    Effect.gen(function* () {
      const chunks = Wire.chatChunks("Hello there!")
      const files = yield* Effect.forEach(["bytes", "whole", 7] as const, (cuts) =>
        Effect.map(
          recorded(friendli(collect(Chat.stream(chat))), MockHttpClient.layer([Reply.sse(chunks, { cuts })]), {
            timing: false
          }),
          ({ tape }) => Cassette.format(tape)
        )
      )
      assert.strictEqual(files[1], files[0])
      assert.strictEqual(files[2], files[0])
      assert.lengthOf(files[0]?.match(/^ +\{ "after": 0, "text": \{ "data": .* \} \},$/gm) ?? [], chunks.length)
    })
  )

  it.live("the same call gives the same text", () =>
    Effect.gen(function* () {
      const once = Effect.map(
        recorded(friendli(collect(Chat.stream(chat))), emulated().http, {
          timing: false,
          redact: { response: ["id"] }
        }),
        ({ tape }) => Cassette.format(tape).replace(/"created":\d+/g, "")
      )
      assert.strictEqual(yield* once, yield* once)
    })
  )
})

describe("files", () => {
  it.scopedLive("are written when the layer is closed, folders and all, and replayed", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const file = `${yield* files.makeTempDirectoryScoped()}/tapes/tokens.json`
      const call = friendli(Tokens.tokenize({ prompt: "Hello!" }))
      const { emulator, http } = emulated()
      const first = yield* Effect.provide(call, Cassette.record(file).pipe(Layer.provide(http)))
      assert.notInclude(yield* files.readFileString(file), token)
      assert.deepStrictEqual(yield* Effect.provide(call, Cassette.replay(file)), first)
      assert.lengthOf(emulator.requests, 1)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scopedLive("that cannot be written or read are typed failures, before anything is sent", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      const { emulator, http } = emulated()
      const call = friendli(Tokens.tokenize({ prompt: "Hello!" }))
      const unwritable = yield* Effect.flip(Effect.provide(call, Cassette.record(folder).pipe(Layer.provide(http))))
      assert.strictEqual(unwritable._tag, "SystemError")
      assert.lengthOf(emulator.requests, 0)
      const file = `${folder}/hello.json`
      const replayed = Effect.flip(Effect.provide(call, Cassette.replay(file)))
      const absent = yield* replayed
      assert.deepInclude(absent, { _tag: "CassetteUnreadable", reason: "missing", file })
      assert.strictEqual(absent.message, `There is no cassette ${file}. Record it first, with Cassette.record.`)
      yield* files.writeFileString(file, `{ "version": 2 }`)
      const other = yield* replayed
      assert.deepInclude(other, { _tag: "CassetteUnreadable", reason: "version", file })
      assert.include(other.message, `${file} has format 2`)
      // what is no file is another matter
      const unreadable = yield* Effect.flip(Effect.provide(call, Cassette.replay(folder)))
      assert.strictEqual(unreadable._tag, "SystemError")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  const good = {
    request: { method: "GET", url: "http://localhost/a", headers: {} },
    outcome: { wait: 0, status: 200, headers: {}, body: [], ending: "end" }
  }
  const whole = { ...Cassette.empty, exchanges: [good] }
  const corrupt: ReadonlyArray<readonly [text: string, message: string]> = [
    ["", "The cassette is empty: its recording was not finished. Record it again."],
    [JSON.stringify(whole).slice(0, -20), "The cassette is not JSON: it was cut short or edited. Record it again."],
    ["[]", "The cassette cannot be read."],
    [JSON.stringify({ ...whole, version: "1" }), "version: Expected 1"],
    [JSON.stringify({ ...whole, rules: {} }), "rules.requestHeaders: is missing"],
    [JSON.stringify({ ...whole, exchanges: [{ ...good, request: {} }] }), "exchanges[0].request.method: is missing"],
    [
      JSON.stringify({
        ...whole,
        exchanges: [{ ...good, outcome: { ...good.outcome, body: [{ after: 0, base64: "~" }] } }]
      }),
      "exchanges[0].outcome.body[0].base64: Expected base64"
    ]
  ]
  for (const [text, message] of corrupt) {
    it(`that are corrupt say where: ${message}`, () => {
      const read = Either.flip(Cassette.parse(text))
      assert.isTrue(Either.isRight(read))
      const error = Either.getOrThrow(read)
      assert.strictEqual(error.reason, "corrupt")
      assert.include(error.message, message)
    })
  }

  it("that are whole are read", () => {
    assert.isTrue(Either.isRight(Cassette.parse(JSON.stringify(whole))))
  })
})

describe("the text of a file", () => {
  const tapeOf = (...outcomes: ReadonlyArray<Cassette.TapeExchange["outcome"]>): Cassette.Tape => ({
    ...Cassette.empty,
    exchanges: outcomes.map((outcome) => ({
      request: { method: "POST", url: "http://localhost/a", headers: {}, body: { text: "one\ntwo\n" } },
      outcome
    }))
  })
  const bodyLines = (tape: Cassette.Tape) =>
    (/"outcome": [^]*"body": \[\n([^]*?)\n {8}\]/.exec(Cassette.format(tape))?.[1] ?? "")
      .split("\n")
      .map((line) => line.trim())

  it("has one chunk a line", () => {
    const body = [
      { after: 80, text: ": hello\n\n" },
      { after: 20, text: 'data: {"a":1}\n\n' },
      { after: 0, base64: "/w==" }
    ]
    assert.deepStrictEqual(bodyLines(tapeOf({ wait: 1, status: 200, headers: {}, body, ending: "end" })), [
      '{ "after": 80, "text": ": hello\\n\\n" },',
      '{ "after": 20, "text": { "data": {"a":1} } },',
      '{ "after": 0, "base64": "/w==" }'
    ])
  })

  it("has one line of text a line", () => {
    const body = [{ after: 0, text: "<html>\r\n  Bad Gateway\n\n</html>" }]
    assert.deepStrictEqual(bodyLines(tapeOf({ wait: 1, status: 502, headers: {}, body, ending: "end" })), [
      "{",
      '"after": 0,',
      '"text": [',
      '"<html>\\r\\n",',
      '"  Bad Gateway\\n\\n",',
      '"</html>"',
      "]",
      "}"
    ])
    const [, request] = /"text": \[\n([^]*?)\]/.exec(Cassette.format(tapeOf({ wait: 0, failure: "X" }))) ?? []
    assert.deepStrictEqual(request?.trim().split(/,\s+/), ['"one\\n"', '"two\\n"'])
  })

  const json = fc.jsonValue()
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(
        fc.constantFrom("a", "\n", "\n\n", "\r", "\u2028", '"', "data: 1\n\n", 'data: {"a":"\u2028"}\n\n', "data: "),
        {
          maxLength: 8
        }
      )
      .map((all) => all.join("")),
    json.map((value) => `data: ${JSON.stringify(value)}\n\ndata: ${JSON.stringify(value, null, 1)}\n\n`)
  )
  const headers = fc.dictionary(fc.stringMatching(/^[a-z-]{1,8}$/), text, { maxKeys: 2, noNullPrototype: true })
  const body: fc.Arbitrary<Cassette.RequestBody> = fc.oneof(
    fc.record({ json }),
    fc.record({ text }),
    fc.record({ form: fc.dictionary(fc.string(), json, { noNullPrototype: true }) }),
    fc.record({ sha256: fc.string(), size: fc.nat() })
  )
  const piece: fc.Arbitrary<Cassette.Piece> = fc.oneof(
    fc.record({ after: fc.nat(), text }),
    fc.record({ after: fc.nat(), json }),
    fc.record({ after: fc.nat(), base64: fc.base64String() })
  )
  const outcome: fc.Arbitrary<Cassette.TapeExchange["outcome"]> = fc.oneof(
    fc.record({
      status: fc.integer({ min: 100, max: 599 }),
      headers,
      wait: fc.nat(),
      body: fc.array(piece, { maxLength: 4 }),
      ending: fc.constantFrom("end" as const, "reset" as const, "left" as const)
    }),
    fc.record({ failure: fc.string(), wait: fc.nat() }),
    fc.record({ ending: fc.constant("unanswered" as const), wait: fc.nat() })
  )
  const tape: fc.Arbitrary<Cassette.Tape> = fc
    .array(
      fc.record({
        request: fc.record(
          { method: fc.string(), url: fc.string(), headers, body },
          { requiredKeys: ["method", "url", "headers"] }
        ),
        outcome
      }),
      { maxLength: 3 }
    )
    .map((exchanges) => ({ ...Cassette.empty, exchanges }))

  it("is read as it was, and is written as it was", () => {
    fc.assert(
      fc.property(tape, (any) => {
        const written = Cassette.format(any)
        const read = Either.getOrThrow(Cassette.parse(written))
        // JSON knows no -0
        assert.deepStrictEqual(read, JSON.parse(JSON.stringify(any)))
        assert.strictEqual(Cassette.format(read), written)
      })
    )
  })
})

describe("chunks and time", () => {
  const chunks = Wire.chatChunks("Hello there!")
  const body = Reply.sse(chunks, { cuts: [10, 11, 200], delay: ["3 seconds", "1 second", "5 seconds"] })
  const stream = Effect.flatMap(HttpClient.get("http://localhost/a"), (response) =>
    Stream.runCollect(
      Stream.mapEffect(response.stream, (bytes) => Effect.map(Clock.currentTimeMillis, (at) => [at, bytes] as const))
    )
  )

  it.effect("arrive with their recorded timing, on the clock of the call, or at once", () =>
    Effect.gen(function* () {
      const recording = yield* Effect.fork(
        recorded(stream, MockHttpClient.layer([Reply.slowHeaders("2 seconds", body)]))
      )
      yield* TestClock.adjust("11 seconds")
      const { tape, value } = yield* Fiber.join(recording)
      const seen = [...value]
      assert.deepStrictEqual(
        seen.map(([at]) => at),
        [5000, 6000, 11_000, 11_000]
      )

      const began = yield* Clock.currentTimeMillis
      const replaying = yield* Effect.fork(Effect.provide(stream, Cassette.replay(tape, { timing: "recorded" })))
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(
        [...(yield* Fiber.join(replaying))].map(([at, bytes]) => [at - began, [...bytes]]),
        seen.map(([at, bytes]) => [at, [...bytes]])
      )

      const atOnce = yield* Effect.provide(stream, Cassette.replay(tape))
      assert.deepStrictEqual(
        [...atOnce].map(([, bytes]) => [...bytes]),
        seen.map(([, bytes]) => [...bytes])
      )
    })
  )

  it.live("wherever bytes are cut, the same bytes come back", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.string({ unit: "grapheme", minLength: 1 })),
          fc.integer({ min: 1, max: 9 }),
          (content, cuts) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const get = Effect.map(stream, (all) => [...all].map(([, bytes]) => [...bytes]))
                const { tape, value } = yield* recorded(get, MockHttpClient.layer([Reply.text(content, { cuts })]))
                const read = Either.getOrThrow(Cassette.parse(Cassette.format(tape)))
                assert.deepStrictEqual(yield* Effect.provide(get, Cassette.replay(read)), value)
                const { outcome } = read.exchanges[0]!
                assert.isTrue("body" in outcome)
                // base64 is for what is no text alone
                const isText = typeof content === "string" && cuts >= new TextEncoder().encode(content).length
                if (isText && "body" in outcome) assert.isTrue(outcome.body.every((piece) => "text" in piece))
              })
            )
        ),
        { numRuns: 20 }
      )
    )
  )

  it.live("broken connections and streams that were left break again", () =>
    Effect.gen(function* () {
      const script = MockHttpClient.layer([
        Reply.sse(chunks, { after: { frames: 2 }, ending: "reset" }),
        Reply.refused("ENOTFOUND"),
        Reply.sse(chunks, { after: { frames: 2 }, ending: "stall" })
      ])
      const request = { messages: [{ role: "user" as const, content: "Hello!" }] }
      const program = friendli(
        Effect.all({
          broken: untilFailure(Chat.stream(request)),
          refused: Effect.flip(collect(Chat.stream(request))),
          left: collect(Stream.take(Chat.stream(request), 1))
        })
      )
      const { tape, value } = yield* recorded(program, script)
      assert.deepStrictEqual(
        tape.exchanges.map(({ outcome }) => ("ending" in outcome ? outcome.ending : outcome.failure)),
        ["reset", "ENOTFOUND", "left"]
      )
      const again = yield* Effect.provide(program, Cassette.replay(tape))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(value)))
      assert.deepInclude(again.broken.error, { _tag: "ConnectionError", phase: "body" })
      assert.lengthOf(again.broken.elements, 2)
      assert.strictEqual(again.refused._tag, "ConnectionError")
    })
  )

  it.effect("with recorded timing, clients that went go again, by the same clock", () =>
    Effect.gen(function* () {
      const script = MockHttpClient.layer([
        Reply.never,
        Reply.sse(chunks, { after: { frames: 2 }, delay: "1 second", ending: "stall" }),
        Reply.json({ tokens: [1] })
      ])
      const request = { messages: [{ role: "user" as const, content: "Hello!" }] }
      const program = friendli(
        Effect.all([
          Effect.flip(Tokens.tokenize({ prompt: "Hello!" }, { headersTimeout: "10 seconds" })),
          untilFailure(Chat.stream(request, { idleTimeout: "20 seconds" })),
          Tokens.tokenize({ prompt: "Hello!" })
        ])
      )
      const recording = yield* Effect.fork(recorded(program, script))
      yield* TestClock.adjust("2 minutes")
      const { tape, value } = yield* Fiber.join(recording)
      assert.deepInclude(value[0], { _tag: "RequestTimeoutError", kind: "headers" })
      assert.deepInclude(value[1].error, { _tag: "RequestTimeoutError", kind: "idle" })
      assert.deepStrictEqual(tape.exchanges[0]?.outcome, { wait: 10_000, ending: "unanswered" })
      assert.deepInclude(tape.exchanges[1]?.outcome, { status: 200, ending: "left" })

      const read = Either.getOrThrow(Cassette.parse(Cassette.format(tape)))
      const replaying = yield* Effect.fork(Effect.provide(program, Cassette.replay(read, { timing: "recorded" })))
      yield* TestClock.adjust("2 minutes")
      const again = yield* Fiber.join(replaying)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(value)))

      // at once: the answer that came in the end
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* friendli(Tokens.tokenize({ prompt: "Hello!" })), { tokens: [1] })
        assert.lengthOf(yield* Cassette.unused, 1)
      }).pipe(Effect.provide(Cassette.replay(read)))
    })
  )

  it.live("an answer that is reset while it is recorded keeps what came", () =>
    Effect.gen(function* () {
      const png = Uint8Array.from({ length: 64 }, (_, index) => 255 - index)
      const script = MockHttpClient.layer([
        Reply.text(png, { headers: { "content-type": "audio/mpeg" }, cuts: 20, ending: "reset", after: { bytes: 50 } }),
        Reply.json({ tokens: [1, 2] }, { after: { bytes: 5 }, ending: "reset" }),
        Reply.json({ data: [{ b64_json: "iVBORw0KGgo=", seed: 1 }] })
      ])
      const program = Effect.all([
        Effect.flatMap(HttpClient.get("http://localhost/speech"), (response) => untilFailure(response.stream)).pipe(
          Effect.map(({ elements, error }) => [elements.map((bytes) => [...bytes]), error?.reason])
        ),
        Effect.map(Effect.flip(friendli(Tokens.tokenize({ prompt: "Hello!" }))), (error) => [
          error._tag,
          "body" in error && error.body
        ]),
        Effect.flatMap(HttpClient.get("http://localhost/image"), (response) => response.json)
      ])
      const { tape, value } = yield* recorded(program, script)
      assert.deepStrictEqual(
        tape.exchanges.map(({ outcome }) => "ending" in outcome && outcome.ending),
        ["reset", "reset", "end"]
      )
      const read = Either.getOrThrow(Cassette.parse(Cassette.format(tape)))
      assert.deepStrictEqual(yield* Effect.provide(program, Cassette.replay(read)), value)
      assert.deepStrictEqual(value[0][0], [
        [...png.subarray(0, 20)],
        [...png.subarray(20, 40)],
        [...png.subarray(40, 50)]
      ])
      assert.deepStrictEqual(value[1], ["ConnectionError", '{"tok'])
    })
  )

  it.effect("a consumer that leaves closes the real connection", () =>
    Effect.gen(function* () {
      const { client, service } = yield* MockHttpClient.make([
        Reply.sse(chunks, { ending: "stall" }),
        Reply.text("never whole", { ending: "stall" })
      ])
      const http = Layer.succeed(HttpClient.HttpClient, client)
      yield* recorded(
        Effect.gen(function* () {
          const response = yield* HttpClient.get("http://localhost/a")
          yield* Stream.runDrain(Stream.take(response.stream, 1))
          const other = yield* HttpClient.get("http://localhost/b")
          const reading = yield* Effect.fork(other.text)
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(reading)
          yield* service.whenClosed
        }),
        http
      )
      assert.deepStrictEqual(yield* service.closed, [true, true])
    })
  )

  it.live("bodies that are not forms", () =>
    Effect.gen(function* () {
      const get = Effect.map(HttpClient.get("http://localhost/a"), (response) => response.status)
      const { tape } = yield* recorded(get, MockHttpClient.layer([Reply.status(204)]))
      assert.deepInclude(tape.exchanges[0]?.outcome, { status: 204, body: [], ending: "end" })
      assert.strictEqual(yield* Effect.provide(get, Cassette.replay(tape)), 204)
    })
  )
})

describe("what is not kept", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{2,12}$/)
  const value = fc.stringMatching(/^[\x21-\x7e]{12,24}$/)

  it.live("unlisted headers and tokens, in headers, URLs and bodies, both ways", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.dictionary(name, value, { maxKeys: 4 }),
          fc.dictionary(name, value, { maxKeys: 4 }),
          fc.stringMatching(/^[\x21-\x7e]{12,24}$/),
          fc.array(name, { maxLength: 2 }),
          fc.constantFrom("json" as const, "text" as const, "sse" as const, "binary" as const),
          (sent, received, secret, listed, kind) =>
            Effect.runPromise(
              Effect.gen(function* () {
                // the server echoes the token, cut in two where it can be
                const replies = {
                  json: Reply.json({ error: `Bearer ${secret}`, [secret]: 1 }, { headers: received }),
                  text: Reply.text(`no ${secret}`, { headers: received, cuts: [8] }),
                  sse: Reply.sse([{ secret }], { headers: received, cuts: 5 }),
                  binary: Reply.text(new Uint8Array([255, ...new TextEncoder().encode(secret)]), { headers: received })
                }
                const request = HttpClientRequest.post(`http://u:${encodeURIComponent(secret)}@localhost/a`).pipe(
                  HttpClientRequest.setUrlParam("key", secret),
                  HttpClientRequest.setHeaders({
                    ...sent,
                    authorization: `Bearer ${secret}`,
                    cookie: "sid=0123456789"
                  }),
                  HttpClientRequest.bodyText(JSON.stringify({ token: secret }), "application/json")
                )
                const { tape } = yield* recorded(
                  Effect.flatMap(HttpClient.execute(request), (response) => response.text),
                  MockHttpClient.layer([replies[kind]]),
                  { requestHeaders: ["authorization", "Cookie", ...listed], responseHeaders: ["set-cookie", ...listed] }
                )
                const text = Cassette.format(tape)
                const decoded = tape.exchanges
                  .flatMap(({ outcome }) => ("body" in outcome ? outcome.body : []))
                  .map((piece) => ("base64" in piece ? Buffer.from(piece.base64, "base64").toString("latin1") : ""))
                  .join("")
                for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
                  assert.notInclude(text, form)
                  assert.notInclude(decoded, form)
                }
                assert.notInclude(text, "0123456789")
                const { outcome, request: kept } = tape.exchanges[0]!
                const allowed = new Set(listed)
                for (const header of Object.keys(kept.headers)) assert.isTrue(allowed.has(header), header)
                const answered = "headers" in outcome ? Object.keys(outcome.headers) : []
                for (const header of answered) assert.isTrue(allowed.has(header), header)
                // what is listed is kept
                for (const header of listed) assert.strictEqual(kept.headers[header], sent[header])
              })
            )
        ),
        { numRuns: 25 }
      )
    )
  )

  it.live("fields that are redacted, in requests, answers and events", () =>
    Effect.gen(function* () {
      const { http } = emulated()
      const messages = [{ role: "user" as const, content: "my secret prompt" }]
      const call = friendli(
        Effect.all([
          Chat.complete({ messages, max_tokens: 8, seed: 1 }),
          Effect.map(ChatStream.fold(Chat.stream({ messages, max_tokens: 8, seed: 1 })), (answer) => answer)
        ])
      )
      const redact = {
        request: ["messages[].content"],
        response: ["choices.*.message.content", "choices.*.delta.content"]
      }
      const { tape, value } = yield* recorded(call, http, { redact })
      const text = Cassette.format(tape)
      assert.notInclude(text, "my secret prompt")
      const said = value[0].choices[0]!.message.content!
      assert.isNotEmpty(said)
      assert.notInclude(text, said)
      for (const word of said.split(" ").filter((part) => part.length > 3)) assert.notInclude(text, ` ${word}\\"`)
      // a prompt that is redacted matches any other
      const [whole, streamed] = yield* Effect.provide(call, Cassette.replay(tape))
      assert.strictEqual(whole.choices[0]?.message.content, "<redacted>")
      assert.match(streamed.choices[0]?.message.content ?? "", /^(<redacted>)+$/)
      assert.strictEqual(streamed.usage?.completion_tokens, value[1].usage?.completion_tokens)
    })
  )

  /** What is in the file, and in its base64. */
  const everything = (tape: Cassette.Tape): string =>
    [
      Cassette.format(tape),
      ...tape.exchanges
        .flatMap(({ outcome }) => ("body" in outcome ? outcome.body : []))
        .map((piece) => ("base64" in piece ? Buffer.from(piece.base64, "base64").toString("latin1") : ""))
    ].join("\n")

  it.live("cookies, keys in queries and passwords in base URLs, wherever they are echoed", () =>
    Effect.gen(function* () {
      const secrets = [
        "sid-0123456789",
        "csrf/abcdefgh",
        "key-456789abc",
        "pass-word-123",
        "set-cookie-9876",
        "x-auth-55555"
      ]
      const [sid, csrf, key, password, set, own] = secrets
      const echo = (body: string) =>
        HttpClient.execute(
          HttpClientRequest.post(`http://user-name:${password}@localhost/a?key=${key}&version=1`).pipe(
            HttpClientRequest.setHeaders({ cookie: `sid=${sid}; csrf=${csrf}`, "x-auth-token": own! }),
            HttpClientRequest.bodyText(body, "text/plain")
          )
        ).pipe(Effect.flatMap((response) => response.text))
      const said = secrets.join(" ")
      const headers = { "set-cookie": `session=${set}; Path=/; HttpOnly`, "x-auth-token": own! }
      const { tape } = yield* recorded(
        Effect.all([echo(`${sid} ${csrf} ${key} ${password} ${own}`), echo("json"), echo("bytes")]),
        MockHttpClient.layer([
          Reply.text(said, { headers, cuts: [30, 50] }),
          Reply.json({ said: secrets, nested: { [key!]: password } }, { headers }),
          Reply.text(new Uint8Array([255, ...new TextEncoder().encode(said)]), { headers })
        ]),
        {
          requestHeaders: ["cookie", "x-auth-token"],
          responseHeaders: ["set-cookie", "x-auth-token"],
          query: ["key", "version"]
        }
      )
      const text = everything(tape)
      for (const secret of secrets) assert.notInclude(text, secret)
      assert.include(text, "version=1")
    })
  )

  it.live("values of other headers, by the rule that errors follow, but not of headers that are kept", () =>
    Effect.gen(function* () {
      const headers = { "x-tenant": "acme-corporation", "x-stage": "stage-number-1", "x-channel": "nightly" }
      const { tape } = yield* recorded(
        HttpClient.execute(
          HttpClientRequest.post("http://localhost/a?tenant=acme-corporation").pipe(
            HttpClientRequest.setHeaders(headers),
            HttpClientRequest.bodyText("of acme-corporation, nightly", "text/plain")
          )
        ).pipe(Effect.flatMap((response) => response.text)),
        MockHttpClient.layer([Reply.text("acme-corporation, stage-number-1, nightly")]),
        { requestHeaders: ["x-stage"], query: ["tenant"] }
      )
      const text = everything(tape)
      assert.notInclude(text, "acme-corporation")
      assert.include(text, "of <redacted>, nightly")
      assert.include(text, "stage-number-1, nightly")
      assert.strictEqual(tape.exchanges[0]?.request.headers["x-stage"], "stage-number-1")
    })
  )

  it.live("what the option secrets names, in a path and in bodies; replayed with another", () =>
    Effect.gen(function* () {
      const through = (secret: string) =>
        Tokens.tokenize({ prompt: `Ask ${secret}, please` }).pipe(
          Effect.provide(Serverless.layer({ ...settings, baseUrl: `https://gateway.example/${secret}` }))
        )
      const { tape, value } = yield* recorded(
        through("gäte-1"),
        MockHttpClient.layer([Reply.json({ tokens: [1], gateway: "gäte-1" })]),
        { secrets: [Redacted.make("gäte-1")] }
      )
      const text = everything(tape)
      assert.notInclude(text, "gäte-1")
      assert.notInclude(text, encodeURIComponent("gäte-1"))
      assert.deepInclude(value, { tokens: [1] })
      const again = Effect.provide(through("other"), Cassette.replay(tape, { secrets: ["other"] }))
      assert.deepInclude(yield* again, { tokens: [1] })
    })
  )

  it.live("redacts answers and events, also incomplete ones and ones that are not JSON", () =>
    Effect.gen(function* () {
      const get = Effect.flatMap(HttpClient.get("http://localhost/a"), (response) => Effect.ignore(response.text))
      const replies = [
        Reply.json({ text: "private" }, { after: { bytes: 15 }, ending: "reset" }),
        Reply.text(`{"text":"private"}`),
        Reply.sse(["data: private\n\n", `data: {"text":"one\u2028private"}\r\n\r\n`, `data: {"text":"priva`], {
          done: false
        }),
        Reply.text(`data: {"text":"private"}\n\n`, { headers: { "content-type": "application/octet-stream" } })
      ]
      const { tape } = yield* recorded(Effect.all(replies.map(() => get)), MockHttpClient.layer(replies), {
        redact: { response: ["text"] }
      })
      assert.notInclude(everything(tape), "priv")
      assert.include(everything(tape), "<redacted>")
    })
  )

  it.live("the content of files", () =>
    Effect.gen(function* () {
      const file = new File(["the content of a file"], "a.wav", { type: "audio/wav" })
      const { tape } = yield* recorded(
        friendli(Audio.transcribe({ file })),
        MockHttpClient.layer([Reply.json(Wire.transcription("Hello."))])
      )
      assert.deepStrictEqual(tape.exchanges[0]?.request.body, {
        form: {
          file: {
            filename: "a.wav",
            sha256: createHash("sha256").update("the content of a file").digest("hex"),
            size: 21,
            type: "audio/wav"
          },
          model: "meta-llama-3.1-8b-instruct"
        }
      })
      assert.strictEqual(tape.exchanges[0]?.request.headers["content-type"], "multipart/form-data")
    })
  )

  it.live("query parameters that are not listed", () =>
    Effect.gen(function* () {
      const get = HttpClient.get("http://localhost/a?version=1&key=123#there")
      const { tape } = yield* recorded(get, MockHttpClient.layer([Reply.status(204)]), { query: ["version"] })
      assert.strictEqual(tape.exchanges[0]?.request.url, "http://localhost/a?version=1")
      assert.strictEqual((yield* Effect.provide(get, Cassette.replay(tape))).status, 204)
    })
  )
})

describe("requests and exchanges", () => {
  const two = MockHttpClient.layer([Reply.text("one"), Reply.text("other"), Reply.text("two")])
  const taped = Effect.map(
    recorded(Effect.all([post(`{"a":1,"b":2}`), post(`{"c":3}`), post(`{"b":2,"a":1}`)]), two),
    ({ tape }) => tape
  )
  const message = (tape: Cassette.Tape, call: Effect.Effect<unknown, HttpClientError, HttpClient.HttpClient>) =>
    Effect.flip(call).pipe(
      Effect.map((error) => {
        assert.strictEqual(error._tag, "RequestError")
        assert.instanceOf(error.cause, Cassette.CassetteMismatch)
        return error.cause.message
      }),
      Effect.provide(Cassette.replay(tape, { onMismatch: "fail" }))
    )

  it.effect("equal ones in the order of the recording, each once", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* post(`{"b":2,"a":1}`), "one")
        assert.strictEqual(yield* post(`{"a":1,"b":2}`), "two")
        assert.lengthOf(yield* Cassette.unused, 1)
        const error = yield* Effect.flip(post(`{"a":1,"b":2}`))
        assert.include(error.message, "was recorded 2 times, and this is one more")
        assert.strictEqual(yield* post(`{"c":3}`), "other")
        assert.lengthOf(yield* Cassette.unused, 0)
        assert.lengthOf(yield* Cassette.mismatches, 1)
      }).pipe(Effect.provide(Cassette.replay(tape, { onMismatch: "fail" })))
    })
  )

  it.effect("the last one again, if the options say so", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      const answers = yield* Effect.replicateEffect(post(`{"a":1,"b":2}`), 4).pipe(
        Effect.provide(Cassette.replay(tape, { reuse: true }))
      )
      assert.deepStrictEqual(answers, ["one", "two", "two", "two"])
    })
  )

  it.effect("what was not recorded is compared with the nearest exchange", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      assert.strictEqual(
        yield* message(tape, post(`{"c":4}`)),
        "POST http://localhost/a is not on the cassette; the nearest is exchange 2 of 3 (- recorded, + asked):\n  body.json.c\n    - 3\n    + 4"
      )
      assert.include(yield* message(tape, HttpClient.get("http://localhost/a")), 'method\n    - "POST"\n    + "GET"')
      assert.include(yield* message(Cassette.empty, post("{}")), "is not on the cassette, which is empty")
    })
  )

  it.effect("match in what is asked for", () =>
    Effect.gen(function* () {
      const tape = yield* taped
      const elsewhere = Effect.flatMap(
        HttpClient.execute(
          HttpClientRequest.bodyText(HttpClientRequest.post("https://elsewhere.example/a"), `{"c":3}`, "text/plain")
        ),
        (response) => response.text
      )
      assert.include(yield* message(tape, elsewhere), "https://elsewhere.example/a")
      const byPath = Cassette.replay(tape, { match: ["method", "path", "body"] })
      assert.strictEqual(yield* Effect.provide(elsewhere, byPath), "other")
      const byHeaders = Cassette.replay(tape, { match: ["path", "body", "headers"], onMismatch: "fail" })
      const error = yield* Effect.flip(Effect.provide(elsewhere, byHeaders))
      assert.include(error.message, 'headers.content-type\n    - "application/json"\n    + "text/plain"')
    })
  )

  it.effect("in the SDK a defect with the whole difference, which no policy repeats and no fallback hides", () =>
    Effect.gen(function* () {
      const { tape } = yield* recorded(friendli(Tokens.tokenize({ prompt: "Hello!" })), emulated().http)
      yield* Effect.gen(function* () {
        const call = Tokens.tokenize({ prompt: "Hello?" }).pipe(Effect.orElseSucceed(() => undefined))
        const patient = Effect.provide(call, Serverless.layer({ ...settings, retry: Retry.defaultPolicy }))
        const defect = Cause.squash(yield* Effect.flip(Effect.sandbox(patient)))
        assert.instanceOf(defect, Cassette.CassetteMismatch)
        assert.include(defect.message, 'body.json.prompt\n    - "Hello!"\n    + "Hello?"')
        assert.deepStrictEqual(defect.differences, [
          { path: "body.json.prompt", expected: '"Hello!"', actual: '"Hello?"' }
        ])
        assert.deepStrictEqual(
          (yield* Cassette.mismatches).map((mismatch) => mismatch.message),
          [defect.message]
        )
      }).pipe(Effect.provide(Cassette.replay(tape)))
    })
  )

  it.effect("or a connection error, if the options say so", () =>
    Effect.gen(function* () {
      const { tape } = yield* recorded(friendli(Tokens.tokenize({ prompt: "Hello!" })), emulated().http)
      const error = yield* Effect.flip(friendli(Tokens.tokenize({ prompt: "Hello?" }))).pipe(
        Effect.provide(Cassette.replay(tape, { onMismatch: "fail" }))
      )
      assert.strictEqual(error._tag, "ConnectionError")
      assert.include(error.message, "is not on the cassette")
    })
  )

  it.effect("many differences are summarized", () =>
    Effect.gen(function* () {
      const numbers = (from: number) => post(JSON.stringify(Array.from({ length: 50 }, (_, index) => from + index)))
      const { tape } = yield* recorded(numbers(0), MockHttpClient.layer([Reply.text("one")]))
      const text = yield* message(tape, numbers(100))
      assert.lengthOf(text.match(/body\.json\[/g) ?? [], 20)
      assert.include(text, "and 30 more")
    })
  )

  it.effect("concurrent ones are in the order in which they were sent", () =>
    Effect.gen(function* () {
      const http = MockHttpClient.layer((sent) =>
        Reply.slowHeaders(sent.body === "1" ? "2 seconds" : "1 second", Reply.text(sent.body))
      )
      const fiber = yield* Effect.fork(recorded(Effect.all([post("1"), post("2")], { concurrency: "unbounded" }), http))
      yield* TestClock.adjust("2 seconds")
      const { tape } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        tape.exchanges.map(({ request }) => request.body),
        [{ json: 1 }, { json: 2 }]
      )
    })
  )
})
