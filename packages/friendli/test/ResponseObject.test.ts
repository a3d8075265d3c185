/**
 * Structured responses: what differs from chat.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ResponseObject from "effect-friendli/ResponseObject"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import { it } from "./it.js"
import { collect, serverless } from "./support.js"

const Verdict = Schema.Struct({ sentiment: Schema.Literal("good", "bad"), when: Schema.Date })
const good = `{"sentiment":"good","when":"2026-01-01T00:00:00Z"}`
const usage = { input_tokens: 10, output_tokens: 2, total_tokens: 12 }

const request: ResponseObject.Request = { input: "How is this review?", max_output_tokens: 100 }

const message = (...content: ReadonlyArray<object>) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content
})
const said = (text: string) => message({ type: "output_text", text, annotations: [] })
const response = (output: ReadonlyArray<object>, more?: object) => ({
  id: "resp_1",
  object: "response",
  created_at: 1,
  model: "m",
  status: "completed",
  output,
  usage,
  ...more
})

const bodies = Effect.map(MockHttpClient.requests, (requests) =>
  requests.map(({ json }) => json as ResponseObject.Request)
)

describe("create", () => {
  it.effect("asks for the format, and asks again with the items of the answer", () =>
    Effect.gen(function* () {
      const {
        attempts,
        usage: total,
        value
      } = yield* ResponseObject.create(Verdict, request, {
        outputRetries: 1,
        description: "A verdict"
      })
      assert.strictEqual(value.when.getUTCFullYear(), 2026)
      assert.deepStrictEqual(total, { input_tokens: 20, output_tokens: 4, total_tokens: 24 })
      assert.strictEqual(attempts[0]?.finishReason, "completed")
      const [first, second] = yield* bodies
      const format = first?.text?.format
      assert(format?.type === "json_schema")
      assert.strictEqual(format.name, "answer")
      assert.strictEqual(format.description, "A verdict")
      assert.property(format.schema["properties"], "sentiment")
      assert.strictEqual(first?.input, request.input)
      assert.deepStrictEqual(second?.input.slice(0, 2) as unknown, [
        { type: "message", role: "user", content: request.input },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: `{"sentiment":"fine"}` }] }
      ])
      assert.include(JSON.stringify(second?.input[2]), "you wrote")
    }).pipe(
      Effect.provide(
        serverless([Reply.json(response([said(`{"sentiment":"fine"}`)])), Reply.json(response([said(good)]))])
      )
    )
  )

  it.effect.each([
    ["max_output_tokens", "length"],
    ["content_filter", "refused"],
    [undefined, "length"]
  ] as const)("incomplete by %s", ([reason, expected]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ResponseObject.create(Verdict, request, { outputRetries: 2 }))
      assert(error._tag === "OutputRejectedError")
      assert.strictEqual(error.reason, expected)
    }).pipe(
      Effect.provide(
        serverless([
          Reply.json(
            response([said(`{"sent`)], {
              status: "incomplete",
              incomplete_details: reason === undefined ? null : { reason }
            })
          )
        ])
      )
    )
  )

  it.effect("tells a refusal, and raises the limit if the program says so", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ResponseObject.create(Verdict, request))
      assert(error._tag === "OutputRejectedError")
      assert.strictEqual(error.reason, "refused")
      assert.strictEqual(error.attempts[0]?.text, "I cannot.")
      yield* ResponseObject.create(Verdict, request, { outputRetries: { times: 1, length: true } })
      assert.deepStrictEqual(
        (yield* bodies).map(({ max_output_tokens }) => max_output_tokens),
        [100, 100, 200]
      )
    }).pipe(
      Effect.provide(
        serverless([
          Reply.json(response([message({ type: "refusal", refusal: "I cannot." })])),
          Reply.json(
            response([said(`{"sent`)], { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } })
          ),
          Reply.json(response([said(good)]))
        ])
      )
    )
  )
})

describe("stream", () => {
  const sse = (text: string) =>
    Reply.sse(
      [
        { type: "response.created", response: response([], { status: "in_progress", usage: null }) },
        {
          type: "response.output_text.delta",
          item_id: "msg_1",
          output_index: 0,
          content_index: 0,
          delta: text.slice(0, 9)
        },
        {
          type: "response.output_text.delta",
          item_id: "msg_1",
          output_index: 0,
          content_index: 0,
          delta: text.slice(9)
        },
        { type: "response.completed", response: response([said(text)]) }
      ],
      { named: true }
    )

  it.effect("grows, asks again, and ends in the decoded value", () =>
    Effect.gen(function* () {
      const events = yield* collect(ResponseObject.stream(Verdict, request, { outputRetries: 1 }))
      assert.deepStrictEqual(
        events.flatMap(({ _tag, attempt }) => (_tag === "Growing" ? [] : [`${_tag} ${attempt}`])),
        ["Rejected 1", "Complete 2"]
      )
      assert.isTrue(events.some(({ _tag, attempt }) => _tag === "Growing" && attempt === 2))
      const last = events.at(-1)
      assert(last?._tag === "Complete")
      assert.instanceOf(last.value.when, Date)
      assert.strictEqual(last.answer.status, "completed")
      assert.strictEqual(last.usage.total_tokens, 24)
    }).pipe(Effect.provide(serverless([sse(`{"sentiment":"good"}`), sse(good)])))
  )
})
