/**
 * Tool calls: the arguments are shown while the model writes them, the tools run, and their results are sent back until the answer is text.
 *
 * Each tool has one schema: it tells the model which arguments to write, and checks the arguments that the model wrote.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Tool from "effect-friendli/Tool"

const Weather = Schema.Struct({ city: Schema.String, unit: Schema.Literal("celsius", "fahrenheit") })
const Trains = Schema.Struct({
  from: Schema.String,
  to: Schema.String,
  date: Schema.String.annotations({ jsonSchema: { format: "date" } }),
  passengers: Schema.Int
})

const tools = [
  Tool.make("get_weather", { description: "The weather in a city, now", parameters: Weather }),
  Tool.make("find_trains", { description: "Trains from one city to another", parameters: Trains })
]

/** One call: its arguments so far, as text and as a value, and its result. */
export interface Call {
  readonly id: string
  readonly name: string
  readonly text: string
  readonly value: unknown
  readonly state: "Growing" | "Complete" | "Invalid"
  readonly result?: string
}

/** The result of one request: tool calls or an answer. */
export interface Round {
  readonly calls: ReadonlyArray<Call>
  readonly answer: string
}

type Rounds = SubscriptionRef.SubscriptionRef<ReadonlyArray<Round>>

/** Changes the last round. */
const change = (rounds: Rounds, how: (round: Round) => Round) =>
  SubscriptionRef.update(rounds, (all) => all.map((round, index) => (index === all.length - 1 ? how(round) : round)))

/** Changes one call of the last round, or adds it. */
const changeCall = (rounds: Rounds, position: number, how: (call: Call) => Call) =>
  change(rounds, (round) => {
    const calls = [...round.calls]
    calls[position] = how(calls[position] ?? { id: "", name: "", text: "", value: undefined, state: "Growing" })
    return { ...round, calls }
  })

/** The tools. A real tool would call another server. */
const run = (call: Tool.Call<typeof tools>) =>
  Effect.delay(
    Effect.sync(() => {
      switch (call.name) {
        case "get_weather":
          return { temperature: call.input.unit === "celsius" ? 21 : 70, sky: "clear" }
        case "find_trains":
          return [
            { departs: "09:00", arrives: "11:38", price: 59_800 * call.input.passengers },
            { departs: "13:30", arrives: "16:12", price: 59_800 * call.input.passengers }
          ]
      }
    }),
    "400 millis"
  )

/** Sends one request, and shows the text and the calls as they arrive. */
const ask = (rounds: Rounds, model: string | undefined, messages: Chat.ChatRequest["messages"]) =>
  Chat.stream({ model, messages, tools, temperature: 0, max_tokens: 400 }).pipe(
    Stream.tap((chunk) =>
      change(rounds, (round) => ({ ...round, answer: round.answer + (chunk.choices[0]?.delta.content ?? "") }))
    ),
    ChatStream.partialToolCalls(Tool.schemas(tools)),
    Stream.runForEach(({ id, name, position, reading }) =>
      changeCall(rounds, position, () => ({
        id,
        name: name ?? "",
        text: reading.text,
        value: reading.value,
        state: reading._tag
      }))
    )
  )

/** Runs a call. If the call is invalid, the model is told what is wrong. */
const answerCall = (rounds: Rounds, call: Call, position: number) =>
  Tool.decodeCall({ id: call.id, function: { name: call.name, arguments: call.text } }, tools).pipe(
    Effect.flatMap(run),
    Effect.catchTag("InvalidToolCallError", ({ message }) => Effect.succeed({ error: message })),
    Effect.map((result) => JSON.stringify(result)),
    Effect.tap((result) => changeCall(rounds, position, (now) => ({ ...now, result }))),
    Effect.map((content) => ({ role: "tool" as const, tool_call_id: call.id, content }))
  )

/** Asks the model, runs the tools, and asks again with their results, at most four times. */
export const converse = (rounds: Rounds, model: string | undefined, question: string) =>
  Effect.gen(function* () {
    const messages: Array<Chat.Message> = [{ role: "user", content: question }]
    yield* SubscriptionRef.set(rounds, [])

    for (let round = 0; round < 4; round++) {
      yield* SubscriptionRef.update(rounds, (all) => [...all, { calls: [], answer: "" }])
      yield* ask(rounds, model, messages)

      const { answer, calls } = (yield* SubscriptionRef.get(rounds)).at(-1)!
      if (calls.length === 0) return
      const results = yield* Effect.forEach(calls, (call, position) => answerCall(rounds, call, position), {
        concurrency: "unbounded"
      })
      const made = calls.map(({ id, name, text }) => ({ id, function: { name, arguments: text } }))
      messages.push(Chat.toAssistantMessage({ content: answer, tool_calls: made }), ...results)
    }
  })
