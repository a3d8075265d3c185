import type { HttpClient } from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expectTypeOf, it } from "vitest"
import * as Chat from "../src/Chat.js"
import type * as Completions from "../src/Completions.js"
import * as Container from "../src/Container.js"
import * as Dedicated from "../src/Dedicated.js"
import type * as FriendliClient from "../src/FriendliClient.js"
import * as Inference from "../src/Inference.js"
import * as Serverless from "../src/Serverless.js"
import type * as Tokens from "../src/Tokens.js"

/** A capability that no deployment has. */
class Telepathy extends Context.Tag("example/Telepathy")<Telepathy, { readonly guess: Effect.Effect<string> }>() {}

type Common = Chat.Chat | Completions.Completions | Tokens.Tokens | FriendliClient.FriendliClient

type Deployed = Layer.Layer<Common, ConfigError.ConfigError, HttpClient>

describe("deployments", () => {
  it("give exactly their capabilities, and need the user's HttpClient", () => {
    expectTypeOf<Serverless.Capabilities>().toEqualTypeOf<Common>()
    expectTypeOf<Dedicated.Capabilities>().toEqualTypeOf<Common>()
    expectTypeOf<Container.Capabilities>().toEqualTypeOf<Common>()
    expectTypeOf(Serverless.layer).returns.toEqualTypeOf<Deployed>()
    expectTypeOf(Dedicated.layer).returns.toEqualTypeOf<Deployed>()
    expectTypeOf(Container.layer).returns.toEqualTypeOf<Deployed>()
    expectTypeOf(Serverless.layerConfig).returns.toEqualTypeOf<Deployed>()
    expectTypeOf(Dedicated.layerConfig).returns.toEqualTypeOf<Deployed>()
    expectTypeOf(Container.layerConfig).returns.toEqualTypeOf<Deployed>()
    expectTypeOf<Layer.Layer.Success<ReturnType<typeof Container.layer>>>().toEqualTypeOf<Container.Capabilities>()
  })

  it("come as plain services too", () => {
    for (const make of [Serverless.make, Dedicated.make, Container.make]) {
      expectTypeOf(make).returns.toExtend<
        Effect.Effect<
          {
            readonly chat: Chat.Chat.Service
            readonly completions: Completions.Completions.Service
            readonly tokens: Tokens.Tokens.Service
            readonly client: FriendliClient.FriendliClient.Service
          },
          ConfigError.ConfigError,
          HttpClient
        >
      >()
    }
  })

  it("need what they need: settings with a token, or none on a container", () => {
    // @ts-expect-error settings are needed
    Serverless.layer()
    // @ts-expect-error settings are needed
    Dedicated.layer()
    Container.layer()
    Serverless.layerConfig()
    // @ts-expect-error a setting that does not exist
    Serverless.layer({ token: "flp", tocken: "flp" })
    // @ts-expect-error fields of a body belong to calls
    Serverless.layer({ token: "flp", body: {} })
  })
})

describe("a capability that is missing", () => {
  const program = Effect.gen(function* () {
    const telepathy = yield* Telepathy
    const answer = yield* Inference.chatCompletion({ messages: [{ role: "user", content: yield* telepathy.guess }] })
    return answer.choices.length
  })

  it("stays in the requirements, so that the program can not be run", () => {
    const provided = program.pipe(Effect.provide(Container.layer()))
    expectTypeOf<Effect.Effect.Context<typeof provided>>().toEqualTypeOf<Telepathy | HttpClient>()
    // @ts-expect-error Telepathy is missing
    const runnable: Effect.Effect<number, unknown, HttpClient> = provided
    expectTypeOf(runnable).toExtend<Effect.Effect<number, unknown, HttpClient>>()
  })

  it("is in no layer", () => {
    // @ts-expect-error no deployment has it
    const layer: Layer.Layer<Telepathy, ConfigError.ConfigError, HttpClient> = Serverless.layer({ token: "flp" })
    expectTypeOf(layer).toExtend<Layer.Layer<Telepathy, ConfigError.ConfigError, HttpClient>>()
  })

  it("a program with what there is can be run", () => {
    const provided = Inference.chatCompletion({ messages: [] }).pipe(Effect.provide(Dedicated.layer({ token: "flp" })))
    expectTypeOf<Effect.Effect.Context<typeof provided>>().toEqualTypeOf<HttpClient>()
  })
})

describe("choosing at run time", () => {
  it("gives what both have", () => {
    const chosen = Layer.unwrapEffect(
      Effect.map(
        Effect.sync(() => Math.random() < 0.5),
        (local) => (local ? Container.layer() : Serverless.layer({ token: "flp" }))
      )
    )
    expectTypeOf(chosen).toEqualTypeOf<Deployed>()
  })

  it("does not give what only one has", () => {
    const telepathic = Layer.merge(Container.layer(), Layer.succeed(Telepathy, { guess: Effect.succeed("7") }))
    const chosen = Layer.unwrapEffect(
      Effect.map(
        Effect.sync(() => Math.random() < 0.5),
        (local) => (local ? telepathic : Serverless.layer({ token: "flp" }))
      )
    )
    const provided = Effect.provide(Telepathy, chosen)
    expectTypeOf<Telepathy extends Effect.Effect.Context<typeof provided> ? true : false>().toEqualTypeOf<true>()
    const fine = Effect.provide(Chat.Chat, chosen)
    expectTypeOf<Effect.Effect.Context<typeof fine>>().toEqualTypeOf<HttpClient>()
  })
})
