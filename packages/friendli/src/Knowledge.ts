/**
 * Knowledge: finds the parts of uploaded documents that fit a question.
 *
 * On serverless endpoints. Source: `POST /serverless/v1/knowledge/retrieve` of the API's description.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { FriendliError } from "./errors/FriendliError.js"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import * as Operation from "./core/Operation.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { KnowledgePart, KnowledgeParts, KnowledgeRequest } from "./schema/Knowledge.js"

export {
  /** The schema of a part of a document. See `schema/Knowledge`. */
  KnowledgePart,
  /** The schema of the answer. See `schema/Knowledge`. */
  KnowledgeParts,
  /** The schema of the request. See `schema/Knowledge`. */
  KnowledgeRequest
}

/**
 * The capability: a program that retrieves knowledge has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Knowledge.Knowledge, { retrieve: … })`.
 * @category tags
 */
export class Knowledge extends Context.Tag("effect-friendli/Knowledge")<Knowledge, Knowledge.Service>() {}

export declare namespace Knowledge {
  /** What `Knowledge.layer` provides, and what a mock replaces. */
  export interface Service {
    /** Finds the parts that fit a question. */
    readonly retrieve: (
      request: KnowledgeRequest,
      options?: RequestOptions
    ) => Effect.Effect<KnowledgeParts, FriendliError>
    /** Finds the parts that fit a question, with status, headers and request id. */
    readonly retrieveWithResponse: (
      request: KnowledgeRequest,
      options?: RequestOptions
    ) => Effect.Effect<WithResponse<KnowledgeParts>, FriendliError>
  }
}

/**
 * The operation of `retrieve`, for `FriendliClient.execute`.
 * @category operations
 */
export const retrieveOperation: Operation.Unary<KnowledgeRequest, KnowledgeParts> = /*#__PURE__*/ Operation.unary({
  name: "Knowledge.retrieve",
  path: "/knowledge/retrieve",
  model: false,
  request: KnowledgeRequest,
  response: KnowledgeParts
})

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Knowledge.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Knowledge.Service => ({
    retrieve: (request, options) => client.execute(retrieveOperation, request, options),
    retrieveWithResponse: (request, options) => client.executeWithResponse(retrieveOperation, request, options)
  })
)

/**
 * The capability over the provided client. The layer of `Serverless` includes it.
 *
 * **Gotchas**: only serverless endpoints have this operation. With another deployment's client the calls fail, usually with a
 * `NotFoundError`.
 * @category layers
 */
export const layer: Layer.Layer<Knowledge, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Knowledge, make)

/**
 * Finds the parts of the documents in a knowledge base that fit a question.
 *
 * **When to use**: to give a model facts that it does not know: put the texts into the messages of a chat.
 *
 * **Details**: `results` has at most `k` parts, each with its `text`, its `score` and the ids of part and document. Fails with a
 * `FriendliError`: `NotFoundError` for an unknown knowledge base, `InvalidRequestError` unless `knowledgeIds` has exactly one id.
 *
 * **Gotchas**: the API has no operation that creates a knowledge base; use the console of Friendli. The emulator takes documents as an
 * option.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Chat, Knowledge } from "effect-friendli"
 *
 * const answer = (question: string) =>
 *   Effect.gen(function* () {
 *     const { results } = yield* Knowledge.retrieve({ query: question, k: 3, knowledgeIds: ["kb-1"] })
 *     const facts = results.map(({ text }) => text).join("\n\n")
 *     return yield* Chat.complete({
 *       messages: [
 *         { role: "system", content: `Answer from these facts alone.\n\n${facts}` },
 *         { role: "user", content: question }
 *       ]
 *     })
 *   })
 * ```
 * @category accessors
 */
export const retrieve = (
  request: KnowledgeRequest,
  options?: RequestOptions
): Effect.Effect<KnowledgeParts, FriendliError, Knowledge> =>
  Effect.flatMap(Knowledge, (knowledge) => knowledge.retrieve(request, options))

/**
 * As `retrieve`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const retrieveWithResponse = (
  request: KnowledgeRequest,
  options?: RequestOptions
): Effect.Effect<WithResponse<KnowledgeParts>, FriendliError, Knowledge> =>
  Effect.flatMap(Knowledge, (knowledge) => knowledge.retrieveWithResponse(request, options))
