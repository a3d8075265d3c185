/**
 * Responses: the format of OpenAI's Responses API. The model calls a tool, the program runs it and sends the result back.
 *
 * A response is a list of items: reasoning, messages, calls. The API has no state, so the next request must have all items.
 * `Responses.toInput` converts them. A streamed response is a Stream of events: `ResponseStream.partialToolCalls` shows the arguments as they
 * arrive, and `ResponseStream.fold` returns the whole response.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema, Stream } from "effect"
import { Responses, ResponseStream, Serverless, Tool } from "effect-friendli"
import { realpathSync } from "node:fs"

const tools = [
  Tool.make("get_weather", {
    description: "The weather in a city, now.",
    parameters: Schema.Struct({ city: Schema.Literal("Seoul", "Oslo") })
  })
]

const request = {
  model: "meta-llama-3.1-8b-instruct",
  instructions: "You are a helpful assistant.",
  input: [{ role: "user", content: "What is the weather in Seoul?" }],
  max_output_tokens: 200,
  tools: tools.map(Tool.toResponses)
} satisfies Responses.ResponsesRequest

type Call = Extract<Responses.ResponsesOutputItem, { readonly type: "function_call" }>

/** The text for the model: the result, or what is wrong with the arguments, so that the model can correct them. */
const answerCall = (call: Call) =>
  Tool.decodeCall(call, tools).pipe(
    Effect.map(({ input }) => `${input.city}: clear, 21 °C`),
    Effect.catchTag("InvalidToolCallError", ({ message }) => Effect.succeed(`error: ${message}`)),
    Effect.tap((result) => Console.log(`${call.name}(${call.arguments}) = ${result}`)),
    Effect.map((output) => ({ type: "function_call_output" as const, call_id: call.call_id, output }))
  )

/** The text of an event, if it has one. */
const textOf = (event: Responses.ResponsesStreamEvent): string =>
  ResponseStream.isKnown(event) && event.data.type === "response.output_text.delta" ? event.data.delta : ""

export const program = Effect.gen(function* () {
  const asked = yield* ResponseStream.fold(
    Responses.stream({ ...request, tool_choice: { type: "function", name: "get_weather" } })
  )
  const calls = asked.output.flatMap((item) => (item.type === "function_call" ? [item] : []))
  const results = yield* Effect.forEach(calls, answerCall)

  const answer = yield* Responses.stream({
    ...request,
    input: [...request.input, ...Responses.toInput(asked), ...results],
    tool_choice: "none"
  }).pipe(
    Stream.tap((event) => Effect.sync(() => process.stdout.write(textOf(event)))),
    ResponseStream.fold
  )
  yield* Console.log(`\n${answer.status}, ${answer.usage?.output_tokens} tokens`)
  return { asked, answer }
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
