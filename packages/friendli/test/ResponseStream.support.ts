/**
 * What the unit tests and the exhaustive tests of `ResponseStream` share.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ResponseStream from "effect-friendli/ResponseStream"
import type { ResponsesStreamEvent } from "effect-friendli/schema/ResponsesEvent"
import { collect } from "./support.js"

export type Event = ResponsesStreamEvent

export interface Json {
  readonly [field: string]: unknown
}

export const event = (type: string, fields: Json = {}): Event => ({ data: { type, ...fields } })

/** Where an event belongs: an item, and a part of it. */
export interface At {
  readonly id?: string | null
  readonly index?: number | null
  readonly part?: number | null
}

const place = ({ id, index, part }: At): Json => ({
  ...(id === undefined ? {} : { item_id: id }),
  ...(index === undefined ? {} : { output_index: index }),
  ...(part === undefined ? {} : { content_index: part })
})

export const added = (item: unknown, index?: number | null): Event =>
  event("response.output_item.added", { item, ...place(index === undefined ? {} : { index }) })

export const done = (item: unknown, index?: number | null): Event =>
  event("response.output_item.done", { item, ...place(index === undefined ? {} : { index }) })

export const text = (delta: unknown, at: At = {}): Event => event("response.output_text.delta", { delta, ...place(at) })

export const thought = (delta: unknown, at: At = {}): Event =>
  event("response.reasoning_text.delta", { delta, ...place(at) })

export const args = (delta: unknown, at: At = {}): Event =>
  event("response.function_call_arguments.delta", { delta, ...place(at) })

export const argsDone = (whole: unknown, name: unknown, at: At = {}): Event =>
  event("response.function_call_arguments.done", { arguments: whole, name, ...place(at) })

export const ended = (response?: Json, type = "completed"): Event =>
  event(`response.${type}`, response === undefined ? {} : { response })

export const call = (name: string, fields: Json = {}): Json => ({
  type: "function_call",
  id: `fc_${name}`,
  call_id: `call_${name}`,
  name,
  arguments: "",
  ...fields
})

export const message = (...texts: ReadonlyArray<string>): Json => ({
  type: "message",
  content: texts.map((text) => ({ type: "output_text", text }))
})

export const folded = (...events: ReadonlyArray<Event>) =>
  Effect.runSync(ResponseStream.fold(Stream.fromIterable(events)))

export const output = (...events: ReadonlyArray<Event>): unknown => folded(...events).output

/** The text and the reasoning as they arrive. */
export const streamed = (...events: ReadonlyArray<Event>) => ({
  text: Effect.runSync(collect(ResponseStream.text(Stream.fromIterable(events)))),
  reasoning: Effect.runSync(collect(ResponseStream.reasoning(Stream.fromIterable(events))))
})
