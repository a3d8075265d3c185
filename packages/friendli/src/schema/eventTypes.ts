/** The types of event that make up a messages answer. */
import * as Predicate from "effect/Predicate"

/** An event with one of these names or types must decode, otherwise the stream fails. */
export const documentedTypes: ReadonlySet<unknown> = /*#__PURE__*/ new Set([
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop"
])

export const typeOf = (data: unknown): unknown => (Predicate.isRecord(data) ? data["type"] : undefined)
