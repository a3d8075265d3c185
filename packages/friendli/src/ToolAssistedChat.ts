/**
 * Tool-assisted chat: a chat in which Friendli itself runs tools such as a calculator or a search, whole or streamed.
 *
 * On serverless endpoints. Source: `POST /serverless/tools/v1/chat/completions` of the API's description. Friendli calls it a beta, and its own
 * SDKs leave it out. New programs use `Chat` with tools of their own (`Tool.make`).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { FriendliClient, type SseEvent, type WithResponse } from "./client/FriendliClient.js"
import * as missing from "./accumulators/missing.js"
import * as observers from "./accumulators/facts.js"
import * as internal from "./accumulators/toolAssisted.js"
import * as streams from "./internal/streams.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import type { ChatChunk } from "./schema/ChatChunk.js"
import { ChatCompletion } from "./schema/ChatCompletion.js"
import {
  ToolAssistedChatEvent,
  ToolAssistedChatRequest,
  type ToolAssistedStatusEvent,
  type ToolAssistedTokenEvent,
  ToolAssistedTool,
  ToolStatus
} from "./schema/ToolAssistedChat.js"
import { withUsage } from "./core/bodyDefaults.js"

export {
  /** The schema of one event of a streamed answer, with its name. See `schema/ToolAssistedChat`. */
  ToolAssistedChatEvent,
  /** The schema of the request. See `schema/ToolAssistedChat`. */
  ToolAssistedChatRequest,
  /** A function of your own, or a tool that Friendli runs: type and schema. See `schema/ToolAssistedChat`. */
  ToolAssistedTool,
  /** What a tool does: type and schema. See `schema/ToolAssistedChat`. */
  ToolStatus
}

/**
 * The capability: a program with tool-assisted chats has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock:
 * `Layer.mock(ToolAssistedChat.ToolAssistedChat, { complete: … })`.
 * @category tags
 */
export class ToolAssistedChat extends Context.Tag("effect-friendli/ToolAssistedChat")<
  ToolAssistedChat,
  ToolAssistedChat.Service
>() {}

export declare namespace ToolAssistedChat {
  /** What `ToolAssistedChat.layer` provides, and what a mock replaces. */
  export interface Service {
    /** The whole answer. */
    readonly complete: (
      request: ToolAssistedChatRequest,
      options?: RequestOptions
    ) => Effect.Effect<ChatCompletion, FriendliError>
    /** The whole answer with status, headers and request id. */
    readonly completeWithResponse: (
      request: ToolAssistedChatRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<ChatCompletion>, FriendliError>
    /** The streamed answer: chunks, and what the tools do. */
    readonly stream: (
      request: ToolAssistedChatRequest,
      options?: RequestOptions
    ) => Stream.Stream<ToolAssistedChatEvent, FriendliStreamError>
    /** The opened stream with status, headers and request id. It belongs to the scope and runs once. */
    readonly streamWithResponse: (
      request: ToolAssistedChatRequest,
      options?: RequestOptions
    ) => Effect.Effect<
      WithResponse<Stream.Stream<ToolAssistedChatEvent, FriendliStreamError>>,
      FriendliStreamError,
      Scope.Scope
    >
    /** The server-sent events with their names and ids, and their data as text. */
    readonly events: (
      request: ToolAssistedChatRequest,
      options?: RequestOptions
    ) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

const place = { prefix: "/tools/v1", path: "/chat/completions", genAi: "chat", generates: true } as const

/**
 * The operation of `complete`, for `FriendliClient.execute`.
 * @category operations
 */
export const completeOperation: Operation.Unary<ToolAssistedChatRequest, ChatCompletion> =
  /*#__PURE__*/ Operation.unary({
    ...place,
    name: "ToolAssistedChat.complete",
    request: ToolAssistedChatRequest,
    response: ChatCompletion,
    observer: observers.answer,
    fillMissing: missing.chatCompletion
  })

/**
 * The operation of `stream` and `events`, for `FriendliClient.stream` and `FriendliClient.events`. Only `[DONE]` ends the stream: a
 * finish reason may belong to a round that called a tool.
 * @category operations
 */
export const streamOperation: Operation.Streaming<ToolAssistedChatRequest, ToolAssistedChatEvent> =
  /*#__PURE__*/ Operation.streaming({
    ...place,
    name: "ToolAssistedChat.stream",
    bodyOverrides: { stream: true },
    withBodyDefaults: withUsage,
    request: ToolAssistedChatRequest,
    event: ToolAssistedChatEvent,
    observer: internal.ofEvents,
    fillMissing: internal.fillEvent,
    includeEventName: true,
    hasOwnError: internal.hasOwnError
  })

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<ToolAssistedChat.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): ToolAssistedChat.Service => ({
    complete: (request, options) => client.execute(completeOperation, request, options),
    completeWithResponse: (request, options) => client.executeWithResponse(completeOperation, request, options),
    stream: (request, options) => client.stream(streamOperation, request, options),
    streamWithResponse: (request, options) => client.streamWithResponse(streamOperation, request, options),
    events: (request, options) => client.events(streamOperation, request, options)
  })
)

/**
 * The capability over the provided client. The layer of `Serverless` includes it.
 *
 * **Gotchas**: only serverless endpoints run tools. With another deployment's client the calls fail, usually with a `NotFoundError`.
 * @category layers
 */
export const layer: Layer.Layer<ToolAssistedChat, never, FriendliClient> = /*#__PURE__*/ Layer.effect(
  ToolAssistedChat,
  make
)

/**
 * Asks for a whole answer, for which Friendli runs the built-in tools that the model calls.
 *
 * **Details**: as `Chat.complete`. `tools` are functions of your own, whose calls come back in `message.tool_calls`, and tools that
 * Friendli runs, which are not in `tool_calls`. `stream` shows what they do.
 *
 * @deprecated Use `Chat.complete` with tools of your own (`Tool.make`). Friendli calls tool-assisted chat a beta, and its own SDKs leave it out.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Serverless, ToolAssistedChat } from "effect-friendli"
 *
 * ToolAssistedChat.complete({
 *   model: "meta-llama-3.1-8b-instruct",
 *   messages: [{ role: "user", content: "What is 150 * 1.60934?" }],
 *   tools: [{ type: "math:calculator" }]
 * }).pipe(
 *   Effect.map((answer) => answer.choices[0]?.message.content?.includes("241.401")),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => true
 * ```
 * @category accessors
 */
export const complete = (
  request: ToolAssistedChatRequest,
  options?: RequestOptions
): Effect.Effect<ChatCompletion, FriendliError, ToolAssistedChat> =>
  Effect.flatMap(ToolAssistedChat, (chat) => chat.complete(request, options))

/**
 * As `complete`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 *
 * @deprecated Use `Chat.completeWithResponse`; see `complete`.
 * @category accessors
 */
export const completeWithResponse = (
  request: ToolAssistedChatRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ChatCompletion>, FriendliError, ToolAssistedChat> =>
  Effect.flatMap(ToolAssistedChat, (chat) => chat.completeWithResponse(request, options))

/**
 * Asks for a streamed answer, for which Friendli runs the built-in tools that the model calls.
 *
 * **Details**: each element is an event, `{ name, data }`: a chunk of the answer (`isToken`), what a tool does (`isToolStatus`), or an
 * event with a name that this version does not know. `chunks` keeps only the chunks, which all functions of `ChatStream` take. A tool
 * that fails is an event, not a failure of the stream. The stream ends with `[DONE]`; one that ends without it fails with a
 * `StreamTruncatedError`. Other failures are those of `Chat.stream`.
 *
 * @deprecated Use `Chat.stream` with tools of your own (`Tool.make`). Friendli calls tool-assisted chat a beta, and its own SDKs leave it out.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Serverless, ToolAssistedChat } from "effect-friendli"
 *
 * ToolAssistedChat.stream({
 *   model: "meta-llama-3.1-8b-instruct",
 *   messages: [{ role: "user", content: "What is 150 * 1.60934?" }],
 *   tools: [{ type: "math:calculator" }]
 * }).pipe(
 *   ToolAssistedChat.toolStatuses,
 *   Stream.runForEach(({ name, result, status }) => Effect.sync(() => console.log(name, status, result))),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * ```
 * @category accessors
 */
export const stream = (
  request: ToolAssistedChatRequest,
  options?: RequestOptions
): Stream.Stream<ToolAssistedChatEvent, FriendliStreamError, ToolAssistedChat> =>
  streams.unwrap(Effect.map(ToolAssistedChat, (chat) => chat.stream(request, options)))

/**
 * As `stream`, but opened: gives status, headers and request id as soon as the first event has arrived. The stream
 * belongs to the scope and runs once.
 *
 * @deprecated Use `Chat.streamWithResponse`; see `stream`.
 * @category accessors
 */
export const streamWithResponse = (
  request: ToolAssistedChatRequest,
  options?: RequestOptions
): Effect.Effect<
  WithResponse<Stream.Stream<ToolAssistedChatEvent, FriendliStreamError>>,
  FriendliStreamError,
  ToolAssistedChat | Scope.Scope
> => Effect.flatMap(ToolAssistedChat, (chat) => chat.streamWithResponse(request, options))

/**
 * The server-sent events of a streamed answer as they arrive: name, id and the text of the data. Nothing is decoded or checked.
 *
 * **Gotchas**: an error event is an element here, and a stream that is cut short between events ends without a failure.
 *
 * @deprecated Use `Chat.events`; see `stream`.
 * @category accessors
 */
export const events = (
  request: ToolAssistedChatRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, ToolAssistedChat> =>
  streams.unwrap(Effect.map(ToolAssistedChat, (chat) => chat.events(request, options)))

/**
 * Whether an event is a chunk of the answer. Narrows the type.
 * @category guards
 */
export const isToken: (event: ToolAssistedChatEvent) => event is ToolAssistedTokenEvent = internal.isToken

/**
 * Whether an event says what a tool does. Narrows the type.
 * @category guards
 */
export const isToolStatus: (event: ToolAssistedChatEvent) => event is ToolAssistedStatusEvent = internal.isToolStatus

/**
 * The chunks of the answer, for `ChatStream.text`, `ChatStream.fold` and the other functions of `ChatStream`.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ChatStream, ToolAssistedChat } from "effect-friendli"
 *
 * const events = Stream.fromIterable<ToolAssistedChat.ToolAssistedChatEvent>([
 *   { name: "tool_status", data: { name: "math:calculator", status: "ENDED", result: "4" } },
 *   { data: { choices: [{ index: 0, delta: { content: "It is " } }] } },
 *   { data: { choices: [{ index: 0, delta: { content: "4." }, finish_reason: "stop" }] } }
 * ])
 * events.pipe(ToolAssistedChat.chunks, ChatStream.fold, Effect.runPromise).then((answer) =>
 *   console.log(answer.choices[0]?.message.content)
 * )
 * // => It is 4.
 * ```
 * @category folds
 */
export const chunks = <E, R>(stream: Stream.Stream<ToolAssistedChatEvent, E, R>): Stream.Stream<ChatChunk, E, R> =>
  Stream.filterMap(stream, (event) => (isToken(event) ? Option.some(event.data) : Option.none()))

/**
 * What the tools do, in the order of the stream.
 * @category folds
 */
export const toolStatuses = <E, R>(
  stream: Stream.Stream<ToolAssistedChatEvent, E, R>
): Stream.Stream<ToolStatus, E, R> =>
  Stream.filterMap(stream, (event) => (isToolStatus(event) ? Option.some(event.data) : Option.none()))
