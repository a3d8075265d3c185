/**
 * Tools and response formats of Effect schemas, there and back: what the emulator writes for them over sockets decodes by them.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ResponseFormat from "effect-friendli/ResponseFormat"
import * as Tool from "effect-friendli/Tool"
import { it } from "./it.js"
import { Category, Trip } from "./shapes.js"

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
    assert.deepStrictEqual(JSON.parse(JSON.stringify(Tool.toResponses(trip))), {
      type: "function",
      name: "plan_trip",
      description: "Plans a trip",
      parameters
    })
    assert.deepStrictEqual(Object.keys(Tool.make("now").function), ["name", "parameters"])
    assert.deepStrictEqual(Object.keys(Tool.toResponses(Tool.make("now"))), ["type", "name", "parameters"])
  })

  it("reports at once what cannot be expressed", () => {
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
    const { schema } = format.json_schema
    assert.deepStrictEqual(ResponseFormat.toResponses(format), {
      type: "json_schema",
      name: "trip",
      description: "A plan",
      schema
    })
    assert.deepStrictEqual(ResponseFormat.toResponses(ResponseFormat.json(Trip)).name, "answer")
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

  it.effect("is decoded by the schema of its tool, in each shape", () =>
    Effect.gen(function* () {
      const calls = [
        called("plan_trip", JSON.stringify(input)),
        { type: "tool_use" as const, id: "call_1", name: "plan_trip", input },
        // the item of a response has an id of its own
        { type: "function_call", id: "fc_1", call_id: "call_1", name: "plan_trip", arguments: JSON.stringify(input) }
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
        const item = { call_id: "call_1", name: "now", ...(text === undefined ? {} : { arguments: text }) }
        assert.deepStrictEqual((yield* Tool.decodeCall(item, tools)).input, {})
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
      assert.include(error.message, "its parameters were copied, so their Effect schema is lost")
      const renamed = { ...trip, function: { ...trip.function, description: "Another" } }
      assert.instanceOf((yield* Tool.decodeCall(called("plan_trip", JSON.stringify(input)), [renamed])).input, Trip)
    })
  )
})
