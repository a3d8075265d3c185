/**
 * Messages: the format of Anthropic's API. The model calls a tool, the program runs it and sends the result back.
 *
 * A streamed answer is a Stream of events. Tap it to show text as it arrives. `MessageStream.fold` makes the whole message: the blocks
 * with the parsed inputs of tools, the stop reason and the usage.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema, Stream } from "effect"
import { Messages, MessageStream, Serverless, Tool } from "effect-friendli"
import { realpathSync } from "node:fs"

const tools = [
  Tool.make("get_weather", {
    description: "The weather in a city, now.",
    parameters: Schema.Struct({ city: Schema.Literal("Seoul", "Oslo") })
  })
]

const request: Messages.MessagesRequest = {
  model: "meta-llama-3.1-8b-instruct",
  system: "You are a helpful assistant.",
  messages: [{ role: "user", content: "What is the weather in Seoul?" }],
  max_tokens: 200,
  tools: tools.map(Tool.toMessages)
}

/** The text for the model: the result, or what is wrong with the input, so that the model can correct it. */
const answerUse = (use: MessageStream.ToolUse) =>
  Tool.decodeCall(use, tools).pipe(
    Effect.map(({ input }) => `${input.city}: clear, 21 °C`),
    Effect.catchTag("InvalidToolCallError", ({ message }) => Effect.succeed(`error: ${message}`)),
    Effect.tap((result) => Console.log(`${use.name}(${JSON.stringify(use.input)}) = ${result}`)),
    Effect.map((content) => ({ type: "tool_result" as const, tool_use_id: use.id, content }))
  )

/** The text of an event, if it has one. */
const textOf = (event: Messages.MessagesStreamEvent): string =>
  MessageStream.isKnown(event) && event.data.type === "content_block_delta" && event.data.delta.type === "text_delta"
    ? event.data.delta.text
    : ""

export const program = Effect.gen(function* () {
  const asked = yield* MessageStream.fold(
    Messages.stream({ ...request, tool_choice: { type: "tool", name: "get_weather" } })
  )
  const uses = asked.content.flatMap((block) => (block.type === "tool_use" ? [block] : []))
  const results = yield* Effect.forEach(uses, answerUse)

  const answer = yield* Messages.stream({
    ...request,
    messages: [...request.messages, Messages.toAssistantMessage(asked), { role: "user", content: results }],
    tool_choice: { type: "none" }
  }).pipe(
    Stream.tap((event) => Effect.sync(() => process.stdout.write(textOf(event)))),
    MessageStream.fold
  )
  yield* Console.log(`\n${answer.stop_reason}, ${answer.usage?.output_tokens} tokens`)
  return { asked, answer }
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
