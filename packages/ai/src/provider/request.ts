/** The request of one generation. In: what `@effect/ai` asks for, and the settings. Out: a chat request, or `MalformedInput`. */
import type * as AiError from "@effect/ai/AiError"
import type * as LanguageModel from "@effect/ai/LanguageModel"
import * as AiTool from "@effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type * as Chat from "effect-friendli/Chat"
import * as JsonSchema from "effect-friendli/JsonSchema"
import * as ResponseFormat from "effect-friendli/ResponseFormat"
import type { ResponseFormat as Format } from "effect-friendli/schema/ResponseFormat"
import type { ToolChoice } from "effect-friendli/schema/Tool"
import { type Config, fieldsIn, merge } from "./config.js"
import { malformedInput } from "./errors.js"
import { fieldsOf, messagesOf } from "./prompt.js"

/** Only the shape of a schema is read. This needs no services. */
const withoutContext = (schema: object): Schema.Schema.AnyNoContext => schema as Schema.Schema.AnyNoContext

/** A cache: the same tool comes with each request. */
const made = new WeakMap<AiTool.Any, Chat.Tool>()

const makeTool = (tool: AiTool.Any, method: string): Effect.Effect<Chat.Tool, AiError.MalformedInput> => {
  if (AiTool.isProviderDefined(tool)) {
    return Effect.fail(malformedInput(method, `The API has no tools of its own, so "${tool.name}" cannot be offered.`))
  }
  return Either.match(JsonSchema.forTool(withoutContext(tool.parametersSchema)), {
    onLeft: (error) => Effect.fail(malformedInput(method, `The tool "${tool.name}": ${error.message}`, error)),
    onRight: (parameters) => {
      const description = AiTool.getDescription(tool as Parameters<typeof AiTool.getDescription>[0])
      const offered: Chat.Tool = {
        type: "function",
        function: { name: tool.name, ...(description === undefined ? {} : { description }), parameters }
      }
      made.set(tool, offered)
      return Effect.succeed(offered)
    }
  })
}

const toolOf = (tool: AiTool.Any, method: string): Effect.Effect<Chat.Tool, AiError.MalformedInput> => {
  const found = made.get(tool)
  return found === undefined ? makeTool(tool, method) : Effect.succeed(found)
}

/** `@effect/ai` has left out the tools that `oneOf` does not name. */
const choiceOf = (choice: LanguageModel.ToolChoice<string>, tools: ReadonlyArray<AiTool.Any>): ToolChoice => {
  if (typeof choice === "string") return choice
  if ("tool" in choice) return { type: "function", function: { name: choice.tool } }
  const [only, ...others] = tools
  if (choice.mode !== "required") return "auto"
  return only !== undefined && others.length === 0 ? { type: "function", function: { name: only.name } } : "required"
}

const toolFields = (
  { toolChoice, tools }: LanguageModel.ProviderOptions,
  method: string
): Effect.Effect<{ readonly tools?: ReadonlyArray<Chat.Tool>; readonly tool_choice?: ToolChoice }, AiError.AiError> =>
  Effect.gen(function* () {
    const choice = toolChoice as LanguageModel.ToolChoice<string>
    const isNeeded =
      choice === "required" || (typeof choice === "object" && ("tool" in choice || choice.mode === "required"))
    if (tools.length === 0) {
      return isNeeded ? yield* malformedInput(method, "A tool call is required, and there is no tool.") : {}
    }
    if (typeof choice === "object" && "tool" in choice && !tools.some(({ name }) => name === choice.tool)) {
      return yield* malformedInput(method, `A call of "${choice.tool}" is required, and there is no such tool.`)
    }
    return {
      tools: yield* Effect.forEach(tools, (tool) => toolOf(tool, method)),
      tool_choice: choiceOf(choice, tools)
    }
  })

const formatOf = (
  { responseFormat, tools }: LanguageModel.ProviderOptions,
  method: string
): Effect.Effect<Format | undefined, AiError.MalformedInput> => {
  if (responseFormat.type === "text") return Effect.succeed(undefined)
  if (tools.length > 0) {
    return Effect.fail(
      malformedInput(
        method,
        "The API takes tools or a response format, not both: generate the object without a toolkit."
      )
    )
  }
  return Either.match(
    ResponseFormat.jsonEither(withoutContext(responseFormat.schema), { name: responseFormat.objectName }),
    {
      onLeft: (error) => Effect.fail(malformedInput(method, error.message, error)),
      onRight: Effect.succeed<Format>
    }
  )
}

/** A model that is constrained but not instructed may write whitespace without end. */
const instructed = (messages: ReadonlyArray<Chat.Message>, format: Format): ReadonlyArray<Chat.Message> => {
  if (format.type !== "json_schema") return messages
  const instruction = `Answer only with JSON that matches this JSON Schema:\n${JSON.stringify(format.json_schema.schema)}`
  const [first, ...others] = messages
  return first?.role === "system"
    ? [{ ...first, content: `${first.content}\n\n${instruction}` }, ...others]
    : [{ role: "system", content: instruction }, ...messages]
}

/** A request, with the settings that are not fields of it. */
export interface Made {
  readonly request: Chat.ChatRequest
  readonly config: Config.Service
}

/** The request of a generation. */
export const makeRequest = (
  options: LanguageModel.ProviderOptions,
  settings: Config.Service,
  method: string
): Effect.Effect<Made, AiError.AiError> =>
  Effect.gen(function* () {
    const config = merge(settings, fieldsOf(options.prompt))
    const messages = yield* messagesOf(options.prompt, config, method)
    const format = yield* formatOf(options, method)
    const request: Chat.ChatRequest = {
      // `@effect/ai` has separate parts for reasoning and text
      parse_reasoning: true,
      ...fieldsIn(config),
      messages: format === undefined || config.jsonInstruction === false ? messages : instructed(messages, format),
      ...(yield* toolFields(options, method)),
      ...(format === undefined ? {} : { response_format: format })
    }
    return { request, config }
  })
