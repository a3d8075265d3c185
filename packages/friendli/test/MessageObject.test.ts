/**
 * Structured messages answers: what differs from chat.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as MessageObject from "effect-friendli/MessageObject"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { collect, field, serverless } from "./support.js"

const Verdict = Schema.Struct({ sentiment: Schema.Literal("good", "bad"), when: Schema.Date })
const good = `{"sentiment":"good","when":"2026-01-01T00:00:00Z"}`

const request: MessageObject.Request = {
  messages: [{ role: "user", content: "How is this review?" }],
  max_tokens: 100,
  output_config: { effort: "low" }
}

const bodies = Effect.map(MockHttpClient.requests, (requests) =>
  requests.map(({ json }) => json as MessageObject.Request)
)

describe("create", () => {
  it.effect("asks for the format, and asks again with the blocks of the answer", () =>
    Effect.gen(function* () {
      const { attempts, usage, value } = yield* MessageObject.create(Verdict, request, { outputRetries: 1 })
      assert.strictEqual(value.when.getUTCFullYear(), 2026)
      assert.deepStrictEqual(usage, { input_tokens: 20, output_tokens: 2 })
      assert.strictEqual(attempts[0]?.finishReason, "end_turn")
      const [first, second] = yield* bodies
      assert.strictEqual(first?.output_config?.effort, "low")
      assert.strictEqual(first?.output_config?.format?.type, "json_schema")
      assert.property(field(first?.output_config?.format?.schema, "properties"), "sentiment")
      assert.deepStrictEqual(second?.messages.slice(0, 2), [
        ...request.messages,
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Hm.", signature: "sig-test" },
            { type: "text", text: `{"sentiment":"fine"}` }
          ]
        }
      ])
      assert.include(String(second?.messages[2]?.content), `(you wrote "fine")`)
    }).pipe(
      Effect.provide(
        serverless([
          Reply.json(Wire.message(`{"sentiment":"fine"}`, { thinking: "Hm." })),
          Reply.json(Wire.message(good))
        ])
      )
    )
  )

  it.effect("shows no empty message to the model", () =>
    Effect.gen(function* () {
      yield* MessageObject.create(Verdict, request, { outputRetries: 1 })
      assert.deepStrictEqual(
        (yield* bodies)[1]?.messages.map(({ role }) => role),
        ["user", "user"]
      )
    }).pipe(Effect.provide(serverless([Reply.json(Wire.message("")), Reply.json(Wire.message(good))])))
  )

  it.effect.each([
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "refused"],
    ["end_turn", "invalid"]
  ] as const)("%s is %s", ([stopReason, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(MessageObject.create(Verdict, request))
      assert(error._tag === "OutputRejectedError")
      assert.strictEqual(error.reason, reason)
    }).pipe(Effect.provide(serverless([Reply.json(Wire.message(`{"sent`, { stopReason }))])))
  )

  it.effect("raises the limit if the program says so", () =>
    Effect.gen(function* () {
      yield* MessageObject.create(Verdict, request, { outputRetries: { times: 1, length: true } })
      assert.deepStrictEqual(
        (yield* bodies).map(({ max_tokens }) => max_tokens),
        [100, 200]
      )
    }).pipe(
      Effect.provide(
        serverless([Reply.json(Wire.message(`{"sent`, { stopReason: "max_tokens" })), Reply.json(Wire.message(good))])
      )
    )
  )
})

describe("stream", () => {
  const sse = (text: string) => Reply.sse(Wire.messageEvents(text, { thinking: "Hm." }), { named: true })

  it.effect("grows, asks again, and ends in the decoded value", () =>
    Effect.gen(function* () {
      const events = yield* collect(MessageObject.stream(Verdict, request, { outputRetries: 1 }))
      assert.deepStrictEqual(
        events.map(({ _tag, attempt }) => `${_tag} ${attempt}`),
        ["Rejected 1", "Growing 2", "Complete 2"]
      )
      assert.deepStrictEqual(events[1]?._tag === "Growing" && events[1].value, {
        sentiment: "good",
        when: "2026-01-01T00:00:00Z"
      })
      const last = events.at(-1)
      assert(last?._tag === "Complete")
      assert.instanceOf(last.value.when, Date)
      assert.strictEqual(last.answer.stop_reason, "end_turn")
      assert.deepStrictEqual(last.usage, { input_tokens: 20, output_tokens: 2 })
    }).pipe(Effect.provide(serverless([sse(`{"sentiment":"good"}`), sse(good)])))
  )

  it.effect("reads the text that a block begins with", () =>
    Effect.gen(function* () {
      const [first] = yield* collect(MessageObject.stream(Schema.Struct({ a: Schema.String }), request))
      assert.deepStrictEqual(first?._tag === "Growing" && first.value, { a: "b" })
    }).pipe(
      Effect.provide(
        serverless([
          Reply.sse(
            [
              { type: "message_start", message: { id: "1", content: [] } },
              { type: "content_block_start", index: 0, content_block: { type: "text", text: `{"a":"b` } },
              { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: `"}` } },
              { type: "content_block_stop", index: 0 },
              { type: "message_delta", delta: { stop_reason: "end_turn" } },
              { type: "message_stop" }
            ],
            { named: true }
          )
        ])
      )
    )
  )
})
