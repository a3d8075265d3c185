/**
 * Structured chat answers: what is sent, what is decoded, what is asked again, and what an error has.
 */
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ChatObject from "effect-friendli/ChatObject"
import * as StructuredOutput from "effect-friendli/StructuredOutput"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { inspect } from "node:util"
import { it } from "./it.js"
import { collect, field, serverless, untilFailure } from "./support.js"

class City extends Schema.Class<City>("City")({
  name: Schema.String,
  people: Schema.Int.pipe(Schema.positive())
}) {}

const good = `{"name":"Seoul","people":9600000}`
const bad = `{"name":7,"people":-1}`

const request = {
  messages: [{ role: "user", content: "Describe Seoul, as JSON." }],
  max_tokens: 100,
  temperature: 0
} as const satisfies ChatObject.Request

const answers = (...texts: ReadonlyArray<string>) => texts.map((text) => Reply.json(Wire.chatCompletion(text)))

interface Body {
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string }>
  readonly max_tokens: number
  readonly response_format: { readonly json_schema: object }
}

const bodies = Effect.map(MockHttpClient.requests, (requests) => requests.map(({ json }) => json as Body))

describe("an answer that fits", () => {
  it.effect("is decoded, and comes with the answer, the usage and its attempt", () =>
    Effect.gen(function* () {
      const { answer, attempts, usage, value } = yield* ChatObject.complete(City, request)
      assert.instanceOf(value, City)
      assert.strictEqual(value.people, 9_600_000)
      assert.strictEqual(answer.choices[0]?.message.content, good)
      assert.deepStrictEqual(usage, Wire.usage(10, 1))
      assert.deepStrictEqual(attempts, [
        { outcome: "accepted", text: good, issues: [], finishReason: "stop", usage: Wire.usage(10, 1), answer }
      ])
    }).pipe(Effect.provide(serverless(answers(good))))
  )

  it.effect("was asked for in the format of the schema, with nothing else of the options in the body", () =>
    Effect.gen(function* () {
      yield* ChatObject.complete(City, request, {
        outputRetries: 2,
        name: "city",
        description: "A city",
        team: "research",
        body: { newer: true }
      })
      const [sent] = yield* MockHttpClient.requests
      assert.deepStrictEqual(sent?.json, {
        model: "default-model",
        ...request,
        response_format: {
          type: "json_schema",
          json_schema: {
            name: "city",
            description: "A city",
            schema: {
              type: "object",
              properties: { name: { type: "string" }, people: { type: "integer", exclusiveMinimum: 0 } },
              required: ["name", "people"],
              additionalProperties: false
            }
          }
        },
        newer: true
      })
      assert.strictEqual(sent?.headers["x-friendli-team"], "research")
    }).pipe(Effect.provide(serverless(answers(good))))
  )

  it.effect("may be cut at its last character: it is complete", () =>
    Effect.gen(function* () {
      const { attempts, value } = yield* ChatObject.complete(City, request)
      assert.strictEqual(value.name, "Seoul")
      assert.strictEqual(attempts[0]?.finishReason, "length")
      assert.strictEqual(attempts[0]?.outcome, "accepted")
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion(good, { finishReason: "length" }))])))
  )
})

describe("an answer that does not fit", () => {
  it.effect("is asked again with its text and its issues, and all that was used is summed", () =>
    Effect.gen(function* () {
      const { attempts, usage, value } = yield* ChatObject.complete(City, request, { outputRetries: 2 })
      assert.strictEqual(value.name, "Seoul")
      assert.deepStrictEqual(
        attempts.map(({ outcome }) => outcome),
        ["invalid", "invalid", "accepted"]
      )
      assert.deepStrictEqual(usage, Wire.usage(30, 3))
      const [first, second, third] = yield* bodies
      assert.deepStrictEqual(first?.messages, request.messages)
      assert.deepStrictEqual(second?.messages.slice(0, 2), [
        ...request.messages,
        { role: "assistant", content: bad }
      ] as never)
      const told = second?.messages[2]
      assert.strictEqual(told?.role, "user")
      assert.include(told?.content, "- name: expected a string, got 7\n")
      assert.include(told?.content, "- people: expected a positive number, got -1\n")
      // The conversation grows: the model sees all of its answers.
      assert.deepStrictEqual(third?.messages.slice(0, 3), second?.messages)
      assert.strictEqual(third?.messages[3]?.content, `{"name":"Seoul"`)
      assert.include(third?.messages[4]?.content, "the text ends before the JSON does")
      assert.deepStrictEqual(second?.response_format, first?.response_format)
    }).pipe(Effect.provide(serverless(answers(bad, `{"name":"Seoul"`, good))))
  )

  it.effect("fails with every attempt when none is left", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(City, request, { outputRetries: 1 }))
      assert(error._tag === "OutputRejectedError")
      assert.strictEqual(error.reason, "invalid")
      assert.strictEqual(error.operation, "ChatObject.complete")
      assert.deepStrictEqual(
        error.attempts.map(({ text }) => text),
        ["no JSON", bad]
      )
      assert.deepStrictEqual(error.attempts[1]?.issues, [
        { path: ["name"], message: "expected a string, got 7" },
        { path: ["people"], message: "expected a positive number, got -1" }
      ])
      assert.strictEqual(error.attempts[1]?.answer.choices[0]?.message.content, bad)
      assert.deepStrictEqual(error.attempts[0]?.usage, Wire.usage(10, 2))
      assert.include(error.message, "people: expected a positive number, got -1")
      assert.include(error.message, "attempt 2")
      assert.lengthOf(yield* MockHttpClient.requests, 2)
    }).pipe(Effect.provide(serverless(answers("no JSON", bad))))
  )

  it.effect("is not asked again without the option", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(City, request))
      assert.strictEqual(error._tag, "OutputRejectedError")
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(serverless(answers(bad))))
  )

  it.effect("is not asked again without end", () =>
    Effect.gen(function* () {
      for (const outputRetries of [Infinity, Number.NaN, -1, { times: Infinity }]) {
        const error = yield* Effect.flip(ChatObject.complete(City, request, { outputRetries }))
        assert.strictEqual(error._tag, "OutputRejectedError")
      }
      assert.lengthOf(yield* MockHttpClient.requests, 4)
    }).pipe(Effect.provide(serverless(answers(bad, bad, bad, bad))))
  )

  it.effect("is asked again in the words of the program", () =>
    Effect.gen(function* () {
      yield* ChatObject.complete(City, request, {
        outputRetries: {
          times: 1,
          message: ({ issues, text }, standard) => `${issues.length} ${text} ${standard.length > 0}`
        }
      })
      assert.strictEqual((yield* bodies)[1]?.messages.at(-1)?.content, `2 ${bad} true`)
    }).pipe(Effect.provide(serverless(answers(bad, good))))
  )

  it.effect("is told what was written where a string is wrong, and no more than a few lines", () =>
    Effect.gen(function* () {
      const Colours = Schema.Struct({ colours: Schema.Array(Schema.Literal("red", "green")) })
      yield* ChatObject.complete(Colours, request, { outputRetries: 1 })
      const told = (yield* bodies)[1]?.messages.at(-1)?.content ?? ""
      assert.include(
        told,
        `- colours[0]: expected "red" | "green", got another string (you wrote "${"b".repeat(100)}…")\n`
      )
      assert.include(told, "\n- and 80 more\n")
      assert.isBelow(told.length, 5000)
    }).pipe(
      Effect.provide(
        serverless(
          answers(JSON.stringify({ colours: Array.from({ length: 100 }, () => "b".repeat(1000)) }), `{"colours":[]}`)
        )
      )
    )
  )

  it.effect("has no text: that is said", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(City, request))
      assert(error._tag === "OutputRejectedError")
      assert.deepStrictEqual(error.attempts[0]?.issues, [{ path: [], message: "expected JSON, got no text" }])
    }).pipe(
      Effect.provide(
        serverless([Reply.json(Wire.chatCompletion("", { toolCalls: [Wire.toolCall("other", { a: 1 })] }))])
      )
    )
  )
})

describe("an answer that was cut short", () => {
  const cut = Reply.json(Wire.chatCompletion(`{"name":"Seo`, { finishReason: "length" }))

  it.effect("is not asked again: the same limit would cut it again", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(City, request, { outputRetries: 3 }))
      assert(error._tag === "OutputRejectedError")
      assert.strictEqual(error.reason, "length")
      assert.strictEqual(error.attempts[0]?.outcome, "length")
      assert.strictEqual(error.attempts[0]?.finishReason, "length")
      assert.include(error.message, "limit")
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(serverless([cut])))
  )

  it.effect("is asked again with twice the limit, or another one, if the program says so", () =>
    Effect.gen(function* () {
      yield* ChatObject.complete(City, request, { outputRetries: { times: 1, length: true } })
      yield* ChatObject.complete(City, request, { outputRetries: { times: 1, length: (limit) => limit + 1 } })
      const { max_tokens: _limit, ...unlimited } = request
      yield* ChatObject.complete(City, unlimited, { outputRetries: { times: 1, length: true } })
      const sent = yield* bodies
      assert.deepStrictEqual(
        sent.map((body) => body.max_tokens),
        [100, 200, 100, 101, undefined, undefined] as never
      )
      // The cut answer is not repeated.
      assert.deepStrictEqual(sent[1]?.messages, request.messages)
    }).pipe(Effect.provide(serverless([cut, ...answers(good), cut, ...answers(good), cut, ...answers(good)])))
  )
})

describe("a refusal", () => {
  const filtered = Reply.json(Wire.chatCompletion("", { finishReason: "content_filter" }))
  const refusing = Wire.chatCompletion("", { usage: null })
  const refused = Reply.json({
    ...refusing,
    choices: [{ ...refusing.choices[0]!, message: { role: "assistant", content: null, refusal: "I cannot do that." } }]
  })

  it.effect("by a filter or by the model itself is not asked again", () =>
    Effect.gen(function* () {
      for (const text of ["", "I cannot do that."]) {
        const error = yield* Effect.flip(ChatObject.complete(City, request, { outputRetries: 3 }))
        assert(error._tag === "OutputRejectedError")
        assert.strictEqual(error.reason, "refused")
        assert.strictEqual(error.attempts[0]?.text, text)
        assert.deepStrictEqual(error.attempts[0]?.issues, [])
      }
      assert.lengthOf(yield* MockHttpClient.requests, 2)
    }).pipe(Effect.provide(serverless([filtered, refused])))
  )

  it.effect("is asked again, as it was, if the program says so", () =>
    Effect.gen(function* () {
      const { attempts, usage } = yield* ChatObject.complete(City, request, {
        outputRetries: { times: 1, refused: true }
      })
      assert.strictEqual(attempts[0]?.outcome, "refused")
      // The first answer reports no usage.
      assert.deepStrictEqual(usage, Wire.usage(10, 1))
      const [first, second] = yield* bodies
      assert.deepStrictEqual(second, first)
    }).pipe(Effect.provide(serverless([refused, ...answers(good)])))
  )
})

describe("errors", () => {
  it.effect("of the call are passed on, and end the asking", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(City, request, { outputRetries: 3 }))
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.lengthOf(yield* MockHttpClient.requests, 2)
    }).pipe(Effect.provide(serverless([...answers(bad), Reply.status(401)])))
  )

  it.effect("of a schema that is not JSON come before anything is sent, with the path", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(Schema.Struct({ when: Schema.DateFromSelf }), request))
      assert(error._tag === "InvalidRequestError")
      assert.deepStrictEqual(error.issues[0]?.path, ["response_format", "json_schema", "schema", "properties", "when"])
      assert.lengthOf(yield* MockHttpClient.requests, 0)
    }).pipe(Effect.provide(serverless([])))
  )

  it.effect("show no text when they are printed, and keep it when they are encoded", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(City, request))
      assert(error._tag === "OutputRejectedError")
      const secret = "The patient is ill."
      assert.strictEqual(error.attempts[0]?.text, `{"name":"${secret}","people":-1}`)
      const printed = [inspect(error, { depth: 9 }), JSON.stringify(error), error.message, String(error)]
      for (const text of printed) {
        assert.notInclude(text, secret)
        assert.include(text, "expected a positive number")
      }
      const encoded = yield* Schema.encode(StructuredOutput.OutputRejectedError)(error)
      const decoded = yield* Schema.decodeUnknown(StructuredOutput.OutputRejectedError)(
        JSON.parse(JSON.stringify(encoded))
      )
      assert.strictEqual(decoded.attempts[0]?.text, error.attempts[0]?.text)
    }).pipe(Effect.provide(serverless(answers(`{"name":"The patient is ill.","people":-1}`))))
  )
})

describe("schemas", () => {
  class Known extends Context.Tag("test/Known")<Known, ReadonlySet<string>>() {}

  /** Needs a service, and decodes after a while. */
  const KnownCity = Schema.Struct({
    name: Schema.transformOrFail(Schema.String, Schema.String, {
      strict: true,
      decode: (name, _options, ast) =>
        Effect.flatMap(Effect.yieldNow(), () =>
          Effect.flatMap(Known, (known) =>
            known.has(name)
              ? Effect.succeed(name.toUpperCase())
              : Effect.fail(new ParseResult.Type(ast, name, "not a known city"))
          )
        ),
      encode: (name) => Effect.succeed(name)
    })
  })

  it.effect("may need services and effects", () =>
    Effect.gen(function* () {
      const { attempts, value } = yield* ChatObject.complete(KnownCity, request, { outputRetries: 1 })
      assert.strictEqual(value.name, "SEOUL")
      assert.lengthOf(attempts, 2)
      const events = yield* collect(ChatObject.stream(KnownCity, request))
      // While it arrives, the value is on the encoded side, and the service is not asked.
      assert.deepStrictEqual(events[0], {
        _tag: "Growing",
        attempt: 1,
        value: { name: "Seoul" },
        text: `{"name":"Seoul"}`
      })
      const last = events.at(-1)
      assert(last?._tag === "Complete")
      assert.strictEqual(last.value.name, "SEOUL")
    }).pipe(
      Effect.provide(
        serverless([
          ...answers(`{"name":"Atlantis"}`, `{"name":"Seoul"}`),
          Reply.sse(Wire.chatChunks(`{"name":"Seoul"}`))
        ])
      ),
      Effect.provideService(Known, new Set(["Seoul"]))
    )
  )

  it.effect("of the text, as `Schema.parseJson` makes them, are taken as those of the JSON", () =>
    Effect.gen(function* () {
      const { value } = yield* ChatObject.complete(Schema.parseJson(City), request)
      assert.instanceOf(value, City)
      assert.property(field((yield* bodies)[0]?.response_format.json_schema, "schema"), "properties")
    }).pipe(Effect.provide(serverless(answers(good))))
  )

  it.effect("that throw reject the answer", () =>
    Effect.gen(function* () {
      const Either = Schema.Union(
        Schema.Struct({ kind: Schema.Literal("a") }),
        Schema.Struct({ kind: Schema.Literal("b") })
      )
      const error = yield* Effect.flip(ChatObject.complete(Schema.Struct({ it: Either }), request))
      assert(error._tag === "OutputRejectedError")
      assert.strictEqual(error.reason, "invalid")
    }).pipe(Effect.provide(serverless(answers(`{"it":{"kind":{"toString":null}}}`))))
  )

  it.effect("do not decode a key that would become a prototype", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(City, request))
      assert.strictEqual(error._tag, "OutputRejectedError")
    }).pipe(Effect.provide(serverless(answers(`{"__proto__":{"name":"a","people":1}}`))))
  )
})

describe("schemas of other libraries", () => {
  const standard = (
    validate: (value: { readonly name?: unknown }) => StructuredOutput.StandardResult<{ readonly name: string }>,
    isAsync = false
  ): StructuredOutput.StandardSchema<{ readonly name: string }> => ({
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        const result = validate(value as never)
        return isAsync ? Promise.resolve(result) : result
      }
    }
  })

  const Named = (isAsync: boolean) =>
    standard(
      ({ name }) =>
        typeof name === "string"
          ? { value: { name: name.toUpperCase() } }
          : { issues: [{ message: "no name", path: ["name"] }, { message: "no city at all" }] },
      isAsync
    )

  const jsonSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] }

  it.effect.each([false, true])("are taken as they are, asynchronous: %s", (isAsync) =>
    Effect.gen(function* () {
      const { attempts, value } = yield* ChatObject.complete(Named(isAsync), request, { jsonSchema, outputRetries: 1 })
      assert.deepStrictEqual(value, { name: "SEOUL" })
      assert.deepStrictEqual(attempts[0]?.issues, [
        { path: ["name"], message: "no name" },
        { path: [], message: "no city at all" }
      ])
      const [first, second] = yield* bodies
      assert.deepStrictEqual(field(first?.response_format.json_schema, "schema"), jsonSchema)
      assert.include(second?.messages.at(-1)?.content, "- name: no name\n- no city at all\n")
    }).pipe(Effect.provide(serverless(answers("{}", `{"name":"Seoul"}`))))
  )

  it.effect("show their JSON while it arrives", () =>
    Effect.gen(function* () {
      const events = yield* collect(ChatObject.stream(Named(true), request, { jsonSchema }))
      assert.deepStrictEqual(
        events.map((event) => [event._tag, event._tag === "Rejected" ? undefined : event.value]),
        [
          ["Growing", { name: "New" }],
          ["Growing", { name: "New York" }],
          ["Complete", { name: "NEW YORK" }]
        ]
      )
    }).pipe(Effect.provide(serverless([Reply.sse(Wire.chatChunks(`{"name":"New York"}`))])))
  )

  it.effect("need a JSON Schema", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatObject.complete(Named(false), request))
      assert(error._tag === "InvalidRequestError")
      assert.include(error.issues[0]?.message, "jsonSchema")
      assert.lengthOf(yield* MockHttpClient.requests, 0)
    }).pipe(Effect.provide(serverless([])))
  )

  it.effect("may offer one, of which what the service knows is sent", () =>
    Effect.gen(function* () {
      const offering = {
        "~standard": {
          ...Named(false)["~standard"],
          jsonSchema: {
            input: () => ({
              $schema: "https://json-schema.org/draft/2020-12/schema",
              type: "object",
              properties: {
                note: { type: "string", maxLength: 3, description: "optional" },
                name: { oneOf: [{ type: "string", format: "email" }, { const: "x" }] },
                count: { type: "number", minimum: 0 },
                age: { type: "integer", minimum: 0 },
                tags: { type: "array", items: { type: "string" }, minItems: 4 }
              },
              required: ["name"],
              additionalProperties: false
            })
          }
        }
      } satisfies StructuredOutput.AnyStandard
      yield* ChatObject.complete(offering, request)
      const sent = field((yield* bodies)[0]?.response_format.json_schema, "schema")
      assert.deepStrictEqual(sent, {
        type: "object",
        properties: {
          name: { anyOf: [{ type: "string" }, { enum: ["x"] }] },
          note: { type: "string", description: "optional" },
          count: { type: "number" },
          age: { type: "integer", minimum: 0 },
          tags: { type: "array", items: { type: "string" }, minItems: 1 }
        },
        required: ["name"],
        additionalProperties: false
      })
      assert.deepStrictEqual(Object.keys(field(sent, "properties") as object)[0], "name")
    }).pipe(Effect.provide(serverless(answers(`{"name":"Seoul"}`))))
  )

  it.effect("that throw when they are asked for it are an invalid request", () =>
    Effect.gen(function* () {
      const throwing = {
        "~standard": {
          ...Named(false)["~standard"],
          jsonSchema: {
            input: (): Record<string, unknown> => {
              throw new Error("Date cannot be represented")
            }
          }
        }
      } satisfies StructuredOutput.AnyStandard
      const error = yield* Effect.flip(ChatObject.complete(throwing, request))
      assert(error._tag === "InvalidRequestError")
      assert.include(error.issues[0]?.message, "Date cannot be represented")
    }).pipe(Effect.provide(serverless([])))
  )
})

describe("a stream", () => {
  const sse = (text: string, options?: Parameters<typeof Wire.chatChunks>[1]) =>
    Reply.sse(Wire.chatChunks(text, options))

  it.effect("grows, and ends in the decoded value", () =>
    Effect.gen(function* () {
      const events = yield* collect(ChatObject.stream(City, request))
      assert.deepStrictEqual(
        events.map((event) => [event._tag, event.attempt, event._tag === "Rejected" ? undefined : { ...event.value }]),
        [
          ["Growing", 1, {}],
          ["Growing", 1, { name: "Seoul" }],
          ["Growing", 1, { name: "Seoul", people: 9_600_000 }],
          ["Complete", 1, { name: "Seoul", people: 9_600_000 }]
        ]
      )
      const last = events.at(-1)
      assert(last?._tag === "Complete")
      assert.instanceOf(last.value, City)
      assert.strictEqual(last.answer.choices[0]?.finish_reason, "stop")
      assert.deepStrictEqual(last.usage, Wire.usage(10, 4))
      assert.lengthOf(last.attempts, 1)
      assert.strictEqual(last.attempts[0]?.text, `{"name": "Seoul", "people": 9600000}`)
    }).pipe(Effect.provide(serverless([sse(`{"name": "Seoul", "people": 9600000}`)])))
  )

  it.effect("shows a new attempt, and begins anew each time it runs", () =>
    Effect.gen(function* () {
      const stream = ChatObject.stream(City, request, { outputRetries: 1 })
      for (const _ of [1, 2]) {
        const events = yield* collect(stream)
        assert.deepStrictEqual(
          events.map(({ _tag, attempt }) => `${_tag} ${attempt}`),
          ["Growing 1", "Rejected 1", "Growing 2", "Complete 2"]
        )
        const rejected = events[1]
        assert(rejected?._tag === "Rejected")
        assert.strictEqual(rejected.rejected.text, `{"people": 1}`)
        assert.deepStrictEqual(rejected.rejected.issues, [{ path: ["name"], message: "missing; expected a string" }])
        const last = events.at(-1)
        assert(last?._tag === "Complete")
        assert.deepStrictEqual(last.usage, Wire.usage(20, 3))
        assert.lengthOf(last.attempts, 2)
      }
      const sent = yield* bodies
      assert.deepStrictEqual(sent[2]?.messages, request.messages)
      assert.include(sent[3]?.messages.at(-1)?.content, "- name: missing; expected a string")
    }).pipe(Effect.provide(serverless([sse(`{"people": 1}`), sse(good), sse(`{"people": 1}`), sse(good)])))
  )

  it.effect("fails with every attempt when none is left", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(ChatObject.stream(City, request, { outputRetries: 1 }))
      assert(error?._tag === "OutputRejectedError")
      assert.strictEqual(error.operation, "ChatObject.stream")
      assert.deepStrictEqual(
        elements.map(({ _tag }) => _tag),
        ["Growing", "Rejected", "Growing"]
      )
      assert.deepStrictEqual(
        error.attempts.map(({ outcome }) => outcome),
        ["invalid", "length"]
      )
      assert.strictEqual(error.reason, "length")
    }).pipe(Effect.provide(serverless([sse(`{"people": 1}`), sse(`{"na`, { finishReason: "length" })])))
  )

  it.effect("fails as its source does, with what arrived", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(ChatObject.stream(City, request, { outputRetries: 3 }))
      assert(error?._tag === "StreamTruncatedError")
      assert.lengthOf(elements, 1)
      assert.strictEqual(field(field(error.received.partial, "choices"), "length"), 1)
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(serverless([Reply.sse(Wire.chatChunks(`{"name": "Seoul"}`), { after: { frames: 2 } })])))
  )

  it.effect("closes its connection when it is stopped", () =>
    Effect.gen(function* () {
      yield* Stream.runDrain(Stream.take(ChatObject.stream(City, request), 1))
      yield* MockHttpClient.whenClosed
      assert.deepStrictEqual(yield* MockHttpClient.states, ["cancelled"])
    }).pipe(
      Effect.provide(serverless([Reply.sse(Wire.chatChunks(`{"name": "Seoul"`), { ending: "stall", done: false })]))
    )
  )
})
