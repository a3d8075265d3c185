import type * as PlatformError from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
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
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import * as Audio from "../src/Audio.js"
import * as Chat from "../src/Chat.js"
import * as ChatRender from "../src/ChatRender.js"
import * as ChatStream from "../src/ChatStream.js"
import * as Classification from "../src/Classification.js"
import * as Completions from "../src/Completions.js"
import * as CompletionStream from "../src/CompletionStream.js"
import type { ConfigSettings, Settings } from "../src/core/Deployment.js"
import * as Embeddings from "../src/Embeddings.js"
import * as Endpoints from "../src/Endpoints.js"
import * as Friendli from "../src/Friendli.js"
import * as FriendliClient from "../src/client/FriendliClient.js"
import * as FriendliError from "../src/errors/FriendliError.js"
import * as Images from "../src/Images.js"
import * as Inference from "../src/Inference.js"
import type * as JsonSchema from "../src/JsonSchema.js"
import * as Messages from "../src/Messages.js"
import * as MessageStream from "../src/MessageStream.js"
import * as Operation from "../src/core/Operation.js"
import * as PartialJson from "../src/partialJson/PartialJson.js"
import * as RequestOptions from "../src/core/RequestOptions.js"
import type * as ResponseFormat from "../src/ResponseFormat.js"
import * as Responses from "../src/Responses.js"
import * as ResponseStream from "../src/ResponseStream.js"
import * as Retry from "../src/core/Retry.js"
import * as Tokens from "../src/Tokens.js"
import type * as Tool from "../src/Tool.js"
import * as TranscriptStream from "../src/TranscriptStream.js"
import * as Upload from "../src/Upload.js"

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
  it("is found in its place", () => {
    interface Example {
      loose: (n: number) => Effect.Effect<number, ReturnType<typeof JSON.parse>>
      tight: Effect.Effect<number, string>
    }
    expectTypeOf<Loose<Example>>().toEqualTypeOf<"loose">()
  })

  it("occurs in no A, E or R of the API", () => {
    expectTypeOf<Loose<typeof Inference>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Chat>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Completions>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Tokens>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Messages>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Responses>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof ResponseStream>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Responses.Responses.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof ChatRender>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Embeddings>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Classification>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Images>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Audio>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Endpoints>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof ChatStream>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof CompletionStream>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof MessageStream>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof TranscriptStream>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof PartialJson>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof JsonSchema>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof ResponseFormat>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Tool>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Upload>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof FriendliClient>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof RequestOptions>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<typeof Retry>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Chat.Chat.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Completions.Completions.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Tokens.Tokens.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Messages.Messages.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<ChatRender.ChatRender.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Embeddings.Embeddings.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Classification.Classification.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Images.Images.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Audio.Audio.Service>>().toEqualTypeOf<never>()
    expectTypeOf<Loose<Endpoints.Endpoints.Service>>().toEqualTypeOf<never>()
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
  it("have their result, failures and requirements in their types", () => {
    expectTypeOf(Messages.create).toEqualTypeOf<
      (
        request: Messages.MessagesRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Messages.MessagesResponse, Error, Messages.Messages>
    >()
    expectTypeOf(Messages.stream).toEqualTypeOf<
      (
        request: Messages.MessagesRequest,
        options?: RequestOptions.RequestOptions
      ) => Stream.Stream<Messages.MessagesStreamEvent, StreamError, Messages.Messages>
    >()
    expectTypeOf(Responses.create).toEqualTypeOf<
      (
        request: Responses.ResponsesRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Responses.ResponsesResponse, Error, Responses.Responses>
    >()
    expectTypeOf(Responses.stream).toEqualTypeOf<
      (
        request: Responses.ResponsesRequest,
        options?: RequestOptions.RequestOptions
      ) => Stream.Stream<Responses.ResponsesStreamEvent, StreamError, Responses.Responses>
    >()
    expectTypeOf<ReturnType<typeof Responses.events>>().toEqualTypeOf<
      Stream.Stream<FriendliClient.SseEvent, StreamError, Responses.Responses>
    >()
    expectTypeOf<ReturnType<typeof Chat.events>>().toEqualTypeOf<
      Stream.Stream<FriendliClient.SseEvent, StreamError, Chat.Chat>
    >()
    expectTypeOf<ReturnType<typeof Completions.events>>().toEqualTypeOf<
      Stream.Stream<FriendliClient.SseEvent, StreamError, Completions.Completions>
    >()
    expectTypeOf<ReturnType<typeof Messages.events>>().toEqualTypeOf<
      Stream.Stream<FriendliClient.SseEvent, StreamError, Messages.Messages>
    >()
    expectTypeOf(ChatRender.render).toEqualTypeOf<
      (
        request: ChatRender.ChatRenderRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<ChatRender.ChatRendered, Error, ChatRender.ChatRender>
    >()
    expectTypeOf(Embeddings.create).toEqualTypeOf<
      (
        request: Embeddings.EmbeddingsRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Embeddings.EmbeddingList, Error, Embeddings.Embeddings>
    >()
    expectTypeOf(Embeddings.vector).returns.toEqualTypeOf<
      Either.Either<Float32Array, Embeddings.MalformedEmbeddingError>
    >()
    expectTypeOf(Classification.classify).toEqualTypeOf<
      (
        request: Classification.ClassificationRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Classification.ClassificationList, Error, Classification.Classification>
    >()
    expectTypeOf(Images.generate).toEqualTypeOf<
      (
        request: Images.GenerateImageRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Images.ImageResult, Error, Images.Images>
    >()
    expectTypeOf(Images.edit).toEqualTypeOf<
      (
        request: Images.EditImageRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Images.ImageResult, Error, Images.Images>
    >()
    expectTypeOf(Audio.transcribe).toEqualTypeOf<
      (
        request: Audio.TranscriptionRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Audio.Transcription, Error, Audio.Audio>
    >()
    expectTypeOf(Audio.stream).toEqualTypeOf<
      (
        request: Audio.TranscriptionRequest,
        options?: RequestOptions.RequestOptions
      ) => Stream.Stream<Audio.TranscriptEvent, StreamError, Audio.Audio>
    >()
    expectTypeOf<ReturnType<typeof Audio.events>>().toEqualTypeOf<
      Stream.Stream<FriendliClient.SseEvent, StreamError, Audio.Audio>
    >()
    expectTypeOf(Endpoints.create).toEqualTypeOf<
      (
        request: Endpoints.EndpointCreateRequest,
        options?: RequestOptions.RequestOptions
      ) => Effect.Effect<Endpoints.EndpointStatus, Error, Endpoints.Endpoints>
    >()
    expectTypeOf(Endpoints.delete).toEqualTypeOf<
      (id: string, options?: RequestOptions.RequestOptions) => Effect.Effect<void, Error, Endpoints.Endpoints>
    >()
    expectTypeOf(Endpoints.all).returns.toEqualTypeOf<
      Stream.Stream<Endpoints.EndpointEntry, Error, Endpoints.Endpoints>
    >()
    expectTypeOf(Endpoints.allVersions).returns.toEqualTypeOf<
      Stream.Stream<Endpoints.EndpointVersion, Error, Endpoints.Endpoints>
    >()
    expectTypeOf(Endpoints.watch).returns.toEqualTypeOf<
      Stream.Stream<Endpoints.EndpointStatus, Error | Endpoints.EndpointWaitError, Endpoints.Endpoints>
    >()
    expectTypeOf(Endpoints.waitUntil).returns.toEqualTypeOf<
      Effect.Effect<Endpoints.EndpointStatus, Error | Endpoints.EndpointWaitError, Endpoints.Endpoints>
    >()
    expectTypeOf(Endpoints.ready).returns.toEqualTypeOf<
      Effect.Effect<Endpoints.EndpointStatus, Error | Endpoints.EndpointWaitError, Endpoints.Endpoints>
    >()
    expectTypeOf(Endpoints.waitUntil).parameter(1).extract<"RUNNING">().toEqualTypeOf<"RUNNING">()
    expectTypeOf(Upload.fromPath).returns.toEqualTypeOf<
      Effect.Effect<Upload.Upload, PlatformError.PlatformError, FileSystem.FileSystem>
    >()
  })

  it("forEach has the errors and the requirements of its callback, and no others", () => {
    const plain = Chat.forEach({ messages: [] as never }, () => {})
    expectTypeOf(plain).toEqualTypeOf<Effect.Effect<void, FriendliError.FriendliStreamError, Chat.Chat>>()
    const effectful = Chat.forEach({ messages: [] as never }, (chunk) => {
      expectTypeOf(chunk).toEqualTypeOf<Chat.ChatChunk>()
      return {} as Effect.Effect<number, "no", HttpClient>
    })
    expectTypeOf(effectful).toEqualTypeOf<
      Effect.Effect<void, FriendliError.FriendliStreamError | "no", Chat.Chat | HttpClient>
    >()
  })

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
    expectTypeOf<ReturnType<typeof Messages.createWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Messages.MessagesResponse>, Error, Messages.Messages>
    >()
    expectTypeOf<ReturnType<typeof Messages.streamWithResponse>>().toEqualTypeOf<
      Effect.Effect<
        Answer<Stream.Stream<Messages.MessagesStreamEvent, StreamError>>,
        StreamError,
        Messages.Messages | Scope.Scope
      >
    >()
    expectTypeOf<ReturnType<typeof Responses.createWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Responses.ResponsesResponse>, Error, Responses.Responses>
    >()
    expectTypeOf<ReturnType<typeof Responses.streamWithResponse>>().toEqualTypeOf<
      Effect.Effect<
        Answer<Stream.Stream<Responses.ResponsesStreamEvent, StreamError>>,
        StreamError,
        Responses.Responses | Scope.Scope
      >
    >()
    expectTypeOf<ReturnType<typeof ChatRender.renderWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<ChatRender.ChatRendered>, Error, ChatRender.ChatRender>
    >()
    expectTypeOf<ReturnType<typeof Embeddings.createWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Embeddings.EmbeddingList>, Error, Embeddings.Embeddings>
    >()
    expectTypeOf<ReturnType<typeof Classification.classifyWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Classification.ClassificationList>, Error, Classification.Classification>
    >()
    expectTypeOf<ReturnType<typeof Images.generateWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Images.ImageResult>, Error, Images.Images>
    >()
    expectTypeOf<ReturnType<typeof Images.editWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Images.ImageResult>, Error, Images.Images>
    >()
    expectTypeOf<ReturnType<typeof Endpoints.statusWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Endpoints.EndpointStatus>, Error, Endpoints.Endpoints>
    >()
    expectTypeOf<ReturnType<typeof Endpoints.deleteWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<unknown>, Error, Endpoints.Endpoints>
    >()
    expectTypeOf<ReturnType<typeof Audio.transcribeWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Audio.Transcription>, Error, Audio.Audio>
    >()
    expectTypeOf<ReturnType<typeof Audio.streamWithResponse>>().toEqualTypeOf<
      Effect.Effect<Answer<Stream.Stream<Audio.TranscriptEvent, StreamError>>, StreamError, Audio.Audio | Scope.Scope>
    >()
  })

  it("are made of a client", () => {
    expectTypeOf(Chat.make).toEqualTypeOf<Effect.Effect<Chat.Chat.Service, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Chat.layer).toEqualTypeOf<Layer.Layer<Chat.Chat, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Completions.layer).toEqualTypeOf<
      Layer.Layer<Completions.Completions, never, FriendliClient.FriendliClient>
    >()
    expectTypeOf(Tokens.layer).toEqualTypeOf<Layer.Layer<Tokens.Tokens, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Messages.layer).toEqualTypeOf<Layer.Layer<Messages.Messages, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Responses.layer).toEqualTypeOf<
      Layer.Layer<Responses.Responses, never, FriendliClient.FriendliClient>
    >()
    expectTypeOf(ChatRender.layer).toEqualTypeOf<
      Layer.Layer<ChatRender.ChatRender, never, FriendliClient.FriendliClient>
    >()
    expectTypeOf(Embeddings.layer).toEqualTypeOf<
      Layer.Layer<Embeddings.Embeddings, never, FriendliClient.FriendliClient>
    >()
    expectTypeOf(Classification.layer).toEqualTypeOf<
      Layer.Layer<Classification.Classification, never, FriendliClient.FriendliClient>
    >()
    expectTypeOf(Images.layer).toEqualTypeOf<Layer.Layer<Images.Images, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Audio.layer).toEqualTypeOf<Layer.Layer<Audio.Audio, never, FriendliClient.FriendliClient>>()
    expectTypeOf(Endpoints.layer).toEqualTypeOf<
      Layer.Layer<Endpoints.Endpoints, never, FriendliClient.FriendliClient>
    >()
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
    expectTypeOf(Messages.createOperation).toEqualTypeOf<
      Operation.Unary<Messages.MessagesRequest, Messages.MessagesResponse>
    >()
    expectTypeOf(Messages.streamOperation).toEqualTypeOf<
      Operation.Streaming<Messages.MessagesRequest, Messages.MessagesStreamEvent>
    >()
    expectTypeOf(Responses.createOperation).toEqualTypeOf<
      Operation.Unary<Responses.ResponsesRequest, Responses.ResponsesResponse>
    >()
    expectTypeOf(Responses.streamOperation).toEqualTypeOf<
      Operation.Streaming<Responses.ResponsesRequest, Responses.ResponsesStreamEvent>
    >()
    expectTypeOf(ChatRender.renderOperation).toEqualTypeOf<
      Operation.Unary<ChatRender.ChatRenderRequest, ChatRender.ChatRendered>
    >()
    expectTypeOf(Embeddings.createOperation).toEqualTypeOf<
      Operation.Unary<Embeddings.EmbeddingsRequest, Embeddings.EmbeddingList>
    >()
    expectTypeOf(Classification.classifyOperation).toEqualTypeOf<
      Operation.Unary<Classification.ClassificationRequest, Classification.ClassificationList>
    >()
    expectTypeOf(Images.generateOperation).toEqualTypeOf<
      Operation.Unary<Images.GenerateImageRequest, Images.DedicatedImages>
    >()
    expectTypeOf(Images.generateContainerOperation).toEqualTypeOf<
      Operation.Unary<Images.ContainerGenerateImageRequest, Images.ContainerImage>
    >()
    expectTypeOf(Images.editOperation).toEqualTypeOf<Operation.Unary<Images.EditImageRequest, Images.DedicatedImages>>()
    expectTypeOf(Images.editContainerOperation).toEqualTypeOf<
      Operation.Unary<Images.ContainerEditImageRequest, Images.ContainerImage>
    >()
    expectTypeOf(Audio.transcribeOperation).toEqualTypeOf<
      Operation.Unary<Audio.TranscriptionRequest, Audio.Transcription>
    >()
    expectTypeOf(Audio.streamOperation).toEqualTypeOf<
      Operation.Streaming<Audio.TranscriptionRequest, Audio.TranscriptEvent>
    >()
  })

  it("have services whose members need nothing", () => {
    expectTypeOf<Chat.Chat.Service["complete"]>().returns.toEqualTypeOf<Effect.Effect<Chat.ChatCompletion, Error>>()
    expectTypeOf<Chat.Chat.Service["stream"]>().returns.toEqualTypeOf<Stream.Stream<Chat.ChatChunk, StreamError>>()
  })
})

declare const chatChunks: Stream.Stream<Chat.ChatChunk, "e", "r">
declare const completionChunks: Stream.Stream<Completions.CompletionChunk, "e", "r">
declare const messageEvents: Stream.Stream<Messages.MessagesStreamEvent, "e", "r">
declare const responseEvents: Stream.Stream<Responses.ResponsesStreamEvent, "e", "r">
declare const transcriptEvents: Stream.Stream<Audio.TranscriptEvent, "e", "r">
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

  it("of messages and transcripts too", () => {
    expectTypeOf(MessageStream.text(messageEvents)).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(MessageStream.thinking(messageEvents)).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(MessageStream.decoded(messageEvents)).toEqualTypeOf<Stream.Stream<Messages.MessagesEvent, "e", "r">>()
    expectTypeOf(MessageStream.fold(messageEvents)).toEqualTypeOf<Effect.Effect<MessageStream.Message, "e", "r">>()
    expectTypeOf(MessageStream.toolUses(messageEvents)).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<MessageStream.ToolUse>, "e", "r">
    >()
    expectTypeOf(MessageStream.partial(streamError)).toEqualTypeOf<Option.Option<MessageStream.Message>>()
    expectTypeOf(TranscriptStream.text(transcriptEvents)).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(TranscriptStream.fold(transcriptEvents)).toEqualTypeOf<
      Effect.Effect<TranscriptStream.Answer, "e", "r">
    >()
    expectTypeOf(TranscriptStream.partial(streamError)).toEqualTypeOf<Option.Option<TranscriptStream.Answer>>()
    expectTypeOf(TranscriptStream.toSse(transcriptEvents)).toEqualTypeOf<Stream.Stream<Uint8Array, never, "r">>()
    expectTypeOf(TranscriptStream.toReadableStream(transcriptEvents)).toEqualTypeOf<
      Effect.Effect<ReadableStream<Uint8Array>, never, "r">
    >()
  })

  it("of responses too", () => {
    expectTypeOf(ResponseStream.text(responseEvents)).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(ResponseStream.reasoning(responseEvents)).toEqualTypeOf<Stream.Stream<string, "e", "r">>()
    expectTypeOf(ResponseStream.decoded(responseEvents)).toEqualTypeOf<
      Stream.Stream<Responses.ResponsesEvent, "e", "r">
    >()
    expectTypeOf(ResponseStream.fold(responseEvents)).toEqualTypeOf<Effect.Effect<ResponseStream.Response, "e", "r">>()
    expectTypeOf(ResponseStream.partial(streamError)).toEqualTypeOf<Option.Option<ResponseStream.Response>>()
    // a folded response goes where a whole one does
    expectTypeOf<ResponseStream.Response>().toExtend<Responses.ResponsesResponse>()
    expectTypeOf(Responses.toInput).returns.toEqualTypeOf<ReadonlyArray<Responses.ResponsesInputItem>>()
    expectTypeOf(Responses.toInput).parameter(0).toExtend<Pick<Responses.ResponsesResponse, "output">>()
  })

  it("tell the items, the parts and the events of responses apart by their types", () => {
    const item = (item: Responses.ResponsesOutputItem) => {
      if (item.type === "message") {
        const [part] = item.content
        if (part?.type === "output_text") expectTypeOf(part.text).toEqualTypeOf<string>()
      } else if (item.type === "function_call") expectTypeOf(item.arguments).toEqualTypeOf<string>()
      else if (item.type === "custom_tool_call") expectTypeOf(item.input).toEqualTypeOf<string>()
      else if (item.type !== "reasoning") expectTypeOf<keyof typeof item>().toEqualTypeOf<"type">()
    }
    expectTypeOf(item).returns.toEqualTypeOf<void>()
    const event = (event: Responses.ResponsesEvent) => {
      if (event.type === "response.output_text.delta") expectTypeOf(event.delta).toEqualTypeOf<string>()
      if (event.type === "response.function_call_arguments.done") expectTypeOf(event.arguments).toEqualTypeOf<string>()
      if (event.type === "response.completed") {
        expectTypeOf(event.response?.output?.[0]).toEqualTypeOf<Responses.ResponsesOutputItem | undefined>()
      }
    }
    expectTypeOf(event).returns.toEqualTypeOf<void>()
    const input: Responses.ResponsesRequest = {
      // @ts-expect-error a role that does not exist
      input: [{ role: "wizard", content: "a" }]
    }
    // @ts-expect-error the function that is called decides
    Responses.create({ ...input, stream: true })
    // @ts-expect-error an input is due
    Responses.create({ instructions: "a" })
    // @ts-expect-error the parts of chat have other types
    Responses.create({ input: [{ role: "user", content: [{ type: "text", text: "a" }] }] })
  })

  it("take the chunks of their own kind", () => {
    // @ts-expect-error the events of a message are of other types
    ResponseStream.text(chatChunks)

    // @ts-expect-error a transcript has no blocks
    MessageStream.text(transcriptEvents)
    // @ts-expect-error the events of a message are another shape
    TranscriptStream.text(messageEvents)
    // @ts-expect-error completion chunks have no delta
    ChatStream.text(completionChunks)
    // @ts-expect-error chat chunks have no text
    CompletionStream.text(chatChunks)
  })
})

const tools = {
  weather: Schema.Struct({ city: Schema.String, at: Schema.Date }),
  add: Schema.Tuple(Schema.Number, Schema.NumberFromString)
}

describe("partial JSON", () => {
  it("may lack members at any depth, but each value has the type that it says", () => {
    type Name = string & { readonly brand: "Name" }
    interface Order {
      readonly id: Name
      readonly lines: ReadonlyArray<{ readonly sku: string; readonly by: Date }>
      readonly pair: readonly [number, { readonly x: number }]
      readonly note: Option.Option<{ readonly text: string }>
      readonly more?: Readonly<Record<string, number>>
      readonly other: unknown
    }
    expectTypeOf<PartialJson.DeepPartial<Order>>().toEqualTypeOf<{
      readonly id?: Name
      readonly lines?: ReadonlyArray<{ readonly sku?: string; readonly by?: Date }>
      readonly pair?: readonly [number?, { readonly x?: number }?]
      readonly note?: Option.Option<{ readonly text: string }>
      readonly more?: { readonly [x: string]: number | undefined }
      readonly other?: unknown
    }>()
    expectTypeOf<PartialJson.DeepPartial<string | null>>().toEqualTypeOf<string | null>()
    expectTypeOf<PartialJson.DeepPartial<unknown>>().toEqualTypeOf<unknown>()
  })

  it("keeps the error and the requirements of the stream", () => {
    const text = ChatStream.text(chatChunks)
    type Readings = Stream.Stream<PartialJson.Reading<{ readonly city: string; readonly at: Date }>, "e", "r">
    expectTypeOf(PartialJson.decode(text, tools.weather)).toEqualTypeOf<Readings>()
    expectTypeOf(text.pipe(PartialJson.decode(tools.weather))).toEqualTypeOf<Readings>()
    // @ts-expect-error a schema that needs services can not be asked
    PartialJson.decode(text, Schema.String as Schema.Schema<string, string, "service">)
  })

  it("tells tools apart by their names", () => {
    type Calls = Stream.Stream<PartialJson.ToolCall<typeof tools>, "e", "r">
    expectTypeOf(ChatStream.partialToolCalls(chatChunks, tools)).toEqualTypeOf<Calls>()
    expectTypeOf(chatChunks.pipe(ChatStream.partialToolCalls(tools, { choice: 1 }))).toEqualTypeOf<Calls>()
    expectTypeOf(MessageStream.partialToolUses(messageEvents, tools)).toEqualTypeOf<Calls>()
    expectTypeOf(ResponseStream.partialToolCalls(responseEvents, tools)).toEqualTypeOf<Calls>()
    expectTypeOf(responseEvents.pipe(ResponseStream.partialToolCalls(tools))).toEqualTypeOf<Calls>()
    const value = (call: PartialJson.ToolCall<typeof tools>) => {
      if (call.reading._tag !== "Complete") return call.reading._tag
      if (call.name === "weather") {
        expectTypeOf(call.reading.value).toEqualTypeOf<{ readonly city: string; readonly at: Date }>()
      } else if (call.name === "add") {
        expectTypeOf(call.reading.value).toEqualTypeOf<readonly [number, number]>()
      } else {
        // a tool that there is not
        expectTypeOf(call.unknownName).toEqualTypeOf<string>()
      }
      return call.name
    }
    expectTypeOf(value).returns.toEqualTypeOf<"weather" | "add" | "Growing" | "Invalid" | undefined>()
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
    expectTypeOf(Retry.defaultPolicy).toEqualTypeOf<Retry.Policy>()
    expectTypeOf(Retry.backoff()).toEqualTypeOf<Retry.Policy>()
    expectTypeOf(Retry.coldStart("1 minute")).toEqualTypeOf<Retry.Policy>()
    expectTypeOf(Schedule.recurs(3)).toExtend<Retry.Policy>()
    expectTypeOf(Retry.defaultPolicy.pipe(Schedule.andThen(Retry.coldStart("1 minute")))).toExtend<Retry.Policy>()
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
    expectTypeOf<FriendliError.RequestTimeoutError["kind"]>().toEqualTypeOf<"headers" | "idle" | "total">()
    expectTypeOf<FriendliError.StreamTruncatedError["received"]>().toEqualTypeOf<FriendliError.Received>()
    expectTypeOf(FriendliError.isFriendliError).guards.toEqualTypeOf<StreamError>()
    expectTypeOf<Schema.Schema.Type<typeof FriendliError.FriendliStreamError>>().toEqualTypeOf<StreamError>()
    expectTypeOf<Schema.Schema.Context<typeof FriendliError.FriendliStreamError>>().toEqualTypeOf<never>()
  })
})

describe("requests", () => {
  it("reject what is invalid", () => {
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
    // leaves a default header out
    Inference.tokenization({ prompt: "a" }, { headers: { "user-agent": undefined } })
    Friendli.withHeaders({ "user-agent": undefined })
    expectTypeOf<RequestOptions.RequestOptions>().toExtend<Partial<RequestOptions.RequestOptions>>()
    expectTypeOf(RequestOptions.merge({ team: "a" }, undefined)).toEqualTypeOf<RequestOptions.RequestOptions>()
    expectTypeOf<
      Context.Tag.Service<typeof RequestOptions.CurrentRequestOptions>
    >().toEqualTypeOf<RequestOptions.RequestOptions>()
  })
})

describe("custom operations", () => {
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
    expectTypeOf(events).returns.toEqualTypeOf<Stream.Stream<FriendliClient.SseEvent, StreamError>>()
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
