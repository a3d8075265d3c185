/**
 * What the unit tests and the exhaustive tests of `MessageStream` share.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as MessageStream from "effect-friendli/MessageStream"
import { type MessagesStreamEvent } from "effect-friendli/schema/MessagesEvent"

export type Event = MessagesStreamEvent

export const event = (data: unknown): Event => ({ data })

export const start = (content_block: unknown, index?: number | null): Event =>
  event({ type: "content_block_start", content_block, ...(index === undefined ? {} : { index }) })

export const delta = (value: unknown, index?: number | null): Event =>
  event({ type: "content_block_delta", delta: value, ...(index === undefined ? {} : { index }) })

export const text = (piece: string, index?: number | null) => delta({ type: "text_delta", text: piece }, index)

export const thought = (piece: string, index?: number | null) =>
  delta({ type: "thinking_delta", thinking: piece }, index)

export const input = (piece: string, index?: number | null) =>
  delta({ type: "input_json_delta", partial_json: piece }, index)

export const use = (name: string, index?: number | null) =>
  start({ type: "tool_use", id: `id_${name}`, name, input: {} }, index)

export const folded = (...events: ReadonlyArray<Event>) =>
  Effect.runSync(MessageStream.fold(Stream.fromIterable(events)))

export const content = (...events: ReadonlyArray<Event>): unknown => folded(...events).content
