/**
 * Chat render: turns a conversation into the text that a model reads.
 *
 * On serverless and dedicated endpoints. Source: "Chat render" of the API reference, `POST …/v1/chat/render`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { FriendliError } from "./errors/FriendliError.js"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { ChatRendered, ChatRenderRequest } from "./schema/ChatRender.js"

export {
  /** The schema of the answer. See `schema/ChatRender`. */
  ChatRendered,
  /** The schema of the request. See `schema/ChatRender`. */
  ChatRenderRequest
}

/**
 * The capability: a program that renders conversations has it in its `R`. `Container` does not provide it, since its
 * API has no such operation.
 * @category tags
 */
export class ChatRender extends Context.Tag("effect-friendli/ChatRender")<ChatRender, ChatRender.Service>() {}

export declare namespace ChatRender {
  /** What `ChatRender.layer` provides, and what a mock replaces. */
  export interface Service {
    /** Turns a conversation into the text that the model reads. */
    readonly render: (
      request: ChatRenderRequest,
      options?: RequestOptions
    ) => Effect.Effect<ChatRendered, FriendliError>
    /** The same, with status, headers and request id. */
    readonly renderWithResponse: (
      request: ChatRenderRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<ChatRendered>, FriendliError>
  }
}

/**
 * The operation of `render`, for `FriendliClient.execute`.
 * @category operations
 */
export const renderOperation: Operation.Unary<ChatRenderRequest, ChatRendered> = /*#__PURE__*/ Operation.unary({
  name: "ChatRender.render",
  path: "/chat/render",
  genAi: "chat.render",
  request: ChatRenderRequest,
  response: ChatRendered
})

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<ChatRender.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): ChatRender.Service => ({
    render: (request, options) => client.execute(renderOperation, request, options),
    renderWithResponse: (request, options) => client.executeWithResponse(renderOperation, request, options)
  })
)

/**
 * The capability over the provided client. The layers of `Serverless` and `Dedicated` include it.
 * @category layers
 */
export const layer: Layer.Layer<ChatRender, never, FriendliClient> = /*#__PURE__*/ Layer.effect(ChatRender, make)

/**
 * Turns a conversation into the text that the model would read: the chat template is applied, and nothing is generated.
 *
 * **When to use**: to see how a template treats roles, tools and `chat_template_kwargs`.
 *
 * **Details**: the answer is `{ text }`, with special tokens written out, up to where the model's answer begins. Fails
 * with a `FriendliError`.
 *
 * **Gotchas**: the text contains special tokens as plain text, and tokenization may read them as plain text. Its count
 * can therefore differ from the `usage` of an answer.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { ChatRender, Serverless } from "effect-friendli"
 *
 * ChatRender.render({
 *   model: "meta-llama-3.1-8b-instruct",
 *   messages: [{ role: "user", content: "What is generative AI?" }]
 * }).pipe(
 *   Effect.map(({ text }) => text.includes("What is generative AI?")),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => true
 * ```
 * @category accessors
 */
export const render = (
  request: ChatRenderRequest,
  options?: RequestOptions
): Effect.Effect<ChatRendered, FriendliError, ChatRender> =>
  Effect.flatMap(ChatRender, (chatRender) => chatRender.render(request, options))

/**
 * As `render`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const renderWithResponse = (
  request: ChatRenderRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ChatRendered>, FriendliError, ChatRender> =>
  Effect.flatMap(ChatRender, (chatRender) => chatRender.renderWithResponse(request, options))
