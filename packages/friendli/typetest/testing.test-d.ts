/**
 * Every export of the test kit: what it gives, how it fails, what it needs.
 */
import type { PlatformError } from "@effect/platform/Error"
import type { FileSystem } from "@effect/platform/FileSystem"
import type { HttpClient } from "@effect/platform/HttpClient"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Ref from "effect/Ref"
import type * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import * as Chat from "../src/Chat.js"
import type { FriendliStreamError } from "../src/errors/FriendliError.js"
import type * as Messages from "../src/Messages.js"
import type * as Responses from "../src/Responses.js"
import type { Transcription, TranscriptEvent } from "../src/schema/Audio.js"
import type { ChatChunk } from "../src/schema/ChatChunk.js"
import type { ChatCompletion } from "../src/schema/ChatCompletion.js"
import type { ClassificationList } from "../src/schema/Classification.js"
import type { Completion } from "../src/schema/Completion.js"
import type { CompletionChunk } from "../src/schema/CompletionChunk.js"
import type { EmbeddingList } from "../src/schema/Embeddings.js"
import type { DedicatedImages } from "../src/schema/Images.js"
import type { MessagesEvent } from "../src/schema/MessagesEvent.js"
import type { MessagesResponse } from "../src/schema/MessagesResponse.js"
import type { ToolCall } from "../src/schema/Tool.js"
import type { Usage } from "../src/schema/Usage.js"
import * as Serverless from "../src/Serverless.js"
import type * as Testing from "../src/testing/index.js"
import { Cassette, Contract, Failures, MockHttpClient, Reply, TestModel, Wire } from "../src/testing/index.js"

describe("the index", () => {
  it("has these exports; each has its test below", () => {
    expectTypeOf<keyof typeof Testing>().toEqualTypeOf<
      "Cassette" | "Contract" | "Failures" | "MockHttpClient" | "Reply" | "TestModel" | "Wire"
    >()
    expectTypeOf<keyof typeof Cassette>().toEqualTypeOf<
      | "CassetteMismatch"
      | "CassetteUnreadable"
      | "Replay"
      | "Tape"
      | "empty"
      | "format"
      | "mismatches"
      | "parse"
      | "record"
      | "replay"
      | "unused"
    >()
    expectTypeOf<keyof typeof Contract>().toEqualTypeOf<"ContractBroken" | "check" | "verify">()
    expectTypeOf<keyof typeof Failures>().toEqualTypeOf<
      | "authentication"
      | "connection"
      | "invalidRequest"
      | "notFound"
      | "of"
      | "overloaded"
      | "permissionDenied"
      | "rateLimit"
      | "requestTimeout"
      | "responseDecode"
      | "server"
      | "streamTruncated"
      | "unexpectedStatus"
    >()
    expectTypeOf<keyof typeof MockHttpClient>().toEqualTypeOf<
      | "MockHttpClient"
      | "RequestMismatch"
      | "ScriptExhausted"
      | "bodies"
      | "closed"
      | "expectRequest"
      | "expectRequests"
      | "lastRequest"
      | "layer"
      | "make"
      | "open"
      | "remaining"
      | "requests"
      | "states"
      | "whenClosed"
    >()
    expectTypeOf<keyof typeof Reply>().toEqualTypeOf<
      "event" | "json" | "never" | "refused" | "slowHeaders" | "sse" | "status" | "text"
    >()
    expectTypeOf<keyof typeof TestModel>().toEqualTypeOf<"TestModel" | "remaining" | "requests" | "script">()
    expectTypeOf<keyof typeof Wire>().toEqualTypeOf<
      | "addedSamples"
      | "chatChunk"
      | "chatChunks"
      | "chatCompletion"
      | "classifications"
      | "completion"
      | "completionChunks"
      | "costs"
      | "dataset"
      | "datasets"
      | "embeddings"
      | "endpointSpec"
      | "endpointStatus"
      | "endpoints"
      | "file"
      | "images"
      | "knowledge"
      | "message"
      | "messageEvents"
      | "models"
      | "response"
      | "responseEvents"
      | "samples"
      | "split"
      | "splits"
      | "toolAssistedEvents"
      | "toolCall"
      | "transcriptEvents"
      | "transcription"
      | "usage"
      | "usages"
    >()
  })
})

describe("MockHttpClient", () => {
  type Mock = MockHttpClient.MockHttpClient
  type Accessor<A, E = never> = Effect.Effect<A, E, Mock>

  it("gives a client, and itself to ask", () => {
    expectTypeOf(MockHttpClient.layer([])).toEqualTypeOf<Layer.Layer<HttpClient | Mock, never, never>>()
    expectTypeOf(MockHttpClient.layer(() => Reply.never)).toEqualTypeOf(MockHttpClient.layer([]))
    expectTypeOf(MockHttpClient.layer).parameters.toEqualTypeOf<[MockHttpClient.Script]>()
    expectTypeOf(MockHttpClient.make([])).toEqualTypeOf<
      Effect.Effect<
        { readonly client: HttpClient; readonly service: MockHttpClient.MockHttpClient.Service },
        never,
        never
      >
    >()
    expectTypeOf(MockHttpClient.requests).toEqualTypeOf<Accessor<ReadonlyArray<MockHttpClient.RecordedRequest>>>()
    expectTypeOf(MockHttpClient.lastRequest).toEqualTypeOf<
      Accessor<MockHttpClient.RecordedRequest, MockHttpClient.RequestMismatch>
    >()
    expectTypeOf(MockHttpClient.states).toEqualTypeOf<Accessor<ReadonlyArray<MockHttpClient.State>>>()
    expectTypeOf(MockHttpClient.closed).toEqualTypeOf<Accessor<ReadonlyArray<boolean>>>()
    expectTypeOf(MockHttpClient.open).toEqualTypeOf<Accessor<number>>()
    expectTypeOf(MockHttpClient.remaining).toEqualTypeOf<Accessor<number>>()
    expectTypeOf(MockHttpClient.whenClosed).toEqualTypeOf<Accessor<void>>()
    expectTypeOf(MockHttpClient.bodies).toEqualTypeOf<Accessor<ReadonlyArray<unknown>>>()
    expectTypeOf<
      Effect.Effect.Success<typeof MockHttpClient.MockHttpClient>
    >().toEqualTypeOf<MockHttpClient.MockHttpClient.Service>()
  })

  it("checks what was sent, and fails typed", () => {
    expectTypeOf(MockHttpClient.expectRequest({ path: "/a" }, { index: 0 })).toEqualTypeOf<
      Accessor<MockHttpClient.RecordedRequest, MockHttpClient.RequestMismatch>
    >()
    expectTypeOf(MockHttpClient.expectRequests([{ json: {} }])).toEqualTypeOf<
      Accessor<ReadonlyArray<MockHttpClient.RecordedRequest>, MockHttpClient.RequestMismatch>
    >()
    // @ts-expect-error a field that is no expectation
    MockHttpClient.expectRequest({ header: {} })
    expectTypeOf<MockHttpClient.Expected["json"]>().toEqualTypeOf<unknown>()
    expectTypeOf<MockHttpClient.Expected["form"]>().toEqualTypeOf<Readonly<Record<string, unknown>> | undefined>()
    expectTypeOf<MockHttpClient.ExpectedFile["content"]>().toEqualTypeOf<string | Uint8Array | undefined>()
  })

  it("tells requests and failures as plain data", () => {
    expectTypeOf<MockHttpClient.RecordedRequest>().toEqualTypeOf<{
      readonly at: number
      readonly method: string
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly authorization: Redacted.Redacted | undefined
      readonly body: string
      readonly json: unknown
      readonly form: ReadonlyArray<MockHttpClient.FormPart> | undefined
      readonly bytes: Uint8Array<ArrayBuffer>
    }>()
    expectTypeOf<MockHttpClient.FormPart["_tag"]>().toEqualTypeOf<"Field" | "File">()
    expectTypeOf<MockHttpClient.State>().toEqualTypeOf<
      "waiting" | "open" | "read" | "cancelled" | "aborted" | "reset" | "refused"
    >()
    expectTypeOf<MockHttpClient.RequestMismatch["_tag"]>().toEqualTypeOf<"RequestMismatch">()
    expectTypeOf<MockHttpClient.RequestMismatch["differences"]>().toEqualTypeOf<
      ReadonlyArray<MockHttpClient.Difference>
    >()
    expectTypeOf<MockHttpClient.Difference>().toEqualTypeOf<{
      readonly path: string
      readonly expected: string
      readonly actual: string
    }>()
    expectTypeOf<MockHttpClient.ScriptExhausted["_tag"]>().toEqualTypeOf<"ScriptExhausted">()
    expectTypeOf<MockHttpClient.ScriptExhausted["message"]>().toEqualTypeOf<string>()
  })

  it("leaves nothing open under a deployment", () => {
    const layer = Serverless.layer({ token: "flp" }).pipe(Layer.provideMerge(MockHttpClient.layer([])))
    expectTypeOf<Layer.Layer.Context<typeof layer>>().toEqualTypeOf<never>()
  })
})

describe("TestModel", () => {
  it("gives the capabilities that ask a model, and itself to ask", () => {
    expectTypeOf(TestModel.script([])).toEqualTypeOf<
      Layer.Layer<
        Chat.Chat | Messages.Messages | Responses.Responses | TestModel.TestModel | MockHttpClient.MockHttpClient
      >
    >()
    expectTypeOf(TestModel.script).parameters.toEqualTypeOf<[ReadonlyArray<TestModel.Step>]>()
    expectTypeOf(TestModel.requests).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<TestModel.RecordedRequest>, never, TestModel.TestModel>
    >()
    expectTypeOf(TestModel.remaining).toEqualTypeOf<Effect.Effect<number, never, TestModel.TestModel>>()
  })
})

describe("Reply", () => {
  it("is a value", () => {
    expectTypeOf(Reply.json({})).toEqualTypeOf<Reply.BodyReply>()
    expectTypeOf(Reply.text(new Uint8Array())).toEqualTypeOf<Reply.BodyReply>()
    expectTypeOf(Reply.status(429, { body: {}, retryAfter: 1 })).toEqualTypeOf<Reply.BodyReply>()
    expectTypeOf(
      Reply.sse([], { cuts: "bytes", delay: "1 second", ending: "reset", done: false, named: true })
    ).toEqualTypeOf<Reply.BodyReply>()
    expectTypeOf(Reply.event("ping", {})).toEqualTypeOf<string>()
    expectTypeOf(Reply.refused()).toEqualTypeOf<Reply.Reply>()
    expectTypeOf(Reply.never).toEqualTypeOf<Reply.Reply>()
    expectTypeOf(Reply.slowHeaders("1 second", Reply.never)).toEqualTypeOf<Reply.Reply>()
    expectTypeOf<Reply.BodyReply>().toExtend<Reply.Reply>()
    expectTypeOf<Reply.Reply["_tag"]>().toEqualTypeOf<"BodyReply" | "Refused" | "SlowHeaders" | "Never">()
    expectTypeOf<Reply.BodyReply["chunks"]>().toEqualTypeOf<ReadonlyArray<Reply.BodyChunk>>()
    expectTypeOf<Reply.BodyChunk["delay"]>().toEqualTypeOf<Duration.Duration>()
    expectTypeOf<Reply.BodyChunk["bytes"]>().toEqualTypeOf<Uint8Array<ArrayBuffer>>()
    // @ts-expect-error an ending that does not exist
    Reply.sse([], { ending: "explode" })
    // @ts-expect-error a cut that does not exist
    Reply.text("", { cuts: "words" })
    // @ts-expect-error a number is due
    Reply.status("429")
  })
})

describe("Failures", () => {
  it("are replies", () => {
    expectTypeOf<ReturnType<(typeof Failures)[keyof typeof Failures]>>().toEqualTypeOf<Reply.Reply>()
    expectTypeOf(Failures.of).parameters.toEqualTypeOf<[FriendliStreamError["_tag"]]>()
    type First<K extends keyof typeof Failures> = Parameters<(typeof Failures)[K]>[0]
    expectTypeOf<
      First<"authentication" | "permissionDenied" | "notFound" | "rateLimit" | "overloaded">
    >().toEqualTypeOf<Failures.StatusOptions | undefined>()
    expectTypeOf<NonNullable<First<"server">>["status"]>().toEqualTypeOf<number | undefined>()
    expectTypeOf<NonNullable<First<"unexpectedStatus">>["status"]>().toEqualTypeOf<number | undefined>()
    expectTypeOf<NonNullable<First<"invalidRequest">>["path"]>().toEqualTypeOf<
      ReadonlyArray<string | number> | undefined
    >()
    expectTypeOf<NonNullable<First<"connection">>["phase"]>().toEqualTypeOf<"connect" | "body" | undefined>()
    expectTypeOf<NonNullable<First<"requestTimeout">>["kind"]>().toEqualTypeOf<"headers" | "idle" | undefined>()
    expectTypeOf<NonNullable<First<"responseDecode">>["body"]>().toEqualTypeOf<unknown>()
    expectTypeOf<First<"streamTruncated">>().toEqualTypeOf<ReadonlyArray<unknown> | undefined>()
    expectTypeOf<Failures.Options["events"]>().toEqualTypeOf<ReadonlyArray<unknown> | undefined>()
    // @ts-expect-error a tag that does not exist
    Failures.of("TeapotError")
  })
})

describe("Wire", () => {
  it("has the types of the wire", () => {
    expectTypeOf(Wire.usage).returns.toEqualTypeOf<Usage>()
    expectTypeOf(Wire.toolCall).returns.toEqualTypeOf<ToolCall>()
    expectTypeOf(Wire.chatCompletion).returns.toEqualTypeOf<ChatCompletion>()
    expectTypeOf(Wire.chatChunk).returns.toEqualTypeOf<ChatChunk>()
    expectTypeOf(Wire.chatChunks).returns.toEqualTypeOf<ReadonlyArray<ChatChunk>>()
    expectTypeOf(Wire.completion).returns.toEqualTypeOf<Completion>()
    expectTypeOf(Wire.completionChunks).returns.toEqualTypeOf<ReadonlyArray<CompletionChunk>>()
    expectTypeOf(Wire.message).returns.toEqualTypeOf<MessagesResponse>()
    expectTypeOf(Wire.messageEvents).returns.toEqualTypeOf<ReadonlyArray<MessagesEvent>>()
    expectTypeOf(Wire.transcription).returns.toEqualTypeOf<Transcription>()
    expectTypeOf(Wire.transcriptEvents).returns.toEqualTypeOf<ReadonlyArray<TranscriptEvent>>()
    expectTypeOf(Wire.embeddings).returns.toEqualTypeOf<EmbeddingList>()
    expectTypeOf(Wire.classifications).returns.toEqualTypeOf<ClassificationList>()
    expectTypeOf(Wire.images).returns.toEqualTypeOf<DedicatedImages>()
    expectTypeOf<Wire.ChatOptions>().toExtend<Wire.AnswerOptions>()
    // @ts-expect-error an option that does not exist
    Wire.message("Hi!", { finishReason: "stop" })
  })
})

describe("Cassette", () => {
  const ref = {} as Ref.Ref<Cassette.Tape>
  const tape = {} as Cassette.Tape

  it("records over a client: to a file, which can fail, or to a Ref, which can not", () => {
    expectTypeOf(Cassette.record("a.cassette")).toEqualTypeOf<
      Layer.Layer<HttpClient, PlatformError, HttpClient | FileSystem>
    >()
    expectTypeOf(Cassette.record(ref)).toEqualTypeOf<Layer.Layer<HttpClient, never, HttpClient>>()
    expectTypeOf<NonNullable<Cassette.RecordOptions["secrets"]>[number]>().toEqualTypeOf<string | Redacted.Redacted>()
    expectTypeOf<Cassette.RecordOptions["timing"]>().toEqualTypeOf<boolean | undefined>()
    // @ts-expect-error neither a file nor a Ref
    Cassette.record(tape)
  })

  it("replays without a client", () => {
    expectTypeOf(Cassette.replay("a.cassette", { timing: "recorded" })).toEqualTypeOf<
      Layer.Layer<HttpClient | Cassette.Replay, PlatformError | Cassette.CassetteUnreadable, FileSystem>
    >()
    expectTypeOf(Cassette.replay(tape)).toEqualTypeOf<Layer.Layer<HttpClient | Cassette.Replay, never, never>>()
    expectTypeOf(Cassette.unused).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<Cassette.TapeExchange>, never, Cassette.Replay>
    >()
    expectTypeOf(Cassette.mismatches).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<Cassette.CassetteMismatch>, never, Cassette.Replay>
    >()
    expectTypeOf<Effect.Effect.Success<typeof Cassette.Replay>>().toEqualTypeOf<Cassette.Replay.Service>()
    expectTypeOf<Cassette.ReplayOptions["onMismatch"]>().toEqualTypeOf<"die" | "fail" | undefined>()
    // @ts-expect-error a part of a request that does not exist
    Cassette.replay(tape, { match: ["query"] })
  })

  it("is data, and text", () => {
    expectTypeOf(Cassette.empty).toEqualTypeOf<Cassette.Tape>()
    expectTypeOf(Cassette.Tape).toEqualTypeOf<Schema.Schema<Cassette.Tape, unknown, never>>()
    expectTypeOf(Cassette.format).toEqualTypeOf<(recorded: Cassette.Tape) => string>()
    expectTypeOf(Cassette.parse).toEqualTypeOf<
      (text: string) => Either.Either<Cassette.Tape, Cassette.CassetteUnreadable>
    >()
    expectTypeOf<Cassette.Tape>().toEqualTypeOf<{
      readonly version: 1
      readonly rules: Cassette.Rules
      readonly exchanges: ReadonlyArray<Cassette.TapeExchange>
    }>()
    expectTypeOf<Cassette.Rules[keyof Cassette.Rules]>().toEqualTypeOf<ReadonlyArray<string>>()
    expectTypeOf<Cassette.TapeExchange["request"]>().toEqualTypeOf<Cassette.TapeRequest>()
    expectTypeOf<Cassette.TapeRequest["body"]>().toEqualTypeOf<Cassette.RequestBody | undefined>()
    expectTypeOf<Extract<Cassette.TapeExchange["outcome"], { readonly status: number }>["body"]>().toEqualTypeOf<
      ReadonlyArray<Cassette.Piece>
    >()
    expectTypeOf<Cassette.Piece["after"]>().toEqualTypeOf<number>()
  })

  it("fails with errors that can be distinguished", () => {
    expectTypeOf<Cassette.CassetteUnreadable["_tag"]>().toEqualTypeOf<"CassetteUnreadable">()
    expectTypeOf<Cassette.CassetteUnreadable["reason"]>().toEqualTypeOf<"missing" | "corrupt" | "version">()
    expectTypeOf<Cassette.CassetteMismatch["_tag"]>().toEqualTypeOf<"CassetteMismatch">()
    expectTypeOf<Cassette.CassetteMismatch["request"]>().toEqualTypeOf<Cassette.TapeRequest>()
    expectTypeOf<Cassette.CassetteMismatch["differences"]>().toEqualTypeOf<ReadonlyArray<MockHttpClient.Difference>>()
  })
})

describe("Contract", () => {
  it("needs a client alone, and fails only when it is to verify", () => {
    expectTypeOf(Contract.check()).toEqualTypeOf<Effect.Effect<Contract.Report, never, HttpClient>>()
    expectTypeOf(Contract.verify({ deployment: "container" })).toEqualTypeOf<
      Effect.Effect<Contract.Report, Contract.ContractBroken, HttpClient>
    >()
    expectTypeOf<Contract.Report["findings"]>().toEqualTypeOf<ReadonlyArray<Contract.Finding>>()
    expectTypeOf<Contract.ContractBroken["findings"]>().toEqualTypeOf<ReadonlyArray<Contract.Finding>>()
    expectTypeOf<Contract.ContractBroken["_tag"]>().toEqualTypeOf<"ContractBroken">()
    expectTypeOf<Contract.Finding["_tag"]>().toEqualTypeOf<
      "Undecodable" | "IncompleteStream" | "WrongStatus" | "NoAnswer"
    >()
    expectTypeOf<Contract.Options["deployment"]>().toEqualTypeOf<
      "serverless" | "dedicated" | "container" | "management" | undefined
    >()
    // @ts-expect-error a deployment that does not exist
    Contract.check({ deployment: "edge" })
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
