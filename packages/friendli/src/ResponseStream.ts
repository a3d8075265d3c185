/** Consumers of a streamed response: its text, its reasoning, its tool calls, or the whole response. */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "./errors/FriendliError.js"
import * as folds from "./accumulators/folds.js"
import * as internal from "./accumulators/response.js"
import type { Kind, OpenItem } from "./accumulators/responseItems.js"
import * as merging from "./accumulators/responseMerge.js"
import * as calls from "./partialJson/calls.js"
import type * as PartialJson from "./partialJson/PartialJson.js"
import type { ResponsesEvent, ResponsesKnownEvent, ResponsesStreamEvent } from "./schema/ResponsesEvent.js"
import type { ResponsesCustomToolCall, ResponsesFunctionCall, ResponsesOutputItem } from "./schema/ResponsesResponse.js"

/**
 * A streamed response, merged. It has the shape of `ResponsesResponse`. If it was cut short, `status` is `in_progress`, or `null` if no
 * event contained it.
 */
export interface Response extends merging.Response {}

/**
 * Whether an event is a documented one. Narrows the type.
 *
 * **Details**: all other events are newer than this version. A documented event with another shape fails the stream.
 * @category guards
 */
export const isKnown: (event: ResponsesStreamEvent) => event is ResponsesKnownEvent = internal.isKnown

/**
 * The typed data of the known events; all other events are left out.
 *
 * **When to use**: to process the answer event by event with a `switch` over `type`.
 * @category folds
 */
export const decoded = <E, R>(stream: Stream.Stream<ResponsesStreamEvent, E, R>): Stream.Stream<ResponsesEvent, E, R> =>
  Stream.filterMap(stream, (event) => (isKnown(event) ? Option.some(event.data) : Option.none()))

/** The text of one kind as it arrives, including text that only the end event of a part or an item contains. */
const pieces = <E, R>(stream: Stream.Stream<ResponsesStreamEvent, E, R>, wanted: Kind): Stream.Stream<string, E, R> =>
  folds.readings(stream, () => {
    let elements: Array<string> = []
    const merge = new merging.ResponseMerge({
      isKept: false,
      listener: {
        piece: (_, kind, text) => {
          if (kind === wanted && text !== "") elements.push(text)
        },
        done: () => {}
      }
    })
    return {
      add: (event) => {
        elements = []
        merge.add(event)
        return elements
      },
      flush: () => [],
      end: () => []
    }
  })

/**
 * The text of all messages as it arrives, without empty strings.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ResponseStream } from "effect-friendli"
 *
 * const events = Stream.make(
 *   { data: { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hel" } },
 *   { data: { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "lo" } }
 * )
 * Effect.runPromise(Stream.runFold(ResponseStream.text(events), "", (all, text) => `${all}|${text}`)).then(console.log)
 * // => |Hel|lo
 * ```
 * @category folds
 */
export const text = <E, R>(stream: Stream.Stream<ResponsesStreamEvent, E, R>): Stream.Stream<string, E, R> =>
  pieces(stream, "text")

/**
 * The reasoning as it arrives, for models and requests (`reasoning`) that give it.
 * @category folds
 */
export const reasoning = <E, R>(stream: Stream.Stream<ResponsesStreamEvent, E, R>): Stream.Stream<string, E, R> =>
  pieces(stream, "reasoning")

/**
 * Runs the stream and gives the whole response: its items in order, `status`, `usage`.
 *
 * **Details**: the items are built from the events as they arrive. An event that has an item or the response as a whole, as the last
 * event does, replaces what was built, but not if it is empty: after a last event without `output` the built items remain. Unknown events
 * are skipped. Works with servers that leave out ids, indexes, or the start of an item or a part. Fails with the error of the stream,
 * which has the response so far in `received.partial` (read it with `partial`).
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Responses, ResponseStream } from "effect-friendli"
 *
 * const events = Stream.make(
 *   { data: { type: "response.created", response: { id: "resp_1", status: "in_progress", output: [] } } },
 *   { data: { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hello" } },
 *   { data: { type: "response.completed", response: { id: "resp_1", status: "completed", usage: { total_tokens: 4 } } } }
 * )
 * Effect.runPromise(ResponseStream.fold(events)).then((response) =>
 *   console.log(Responses.outputText(response), response.status, response.usage?.total_tokens)
 * )
 * // => Hello completed 4
 * ```
 * @category folds
 */
export const fold = <E, R>(stream: Stream.Stream<ResponsesStreamEvent, E, R>): Effect.Effect<Response, E, R> =>
  folds.fold(
    stream,
    (): { add(event: ResponsesStreamEvent): void; readonly events: number; snapshot(): Response } =>
      new merging.ResponseMerge()
  )

const itemsOf = <E, R, Item extends ResponsesOutputItem>(
  stream: Stream.Stream<ResponsesStreamEvent, E, R>,
  isWanted: (item: ResponsesOutputItem) => item is Item
): Effect.Effect<ReadonlyArray<Item>, E, R> => Effect.map(fold(stream), ({ output }) => output.filter(isWanted))

/**
 * Runs the stream and gives the function calls, merged from their deltas, in the order of their items. Decode them with `Tool.decodeCall`.
 *
 * **Details**: `arguments` is the JSON text that the model wrote. It may be incomplete if the response was cut.
 * @category folds
 */
export const toolCalls = <E, R>(
  stream: Stream.Stream<ResponsesStreamEvent, E, R>
): Effect.Effect<ReadonlyArray<ResponsesFunctionCall>, E, R> => itemsOf(stream, (item) => item.type === "function_call")

/**
 * Runs the stream and gives the custom tool calls, in the order of their items.
 *
 * **Details**: `input` is free text that the model wrote. The API accepts custom tools but does not document their calls in answers: they
 * are read in the shape in which a request sends them back.
 * @category folds
 */
export const customToolCalls = <E, R>(
  stream: Stream.Stream<ResponsesStreamEvent, E, R>
): Effect.Effect<ReadonlyArray<ResponsesCustomToolCall>, E, R> =>
  itemsOf(stream, (item) => item.type === "custom_tool_call")

/** The call for the readings: id and name may arrive after its first text. */
const callOf = ({ item }: OpenItem): calls.Call | undefined =>
  item.type === "function_call" ? { id: item.call_id || undefined, name: item.name || undefined } : undefined

/**
 * The function calls while they arrive: their arguments, decoded by the schemas of the tools as they grow.
 *
 * **When to use**: to show what the model fills in, or to stop an answer early. If you need only the complete calls, use `toolCalls`.
 *
 * **Details**: each element is one call with a `PartialJson.Reading` of its arguments: `Growing` with the value so far, `Complete` or
 * `Invalid` when its item has ended. `name` is the tool, and determines the type of the value. A call of a tool without a schema has an
 * `unknownName` instead of a `name`. A failure of the stream follows the last readings.
 *
 * @example
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { ResponseStream } from "effect-friendli"
 *
 * const call = { type: "function_call", call_id: "call_1", name: "now", arguments: "" }
 * const events = Stream.make(
 *   { data: { type: "response.output_item.added", output_index: 0, item: call } },
 *   { data: { type: "response.function_call_arguments.delta", output_index: 0, delta: "{\"zone\":\"K" } },
 *   { data: { type: "response.function_call_arguments.delta", output_index: 0, delta: "ST\"}" } },
 *   { data: { type: "response.function_call_arguments.done", output_index: 0, arguments: "{\"zone\":\"KST\"}", name: "now" } }
 * )
 *
 * ResponseStream.partialToolCalls(events, { now: Schema.Struct({ zone: Schema.String }) }).pipe(
 *   Stream.runForEach(({ name, reading }) => Effect.sync(() => console.log(name, reading._tag, reading.value))),
 *   Effect.runPromise
 * )
 * // => now Growing { zone: 'K' }
 * // => now Growing { zone: 'KST' }
 * // => now Complete { zone: 'KST' }
 * ```
 * @category folds
 */
export const partialToolCalls: {
  <const Tools extends PartialJson.ToolSchemas>(
    tools: Tools
  ): <E, R>(stream: Stream.Stream<ResponsesStreamEvent, E, R>) => Stream.Stream<PartialJson.ToolCall<Tools>, E, R>
  <const Tools extends PartialJson.ToolSchemas, E, R>(
    stream: Stream.Stream<ResponsesStreamEvent, E, R>,
    tools: Tools
  ): Stream.Stream<PartialJson.ToolCall<Tools>, E, R>
} = /*#__PURE__*/ dual(
  2,
  <const Tools extends PartialJson.ToolSchemas, E, R>(
    stream: Stream.Stream<ResponsesStreamEvent, E, R>,
    tools: Tools
  ): Stream.Stream<PartialJson.ToolCall<Tools>, E, R> =>
    folds.readings(stream, () => {
      const readings = calls.make(tools)
      const open = new Map<OpenItem, { id: string | undefined; name: string | undefined }>()
      let elements: Array<PartialJson.ToolCall<Tools>> = []
      /** The call of an item: the same object each time, with the id and name that have arrived so far. */
      const known = (item: OpenItem): calls.Call | undefined => {
        const now = callOf(item)
        if (now === undefined) return undefined
        const call = Object.assign(open.get(item) ?? { id: undefined, name: undefined }, now)
        open.set(item, call)
        return call
      }
      const merge = new merging.ResponseMerge({
        isKept: false,
        listener: {
          piece: (item, _, text) => {
            const call = known(item)
            if (call !== undefined) elements.push(...readings.add(call, text))
          },
          done: (item) => {
            const call = known(item)
            if (call !== undefined) elements.push(...readings.endOf(call))
          }
        }
      })
      return {
        add: (event) => {
          elements = []
          merge.add(event)
          return elements
        },
        flush: readings.flush,
        end: () => readings.end(merge.isCut)
      }
    })
)

/**
 * The response that `fold` (or `toolCalls`) had merged before it failed.
 * @category getters
 */
export const partial = (error: FriendliStreamError): Option.Option<Response> => folds.partial(error, "response")
