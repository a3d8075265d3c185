/**
 * Conversations: many turns, tool calls in between, streamed, with a history that stays within a token budget.
 *
 * A conversation is an immutable list of turns. A turn begins with the user's question and ends with the model's answer. Whole
 * turns are dropped, the oldest first, so every tool result has its call. `SynchronizedRef` stores the list: a turn that fails does not change it.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema, Stream, SynchronizedRef } from "effect"
import { Chat, ChatStream, Conversation, type FriendliError, Serverless, Tokens, Tool } from "effect-friendli"
import { realpathSync } from "node:fs"

const model = "meta-llama-3.1-8b-instruct"

/** The messages of one question and its answer, and their number of tokens. */
export interface Turn {
  readonly messages: Conversation.Conversation
  readonly tokens: number
}

export type Turns = ReadonlyArray<Turn>

const instructions = Conversation.make("You are a travel guide. Answer briefly.")

const getWeather = Tool.make("get_weather", {
  description: "The weather in a city, now.",
  parameters: Schema.Struct({ city: Schema.String })
})

const tools = [getWeather]

/** The template puts a few tokens around each message. */
const tokensAround = 8

const count = (text: string) =>
  Effect.map(Tokens.tokenize({ model, prompt: text }), ({ tokens }) => tokens.length + tokensAround)

/** The newest turns that fit into the budget together. */
export const within = (turns: Turns, budget: number): Turns => {
  let left = budget
  const begin = turns.findLastIndex((turn) => (left -= turn.tokens) < 0)
  return turns.slice(begin + 1)
}

const answerCall = (call: Chat.ToolCall) =>
  Tool.decodeCall(call, tools).pipe(
    Effect.map(({ input }) => ({ city: input.city, sky: "clear", celsius: 21 })),
    Effect.catchTag("InvalidToolCallError", ({ message }) => Effect.succeed({ error: message })),
    Effect.map((result) => JSON.stringify(result))
  )

export interface AskOptions {
  /** The maximum number of tokens of the earlier turns. */
  readonly budget: number
  /** Receives the text as it arrives. */
  readonly onText: (text: string) => Effect.Effect<void>
  /** How many times the model may call tools before it has to answer. Default: 4. */
  readonly rounds?: number
}

/** Asks a question after the earlier turns, and returns the new turn. */
export const ask = (
  turns: Turns,
  question: string,
  { budget, onText, rounds = 4 }: AskOptions
): Effect.Effect<Turn, FriendliError.FriendliStreamError, Chat.Chat | Tokens.Tokens> =>
  Effect.gen(function* () {
    const history = [...instructions, ...within(turns, budget).flatMap((turn) => turn.messages)]
    let added = Conversation.user([], question)
    let tokens = yield* count(question)
    for (let round = 0; ; round++) {
      const { choices, usage } = yield* Chat.stream({
        model,
        messages: [...history, ...added],
        tools,
        tool_choice: round < rounds ? "auto" : "none",
        parse_reasoning: true,
        max_tokens: 300
      }).pipe(
        Stream.tap((chunk) => onText(chunk.choices[0]?.delta.content ?? "")),
        ChatStream.fold
      )
      const message = choices[0]?.message
      added = Conversation.assistant(added, { choices })
      tokens += (usage?.completion_tokens ?? (yield* count(message?.content ?? ""))) + tokensAround
      const calls = message?.tool_calls ?? []
      if (calls.length === 0 || round >= rounds) {
        // reasoning is useful between the calls of a turn; after the turn it costs tokens, and most models ignore it
        return { messages: Conversation.dropReasoning(added, { reasoning: "none" }), tokens }
      }
      for (const call of calls) {
        const result = yield* answerCall(call)
        added = Conversation.toolResult(added, call, result)
        tokens += yield* count(result)
      }
    }
  })

/** A conversation with a memory. Questions run one after another. A question that fails changes nothing. */
export const make = (options: AskOptions) =>
  Effect.map(SynchronizedRef.make<Turns>([]), (state) => ({
    turns: SynchronizedRef.get(state),
    say: (question: string) =>
      SynchronizedRef.updateEffect(state, (turns) =>
        Effect.map(ask(turns, question, options), (turn) => [...turns, turn])
      )
  }))

export const program = Effect.gen(function* () {
  const conversation = yield* make({ budget: 2000, onText: (text) => Effect.sync(() => process.stdout.write(text)) })
  for (const question of ["How is the weather in Seoul?", "What can I do there in two days?", "And with children?"]) {
    yield* Console.log(`\n> ${question}`)
    yield* conversation.say(question)
  }
  const turns = yield* conversation.turns
  yield* Console.log(`\n${turns.length} turns, ${turns.reduce((sum, turn) => sum + turn.tokens, 0)} tokens`)
  return turns
})

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
