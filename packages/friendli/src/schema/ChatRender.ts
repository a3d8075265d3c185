/** A conversation to the text that a model reads. */
import * as Schema from "effect/Schema"
import { Message } from "./Message.js"
import { JsonObject, nullish, Text } from "./primitives.js"
import { Tool } from "./Tool.js"

/**
 * Asks for the text that a model's chat template makes of a conversation. Wire: `ServerlessChatRenderBody`,
 * `DedicatedChatRenderBody`.
 *
 * **When to use**: with `ChatRender.render`.
 * @category schemas
 */
export const ChatRenderRequest = Schema.Struct({
  /** Whose chat template to use. Absent or `null` takes the deployment's default. */
  model: nullish(Text),
  /** The conversation, oldest first, as for a chat completion. */
  messages: Schema.Array(Message),
  /** Arguments for the model's chat template, such as `{ enable_thinking: true }`. JSON values only. */
  chat_template_kwargs: nullish(JsonObject),
  /** The functions that the model would be offered. */
  tools: nullish(Schema.Array(Tool))
}).annotations({ identifier: "ChatRenderRequest" })

/** @category models */
export interface ChatRenderRequest extends Schema.Schema.Type<typeof ChatRenderRequest> {
  readonly messages: ReadonlyArray<Message>
  readonly tools?: ReadonlyArray<Tool> | null | undefined
}

/**
 * The text that the model would read. Wire: `ServerlessChatRenderSuccess`, `DedicatedChatRenderSuccess`.
 * @category schemas
 */
export const ChatRendered = Schema.Struct({
  /** The prompt, special tokens included, up to where the model's answer begins. */
  text: Text
}).annotations({ identifier: "ChatRendered" })

/** @category models */
export interface ChatRendered extends Schema.Schema.Type<typeof ChatRendered> {
  readonly text: string
}
