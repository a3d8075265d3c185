import type { HttpClient } from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import type * as Audio from "../src/Audio.js"
import * as Chat from "../src/Chat.js"
import * as ChatRender from "../src/ChatRender.js"
import * as Classification from "../src/Classification.js"
import type * as Completions from "../src/Completions.js"
import * as Container from "../src/Container.js"
import * as Dedicated from "../src/Dedicated.js"
import type * as FriendliClient from "../src/client/FriendliClient.js"
import * as Deployment from "../src/core/Deployment.js"
import * as Embeddings from "../src/Embeddings.js"
import * as Endpoints from "../src/Endpoints.js"
import * as Images from "../src/Images.js"
import * as Inference from "../src/Inference.js"
import * as Knowledge from "../src/Knowledge.js"
import * as Management from "../src/Management.js"
import type * as Messages from "../src/Messages.js"
import type * as Models from "../src/Models.js"
import type * as Responses from "../src/Responses.js"
import * as Serverless from "../src/Serverless.js"
import type * as Tokens from "../src/Tokens.js"
import * as ToolAssistedChat from "../src/ToolAssistedChat.js"

/** A capability that no deployment has. */
class Telepathy extends Context.Tag("example/Telepathy")<Telepathy, { readonly guess: Effect.Effect<string> }>() {}

/** Capability × deployment: the whole table. */
interface Table {
  readonly serverless:
    | Audio.Audio
    | Chat.Chat
    | ChatRender.ChatRender
    | Completions.Completions
    | Knowledge.Knowledge
    | Messages.Messages
    | Models.Models
    | Responses.Responses
    | Tokens.Tokens
    | ToolAssistedChat.ToolAssistedChat
    | FriendliClient.FriendliClient
  readonly dedicated:
    | Exclude<Table["serverless"], Knowledge.Knowledge | Models.Models | ToolAssistedChat.ToolAssistedChat>
    | Classification.Classification
    | Embeddings.Embeddings
    | Images.Images
  readonly container: Exclude<Table["dedicated"], ChatRender.ChatRender | Embeddings.Embeddings>
}

type Common = Extract<Table["serverless"], Table["container"]>

type Deployed<Capabilities> = Layer.Layer<Capabilities, ConfigError.ConfigError, HttpClient>

describe("deployments", () => {
  it("give exactly their capabilities, and need the user's HttpClient", () => {
    expectTypeOf<Serverless.Capabilities>().toEqualTypeOf<Table["serverless"]>()
    expectTypeOf<Dedicated.Capabilities>().toEqualTypeOf<Table["dedicated"]>()
    expectTypeOf<Container.Capabilities>().toEqualTypeOf<Table["container"]>()
    expectTypeOf(Serverless.layer).returns.toEqualTypeOf<Deployed<Table["serverless"]>>()
    expectTypeOf(Dedicated.layer).returns.toEqualTypeOf<Deployed<Table["dedicated"]>>()
    expectTypeOf(Container.layer).returns.toEqualTypeOf<Deployed<Table["container"]>>()
    expectTypeOf(Serverless.layerConfig).returns.toEqualTypeOf<Deployed<Table["serverless"]>>()
    expectTypeOf(Dedicated.layerConfig).returns.toEqualTypeOf<Deployed<Table["dedicated"]>>()
    expectTypeOf(Container.layerConfig).returns.toEqualTypeOf<Deployed<Table["container"]>>()
    for (const { layerClient, layerClientConfig } of [Serverless, Dedicated, Container]) {
      expectTypeOf(layerClient).returns.toEqualTypeOf<Deployed<FriendliClient.FriendliClient>>()
      expectTypeOf(layerClientConfig).returns.toEqualTypeOf<Deployed<FriendliClient.FriendliClient>>()
    }
  })

  it("do not have what they lack", () => {
    const missing = <A, E, R>(effect: Effect.Effect<A, E, R>) => effect
    const input = { input: "Hello!" }
    const embed = Embeddings.create(input)
    type Left<A extends Effect.Effect<unknown, unknown, unknown>> = Effect.Effect.Context<A>
    const onServerless = missing(embed.pipe(Effect.provide(Serverless.layer({ token: "flp" }))))
    const onContainer = missing(embed.pipe(Effect.provide(Container.layer())))
    const onDedicated = missing(embed.pipe(Effect.provide(Dedicated.layer({ token: "flp" }))))
    expectTypeOf<Left<typeof onServerless>>().toEqualTypeOf<Embeddings.Embeddings | HttpClient>()
    expectTypeOf<Left<typeof onContainer>>().toEqualTypeOf<Embeddings.Embeddings | HttpClient>()
    expectTypeOf<Left<typeof onDedicated>>().toEqualTypeOf<HttpClient>()
    const render = Effect.provide(ChatRender.render({ messages: [] }), Container.layer())
    expectTypeOf<Left<typeof render>>().toEqualTypeOf<ChatRender.ChatRender | HttpClient>()
    const classify = Effect.provide(Classification.classify(input), Serverless.layer({ token: "flp" }))
    expectTypeOf<Left<typeof classify>>().toEqualTypeOf<Classification.Classification | HttpClient>()
    const draw = Effect.provide(Images.generate({ prompt: "a boat" }), Serverless.layer({ token: "flp" }))
    expectTypeOf<Left<typeof draw>>().toEqualTypeOf<Images.Images | HttpClient>()
    const assisted = Stream.runDrain(ToolAssistedChat.stream({ messages: [] }))
    const asking = Knowledge.retrieve({ query: "soup", k: 1, knowledgeIds: [] })
    for (const layer of [Dedicated.layer({ token: "flp" }), Container.layer()]) {
      const chat = Effect.provide(assisted, layer)
      expectTypeOf<Left<typeof chat>>().toEqualTypeOf<ToolAssistedChat.ToolAssistedChat | HttpClient>()
      const knowledge = Effect.provide(asking, layer)
      expectTypeOf<Left<typeof knowledge>>().toEqualTypeOf<Knowledge.Knowledge | HttpClient>()
    }
    const both = Effect.provide(Effect.zip(assisted, asking), Serverless.layer({ token: "flp" }))
    expectTypeOf<Left<typeof both>>().toEqualTypeOf<HttpClient>()
  })

  it("come as plain services too", () => {
    type Made<Services> = Effect.Effect<Services, ConfigError.ConfigError, HttpClient>
    expectTypeOf(Serverless.make).returns.toEqualTypeOf<Made<Serverless.Services>>()
    expectTypeOf(Dedicated.make).returns.toEqualTypeOf<Made<Dedicated.Services>>()
    expectTypeOf(Container.make).returns.toEqualTypeOf<Made<Container.Services>>()
    expectTypeOf<Dedicated.Services["embeddings"]>().toEqualTypeOf<Embeddings.Embeddings.Service>()
    expectTypeOf<Exclude<keyof Dedicated.Services, keyof Container.Services>>().toEqualTypeOf<
      "chatRender" | "embeddings"
    >()
    expectTypeOf<Exclude<keyof Dedicated.Services, keyof Serverless.Services>>().toEqualTypeOf<
      "classification" | "embeddings" | "images"
    >()
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

describe("management", () => {
  it("gives its capabilities, and no client that would replace the one of a deployment", () => {
    expectTypeOf(Management.layer).returns.toEqualTypeOf<Deployed<Management.Capabilities>>()
    expectTypeOf(Management.layerConfig).returns.toEqualTypeOf<Deployed<Management.Capabilities>>()
    expectTypeOf<Extract<Management.Capabilities, Endpoints.Endpoints>>().toEqualTypeOf<Endpoints.Endpoints>()
    expectTypeOf<Extract<Management.Capabilities, FriendliClient.FriendliClient>>().toEqualTypeOf<never>()
    expectTypeOf(Management.layerClient).returns.toEqualTypeOf<Deployed<FriendliClient.FriendliClient>>()
    expectTypeOf(Management.layerClientConfig).returns.toEqualTypeOf<Deployed<FriendliClient.FriendliClient>>()
    expectTypeOf<Management.Services["endpoints"]>().toEqualTypeOf<Endpoints.Endpoints.Service>()
    expectTypeOf<Management.Services["client"]>().toEqualTypeOf<FriendliClient.FriendliClient.Service>()
  })

  it("stands next to a deployment", () => {
    const program = Effect.zipRight(Endpoints.ready("ep"), Inference.chatCompletion({ messages: [] }))
    const alone = program.pipe(Effect.provide(Dedicated.layer({ token: "flp" })))
    expectTypeOf<Effect.Effect.Context<typeof alone>>().toEqualTypeOf<Endpoints.Endpoints | HttpClient>()
    const both = Effect.provide(program, Layer.merge(Dedicated.layer({ token: "flp" }), Management.layerConfig()))
    expectTypeOf<Effect.Effect.Context<typeof both>>().toEqualTypeOf<HttpClient>()
  })

  it("has the settings of a deployment, without a model", () => {
    Management.layer({ token: "flp", team: "research", timeout: "1 minute" })
    Management.layerConfig()
    // @ts-expect-error settings are needed
    Management.layer()
    // @ts-expect-error it has no model
    Management.layer({ token: "flp", model: "m" })
    // @ts-expect-error it has no model
    Management.layerConfig({ model: Config.string("MODEL") })
  })
})

describe("a capability that is missing", () => {
  const program = Effect.gen(function* () {
    const telepathy = yield* Telepathy
    const answer = yield* Inference.chatCompletion({ messages: [{ role: "user", content: yield* telepathy.guess }] })
    return answer.choices.length
  })

  it("stays in the requirements, so the program cannot be run", () => {
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

  it("a program that needs only what is provided can be run", () => {
    const provided = Inference.chatCompletion({ messages: [] }).pipe(Effect.provide(Dedicated.layer({ token: "flp" })))
    expectTypeOf<Effect.Effect.Context<typeof provided>>().toEqualTypeOf<HttpClient>()
  })
})

describe("choosing at run time", () => {
  it("gives what both have", () => {
    const chosen = Deployment.layerUnwrap(
      Effect.map(
        Effect.sync(() => Math.random() < 0.5),
        (local) => (local ? Container.layer() : Serverless.layer({ token: "flp" }))
      )
    )
    expectTypeOf(chosen).toEqualTypeOf<Deployed<Common>>()
    expectTypeOf<Common>().toEqualTypeOf<
      | Audio.Audio
      | Chat.Chat
      | Completions.Completions
      | Messages.Messages
      | Responses.Responses
      | Tokens.Tokens
      | FriendliClient.FriendliClient
    >()
  })

  it("does not provide what only one of them has", () => {
    const telepathic = Layer.merge(Container.layer(), Layer.succeed(Telepathy, { guess: Effect.succeed("7") }))
    const chosen = Deployment.layerUnwrap(
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
