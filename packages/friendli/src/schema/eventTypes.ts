/** The types of the events in a streamed answer. */
import * as Predicate from "effect/Predicate"

/** The types for a messages answer. An event with one of these names or types must decode, otherwise the stream fails. */
export const documentedTypes: ReadonlySet<unknown> = /*#__PURE__*/ new Set([
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop"
])

/** The events of a response that end its stream. */
export const lastResponseTypes: ReadonlySet<unknown> = /*#__PURE__*/ new Set([
  "response.completed",
  "response.incomplete",
  "response.failed"
])

/** The types for a response. An event with one of these names or types must decode, otherwise the stream fails. */
export const responseTypes: ReadonlySet<unknown> = /*#__PURE__*/ new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "response.created",
  "response.in_progress",
  "response.output_item.added",
  "response.output_item.done",
  "response.content_part.added",
  "response.content_part.done",
  "response.output_text.delta",
  "response.output_text.done",
  "response.reasoning_text.delta",
  "response.reasoning_text.done",
  "response.function_call_arguments.delta",
  "response.function_call_arguments.done"
])

export const typeOf = (data: unknown): unknown => (Predicate.isRecord(data) ? data["type"] : undefined)
