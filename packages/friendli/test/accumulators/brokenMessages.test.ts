/**
 * Messages streams with one event that is not as it should be: a broken piece of the answer is a failure with what had arrived, and never
 * a success with less.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Reply } from "effect-friendli/testing"
import { parseJson } from "../../src/internal/json.js"
import { decodeData } from "../../src/core/Operation.js"
import { collect, over, prompt, token, untilFailure } from "../support.js"

interface Json {
  readonly [field: string]: unknown
}

const usage = { input_tokens: 12, output_tokens: 0, cache_read_input_tokens: 4 }
const block = (index: number, content_block: Json, ...deltas: ReadonlyArray<Json>): ReadonlyArray<Json> => [
  { type: "content_block_start", index, content_block },
  ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index }
]

/** As the contract writes it. */
const golden: ReadonlyArray<Json> = [
  {
    type: "message_start",
    message: {
      id: "msg_2",
      type: "message",
      role: "assistant",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
      model: "example-lab/sparrow-7b"
    }
  },
  ...block(
    0,
    { type: "thinking", thinking: "", signature: null },
    { type: "thinking_delta", thinking: "Short " },
    { type: "thinking_delta", thinking: "greeting." },
    { type: "signature_delta", signature: "sig-3" }
  ),
  ...block(
    1,
    { type: "text", text: "" },
    { type: "text_delta", text: "Hi" },
    { type: "text_delta", text: " — 안녕 👋" }
  ),
  ...block(
    2,
    { type: "tool_use", id: "toolu_9", name: "get_weather", input: {} },
    { type: "input_json_delta", partial_json: '{"city"' },
    { type: "input_json_delta", partial_json: ':"Oslo"}' }
  ),
  {
    type: "message_delta",
    delta: { stop_reason: "tool_use", stop_sequence: null },
    usage: { ...usage, output_tokens: 9 }
  },
  { type: "message_stop" }
]

const frameOf = (name: unknown, data: string): string =>
  `${typeof name === "string" ? `event: ${name}\n` : ""}data: ${data}\n\n`

/** A frame as the contract writes it, or without its name. */
const written = (event: Json, named = true): string => frameOf(named ? event["type"] : undefined, JSON.stringify(event))

const request: Messages.MessagesRequest = { messages: [{ role: "user", content: prompt }] }
const stream = Messages.stream(request, { retry: Retry.never })

const answered = (frames: ReadonlyArray<string>) => {
  const layer = Messages.layer.pipe(Layer.provideMerge(Serverless.layerClient({ token, model: "m" })))
  return Effect.provide(over(() => Reply.sse(frames.join("")))(layer))
}

/** The golden answer with another frame in the place of one. */
const withFrame = (at: number, frame: string, named = true): ReadonlyArray<string> =>
  golden.map((event, index) => (index === at ? frame : written(event, named)))

const folded = (frames: ReadonlyArray<string>): Promise<Either.Either<MessageStream.Message, FriendliStreamError>> =>
  Effect.runPromise(MessageStream.fold(stream).pipe(Effect.either, answered(frames), Effect.orDie))

/** What has to be certain: the text, the thinking, the tool calls. Ids and counts may be missing. */
const certain = ({ content }: MessageStream.Message): unknown =>
  content.map((it) => {
    if (it.type === "tool_use") return [it.name, it.input, it.partial_json]
    return it.type === "text" ? it.text : it.type === "thinking" ? it.thinking : it
  })

const whole = Either.getOrThrow(await folded(golden.map((event) => written(event))))

const placeOf = (type: string, kind?: string): number =>
  golden.findIndex(
    (event) => event["type"] === type && (kind === undefined || (event["delta"] as Json | undefined)?.["type"] === kind)
  )
const textAt = placeOf("content_block_delta", "text_delta")

/** A decode failure that names these fields and has what came before. */
const assertRejected = async (at: number, frame: string, paths?: ReadonlyArray<string>): Promise<void> => {
  const result = await folded(withFrame(at, frame))
  if (Either.isRight(result)) return assert.fail(`passed: ${frame}`)
  const error = result.left
  assert.strictEqual(error._tag, "ResponseDecodeError", frame)
  if (error._tag !== "ResponseDecodeError") return
  assert.strictEqual(error.received?.events, at)
  assert.include(error.body, frame.slice(frame.indexOf("data: ") + 6).trimEnd())
  if (paths !== undefined) {
    assert.deepStrictEqual(
      error.issues.map((issue) => issue.path.join(".")),
      paths
    )
  }
  const partial = Option.getOrThrow(MessageStream.partial(error))
  const before = Effect.runSync(
    MessageStream.fold(
      Stream.fromIterable(golden.slice(0, at).map((data) => ({ data }) as Messages.MessagesStreamEvent))
    )
  )
  assert.deepStrictEqual(partial, before)
}

describe("an event of a documented name", () => {
  const delta = (value: Json, fields: Json = { index: 1 }): Json => ({
    type: "content_block_delta",
    ...fields,
    delta: value
  })
  const piece = { type: "text_delta", text: "x" }

  for (const [what, at, data, path] of [
    ["text that is a number", textAt, delta({ type: "text_delta", text: 42 }), "delta.text"],
    ["text that is null", textAt, delta({ type: "text_delta", text: null }), "delta.text"],
    ["text that is missing", textAt, delta({ type: "text_delta" }), "delta.text"],
    ["an index that is text", textAt, delta(piece, { index: "0" }), "index"],
    ["an index that is no whole number", textAt, delta(piece, { index: 0.5 }), "index"],
    ["a delta without a type", textAt, delta({ text: "x" }), "delta.type"],
    ["no delta", textAt, { type: "content_block_delta", index: 1 }, "delta"],
    ["thinking that is a list", textAt, delta({ type: "thinking_delta", thinking: [] }), "delta.thinking"],
    ["JSON that is an object", textAt, delta({ type: "input_json_delta", partial_json: {} }), "delta.partial_json"],
    ["a signature that is a number", textAt, delta({ type: "signature_delta", signature: 1 }), "delta.signature"],
    [
      "a count that is text",
      placeOf("message_delta"),
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: "5" } },
      "usage.output_tokens"
    ],
    [
      "a stop reason that is a number",
      placeOf("message_delta"),
      { type: "message_delta", delta: { stop_reason: 1 } },
      "delta.stop_reason"
    ],
    [
      "a count at the start that is text",
      0,
      { type: "message_start", message: { id: "m", usage: { input_tokens: "5" } } },
      "message.usage.input_tokens"
    ],
    [
      "a block without a type",
      1,
      { type: "content_block_start", index: 0, content_block: { text: "" } },
      "content_block.type"
    ],
    ["no block", 1, { type: "content_block_start", index: 0 }, "content_block"],
    [
      "a tool without a name",
      1,
      { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "t", input: {} } },
      "content_block.name"
    ],
    [
      "an input that is a list",
      1,
      { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "t", name: "f", input: [] } },
      "content_block.input"
    ],
    ["a stop of a block whose index is text", 5, { type: "content_block_stop", index: "0" }, "index"]
  ] as const) {
    it(`${what} fails the stream, with the field`, async () => {
      await assertRejected(at, written(data), [path])
    })
    it(`${what} fails the stream without its name too`, async () => {
      await assertRejected(at, written(data, false), [path])
    })
  }

  it("data that is JSON and no object fails the stream", async () => {
    for (const data of ["7", "null", '"text"', "[]", "true"])
      await assertRejected(textAt, frameOf("content_block_delta", data))
  })

  it("data that is cut fails the stream, whatever the event", async () => {
    for (const [at, event] of golden.entries()) {
      const json = JSON.stringify(event)
      await assertRejected(at, frameOf(event["type"], json.slice(0, 1 + ((at * 37) % (json.length - 1)))))
      await assertRejected(at, frameOf(undefined, json.slice(0, -1)))
    }
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

describe("properties", () => {
  const paths = (value: unknown, at: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
    typeof value === "object" && value !== null
      ? [at, ...Object.entries(value).flatMap(([key, child]) => paths(child, [...at, key]))]
      : [at]

  const absent = Symbol()
  const replaced = (value: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown => {
    if (key === undefined) return by
    const { [key]: child, ...others } = value as Json
    const next = replaced(child, rest, by)
    return next === absent ? others : { ...others, [key]: next }
  }
  const valueAt = (value: unknown, path: ReadonlyArray<string>): unknown =>
    path.reduce<unknown>((at, key) => (at as Json)[key], value)
  const kindOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "list" : typeof value)

  /** The golden answer with other text in the place of an event's data, decoded and put together as in a stream. */
  const foldedWith = (at: number, json: string, named: boolean): MessageStream.Message | undefined => {
    const events: Array<Messages.MessagesStreamEvent> = []
    for (const [index, event] of golden.entries()) {
      const data = index === at ? Either.getOrElse(parseJson(json), () => json) : event
      const decoded = decodeData(Messages.streamOperation, named ? String(event["type"]) : undefined, data)
      if (Either.isLeft(decoded)) return undefined
      events.push(decoded.right)
    }
    return Effect.runSync(MessageStream.fold(Stream.fromIterable(events)))
  }

  it("any place of any event that is of another kind, null or missing: a failure, or the same answer", () => {
    const values = [42, 0.5, "42", true, [], {}, null, absent]
    const seen = { failures: 0, same: 0 }
    for (const named of [true, false]) {
      for (const [at, event] of golden.entries()) {
        for (const path of paths(event)) {
          for (const by of values) {
            if (by === absent && path.length === 0) continue
            if (by !== absent && by !== 0.5 && kindOf(by) === kindOf(valueAt(event, path))) continue
            // an unnamed event of another type is an event of another type
            if (!named && path[0] === "type" && typeof by === "string") continue
            const json = JSON.stringify(replaced(event, path, by))
            const message = foldedWith(at, json, named)
            if (message !== undefined) assert.deepStrictEqual(certain(message), certain(whole), json)
            seen[message === undefined ? "failures" : "same"]++
          }
        }
      }
    }
    assert.isAbove(seen.failures, 1000)
    assert.isAbove(seen.same, 100)
  })

  it("an event whose data is cut anywhere, or loses or gains a sign so that it is not JSON, is a failure", () => {
    for (const [at, event] of golden.entries()) {
      const json = JSON.stringify(event)
      for (let length = 0; length < json.length; length++) {
        assert.isUndefined(foldedWith(at, json.slice(0, length), true), json.slice(0, length))
        for (const sign of ["", "}", '"', ",", "{", "\\", "\u0000"]) {
          const text = json.slice(0, length) + sign + json.slice(length + 1)
          if (Either.isLeft(parseJson(text))) assert.isUndefined(foldedWith(at, text, true), text)
        }
      }
    }
  })

  it("an event with another whole event's data is a failure where it has a name", () => {
    fc.assert(
      fc.property(fc.nat(golden.length - 1), fc.nat(golden.length - 1), (at, other) => {
        fc.pre(golden[at]!["type"] !== golden[other]!["type"])
        assert.isUndefined(foldedWith(at, JSON.stringify(golden[other]), true))
      })
    )
  })
})
