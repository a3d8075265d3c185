/** Tool-assisted chat: what is sent and read, against the contract's vectors and a scripted client. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Pricing from "effect-friendli/Pricing"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as ToolAssistedChat from "effect-friendli/ToolAssistedChat"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertRejected, assertSentAs } from "./sent.js"
import { collect, untilFailure } from "./support.js"

const over = (script: MockHttpClient.Script) =>
  ToolAssistedChat.layer.pipe(
    Layer.provide(Serverless.layerClient({ token: "test-token", model: "default-model", retry: Retry.never })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const request: ToolAssistedChat.ToolAssistedChatRequest = {
  messages: [{ role: "user", content: "What is 2 + 2?" }],
  tools: [{ type: "math:calculator" }]
}

/** `stream` is no field of our requests: the function that is called decides. */
const withoutStream = (body: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).filter(([field]) => field !== "stream"))

/** The events of the stream as frames. */
const frames = (...events: Parameters<typeof Wire.toolAssistedEvents>) =>
  Wire.toolAssistedEvents(...events).map(({ data, name }) => (name === undefined ? data : Reply.event(name, data)))

describe("the vectors", () => {
  it.effect.each(["minimal", "full"] as const)("%s: a whole answer", (kind) => {
    const operation = "serverless.tool_assisted_chat.complete"
    const wire = Vectors.requests(operation)[kind]
    const answer = Vectors.json(`${operation}.response.json`)
    return Effect.gen(function* () {
      const body = withoutStream(Vectors.json(wire.body.file))
      const team = wire.headers["x-friendli-team"]
      const { response, value } = yield* ToolAssistedChat.completeWithResponse(
        body as never,
        team === undefined ? {} : { team }
      )
      assert.deepStrictEqual<unknown>(value, answer)
      assert.strictEqual(response.status, 200)
      yield* assertSentAs(wire, body)
    }).pipe(Effect.provide(over([Reply.json(answer)])))
  })

  it.effect.each(["minimal", "full"] as const)("%s: a stream", (kind) => {
    const operation = "serverless.tool_assisted_chat.stream"
    const wire = Vectors.requests(operation)[kind]
    return Effect.gen(function* () {
      const body = withoutStream(Vectors.json(wire.body.file))
      const team = wire.headers["x-friendli-team"]
      const events = yield* collect(ToolAssistedChat.stream(body as never, team === undefined ? {} : { team }))
      const documented = Vectors.json<ReadonlyArray<{ readonly event: string; readonly data: unknown }>>(
        `${operation}.stream.json`
      )
      assert.deepStrictEqual<unknown>(
        events.map(({ data }) => data),
        documented.map(({ data }) => data)
      )
      // the sample leaves the name of some tokens out
      assert.deepStrictEqual(
        events.map((event) => (ToolAssistedChat.isToolStatus(event) ? event.name : ToolAssistedChat.isToken(event))),
        documented.map(({ event }) => (event === "token" ? true : event))
      )
      yield* assertSentAs(wire, {
        ...body,
        stream: true,
        stream_options: body["stream_options"] ?? { include_usage: true }
      })
    }).pipe(
      Effect.provide(
        over([Reply.sse(Vectors.text(`${operation}.stream.txt`)), Reply.sse(Vectors.text(`${operation}.stream.txt`))])
      )
    )
  })
})

describe("the request", () => {
  it.effect("takes the tools and the option of its own, and not what the API lacks", () =>
    Effect.gen(function* () {
      yield* ToolAssistedChat.complete({
        ...request,
        tools: [
          { type: "function", function: { name: "now", parameters: { type: "object", properties: {} } } },
          { type: "linkup:search" },
          { type: "file:text", files: ["file-1"] }
        ],
        resume_generation: true
      })
      const [sent] = yield* MockHttpClient.requests
      assert.deepInclude(sent?.json as object, { model: "default-model", resume_generation: true })
    }).pipe(Effect.provide(over([Reply.json(Wire.chatCompletion("4"))])))
  )

  it.effect("is rejected before anything is sent, with the name of the field", () =>
    assertRejected(ToolAssistedChat.complete, "ToolAssistedChat.complete", "serverless", [
      ["messages", { ...request, messages: [] }],
      ["min_tokens", { ...request, min_tokens: 1 }],
      ["response_format", { ...request, response_format: { type: "json_object" } }],
      ["stream", { ...request, stream: true }],
      ["resume_generation", { ...request, resume_generation: null }],
      ["tools.0.type", { ...request, tools: [{ type: "math:oracle" }] }],
      ["tools.0.files", { ...request, tools: [{ type: "file:text" }] }]
    ]).pipe(Effect.provide(over([])))
  )
})

describe("the stream", () => {
  const runs = [
    { name: "math:calculator", parameters: { expression: "2 + 2", digits: 0 }, result: "4" },
    { name: "web:search", error: { type: "INVALID_PARAMETER", msg: "no query" } }
  ]

  it.effect("a tool that fails is an event, and the folds of chat take the chunks", () =>
    Effect.gen(function* () {
      const statuses = yield* collect(ToolAssistedChat.toolStatuses(ToolAssistedChat.stream(request)))
      assert.deepStrictEqual(
        statuses.map(({ error, name, result, status }) => [name, status, result ?? error?.msg ?? null]),
        [
          ["math:calculator", "STARTED", null],
          ["math:calculator", "ENDED", "4"],
          ["web:search", "STARTED", null],
          ["web:search", "ERRORED", "no query"]
        ]
      )
      assert.deepStrictEqual(statuses[0]?.parameters, [
        { name: "expression", value: "2 + 2" },
        { name: "digits", value: "0" }
      ])
      const answer = yield* ToolAssistedChat.stream(request).pipe(ToolAssistedChat.chunks, ChatStream.fold)
      assert.strictEqual(answer.choices[0]?.message.content, "It is 4.")
      assert.strictEqual(answer.choices[0]?.finish_reason, "stop")
      assert.strictEqual(answer.usage?.total_tokens, 13)
    }).pipe(Effect.provide(over(() => Reply.sse(frames("It is 4.", { runs })))))
  )

  it.effect("a status without a name is told apart by its fields, with its id missing too", () =>
    Effect.gen(function* () {
      const [status, ...more] = yield* collect(ToolAssistedChat.stream(request))
      assert.isTrue(status !== undefined && ToolAssistedChat.isToolStatus(status))
      assert.isTrue(more.every(ToolAssistedChat.isToken))
    }).pipe(
      Effect.provide(
        over([
          Reply.sse([
            {
              tool_call_id: null,
              name: "web:url",
              status: "ERRORED",
              error: { type: "UNKNOWN", msg: "gone" },
              usage: null
            },
            ...Wire.chatChunks("Hm.")
          ])
        ])
      )
    )
  )

  it.effect("an event of an unknown name is kept, and no text is lost under one", () =>
    Effect.gen(function* () {
      const events = yield* collect(ToolAssistedChat.stream(request))
      const other = events[0]
      assert.deepStrictEqual(other, { name: "tool_plan", data: { steps: 2 } })
      assert.isFalse(ToolAssistedChat.isToken(other!) || ToolAssistedChat.isToolStatus(other!))
      assert.deepStrictEqual(events[1], { name: "note", data: "plain text" })
      const text = yield* Stream.fromIterable(events).pipe(ToolAssistedChat.chunks, ChatStream.text, Stream.mkString)
      assert.strictEqual(text, "Hello there")
    }).pipe(
      Effect.provide(
        over([
          Reply.sse([
            Reply.event("tool_plan", { steps: 2 }),
            Reply.event("note", "plain text"),
            Reply.event("answer", Wire.chatChunk({ content: "Hello" })),
            Reply.event("token", Wire.chatChunk({ content: " there" }, { finishReason: "stop" }))
          ])
        ])
      )
    )
  )

  it.effect("what is missing in a chunk is filled in, as in a chat", () =>
    Effect.gen(function* () {
      const events = yield* collect(ToolAssistedChat.stream(request))
      assert.deepStrictEqual<unknown>(
        events.map(({ data }) => data),
        [
          { choices: [{ delta: { content: "4" }, index: 0 }] },
          { choices: [{ index: 0, finish_reason: "stop", delta: {} }] },
          { usage: { completion_tokens: 1 }, choices: [] }
        ]
      )
    }).pipe(
      Effect.provide(
        over([
          Reply.sse([
            { choices: [{ delta: { content: "4" } }] },
            Reply.event("token", { choices: [{ index: 0, finish_reason: "stop" }] }),
            { usage: { completion_tokens: 1 } }
          ])
        ])
      )
    )
  )

  it.effect("that ends without [DONE] was cut short, whatever the last finish reason", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(ToolAssistedChat.stream(request))
      assert.lengthOf(elements, 7)
      assert(error?._tag === "StreamTruncatedError")
      assert.strictEqual(error.received?.events, 7)
      const failed = yield* Effect.flip(ToolAssistedChat.stream(request).pipe(ToolAssistedChat.chunks, ChatStream.fold))
      assert.strictEqual(Option.getOrThrow(ChatStream.partial(failed)).choices[0]?.message.content, "It is 4.")
    }).pipe(
      Effect.provide(
        over(() => Reply.sse(frames("It is 4.", { runs: [{ name: "math:calculator" }] }), { done: false }))
      )
    )
  )

  it.effect("a documented event of another shape fails it, and so does an error", () =>
    Effect.forEach(
      [
        [Reply.event("tool_status", { name: "web:url" }), "ResponseDecodeError"],
        [Reply.event("tool_status", { error: { msg: "no status" } }), "ResponseDecodeError"],
        [Reply.event("token", { choices: 1 }), "ResponseDecodeError"],
        [Reply.event("token", { text: "4" }), "ResponseDecodeError"],
        [Reply.event("error", { message: "no" }), "ServerError"],
        [{ error: { message: "no", type: "api_error" } }, "ServerError"],
        [Reply.event("token", { error: { message: "no", type: "api_error" } }), "ServerError"]
      ] as const,
      ([event, tag]) =>
        Stream.runDrain(ToolAssistedChat.stream(request)).pipe(
          Effect.flip,
          Effect.map((error) => assert.strictEqual(error._tag, tag, JSON.stringify(event))),
          Effect.provide(over([Reply.sse([...Wire.chatChunks("Hm.").slice(0, 1), event])]))
        )
    )
  )

  it.effect("its events as they came, and the opened stream", () =>
    Effect.gen(function* () {
      const raw = yield* collect(ToolAssistedChat.events(request))
      assert.deepStrictEqual(
        raw.map(({ event }) => event),
        ["tool_status", "tool_status", undefined, undefined, undefined]
      )
      const { response, value } = yield* ToolAssistedChat.streamWithResponse(request)
      assert.strictEqual(response.status, 200)
      assert.lengthOf(yield* collect(value), 5)
    }).pipe(
      Effect.scoped,
      Effect.provide(over(() => Reply.sse(frames("4", { runs: [{ name: "math:calculator", result: "4" }] }))))
    )
  )

  it.effect("its tokens are counted, for spans and costs", () =>
    Effect.gen(function* () {
      const observer = ToolAssistedChat.streamOperation.observer()
      for (const event of Wire.toolAssistedEvents("It is 4.", { model: "m-1", runs })) observer.observe(event)
      assert.deepStrictEqual(observer.facts(), {
        id: "chatcmpl-test",
        model: "m-1",
        finishReasons: ["stop"],
        usage: { inputTokens: 10, cachedInputTokens: undefined, outputTokens: 3 }
      })
      const collector = yield* Pricing.makeCollector
      yield* collector
        .track(Stream.runDrain(ToolAssistedChat.stream(request)))
        .pipe(
          Effect.provide(
            ToolAssistedChat.layer.pipe(
              Layer.provide(Serverless.layerClient({ token: "test-token", model: "m-1" })),
              Layer.provide(Pricing.layer),
              Layer.provide(MockHttpClient.layer([Reply.sse(frames("It is 4.", { model: "m-1", runs }))]))
            )
          )
        )
      const { answers, tokens } = yield* collector.spending
      assert.strictEqual(answers, 1)
      assert.deepStrictEqual(tokens.get("m-1"), { input: 10, cachedInput: 0, output: 3 })
    })
  )
})
