/**
 * Tools and response formats of Effect schemas over sockets: what the emulator writes for them decodes by them.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as ResponseFormat from "effect-friendli/ResponseFormat"
import * as Serverless from "effect-friendli/Serverless"
import * as Tool from "effect-friendli/Tool"
import { emulated } from "./emulated.js"
import { forToolsAlone, shapes, Trip } from "./shapes.js"
import { token } from "./support.js"

const model = "meta-llama-3.1-8b-instruct"
const messages = [{ role: "user" as const, content: "Go ahead." }]

describe("over sockets", async () => {
  const server = await emulated()
  const run = <A, E>(effect: Effect.Effect<A, E, Chat.Chat | Messages.Messages>) =>
    effect.pipe(
      Effect.provide(Serverless.layer({ token, baseUrl: server.url, model })),
      Effect.provide(FetchHttpClient.layer)
    )

  for (const [name, parameters] of Object.entries({ ...shapes, ...forToolsAlone })) {
    const tool = Tool.make(name, { parameters })

    it.live(`chat calls a tool: ${name}`, () =>
      Effect.gen(function* () {
        for (const seed of [1, 2, 3]) {
          const answer = yield* Chat.complete({ messages, tools: [tool], tool_choice: "required", seed })
          const calls = answer.choices[0]?.message.tool_calls ?? []
          assert.isNotEmpty(calls)
          for (const call of calls) {
            assert.strictEqual((yield* Tool.decodeCall(call, [tool])).name, name)
            if (name === "nothing") assert.strictEqual(call.function.arguments, "{}")
          }
        }
        assert.deepStrictEqual(
          server.requests.map(({ status }) => status),
          [200, 200, 200]
        )
      }).pipe(run)
    )

    it.live(`messages call a tool: ${name}`, () =>
      Effect.gen(function* () {
        const message = yield* Messages.create({
          messages,
          max_tokens: 2000,
          temperature: 0,
          tools: [{ ...Tool.toMessages(tool), strict: true }],
          tool_choice: { type: "any" }
        })
        const uses = message.content.flatMap((block) => (block.type === "tool_use" ? [block] : []))
        assert.isNotEmpty(uses)
        for (const use of uses) assert.strictEqual((yield* Tool.decodeCall(use, [tool])).name, name)
      }).pipe(run)
    )
  }

  for (const [name, schema] of Object.entries(shapes)) {
    const format = ResponseFormat.json(schema)
    const decode = Schema.decode(Schema.parseJson(schema))

    it.live(`chat answers in a format: ${name}`, () =>
      Effect.gen(function* () {
        for (const seed of [1, 2, 3]) {
          const response_format = seed === 1 ? ResponseFormat.json(schema, { name, description: "Test" }) : format
          const answer = yield* Chat.complete({ messages, response_format, max_tokens: 4000, seed })
          yield* decode(answer.choices[0]?.message.content ?? "")
        }
      }).pipe(run)
    )

    it.live(`messages answer in a format: ${name}`, () =>
      Effect.gen(function* () {
        const message = yield* Messages.create({
          messages,
          max_tokens: 4000,
          temperature: 0,
          output_config: { format: ResponseFormat.toMessages(format) }
        })
        yield* decode(message.content.map((block) => (block.type === "text" ? block.text : "")).join(""))
      }).pipe(run)
    )
  }

  it.live("streamed calls are read by the schemas of the tools", () =>
    Effect.gen(function* () {
      const trip = Tool.make("plan_trip", { description: "Plans a trip", parameters: Trip })
      const now = Tool.make("now", { description: "The time" })
      const schemas = Tool.schemas([trip, now])
      const chat = yield* Chat.stream({ messages, tools: [trip, now], tool_choice: "required" }).pipe(
        ChatStream.partialToolCalls(schemas),
        Stream.runCollect
      )
      const use = yield* Messages.stream({
        messages,
        max_tokens: 2000,
        tools: [trip, now].map(Tool.toMessages),
        tool_choice: { type: "tool", name: "plan_trip" }
      }).pipe(MessageStream.partialToolUses(schemas), Stream.runCollect)
      for (const readings of [[...chat], [...use]]) assert.strictEqual(readings.at(-1)?.reading._tag, "Complete")
      for (const { name, reading } of use) {
        if (name === "plan_trip" && reading._tag === "Complete") assert.instanceOf(reading.value, Trip)
      }
    }).pipe(run)
  )

  it.live("what cannot be expressed fails before it is sent, with its path", () =>
    Effect.gen(function* () {
      const wrong = Schema.Struct({ when: Schema.DateFromSelf })
      const tool = Tool.make("remind", { parameters: wrong })
      const format = ResponseFormat.json(wrong)
      const failures = yield* Effect.all([
        Effect.flip(Chat.complete({ messages, tools: [Tool.make("now"), tool] })),
        Effect.flip(Chat.complete({ messages, response_format: format })),
        Effect.flip(Stream.runDrain(Chat.stream({ messages, tools: [tool] }))),
        Effect.flip(Messages.create({ messages, max_tokens: 9, tools: [Tool.toMessages(tool)] })),
        Effect.flip(
          Messages.create({ messages, max_tokens: 9, output_config: { format: ResponseFormat.toMessages(format) } })
        ),
        Effect.flip(Chat.complete({ messages }, { body: { tools: [tool] } }))
      ])
      const where = [
        "tools.1.function.parameters.properties.when",
        "response_format.json_schema.schema.properties.when",
        "tools.0.function.parameters.properties.when",
        "tools.0.input_schema.properties.when",
        "output_config.format.schema.properties.when",
        "options.body.tools.0.function.parameters.properties.when"
      ]
      for (const [i, failure] of failures.entries()) {
        assert.strictEqual(failure._tag, "InvalidRequestError")
        if (failure._tag !== "InvalidRequestError") continue
        assert.deepStrictEqual(
          failure.issues?.map(({ message, path }) => [path.join("."), message]),
          [[where[i], "DateFromSelf has no JSON form; use Schema.Date, or give it a jsonSchema annotation"]]
        )
        assert.include(failure.message, "properties.when: DateFromSelf has no JSON form; use Schema.Date")
      }
      assert.strictEqual(server.requests.length, 0)
    }).pipe(run)
  )
})
