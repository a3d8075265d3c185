/**
 * Messages streams with one event that is not as it should be: a broken piece of the answer is a failure with what had arrived, and never
 * a success with less.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import { it } from "../it.js"
import { collect, untilFailure } from "../support.js"
import {
  answered,
  assertRejected,
  brokenFieldTests,
  folded,
  frameOf,
  golden,
  placeOf,
  request,
  stream,
  textAt,
  whole,
  withFrame,
  written
} from "./brokenMessages.support.js"

describe("an event of a documented name", () => {
  brokenFieldTests("examples")

  it("data that is JSON and no object fails the stream", async () => {
    for (const data of ["7", "null", '"text"', "[]", "true"])
      await assertRejected(textAt, frameOf("content_block_delta", data))
  })
})

describe("names and types", () => {
  const text = golden[textAt]!

  const assertWhole = async (frames: ReadonlyArray<string>): Promise<void> => {
    assert.deepStrictEqual(Either.getOrThrow(await folded(frames)), whole)
  }

  it("an event without a name is judged by its type", async () => {
    await assertWhole(golden.map((event) => written(event, false)))
    await assertWhole(golden.map((event, at) => written(event, at % 2 === 0)))
  })

  it("with a meaningless name the type decides", async () => {
    for (const name of ["ping", "message", "delta", "constructor", "__proto__"]) {
      await assertWhole(withFrame(textAt, frameOf(name, JSON.stringify(text))))
      await assertRejected(
        textAt,
        frameOf(name, JSON.stringify({ ...text, delta: { type: "text_delta", text: 42 } })),
        ["delta.text"]
      )
    }
  })

  it("a documented name over data of another type fails the stream", async () => {
    for (const type of ["message_stop", "content_block_stop", "ping", "later", "content_block_delta2"]) {
      await assertRejected(textAt, frameOf("content_block_delta", JSON.stringify({ ...text, type })))
    }
    for (const name of ["message_stop", "content_block_start", "message_start"]) {
      await assertRejected(textAt, frameOf(name, JSON.stringify(text)))
    }
  })

  it("neither a name nor a type is no event", async () => {
    for (const data of ["{}", '{"index":1}', "7", "null", '"text"', "[]", "no JSON", '{"type":7}', '{"type":null}']) {
      // as in browsers, `message` is the name of an event that has none
      for (const name of [undefined, "message"]) await assertRejected(textAt, frameOf(name, data))
    }
  })

  it("others pass, whatever their data, and are elements", async () => {
    const others: ReadonlyArray<readonly [name: string | undefined, data: string]> = [
      ["ping", '{"type":"ping"}'],
      ["ping", "{}"],
      ["ping", "no JSON"],
      ["ping", "[1]"],
      ["ping", '{"type":7}'],
      ["vendor_event", '{"load":0.5}'],
      ["vendor_event", "still no JSON"],
      ["content_block_summary", '{"type":"content_block_summary","index":"x"}'],
      ["Content_Block_Delta", '{"text":42}'],
      [undefined, '{"type":"ping"}'],
      [undefined, '{"type":"ping","index":"x"}'],
      [undefined, '{"type":"content_block_summary"}']
    ]
    const frames = others.flatMap(([name, data], at) => [
      ...(golden[at] ? [written(golden[at])] : []),
      frameOf(name, data)
    ])
    const rest = golden.slice(others.length).map((event) => written(event))
    await assertWhole([...frames, ...rest])
    const elements = await Effect.runPromise(collect(stream).pipe(answered([...frames, ...rest]), Effect.orDie))
    assert.lengthOf(elements, golden.length + others.length)
  })

  it("heartbeats of other APIs, and event names without data, are skipped", async () => {
    const beats = ['data: {"event":"ping"}\n\n', 'data: {"object":"keepalive"}\n\n', "data: \n\n", "event: ping\n\n"]
    await assertWhole(golden.flatMap((event) => [...beats, written(event)]))
    for (const data of ['{"event":"ping"}', '{"type":"ping"}']) {
      await assertRejected(textAt, frameOf("content_block_delta", data))
    }
  })

  it("blocks and deltas of newer types are kept and pass", async () => {
    const at = placeOf("message_delta")
    const newer = [
      { type: "content_block_start", index: 3, content_block: { type: "server_tool_use", id: "s", name: 7 } },
      { type: "content_block_delta", index: 3, delta: { type: "citations_delta", citation: { url: 7 } } },
      { type: "content_block_delta", index: 1, delta: { type: "later_delta", text: 42 } },
      { type: "content_block_stop", index: 3 }
    ]
    const frames = golden.map((event) => written(event))
    const message = Either.getOrThrow(
      await folded([...frames.slice(0, at), ...newer.map((event) => written(event)), ...frames.slice(at)])
    )
    assert.deepStrictEqual<unknown>(message.content, [...whole.content, { type: "server_tool_use", id: "s", name: 7 }])
  })
})

describe("what reads a stream with a broken event", () => {
  const toolAt = placeOf("content_block_delta", "input_json_delta") + 1
  const broken = withFrame(toolAt, frameOf("content_block_delta", '{"type":"content_block_delta","index":2,"del'))

  it.effect("text gives its pieces, then fails", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(MessageStream.text(stream))
      assert.deepStrictEqual(elements, ["Hi", " — 안녕 👋"])
      assert.strictEqual(error?._tag, "ResponseDecodeError")
      const thinking = yield* untilFailure(MessageStream.thinking(stream))
      assert.deepStrictEqual(thinking.elements, ["Short ", "greeting."])
      assert.strictEqual(thinking.error?._tag, "ResponseDecodeError")
    }).pipe(answered(broken))
  )

  it.effect("partialToolUses shows what grew, then fails, and completes nothing", () =>
    Effect.gen(function* () {
      const tools = { get_weather: Schema.Struct({ city: Schema.String }) }
      const { elements, error } = yield* untilFailure(MessageStream.partialToolUses(stream, tools))
      assert.strictEqual(error?._tag, "ResponseDecodeError")
      assert.notInclude(
        elements.map(({ reading }) => reading._tag),
        "Complete"
      )
    }).pipe(answered(broken))
  )

  it.effect("toolUses fails with the call as far as it came", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(MessageStream.toolUses(stream))
      assert.deepStrictEqual<unknown>(Option.getOrThrow(MessageStream.partial(error)).content.at(-1), {
        type: "tool_use",
        id: "toolu_9",
        name: "get_weather",
        input: {},
        partial_json: '{"city"'
      })
    }).pipe(answered(broken))
  )

  it.effect("streamWithResponse opens, gives what had arrived, then fails", () =>
    Effect.gen(function* () {
      const { response, value } = yield* Messages.streamWithResponse(request, { retry: Retry.never })
      assert.strictEqual(response.status, 200)
      const { elements, error } = yield* untilFailure(value)
      assert.lengthOf(elements, toolAt)
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    }).pipe(Effect.scoped, answered(broken))
  )

  it.effect("events gives every frame and judges none", () =>
    Effect.gen(function* () {
      const frames = yield* collect(Messages.events(request))
      assert.lengthOf(frames, golden.length)
      assert.strictEqual(frames[toolAt]?.data, '{"type":"content_block_delta","index":2,"del')
    }).pipe(answered(broken))
  )
})
