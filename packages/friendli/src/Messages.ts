/**
 * Messages: chat in the shape of Anthropic's API, whole or streamed.
 *
 * On every deployment. Source: "Messages" of the API reference, `POST …/v1/messages`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { FriendliClient, type SseEvent, type WithResponse } from "./client/FriendliClient.js"
import * as decoding from "./internal/decoding.js"
import * as internal from "./accumulators/message.js"
import * as streams from "./internal/streams.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { MessagesEvent, MessagesStreamEvent } from "./schema/MessagesEvent.js"
import {
  MessagesCompatibilityBlock,
  type MessagesContentBlock,
  MessagesInputMessage,
  MessagesRequest
} from "./schema/MessagesRequest.js"
import { MessagesResponse, type MessagesResponseContentBlock } from "./schema/MessagesResponse.js"

export {
  /** The schema of the data of a documented event. See `schema/MessagesEvent`. */
  MessagesEvent,
  /** The schema of a message of the conversation. See `schema/MessagesRequest`. */
  MessagesInputMessage,
  /** The schema of the request. See `schema/MessagesRequest`. */
  MessagesRequest,
  /** The schema of a whole answer. See `schema/MessagesResponse`. */
  MessagesResponse,
  /** The schema of one event of a streamed answer, with its name. See `schema/MessagesEvent`. */
  MessagesStreamEvent
}

/**
 * The capability: a program that uses messages has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock:
 * `Layer.mock(Messages.Messages, { create: … })`.
 * @category tags
 */
export class Messages extends Context.Tag("effect-friendli/Messages")<Messages, Messages.Service>() {}

export declare namespace Messages {
  /** What `Messages.layer` provides, and what a mock replaces. */
  export interface Service {
    /** The whole answer. */
    readonly create: (
      request: MessagesRequest,
      options?: RequestOptions
    ) => Effect.Effect<MessagesResponse, FriendliError>
    /** The whole answer with status, headers and request id. */
    readonly createWithResponse: (
      request: MessagesRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<MessagesResponse>, FriendliError>
    /** The streamed answer. */
    readonly stream: (
      request: MessagesRequest,
      options?: RequestOptions
    ) => Stream.Stream<MessagesStreamEvent, FriendliStreamError>
    /** The opened stream with status, headers and request id. It belongs to the scope and runs once. */
    readonly streamWithResponse: (
      request: MessagesRequest,
      options?: RequestOptions
    ) => Effect.Effect<
      WithResponse<Stream.Stream<MessagesStreamEvent, FriendliStreamError>>,
      FriendliStreamError,
      Scope.Scope
    >
    /** The server-sent events with their data as text, not decoded. */
    readonly events: (
      request: MessagesRequest,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/**
 * The operation of `create`, for `FriendliClient.execute`.
 * @category operations
 */
export const createOperation: Operation.Unary<MessagesRequest, MessagesResponse> = /*#__PURE__*/ Operation.unary({
  name: "Messages.create",
  path: "/messages",
  genAi: "chat",
  generates: true,
  withBodyDefaults: internal.withFormatType,
  request: MessagesRequest,
  response: MessagesResponse,
  fillMissing: internal.fillAnswer,
  observer: internal.ofMessage
})

/**
 * The operation of `stream` and `events`, for `FriendliClient.stream` and `FriendliClient.events`.
 * @category operations
 */
export const streamOperation: Operation.Streaming<MessagesRequest, MessagesStreamEvent> =
  /*#__PURE__*/ Operation.streaming({
    name: "Messages.stream",
    path: "/messages",
    genAi: "chat",
    generates: true,
    bodyOverrides: { stream: true },
    withBodyDefaults: internal.withFormatType,
    request: MessagesRequest,
    event: MessagesStreamEvent,
    fillMissing: internal.fillEvent,
    observer: internal.ofEvents,
    includeEventName: true,
    isTerminal: internal.isTerminal
  })

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Messages.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Messages.Service => ({
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
export const layer: Layer.Layer<Messages, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Messages, make)

/**
 * Asks for a whole answer.
 *
 * **When to use**: in programs written for Anthropic's Messages API; otherwise use `Chat.complete`. To show text as it
 * arrives, use `stream`.
 *
 * **Details**: `request` has the field names of the API, and at least one message. `model` may be left out if the
 * deployment has a default. An invalid request fails with an `InvalidRequestError` before anything is sent; for the
 * other errors see `FriendliError`. The answer has `content` (blocks of text, thinking and tool calls, distinguished by
 * `type`), `stop_reason`, and `usage` in tokens.
 *
 * **Gotchas**: `cache_control`, `container`, `context_manager`, `inference_geo`, `metadata`, `service_tier` and blocks such as
 * `document` are accepted by the server and ignored.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Messages, Serverless } from "effect-friendli"
 *
 * const program = Messages.create({
 *   model: "meta-llama-3.1-8b-instruct",
 *   system: "You are a helpful assistant.",
 *   messages: [{ role: "user", content: "Hello!" }],
 *   max_tokens: 200
 * })
 *
 * program.pipe(
 *   Effect.map((message) => message.content.flatMap((block) => block.type === "text" ? [block.text] : []).length),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 1
 * ```
 * @category accessors
 */
export const create = (
  request: MessagesRequest,
  options?: RequestOptions
): Effect.Effect<MessagesResponse, FriendliError, Messages> =>
  Effect.flatMap(Messages, (messages) => messages.create(request, options))

/**
 * As `create`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const createWithResponse = (
  request: MessagesRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<MessagesResponse>, FriendliError, Messages> =>
  Effect.flatMap(Messages, (messages) => messages.createWithResponse(request, options))

/**
 * Asks for a streamed answer.
 *
 * **When to use**: to show text as it arrives; combine it with `MessageStream.text`, `MessageStream.toolUses` or
 * `MessageStream.fold`.
 *
 * **Details**: each element is an event, `{ name, data }`. The documented events are typed (`MessageStream.isKnown`,
 * `MessageStream.decoded`); one with another shape fails with a `ResponseDecodeError`. An event of any other name or
 * type is kept with `data: unknown`. The stream succeeds at `message_stop` (or `[DONE]`). A stream that is cut short,
 * sends no data for too long, loses its connection or carries an error (`event: error`) fails with a typed error
 * (`StreamTruncatedError`, `RequestTimeoutError`, `ConnectionError`, `OverloadedError` …) after the events that
 * arrived. The request is sent when the stream runs, each time it runs. Stopping early closes the connection.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Messages, MessageStream, Serverless } from "effect-friendli"
 *
 * Messages.stream({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }], max_tokens: 20 }).pipe(
 *   MessageStream.text,
 *   Stream.runForEach((text) => Effect.sync(() => process.stdout.write(text))),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * ```
 * @category accessors
 */
export const stream = (
  request: MessagesRequest,
  options?: RequestOptions
): Stream.Stream<MessagesStreamEvent, FriendliStreamError, Messages> =>
  streams.unwrap(Effect.map(Messages, (messages) => messages.stream(request, options)))

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
  request: MessagesRequest,
  use: (event: MessagesStreamEvent) => Effect.Effect<unknown, E, R> | void,
  options?: RequestOptions
): Effect.Effect<void, FriendliStreamError | E, Messages | R> =>
  Effect.flatMap(Messages, (messages) => streams.forEach(messages.stream(request, options), use))

/**
 * As `stream`, but opened: gives status, headers and request id as soon as the first event has arrived. The stream
 * belongs to the scope and runs once.
 * @category accessors
 */
export const streamWithResponse = (
  request: MessagesRequest,
  options?: RequestOptions
): Effect.Effect<
  WithResponse<Stream.Stream<MessagesStreamEvent, FriendliStreamError>>,
  FriendliStreamError,
  Messages | Scope.Scope
> => Effect.flatMap(Messages, (messages) => messages.streamWithResponse(request, options))

/**
 * The server-sent events of a streamed answer as they arrive: name, id and the text of the data. Nothing is decoded or checked.
 *
 * **When to use**: to log or to pass on what the server sends. To read the answer, use `stream`.
 *
 * **Gotchas**: an error event is an element here, and a stream that is cut short between events ends without a failure.
 * @category accessors
 */
export const events = (
  request: MessagesRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, Messages> =>
  streams.unwrap(Effect.map(Messages, (messages) => messages.events(request, options)))

/** Blocks of the types that the server accepts and ignores; it rejects a request with any other type. */
const compatibilityBlock = (block: unknown): ReadonlyArray<MessagesContentBlock> =>
  decoding.is(MessagesCompatibilityBlock)(block) ? [block] : []

/** Blocks without content are left out, because some servers reject them. */
const toInput = (block: MessagesResponseContentBlock): ReadonlyArray<MessagesContentBlock> => {
  switch (block.type) {
    case "text":
      return block.text.trim() === "" ? [] : [{ type: "text", text: block.text }]
    case "thinking": {
      // Hidden thinking has a signature and no text: it is sent back for its signature.
      const signature = block.signature ? { signature: block.signature } : {}
      return block.thinking === "" && !block.signature
        ? []
        : [{ type: "thinking", thinking: block.thinking, ...signature }]
    }
    case "tool_use":
      return [{ type: "tool_use", id: block.id, name: block.name, input: block.input }]
    default:
      return compatibilityBlock(block)
  }
}

/**
 * Makes the model's message a part of the conversation: append it to `messages` before the next request.
 *
 * **When to use**: in conversations of several turns, and before the results of tool calls.
 *
 * **Details**: takes a whole answer or the message of `MessageStream.fold`; keeps text, thinking with its signature, and tool calls.
 * Leaves out blocks without content, and blocks of types that a request cannot have. If no block is left, `content` is `""`.
 *
 * @example
 * ```ts
 * import { Messages } from "effect-friendli"
 *
 * console.log(Messages.toAssistantMessage({ content: [{ type: "thinking", thinking: "" }, { type: "text", text: "Hi!" }] }))
 * // => { role: 'assistant', content: [ { type: 'text', text: 'Hi!' } ] }
 * ```
 * @category conversions
 */
export const toAssistantMessage = (message: {
  readonly content: ReadonlyArray<MessagesResponseContentBlock>
}): MessagesInputMessage => {
  const content = message.content.flatMap(toInput)
  return { role: "assistant", content: content.length === 0 ? "" : content }
}
