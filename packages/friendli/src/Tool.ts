/** Tools whose arguments have an Effect schema: definitions for a request, and decoding of the calls in an answer. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { Issue } from "./errors/FriendliError.js"
import { parseJson } from "./internal/json.js"
import * as JsonSchema from "./JsonSchema.js"
import { formatIssues, formatPath } from "./internal/issues.js"

/**
 * A tool for `tools` of a chat request. Its type has the name as a literal, and `function.parameters` keeps the Effect
 * schema.
 */
export interface Tool<Name extends string, S extends Schema.Schema.AnyNoContext> {
  readonly type: "function"
  readonly function: {
    readonly name: Name
    readonly description?: string
    readonly parameters: JsonSchema.JsonSchema<S>
  }
}

/** Any tool made by `make`. */
export interface Any extends Tool<string, Schema.Schema.AnyNoContext> {}

/** The same tool for `tools` of a messages request. */
export interface MessagesTool<Name extends string, S extends Schema.Schema.AnyNoContext> {
  readonly name: Name
  readonly description?: string
  readonly input_schema: JsonSchema.JsonSchema<S>
}

/** The same tool for `tools` of a responses request. */
export interface ResponsesTool<Name extends string, S extends Schema.Schema.AnyNoContext> {
  readonly type: "function"
  readonly name: Name
  readonly description?: string
  readonly parameters: JsonSchema.JsonSchema<S>
}

/** The schema of a tool without arguments. */
export interface NoParameters extends Schema.Struct<{}> {}

/** The options of a tool. */
export interface Options<S extends Schema.Schema.AnyNoContext> {
  /** What the tool does and when to call it, written for the model. */
  readonly description?: string | undefined
  /** The schema of the arguments; its encoded side must be an object. Default: no arguments. */
  readonly parameters?: S | undefined
}

/** The Effect schema of a tool's arguments. */
export type Parameters<T extends Any> = T["function"]["parameters"][typeof JsonSchema.SourceId]

/**
 * The schemas of tools by their names: what `ChatStream.partialToolCalls`, `MessageStream.partialToolUses` and
 * `ResponseStream.partialToolCalls` take.
 */
export type Schemas<Tools extends ReadonlyArray<Any>> = {
  readonly [T in Tools[number] as T["function"]["name"]]: Parameters<T>
}

/** A call with decoded arguments. `name` is the tool, and determines the type of `input`. */
export type Call<Tools extends ReadonlyArray<Any>> = {
  readonly [T in Tools[number] as T["function"]["name"]]: {
    /** The id of the call; the tool result repeats it. */
    readonly id: string
    readonly name: T["function"]["name"]
    readonly input: Schema.Schema.Type<Parameters<T>>
  }
}[Tools[number]["function"]["name"]]

/** A call in an answer: a tool call of chat, a `tool_use` block of messages, or a `function_call` item of a response. */
export type Undecoded =
  | {
      readonly id?: string | null | undefined
      readonly function: { readonly name: string; readonly arguments?: string | null | undefined }
    }
  | { readonly id?: string | null | undefined; readonly name: string; readonly input?: unknown }
  | { readonly call_id: string; readonly name: string; readonly arguments?: string | null | undefined }

/**
 * An invalid call: there is no such tool, or its arguments do not match the schema. The message says what is wrong
 * without repeating the arguments. Send it back as the result of the call, so that the model can correct itself.
 * @category errors
 */
export class InvalidToolCallError extends Schema.TaggedError<InvalidToolCallError>(
  "effect-friendli/InvalidToolCallError"
)("InvalidToolCallError", {
  message: Schema.String,
  /** The id of the call; empty if the server gave none. */
  id: Schema.String,
  /** The name of the tool that was called. */
  name: Schema.String,
  issues: Schema.Array(Issue)
}) {}

const of = <Name extends string, S extends Schema.Schema.AnyNoContext>(
  name: Name,
  description: string | undefined,
  parameters: JsonSchema.JsonSchema<S>
): Tool<Name, S> => ({
  type: "function",
  function: { name, ...(description === undefined ? {} : { description }), parameters }
})

const schemaOf = <S extends Schema.Schema.AnyNoContext>(options: Options<S> | undefined): S =>
  // Without parameters `S` is its default.
  options?.parameters ?? (Schema.Struct({}) as Schema.Schema.AnyNoContext as S)

/**
 * A tool that the model may call.
 *
 * **When to use**: for `tools` of chat requests; with `toMessages` and `toResponses` for messages and responses requests. `decodeCall`
 * decodes the calls of the model.
 *
 * **Details**: the model gets the JSON Schema of the encoded side. Types without a JSON form (a `Date`, a `Map`,
 * `undefined` in an array) make the request fail with an `InvalidRequestError` that has the path; `makeEither` reports
 * them earlier.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Tool } from "effect-friendli"
 *
 * const weather = Tool.make("get_weather", {
 *   description: "The weather in a city",
 *   parameters: Schema.Struct({ city: Schema.String, days: Schema.Int.pipe(Schema.between(1, 7)) })
 * })
 * console.log(JSON.stringify(weather.function.parameters["properties"]))
 * // => {"city":{"type":"string"},"days":{"type":"integer","minimum":1,"maximum":7}}
 * ```
 * @category constructors
 */
export const make = <const Name extends string, S extends Schema.Schema.AnyNoContext = NoParameters>(
  name: Name,
  options?: Options<S>
): Tool<Name, S> => of(name, options?.description, JsonSchema.make(schemaOf(options), { for: "tool" }))

/**
 * As `make`, but a schema that cannot be expressed is a `Left`.
 * @category constructors
 */
export const makeEither = <const Name extends string, S extends Schema.Schema.AnyNoContext = NoParameters>(
  name: Name,
  options?: Options<S>
): Either.Either<Tool<Name, S>, JsonSchema.UnsupportedSchemaError> =>
  Either.map(JsonSchema.forTool(schemaOf(options)), (parameters) => of(name, options?.description, parameters))

/**
 * The tool in the shape of the messages API. For `strict`, spread it: `{ ...Tool.toMessages(weather), strict: true }`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Tool } from "effect-friendli"
 *
 * const weather = Tool.make("get_weather", { parameters: Schema.Struct({ city: Schema.String }) })
 * console.log(Object.keys(Tool.toMessages(weather)))
 * // => [ 'name', 'input_schema' ]
 * ```
 * @category conversions
 */
export const toMessages = <const T extends Any>(tool: T): MessagesTool<T["function"]["name"], Parameters<T>> => {
  const { description, name, parameters } = tool.function
  return { name, ...(description === undefined ? {} : { description }), input_schema: parameters }
}

/**
 * The tool in the shape of the responses API. For `strict`, spread it: `{ ...Tool.toResponses(weather), strict: true }`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Tool } from "effect-friendli"
 *
 * const weather = Tool.make("get_weather", { parameters: Schema.Struct({ city: Schema.String }) })
 * console.log(Object.keys(Tool.toResponses(weather)))
 * // => [ 'type', 'name', 'parameters' ]
 * ```
 * @category conversions
 */
export const toResponses = <const T extends Any>(tool: T): ResponsesTool<T["function"]["name"], Parameters<T>> => {
  const { description, name, parameters } = tool.function
  return { type: "function", name, ...(description === undefined ? {} : { description }), parameters }
}

/**
 * The schemas of tools by their names, to read calls while they are streamed.
 * @category conversions
 */
export const schemas = <const Tools extends ReadonlyArray<Any>>(tools: Tools): Schemas<Tools> =>
  // The mapped type describes the entries; `Object.fromEntries` loses them.
  Object.fromEntries(
    tools.map(({ function: { name, parameters } }) => [name, JsonSchema.source(parameters)])
  ) as Schemas<Tools>

const invalid = (id: string, name: string, issues: ReadonlyArray<Issue>): InvalidToolCallError => {
  const sentences = issues.map(({ message, path }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`))
  return new InvalidToolCallError({
    message: `The call of ${name} is invalid: ${sentences.join("; ")}.`,
    id,
    name,
    issues
  })
}

const inputOf = (call: Undecoded): Either.Either<unknown, unknown> => {
  if (!("function" in call || "call_id" in call)) return Either.right(call.input ?? {})
  const text = ("function" in call ? call.function.arguments : call.arguments) ?? ""
  // Servers send a call without arguments with an empty string.
  return text.trim() === "" ? Either.right({}) : parseJson(text)
}

/**
 * Decodes a call of one of these tools by the schema of its arguments.
 *
 * **Details**: takes the calls of a chat answer and of `ChatStream.toolCalls`, the `tool_use` blocks of messages, and the `function_call`
 * items of responses.
 * An invalid call fails with an `InvalidToolCallError`, whose message can be sent back to the model.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Tool } from "effect-friendli"
 *
 * const weather = Tool.make("get_weather", { parameters: Schema.Struct({ day: Schema.Date }) })
 *
 * const call = { id: "call_1", function: { name: "get_weather", arguments: `{"day":"2026-10-09T00:00:00Z"}` } }
 *
 * Tool.decodeCall(call, [weather]).pipe(
 *   Effect.map(({ input, name }) => `${name} on day ${input.day.getUTCDate()}`),
 *   Effect.runPromise
 * ).then(console.log)
 * // => get_weather on day 9
 * ```
 * @category decoding
 */
export const decodeCall: {
  <const Tools extends ReadonlyArray<Any>>(
    tools: Tools
  ): (call: Undecoded) => Effect.Effect<Call<Tools>, InvalidToolCallError>
  <const Tools extends ReadonlyArray<Any>>(
    call: Undecoded,
    tools: Tools
  ): Effect.Effect<Call<Tools>, InvalidToolCallError>
} = /*#__PURE__*/ dual(
  2,
  <const Tools extends ReadonlyArray<Any>>(
    call: Undecoded,
    tools: Tools
  ): Effect.Effect<Call<Tools>, InvalidToolCallError> => {
    // The item of a response has its own id, which is not the id of the call.
    const id = ("call_id" in call ? call.call_id : call.id) ?? ""
    const name = "function" in call ? call.function.name : call.name
    const rejected = (message: string) => invalid(id, name, [{ path: [], message }])
    const tool = tools.find((each) => each.function.name === name)
    if (tool === undefined) return Effect.fail(rejected("there is no tool of this name"))
    const schema: Schema.Schema.AnyNoContext | undefined = JsonSchema.source(tool.function.parameters)
    if (schema === undefined) return Effect.fail(rejected("its parameters were copied, so their Effect schema is lost"))
    const input = inputOf(call)
    if (Either.isLeft(input)) return Effect.fail(rejected("the arguments are not valid JSON"))
    // Decoding can throw: a union that is discriminated by a literal calls `String(value)`, which throws for some objects.
    return Effect.suspend(() => Schema.decodeUnknown(schema, { errors: "all" })(input.right)).pipe(
      Effect.mapError((error) => invalid(id, name, formatIssues(error))),
      Effect.catchAllDefect(() => Effect.fail(rejected("the arguments cannot be decoded"))),
      // The name determines the tool, and so the schema.
      Effect.map((value) => ({ id, name, input: value }) as Call<Tools>)
    )
  }
)
