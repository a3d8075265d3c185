/**
 * What a messages answer may lack, field by field, whole and streamed: the table of the guide.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import { Reply } from "effect-friendli/testing"
import * as fc from "fast-check"
import * as internal from "../../src/accumulators/message.js"
import {
  answered,
  call,
  events,
  fold,
  type Json,
  missing,
  once,
  pathsOf,
  withValue
} from "./missingMessages.support.js"

const create = (body: unknown): Promise<Either.Either<Messages.MessagesResponse, FriendliStreamError>> =>
  Effect.runPromise(Messages.create(call, once).pipe(Effect.either, answered(Reply.json(body)), Effect.orDie))

/** A value of another kind than the one that belongs there. */
const wrong = (value: unknown): unknown => (typeof value === "number" ? "42" : 42)

const valueAt = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((at, key) => (at as Json | undefined)?.[key], value)

describe("a whole answer", () => {
  const answer = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [
      { type: "thinking", thinking: "Hm.", signature: "sig" },
      { type: "text", text: "Hi" },
      { type: "tool_use", id: "toolu_1", name: "now", input: { zone: "UTC" } }
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 4, cache_read_input_tokens: 2 }
  }

  const mayLack = [
    "id",
    "type",
    "role",
    "model",
    "stop_reason",
    "stop_sequence",
    "usage",
    "usage.input_tokens",
    "usage.output_tokens",
    "usage.cache_read_input_tokens",
    "content.0.signature"
  ]
  const filled = { "content.0.thinking": "", "content.2.id": "", "content.2.input": {} }
  const required = [
    "content",
    "content.0",
    "content.1",
    "content.0.type",
    "content.1.type",
    "content.1.text",
    "content.2.name"
  ]

  for (const path of mayLack) {
    it(`may lack ${path}, which is then as it came`, async () => {
      for (const by of [missing, null]) {
        const changed = withValue(answer, path, by)
        assert.deepStrictEqual<unknown>(Either.getOrThrow(await create(changed)), changed)
      }
      const rejected = await create(withValue(answer, path, wrong(valueAt(answer, path))))
      assert.deepStrictEqual(Either.isLeft(rejected) ? pathsOf(rejected.left) : "passed", [path])
    })
  }

  for (const [path, value] of Object.entries(filled)) {
    it(`may lack ${path}, which is then filled`, async () => {
      for (const by of [missing, null]) {
        const changed = withValue(answer, path, by)
        assert.deepStrictEqual<unknown>(Either.getOrThrow(await create(changed)), withValue(answer, path, value))
      }
      const rejected = await create(withValue(answer, path, path.endsWith("input") ? [] : 42))
      assert.deepStrictEqual(Either.isLeft(rejected) ? pathsOf(rejected.left) : "passed", [path])
    })
  }

  for (const path of required) {
    it(`is rejected without ${path}`, async () => {
      for (const by of path.startsWith("content.") && path.length === 9 ? [null] : [missing, null]) {
        const rejected = await create(withValue(answer, path, by))
        assert.deepStrictEqual(Either.isLeft(rejected) ? pathsOf(rejected.left) : "passed", [path])
      }
    })
  }

  it("has an empty object for a call without arguments", async () => {
    for (const input of ["", " ", null, missing, {}]) {
      const { content } = Either.getOrThrow(await create(withValue(answer, "content.2.input", input)))
      assert.deepStrictEqual<unknown>(content[2], { type: "tool_use", id: "toolu_1", name: "now", input: {} })
    }
    for (const input of ["{}", "x", 0, false, [], [{}]]) {
      assert.isTrue(Either.isLeft(await create(withValue(answer, "content.2.input", input))))
    }
  })

  it("may be the text alone, of which counts may be fractions", async () => {
    const bare = { content: [{ type: "text", text: "Hi" }] }
    assert.deepStrictEqual<unknown>(Either.getOrThrow(await create(bare)), bare)
    const halves = { ...answer, usage: { input_tokens: 0.5, output_tokens: null } }
    assert.deepStrictEqual<unknown>(Either.getOrThrow(await create(halves)), halves)
  })

  it("may be without content where it says so", async () => {
    assert.deepStrictEqual(Either.getOrThrow(await create({ ...answer, content: [] })).content, [])
  })
})

describe("a streamed answer", () => {
  it("may lack every type in the data, where the event has a name", async () => {
    const whole = Either.getOrThrow(await fold(events))
    for (const by of [missing, null]) {
      const frames = events.map((event) => Reply.event(String(event["type"]), withValue(event, "type", by)))
      assert.deepStrictEqual(Either.getOrThrow(await fold(frames)), whole)
    }
  })

  it("has an empty object for a call without arguments", async () => {
    for (const input of ["", " ", null, missing, {}]) {
      const start = withValue(
        events.find((event) => valueAt(event, "content_block.name") !== undefined),
        "content_block.input",
        input
      )
      for (const given of [
        [start, { type: "message_stop" }],
        [{ type: "message_start", message: { content: [valueAt(start, "content_block")] } }, { type: "message_stop" }]
      ]) {
        assert.deepStrictEqual<unknown>(Either.getOrThrow(await fold(given)).content, [
          { type: "tool_use", id: "toolu_1", name: "now", input: {} }
        ])
      }
    }
  })
})

describe("filling", () => {
  it("changes nothing in place, and returns a complete value as it is", () => {
    const freeze = (value: unknown): unknown => {
      if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
      return value
    }
    const blocks = fc.array(
      fc.record(
        {
          type: fc.constantFrom("text", "thinking", "tool_use", "later", 7, null),
          text: fc.jsonValue(),
          thinking: fc.jsonValue(),
          id: fc.jsonValue(),
          input: fc.oneof(fc.constant(""), fc.jsonValue())
        },
        { requiredKeys: [] }
      )
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ content: blocks })), fc.string(), (value, name) => {
        freeze(value)
        const once = internal.fillAnswer(value)
        assert.deepStrictEqual(internal.fillAnswer(freeze(once)), once)
        const event = freeze({ name, data: value })
        assert.strictEqual(internal.fillEvent(event), event)
        for (const type of ["message_start", "content_block_start", "message_stop"]) {
          const filled = internal.fillEvent(freeze({ name: type, data: value }))
          assert.deepStrictEqual(internal.fillEvent(freeze(filled)), filled)
        }
      })
    )
    const whole = {
      content: [
        { type: "text", text: "" },
        { type: "tool_use", id: "", input: {} }
      ]
    }
    assert.strictEqual(internal.fillAnswer(whole), whole)
  })
})
