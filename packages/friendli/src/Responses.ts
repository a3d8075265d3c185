/**
 * Responses: chat in the shape of OpenAI's Responses API, whole or streamed.
 *
 * On every deployment. Source: "Responses" of the API reference, `POST …/v1/responses`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { FriendliClient, type SseEvent, type WithResponse } from "./client/FriendliClient.js"
import { argumentsOf } from "./accumulators/choices.js"
import * as internal from "./accumulators/response.js"
import * as streams from "./internal/streams.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { ResponsesEvent, ResponsesStreamEvent } from "./schema/ResponsesEvent.js"
import {
  type ResponsesContentBlock,
  ResponsesInputItem,
  type ResponsesReasoningText,
  type ResponsesSummaryText
} from "./schema/ResponsesItem.js"
import { ResponsesRequest } from "./schema/ResponsesRequest.js"
import { ResponsesOutputItem, type ResponsesOutputPart, ResponsesResponse } from "./schema/ResponsesResponse.js"

export {
  /** The schema of the data of a documented event. See `schema/ResponsesEvent`. */
  ResponsesEvent,
  /** The schema of an item of the conversation. See `schema/ResponsesItem`. */
  ResponsesInputItem,
  /** The schema of an item of an answer. See `schema/ResponsesResponse`. */
  ResponsesOutputItem,
  /** The schema of the request. See `schema/ResponsesRequest`. */
  ResponsesRequest,
  /** The schema of a whole answer. See `schema/ResponsesResponse`. */
  ResponsesResponse,
  /** The schema of one event of a streamed answer, with its name. See `schema/ResponsesEvent`. */
  ResponsesStreamEvent
}

/**
 * The capability: a program that uses responses has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock:
 * `Layer.mock(Responses.Responses, { create: … })`.
 * @category tags
 */
export class Responses extends Context.Tag("effect-friendli/Responses")<Responses, Responses.Service>() {}

export declare namespace Responses {
  /** What `Responses.layer` provides, and what a mock replaces. */
  export interface Service {
    /** The whole answer. */
    readonly create: (
      request: ResponsesRequest,
      options?: RequestOptions
    ) => Effect.Effect<ResponsesResponse, FriendliError>
    /** The whole answer with status, headers and request id. */
    readonly createWithResponse: (
      request: ResponsesRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<ResponsesResponse>, FriendliError>
    /** The streamed answer. */
    readonly stream: (
      request: ResponsesRequest,
      options?: RequestOptions
    ) => Stream.Stream<ResponsesStreamEvent, FriendliStreamError>
    /** The opened stream with status, headers and request id. It belongs to the scope and runs once. */
    readonly streamWithResponse: (
      request: ResponsesRequest,
      options?: RequestOptions
    ) => Effect.Effect<
      WithResponse<Stream.Stream<ResponsesStreamEvent, FriendliStreamError>>,
      FriendliStreamError,
      Scope.Scope
    >
    /** The server-sent events with their data as text, not decoded. */
    readonly events: (
      request: ResponsesRequest,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/**
 * The operation of `create`, for `FriendliClient.execute`.
 * @category operations
 */
export const createOperation: Operation.Unary<ResponsesRequest, ResponsesResponse> = /*#__PURE__*/ Operation.unary({
  name: "Responses.create",
  path: "/responses",
  genAi: "chat",
  generates: true,
  request: ResponsesRequest,
  response: ResponsesResponse,
  fillMissing: internal.fillAnswer,
  failureOf: (_, response) => internal.failureOf(response),
  observer: internal.ofResponse
})

/**
 * The operation of `stream` and `events`, for `FriendliClient.stream` and `FriendliClient.events`.
 * @category operations
 */
export const streamOperation: Operation.Streaming<ResponsesRequest, ResponsesStreamEvent> =
  /*#__PURE__*/ Operation.streaming({
    name: "Responses.stream",
    path: "/responses",
    genAi: "chat",
    generates: true,
    bodyOverrides: { stream: true },
    request: ResponsesRequest,
    event: ResponsesStreamEvent,
    fillMissing: internal.fillEvent,
    failureOf: (_, event) => internal.failureOfEvent(event),
    observer: internal.ofEvents,
    includeEventName: true,
    isTerminal: internal.isTerminal,
    sentinelEnds: false
  })

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Responses.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Responses.Service => ({
    create: (request, options) => client.execute(createOperation, request, options),
    createWithResponse: (request, options) => client.executeWithResponse(createOperation, request, options),
    stream: (request, options) => client.stream(streamOperation, request, options),
    streamWithResponse: (request, options) => client.streamWithResponse(streamOperation, request, options),
    events: (request, options) => client.events(streamOperation, request, options)
  })
)

/**
 * The capability over the provided client. The deployment layers include it.
 * @category layers
 */
export const layer: Layer.Layer<Responses, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Responses, make)

/**
 * Asks for a whole answer.
 *
 * **When to use**: in programs written for OpenAI's Responses API; otherwise use `Chat.complete`. To show text as it arrives, use `stream`.
 *
 * **Details**: `request` has the field names of the API. `model` may be left out if the deployment has a default. An invalid request
 * fails with an `InvalidRequestError` before anything is sent; for the other errors see `FriendliError`. The answer has `output` (items:
 * reasoning, messages and tool calls, distinguished by `type`), `status`, and `usage` in tokens; `outputText` gives its text. A response
 * that was cut by `max_output_tokens` has the status `incomplete`. A failed response fails the call, with the error that its `error.code`
 * means and the response in `received.partial`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Responses, Serverless } from "effect-friendli"
 *
 * const program = Responses.create({
 *   model: "meta-llama-3.1-8b-instruct",
 *   instructions: "You are a helpful assistant.",
 *   input: "Hello!",
 *   max_output_tokens: 200
 * })
 *
 * program.pipe(
 *   Effect.map((response) => Responses.outputText(response).length > 0),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => true
 * ```
 * @category accessors
 */
export const create = (
  request: ResponsesRequest,
  options?: RequestOptions
): Effect.Effect<ResponsesResponse, FriendliError, Responses> =>
  Effect.flatMap(Responses, (responses) => responses.create(request, options))

/**
 * As `create`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const createWithResponse = (
  request: ResponsesRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ResponsesResponse>, FriendliError, Responses> =>
  Effect.flatMap(Responses, (responses) => responses.createWithResponse(request, options))

/**
 * Asks for a streamed answer.
 *
 * **When to use**: to show text as it arrives; combine it with `ResponseStream.text`, `ResponseStream.toolCalls` or `ResponseStream.fold`.
 *
 * **Details**: each element is an event, `{ name, data }`. The documented events are typed (`ResponseStream.isKnown`,
 * `ResponseStream.decoded`); one with another shape fails with a `ResponseDecodeError`. An event of any other name or type is kept with
 * `data: unknown`. The stream succeeds only at `response.completed` or `response.incomplete`, not at `[DONE]`. At `response.failed`, or
 * at an error event, it fails with the error that the event contains. A stream that is cut short, sends no data for too long or loses its
 * connection fails with a typed error (`StreamTruncatedError`, `RequestTimeoutError`, `ConnectionError` …) after the events that arrived.
 * The request is sent when the stream runs, each time it runs. Stopping early closes the connection.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Responses, ResponseStream, Serverless } from "effect-friendli"
 *
 * Responses.stream({ model: "meta-llama-3.1-8b-instruct", input: "Hello!", max_output_tokens: 20 }).pipe(
 *   ResponseStream.text,
 *   Stream.runForEach((text) => Effect.sync(() => process.stdout.write(text))),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * ```
 * @category accessors
 */
export const stream = (
  request: ResponsesRequest,
  options?: RequestOptions
): Stream.Stream<ResponsesStreamEvent, FriendliStreamError, Responses> =>
  streams.unwrap(Effect.map(Responses, (responses) => responses.stream(request, options)))

/**
 * As `stream`, but runs it: calls `use` with each event, one after another, and succeeds when the stream has ended.
 *
 * **When to use**: in servers that have many streams at once. It costs a fraction of `Stream.runForEach`, because it does without the
 * parts that combinators need. To use combinators, use `stream`.
 *
 * **Details**: `use` returns nothing, or an effect that runs before the next event; while it runs, the server waits (back-pressure). A
 * failure of the effect ends the stream and closes the connection. Errors, retries, timeouts and interruption are those of `stream`.
 * @category accessors
 */
export const forEach = <E = never, R = never>(
  request: ResponsesRequest,
  use: (event: ResponsesStreamEvent) => Effect.Effect<unknown, E, R> | void,
  options?: RequestOptions
): Effect.Effect<void, FriendliStreamError | E, Responses | R> =>
  Effect.flatMap(Responses, (responses) => streams.forEach(responses.stream(request, options), use))

/**
 * As `stream`, but opened: gives status, headers and request id as soon as the first event has arrived. The stream
 * belongs to the scope and runs once.
 * @category accessors
 */
export const streamWithResponse = (
  request: ResponsesRequest,
  options?: RequestOptions
): Effect.Effect<
  WithResponse<Stream.Stream<ResponsesStreamEvent, FriendliStreamError>>,
  FriendliStreamError,
  Responses | Scope.Scope
> => Effect.flatMap(Responses, (responses) => responses.streamWithResponse(request, options))

/**
 * The server-sent events of a streamed answer as they arrive: name, id and the text of the data. Nothing is decoded or checked.
 *
 * **When to use**: to log or to pass on what the server sends. To read the answer, use `stream`.
 *
 * **Gotchas**: a failed response and an error event are elements here, and a stream that is cut short between events ends without a
 * failure.
 * @category accessors
 */
export const events = (
  request: ResponsesRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, Responses> =>
  streams.unwrap(Effect.map(Responses, (responses) => responses.events(request, options)))

/** A value with items: a whole answer, a folded answer, or the partial answer of a failed stream. */
interface HasOutput {
  readonly output: ReadonlyArray<ResponsesOutputItem>
}

/**
 * The text of an answer: that of all its messages, joined.
 *
 * @example
 * ```ts
 * import { Responses } from "effect-friendli"
 *
 * console.log(Responses.outputText({ output: [{ type: "message", content: [{ type: "output_text", text: "Hi!" }] }] }))
 * // => Hi!
 * ```
 * @category getters
 */
export const outputText = ({ output }: HasOutput): string =>
  output
    .flatMap((item) => (item.type === "message" ? item.content : []))
    .map((part) => (part.type === "output_text" ? part.text : ""))
    .join("")

/** Parts without text are left out. Parts of other types are sent back unchanged. */
const toBlock = (part: ResponsesOutputPart): ReadonlyArray<ResponsesContentBlock> =>
  part.type === "output_text" ? (part.text === "" ? [] : [{ type: part.type, text: part.text }]) : [part]

/** The parts that a request can have. */
const summaryOf = (parts: ReadonlyArray<{ readonly type: unknown }>): ReadonlyArray<ResponsesSummaryText> =>
  parts.filter((part): part is ResponsesSummaryText => part.type === "summary_text")

const reasoningOf = (parts: ReadonlyArray<{ readonly type: unknown }>): ReadonlyArray<ResponsesReasoningText> =>
  parts.filter((part): part is ResponsesReasoningText => part.type === "reasoning_text")

const idOf = ({ id }: { readonly id?: string | null | undefined }) => (id ? { id } : {})

const toItem = (item: ResponsesOutputItem): ReadonlyArray<ResponsesInputItem> => {
  switch (item.type) {
    case "message": {
      const content = item.content.flatMap(toBlock)
      return content.length === 0 ? [] : [{ type: "message", role: "assistant", content }]
    }
    case "reasoning": {
      const [summary, content] = [summaryOf(item.summary), reasoningOf(item.content ?? [])]
      // Without an id the server cannot tell whose reasoning it is.
      return item.id ? [{ type: "reasoning", id: item.id, summary, ...(content.length === 0 ? {} : { content }) }] : []
    }
    case "function_call": {
      const { call_id, name, type } = item
      return [{ type, ...idOf(item), call_id, name, arguments: argumentsOf(item.arguments) }]
    }
    case "custom_tool_call": {
      const { call_id, input, name, type } = item
      return [{ type, ...idOf(item), call_id, name, input }]
    }
    default:
      return [item]
  }
}

/**
 * Makes the model's answer a part of the conversation: append its items to `input` before the next request. The API keeps no state between
 * requests.
 *
 * **When to use**: in conversations of several turns, and before the results of tool calls.
 *
 * **Details**: takes a whole answer or the response of `ResponseStream.fold`; keeps text, reasoning, calls, and items of types that this
 * version does not know. A message without text and reasoning without an id are left out. A function call without arguments has `{}`.
 *
 * @example
 * ```ts
 * import { Responses } from "effect-friendli"
 *
 * const call = { type: "function_call", call_id: "call_1", name: "now", arguments: "" } as const
 * console.log(Responses.toInput({ output: [call] }))
 * // => [
 * // =>   {
 * // =>     type: 'function_call',
 * // =>     call_id: 'call_1',
 * // =>     name: 'now',
 * // =>     arguments: '{}'
 * // =>   }
 * // => ]
 * ```
 * @category conversions
 */
export const toInput = ({ output }: HasOutput): ReadonlyArray<ResponsesInputItem> => output.flatMap(toItem)
