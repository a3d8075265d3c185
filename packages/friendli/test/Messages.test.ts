/**
 * Messages: the contract's vectors, failures, streams and spans over a scripted client, and the whole over sockets.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { collect, untilFailure } from "./support.js"
import { inMemoryTracer } from "./tracing.js"
import {
  answer,
  delta,
  frame,
  once,
  piecesTests,
  request,
  scripted,
  start,
  streamVectorTests,
  usage,
  vectorTests,
  whole
} from "./Messages.support.js"

vectorTests("examples")

streamVectorTests("examples")

describe("the request", () => {
  it.effect("is rejected before anything is sent, with the names of the fields", () =>
    Effect.gen(function* () {
      const bad = {
        messages: [],
        max_tokens: 0,
        temperature: Number.NaN,
        tool_choice: { type: "function" },
        stream: true
      } as unknown as Messages.MessagesRequest
      for (const call of [Messages.create(bad), Stream.runDrain(Messages.stream(bad))]) {
        const error = yield* Effect.flip(call)
        assert.strictEqual(error._tag, "InvalidRequestError")
        if (error._tag !== "InvalidRequestError") return
        assert.isUndefined(error.status)
        assert.sameMembers(
          error.issues.map((issue) => issue.path.join(".")),
          ["messages", "max_tokens", "temperature", "tool_choice.type", "stream"]
        )
      }
      assert.lengthOf(yield* MockHttpClient.requests, 0)
    }).pipe(Effect.provide(scripted([])))
  )

  it.effect("takes the default model, and fields newer than the SDK as an option", () =>
    Effect.gen(function* () {
      yield* Messages.create(request, { body: { newer: 1 } })
      assert.deepStrictEqual((yield* MockHttpClient.requests)[0]?.json, {
        ...request,
        model: "default-model",
        newer: 1
      })
    }).pipe(Effect.provide(scripted([Reply.json(Vectors.json("serverless.messages.messages.response.json"))])))
  )

  it.effect("says that a format is a JSON schema, where the caller did not", () =>
    Effect.gen(function* () {
      const schema = { type: "object" }
      const configs = [
        { format: { schema } },
        { format: { type: "json_schema", schema } },
        { format: { type: null } },
        { format: null },
        {}
      ] as const
      for (const output_config of configs) yield* Messages.create({ ...request, output_config })
      const sent = (yield* MockHttpClient.requests).map((it) => (it.json as Messages.MessagesRequest).output_config)
      assert.deepStrictEqual<unknown>(sent, [
        { format: { schema, type: "json_schema" } },
        { format: { type: "json_schema", schema } },
        { format: { type: null } },
        { format: null },
        {}
      ])
    }).pipe(Effect.provide(scripted(() => Reply.json(Vectors.json("serverless.messages.messages.response.json")))))
  )
})

describe("failures", () => {
  const body = Vectors.json("_error.422.MessagesErrorResponse.json")

  it.effect("the messages error body becomes an InvalidRequestError", () =>
    Effect.gen(function* () {
      for (const call of [Messages.create(request), Stream.runDrain(Messages.stream(request))]) {
        const error = yield* Effect.flip(call)
        assert.strictEqual(error._tag, "InvalidRequestError")
        if (error._tag !== "InvalidRequestError") return
        assert.strictEqual(error.status, 422)
        assert.strictEqual(error.code, "invalid_request_error")
        assert.strictEqual(error.requestId, "req_1")
        assert.deepStrictEqual(error.issues, [{ path: [], message: "max_tokens must be positive" }])
      }
    }).pipe(Effect.provide(scripted(() => Reply.status(422, { body }))))
  )

  it.effect("an answer of another shape is a decode failure that names the field", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Messages.create(request))
      assert.strictEqual(error._tag, "ResponseDecodeError")
      if (error._tag !== "ResponseDecodeError") return
      assert.deepStrictEqual(
        error.issues.map((issue) => issue.path),
        [["content", 0, "text"]]
      )
    }).pipe(Effect.provide(scripted([Reply.json({ id: "1", content: [{ type: "text" }], usage })])))
  )

  it.effect("an object in place of a name that cannot become text is a decode failure, not a defect", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Messages.create(request))
      assert.strictEqual(error._tag, "ResponseDecodeError")
      assert.include(error.message, "it has an object where a name is expected")
    }).pipe(Effect.provide(scripted([Reply.json({ id: "1", content: [{ type: { toString: null } }], usage })])))
  )
})

// ---------------------------------------------------------------------------
// streams
// ---------------------------------------------------------------------------

describe("a stream", () => {
  const overloaded = { type: "error", error: { type: "overloaded_error", message: "come back later" } }

  piecesTests("examples")

  it.effect("gives every event as it came, known or not", () =>
    Effect.gen(function* () {
      const events = yield* collect(Messages.stream(request))
      assert.deepStrictEqual<unknown>(events, [
        { name: "message_start", data: { type: "message_start", message: { id: "msg_1", next_year: [1] } } },
        { name: "vendor_event", data: { type: "vendor_event", load: 0.5 } },
        { name: "note", data: "no JSON at all" },
        { data: { type: "ping", of: "unnamed" } },
        { data: { type: "later" } },
        { name: "content_block_delta", data: { type: "content_block_delta", delta: { type: "later_delta", x: 1 } } },
        { name: "message_stop", data: { type: "message_stop", more: null } }
      ])
      assert.deepStrictEqual(events.map(MessageStream.isKnown), [true, false, false, true, false, true, true])
      assert.deepStrictEqual(
        (yield* collect(MessageStream.decoded(Messages.stream(request)))).map((data) => data.type),
        ["message_start", "ping", "content_block_delta", "message_stop"]
      )
    }).pipe(
      Effect.provide(
        scripted(() =>
          Reply.sse(
            frame({ type: "message_start", message: { id: "msg_1", next_year: [1] } }) +
              frame({ type: "vendor_event", load: 0.5 }) +
              "event: note\ndata: no JSON at all\n\n" +
              'data: {"type":"ping","of":"unnamed"}\n\n' +
              'data: {"type":"later"}\n\n' +
              frame({ type: "content_block_delta", delta: { type: "later_delta", x: 1 } }) +
              frame({ type: "message_stop", more: null })
          )
        )
      )
    )
  )

  it.effect("ends at message_stop, without waiting for the end of the input", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* MessageStream.fold(Messages.stream(request)), whole)
    }).pipe(Effect.provide(scripted([Reply.sse(`${answer}${frame({ type: "ping" })}`, { ending: "stall" })])))
  )

  for (const [what, last] of [
    ["[DONE] instead", "data: [DONE]\n\n"],
    ["a last line without its end", 'event: message_stop\ndata: {"type":"message_stop"}'],
    ["a message_stop that has a name and nothing else", "event: message_stop\ndata: {}\n\n"]
  ] as const) {
    it.effect(`ends at ${what}`, () =>
      Effect.gen(function* () {
        const { elements, error } = yield* untilFailure(Messages.stream(request, once))
        assert.isUndefined(error)
        assert.isAtLeast(elements.length, 1)
      }).pipe(Effect.provide(scripted([Reply.sse(start + last)])))
    )
  }

  it.effect("each run sends the request again", () =>
    Effect.gen(function* () {
      const stream = Messages.stream(request)
      yield* Stream.runDrain(stream)
      yield* Stream.runDrain(stream)
      assert.lengthOf(yield* MockHttpClient.requests, 2)
    }).pipe(Effect.provide(scripted(() => Reply.sse(answer))))
  )

  it.effect("without message_stop is cut short, and keeps what had arrived", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(MessageStream.fold(Messages.stream(request, once)))
      assert.strictEqual(error._tag, "StreamTruncatedError")
      assert.strictEqual(error.received?.events, 14)
      const partial = Option.getOrThrow(MessageStream.partial(error))
      assert.deepStrictEqual<unknown>(partial.content, [
        ...whole.content.slice(0, 2),
        { type: "tool_use", id: "toolu_1", name: "now", input: {}, partial_json: '{"zone":' }
      ])
      assert.isNull(partial.stop_reason)
      assert.deepStrictEqual(partial.usage, usage)
    }).pipe(Effect.provide(scripted([Reply.sse(answer, { after: { frames: 14 } })])))
  )

  it.effect("even after message_delta it is cut short", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain(Messages.stream(request, once)))
      assert.strictEqual(error._tag, "StreamTruncatedError")
    }).pipe(Effect.provide(scripted([Reply.sse(answer.replace(frame({ type: "message_stop" }), ""))])))
  )

  for (const [what, bad] of [
    ["a named error event", frame(overloaded)],
    ["an unnamed error", `data: ${JSON.stringify(overloaded)}\n\n`]
  ] as const) {
    it.effect(`${what} is a typed failure after what had arrived`, () =>
      Effect.gen(function* () {
        const { elements, error } = yield* untilFailure(Messages.stream(request, once))
        assert.lengthOf(elements, 2)
        assert.strictEqual(error?._tag, "OverloadedError")
        assert.include(error?.message, "come back later")
        const folded = yield* Effect.flip(MessageStream.toolUses(Messages.stream(request, once)))
        assert.deepStrictEqual(Option.getOrThrow(MessageStream.partial(folded)).content, [{ type: "text", text: "Hi" }])
      }).pipe(
        Effect.provide(scripted(() => Reply.sse(start + delta(0, { type: "text_delta", text: "Hi" }) + bad + answer)))
      )
    )
  }

  it.effect("that breaks off, or is no stream, is a typed failure", () =>
    Effect.gen(function* () {
      const tags: Array<string> = []
      for (let i = 0; i < 3; i++) tags.push((yield* Effect.flip(Stream.runDrain(Messages.stream(request, once))))._tag)
      assert.deepStrictEqual(tags, ["ConnectionError", "ResponseDecodeError", "StreamTruncatedError"])
    }).pipe(
      Effect.provide(
        scripted([
          Reply.sse(start, { ending: "reset" }),
          Reply.json(Vectors.json("serverless.messages.messages.response.json")),
          Reply.sse("")
        ])
      )
    )
  )

  it.effect("events are frames, undecoded", () =>
    Effect.gen(function* () {
      const frames = yield* collect(Messages.events(request))
      assert.deepStrictEqual(
        frames.map(({ data, event }) => [event, data]),
        [
          ["ping", '{"type": "ping"}'],
          ["x", "no JSON"],
          ["message_stop", "{}"]
        ]
      )
    }).pipe(
      Effect.provide(
        scripted([
          Reply.sse(
            'event: ping\ndata: {"type": "ping"}\n\nevent: x\ndata: no JSON\n\nevent: message_stop\ndata: {}\n\n'
          )
        ])
      )
    )
  )
})

// ---------------------------------------------------------------------------
// spans
// ---------------------------------------------------------------------------

describe("a span", () => {
  /** Runs with a tracer that keeps the attributes of each span. */
  const traced = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const { spans, tracer } = inMemoryTracer()
      return Effect.map(
        Effect.withTracer(effect, tracer),
        () => new Map(spans.map(({ attributes, name }) => [name, attributes]))
      )
    })

  const expected = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "friendli",
    "gen_ai.request.model": "default-model",
    "gen_ai.response.id": "msg_1",
    "gen_ai.response.model": "m-1",
    "gen_ai.response.finish_reasons": ["tool_use"],
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 12
  }

  it.effect("of a call and of a stream say the same of the answer, and nothing of its text", () =>
    Effect.gen(function* () {
      const spans = yield* traced(Effect.zipRight(Messages.create(request), Stream.runDrain(Messages.stream(request))))
      for (const name of ["Messages.create", "Messages.stream"]) {
        const attributes = Object.fromEntries(spans.get(name) ?? [])
        for (const [key, value] of Object.entries(expected)) assert.deepStrictEqual(attributes[key], value, key)
        assert.notMatch(JSON.stringify(attributes), /zebras|Hi there|KST/)
      }
    }).pipe(Effect.provide(scripted([Reply.json(whole), Reply.sse(answer)])))
  )
})

describe("a span of a stream whose last event counts again from 0", () => {
  it.effect("has the highest counts, and no empty stop reason", () =>
    Effect.gen(function* () {
      const { spans, tracer } = inMemoryTracer()
      yield* Effect.withTracer(Stream.runDrain(Messages.stream(request)), tracer)
      const attributes = Object.fromEntries(spans.find(({ name }) => name === "Messages.stream")?.attributes ?? [])
      assert.strictEqual(attributes["gen_ai.usage.input_tokens"], 7)
      assert.strictEqual(attributes["gen_ai.usage.output_tokens"], 12)
      assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["tool_use"])
    }).pipe(
      Effect.provide(
        scripted([
          Reply.sse(
            answer.replace(
              frame({ type: "message_stop" }),
              frame({
                type: "message_delta",
                delta: { stop_reason: "", stop_sequence: null },
                usage: { input_tokens: 0, output_tokens: null }
              }) + frame({ type: "message_stop" })
            )
          )
        ])
      )
    )
  )
})

describe("the tag", () => {
  it.effect("is mocked without a client", () =>
    Effect.gen(function* () {
      const mock = Layer.mock(Messages.Messages, { stream: () => Stream.make({ data: { type: "ping" } }) })
      assert.deepStrictEqual(yield* Effect.provide(collect(Messages.stream(request)), mock), [
        { data: { type: "ping" } }
      ])
    })
  )
})
