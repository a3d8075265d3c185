/**
 * Responses: the contract's vectors, failures, streams, spans and what reads their facts, over a scripted client.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Metrics from "effect-friendli/Metrics"
import * as Pricing from "effect-friendli/Pricing"
import * as Resilience from "effect-friendli/Resilience"
import * as Responses from "effect-friendli/Responses"
import * as ResponseStream from "effect-friendli/ResponseStream"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { assertRejected } from "./sent.js"
import { attempts, collect, during, guarded, prompt, untilFailure } from "./support.js"
import { inMemoryTracer } from "./tracing.js"
import {
  answer,
  completed,
  created,
  cutTests,
  eventsOf,
  frame,
  once,
  piecesTests,
  request,
  scripted,
  textDelta,
  vector,
  vectorTests,
  whole
} from "./Responses.support.js"

vectorTests("examples")

describe("the request", () => {
  const bad = [
    ["input", {}],
    ["input", { input: 5 }],
    ["input.0.role", { input: [{ role: "wizard", content: "a" }] }],
    ["input.0.role", { input: [{ type: "message", role: "wizard", content: "a" }] }],
    ["input.0.content", { input: [{ type: "message", role: "user" }] }],
    ["input.0.content.0.text", { input: [{ role: "user", content: [{ type: "input_text", text: 5 }] }] }],
    ["input.0.call_id", { input: [{ type: "function_call", name: "f", arguments: "{}" }] }],
    ["input.0.output", { input: [{ type: "function_call_output", call_id: "c", output: 21 }] }],
    ["input.0.summary", { input: [{ type: "reasoning", id: "rs" }] }],
    ["input.0.type", { input: [{ type: "later", x: () => 1 }] }],
    ["temperature", { ...request, temperature: 2.5 }],
    ["top_p", { ...request, top_p: Number.NaN }],
    ["max_output_tokens", { ...request, max_output_tokens: 1.5 }],
    ["tools.0.parameters", { ...request, tools: [{ type: "function", name: "f" }] }],
    ["tool_choice.name", { ...request, tool_choice: { type: "function", function: { name: "f" } } }],
    ["text.format.name", { ...request, text: { format: { type: "json_schema", name: "no spaces", schema: {} } } }],
    ["reasoning.effort", { ...request, reasoning: { effort: "" } }],
    ["stream", { ...request, stream: true }],
    ["messages", { ...request, messages: [] }]
  ] as const

  it.effect("is rejected before anything is sent, with the name of the field", () =>
    Effect.gen(function* () {
      for (const [field, given] of bad) {
        for (const call of [
          Responses.create(given as never),
          Stream.runDrain(Responses.stream(given as never))
        ] as ReadonlyArray<Effect.Effect<unknown, FriendliStreamError, Responses.Responses>>) {
          const error = yield* Effect.flip(call)
          assert(error._tag === "InvalidRequestError", field)
          assert.isUndefined(error.status)
          assert.include(
            error.issues.map(({ path }) => path.join(".")),
            field
          )
        }
      }
      assert.lengthOf(yield* MockHttpClient.requests, 0)
      yield* assertRejected(Responses.create, "Responses.create", "serverless", bad.slice(0, 2))
    }).pipe(Effect.provide(scripted([])))
  )

  it.effect("takes the default model, and fields newer than the SDK as an option", () =>
    Effect.gen(function* () {
      yield* Responses.create(request, { body: { newer: 1 } })
      assert.deepStrictEqual((yield* MockHttpClient.requests)[0]?.json, {
        ...request,
        model: "default-model",
        newer: 1
      })
    }).pipe(Effect.provide(scripted([Reply.json(whole)])))
  )

  it.effect("has items, parts and words that are newer than the SDK", () =>
    Effect.gen(function* () {
      const newer = {
        input: [
          { type: "later_item", of: [1, null] },
          { role: "user", content: [{ type: "later_part", x: { y: 1 } }] }
        ],
        reasoning: { effort: "colossal" },
        tool_choice: "sometimes"
      } as never as Responses.ResponsesRequest
      yield* Responses.create(newer)
      assert.deepStrictEqual((yield* MockHttpClient.requests)[0]?.json, { ...newer, model: "default-model" })
    }).pipe(Effect.provide(scripted([Reply.json(whole)])))
  )
})

describe("an answer", () => {
  const newer = {
    ...whole,
    status: "paused",
    next_year: [1],
    output: [
      { type: "later_item", id: "x_1", of: [null] },
      { type: "message", id: "m", role: "oracle", status: "new", content: [{ type: "later_part", x: 1 }], y: 2 },
      { type: "reasoning", id: "r", summary: [{ type: "later_summary" }], content: [{ type: "later_thought" }] },
      { type: "custom_tool_call", id: "c", call_id: "call_1", name: "shell", input: "ls", z: null }
    ],
    usage: { total_tokens: 3, new_tokens: 1 },
    incomplete_details: { reason: "boredom" }
  }

  it.effect("keeps items, parts, fields and words that are newer than the SDK, whole and streamed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* Responses.create(request), newer)
      assert.deepStrictEqual<unknown>(yield* ResponseStream.fold(Responses.stream(request)), newer)
    }).pipe(
      Effect.provide(
        scripted([Reply.json(newer), Reply.sse(created + frame({ type: "response.completed", response: newer }))])
      )
    )
  )

  it.effect("needs its items, and lacks what is certain or nobody needs", () =>
    Effect.gen(function* () {
      const bare = yield* Responses.create(request)
      assert.deepStrictEqual<unknown>(bare.output, [
        { type: "message", content: [] },
        { type: "reasoning", summary: [] },
        { type: "function_call", name: "now", call_id: "", arguments: "{}" },
        { type: "custom_tool_call", name: "shell", call_id: "", input: "" }
      ])
      const cut = yield* Responses.create(request)
      assert.deepStrictEqual<unknown>(cut.output, [{ type: "function_call", name: "now", call_id: "", arguments: "" }])
      const error = yield* Effect.flip(Responses.create(request, once))
      assert.strictEqual(error._tag, "ResponseDecodeError")
    }).pipe(
      Effect.provide(
        scripted([
          Reply.json({
            output: [
              { type: "message" },
              { type: "reasoning" },
              { type: "function_call", name: "now" },
              { type: "custom_tool_call", name: "shell" }
            ]
          }),
          Reply.json({ status: "incomplete", output: [{ type: "function_call", name: "now" }] }),
          Reply.json({ id: "resp_1" })
        ])
      )
    )
  )

  it.effect("of another shape is a decode failure that names the field", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Responses.create(request, once))
      assert(error._tag === "ResponseDecodeError")
      assert.deepStrictEqual(
        error.issues.map((issue) => issue.path),
        [["output", 0, "content", 0, "text"]]
      )
    }).pipe(
      Effect.provide(
        scripted([Reply.json({ output: [{ type: "message", content: [{ type: "output_text", text: 5 }] }] })])
      )
    )
  )

  it("has its text in one place", () => {
    assert.strictEqual(Responses.outputText(Wire.response("Hi!", { reasoning: "Hm", incomplete: "x" })), "Hi!")
    assert.strictEqual(Responses.outputText({ output: [] }), "")
  })
})

describe("failures", () => {
  const failed = (error: unknown, more: object = {}) => ({ id: "resp_1", status: "failed", output: [], error, ...more })

  const table = [
    ["server_error", "ServerError", 500],
    ["rate_limit_exceeded", "RateLimitError", 429],
    ["invalid_prompt", "InvalidRequestError", 400],
    ["image_file_not_found", "InvalidRequestError", 400],
    ["vector_store_timeout", "ServerError", 504],
    ["a_new_code", "ServerError", undefined]
  ] as const

  it.effect.each(table)("%s inside a response is the error of its code", ([code, tag, status]) => {
    const error = { code, message: "it did not work" }
    const event = { type: "response.failed", response: failed(error), sequence_number: 1 }
    return Effect.gen(function* () {
      const whole = yield* Effect.flip(Responses.create(request, once))
      const streamed = yield* Effect.flip(Stream.runDrain(Responses.stream(request, once)))
      for (const each of [whole, streamed]) {
        assert.strictEqual(each._tag, tag)
        assert.strictEqual(each.status, status)
        assert.strictEqual(each.code, code)
        assert.include(each.message, "it did not work")
      }
    }).pipe(Effect.provide(scripted([Reply.json(failed(error)), Reply.sse(created + frame(event))])))
  })

  it.effect("a response that failed without a reason says so, whatever else it lacks", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 2; i++) {
        const error = yield* Effect.flip(Responses.create(request, once))
        assert.strictEqual(error._tag, "ServerError")
        assert.include(error.message, "failed without a reason")
      }
      for (let i = 0; i < 2; i++) {
        const error = yield* Effect.flip(Stream.runDrain(Responses.stream(request, once)))
        assert.strictEqual(error._tag, "ServerError")
        assert.include(error.message, "failed without a reason")
      }
    }).pipe(
      Effect.provide(
        scripted([
          Reply.json(failed(null)),
          Reply.json(failed({ code: "", message: null })),
          Reply.sse(created + frame({ type: "response.failed" })),
          Reply.sse(created + frame({ type: "response.failed", response: failed(null) }))
        ])
      )
    )
  )

  it.effect("an empty error is none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* Responses.create(request, once), { ...whole, error: {} })
    }).pipe(Effect.provide(scripted([Reply.json({ ...whole, error: {} })])))
  )

  it.effect("the server's reasons become typed errors", () =>
    Effect.gen(function* () {
      const tags: Array<string> = []
      for (let i = 0; i < 3; i++) tags.push((yield* Effect.flip(Responses.create(request, once)))._tag)
      assert.deepStrictEqual(tags, ["InvalidRequestError", "RateLimitError", "ServerError"])
    }).pipe(
      Effect.provide(
        scripted([
          Reply.status(422, { body: { detail: "unsupported input item type: additional_tools" } }),
          Reply.status(429),
          Reply.json({ error: { message: "no engine", type: "server_error" } })
        ])
      )
    )
  )

  it.effect("a response that failed for a passing reason is asked for again, a stream that has begun is not", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* during(Responses.create(request), "1 minute"), whole)
      assert.lengthOf(yield* attempts, 2)
      yield* during(Effect.flip(Stream.runDrain(Responses.stream(request))), "1 minute")
      assert.lengthOf(yield* attempts, 3)
    }).pipe(
      Effect.provide(
        scripted([
          Reply.json(vector(".failed")),
          Reply.json(whole),
          Reply.sse(eventsOf(".failed"), { named: true }),
          Reply.sse(answer)
        ])
      )
    )
  )
})

// ---------------------------------------------------------------------------
// streams
// ---------------------------------------------------------------------------

describe("a stream", () => {
  piecesTests("examples")

  cutTests("examples")

  it.effect("gives every event as it came, known or not", () =>
    Effect.gen(function* () {
      const events = yield* collect(Responses.stream(request))
      assert.deepStrictEqual<unknown>(events, [
        { name: "response.created", data: { type: "response.created", response: { id: "resp_1", next_year: [1] } } },
        { name: "vendor_event", data: { type: "vendor_event", load: 0.5 } },
        { name: "note", data: "no JSON at all" },
        { data: { type: "response.custom_tool_call_input.delta", delta: "ls" } },
        { name: "response.output_text.delta", data: { type: "response.output_text.delta", delta: "Hi", logprobs: [] } },
        { name: "response.completed", data: { type: "response.completed", more: null } }
      ])
      assert.deepStrictEqual(events.map(ResponseStream.isKnown), [true, false, false, false, true, true])
      assert.deepStrictEqual(
        (yield* collect(ResponseStream.decoded(Responses.stream(request)))).map((data) => data.type),
        ["response.created", "response.output_text.delta", "response.completed"]
      )
    }).pipe(
      Effect.provide(
        scripted(() =>
          Reply.sse(
            frame({ type: "response.created", response: { id: "resp_1", next_year: [1] } }) +
              frame({ type: "vendor_event", load: 0.5 }) +
              "event: note\ndata: no JSON at all\n\n" +
              'data: {"type":"response.custom_tool_call_input.delta","delta":"ls"}\n\n' +
              frame({ type: "response.output_text.delta", delta: "Hi", logprobs: [] }) +
              frame({ type: "response.completed", more: null })
          )
        )
      )
    )
  )

  it.effect("ends at its last event, without waiting for the end of the input", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* ResponseStream.fold(Responses.stream(request)), whole)
    }).pipe(Effect.provide(scripted([Reply.sse(`${answer}\ndata: [DONE]\n\n`, { ending: "stall" })])))
  )

  for (const [what, last] of [
    ["a last line without its end", `event: response.completed\ndata: {"type":"response.completed"}`],
    ["a last event that has a name and nothing else", "event: response.incomplete\ndata: {}\n\n"],
    ["a last event without a name", `data: {"type":"response.completed"}\n\n`]
  ] as const) {
    it.effect(`ends at ${what}`, () =>
      Effect.gen(function* () {
        const { elements, error } = yield* untilFailure(Responses.stream(request, once))
        assert.isUndefined(error)
        assert.lengthOf(elements, 3)
      }).pipe(Effect.provide(scripted([Reply.sse(created + textDelta("Hi") + last)])))
    )
  }

  for (const [what, last] of [
    ["nothing", ""],
    ["[DONE]", "data: [DONE]\n\n"],
    ["[DONE] without a blank line", "data: [DONE]"],
    ["half an event", `event: response.completed\ndata: {"type":"response.comp`]
  ] as const) {
    it.effect(`that ends with ${what} is cut short, and keeps what had arrived`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(ResponseStream.fold(Responses.stream(request, once)))
        assert.strictEqual(error._tag, "StreamTruncatedError")
        assert.strictEqual(error.received?.events, 2)
        const partial = Option.getOrThrow(ResponseStream.partial(error))
        assert.strictEqual(Responses.outputText(partial), "Hi")
        assert.strictEqual(partial.status, "in_progress")
      }).pipe(Effect.provide(scripted([Reply.sse(created + textDelta("Hi") + last)])))
    )
  }

  it.effect("each run sends the request again", () =>
    Effect.gen(function* () {
      const stream = Responses.stream(request)
      yield* Stream.runDrain(stream)
      yield* Stream.runDrain(stream)
      assert.lengthOf(yield* MockHttpClient.requests, 2)
    }).pipe(Effect.provide(scripted(() => Reply.sse(answer))))
  )

  const overloaded = { type: "error", code: "overloaded", message: "come back later", param: null, sequence_number: 3 }

  for (const [what, bad] of [
    ["a named error event", frame(overloaded)],
    ["an unnamed error", `data: ${JSON.stringify(overloaded)}\n\n`],
    ["an error of a gateway", `data: {"error":{"code":"overloaded","message":"come back later"}}\n\n`]
  ] as const) {
    it.effect(`${what} is a typed failure after what had arrived`, () =>
      Effect.gen(function* () {
        const { elements, error } = yield* untilFailure(Responses.stream(request, once))
        assert.lengthOf(elements, 2)
        assert.strictEqual(error?._tag, "OverloadedError")
        assert.include(error?.message, "come back later")
        const folded = yield* Effect.flip(ResponseStream.toolCalls(Responses.stream(request, once)))
        assert.strictEqual(Responses.outputText(Option.getOrThrow(ResponseStream.partial(folded))), "Hi")
      }).pipe(Effect.provide(scripted(() => Reply.sse(created + textDelta("Hi") + bad + completed))))
    )
  }

  it.effect("that breaks off, or is no stream, is a typed failure", () =>
    Effect.gen(function* () {
      const tags: Array<string> = []
      for (let i = 0; i < 3; i++) tags.push((yield* Effect.flip(Stream.runDrain(Responses.stream(request, once))))._tag)
      assert.deepStrictEqual(tags, ["ConnectionError", "ResponseDecodeError", "StreamTruncatedError"])
    }).pipe(Effect.provide(scripted([Reply.sse(created, { ending: "reset" }), Reply.json(whole), Reply.sse("")])))
  )

  const broken = [
    ["text that is a number", { type: "response.output_text.delta", delta: 42 }, "delta"],
    ["text that is missing", { type: "response.output_text.delta" }, "delta"],
    ["reasoning that is null", { type: "response.reasoning_text.delta", delta: null }, "delta"],
    ["an index that is text", { type: "response.output_text.delta", delta: "x", output_index: "0" }, "output_index"],
    ["arguments that are an object", { type: "response.function_call_arguments.delta", delta: {} }, "delta"],
    ["no item", { type: "response.output_item.added", output_index: 0 }, "item"],
    ["a call without a name", { type: "response.output_item.added", item: { type: "function_call" } }, "item.name"],
    ["a part without a type", { type: "response.content_part.added", part: { text: "x" } }, "part.type"],
    ["items that are none", { type: "response.completed", response: { output: 5 } }, "response.output"]
  ] as const

  it.effect.each(broken)("with %s fails, with the field", ([, data, path]) =>
    Effect.gen(function* () {
      for (let i = 0; i < 2; i++) {
        const { elements, error } = yield* untilFailure(Responses.stream(request, once))
        assert.lengthOf(elements, 1)
        assert(error?._tag === "ResponseDecodeError")
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path.join(".")),
          [path]
        )
      }
    }).pipe(
      Effect.provide(
        scripted([
          Reply.sse(created + frame(data) + completed),
          Reply.sse(`${created}data: ${JSON.stringify(data)}\n\n${completed}`)
        ])
      )
    )
  )

  it.effect("with the name of one event and the data of another fails", () =>
    Effect.gen(function* () {
      const { error } = yield* untilFailure(Responses.stream(request, once))
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    }).pipe(
      Effect.provide(
        scripted([Reply.sse(`${created}event: response.output_text.delta\ndata: {"type":"ping"}\n\n${completed}`)])
      )
    )
  )

  it.effect("events are frames, undecoded", () =>
    Effect.gen(function* () {
      const frames = yield* collect(Responses.events(request))
      assert.deepStrictEqual(
        frames.map(({ event }) => event),
        eventsOf(".failed").map(({ type }) => type)
      )
      assert.deepStrictEqual<ReadonlyArray<unknown>>(
        frames.map(({ data }) => JSON.parse(data) as unknown),
        eventsOf(".failed")
      )
    }).pipe(Effect.provide(scripted([Reply.sse(eventsOf(".failed"), { named: true })])))
  )

  it.effect("is consumed event by event without a stream, and opened with its response", () =>
    Effect.gen(function* () {
      const types: Array<unknown> = []
      yield* Responses.forEach(request, ({ name }) => void types.push(name))
      assert.deepStrictEqual(
        types,
        eventsOf("").map(({ type }) => type)
      )
      const { response, value } = yield* Responses.streamWithResponse(request)
      assert.strictEqual(response.status, 200)
      assert.deepStrictEqual<unknown>(yield* ResponseStream.fold(value), whole)
    }).pipe(Effect.scoped, Effect.provide(scripted(() => Reply.sse(answer))))
  )
})

// ---------------------------------------------------------------------------
// what reads facts
// ---------------------------------------------------------------------------

describe("a span", () => {
  it.effect("of a call and of a stream say the same of the answer, and nothing of its text", () =>
    Effect.gen(function* () {
      const { spans, tracer } = inMemoryTracer()
      const asked = { ...request, max_output_tokens: 99, temperature: 0.5 }
      yield* Effect.withTracer(
        Effect.zipRight(Responses.create(asked), Stream.runDrain(Responses.stream(asked))),
        tracer
      )
      for (const name of ["Responses.create", "Responses.stream"]) {
        const attributes = Object.fromEntries(spans.find((span) => span.name === name)?.attributes ?? [])
        assert.deepInclude(attributes, {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "friendli",
          "gen_ai.request.model": "default-model",
          "gen_ai.request.max_tokens": 99,
          "gen_ai.request.temperature": 0.5,
          "gen_ai.response.id": "resp_0001",
          "gen_ai.response.model": "example-lab/sparrow-7b",
          "gen_ai.response.finish_reasons": ["completed"],
          "gen_ai.usage.input_tokens": 41,
          "gen_ai.usage.output_tokens": 23
        })
        assert.notMatch(JSON.stringify(attributes), /zebras|greeting|Oslo/)
      }
    }).pipe(Effect.provide(scripted([Reply.json(whole), Reply.sse(answer)])))
  )

  it.effect("of an incomplete response says why it ended", () =>
    Effect.gen(function* () {
      const { spans, tracer } = inMemoryTracer()
      yield* Effect.withTracer(Stream.runDrain(Responses.stream(request)), tracer)
      const attributes = Object.fromEntries(spans.find(({ name }) => name === "Responses.stream")?.attributes ?? [])
      assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["max_output_tokens"])
      assert.strictEqual(attributes["gen_ai.usage.output_tokens"], 1)
    }).pipe(Effect.provide(scripted([Reply.sse(eventsOf(".incomplete"), { named: true })])))
  )
})

describe("the layers around operations", () => {
  const usage = {
    input_tokens: 1000,
    input_tokens_details: { cached_tokens: 400 },
    output_tokens: 200,
    total_tokens: 1200
  }
  const options = { model: "a-model", usage }

  it.effect("count the tokens of responses for their cost, those of the cache apart", () =>
    Effect.gen(function* () {
      const collector = yield* Pricing.makeCollector
      yield* collector.track(Effect.zipRight(Responses.create(request), Stream.runDrain(Responses.stream(request))))
      yield* Effect.exit(collector.track(Responses.create(request)))
      assert.deepStrictEqual(yield* collector.spending, {
        tokens: new Map([["a-model", { input: 2000, cachedInput: 800, output: 400 }]]),
        answers: 2,
        unreported: 1,
        retries: 0
      })
    }).pipe(
      Effect.provide(
        guarded(Pricing.layer, [
          Reply.json(Wire.response("Hi", options)),
          Reply.sse(Wire.responseEvents("Hi there", options), { named: true }),
          Reply.json(Wire.response("", { error: { code: "server_error", message: "no" } }))
        ])
      )
    )
  )

  it.effect("measure responses as everything else", () =>
    Effect.gen(function* () {
      yield* Effect.gen(function* () {
        yield* Responses.create(request)
        yield* Stream.runDrain(Responses.stream(request))
        yield* Effect.exit(Stream.runDrain(Responses.stream(request)))
      }).pipe(Effect.tagMetrics({ test: "responses" }))
      const tokens = yield* Metrics.read(Metrics.tokenUsage, { test: "responses" })
      assert.deepStrictEqual(
        Object.fromEntries(tokens.map(({ state, tags }) => [tags["gen_ai.token.type"], state.sum])),
        { input: 2000, output: 400 }
      )
      const errors = yield* Metrics.read(Metrics.errors, { test: "responses" })
      assert.deepStrictEqual(
        errors.map(({ state, tags }) => [tags["error.type"], Number(state.count)]),
        [["RateLimitError", 1]]
      )
    }).pipe(
      Effect.provide(
        guarded(Metrics.layer, [
          Reply.json(Wire.response("Hi", options)),
          Reply.sse(Wire.responseEvents("Hi there", options), { named: true }),
          Reply.sse(Wire.responseEvents("", { error: { code: "rate_limit_exceeded", message: "no" } }), { named: true })
        ])
      )
    )
  )

  it.effect("hedge them: the first success wins, and the other request is closed", () =>
    Effect.gen(function* () {
      const response = yield* during(Responses.create(request), "3 seconds")
      assert.strictEqual(Responses.outputText(response), "two")
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["aborted", "read"])
    }).pipe(
      Effect.provide(
        guarded(Resilience.layerHedge({ after: "2 seconds" }), [
          Reply.never,
          Reply.slowHeaders("1 second", Reply.json(Wire.response("two")))
        ])
      )
    )
  )

  it.effect("limit their tokens by what responses and their streams report", () =>
    Effect.gen(function* () {
      yield* Responses.create(request)
      yield* during(Stream.runDrain(Responses.stream(request)), "90 seconds")
      yield* during(Responses.create(request), "90 seconds")
      assert.deepStrictEqual(yield* attempts, [0, 60_000, 120_000])
    }).pipe(
      Effect.provide(
        guarded(Resilience.layerRateLimit({ tokensPerMinute: 1200 }), [
          Reply.json(Wire.response("Hi", options)),
          Reply.sse(Wire.responseEvents("Hi", options), { named: true }),
          Reply.json(Wire.response("Hi", options))
        ])
      )
    )
  )
})

describe("a turn that goes back", () => {
  it("has text, reasoning, calls and unknown items, and is what a request takes", () => {
    const items = Responses.toInput({
      output: [
        ...Wire.response("Hi!", {
          reasoning: "Hm",
          toolCalls: [Wire.toolCall("now", "")],
          customToolCalls: [{ call_id: "c", name: "shell", input: "ls" }]
        }).output,
        { type: "later", x: 1 } as never
      ]
    })
    assert.deepStrictEqual<unknown>(items, [
      { type: "reasoning", id: "rs-test", summary: [], content: [{ type: "reasoning_text", text: "Hm" }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi!" }] },
      { type: "function_call", id: "fc-call-now", call_id: "call-now", name: "now", arguments: "{}" },
      { type: "custom_tool_call", id: "ctc-c", call_id: "c", name: "shell", input: "ls" },
      { type: "later", x: 1 }
    ])
    Schema.encodeUnknownSync(Responses.ResponsesRequest)({ input: items }, { onExcessProperty: "error" })
  })

  it("has nothing empty, and no reasoning without an id", () => {
    assert.deepStrictEqual<unknown>(
      Responses.toInput({
        output: [
          { type: "message", content: [{ type: "output_text", text: "" }] },
          { type: "reasoning", summary: [] },
          { type: "reasoning", id: "rs", summary: [{ type: "summary_text", text: "s" }], content: null }
        ]
      }),
      [{ type: "reasoning", id: "rs", summary: [{ type: "summary_text", text: "s" }] }]
    )
  })
})

describe("the tag", () => {
  it.effect("is mocked without a client", () =>
    Effect.gen(function* () {
      const mock = Layer.mock(Responses.Responses, { create: () => Effect.succeed(Wire.response(prompt)) })
      const response = yield* Effect.provide(Responses.create(request), mock)
      assert.strictEqual(Responses.outputText(response), prompt)
    })
  )

  it.effect("is run by any client as an operation", () =>
    Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      assert.deepStrictEqual<unknown>(
        yield* client.execute(Responses.createOperation, request, { retry: Retry.never }),
        whole
      )
    }).pipe(Effect.provide(scripted([Reply.json(whole)])))
  )
})
