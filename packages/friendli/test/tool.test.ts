/**
 * Tools and response formats of Effect schemas, there and back: what the emulator writes for them over sockets decodes by them.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
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
import { token } from "./support.js"

const model = "meta-llama-3.1-8b-instruct"
const messages = [{ role: "user" as const, content: "Go ahead." }]

class Trip extends Schema.Class<Trip>("Trip")({
  city: Schema.String,
  from: Schema.Date,
  days: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 30)), { default: () => 1 }),
  id: Schema.propertySignature(Schema.UUID).pipe(Schema.fromKey("trip_id"))
}) {}

interface Category {
  readonly name: string
  readonly parts: ReadonlyArray<Category>
}
const Category: Schema.Schema<Category> = Schema.Struct({
  name: Schema.String,
  parts: Schema.Array(Schema.suspend((): Schema.Schema<Category> => Category))
}).annotations({ identifier: "Category" })

/** All of them encode to an object that both rule sets know. */
const shapes: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  nothing: Schema.Struct({}),
  a_class: Trip,
  a_recursive_struct: Category,
  a_recursive_field: Schema.Struct({ root: Category, other: Schema.NullOr(Category) }),
  a_union: Schema.Union(
    Schema.Struct({ kind: Schema.Literal("circle"), radius: Schema.Int }),
    Schema.Struct({ kind: Schema.Literal("square"), side: Schema.Int })
  ),
  literals: Schema.Struct({ a: Schema.Literal("x", 1, true, null), b: Schema.Literal("y") }),
  nullable: Schema.Struct({ a: Schema.NullOr(Schema.Boolean), b: Schema.optional(Schema.Array(Schema.Int)) }),
  a_template: Schema.Struct({
    a: Schema.TemplateLiteral("v", Schema.Literal("1", "2")),
    b: Schema.NonEmptyArray(Schema.String)
  }),
  suspended: Schema.suspend(() => Category)
}

/** For tools alone. */
const more: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  a_record: Schema.Record({ key: Schema.String, value: Schema.Int }),
  tuples: Schema.Struct({ pair: Schema.Tuple(Schema.Int, Schema.Int), mixed: Schema.Tuple(Schema.String, Schema.Int) }),
  a_map: Schema.Struct({ it: Schema.Map({ key: Schema.String, value: Schema.Int }) }),
  anything: Schema.Struct({ it: Schema.Unknown }),
  bounds: Schema.Struct({
    text: Schema.String.pipe(Schema.minLength(3), Schema.maxLength(5)),
    ratio: Schema.Number.pipe(Schema.between(0, 1)),
    list: Schema.Array(Schema.Int).pipe(Schema.minItems(2), Schema.maxItems(3))
  })
}

describe("over sockets", async () => {
  const server = await emulated()
  const run = <A, E>(effect: Effect.Effect<A, E, Chat.Chat | Messages.Messages>) =>
    effect.pipe(
      Effect.provide(Serverless.layer({ token, baseUrl: server.url, model })),
      Effect.provide(FetchHttpClient.layer)
    )

  for (const [name, parameters] of Object.entries({ ...shapes, ...more })) {
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

describe("a tool", () => {
  const trip = Tool.make("plan_trip", { description: "Plans a trip", parameters: Trip })

  it("is plain data in the shape of each API", () => {
    const parameters = JSON.parse(JSON.stringify(trip.function.parameters))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(trip)), {
      type: "function",
      function: { name: "plan_trip", description: "Plans a trip", parameters }
    })
    assert.deepStrictEqual(JSON.parse(JSON.stringify(Tool.toMessages(trip))), {
      name: "plan_trip",
      description: "Plans a trip",
      input_schema: parameters
    })
    assert.deepStrictEqual(Object.keys(Tool.make("now").function), ["name", "parameters"])
  })

  it("tells at once what cannot be expressed", () => {
    const made = Tool.makeEither("remind", { parameters: Schema.Struct({ when: Schema.DateFromSelf }) })
    assert.deepStrictEqual(Either.isLeft(made) && made.left.issues[0]?.path, ["properties", "when"])
    assert.deepStrictEqual(
      Either.getOrThrow(Tool.makeEither("plan_trip", { description: "Plans a trip", parameters: Trip })),
      trip
    )
    assert.isTrue(Either.isLeft(ResponseFormat.jsonEither(Schema.Struct({ when: Schema.Unknown }))))
    assert.isTrue(Either.isRight(ResponseFormat.jsonEither(Trip)))
  })

  it("is asked for in a format that may have a name", () => {
    const format = ResponseFormat.json(Trip, { name: "trip", description: "A plan" })
    assert.deepStrictEqual(Object.keys(format.json_schema), ["name", "description", "schema"])
    assert.deepStrictEqual(
      Either.getOrThrow(ResponseFormat.jsonEither(Trip, { name: "trip", description: "A plan" })),
      format
    )
    assert.deepStrictEqual(Object.keys(ResponseFormat.toMessages(format)), ["type", "schema"])
  })

  it("gives its schema by its name, whatever that is", () => {
    const schemas = Tool.schemas([trip, Tool.make("__proto__", { parameters: Category })])
    assert.deepStrictEqual(Object.keys(schemas), ["plan_trip", "__proto__"])
    assert.strictEqual(schemas.plan_trip, Trip)
  })
})

describe("a call", () => {
  const trip = Tool.make("plan_trip", { parameters: Trip })
  const now = Tool.make("now")
  const tools = [trip, now] as const
  const input = { city: "Oslo", from: "2026-10-09T00:00:00.000Z", trip_id: "3f333df6-90a4-4fda-8dd3-9485d27cee36" }

  const called = (name: string, text: string | null | undefined) => ({
    id: "call_1",
    type: "function",
    function: { name, arguments: text }
  })

  it.effect("is decoded by the schema of its tool, in either shape", () =>
    Effect.gen(function* () {
      const calls = [
        called("plan_trip", JSON.stringify(input)),
        { type: "tool_use" as const, id: "call_1", name: "plan_trip", input }
      ]
      for (const call of calls) {
        const decoded = yield* Tool.decodeCall(call, tools)
        assert.strictEqual(decoded.id, "call_1")
        assert.strictEqual(decoded.name, "plan_trip")
        assert.instanceOf(decoded.input, Trip)
        if (decoded.name === "plan_trip") assert.strictEqual(decoded.input.from.getUTCFullYear(), 2026)
      }
    })
  )

  it.effect("without arguments has an empty object", () =>
    Effect.gen(function* () {
      for (const text of ["", " ", "{}", null, undefined]) {
        assert.deepStrictEqual((yield* Tool.decodeCall(tools)(called("now", text))).input, {})
      }
      assert.deepStrictEqual(yield* Tool.decodeCall({ name: "now" }, tools), { id: "", name: "now", input: {} })
    })
  )

  it.effect("that the model got wrong says what is wrong, and not what was written", () =>
    Effect.gen(function* () {
      const secret = "do not repeat me"
      const table = [
        [called("plan", JSON.stringify(input)), [], "there is no tool of this name"],
        [called("toString", "{}"), [], "there is no tool of this name"],
        [called("plan_trip", `{"city":"${secret}`), [], "the arguments are not valid JSON"],
        [called("plan_trip", JSON.stringify({ ...input, city: 5 })), ["city"], "expected a string, got 5"],
        [
          called("plan_trip", JSON.stringify({ ...input, days: secret })),
          ["days"],
          "expected an integer, got a string"
        ],
        [called("plan_trip", JSON.stringify(secret)), [], "expected "]
      ] as const
      for (const [call, path, message] of table) {
        const error = yield* Effect.flip(Tool.decodeCall(call, tools))
        assert.strictEqual(error._tag, "InvalidToolCallError")
        assert.strictEqual(error.id, "call_1")
        assert.strictEqual(error.name, call.function.name)
        assert.deepStrictEqual(error.issues[0]?.path, path)
        assert.include(error.issues[0]?.message, message)
        assert.notInclude(JSON.stringify(error) + error.message, secret)
      }
    })
  )

  it.effect("over which decoding throws is wrong, too", () =>
    Effect.gen(function* () {
      const shape = Tool.make("draw", {
        parameters: Schema.Union(
          Schema.Struct({ kind: Schema.Literal("circle") }),
          Schema.Struct({ kind: Schema.Literal("square") })
        )
      })
      const error = yield* Effect.flip(Tool.decodeCall(called("draw", '{"kind":{"toString":null}}'), [shape]))
      assert.strictEqual(error.message, "The call of draw is invalid: the arguments cannot be decoded.")
    })
  )

  it.effect("of a tool whose parameters were copied says so", () =>
    Effect.gen(function* () {
      const copy = { ...trip, function: { ...trip.function, parameters: { ...trip.function.parameters } } }
      const error = yield* Effect.flip(Tool.decodeCall(called("plan_trip", "{}"), [copy]))
      assert.include(error.message, "its parameters were copied, and have lost their schema")
      const renamed = { ...trip, function: { ...trip.function, description: "Another" } }
      assert.instanceOf((yield* Tool.decodeCall(called("plan_trip", JSON.stringify(input)), [renamed])).input, Trip)
    })
  )
})
