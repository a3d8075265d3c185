/**
 * What holds for every deployment over every HTTP layer: run over real sockets against the emulator, once a layer.
 *
 * The layers have a file each: importing npm's undici changes how Node's own fetch treats cut bodies.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as CompletionStream from "effect-friendli/CompletionStream"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Friendli from "effect-friendli/Friendli"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Inference from "effect-friendli/Inference"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import type { Fault } from "effect-friendli-emulator/Faults"
import { listen } from "effect-friendli-emulator/NodeServer"
import { channel } from "node:diagnostics_channel"
import { afterAll, beforeEach } from "vitest"
import type { Deployed, Everywhere } from "../support.js"

const model = "meta-llama-3.1-8b-instruct"
const token = "flp_e2e_secret"
const reference = {
  chat: {
    model,
    messages: [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: "Hello!" }
    ],
    max_tokens: 200
  },
  completion: { model, prompt: "Say this is a test!", max_tokens: 200, top_k: 1 },
  text: "What is generative AI?",
  tokens: [128000, 3923, 374, 1803, 1413, 15592, 30]
} as const

const headless = (request: Chat.ChatRequest) =>
  Stream.runDrain(Chat.stream(request).pipe(Friendli.withHeaders({ "User-Agent": undefined })))

/** Waits for something that another process or a finalizer in the background brings about. */
const eventually = (what: string, holds: () => boolean) =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail(`${what} did not come about`))).pipe(
    Effect.retry(Schedule.spaced("20 millis").pipe(Schedule.upTo("8 seconds")))
  )

/** Undici, which is also in Node's `fetch`, publishes here that it sends a request, and that it has read an answer to its end. */
const [sent, read] = [channel("undici:request:create"), channel("undici:request:trailers")]

/**
 * Makes a call, and waits until its connection can be used again: until its answer has been read to its end, and the next turn of the event loop, in
 * which undici sees it.
 */
const untilReusable = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const isRead = yield* Deferred.make<void>()
    const requests = new Set<unknown>()
    const onSent = (message: unknown) => void requests.add((message as { readonly request: unknown }).request)
    const onRead = (message: unknown) => {
      // an answer to an earlier call may end now, too
      if (requests.has((message as { readonly request: unknown }).request)) Deferred.unsafeDone(isRead, Effect.void)
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        sent.subscribe(onSent)
        read.subscribe(onRead)
      }),
      () =>
        Effect.sync(() => {
          sent.unsubscribe(onSent)
          read.unsubscribe(onRead)
        })
    )
    yield* call
    yield* Deferred.await(isRead)
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }).pipe(Effect.scoped)

export const suite = (httpLayer: Layer.Layer<HttpClient.HttpClient>, server: Awaited<ReturnType<typeof listen>>) => {
  const settings = { token, baseUrl: server.url, model, retry: Retry.never }
  const deployments: Readonly<Record<"serverless" | "dedicated" | "container", Deployed>> = {
    serverless: Serverless.layer(settings),
    dedicated: Dedicated.layer(settings),
    container: Container.layer({ ...settings, model: undefined })
  }

  const provide =
    (deployment: keyof typeof deployments) =>
    <A, E>(effect: Effect.Effect<A, E, Everywhere>) =>
      effect.pipe(Effect.provide(deployments[deployment]), Effect.provide(httpLayer))

  const serverless = provide("serverless")

  beforeEach(() => server.reset())
  afterAll(() => server.close())

  const failing = (fault: Fault, options?: { readonly idle?: Duration.DurationInput }) =>
    Effect.suspend(() => {
      server.faults.enqueue(fault)
      return Chat.stream(
        { ...reference.chat, seed: 7, max_tokens: 12 },
        { idleTimeout: options?.idle ?? "10 seconds" }
      ).pipe(ChatStream.fold, Effect.flip)
    }).pipe(serverless)

  describe.each(["serverless", "dedicated", "container"] as const)("%s", (deployment) => {
    const run = provide(deployment)
    const prefix = deployment === "container" ? "/v1" : `/${deployment}/v1`
    const named = deployment === "container" ? { ...reference.chat, model: null } : reference.chat

    it.effect("chat completion: the reference request", () =>
      Effect.gen(function* () {
        const answer = yield* Inference.chatCompletion(named, { team: "team-1" })
        const choice = answer.choices[0]!
        assert.strictEqual(choice.message.role, "assistant")
        assert.isAbove(choice.message.content!.length, 0)
        const usage = answer.usage!
        assert.strictEqual(usage.total_tokens, usage.prompt_tokens! + usage.completion_tokens!)
        assert.isAtMost(usage.completion_tokens!, 200)

        const request = server.requests.at(-1)!
        assert.strictEqual(request.path, `${prefix}/chat/completions`)
        assert.isTrue(request.authorized)
        assert.strictEqual(request.headers["x-friendli-team"], deployment === "container" ? undefined : "team-1")
      }).pipe(run)
    )

    it.effect("chat completion, streamed: gives what the unary call gives, with usage", () =>
      Effect.gen(function* () {
        const request = { ...named, seed: 11 }
        const whole = yield* Inference.chatCompletion(request)
        const streamed = yield* ChatStream.fold(Inference.chatCompletionStream(request))
        assert.strictEqual(streamed.choices[0]!.message.content, whole.choices[0]!.message.content)
        assert.strictEqual(streamed.choices[0]!.finish_reason, whole.choices[0]!.finish_reason)
        assert.deepStrictEqual(streamed.usage, whole.usage)
      }).pipe(run)
    )

    it.effect("completion: the reference request, whole and streamed", () =>
      Effect.gen(function* () {
        const request =
          deployment === "container" ? { ...reference.completion, model: undefined } : reference.completion
        const whole = yield* Inference.completion(request)
        const streamed = yield* CompletionStream.fold(Inference.completionStream(request))
        assert.isAbove(whole.choices[0]!.text.length, 0)
        assert.strictEqual(streamed.choices[0]!.text, whole.choices[0]!.text)
        assert.deepStrictEqual(streamed.choices[0]!.tokens, whole.choices[0]!.tokens)
        assert.strictEqual(server.requests.at(-1)!.path, `${prefix}/completions`)
      }).pipe(run)
    )

    it.effect("completion: tokens for a prompt", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Inference.tokenization({ prompt: reference.completion.prompt })
        const fromText = yield* Inference.completion({ prompt: reference.completion.prompt, top_k: 1, max_tokens: 16 })
        const fromTokens = yield* Inference.completion({ tokens, top_k: 1, max_tokens: 16 })
        assert.strictEqual(fromTokens.choices[0]!.text, fromText.choices[0]!.text)
      }).pipe(run)
    )

    it.effect("tokenization and detokenization: the reference ids, there and back", () =>
      Effect.gen(function* () {
        const { tokens } = yield* Inference.tokenization({ prompt: reference.text })
        assert.deepStrictEqual(tokens, reference.tokens)
        const { text } = yield* Inference.detokenization({ tokens })
        assert.strictEqual(text, reference.text)
      }).pipe(run)
    )

    it.effect.each<[string, Partial<Chat.ChatRequest>]>([
      ...(["minimal", "low", "medium", "high", "xhigh", "max", "ultracode"] as const).map(
        (reasoning_effort): [string, Partial<Chat.ChatRequest>] => [reasoning_effort, { reasoning_effort }]
      ),
      ["a budget of 0", { reasoning_budget: 0, chat_template_kwargs: { enable_thinking: false } }],
      ["no budget", { reasoning_budget: -1 }],
      ["a developer", { messages: [{ role: "developer", content: "Be brief." }, ...reference.chat.messages] }],
      [
        "a named format",
        { response_format: { type: "json_schema", json_schema: { schema: { type: "object" }, name: "answer" } } }
      ]
    ])("chat takes %s, whole and streamed, and sends it as it is", ([, fields]) =>
      Effect.gen(function* () {
        const request = { ...named, seed: 5, max_tokens: 6, parse_reasoning: true, ...fields }
        const whole = yield* Chat.complete(request)
        assert.deepInclude(server.requests.at(-1)!.body, JSON.parse(JSON.stringify(fields)))
        const streamed = yield* ChatStream.fold(Chat.stream(request))
        assert.deepInclude(server.requests.at(-1)!.body, JSON.parse(JSON.stringify(fields)))
        assert.deepStrictEqual(streamed.usage, whole.usage)
        if (fields.reasoning_budget === 0) assert.notProperty(whole.choices[0]!.message, "reasoning_content")
      }).pipe(run)
    )

    it.effect("messages take every effort, whole and streamed", () =>
      Effect.gen(function* () {
        for (const effort of ["minimal", "low", "medium", "high", "xhigh", "max", "ultracode"] as const) {
          const request: Messages.MessagesRequest = {
            model: named.model,
            messages: [{ role: "user", content: "Hello!" }],
            max_tokens: 6,
            output_config: { effort }
          }
          yield* Messages.create(request)
          yield* MessageStream.fold(Messages.stream(request))
          const efforts = server.requests.slice(-2).map(({ body }) => (body as typeof request).output_config?.effort)
          assert.deepStrictEqual(efforts, [effort, effort])
        }
      }).pipe(run)
    )

    it.effect("a word of next year is for the server to reject, with the field", () =>
      Effect.gen(function* () {
        const chat = { ...named, reasoning_effort: "a_level_of_next_year" }
        const messages: Messages.MessagesRequest = {
          model: named.model,
          messages: [{ role: "user", content: "Hello!" }],
          output_config: { effort: "a_level_of_next_year" }
        }
        for (const call of [
          Chat.complete(chat),
          Stream.runDrain(Chat.stream(chat)),
          Messages.create(messages),
          Stream.runDrain(Messages.stream(messages))
        ]) {
          const error = yield* Effect.flip<unknown, FriendliStreamError, Everywhere>(call)
          assert.strictEqual(error._tag, "InvalidRequestError")
          if (error._tag !== "InvalidRequestError") return
          assert.strictEqual(error.status, 422)
          assert.match(error.message, /effort/)
        }
      }).pipe(run)
    )

    it.effect("headers that are left out do not arrive", () =>
      Effect.gen(function* () {
        const arrived = () => server.requests.at(-1)!.headers
        yield* Chat.complete(named)
        assert.match(arrived()["user-agent"]!, /^effect-friendli\//)
        // Node's fetch then says "node", undici nothing
        for (const call of [Chat.complete(named, { headers: { "user-agent": undefined } }), headless(named)]) {
          yield* call
          assert.notMatch(arrived()["user-agent"] ?? "", /effect-friendli/)
        }
        if (deployment === "container") return
        const error = yield* Effect.flip(Chat.complete(named, { headers: { authorization: undefined } }))
        assert.strictEqual(error._tag, "AuthenticationError")
        assert.notProperty(arrived(), "authorization")
      }).pipe(run)
    )

    it.effect("withResponse variants tell status, headers and request id", () =>
      Effect.gen(function* () {
        const unary = yield* Chat.completeWithResponse(named)
        assert.strictEqual(unary.response.status, 200)
        assert.match(unary.response.headers["content-type"]!, /json/)
        assert.isString(unary.response.requestId)
        const streamed = yield* Chat.streamWithResponse(named)
        assert.match(streamed.response.headers["content-type"]!, /event-stream/)
        assert.isAbove(Chunk.size(yield* Stream.runCollect(streamed.value)), 2)
      }).pipe(Effect.scoped, run)
    )
  })

  describe("what a request can ask for", () => {
    it.effect("several choices, logprobs, stop, seeds", () =>
      Effect.gen(function* () {
        const request = { ...reference.chat, n: 2, seed: [1, 2], logprobs: true, top_logprobs: 2, max_tokens: 8 }
        const whole = yield* Chat.complete(request)
        assert.deepStrictEqual(
          whole.choices.map((choice) => choice.index),
          [0, 1]
        )
        assert.isAtLeast(whole.choices[0]!.logprobs!.content!.length, 1)
        const streamed = yield* ChatStream.fold(Chat.stream(request))
        assert.deepStrictEqual(
          streamed.choices.map((choice) => choice.message.content),
          whole.choices.map((choice) => choice.message.content)
        )
        assert.deepStrictEqual(streamed.choices[0]!.logprobs?.content, whole.choices[0]!.logprobs!.content!.slice())
        const second = yield* Stream.mkString(ChatStream.text(Chat.stream(request), { choice: 1 }))
        assert.strictEqual(second, whole.choices[1]!.message.content)
      }).pipe(serverless)
    )

    it.effect("a tool call, merged from its pieces, equals the unary one", () =>
      Effect.gen(function* () {
        const request = {
          ...reference.chat,
          seed: 3,
          tool_choice: "required",
          tools: [
            {
              type: "function" as const,
              function: {
                name: "get_weather",
                parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
              }
            }
          ]
        }
        const whole = yield* Chat.complete(request)
        const call = whole.choices[0]!.message.tool_calls![0]!
        assert.strictEqual(whole.choices[0]!.finish_reason, "tool_calls")
        assert.isString(JSON.parse(call.function.arguments).city)
        const merged = yield* ChatStream.toolCalls(Chat.stream(request))
        assert.deepStrictEqual(
          merged.map((it) => it.function),
          [call.function]
        )

        const next = yield* Chat.complete({
          ...reference.chat,
          messages: [
            ...reference.chat.messages,
            Chat.toAssistantMessage(whole.choices[0]!.message),
            { role: "tool", tool_call_id: call.id, content: "21 degrees" }
          ]
        })
        assert.isString(next.choices[0]!.message.content)
      }).pipe(serverless)
    )

    it.effect("an answer of any kind can be given back", () =>
      Effect.gen(function* () {
        for (const message of [
          {},
          { content: null, tool_calls: [] },
          { content: "", reasoning: "Hm" },
          { reasoning_content: "Hm", tool_calls: [{ id: "a", function: { name: "now", arguments: "" } }] }
        ]) {
          const results = (message.tool_calls ?? []).map(({ id }) => ({
            role: "tool" as const,
            tool_call_id: id,
            content: "noon"
          }))
          const messages = [
            ...reference.chat.messages,
            Chat.toAssistantMessage(message),
            ...results,
            { role: "user" as const, content: "Go on." }
          ]
          const next = yield* Chat.complete({ ...reference.chat, messages })
          assert.isString(next.choices[0]!.message.content)
        }
      }).pipe(serverless)
    )

    it.effect("a json_schema format gives JSON of the schema; a regex format matches", () =>
      Effect.gen(function* () {
        const schema = {
          type: "object",
          properties: { answer: { type: "integer" } },
          required: ["answer"],
          additionalProperties: false
        }
        const structured = yield* Chat.complete({
          ...reference.chat,
          response_format: { type: "json_schema", json_schema: { schema } }
        })
        assert.isTrue(Number.isInteger(JSON.parse(structured.choices[0]!.message.content!).answer))
        const pattern = yield* Chat.complete({
          ...reference.chat,
          response_format: { type: "regex", schema: "[a-c]{3}-[0-9]{2}" }
        })
        assert.match(pattern.choices[0]!.message.content!, /^[a-c]{3}-[0-9]{2}$/)
      }).pipe(serverless)
    )

    it.effect("reasoning comes apart from the text", () =>
      Effect.gen(function* () {
        const request = { ...reference.chat, model: "deepseek-r1", parse_reasoning: true, seed: 5 }
        const whole = yield* Chat.complete(request)
        assert.isAbove(whole.choices[0]!.message.reasoning_content!.length, 0)
        const streamed = yield* Stream.mkString(ChatStream.reasoning(Chat.stream(request)))
        assert.strictEqual(streamed, whole.choices[0]!.message.reasoning_content)
      }).pipe(serverless)
    )

    it.effect("usage is asked for in streams, unless it is declined", () =>
      Effect.gen(function* () {
        const asked = yield* ChatStream.fold(Chat.stream(reference.chat))
        assert.isDefined(asked.usage)
        const declined = yield* ChatStream.fold(
          Chat.stream({ ...reference.chat, stream_options: { include_usage: false } })
        )
        assert.isUndefined(declined.usage)
      }).pipe(serverless)
    )
  })

  describe("faults", () => {
    const partialText = (error: FriendliStreamError) =>
      Option.getOrThrow(ChatStream.partial(error)).choices[0]?.message.content ?? ""

    it.live.each<[string, Fault]>([
      ["byte by byte", { byteWise: true }],
      ["cut across events and characters", { cut: 7 }],
      ["CR LF", { crlf: true }],
      ["without [DONE], after its final events", { noDone: true }],
      ["with an unterminated [DONE]", { doneUnterminated: true }],
      ["and the connection closes", { connectionClose: true }]
    ])("a stream that arrives %s is whole", ([, fault]) =>
      Effect.gen(function* () {
        const request = { ...reference.chat, seed: 9, max_tokens: 16 }
        const expected = yield* ChatStream.fold(Chat.stream(request))
        server.faults.enqueue(fault)
        const answer = yield* ChatStream.fold(Chat.stream(request))
        assert.deepStrictEqual({ ...answer, id: "", created: 0 }, { ...expected, id: "", created: 0 })
      }).pipe(serverless)
    )

    it.live("[DONE] ends a stream although the connection stays open", () =>
      Effect.gen(function* () {
        server.faults.enqueue({ holdAfterDone: 60_000 })
        const answer = yield* ChatStream.fold(Chat.stream(reference.chat)).pipe(Effect.timeout("5 seconds"))
        assert.isDefined(answer.usage)
      }).pipe(serverless)
    )

    it.live("a stream that is reset fails with what it had received", () =>
      Effect.gen(function* () {
        const error = yield* failing({ reset: { afterEvents: 3 } })
        assert.strictEqual(error._tag, "ConnectionError")
        assert.propertyVal(error, "phase", "body")
        assert.strictEqual(error.received?.events, 3)
        assert.isAbove(partialText(error).length, 0)
      })
    )

    it.live.each<[string, Fault]>([
      ["ends early", { truncate: { afterEvents: 3 } }],
      ["ends early and says Connection: close", { truncate: { afterEvents: 3 }, connectionClose: true }]
    ])("a stream that %s fails with what it had", ([, fault]) =>
      Effect.gen(function* () {
        const error = yield* failing(fault)
        assert.strictEqual(error._tag, "StreamTruncatedError")
        assert.strictEqual(error.received?.events, 3)
        assert.isAbove(partialText(error).length, 0)
      })
    )

    it.live("a body that breaks off without its end is no success, whatever the transport makes of it", () =>
      Effect.gen(function* () {
        for (const connectionClose of [false, true]) {
          const error = yield* failing({ truncate: { afterEvents: 3, abrupt: true }, connectionClose })
          assert.include(["StreamTruncatedError", "ConnectionError"], error._tag)
          assert.strictEqual(error.received?.events, 3)
        }
      })
    )

    it.live("a stream that sends no data fails with the idle timeout", () =>
      Effect.gen(function* () {
        const error = yield* failing({ stall: { afterEvents: 2 } }, { idle: "300 millis" })
        assert.strictEqual(error._tag, "RequestTimeoutError")
        assert.propertyVal(error, "kind", "idle")
        assert.strictEqual(error.received?.events, 2)
        yield* eventually("the close of the connection", () => server.requests.at(-1)!.aborted)
      })
    )

    it.live("keep-alive comments reset the idle timeout, unless only events count", () =>
      Effect.gen(function* () {
        server.faults.enqueue({ stall: { afterEvents: 2 }, comments: 50, times: 2 })
        const patient = yield* Chat.stream(reference.chat, { idleTimeout: "400 millis", timeout: "1200 millis" }).pipe(
          Stream.runDrain,
          Effect.flip
        )
        assert.propertyVal(patient, "kind", "total")
        const strict = yield* Chat.stream(reference.chat, {
          idleTimeout: "400 millis",
          idleReset: "events",
          timeout: "8 seconds"
        }).pipe(Stream.runDrain, Effect.flip)
        assert.propertyVal(strict, "kind", "idle")
      }).pipe(serverless)
    )

    it.live.each(["error", "message", "event"] as const)("an error frame of shape %s is a typed failure", (shape) =>
      Effect.gen(function* () {
        const error = yield* failing({ errorFrame: { afterEvents: 2, shape, status: 503 } })
        assert.strictEqual(error._tag, "OverloadedError")
        assert.strictEqual(error.received?.events, 2)
      })
    )

    it.live.each<[string, Fault]>([
      ["is no JSON", { malformed: { afterEvents: 2 } }],
      ["has another shape", { badSchema: true }],
      ["is HTML", { html: true }]
    ])("an answer that %s is a decode failure", ([, fault]) =>
      Effect.gen(function* () {
        const error = yield* failing(fault)
        assert.strictEqual(error._tag, "ResponseDecodeError")
      })
    )

    it.live("an empty 200 is not a success", () =>
      Effect.gen(function* () {
        const error = yield* failing({ emptyBody: true })
        assert.include(["StreamTruncatedError", "ResponseDecodeError"], error._tag)
        server.faults.enqueue({ emptyBody: true })
        const unary = yield* Effect.flip(serverless(Chat.complete(reference.chat)))
        assert.strictEqual(unary._tag, "ResponseDecodeError")
      })
    )

    it.live.each([
      [400, "InvalidRequestError"],
      [401, "AuthenticationError"],
      [403, "PermissionDeniedError"],
      [404, "NotFoundError"],
      [408, "UnexpectedStatusError"],
      [409, "UnexpectedStatusError"],
      [413, "InvalidRequestError"],
      [422, "InvalidRequestError"],
      [429, "RateLimitError"],
      [500, "ServerError"],
      [502, "ServerError"],
      [503, "OverloadedError"],
      [504, "ServerError"],
      [529, "OverloadedError"]
    ] as const)("status %i is %s, unary and streamed", ([status, tag]) =>
      Effect.gen(function* () {
        server.faults.enqueue({ status, retryAfter: 2, times: 2 })
        const unary = yield* Effect.flip(Chat.complete(reference.chat))
        const streamed = yield* Effect.flip(Stream.runDrain(Chat.stream(reference.chat)))
        for (const error of [unary, streamed]) {
          assert.strictEqual(error._tag, tag)
          assert.strictEqual(error.status, status)
          assert.strictEqual(Duration.toMillis(error.retryAfter!), 2000)
          assert.isString(error.requestId)
        }
      }).pipe(serverless)
    )

    it.live("the server's own 422 names the fields", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Chat.complete({ ...reference.chat, top_logprobs: 3 }))
        assert.strictEqual(error._tag, "InvalidRequestError")
        assert.strictEqual(error.status, 422)
        assert.isTrue("issues" in error && error.issues.some((issue) => issue.path.includes("top_logprobs")))
      }).pipe(serverless)
    )

    it.live("slow headers let the headers timeout expire", () =>
      Effect.gen(function* () {
        server.faults.enqueue({ delayHeaders: 5000 })
        const error = yield* Effect.flip(Chat.complete(reference.chat, { headersTimeout: "200 millis" }))
        assert.propertyVal(error, "kind", "headers")
      }).pipe(serverless)
    )

    it.live("a unary body that breaks off or stops sending is a typed failure", () =>
      Effect.gen(function* () {
        server.faults.enqueue({ truncateBody: 20 })
        const cut = yield* Effect.flip(Chat.complete(reference.chat))
        assert.include(["ConnectionError", "ResponseDecodeError"], cut._tag)
        server.faults.enqueue({ stall: { afterEvents: 0 } })
        const stalled = yield* Effect.flip(Chat.complete(reference.chat, { idleTimeout: "300 millis" }))
        assert.propertyVal(stalled, "kind", "idle")
      }).pipe(serverless)
    )

    it.live("no server listens: a connection error, with the code of the system", () =>
      Effect.gen(function* () {
        const closed = yield* Effect.promise(() => listen())
        yield* Effect.promise(() => closed.close())
        const error = yield* Effect.flip(Chat.complete(reference.chat)).pipe(
          Effect.provide(Serverless.layer({ ...settings, baseUrl: closed.url })),
          Effect.provide(httpLayer)
        )
        assert.strictEqual(error._tag, "ConnectionError")
        assert.propertyVal(error, "phase", "connect")
        assert.strictEqual(error.cause?.code, "ECONNREFUSED")
      })
    )
  })

  describe("retries", () => {
    it.live("recover from refused connections and from a reset before the answer, with identical bodies", () =>
      Effect.gen(function* () {
        server.faults.enqueue(
          { status: 503, retryAfter: 0 },
          { status: 429, retryAfter: 0 },
          { reset: { afterEvents: 0 } }
        )
        const quick = Retry.backoff({ initialInterval: "10 millis", maxRetries: 5 })
        const answer = yield* ChatStream.fold(Chat.stream(reference.chat, { retry: quick }))
        assert.isDefined(answer.usage)
        assert.strictEqual(server.requests.length, 4)
        for (const request of server.requests) assert.deepStrictEqual(request.body, server.requests[0]!.body)
      }).pipe(serverless)
    )

    it.live("do not repeat a stream that has given an element", () =>
      Effect.gen(function* () {
        server.faults.enqueue({ reset: { afterEvents: 1 } })
        const error = yield* Effect.flip(Stream.runDrain(Chat.stream(reference.chat, { retry: Retry.defaultPolicy })))
        assert.strictEqual(error._tag, "ConnectionError")
        assert.strictEqual(server.requests.length, 1)
      }).pipe(serverless)
    )
  })

  describe("connections", () => {
    it.live("a consumer that leaves early closes the server's side", () =>
      Effect.gen(function* () {
        server.faults.enqueue({ stall: { afterEvents: 4 }, comments: 20 })
        const some = yield* Stream.runCollect(Stream.take(Chat.stream(reference.chat), 2))
        assert.strictEqual(Chunk.size(some), 2)
        yield* eventually("the abort", () => server.requests.at(-1)!.aborted)
      }).pipe(serverless)
    )

    it.live("interruption closes the server's side, before the head and in the body", () =>
      Effect.gen(function* () {
        for (const fault of [{ delayHeaders: 20_000 }, { stall: { afterEvents: 3 } }]) {
          const before = server.requests.length
          server.faults.enqueue(fault)
          const fiber = yield* Effect.fork(Stream.runDrain(Chat.stream(reference.chat)))
          yield* eventually("the request", () => server.requests.length > before)
          yield* Effect.sleep("50 millis")
          yield* Fiber.interrupt(fiber)
          yield* eventually("the abort", () => server.requests.at(-1)!.aborted)
        }
      }).pipe(serverless)
    )

    it.live("interruption at any moment closes the server's side", () =>
      Effect.gen(function* () {
        // from before the request is sent to after the last event
        const moments = Array.from({ length: 24 }, (_, at) => at * 3)
        yield* Effect.forEach(
          moments,
          (moment) =>
            Effect.gen(function* () {
              const fiber = yield* Effect.fork(Stream.runDrain(Chat.stream({ ...reference.chat, seed: moment })))
              yield* Effect.sleep(moment)
              yield* Fiber.interrupt(fiber)
            }),
          { concurrency: 4 }
        )
        yield* eventually("the end of every request", () =>
          server.requests.every((request) => request.aborted || request.finished)
        )
      }).pipe(serverless)
    )

    // a test clock, so that no load can end the reading after the answer
    it.effect("streams one after another share a connection", () =>
      Effect.gen(function* () {
        // the body ends a little after the answer
        server.faults.enqueue({ holdAfterDone: 5, times: 21 })
        const stream = Stream.runDrain(Chat.stream({ ...reference.chat, max_tokens: 4 }))
        yield* untilReusable(stream)
        const before = server.connectionsAccepted
        for (let at = 0; at < 20; at++) yield* untilReusable(stream)
        assert.strictEqual(server.connectionsAccepted, before)
      }).pipe(serverless)
    )

    it.live("50 streams at once are kept apart", () =>
      Effect.gen(function* () {
        const request = (seed: number) => ({ ...reference.chat, seed, temperature: 1.2, max_tokens: 12 })
        const expected = yield* Effect.forEach([1, 2, 3, 4, 5], (seed) => Chat.complete(request(seed)))
        const answers = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, at) => (at % 5) + 1),
          (seed) => Effect.map(ChatStream.fold(Chat.stream(request(seed))), (answer) => ({ seed, answer })),
          { concurrency: "unbounded" }
        )
        for (const { answer, seed } of answers) {
          assert.strictEqual(answer.choices[0]!.message.content, expected[seed - 1]!.choices[0]!.message.content)
        }
      }).pipe(serverless)
    )
  })
}
