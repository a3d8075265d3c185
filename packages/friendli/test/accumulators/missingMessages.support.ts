/**
 * What the unit tests and the exhaustive tests of `missingMessages` share.
 */
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Reply } from "effect-friendli/testing"
import { over, prompt, token } from "../support.js"

export interface Json {
  readonly [field: string]: unknown
}

export const missing = Symbol()

/** With another value, or none, at a path such as `content.0.text`. */
export const withValue = (value: unknown, path: string, by: unknown): unknown => {
  const [key = "", ...rest] = path.split(".")
  const change = (before: unknown): unknown => (rest.length === 0 ? by : withValue(before, rest.join("."), by))
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? change(item) : item))
  const { [key]: before, ...others } = value as Json
  const after = change(before)
  return after === missing ? others : { ...others, [key]: after }
}

export const call = Messages.MessagesRequest.make({ messages: [{ role: "user", content: prompt }] })

export const once = { retry: Retry.never } as const

export const answered = (reply: Reply.Reply) =>
  Effect.provide(over([reply])(Messages.layer.pipe(Layer.provideMerge(Serverless.layerClient({ token, model: "m" })))))

export const fold = (
  events: ReadonlyArray<unknown>
): Promise<Either.Either<MessageStream.Message, FriendliStreamError>> =>
  Effect.runPromise(
    MessageStream.fold(Messages.stream(call, once)).pipe(
      Effect.either,
      answered(Reply.sse(events, { named: true })),
      Effect.orDie
    )
  )

export const pathsOf = (error: FriendliStreamError): unknown =>
  error._tag === "ResponseDecodeError" ? error.issues.map(({ path }) => path.join(".")) : error._tag

const block = (index: number, content_block: Json, ...deltas: ReadonlyArray<Json>): ReadonlyArray<Json> => [
  { type: "content_block_start", index, content_block },
  ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index }
]

export const events: ReadonlyArray<Json> = [
  {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 9, output_tokens: 1, cache_read_input_tokens: 2 }
    }
  },
  ...block(
    0,
    { type: "thinking", thinking: "", signature: "" },
    { type: "thinking_delta", thinking: "Hm." },
    { type: "signature_delta", signature: "sig" }
  ),
  ...block(1, { type: "text", text: "" }, { type: "text_delta", text: "Hi" }),
  ...block(
    2,
    { type: "tool_use", id: "toolu_1", name: "now", input: {} },
    { type: "input_json_delta", partial_json: '{"zone":"UTC"}' }
  ),
  { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage: { output_tokens: 4 } },
  { type: "message_stop" }
]
