/** The body of a chat completion request. */
import * as Schema from "effect/Schema"
import { Message } from "./Message.js"
import { atLeastOne, Int, JsonObject, ModelName, nullish, NumberRecord } from "./primitives.js"
import type { ResponseFormat } from "./ResponseFormat.js"
import { LimitFields, ReasoningEffort, SamplingFields, type StreamOptions } from "./Sampling.js"
import { Tool, ToolChoice } from "./Tool.js"

/**
 * A request for the next message of a conversation. Wire: `ServerlessChatCompletionBody`,
 * `DedicatedChatCompletionBody`, `ContainerChatCompletionBody` and their streaming twins.
 *
 * **When to use**: with `Inference.chatCompletion` and `Inference.chatCompletionStream`. `stream` is not a field: the
 * function that is called decides.
 *
 * **Details**: numbers must be finite and in the stated ranges. Unknown fields are invalid; pass fields that are newer
 * than this SDK with the option `body` of the call. The server checks rules between fields: only one of `tools`,
 * `response_format` and `min_tokens`; `top_logprobs` needs `logprobs: true`.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { ChatRequest } from "effect-friendli/schema/ChatRequest"
 *
 * const request: ChatRequest = {
 *   model: "meta-llama-3.1-8b-instruct",
 *   messages: [
 *     { role: "system", content: "You are a helpful assistant." },
 *     { role: "user", content: "Hello!" }
 *   ],
 *   max_tokens: 200
 * }
 * console.log(Schema.is(ChatRequest)(request), Schema.is(ChatRequest)({ ...request, temperature: Number.NaN }))
 * // true false
 * ```
 */
export const ChatRequest = Schema.Struct({
  /**
   * The model. Serverless: a model code. Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an
   * adapter route, or nothing. Absent or `null`: the deployment's default.
   */
  model: nullish(ModelName),
  /** The conversation so far, oldest message first. At least one message. */
  messages: atLeastOne(Message, "message"),
  ...SamplingFields,
  ...LimitFields,
  /** Added to the scores of tokens before sampling: token id to a number; -100 forbids a token, 100 forces it. */
  logit_bias: nullish(NumberRecord),
  /** Whether the answer has the log probability of each token. */
  logprobs: nullish(Schema.Boolean),
  /** How many of the most likely tokens to report at each position. Needs `logprobs: true`. */
  top_logprobs: nullish(Int),
  /** The functions that the model may call. Not together with `response_format` or `min_tokens`. */
  tools: nullish(Schema.Array(Tool)),
  /**
   * Whether the model calls tools: `none`, `auto`, `required`, or one function by name. The only optional field that
   * must not be `null`. Server default: `auto`.
   */
  tool_choice: Schema.optional(ToolChoice),
  /** Whether one answer may call several functions. */
  parallel_tool_calls: nullish(Schema.Boolean),
  /**
   * How much a reasoning model reasons. Each model accepts some of the levels; the catalogue lists them as
   * `reasoning_options`.
   */
  reasoning_effort: nullish(ReasoningEffort),
  /** The maximum number of reasoning tokens. Integer; 0 turns reasoning off, -1 sets no limit. */
  reasoning_budget: nullish(Int),
  /** Whether the server moves the reasoning from `content` to `reasoning_content`. */
  parse_reasoning: nullish(Schema.Boolean),
  /**
   * Whether the answer contains the parsed reasoning. Takes effect with `parse_reasoning: true`. Server default: true.
   */
  include_reasoning: nullish(Schema.Boolean),
  /** Arguments for the model's chat template, such as `{ enable_thinking: true }`. JSON values only. */
  chat_template_kwargs: nullish(JsonObject)
}).annotations({ identifier: "ChatRequest" })

export interface ChatRequest extends Schema.Schema.Type<typeof ChatRequest> {
  /** The conversation so far, oldest message first. At least one message. */
  readonly messages: ReadonlyArray<Message>
  readonly tools?: ReadonlyArray<Tool> | null | undefined
  readonly tool_choice?: ToolChoice | undefined
  readonly response_format?: ResponseFormat | null | undefined
  readonly stream_options?: StreamOptions | null | undefined
}
