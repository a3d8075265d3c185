/**
 * Tool calls while they are written: whatever servers do to the pieces, the last reading of each call is what its whole text is.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ChatStream from "effect-friendli/ChatStream"
import * as MessageStream from "effect-friendli/MessageStream"
import type { MessagesStreamEvent } from "effect-friendli/schema/MessagesEvent"
import { it } from "../it.js"
import { collect, untilFailure } from "../support.js"
import { type Call, chunk, type Delta, lasts, tools } from "./calls.support.js"

const brief = ({ id, name, reading }: Call) => [name, id, reading._tag, reading.value]

const lastsOf = (...lists: ReadonlyArray<Delta | null>) =>
  Effect.map(
    collect(ChatStream.partialToolCalls(Stream.fromIterable(lists.map((list) => chunk(list))), tools)),
    (calls) => lasts(calls).map(brief)
  )

describe("chat", () => {
  const oslo = ["weather", "a", "Complete", { city: "Oslo" }]

  const rome = ["weather", "b", "Complete", { city: "Rome" }]

  const begin = '{"city":'

  it.effect("tells each call as it grows, interleaved ones too", () =>
    Effect.gen(function* () {
      const calls = yield* Stream.make(
        chunk([{ index: 0, id: "a", function: { name: "weather", arguments: "" } }]),
        chunk([{ index: 0, function: { arguments: '{"city":"Os' } }]),
        chunk([
          { index: 1, id: "b", function: { name: "weather", arguments: '{"city":"Rome",' } },
          { index: 0, function: { arguments: 'lo"' } }
        ]),
        chunk([{ index: 1, function: { arguments: '"days":2}' } }]),
        chunk([{ index: 0, function: { arguments: "}" } }])
      ).pipe(ChatStream.partialToolCalls(tools), collect)
      assert.deepStrictEqual(calls.map(brief), [
        ["weather", "a", "Growing", { city: "Os" }],
        ["weather", "b", "Growing", { city: "Rome" }],
        ["weather", "a", "Growing", { city: "Oslo" }],
        ["weather", "b", "Growing", { city: "Rome", days: 2 }],
        ["weather", "a", "Growing", { city: "Oslo" }],
        ["weather", "a", "Complete", { city: "Oslo" }],
        ["weather", "b", "Complete", { city: "Rome", days: 2 }]
      ])
      assert.deepStrictEqual(
        calls.map(({ position }) => position),
        [0, 1, 0, 1, 0, 0, 1]
      )
    })
  )

  it.effect("survives what servers leave out, repeat and mix up", () =>
    Effect.gen(function* () {
      // no index
      assert.deepStrictEqual(
        yield* lastsOf(
          [{ id: "a", function: { name: "weather", arguments: begin } }],
          [{ function: { arguments: '"Oslo"}' } }]
        ),
        [oslo]
      )
      // one index, two ids
      assert.deepStrictEqual(
        yield* lastsOf(
          [{ index: 0, id: "a", function: { name: "weather", arguments: begin } }],
          [{ index: 0, id: "b", function: { name: "weather", arguments: begin } }],
          [{ index: 0, id: "a", function: { arguments: '"Oslo"}' } }],
          [{ index: 0, id: "b", function: { arguments: '"Rome"}' } }]
        ),
        [oslo, rome]
      )
      // id and name on every chunk, names that are null, lists that are null
      assert.deepStrictEqual(
        yield* lastsOf(
          [{ index: 0, id: "a", function: { name: "weather", arguments: begin } }],
          null,
          [{ index: 0, id: "a", function: { name: null, arguments: '"Oslo"' } }],
          [{ index: 0, id: "a", function: { name: "weather", arguments: "}" } }]
        ),
        [oslo]
      )
      // a name and an id that come last
      assert.deepStrictEqual(
        yield* lastsOf(
          [{ index: 0, function: { arguments: begin } }],
          [{ index: 0, function: { arguments: '"Oslo"}' } }],
          [{ index: 0, id: "a", function: { name: "weather" } }]
        ),
        [oslo]
      )
      // huge and negative indexes
      assert.deepStrictEqual(
        yield* lastsOf(
          [{ index: 9_007_199_254_740_991, id: "a", function: { name: "weather", arguments: begin } }],
          [{ index: -7, id: "b", function: { name: "weather", arguments: '{"city":"Rome"}' } }],
          [{ index: 9_007_199_254_740_991, function: { arguments: '"Oslo"}' } }]
        ),
        [oslo, rome]
      )
      // no arguments at all
      assert.deepStrictEqual(yield* lastsOf([{ index: 0, id: "n", function: { name: "now" } }]), [
        ["now", "n", "Complete", {}]
      ])
    })
  )

  it.effect("waits for the whole name, which may come in pieces", () =>
    Effect.gen(function* () {
      const calls = yield* Stream.make(
        chunk([{ index: 0, id: "a", function: { name: "wea", arguments: "" } }]),
        chunk([{ index: 0, function: { name: "ther", arguments: "" } }]),
        chunk([{ index: 0, function: { arguments: '{"city":"Oslo"}' } }])
      ).pipe(ChatStream.partialToolCalls(tools), collect)
      assert.deepStrictEqual(calls.map(brief), [["weather", "a", "Growing", { city: "Oslo" }], oslo])
    })
  )

  it.effect("takes no arguments for `{}`, unless the answer was cut short", () =>
    Effect.gen(function* () {
      const called = chunk([{ index: 0, id: "n", function: { name: "now", arguments: "" } }])
      const last = (finish_reason: string) =>
        Effect.map(
          Effect.all([
            collect(
              ChatStream.partialToolCalls(
                Stream.make(called, { choices: [{ index: 0, delta: {}, finish_reason }] }),
                tools
              )
            ),
            ChatStream.toolCalls(Stream.make(called, { choices: [{ index: 0, delta: {}, finish_reason }] }))
          ]),
          ([calls, whole]) => [calls.at(-1)!.reading._tag, calls.at(-1)!.reading.text, whole[0]!.function.arguments]
        )
      assert.deepStrictEqual(yield* last("tool_calls"), ["Complete", "{}", "{}"])
      assert.deepStrictEqual(yield* last("length"), ["Invalid", "", ""])
    })
  )

  it.effect("tells calls of tools that there are not, whatever they are called", () =>
    Effect.gen(function* () {
      for (const unknownName of ["wether", "__proto__", "constructor", ""]) {
        const calls = yield* Stream.make(
          chunk([{ index: 0, id: "a", function: { name: unknownName, arguments: "{" } }]),
          chunk([{ index: 0, function: { arguments: "}" } }])
        ).pipe(ChatStream.partialToolCalls(tools), collect)
        const reading = {
          _tag: "Invalid",
          issues: [{ path: [], message: "there is no tool of this name" }],
          value: undefined
        }
        const last = { name: undefined, unknownName, id: "a", position: 0, reading: { ...reading, text: "{}" } }
        assert.deepStrictEqual<unknown>(calls.at(-1), last)
        // known at once, where there is a name
        assert.deepStrictEqual<unknown>(calls[0], {
          ...last,
          reading: { ...reading, text: unknownName === "" ? "{}" : "{" }
        })
      }
    })
  )

  it.effect("keeps to the choice that is asked for", () =>
    Effect.gen(function* () {
      const stream = Stream.make(
        chunk([{ index: 0, id: "a", function: { name: "weather", arguments: '{"city":"Oslo"}' } }], 1),
        chunk([{ index: 0, id: "b", function: { name: "weather", arguments: '{"city":"Rome"}' } }], 0),
        { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }
      )
      const first = yield* collect(ChatStream.partialToolCalls(stream, tools))
      const second = yield* collect(stream.pipe(ChatStream.partialToolCalls(tools, { choice: 1 })))
      assert.deepStrictEqual(lasts(first).map(brief), [rome])
      assert.deepStrictEqual(lasts(second).map(brief), [oslo])
    })
  )

  it.effect("fails after the last readings", () =>
    Effect.gen(function* () {
      const broken = Stream.concat(
        Stream.make(chunk([{ index: 0, id: "a", function: { name: "weather", arguments: '{"city":"Os' } }])),
        Stream.fail("broken")
      )
      const { elements, error } = yield* untilFailure(ChatStream.partialToolCalls(broken, tools))
      assert.strictEqual(error, "broken")
      assert.deepStrictEqual(elements.map(brief), [["weather", "a", "Growing", { city: "Os" }]])
    })
  )
})

describe("messages", () => {
  const start = (
    index: number | undefined,
    name: string,
    input: Record<string, unknown> = {}
  ): MessagesStreamEvent => ({
    data: { type: "content_block_start", index, content_block: { type: "tool_use", id: `id-${name}`, name, input } }
  })
  const json = (index: number | undefined, partial_json: string): MessagesStreamEvent => ({
    data: { type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } }
  })
  const stop = (index: number | undefined): MessagesStreamEvent => ({ data: { type: "content_block_stop", index } })

  const told = (...events: ReadonlyArray<MessagesStreamEvent>) =>
    Effect.map(collect(MessageStream.partialToolUses(Stream.fromIterable(events), tools)), (calls) => calls.map(brief))

  it.effect("is complete when its block has ended", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* told(
          { data: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: '{"city":' } } },
          stop(0),
          start(1, "weather"),
          json(1, '{"city":"Os'),
          json(1, 'lo"}'),
          stop(1),
          start(2, "now"),
          stop(2),
          { name: "tick", data: 7 },
          start(3, "weather", { city: "Rome" })
        ),
        [
          ["weather", "id-weather", "Growing", { city: "Os" }],
          ["weather", "id-weather", "Growing", { city: "Oslo" }],
          ["weather", "id-weather", "Complete", { city: "Oslo" }],
          ["now", "id-now", "Complete", {}],
          ["weather", "id-weather", "Complete", { city: "Rome" }]
        ]
      )
    })
  )

  it.effect("survives indexes that are left out", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* told(start(undefined, "weather"), json(undefined, '{"city":"Oslo"}'), stop(undefined)),
        [
          ["weather", "id-weather", "Growing", { city: "Oslo" }],
          ["weather", "id-weather", "Complete", { city: "Oslo" }]
        ]
      )
    })
  )

  it.effect("takes back what a piece after the end makes invalid", () =>
    Effect.gen(function* () {
      const readings = yield* told(start(0, "weather"), json(0, '{"city":"Oslo"}'), stop(0), json(0, "}"))
      assert.deepStrictEqual(
        readings.map(([, , tag]) => tag),
        ["Growing", "Complete", "Invalid"]
      )
    })
  )
})
