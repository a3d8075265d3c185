/** Functions that the model may call: how a request offers them, and how an answer calls them. */
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"
import { JsonObject, nullish, openEnum, openLiteral, Text, WholeNumber } from "./primitives.js"

const functionNameRule = 'a name of letters, digits, "_" or "-"'

/**
 * A function's name: letters, digits, `_` or `-`, at least one. The server checks the length; its documentation allows
 * 64 characters for names in `tools`.
 */
export const FunctionName: Schema.Schema<string> = Schema.String.pipe(
  Schema.filter((name) => /^[A-Za-z0-9_-]+$/.test(name), {
    identifier: "FunctionName",
    [ExpectedId]: functionNameRule,
    description: functionNameRule,
    message: () => `expected ${functionNameRule}`,
    jsonSchema: { pattern: "^[A-Za-z0-9_-]+$" }
  })
)

/** A function that a tool offers. Wire: `Function`. */
export const FunctionDefinition = Schema.Struct({
  /** The name that the model uses: letters, digits, `_` or `-`. */
  name: FunctionName,
  /** What the tool does and when to call it, written for the model. */
  description: nullish(Text),
  /**
   * The arguments as a JSON Schema of type `object`; `{ type: "object", properties: {} }` for a function without any.
   * From an Effect schema: `Tool.make`.
   */
  parameters: JsonObject
}).annotations({ identifier: "FunctionDefinition" })

export interface FunctionDefinition extends Schema.Schema.Type<typeof FunctionDefinition> {
  readonly name: string
}

/**
 * A tool that the model may call. Wire: `Tool`.
 *
 * **When to use**: in `tools` of a chat request. Calls come back as `message.tool_calls`; answer each with a message of
 * role `tool`.
 *
 * @example
 * ```ts
 * import type { Tool } from "effect-friendli/schema/Tool"
 *
 * const weather: Tool = {
 *   type: "function",
 *   function: {
 *     name: "get_weather",
 *     description: "The current weather in a city",
 *     parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
 *   }
 * }
 * console.log(weather.function.name)
 * // get_weather
 * ```
 */
export const Tool = Schema.Struct({
  /** Always `function`. */
  type: Schema.Literal("function"),
  /** The function. */
  function: FunctionDefinition
}).annotations({ identifier: "Tool" })

export interface Tool extends Schema.Schema.Type<typeof Tool> {
  readonly function: FunctionDefinition
}

/** Requires a call of one function by name. Wire: `ChatCompleteBodyToolChoice`. */
export const NamedToolChoice = Schema.Struct({
  /** Always `function`. */
  type: Schema.Literal("function"),
  /** The function that the model must call. */
  function: Schema.Struct({
    /** The name of one of the request's tools. */
    name: FunctionName
  })
}).annotations({ identifier: "NamedToolChoice" })

export interface NamedToolChoice extends Schema.Schema.Type<typeof NamedToolChoice> {
  readonly type: "function"
}

/**
 * Whether the model calls tools: `none`, `auto` (it decides), `required` (at least one), or one function by name.
 * Wire: `tool_choice`.
 */
export const ToolChoice = Schema.Union(openEnum("none", "auto", "required"), NamedToolChoice).annotations({
  identifier: "ToolChoice"
})

/** Whether the model calls tools. */
export type ToolChoice = "none" | "auto" | "required" | (string & {}) | NamedToolChoice

/**
 * A function call in an answer. Wire: `ToolCallResult`.
 *
 * **Details**: `function.arguments` is JSON text written by the model: parse and check it before use. The call can be
 * sent back unchanged in the `tool_calls` of an assistant message.
 */
export const ToolCall = Schema.Struct({
  /**
   * The id of the call; the tool message with the result repeats it as `tool_call_id`. `""` if the server gave none.
   */
  id: Text,
  /** Currently always `function`. */
  type: openLiteral("function"),
  /** The function to call. */
  function: Schema.Struct({
    /** The function's name. */
    name: Text,
    /** The arguments: JSON as text. */
    arguments: Text
  })
}).annotations({ identifier: "ToolCall" })

export interface ToolCall extends Schema.Schema.Type<typeof ToolCall> {
  readonly id: string
}

/**
 * A delta of a function call. Wire: `StreamedToolCallResult`.
 *
 * **Details**: the deltas of one call share `index`; `id` and `function.name` come with the first one, and
 * `function.arguments` is text to append. Every field may be absent or `null`, because some servers leave out values
 * that they have sent before.
 */
export const ToolCallDelta = Schema.Struct({
  /** The index of the call in the message, from 0. */
  index: nullish(WholeNumber),
  /** Currently always `function`. */
  type: nullish(openLiteral("function")),
  /** The id of the call, in its first delta. */
  id: nullish(Text),
  /** The function to call. */
  function: nullish(
    Schema.Struct({
      /** The function's name, in the first delta of the call. */
      name: nullish(Text),
      /** The next piece of the arguments' JSON text. */
      arguments: nullish(Text)
    })
  )
}).annotations({ identifier: "ToolCallDelta" })

export interface ToolCallDelta extends Schema.Schema.Type<typeof ToolCallDelta> {
  readonly index?: number | null | undefined
}
