/**
 * What the unit tests and the exhaustive tests of `brokenMessages` share.
 */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Reply } from "effect-friendli/testing"
import { over, prompt, token } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export interface Json {
  readonly [field: string]: unknown
}

const usage = { input_tokens: 12, output_tokens: 0, cache_read_input_tokens: 4 }

const block = (index: number, content_block: Json, ...deltas: ReadonlyArray<Json>): ReadonlyArray<Json> => [
  { type: "content_block_start", index, content_block },
  ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index }
]

/** As the contract writes it. */
export const golden: ReadonlyArray<Json> = [
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

export const frameOf = (name: unknown, data: string): string =>
  `${typeof name === "string" ? `event: ${name}\n` : ""}data: ${data}\n\n`

/** A frame as the contract writes it, or without its name. */
export const written = (event: Json, named = true): string =>
  frameOf(named ? event["type"] : undefined, JSON.stringify(event))

export const request: Messages.MessagesRequest = { messages: [{ role: "user", content: prompt }] }

export const stream = Messages.stream(request, { retry: Retry.never })

export const answered = (frames: ReadonlyArray<string>) => {
  const layer = Messages.layer.pipe(Layer.provideMerge(Serverless.layerClient({ token, model: "m" })))
  return Effect.provide(over(() => Reply.sse(frames.join("")))(layer))
}

/** The golden answer with another frame in the place of one. */
export const withFrame = (at: number, frame: string, named = true): ReadonlyArray<string> =>
  golden.map((event, index) => (index === at ? frame : written(event, named)))

export const folded = (
  frames: ReadonlyArray<string>
): Promise<Either.Either<MessageStream.Message, FriendliStreamError>> =>
  Effect.runPromise(MessageStream.fold(stream).pipe(Effect.either, answered(frames), Effect.orDie))

export const whole = Either.getOrThrow(await folded(golden.map((event) => written(event))))

export const placeOf = (type: string, kind?: string): number =>
  golden.findIndex(
    (event) => event["type"] === type && (kind === undefined || (event["delta"] as Json | undefined)?.["type"] === kind)
  )

export const textAt = placeOf("content_block_delta", "text_delta")

/** A decode failure that names these fields and has what came before. */
export const assertRejected = async (at: number, frame: string, paths?: ReadonlyArray<string>): Promise<void> => {
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

const delta = (value: Json, fields: Json = { index: 1 }): Json => ({
  type: "content_block_delta",
  ...fields,
  delta: value
})

const piece = { type: "text_delta", text: "x" }

const brokenFields = [
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
] as const

export const brokenFieldTests = (part: Part): void => {
  const rows = rowsOf(part, brokenFields, [
    "text that is a number",
    "an index that is text",
    "a count that is text",
    "no block"
  ])

  for (const [what, at, data, path] of rows) {
    it(`${what} fails the stream, with the field`, async () => {
      await assertRejected(at, written(data), [path])
    })
    it(`${what} fails the stream without its name too`, async () => {
      await assertRejected(at, written(data, false), [path])
    })
  }
}
