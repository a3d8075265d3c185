/**
 * The events of a streamed response.
 *
 * A documented event must have the documented shape, otherwise a part of the answer would be missing. An event of any other name and type
 * is kept unchanged.
 */
import * as Schema from "effect/Schema"
import { SentenceId } from "../internal/annotations.js"
import { responseTypes } from "./eventTypes.js"
import { agreeing, otherEvent } from "./otherTypes.js"
import { nullish, Text, WholeNumber } from "./primitives.js"
import { ResponsesOutputText, ResponsesReasoningText } from "./ResponsesItem.js"
import { ResponsesFields, ResponsesOtherPart, ResponsesOutputItem } from "./ResponsesResponse.js"

// Few fields are required, because a paid stream should not fail over fields that a server leaves out.

const sequence = {
  /** The number of the event in its stream, from 0. */
  sequence_number: nullish(WholeNumber)
} as const

const inItem = {
  /** The id of the item. */
  item_id: nullish(Text),
  /** The index of the item in `output`, from 0. */
  output_index: nullish(WholeNumber)
} as const

const inPart = {
  ...inItem,
  /** The index of the part in the item's `content`, from 0. */
  content_index: nullish(WholeNumber)
} as const

/**
 * The response in an event, as far as it has been generated: empty at the start, whole in the last event.
 * @category parts
 */
export const ResponsesSnapshot = Schema.Struct({
  ...ResponsesFields,
  /** The items so far. */
  output: nullish(Schema.Array(ResponsesOutputItem))
}).annotations({ identifier: "ResponsesSnapshot" })

export interface ResponsesSnapshot extends Schema.Schema.Type<typeof ResponsesSnapshot> {
  readonly output?: ReadonlyArray<ResponsesOutputItem> | null | undefined
}

/**
 * A part of an item, distinguished by `type`; other types are kept.
 * @category parts
 */
export const ResponsesPart = Schema.Union(ResponsesOutputText, ResponsesReasoningText, ResponsesOtherPart).annotations({
  identifier: "ResponsesPart"
})

export type ResponsesPart = ResponsesOutputText | ResponsesReasoningText | ResponsesOtherPart

/** An event with the response. Wire: `ResponsesStreamResponseEvent`. */
const ofResponse = <const Type extends string>(type: Type, identifier: string) =>
  Schema.Struct({
    /** The type of the event. */
    type: Schema.Literal(type),
    /** The response as far as it has been generated. */
    response: nullish(ResponsesSnapshot),
    ...sequence
  }).annotations({ identifier })

/**
 * The first event: the response, still empty.
 * @category events
 */
export const ResponsesCreated = ofResponse("response.created", "ResponsesCreated")

export interface ResponsesCreated extends Schema.Schema.Type<typeof ResponsesCreated> {
  readonly response?: ResponsesSnapshot | null | undefined
}

/**
 * The model has begun.
 * @category events
 */
export const ResponsesInProgress = ofResponse("response.in_progress", "ResponsesInProgress")

export interface ResponsesInProgress extends Schema.Schema.Type<typeof ResponsesInProgress> {
  readonly response?: ResponsesSnapshot | null | undefined
}

/**
 * The last event of a complete response. It contains the response.
 * @category events
 */
export const ResponsesCompleted = ofResponse("response.completed", "ResponsesCompleted")

export interface ResponsesCompleted extends Schema.Schema.Type<typeof ResponsesCompleted> {
  readonly response?: ResponsesSnapshot | null | undefined
}

/**
 * The last event of a response that was cut short: `incomplete_details` says why. The stream succeeds.
 * @category events
 */
export const ResponsesIncomplete = ofResponse("response.incomplete", "ResponsesIncomplete")

export interface ResponsesIncomplete extends Schema.Schema.Type<typeof ResponsesIncomplete> {
  readonly response?: ResponsesSnapshot | null | undefined
}

/**
 * The last event of a response that failed. It is an element of the stream, which then fails with the error in it.
 * @category events
 */
export const ResponsesFailed = ofResponse("response.failed", "ResponsesFailed")

export interface ResponsesFailed extends Schema.Schema.Type<typeof ResponsesFailed> {
  readonly response?: ResponsesSnapshot | null | undefined
}

/**
 * An item begins. Wire: `ResponsesStreamOutputItemAdded`.
 * @category events
 */
export const ResponsesItemAdded = Schema.Struct({
  /** Always `response.output_item.added`. */
  type: Schema.Literal("response.output_item.added"),
  /** The index of the item in `output`, from 0. */
  output_index: nullish(WholeNumber),
  /** The item, usually still empty. */
  item: ResponsesOutputItem,
  ...sequence
}).annotations({ identifier: "ResponsesItemAdded" })

export interface ResponsesItemAdded extends Schema.Schema.Type<typeof ResponsesItemAdded> {
  readonly item: ResponsesOutputItem
}

/**
 * An item is complete. Wire: `ResponsesStreamOutputItemDone`.
 * @category events
 */
export const ResponsesItemDone = Schema.Struct({
  /** Always `response.output_item.done`. */
  type: Schema.Literal("response.output_item.done"),
  /** The index of the item in `output`, from 0. */
  output_index: nullish(WholeNumber),
  /** The whole item. */
  item: ResponsesOutputItem,
  ...sequence
}).annotations({ identifier: "ResponsesItemDone" })

export interface ResponsesItemDone extends Schema.Schema.Type<typeof ResponsesItemDone> {
  readonly item: ResponsesOutputItem
}

/**
 * A part of an item begins. Wire: `ResponsesStreamContentPartAdded`.
 * @category events
 */
export const ResponsesPartAdded = Schema.Struct({
  /** Always `response.content_part.added`. */
  type: Schema.Literal("response.content_part.added"),
  ...inPart,
  /** The part, usually still empty. */
  part: ResponsesPart,
  ...sequence
}).annotations({ identifier: "ResponsesPartAdded" })

export interface ResponsesPartAdded extends Schema.Schema.Type<typeof ResponsesPartAdded> {
  readonly part: ResponsesPart
}

/**
 * A part of an item is complete. Wire: `ResponsesStreamContentPartDone`.
 * @category events
 */
export const ResponsesPartDone = Schema.Struct({
  /** Always `response.content_part.done`. */
  type: Schema.Literal("response.content_part.done"),
  ...inPart,
  /** The whole part. */
  part: ResponsesPart,
  ...sequence
}).annotations({ identifier: "ResponsesPartDone" })

export interface ResponsesPartDone extends Schema.Schema.Type<typeof ResponsesPartDone> {
  readonly part: ResponsesPart
}

/**
 * Text to append. Wire: `ResponsesStreamOutputTextDelta`.
 * @category events
 */
export const ResponsesTextDelta = Schema.Struct({
  /** Always `response.output_text.delta`. */
  type: Schema.Literal("response.output_text.delta"),
  ...inPart,
  /** The text to append. */
  delta: Text,
  ...sequence
}).annotations({ identifier: "ResponsesTextDelta" })

export interface ResponsesTextDelta extends Schema.Schema.Type<typeof ResponsesTextDelta> {
  readonly delta: string
}

/**
 * The text of a part is complete. Wire: `ResponsesStreamOutputTextDone`.
 * @category events
 */
export const ResponsesTextDone = Schema.Struct({
  /** Always `response.output_text.done`. */
  type: Schema.Literal("response.output_text.done"),
  ...inPart,
  /** The whole text of the part. */
  text: Text,
  ...sequence
}).annotations({ identifier: "ResponsesTextDone" })

export interface ResponsesTextDone extends Schema.Schema.Type<typeof ResponsesTextDone> {
  readonly text: string
}

/**
 * Reasoning to append. Wire: `ResponsesStreamReasoningTextDelta`.
 * @category events
 */
export const ResponsesReasoningDelta = Schema.Struct({
  /** Always `response.reasoning_text.delta`. */
  type: Schema.Literal("response.reasoning_text.delta"),
  ...inPart,
  /** The reasoning to append. */
  delta: Text,
  ...sequence
}).annotations({ identifier: "ResponsesReasoningDelta" })

export interface ResponsesReasoningDelta extends Schema.Schema.Type<typeof ResponsesReasoningDelta> {
  readonly delta: string
}

/**
 * The reasoning of a part is complete. Wire: `ResponsesStreamReasoningTextDone`.
 * @category events
 */
export const ResponsesReasoningDone = Schema.Struct({
  /** Always `response.reasoning_text.done`. */
  type: Schema.Literal("response.reasoning_text.done"),
  ...inPart,
  /** The whole reasoning of the part. */
  text: Text,
  ...sequence
}).annotations({ identifier: "ResponsesReasoningDone" })

export interface ResponsesReasoningDone extends Schema.Schema.Type<typeof ResponsesReasoningDone> {
  readonly text: string
}

/**
 * JSON text to append to the arguments of a function call. Wire: `ResponsesStreamFunctionCallArgumentsDelta`.
 * @category events
 */
export const ResponsesArgumentsDelta = Schema.Struct({
  /** Always `response.function_call_arguments.delta`. */
  type: Schema.Literal("response.function_call_arguments.delta"),
  ...inItem,
  /** The JSON text to append. */
  delta: Text,
  ...sequence
}).annotations({ identifier: "ResponsesArgumentsDelta" })

export interface ResponsesArgumentsDelta extends Schema.Schema.Type<typeof ResponsesArgumentsDelta> {
  readonly delta: string
}

/**
 * The arguments of a function call are complete. Wire: `ResponsesStreamFunctionCallArgumentsDone`.
 * @category events
 */
export const ResponsesArgumentsDone = Schema.Struct({
  /** Always `response.function_call_arguments.done`. */
  type: Schema.Literal("response.function_call_arguments.done"),
  ...inItem,
  /** The whole arguments: JSON as text. */
  arguments: Text,
  /** The function's name. */
  name: nullish(Text),
  ...sequence
}).annotations({ identifier: "ResponsesArgumentsDone" })

export interface ResponsesArgumentsDone extends Schema.Schema.Type<typeof ResponsesArgumentsDone> {
  readonly arguments: string
}

/**
 * The data of the documented events, distinguished by `type`. Wire: `ResponsesStreamEvent`.
 * @category events
 */
export const ResponsesEvent = Schema.Union(
  // The events that occur for each token come first: they are tried in this order.
  ResponsesTextDelta,
  ResponsesReasoningDelta,
  ResponsesArgumentsDelta,
  ResponsesCreated,
  ResponsesInProgress,
  ResponsesItemAdded,
  ResponsesPartAdded,
  ResponsesTextDone,
  ResponsesReasoningDone,
  ResponsesArgumentsDone,
  ResponsesPartDone,
  ResponsesItemDone,
  ResponsesCompleted,
  ResponsesIncomplete,
  ResponsesFailed
).annotations({ identifier: "ResponsesEvent" })

/** The data of a documented event. */
export type ResponsesEvent =
  | ResponsesCreated
  | ResponsesInProgress
  | ResponsesItemAdded
  | ResponsesItemDone
  | ResponsesPartAdded
  | ResponsesPartDone
  | ResponsesTextDelta
  | ResponsesTextDone
  | ResponsesReasoningDelta
  | ResponsesReasoningDone
  | ResponsesArgumentsDelta
  | ResponsesArgumentsDone
  | ResponsesCompleted
  | ResponsesIncomplete
  | ResponsesFailed

/**
 * A documented event.
 * @category events
 */
export const ResponsesKnownEvent = Schema.Struct({
  /** The name in the event's `event:` line, if it has one. */
  name: Schema.optional(Text),
  /** The typed data. */
  data: ResponsesEvent
})
  .pipe(
    Schema.filter(agreeing(responseTypes), {
      [SentenceId]: "has the name of one type of event and the data of another"
    })
  )
  .annotations({ identifier: "ResponsesKnownEvent" })

export interface ResponsesKnownEvent extends Schema.Schema.Type<typeof ResponsesKnownEvent> {
  readonly data: ResponsesEvent
}

/** An event with an unknown name or type. */
export interface ResponsesOtherEvent {
  /** The name in the event's `event:` line, if it has one. */
  readonly name?: string | undefined
  /** The data: parsed JSON, or text if it is not JSON. */
  readonly data: unknown
}

/**
 * An event with an unknown name or type, kept unchanged.
 *
 * **Details**: an event with the name or the type of a documented event is invalid, so that a broken part of an answer is not ignored. So
 * is an event with neither a name nor a type.
 * @category events
 */
export const ResponsesOtherEvent: Schema.Schema<ResponsesOtherEvent> = otherEvent("ResponsesOtherEvent", responseTypes)

/**
 * One event of a streamed response: its name and its data, unchanged.
 *
 * **When to use**: as the element of `Responses.stream`. `ResponseStream.isKnown` tells whether `data` has a documented type, and
 * `ResponseStream.decoded` gives only those.
 *
 * **Details**: an event with the name or the type of a documented event, but another shape, is invalid.
 * @category events
 */
export const ResponsesStreamEvent = Schema.Union(ResponsesKnownEvent, ResponsesOtherEvent).annotations({
  identifier: "ResponsesStreamEvent"
})

/** One event of a streamed response. */
export type ResponsesStreamEvent = ResponsesKnownEvent | ResponsesOtherEvent
