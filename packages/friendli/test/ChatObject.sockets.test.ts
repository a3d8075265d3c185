/**
 * Structured answers over sockets: the emulator answers wrongly first and rightly when it is asked again; what it generates by itself
 * decodes; a schema of another library is taken as it is.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChatObject from "effect-friendli/ChatObject"
import type * as Chat from "effect-friendli/Chat"
import * as MessageObject from "effect-friendli/MessageObject"
import type * as Messages from "effect-friendli/Messages"
import * as ResponseObject from "effect-friendli/ResponseObject"
import type * as Responses from "effect-friendli/Responses"
import * as Serverless from "effect-friendli/Serverless"
import { z } from "zod"
import { emulated } from "./emulated.js"
import { shapes } from "./shapes.js"
import { collect, token } from "./support.js"

const model = "meta-llama-3.1-8b-instruct"
const messages = [{ role: "user" as const, content: "Describe Seoul, as JSON." }]

class City extends Schema.Class<City>("City")({ name: Schema.String, people: Schema.Int.pipe(Schema.positive()) }) {}

describe("over sockets", async () => {
  const server = await emulated()
  const run = <A, E>(effect: Effect.Effect<A, E, Chat.Chat | Messages.Messages | Responses.Responses>) =>
    effect.pipe(
      Effect.provide(Serverless.layer({ token, baseUrl: server.url, model })),
      Effect.provide(FetchHttpClient.layer)
    )

  const wrongFirst = () =>
    server.script([
      { when: { turn: 1 }, say: `{"name":"Seoul","people":-1}` },
      { when: { turn: 2, contains: "people: expected a positive number" }, say: "I am sorry." },
      { when: { turn: 3, contains: "invalid JSON at character" }, say: `{"name":"Seoul","people":9600000}` }
    ])

  it.live("asks again until the answer fits", () =>
    Effect.gen(function* () {
      wrongFirst()
      const { attempts, usage, value } = yield* ChatObject.complete(
        City,
        { messages, max_tokens: 200 },
        { outputRetries: 2 }
      )
      assert.deepStrictEqual({ ...value }, { name: "Seoul", people: 9_600_000 })
      assert.lengthOf(attempts, 3)
      assert.strictEqual(
        usage.total_tokens,
        attempts.reduce((sum, attempt) => sum + (attempt.usage?.total_tokens ?? Number.NaN), 0)
      )
      // Each prompt is longer than the one before.
      const prompts = attempts.map((attempt) => attempt.usage?.prompt_tokens ?? 0)
      assert.deepStrictEqual(
        prompts,
        prompts.toSorted((a, b) => a - b)
      )
    }).pipe(run)
  )

  it.live("asks again in a stream", () =>
    Effect.gen(function* () {
      wrongFirst()
      const events = yield* collect(ChatObject.stream(City, { messages, max_tokens: 200 }, { outputRetries: 2 }))
      assert.deepStrictEqual(
        events.flatMap(({ _tag, attempt }) => (_tag === "Growing" ? [] : [`${_tag} ${attempt}`])),
        ["Rejected 1", "Rejected 2", "Complete 3"]
      )
      assert.isTrue(events.some(({ _tag, attempt }) => _tag === "Growing" && attempt === 3))
    }).pipe(run)
  )

  it.live("asks again for messages, whole and streamed", () =>
    Effect.gen(function* () {
      wrongFirst()
      const { value } = yield* MessageObject.create(City, { messages, max_tokens: 200 }, { outputRetries: 2 })
      assert.strictEqual(value.people, 9_600_000)
      const events = yield* collect(MessageObject.stream(City, { messages, max_tokens: 200 }, { outputRetries: 2 }))
      assert.strictEqual(events.at(-1)?._tag, "Complete")
    }).pipe(run)
  )

  it.live("asks again for responses, whole and streamed", () =>
    Effect.gen(function* () {
      wrongFirst()
      const request = { input: "Describe Seoul, as JSON.", max_output_tokens: 200 }
      const { attempts, value } = yield* ResponseObject.create(City, request, { outputRetries: 2 })
      assert.strictEqual(value.people, 9_600_000)
      assert.lengthOf(attempts, 3)
      const events = yield* collect(ResponseObject.stream(City, request, { outputRetries: 2 }))
      assert.strictEqual(events.at(-1)?._tag, "Complete")
      const cut = yield* Effect.flip(ResponseObject.create(City, { ...request, max_output_tokens: 3 }))
      assert(cut._tag === "OutputRejectedError")
      assert.strictEqual(cut.reason, "length")
    }).pipe(run)
  )

  it.live("tells a cut answer from an invalid one", () =>
    Effect.gen(function* () {
      server.script([{ say: `{"name":"Seoul","people":9600000}` }])
      const error = yield* Effect.flip(ChatObject.complete(City, { messages, max_tokens: 3 }, { outputRetries: 2 }))
      assert(error._tag === "OutputRejectedError")
      assert.strictEqual(error.reason, "length")
      const { attempts } = yield* ChatObject.complete(
        City,
        { messages, max_tokens: 3 },
        { outputRetries: { times: 4, length: true } }
      )
      assert.deepStrictEqual(attempts[0]?.outcome, "length")
    }).pipe(run)
  )

  for (const [name, schema] of Object.entries(shapes)) {
    it.live(`decodes what the model writes by itself: ${name}`, () =>
      Effect.gen(function* () {
        const request = { messages, max_tokens: 2000, seed: 1 }
        const { attempts } = yield* ChatObject.complete(schema, request)
        assert.lengthOf(attempts, 1)
        const events = yield* collect(ChatObject.stream(schema, request))
        assert.strictEqual(events.at(-1)?._tag, "Complete")
      }).pipe(run)
    )
  }

  it.live("takes a schema of Zod, with the JSON Schema that it offers", () =>
    Effect.gen(function* () {
      const Place = z.object({
        name: z.string().max(2000),
        kind: z.enum(["city", "village"]),
        people: z.int().min(1),
        when: z.iso.datetime().transform((text) => new Date(text))
      })
      const { value } = yield* ChatObject.complete(Place, { messages, max_tokens: 2000, seed: 1 })
      assert.instanceOf(value.when, Date)
      assert.isAtLeast(value.people, 1)
      server.script([
        { when: { turn: 1 }, say: `{"name":"Seoul","kind":"town","people":1,"when":"2026-01-01T00:00:00Z"}` },
        {
          when: { turn: 2, contains: "kind: " },
          say: `{"name":"Seoul","kind":"city","people":1,"when":"2026-01-01T00:00:00Z"}`
        }
      ])
      const asked = yield* ChatObject.complete(Place, { messages, max_tokens: 200 }, { outputRetries: 1 })
      assert.strictEqual(asked.value.kind, "city")
      assert.deepStrictEqual(asked.attempts[0]?.issues[0]?.path, ["kind"])
    }).pipe(run)
  )
})
