/** Schemas of the chat render operation. */
import * as Schema from "effect/Schema"
import { Message } from "./Message.js"
import { JsonObject, ModelName, nullish, Text } from "./primitives.js"
import { Tool } from "./Tool.js"

/**
 * A request for the text that a model's chat template makes from a conversation. Wire: `ServerlessChatRenderBody`,
 * `DedicatedChatRenderBody`.
 *
 * **When to use**: with `ChatRender.render`.
 */
export const ChatRenderRequest = Schema.Struct({
  /** The model whose chat template is used. Absent or `null`: the deployment's default. */
  model: nullish(ModelName),
  /** The conversation, oldest message first, as for a chat completion. */
  messages: Schema.Array(Message),
  /** Arguments for the model's chat template, such as `{ enable_thinking: true }`. JSON values only. */
  chat_template_kwargs: nullish(JsonObject),
  /** The functions that would be offered to the model. */
  tools: nullish(Schema.Array(Tool))
}).annotations({ identifier: "ChatRenderRequest" })

export interface ChatRenderRequest extends Schema.Schema.Type<typeof ChatRenderRequest> {
  readonly messages: ReadonlyArray<Message>
  readonly tools?: ReadonlyArray<Tool> | null | undefined
}

/**
 * The answer: the text that the model would read. Wire: `ServerlessChatRenderSuccess`, `DedicatedChatRenderSuccess`.
 */
export const ChatRendered = Schema.Struct({
  /** The prompt, special tokens included, up to where the model's answer begins. */
  text: Text
}).annotations({ identifier: "ChatRendered" })

export interface ChatRendered extends Schema.Schema.Type<typeof ChatRendered> {
  readonly text: string
}
