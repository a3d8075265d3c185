import type { HttpClient } from "@effect/platform/HttpClient"
import type * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import * as Chat from "../src/Chat.js"
import * as ChatStream from "../src/ChatStream.js"
import * as Completions from "../src/Completions.js"
import * as CompletionStream from "../src/CompletionStream.js"
import type { ConfigSettings, Settings } from "../src/Deployment.js"
import * as Friendli from "../src/Friendli.js"
import * as FriendliClient from "../src/FriendliClient.js"
import * as FriendliError from "../src/FriendliError.js"
import * as Inference from "../src/Inference.js"
import * as Operation from "../src/Operation.js"
import * as RequestOptions from "../src/RequestOptions.js"
import * as Retry from "../src/Retry.js"
import * as Tokens from "../src/Tokens.js"

type Error = FriendliError.FriendliError
type StreamError = FriendliError.FriendliStreamError
type Answer<A> = FriendliClient.WithResponse<A>

type IsAny<T> = 0 extends 1 & T ? true : false

/** The A, E and R that a value of the API has, through functions. */
type Channels<T> =
  T extends Stream.Stream<infer A, infer E, infer R>
    ? [A, E, R]
    : T extends Effect.Effect<infer A, infer E, infer R>
      ? [A, E, R]
      : T extends Layer.Layer<infer A, infer E, infer R>
        ? [A, E, R]
        : T extends (...args: never) => infer Result
          ? Channels<Result>
          : [never, never, never]

/** Names of a module whose A, E or R is `any`. */
type Loose<Module> = {
  [K in keyof Module]: true extends
    | IsAny<Module[K]>
    | IsAny<Channels<Module[K]>[0]>
    | IsAny<Channels<Module[K]>[1]>
    | IsAny<Channels<Module[K]>[2]>
    ? K
    : never
}[keyof Module]

describe("any", () => {
  it("is found where it stands", () => {
    interface Example {
      loose: (n: number) => Effect.Effect<number, ReturnType<typeof JSON.parse>>
      tight: Effect.Effect<number, string>
    }
    expectTypeOf<Loose<Example>>().toEqualTypeOf<"loose">()
  })

  it("stands in no A, E or R of the API", () => {
    expectTypeOf<Loose<typeof Inference>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Chat>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Completions>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Tokens>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof ChatStream>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof CompletionStream>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof FriendliClient>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof RequestOptions>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Retry>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Chat.Chat.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Completions.Completions.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Tokens.Tokens.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<FriendliClient.FriendliClient.Service>>().toEqualTypeOf<never>()
  })
})

describe("Inference", () => {
  it("has the operations of the reference, each the same as the capability's", () => {
    expectTypeOf<keyof typeof Inference>().toEqualTypeOf<
      "chatCompletion" | "chatCompletionStream" | "completion" | "completionStream" | "tokenization" | "detokenization"
    >()
    expectTypeOf(Inference.chatCompletion).toEqualTypeOf<
      (
        request: Chat.ChatRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Chat.ChatCompletion, Error, Chat.Chat>
    >()
    expectTypeOf(Inference.chatCompletionStream).toEqualTypeOf<
      (
        request: Chat.ChatRequest,
        options?: RequestOptions.RequestOptions
      ) => Stream.Stream<Chat.ChatChunk, StreamError, Chat.Chat>
    >()
    expectTypeOf(Inference.completion).toEqualTypeOf<
      (
        request: Completions.CompletionRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Completions.Completion, Error, Completions.Completions>
    >()
    expectTypeOf(Inference.completionStream).toEqualTypeOf<
      (
        request: Completions.CompletionRequest,
        options?: RequestOptions.RequestOptions
      ) => Stream.Stream<Completions.CompletionChunk, StreamError, Completions.Completions>
    >()
    expectTypeOf(Inference.tokenization).toEqualTypeOf<
      (
        request: Tokens.TokenizeRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Tokens.Tokenized, Error, Tokens.Tokens>
    >()
    expectTypeOf(Inference.detokenization).toEqualTypeOf<
      (
        request: Tokens.DetokenizeRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Tokens.Detokenized, Error, Tokens.Tokens>
    >()
  })
})

describe("capabilities", () => {
  it("with the response", () => {
    expectTypeOf<ReturnType<typeof Chat.completeWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Chat.ChatCompletion>, Error, Chat.Chat>
    >()
    expectTypeOf<ReturnType<typeof Chat.streamWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Stream.Stream<Chat.ChatChunk, StreamError>>, StreamError, Chat.Chat | Scope.Scope>
    >()
    expectTypeOf<ReturnType<typeof Completions.completeWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Completions.Completion>, Error, Completions.Completions>
    >()
    expectTypeOf<ReturnType<typeof Completions.streamWithResponse>>().toEqualTypeOf<
      Effect.Effect<
        Answer<Stream.Stream<Completions.CompletionChunk, StreamError>>,
        StreamError,
        Completions.Completions | Scope.Scope
      >
    >()
    expectTypeOf<ReturnType<typeof Tokens.tokenizeWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Tokens.Tokenized>, Error, Tokens.Tokens>
    >()
    expectTypeOf<ReturnType<typeof Tokens.detokenizeWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Tokens.Detokenized>, Error, Tokens.Tokens>
    >()
  })

  it("are made of a client", () => {
    expectTypeOf(Chat.make).toEqualTypeOf<Effect.Effect<Chat.Chat.Service, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Chat.layer).toEqualTypeOf<Layer.Layer<Chat.Chat, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Completions.layer).toEqualTypeOf<
      Layer.Layer<Completions.Completions, never, FriendliClient.FriendliClient>
    >()
    expectTypeOf(Tokens.layer).toEqualTypeOf<Layer.Layer<Tokens.Tokens, never, FriendliClient.FriendliClient>>()
  })

  it("are operations", () => {
    expectTypeOf(Chat.completeOperation).toEqualTypeOf<Operation.Unary<Chat.ChatRequest, Chat.ChatCompletion>>()
    expectTypeOf(Chat.streamOperation).toEqualTypeOf<Operation.Streaming<Chat.ChatRequest, Chat.ChatChunk>>()
    expectTypeOf(Completions.completeOperation).toEqualTypeOf<
      Operation.Unary<Completions.CompletionRequest, Completions.Completion>
    >()
    expectTypeOf(Completions.streamOperation).toEqualTypeOf<
      Operation.Streaming<Completions.CompletionRequest, Completions.CompletionChunk>
    >()
    expectTypeOf(Tokens.tokenizeOperation).toEqualTypeOf<Operation.Unary<Tokens.TokenizeRequest, Tokens.Tokenized>>()
    expectTypeOf(Tokens.detokenizeOperation).toEqualTypeOf<
      Operation.Unary<Tokens.DetokenizeRequest, Tokens.Detokenized>
    >()
  })

  it("have services whose members need nothing", () => {
    expectTypeOf<Chat.Chat.Service["complete"]>().returns.toEqualTypeOf<Effect.Effect<Chat.ChatCompletion, Error>>()
    expectTypeOf<Chat.Chat.Service["stream"]>().returns.toEqualTypeOf<Stream.Stream<Chat.ChatChunk, StreamError>>()
  })
})

declare const chatChunks: Stream.Stream<Chat.ChatChunk, "e", "r">
declare const completionChunks: Stream.Stream<Completions.CompletionChunk, "e", "r">
declare const streamError: StreamError

describe("folds", () => {
  it("keep the error and the requirements of the stream", () => {
    expectTypeOf(ChatStream.text(chatChunks)).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(ChatStream.reasoning(chatChunks, { choice: 1 })).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(ChatStream.fold(chatChunks)).toEqualTypeOf<Effect.Effect<ChatStream.Answer, "e", "r">>()
    expectTypeOf(ChatStream.toolCalls(chatChunks)).toExtend<Effect.Effect<ReadonlyArray<{ id: string }>, "e", "r">>()
    expectTypeOf(ChatStream.partial(streamError)).toEqualTypeOf<Option.Option<ChatStream.Answer>>()
    expectTypeOf(ChatStream.toSse(chatChunks)).toEqualTypeOf<Stream.Stream<Uint8Array, never, "r">>()
    expectTypeOf(ChatStream.toReadableStream(chatChunks)).toEqualTypeOf<
      Effect.Effect<ReadableStream<Uint8Array>, never, "r">
    >()
    expectTypeOf(CompletionStream.text(completionChunks)).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(CompletionStream.fold(completionChunks)).toEqualTypeOf<
      Effect.Effect<CompletionStream.Answer, "e", "r">
    >()
    expectTypeOf(CompletionStream.partial(streamError)).toEqualTypeOf<Option.Option<CompletionStream.Answer>>()
    expectTypeOf(CompletionStream.toSse(completionChunks)).toEqualTypeOf<Stream.Stream<Uint8Array, never, "r">>()
    expectTypeOf(CompletionStream.toReadableStream(completionChunks)).toEqualTypeOf<
      Effect.Effect<ReadableStream<Uint8Array>, never, "r">
    >()
  })

  it("take the chunks of their own kind", () => {
    // @ts-expect-error completion chunks have no delta
    ChatStream.text(completionChunks)
    // @ts-expect-error chat chunks have no text
    CompletionStream.text(chatChunks)
  })
})

describe("regions", () => {
  it("leave effects and streams as they are", () => {
    const regions = [
      Friendli.withTeam("t"),
      Friendli.withRetry(Retry.never),
      Friendli.withTimeout("1 second"),
      Friendli.withHeadersTimeout(1),
      Friendli.withIdleTimeout("1 second", { reset: "events" }),
      Friendli.withHeaders({ a: "b" }),
      Friendli.withBody({ a: 1 }),
      Friendli.withOptions({ team: "t" })
    ] as const
    expectTypeOf<(typeof regions)[number]>().toEqualTypeOf<Friendli.Region>()
    const effect = Inference.tokenization({ prompt: "a" })
    expectTypeOf(effect.pipe(regions[0])).toEqualTypeOf(effect)
    expectTypeOf(chatChunks.pipe(regions[0])).toEqualTypeOf(chatChunks)
    expectTypeOf(Effect.succeed(1).pipe(regions[0], regions[1])).toEqualTypeOf<Effect.Effect<number>>()
  })
})

describe("retry policies", () => {
  it("are schedules over the errors", () => {
    expectTypeOf<Retry.Policy>().toEqualTypeOf<Schedule.Schedule<unknown, StreamError>>()
    expectTypeOf(Retry.never).toEqualTypeOf<Retry.Policy>()
    expectTypeOf(Retry.standard).toEqualTypeOf<Retry.Policy>()
    expectTypeOf(Retry.backoff()).toEqualTypeOf<Retry.Policy>()
    expectTypeOf(Retry.coldStart("1 minute")).toEqualTypeOf<Retry.Policy>()
    expectTypeOf(Schedule.recurs(3)).toExtend<Retry.Policy>()
    expectTypeOf(Retry.standard.pipe(Schedule.andThen(Retry.coldStart("1 minute")))).toExtend<Retry.Policy>()
    expectTypeOf(Retry.transient(Schedule.forever)).toEqualTypeOf<Retry.Policy>()
  })
})

describe("errors", () => {
  it("are a union that tags narrow", () => {
    expectTypeOf<Exclude<StreamError["_tag"], Error["_tag"]>>().toEqualTypeOf<"StreamTruncatedError">()
    const handled = Inference.chatCompletion({ messages: [] }).pipe(
      Effect.catchTag("RateLimitError", "OverloadedError", (error) => Effect.succeed(error.retryAfter))
    )
    expectTypeOf<Extract<Effect.Effect.Error<typeof handled>, { _tag: "RateLimitError" }>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Error<typeof handled>>().toEqualTypeOf<
      Exclude<Error, FriendliError.RateLimitError | FriendliError.OverloadedError>
    >()
    // @ts-expect-error no such tag
    Inference.chatCompletion({ messages: [] }).pipe(Effect.catchTag("TeapotError", () => Effect.void))
  })

  it("say what is always there, and what may be missing", () => {
    expectTypeOf<StreamError["operation"]>().toEqualTypeOf<string>()
    expectTypeOf<StreamError["status"]>().toEqualTypeOf<number | undefined>()
    expectTypeOf<FriendliError.UnexpectedStatusError["status"]>().toEqualTypeOf<number>()
    expectTypeOf<FriendliError.ConnectionError["phase"]>().toEqualTypeOf<"connect" | "body">()
    expectTypeOf<FriendliError.RequestTimeoutError["clock"]>().toEqualTypeOf<"headers" | "idle" | "total">()
    expectTypeOf<FriendliError.StreamTruncatedError["received"]>().toEqualTypeOf<FriendliError.Received>()
    expectTypeOf(FriendliError.isFriendliError).guards.toEqualTypeOf<StreamError>()
    expectTypeOf<Schema.Schema.Type<typeof FriendliError.FriendliStreamError>>().toEqualTypeOf<StreamError>()
    expectTypeOf<Schema.Schema.Context<typeof FriendliError.FriendliStreamError>>().toEqualTypeOf<never>()
  })
})

describe("requests", () => {
  it("refuse what does not hold", () => {
    // @ts-expect-error a role that does not exist
    Inference.chatCompletion({ messages: [{ role: "wizard", content: "a" }] })
    // @ts-expect-error a field that does not exist
    Inference.chatCompletion({ messages: [], temprature: 1 })
    // @ts-expect-error a number is due
    Inference.chatCompletion({ messages: [], temperature: "hot" })
    // @ts-expect-error the function that is called decides
    Inference.chatCompletionStream({ messages: [], stream: true })
    // @ts-expect-error a prompt or tokens
    Inference.completion({ max_tokens: 1 })
    // @ts-expect-error token ids are numbers
    Inference.detokenization({ tokens: ["1"] })
    // @ts-expect-error the prompt is needed
    Inference.tokenization({ model: "m" })
  })

  it("and options too", () => {
    // @ts-expect-error an option that does not exist
    Inference.tokenization({ prompt: "a" }, { retries: 3 })
    // @ts-expect-error a duration is due
    Inference.tokenization({ prompt: "a" }, { timeout: "soon" })
    // @ts-expect-error one of two
    Inference.tokenization({ prompt: "a" }, { idleReset: "never" })
    // @ts-expect-error a schedule is due
    Inference.tokenization({ prompt: "a" }, { retry: 3 })
    // @ts-expect-error text is due
    Inference.tokenization({ prompt: "a" }, { headers: { a: 1 } })
    expectTypeOf<RequestOptions.RequestOptions>().toExtend<Partial<RequestOptions.RequestOptions>>()
    expectTypeOf(RequestOptions.merge({ team: "a" }, undefined)).toEqualTypeOf<RequestOptions.RequestOptions>()
    expectTypeOf<
      Context.Tag.Service<typeof RequestOptions.CurrentRequestOptions>
    >().toEqualTypeOf<RequestOptions.RequestOptions>()
  })
})

describe("operations of one's own", () => {
  it("infer request and response", () => {
    const operation = Operation.unary({
      name: "Example.count",
      path: "/count",
      request: undefined as unknown as Schema.Schema<{ readonly text: string }>,
      response: undefined as unknown as Schema.Schema<{ readonly n: number }, { readonly n: string }>
    })
    expectTypeOf(operation).toEqualTypeOf<Operation.Unary<{ readonly text: string }, { readonly n: number }>>()
    const streaming = Operation.streaming({
      name: "Example.ticks",
      path: "/ticks",
      request: undefined as unknown as Schema.Schema<{ readonly text: string }>,
      event: undefined as unknown as Schema.Schema<{ readonly n: number }>
    })
    expectTypeOf(streaming).toEqualTypeOf<Operation.Streaming<{ readonly text: string }, { readonly n: number }>>()
    const run = (client: FriendliClient.FriendliClient.Service) => client.execute(operation, { text: "a" })
    expectTypeOf(run).returns.toEqualTypeOf<Effect.Effect<{ readonly n: number }, Error>>()
    const events = (client: FriendliClient.FriendliClient.Service) => client.events(streaming, { text: "a" })
    expectTypeOf(events).returns.toEqualTypeOf<Stream.Stream<FriendliClient.RawEvent, StreamError>>()
    // @ts-expect-error the request of another operation
    const wrong = (client: FriendliClient.FriendliClient.Service) => client.execute(operation, { txt: "a" })
    expectTypeOf(wrong).toBeFunction()
    expectTypeOf<ReturnType<typeof operation.decode>>().toExtend<Either.Either<{ readonly n: number }, unknown>>()
  })

  it("a client needs the user's HttpClient and nothing else", () => {
    expectTypeOf(FriendliClient.make).returns.toEqualTypeOf<
      Effect.Effect<FriendliClient.FriendliClient.Service, never, HttpClient>
    >()
    expectTypeOf(FriendliClient.layer).returns.toEqualTypeOf<
      Layer.Layer<FriendliClient.FriendliClient, never, HttpClient>
    >()
  })
})

it("settings are what they say", () => {
  expectTypeOf<Settings["token"]>().toEqualTypeOf<Redacted.Redacted | string | undefined>()
  expectTypeOf<ConfigSettings["token"]>().toEqualTypeOf<Config.Config<Redacted.Redacted> | undefined>()
  expectTypeOf<keyof Settings>().toEqualTypeOf<
    | "token"
    | "baseUrl"
    | "model"
    | "team"
    | "retry"
    | "timeout"
    | "headersTimeout"
    | "idleTimeout"
    | "idleReset"
    | "headers"
  >()
  expectTypeOf<ConfigError.ConfigError>().not.toExtend<StreamError>()
})
