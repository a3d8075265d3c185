import type * as AiError from "@effect/ai/AiError"
import type * as EmbeddingModel from "@effect/ai/EmbeddingModel"
import type * as LanguageModel from "@effect/ai/LanguageModel"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import type * as Tokenizer from "@effect/ai/Tokenizer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type * as Chat from "effect-friendli/Chat"
import type * as Embeddings from "effect-friendli/Embeddings"
import type { InvalidToolCallError } from "effect-friendli/Tool"
import type * as Tokens from "effect-friendli/Tokens"
import { describe, expectTypeOf, it } from "vitest"
import * as Agent from "../src/Agent.js"
import * as FriendliEmbeddingModel from "../src/FriendliEmbeddingModel.js"
import * as FriendliLanguageModel from "../src/FriendliLanguageModel.js"
import * as FriendliTokenizer from "../src/FriendliTokenizer.js"

class Database extends Context.Tag("Database")<Database, { readonly rows: Effect.Effect<number> }>() {}
class Settings extends Context.Tag("Settings")<Settings, { readonly model: string }>() {}
class Guard extends Context.Tag("Guard")<Guard, { readonly asks: Effect.Effect<boolean, Refused> }>() {}
class Broken extends Schema.TaggedError<Broken>()("Broken", {}) {}
class Missing extends Schema.TaggedError<Missing>()("Missing", {}) {}
class NoSettings extends Schema.TaggedError<NoSettings>()("NoSettings", {}) {}
class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}

const Query = Tool.make("query", {
  parameters: { sql: Schema.String, limit: Schema.NumberFromString },
  success: Schema.Number,
  failure: Broken,
  dependencies: [Database]
})
const Find = Tool.make("find", {
  parameters: { what: Schema.String },
  success: Schema.Date,
  failure: Missing,
  failureMode: "return"
})
const toolkit = Toolkit.make(Query, Find)

type Kit = Toolkit.Tools<typeof toolkit>
type Handlers = Tool.Handler<"query"> | Tool.Handler<"find">

type A<T> = T extends Effect.Effect<infer Value, infer _E, infer _R> ? Value : never
type E<T> = T extends Effect.Effect<infer _A, infer Error, infer _R> ? Error : never
type R<T> = T extends Effect.Effect<infer _A, infer _E, infer Needs> ? Needs : never

declare const transcript: Agent.Transcript

describe("the types of a run", () => {
  it("without tools: the model alone", () => {
    const run = Agent.run({ prompt: "Hello!" })
    expectTypeOf<E<typeof run>>().toEqualTypeOf<AiError.AiError>()
    expectTypeOf<R<typeof run>>().toEqualTypeOf<LanguageModel.LanguageModel>()
    expectTypeOf<Extract<A<typeof run>, { readonly _tag: "Completed" }>["output"]>().toEqualTypeOf<string>()
  })

  it("with a budget of cost: only with a price", () => {
    const price: Agent.Price = () => Option.none()
    Agent.run({ prompt: "Hello!", budget: { cost: 0.1 }, price })
    Agent.run({ prompt: "Hello!", budget: { steps: 3 }, price })
    const budget: Agent.Budget = { steps: 3 }
    Agent.run({ prompt: "Hello!", budget, price })
    // @ts-expect-error nothing says what a step costs
    Agent.run({ prompt: "Hello!", budget: { steps: 3, cost: 0.1 } })
    // @ts-expect-error it may have a cost
    Agent.stream({ prompt: "Hello!", budget })
    // @ts-expect-error nothing says what a step costs
    Agent.resume(transcript, {}, { budget: { cost: 0.1 } })
    Agent.resume(transcript, {}, { budget: { cost: 0.1 }, price })
  })

  it("with tools: their handlers and services, and the failures that are not given back", () => {
    const run = Agent.run({ prompt: "Hello!", toolkit })
    expectTypeOf<E<typeof run>>().toEqualTypeOf<AiError.AiError | Broken>()
    expectTypeOf<R<typeof run>>().toEqualTypeOf<LanguageModel.LanguageModel | Handlers | Database>()
  })

  it("outcomes have the types of their tools", () => {
    const run = Agent.run({ prompt: "Hello!", toolkit })
    type Outcome = A<typeof run>["steps"][number]["outcomes"][number]
    type Succeeded = Extract<Outcome, { readonly _tag: "Succeeded" }>
    expectTypeOf<Extract<Succeeded, { readonly name: "query" }>["result"]>().toEqualTypeOf<number>()
    expectTypeOf<Extract<Succeeded, { readonly name: "query" }>["params"]["limit"]>().toEqualTypeOf<number>()
    expectTypeOf<Extract<Succeeded, { readonly name: "find" }>["result"]>().toEqualTypeOf<Date>()
    expectTypeOf<
      Extract<Extract<Outcome, { readonly _tag: "Failed" }>, { readonly name: "find" }>["result"]
    >().toEqualTypeOf<Missing>()
  })

  it("steps, approval and schemas have their own needs and failures", () => {
    const Stored = Schema.transformOrFail(Schema.String, Schema.Number, {
      decode: () => Effect.flatMap(Database, ({ rows }) => rows),
      encode: () => Effect.succeed("")
    })
    const run = Agent.run({
      prompt: "Hello!",
      toolkit,
      prepareStep: () =>
        Effect.gen(function* () {
          const { model } = yield* Settings
          if (model === "") return yield* new NoSettings()
          return { model }
        }),
      approval: {
        query: ({ limit }) => Effect.flatMap(Guard, ({ asks }) => (limit > 10 ? asks : Effect.succeed(false)))
      },
      output: Schema.Struct({ count: Stored })
    })
    expectTypeOf<E<typeof run>>().toEqualTypeOf<
      AiError.AiError | Broken | NoSettings | Refused | Agent.InvalidOutputError
    >()
    expectTypeOf<R<typeof run>>().toEqualTypeOf<LanguageModel.LanguageModel | Handlers | Database | Settings | Guard>()
    expectTypeOf<Extract<A<typeof run>, { readonly _tag: "Completed" }>["output"]>().toEqualTypeOf<{
      readonly count: number
    }>()
  })

  it("failures that the options ask for", () => {
    const stops = Agent.run({ prompt: "Hello!", onStop: "fail" })
    expectTypeOf<E<typeof stops>>().toEqualTypeOf<AiError.AiError | Agent.AgentStoppedError>()
    const invalid = Agent.run({ prompt: "Hello!", invalidCalls: "fail" })
    expectTypeOf<E<typeof invalid>>().toEqualTypeOf<AiError.AiError | InvalidToolCallError>()
    const some = Agent.run({ prompt: "Hello!", toolkit, invalidCalls: { find: "fail" } })
    expectTypeOf<E<typeof some>>().toEqualTypeOf<AiError.AiError | Broken | InvalidToolCallError>()
  })

  it("a toolkit that is an effect has its own needs and failures", () => {
    const made = Effect.gen(function* () {
      const { model } = yield* Settings
      if (model === "") return yield* new NoSettings()
      return yield* toolkit
    })
    const run = Agent.run({ prompt: "Hello!", toolkit: made })
    expectTypeOf<E<typeof run>>().toEqualTypeOf<AiError.AiError | Broken | NoSettings>()
    expectTypeOf<R<typeof run>>().toEqualTypeOf<LanguageModel.LanguageModel | Handlers | Database | Settings>()
  })

  it("a stream has the same errors and needs, and typed events", () => {
    const events = Agent.stream({ prompt: "Hello!", toolkit })
    expectTypeOf(events).toEqualTypeOf<
      Stream.Stream<
        Agent.Event<Kit, string>,
        AiError.AiError | Broken,
        LanguageModel.LanguageModel | Handlers | Database
      >
    >()
    type Started = Extract<Agent.Event<Kit, string>, { readonly _tag: "ToolStarted" }>
    expectTypeOf<Extract<Started, { readonly name: "query" }>["params"]["limit"]>().toEqualTypeOf<number>()
  })

  it("a resumed run may also have a transcript that does not fit", () => {
    const resumed = Agent.resume({} as Agent.Transcript, {}, { toolkit, changes: "accept" })
    expectTypeOf<E<typeof resumed>>().toEqualTypeOf<AiError.AiError | Broken | Agent.TranscriptError>()
    expectTypeOf<R<typeof resumed>>().toEqualTypeOf<LanguageModel.LanguageModel | Handlers | Database>()
    expectTypeOf(Agent.resumeStream({} as Agent.Transcript, {}, { toolkit })).toEqualTypeOf<
      Stream.Stream<
        Agent.Event<Kit, string>,
        AiError.AiError | Broken | Agent.TranscriptError,
        LanguageModel.LanguageModel | Handlers | Database
      >
    >()
    // @ts-expect-error a run from its beginning has nothing that could have changed
    Agent.run({ prompt: "Hello!", toolkit, changes: "accept" })
  })

  it("names of tools are checked", () => {
    // @ts-expect-error there is no such tool
    Agent.run({ prompt: "Hello!", toolkit, approval: { nothing: true } })
    // @ts-expect-error there is no such tool
    Agent.run({ prompt: "Hello!", toolkit, toolChoice: { tool: "nothing" } })
  })
})

describe("the layers", () => {
  it("need the capabilities of the SDK alone", () => {
    expectTypeOf(FriendliLanguageModel.layer()).toEqualTypeOf<
      Layer.Layer<LanguageModel.LanguageModel, never, Chat.Chat>
    >()
    expectTypeOf(FriendliEmbeddingModel.layerBatched()).toEqualTypeOf<
      Layer.Layer<EmbeddingModel.EmbeddingModel, never, Embeddings.Embeddings>
    >()
    expectTypeOf(FriendliEmbeddingModel.layerDataLoader({ window: "1 second" })).toEqualTypeOf<
      Layer.Layer<EmbeddingModel.EmbeddingModel, never, Embeddings.Embeddings>
    >()
    expectTypeOf(FriendliTokenizer.layer()).toEqualTypeOf<Layer.Layer<Tokenizer.Tokenizer, never, Tokens.Tokens>>()
  })
})
