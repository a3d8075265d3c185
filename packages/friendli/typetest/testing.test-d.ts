import type { HttpClient } from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { describe, expectTypeOf, it } from "vitest"
import * as Chat from "../src/Chat.js"
import type { ChatChunk } from "../src/schema/ChatChunk.js"
import type { ChatCompletion } from "../src/schema/ChatCompletion.js"
import type { Completion } from "../src/schema/Completion.js"
import type { CompletionChunk } from "../src/schema/CompletionChunk.js"
import * as Serverless from "../src/Serverless.js"
import { MockHttpClient, Reply, Wire } from "../src/testing/index.js"

describe("MockHttpClient", () => {
  it("gives a client, and itself to ask", () => {
    expectTypeOf(MockHttpClient.layer([])).toEqualTypeOf<
      Layer.Layer<HttpClient | MockHttpClient.MockHttpClient, never, never>
    >()
    expectTypeOf(MockHttpClient.layer(() => Reply.never)).toEqualTypeOf(MockHttpClient.layer([]))
    expectTypeOf(MockHttpClient.requests).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<MockHttpClient.RecordedRequest>, never, MockHttpClient.MockHttpClient>
    >()
    expectTypeOf(MockHttpClient.states).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<MockHttpClient.State>, never, MockHttpClient.MockHttpClient>
    >()
    expectTypeOf(MockHttpClient.closed).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<boolean>, never, MockHttpClient.MockHttpClient>
    >()
    expectTypeOf(MockHttpClient.open).toEqualTypeOf<Effect.Effect<number, never, MockHttpClient.MockHttpClient>>()
    expectTypeOf(MockHttpClient.remaining).toEqualTypeOf<Effect.Effect<number, never, MockHttpClient.MockHttpClient>>()
    expectTypeOf(MockHttpClient.whenClosed).toEqualTypeOf<Effect.Effect<void, never, MockHttpClient.MockHttpClient>>()
    expectTypeOf<MockHttpClient.RecordedRequest["authorization"]>().toEqualTypeOf<Redacted.Redacted | undefined>()
    expectTypeOf<MockHttpClient.RecordedRequest["json"]>().toEqualTypeOf<unknown>()
  })

  it("leaves nothing open under a deployment", () => {
    const layer = Serverless.layer({ token: "flp" }).pipe(Layer.provideMerge(MockHttpClient.layer([])))
    expectTypeOf<Layer.Layer.Context<typeof layer>>().toEqualTypeOf<never>()
  })
})

describe("Reply", () => {
  it("is a value", () => {
    expectTypeOf(Reply.json({})).toEqualTypeOf<Reply.Answer>()
    expectTypeOf(
      Reply.sse([], { cuts: "bytes", delay: "1 second", ending: "reset", done: false })
    ).toExtend<Reply.Reply>()
    expectTypeOf(Reply.slowHeaders("1 second", Reply.never)).toEqualTypeOf<Reply.Reply>()
    // @ts-expect-error an ending that does not exist
    Reply.sse([], { ending: "explode" })
    // @ts-expect-error a cut that does not exist
    Reply.text("", { cuts: "words" })
    // @ts-expect-error a number is due
    Reply.status("429")
  })
})

describe("Wire", () => {
  it("has the types of the wire", () => {
    expectTypeOf(Wire.chatCompletion).returns.toEqualTypeOf<ChatCompletion>()
    expectTypeOf(Wire.chatChunk).returns.toEqualTypeOf<ChatChunk>()
    expectTypeOf(Wire.chatChunks).returns.toEqualTypeOf<ReadonlyArray<ChatChunk>>()
    expectTypeOf(Wire.completion).returns.toEqualTypeOf<Completion>()
    expectTypeOf(Wire.completionChunks).returns.toEqualTypeOf<ReadonlyArray<CompletionChunk>>()
  })
})

describe("Layer.mock", () => {
  it("takes a part of a capability, and only what fits", () => {
    const mock = Layer.mock(Chat.Chat, { complete: () => Effect.succeed(Wire.chatCompletion("Hi")) })
    expectTypeOf(mock).toEqualTypeOf<Layer.Layer<Chat.Chat>>()
    // @ts-expect-error an answer of another shape
    Layer.mock(Chat.Chat, { complete: () => Effect.succeed("Hi") })
    // @ts-expect-error a function that the capability does not have
    Layer.mock(Chat.Chat, { compleet: () => Effect.succeed(Wire.chatCompletion("Hi")) })
  })
})
