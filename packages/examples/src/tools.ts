/**
 * Tools: the model calls a function, the program runs it and sends the result back, until the answer is text.
 *
 * The same schema is the source of the JSON Schema for the model, and checks the arguments that the model writes.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { Chat, type FriendliError, Inference, Serverless, Tool } from "effect-friendli"
import type { ToolCall } from "effect-friendli/schema/Tool"
import { realpathSync } from "node:fs"

const WeatherQuestion = Schema.Struct({ city: Schema.String, unit: Schema.Literal("celsius", "fahrenheit") })

const tools = [Tool.make("get_weather", { description: "The weather in a city, now.", parameters: WeatherQuestion })]

const getWeather = ({ city, unit }: typeof WeatherQuestion.Type) =>
  Effect.succeed({ city, sky: "clear", temperature: unit === "celsius" ? 21 : 70, unit })

/** The text for the model: the result, or what is wrong with the arguments, so that the model can correct them. */
const answerCall = (call: ToolCall) =>
  Tool.decodeCall(call, tools).pipe(
    Effect.flatMap(({ input }) => getWeather(input)),
    Effect.catchTag("InvalidToolCallError", ({ message }) => Effect.succeed({ error: message })),
    Effect.map((result) => ({ role: "tool" as const, tool_call_id: call.id, content: JSON.stringify(result) })),
    Effect.tap(({ content }) => Console.log(`${call.function.name}(${call.function.arguments}) = ${content}`))
  )

export const converse = (
  messages: Chat.ChatRequest["messages"],
  roundsLeft = 4
): Effect.Effect<string, FriendliError.FriendliError, Chat.Chat> =>
  Effect.gen(function* () {
    const tool_choice = roundsLeft > 0 ? "auto" : "none"
    const answer = yield* Inference.chatCompletion({
      model: "meta-llama-3.1-8b-instruct",
      messages,
      tools,
      tool_choice
    })
    const message = answer.choices[0]?.message
    if (message?.tool_calls == null || message.tool_calls.length === 0) return message?.content ?? ""
    const results = yield* Effect.forEach(message.tool_calls, answerCall)
    return yield* converse([...messages, Chat.toAssistantMessage(message), ...results], roundsLeft - 1)
  })

export const program = Effect.tap(converse([{ role: "user", content: "How is the weather in Seoul?" }]), Console.log)

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
