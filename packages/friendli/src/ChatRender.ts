/**
 * Chat render: a conversation to the text that a model reads.
 *
 * On serverless and dedicated. Source: "Chat render" of the API reference, `POST …/v1/chat/render`.
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
 * The capability: what a program that renders conversations needs in its `R`. Container has no such operation, and its layer does not
 * give this capability.
 * @category tags
 */
export class ChatRender extends Context.Tag("effect-friendli/ChatRender")<ChatRender, ChatRender.Service>() {}

export declare namespace ChatRender {
  /**
   * What `ChatRender.layer` provides, and what a mock replaces.
   *
   * @category models
   */
  export interface Service {
    /** A conversation to the text that the model reads. */
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
 * The operation behind `render`, for `FriendliClient.execute`.
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
 * Makes the capability out of a client.
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
 * The capability over whatever client is provided. The layers of serverless and dedicated hold it already.
 * @category layers
 */
export const layer: Layer.Layer<ChatRender, never, FriendliClient> = /*#__PURE__*/ Layer.effect(ChatRender, make)

/**
 * Turns a conversation into the text that the model would read: the chat template applied, nothing generated.
 *
 * **When to use**: to see what a template makes of roles, tools and `chat_template_kwargs`, and why a model answers as it does.
 *
 * **Details**: the answer is `{ text }`, special tokens written out, up to where the model's answer begins. Fails as every operation
 * does, see `FriendliError`.
 *
 * **Gotchas**: special tokens stand in it as text. Tokenization may read them as text too, so that its count is not that of the
 * conversation; the `usage` of an answer is.
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
 * As `render`, with what the response said besides: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const renderWithResponse = (
  request: ChatRenderRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<ChatRendered>, FriendliError, ChatRender> =>
  Effect.flatMap(ChatRender, (chatRender) => chatRender.renderWithResponse(request, options))
