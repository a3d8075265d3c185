import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import { z } from "zod"
import * as Chat from "../src/Chat.js"
import * as ChatObject from "../src/ChatObject.js"
import type * as ChatStream from "../src/ChatStream.js"
import * as Conversation from "../src/Conversation.js"
import type { FriendliError, FriendliStreamError } from "../src/errors/FriendliError.js"
import * as MessageObject from "../src/MessageObject.js"
import type * as Messages from "../src/Messages.js"
import type { DeepPartial } from "../src/partialJson/PartialJson.js"
import type { Usage } from "../src/schema/Usage.js"
import * as SmoothText from "../src/SmoothText.js"
import * as SseResponse from "../src/SseResponse.js"
import * as StructuredOutput from "../src/StructuredOutput.js"
import type * as Tokens from "../src/Tokens.js"
import type * as ChatRender from "../src/ChatRender.js"
import * as Tool from "../src/Tool.js"
import * as UiMessages from "../src/UiMessages.js"
import * as UiStream from "../src/UiStream.js"

class Trip extends Schema.Class<Trip>("Trip")({ city: Schema.String, from: Schema.Date }) {}
class Lookup extends Context.Tag("Lookup")<Lookup, ReadonlySet<string>>() {}
declare const needy: Schema.Schema<{ readonly a: number }, { readonly a: string }, Lookup>

const request = { messages: [{ role: "user", content: "Go ahead." }] } as const

describe("ChatObject", () => {
  it("gives the type side of the schema, and only the errors that can come", () => {
    const made = ChatObject.complete(Trip, request, { outputRetries: 2 })
    expectTypeOf(made).toEqualTypeOf<
      Effect.Effect<ChatObject.Output<Trip>, FriendliError | ChatObject.Rejected, Chat.Chat>
    >()
    type Made = Effect.Effect.Success<typeof made>
    expectTypeOf<Made["value"]>().toEqualTypeOf<Trip>()
    expectTypeOf<Made["answer"]>().toEqualTypeOf<Chat.ChatCompletion>()
    expectTypeOf<Made["usage"]>().toEqualTypeOf<Usage>()
    expectTypeOf<
      Extract<Effect.Effect.Error<typeof made>, { readonly _tag: "OutputRejectedError" }>["attempts"]
    >().toEqualTypeOf<ReadonlyArray<StructuredOutput.Attempt<Chat.ChatCompletion, Usage>>>()
  })

  it("needs what the schema needs", () => {
    expectTypeOf(ChatObject.complete(needy, request)).toEqualTypeOf<
      Effect.Effect<ChatObject.Output<{ readonly a: number }>, FriendliError | ChatObject.Rejected, Chat.Chat | Lookup>
    >()
    expectTypeOf(ChatObject.stream(needy, request)).toEqualTypeOf<
      Stream.Stream<
        ChatObject.Progress<{ readonly a: number }, { readonly a: string }>,
        FriendliStreamError | ChatObject.StreamRejected,
        Chat.Chat | Lookup
      >
    >()
  })

  it("grows on the encoded side, and ends on the type side", () => {
    type Progress = Stream.Stream.Success<ReturnType<typeof streamed>>
    const streamed = () => ChatObject.stream(Trip, request)
    expectTypeOf<Extract<Progress, { readonly _tag: "Growing" }>["value"]>().toEqualTypeOf<
      DeepPartial<{ readonly city: string; readonly from: string }>
    >()
    expectTypeOf<Extract<Progress, { readonly _tag: "Complete" }>["value"]>().toEqualTypeOf<Trip>()
    expectTypeOf<Extract<Progress, { readonly _tag: "Complete" }>["answer"]>().toEqualTypeOf<ChatStream.Answer>()
  })

  it("takes schemas of other libraries", () => {
    const Place = z.object({ name: z.string(), when: z.string().transform((text) => new Date(text)) })
    expectTypeOf(ChatObject.complete(Place, request)).toEqualTypeOf<
      Effect.Effect<ChatObject.Output<{ name: string; when: Date }>, FriendliError | ChatObject.Rejected, Chat.Chat>
    >()
    type Progress = Stream.Stream.Success<ReturnType<typeof streamed>>
    const streamed = () => ChatObject.stream(Place, request)
    expectTypeOf<Extract<Progress, { readonly _tag: "Growing" }>["value"]>().toEqualTypeOf<
      DeepPartial<{ name: string; when: string }>
    >()
    expectTypeOf(StructuredOutput.fromStandard(Place)).toEqualTypeOf<
      Schema.Schema<{ name: string; when: Date }, { name: string; when: string }>
    >()
    expectTypeOf(
      Tool.make("place", { parameters: StructuredOutput.fromStandard(Place) }).function.name
    ).toEqualTypeOf<"place">()
  })

  it("makes the format by itself", () => {
    // @ts-expect-error the schema gives the format
    ChatObject.complete(Trip, { ...request, response_format: { type: "text" } })
    // @ts-expect-error there is one value
    ChatObject.complete(Trip, { ...request, n: 2 })
    // @ts-expect-error a schema, not its fields
    ChatObject.complete({ city: Schema.String }, request)
  })
})

describe("MessageObject", () => {
  it("gives the same for messages", () => {
    expectTypeOf(MessageObject.create(needy, request)).toEqualTypeOf<
      Effect.Effect<
        MessageObject.Output<{ readonly a: number }>,
        FriendliError | MessageObject.Rejected,
        Messages.Messages | Lookup
      >
    >()
    expectTypeOf(MessageObject.stream(Trip, request)).toEqualTypeOf<
      Stream.Stream<
        MessageObject.Progress<Trip, { readonly city: string; readonly from: string }>,
        FriendliStreamError | MessageObject.StreamRejected,
        Messages.Messages
      >
    >()
  })
})

describe("Conversation", () => {
  it("is the messages of a request", () => {
    const conversation = Conversation.user(Conversation.make("Be brief."), "Hello!")
    expectTypeOf(conversation).toEqualTypeOf<Conversation.Conversation>()
    Chat.complete({ messages: conversation })
    expectTypeOf(Conversation.user("Hello!")).toEqualTypeOf<
      (self: Conversation.Conversation) => Conversation.Conversation
    >()
  })

  it("counts and trims with what it is given", () => {
    expectTypeOf(Conversation.countTokens([])).toEqualTypeOf<
      Effect.Effect<number, FriendliError, ChatRender.ChatRender | Tokens.Tokens>
    >()
    expectTypeOf(Conversation.trim([], { budget: 1, count: Conversation.countEach })).toEqualTypeOf<
      Effect.Effect<Conversation.Trimmed, FriendliError | Conversation.ConversationTooLongError, Tokens.Tokens>
    >()
  })
})

describe("streams for people", () => {
  const chunks = Chat.stream(request)

  it("keep the types of what they are made of", () => {
    expectTypeOf(SmoothText.chat(chunks)).toEqualTypeOf<typeof chunks>()
    expectTypeOf(chunks.pipe(SmoothText.chat({ lag: "1 second" }))).toEqualTypeOf<typeof chunks>()
    expectTypeOf(SmoothText.text(Stream.make("a"))).toEqualTypeOf<Stream.Stream<string>>()
    expectTypeOf(SseResponse.make(chunks)).toEqualTypeOf<
      Effect.Effect<HttpServerResponse.HttpServerResponse, FriendliStreamError, Chat.Chat | Scope.Scope>
    >()
    expectTypeOf(UiStream.fromChat(chunks)).toEqualTypeOf<
      Stream.Stream<UiStream.UiChunk, FriendliStreamError, Chat.Chat>
    >()
    expectTypeOf(UiStream.toResponse(UiStream.fromChat(chunks))).toEqualTypeOf<
      Effect.Effect<HttpServerResponse.HttpServerResponse, FriendliStreamError, Chat.Chat | Scope.Scope>
    >()
    expectTypeOf(UiMessages.toMessages([])).toEqualTypeOf<
      Either.Either<Conversation.Conversation, UiMessages.UnsupportedUiMessageError>
    >()
  })
})
