import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import type * as Chat from "../src/Chat.js"
import * as ChatStream from "../src/ChatStream.js"
import * as JsonSchema from "../src/JsonSchema.js"
import type * as Messages from "../src/Messages.js"
import type * as PartialJson from "../src/partialJson/PartialJson.js"
import type * as Responses from "../src/Responses.js"
import * as ResponseFormat from "../src/ResponseFormat.js"
import * as Tool from "../src/Tool.js"

class Service extends Schema.Class<Service>("Service")({ name: Schema.String }) {}
const Weather = Schema.Struct({ city: Schema.String, day: Schema.Date })
const weather = Tool.make("get_weather", { description: "The weather", parameters: Weather })
const service = Tool.make("get_service", { parameters: Service })
const now = Tool.make("now")
const tools = [weather, service, now]

// Needs a service to decode.
declare const needy: Schema.Schema<{ readonly a: string }, { readonly a: string }, "A service">

type WeatherCall = {
  readonly id: string
  readonly name: "get_weather"
  readonly input: { readonly city: string; readonly day: Date }
}
type ServiceCall = { readonly id: string; readonly name: "get_service"; readonly input: Service }
type NowCall = { readonly id: string; readonly name: "now"; readonly input: {} }

describe("Tool", () => {
  it("knows its name and its schema", () => {
    expectTypeOf(weather).toEqualTypeOf<Tool.Tool<"get_weather", typeof Weather>>()
    expectTypeOf(weather.function.name).toEqualTypeOf<"get_weather">()
    expectTypeOf(now).toEqualTypeOf<Tool.Tool<"now", Tool.NoParameters>>()
    expectTypeOf<Tool.Parameters<typeof weather>>().toEqualTypeOf<typeof Weather>()
    expectTypeOf(Tool.makeEither("get_weather", { parameters: Weather })).toEqualTypeOf<
      Either.Either<Tool.Tool<"get_weather", typeof Weather>, JsonSchema.UnsupportedSchemaError>
    >()
  })

  it("can be used in requests unchanged", () => {
    expectTypeOf(tools).toExtend<NonNullable<Chat.ChatRequest["tools"]>>()
    expectTypeOf(tools.map(Tool.toMessages)).toExtend<NonNullable<Messages.MessagesRequest["tools"]>>()
    expectTypeOf(Tool.toMessages(weather)).toEqualTypeOf<Tool.MessagesTool<"get_weather", typeof Weather>>()
    expectTypeOf({ ...Tool.toMessages(weather), strict: true }).toExtend<
      NonNullable<Messages.MessagesRequest["tools"]>[number]
    >()
    expectTypeOf(tools.map(Tool.toResponses)).toExtend<NonNullable<Responses.ResponsesRequest["tools"]>>()
    expectTypeOf(Tool.toResponses(weather)).toEqualTypeOf<Tool.ResponsesTool<"get_weather", typeof Weather>>()
  })

  it("takes schemas that need no services", () => {
    // @ts-expect-error R is not never
    Tool.make("needy", { parameters: needy })
    // @ts-expect-error R is not never
    ResponseFormat.json(needy)
    // @ts-expect-error R is not never
    JsonSchema.forTool(needy)
    // @ts-expect-error the fields alone are no schema
    Tool.make("fields", { parameters: { city: Schema.String } })
  })

  it("decodes calls to the type of the tool that was called", () => {
    expectTypeOf(Tool.decodeCall({ name: "now" }, tools)).toEqualTypeOf<
      Effect.Effect<WeatherCall | ServiceCall | NowCall, Tool.InvalidToolCallError>
    >()
    expectTypeOf(Tool.decodeCall([weather])).toEqualTypeOf<
      (call: Tool.Undecoded) => Effect.Effect<WeatherCall, Tool.InvalidToolCallError>
    >()
    expectTypeOf<
      NonNullable<Chat.ChatCompletion["choices"][number]["message"]["tool_calls"]>[number]
    >().toExtend<Tool.Undecoded>()
    expectTypeOf<
      Extract<Messages.MessagesResponse["content"][number], { readonly type: "tool_use" }>
    >().toExtend<Tool.Undecoded>()
    expectTypeOf<
      Extract<Responses.ResponsesResponse["output"][number], { readonly type: "function_call" }>
    >().toExtend<Tool.Undecoded>()
  })

  it("reads calls in streams", () => {
    const schemas = Tool.schemas(tools)
    expectTypeOf(schemas).toEqualTypeOf<{
      readonly get_weather: typeof Weather
      readonly get_service: typeof Service
      readonly now: Tool.NoParameters
    }>()
    const read = (chunks: Stream.Stream<Chat.ChatChunk>) => ChatStream.partialToolCalls(chunks, schemas)
    type Read = Stream.Stream.Success<ReturnType<typeof read>>
    expectTypeOf<Extract<Read, { readonly name: "get_service" }>["reading"]>().toEqualTypeOf<
      PartialJson.Reading<Service>
    >()
  })
})

describe("ResponseFormat", () => {
  it("can be used in requests unchanged, and keeps its schema", () => {
    const format = ResponseFormat.json(Weather)
    expectTypeOf(format).toExtend<NonNullable<Chat.ChatRequest["response_format"]>>()
    expectTypeOf(ResponseFormat.toMessages(format)).toExtend<
      NonNullable<NonNullable<Messages.MessagesRequest["output_config"]>["format"]>
    >()
    expectTypeOf(ResponseFormat.toResponses(format)).toExtend<
      NonNullable<NonNullable<Responses.ResponsesRequest["text"]>["format"]>
    >()
    expectTypeOf(JsonSchema.source(format.json_schema.schema)).toEqualTypeOf<typeof Weather>()
  })
})
