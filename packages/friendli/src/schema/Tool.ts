/** Functions that the model may call: how a request offers them, and how an answer calls them. */
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"
import { JsonObject, nullish, openEnum, openLiteral, Text, WholeNumber } from "./primitives.js"

const functionNameRule = 'a name of letters, digits, "_" or "-"'

/**
 * A function's name: letters, digits, `_` or `-`, at least one. The length is for the server to judge: its documentation says 64
 * characters for the names in `tools`.
 * @category schemas
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

/**
 * A function that a tool offers. Wire: `Function`.
 * @category schemas
 */
export const FunctionDefinition = Schema.Struct({
  /** What the model calls it by: letters, digits, `_` or `-`. */
  name: FunctionName,
  /** What the tool does and when to call it, written for the model. */
  description: nullish(Text),
  /**
   * The arguments as a JSON Schema of type `object`; `{ type: "object", properties: {} }` for a function without any.
   * From an Effect schema: `Tool.make`.
   */
  parameters: JsonObject
}).annotations({ identifier: "FunctionDefinition" })

/** @category models */
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
 * @category schemas
 */
export const Tool = Schema.Struct({
  /** Always `function`. */
  type: Schema.Literal("function"),
  /** The function. */
  function: FunctionDefinition
}).annotations({ identifier: "Tool" })

/** @category models */
export interface Tool extends Schema.Schema.Type<typeof Tool> {
  readonly function: FunctionDefinition
}

/**
 * Asks for a call of one function by name. Wire: `ChatCompleteBodyToolChoice`.
 * @category schemas
 */
export const NamedToolChoice = Schema.Struct({
  /** Always `function`. */
  type: Schema.Literal("function"),
  /** Which function the model must call. */
  function: Schema.Struct({
    /** The name of one of the request's tools. */
    name: FunctionName
  })
}).annotations({ identifier: "NamedToolChoice" })

/** @category models */
export interface NamedToolChoice extends Schema.Schema.Type<typeof NamedToolChoice> {
  readonly type: "function"
}

/**
 * Whether the model calls tools: `none`, `auto` (it decides), `required` (at least one), or one function by name.
 * Wire: `tool_choice`.
 * @category schemas
 */
export const ToolChoice = Schema.Union(openEnum("none", "auto", "required"), NamedToolChoice).annotations({
  identifier: "ToolChoice"
})

/**
 * Whether the model calls tools.
 * @category models
 */
export type ToolChoice = "none" | "auto" | "required" | (string & {}) | NamedToolChoice

/**
 * A function call in an answer. Wire: `ToolCallResult`.
 *
 * **Details**: `function.arguments` is JSON as text, written by the model: parse and check it before use. A call can be
 * given back as it is in the `tool_calls` of an assistant message.
 * @category schemas
 */
export const ToolCall = Schema.Struct({
  /** Names this call; the tool message that answers it repeats it as `tool_call_id`. `""` where the server gave none. */
  id: Text,
  /** `function`, for now. */
  type: openLiteral("function"),
  /** What to call. */
  function: Schema.Struct({
    /** The function's name. */
    name: Text,
    /** The arguments: JSON as text. */
    arguments: Text
  })
}).annotations({ identifier: "ToolCall" })

/** @category models */
export interface ToolCall extends Schema.Schema.Type<typeof ToolCall> {
  readonly id: string
}

/**
 * A piece of a function call in a stream. Wire: `StreamedToolCallResult`.
 *
 * **Details**: pieces of one call share `index`; `id` and `function.name` come with the first one, and
 * `function.arguments` is text to append. Everything may be absent or `null`, because some servers leave out what they
 * said before, and a paid stream must not fail over that.
 * @category schemas
 */
export const ToolCallDelta = Schema.Struct({
  /** Which call of the message this piece belongs to, counted from 0. */
  index: nullish(WholeNumber),
  /** `function`, for now. */
  type: nullish(openLiteral("function")),
  /** Names the call, in its first piece. */
  id: nullish(Text),
  /** What to call, in pieces. */
  function: nullish(
    Schema.Struct({
      /** The function's name, in the call's first piece. */
      name: nullish(Text),
      /** The next piece of the arguments' JSON text. */
      arguments: nullish(Text)
    })
  )
}).annotations({ identifier: "ToolCallDelta" })

/** @category models */
export interface ToolCallDelta extends Schema.Schema.Type<typeof ToolCallDelta> {
  readonly index?: number | null | undefined
}
