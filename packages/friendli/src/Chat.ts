/**
 * Chat completions: the model's answer to a conversation, whole or streamed.
 *
 * On every deployment. Source: "Chat completions" of the API reference, `POST …/v1/chat/completions`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { FriendliClient, type SseEvent, type WithResponse } from "./client/FriendliClient.js"
import { argumentsOf } from "./accumulators/choices.js"
import * as endings from "./accumulators/completion.js"
import * as missing from "./accumulators/missing.js"
import * as observers from "./accumulators/facts.js"
import * as streams from "./internal/streams.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { ChatChunk } from "./schema/ChatChunk.js"
import { ChatCompletion } from "./schema/ChatCompletion.js"
import { ChatRequest } from "./schema/ChatRequest.js"
import {
  AssistantMessage,
  DeveloperMessage,
  Message,
  SystemMessage,
  ToolMessage,
  UserMessage
} from "./schema/Message.js"
import { Tool, ToolCall } from "./schema/Tool.js"
import { withUsage } from "./core/bodyDefaults.js"

export {
  /** The schema of one event of a streamed answer. See `schema/ChatChunk`. */
  ChatChunk,
  /** The schema of a whole answer. See `schema/ChatCompletion`. */
  ChatCompletion,
  /** The schema of the request. See `schema/ChatRequest`. */
  ChatRequest,
  /**
   * A message of a conversation, of any role: type and schema. A conversation that grows is an `Array<Chat.Message>`.
   *
   * @example
   * ```ts
   * import { Chat } from "effect-friendli"
   *
   * const messages: Array<Chat.Message> = [{ role: "user", content: "Hello!" }]
   * messages.push(Chat.toAssistantMessage({ role: "assistant", content: "Hi!" }), { role: "user", content: "Who are you?" })
   * console.log(messages.map(({ role }) => role).join(", "))
   * // => user, assistant, user
   * ```
   * @category messages
   */
  Message,
  /** Instructions for the whole conversation: type and schema. See `schema/Message`. */
  SystemMessage,
  /** Instructions of the developer, for models that distinguish them: type and schema. See `schema/Message`. */
  DeveloperMessage,
  /** A message of the user: type and schema. See `schema/Message`. */
  UserMessage,
  /**
   * An earlier message of the model: type and schema. `toAssistantMessage` makes one from an answer's message. See
   * `schema/Message`.
   */
  AssistantMessage,
  /** The result of a function call: type and schema. See `schema/Message`. */
  ToolMessage,
  /** A function that the model may call: type and schema. See `schema/Tool`. */
  Tool,
  /** A function call in an answer: type and schema. See `schema/Tool`. */
  ToolCall
}

/**
 * The capability: a program that chats has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Chat.Chat, { complete: … })`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Chat } from "effect-friendli"
 *
 * const mock = Layer.mock(Chat.Chat, {
 *   complete: () => Effect.succeed({
 *     id: "1", object: "chat.completion", created: 0,
 *     choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hi!" } }],
 *     usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
 *   })
 * })
 * const program = Effect.map(
 *   Chat.complete({ messages: [{ role: "user", content: "Hello!" }] }),
 *   (answer) => answer.choices[0]?.message.content
 * )
 * Effect.runPromise(Effect.provide(program, mock)).then(console.log)
 * // => Hi!
 * ```
 * @category tags
 */
export class Chat extends Context.Tag("effect-friendli/Chat")<Chat, Chat.Service>() {}

export declare namespace Chat {
  /** What `Chat.layer` provides, and what a mock replaces. */
  export interface Service {
    /** The whole answer. */
    readonly complete: (request: ChatRequest, options?: RequestOptions) => Effect.Effect<ChatCompletion, FriendliError>
    /** The whole answer with status, headers and request id. */
    readonly completeWithResponse: (
      request: ChatRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<ChatCompletion>, FriendliError>
    /** The streamed answer. */
    readonly stream: (request: ChatRequest, options?: RequestOptions) => Stream.Stream<ChatChunk, FriendliStreamError>
    /** The opened stream with status, headers and request id. It belongs to the scope and runs once. */
    readonly streamWithResponse: (
      request: ChatRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<Stream.Stream<ChatChunk, FriendliStreamError>>, FriendliStreamError, Scope.Scope>
    /** The server-sent events with their names and ids, and their data as text. */
    readonly events: (request: ChatRequest, options?: RequestOptions) => Stream.Stream<SseEvent, FriendliStreamError>
  }
}

/**
 * The operation of `complete`, for `FriendliClient.execute`.
 * @category operations
 */
export const completeOperation: Operation.Unary<ChatRequest, ChatCompletion> = /*#__PURE__*/ Operation.unary({
  name: "Chat.complete",
  path: "/chat/completions",
  genAi: "chat",
  generates: true,
  request: ChatRequest,
  response: ChatCompletion,
  observer: observers.answer,
  fillMissing: missing.chatCompletion
})

/**
 * The operation of `stream` and `events`, for `FriendliClient.stream` and `FriendliClient.events`.
 * @category operations
 */
export const streamOperation: Operation.Streaming<ChatRequest, ChatChunk> = /*#__PURE__*/ Operation.streaming({
  name: "Chat.stream",
  path: "/chat/completions",
  genAi: "chat",
  generates: true,
  bodyOverrides: { stream: true },
  withBodyDefaults: withUsage,
  request: ChatRequest,
  event: ChatChunk,
  observer: observers.answer,
  fillMissing: missing.chatChunk,
  completion: endings.chat
})

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Chat.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Chat.Service => ({
    complete: (request, options) => client.execute(completeOperation, request, options),
    completeWithResponse: (request, options) => client.executeWithResponse(completeOperation, request, options),
    stream: (request, options) => client.stream(streamOperation, request, options),
    streamWithResponse: (request, options) => client.streamWithResponse(streamOperation, request, options),
    events: (request, options) => client.events(streamOperation, request, options)
  })
)

/**
 * The capability over the provided client. The deployment layers include it.
 * @category layers
 */
export const layer: Layer.Layer<Chat, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Chat, make)

/**
 * Asks for a whole answer.
 *
 * **When to use**: when nothing is shown before the answer is complete. Otherwise use `stream`.
 *
 * **Details**: `request` has the field names of the API, and at least one message. `model` may be left out if the
 * deployment has a default. An invalid request fails with an `InvalidRequestError` before anything is sent; for the
 * other errors see `FriendliError`. The answer has `choices` (one, or `n`), each with `message` and `finish_reason`,
 * and `usage` in tokens.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Chat, Serverless } from "effect-friendli"
 *
 * const program = Chat.complete({
 *   model: "meta-llama-3.1-8b-instruct",
 *   messages: [
 *     { role: "system", content: "You are a helpful assistant." },
 *     { role: "user", content: "Hello!" }
 *   ],
 *   max_tokens: 200
 * })
 *
 * program.pipe(
 *   Effect.map((answer) => answer.choices[0]?.message.role),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => assistant
 * ```
 * @category accessors
 */
export const complete = (
  request: ChatRequest,
  options?: RequestOptions
): Effect.Effect<ChatCompletion, FriendliError, Chat> => Effect.flatMap(Chat, (chat) => chat.complete(request, options))

/**
 * As `complete`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const completeWithResponse = (
  request: ChatRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ChatCompletion>, FriendliError, Chat> =>
  Effect.flatMap(Chat, (chat) => chat.completeWithResponse(request, options))

/**
 * Asks for a streamed answer.
 *
 * **When to use**: to show text as it arrives; combine it with `ChatStream.text`, `ChatStream.toolCalls` or
 * `ChatStream.fold`.
 *
 * **Details**: the request is sent when the stream runs, each time it runs. `stream_options.include_usage` is true
 * unless you set it, so that the last chunk has `usage`. Stopping early closes the connection. A stream that is cut
 * short, sends no data for too long, loses its connection or carries an error fails with a typed error
 * (`StreamTruncatedError`, `RequestTimeoutError`, `ConnectionError`, `ServerError` …) after the chunks that arrived.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Chat, ChatStream, Serverless } from "effect-friendli"
 *
 * Chat.stream({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }], max_tokens: 20 }).pipe(
 *   ChatStream.text,
 *   Stream.runForEach((text) => Effect.sync(() => process.stdout.write(text))),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * ```
 * @category accessors
 */
export const stream = (
  request: ChatRequest,
  options?: RequestOptions
): Stream.Stream<ChatChunk, FriendliStreamError, Chat> =>
  streams.unwrap(Effect.map(Chat, (chat) => chat.stream(request, options)))

/**
 * As `stream`, but runs it: calls `use` with each chunk, one after another, and succeeds when the stream has ended.
 *
 * **When to use**: in servers that have many streams at once. It costs a fraction of `Stream.runForEach`, because it does without the
 * parts that combinators need. To use combinators, use `stream`.
 *
 * **Details**: `use` returns nothing, or an effect that runs before the next chunk; while it runs, the server waits (back-pressure). A
 * failure of the effect ends the stream and closes the connection. Errors, retries, timeouts and interruption are those of `stream`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Chat, Serverless } from "effect-friendli"
 * import * as UndiciTransport from "effect-friendli/UndiciTransport"
 *
 * Chat.forEach(
 *   { model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }], max_tokens: 20 },
 *   (chunk) => {
 *     process.stdout.write(chunk.choices[0]?.delta.content ?? "")
 *   }
 * ).pipe(
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(UndiciTransport.layer),
 *   Effect.runPromise
 * )
 * ```
 * @category accessors
 */
export const forEach = <E = never, R = never>(
  request: ChatRequest,
  use: (chunk: ChatChunk) => Effect.Effect<unknown, E, R> | void,
  options?: RequestOptions
): Effect.Effect<void, FriendliStreamError | E, Chat | R> =>
  Effect.flatMap(Chat, (chat) => streams.forEach(chat.stream(request, options), use))

/**
 * As `stream`, but opened: gives status, headers and request id as soon as the first chunk has arrived. The stream
 * belongs to the scope and runs once.
 * @category accessors
 */
export const streamWithResponse = (
  request: ChatRequest,
  options?: RequestOptions
): Effect.Effect<
  WithResponse<Stream.Stream<ChatChunk, FriendliStreamError>>,
  FriendliStreamError,
  Chat | Scope.Scope
> => Effect.flatMap(Chat, (chat) => chat.streamWithResponse(request, options))

/**
 * The server-sent events of a streamed answer as they arrive: name, id and the text of the data. Nothing is decoded or checked.
 *
 * **When to use**: to see what a server sends, or to read fields that this version does not know. Otherwise use
 * `stream`.
 *
 * **Gotchas**: an error event is an element here, and a stream that is cut short between events ends without a failure.
 * @category accessors
 */
export const events = (
  request: ChatRequest,
  options?: RequestOptions
): Stream.Stream<SseEvent, FriendliStreamError, Chat> =>
  streams.unwrap(Effect.map(Chat, (chat) => chat.events(request, options)))

/**
 * Makes the model's message a part of the conversation: append it to `messages` before the next request.
 *
 * **When to use**: in conversations of several turns, and before the results of tool calls.
 *
 * **Details**: takes the message of a whole answer or of `ChatStream.fold`; keeps its text, its tool calls and its reasoning, which is
 * sent back under the name that the answer used (`reasoning_content` if it used both). The API accepts the result in every case: an empty
 * list of calls is left out, an answer without text and calls has the text `""`, and a call without arguments has `{}`.
 *
 * @example
 * ```ts
 * import { Chat } from "effect-friendli"
 *
 * console.log(Chat.toAssistantMessage({ role: "assistant", content: "Hi!" }))
 * // => { role: 'assistant', content: 'Hi!' }
 * ```
 * @category conversions
 */
export const toAssistantMessage = (message: {
  readonly role?: string | null | undefined
  readonly content?: string | null | undefined
  readonly reasoning_content?: string | null | undefined
  readonly reasoning?: string | null | undefined
  readonly tool_calls?:
    | ReadonlyArray<{
        readonly id?: string | null | undefined
        readonly function?:
          | { readonly name?: string | null | undefined; readonly arguments?: string | null | undefined }
          | null
          | undefined
      }>
    | null
    | undefined
}): AssistantMessage => {
  const { content, reasoning, reasoning_content: reasoningContent, tool_calls: calls } = message
  const hasCalls = calls != null && calls.length > 0
  return {
    role: "assistant",
    ...(hasCalls && !content ? {} : { content: content ?? "" }),
    ...(reasoningContent ? { reasoning_content: reasoningContent } : {}),
    ...(reasoning && reasoning !== reasoningContent ? { reasoning } : {}),
    ...(hasCalls
      ? {
          tool_calls: calls.map((call) => ({
            id: call.id ?? "",
            type: "function" as const,
            function: { name: call.function?.name ?? "", arguments: argumentsOf(call.function?.arguments) }
          }))
        }
      : {})
  }
}
