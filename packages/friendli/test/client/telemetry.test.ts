/**
 * Spans: named after operations, with the attributes of the GenAI conventions, however the call ends.
 */
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as Container from "effect-friendli/Container"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { over, prompt, request, serverless, token } from "../support.js"
import { type InMemorySpan, inMemoryTracer } from "../tracing.js"

/** Runs with a tracer that keeps its spans in memory. */
const traced = <A, E, R>(use: (spans: ReadonlyArray<InMemorySpan>) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { spans, tracer } = inMemoryTracer()
    return Effect.withTracer(use(spans), tracer)
  })

const only = (spans: ReadonlyArray<InMemorySpan>, name: string): InMemorySpan => {
  const found = spans.filter((span) => span.name === name)
  assert.strictEqual(found.length, 1)
  assert.strictEqual(found[0]!.ended, 1)
  assert.strictEqual(found[0]!.kind, "client")
  return found[0]!
}

const attributesOf = (span: InMemorySpan) => Object.fromEntries(span.attributes)

const common = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "friendli",
  "gen_ai.request.model": "default-model",
  "server.address": "api.friendli.ai",
  "server.port": 443,
  "friendli.deployment": "serverless"
}

const answered = {
  "gen_ai.response.id": "chatcmpl-test",
  "gen_ai.response.model": "m-1",
  "gen_ai.response.finish_reasons": ["stop"],
  "gen_ai.usage.input_tokens": 10,
  "gen_ai.usage.output_tokens": 2,
  "friendli.request_id": "req-1"
}

const headers = { "x-request-id": "req-1" }
const once = { retry: Retry.never } as const

describe("a call", () => {
  it.effect("has a span with its settings, its usage and its ids", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Chat.complete({ ...request, max_tokens: 5, temperature: 0.5, top_p: 0.9, top_k: 3, seed: 7, n: 1 })
        assert.deepStrictEqual(attributesOf(only(spans, "Chat.complete")), {
          ...common,
          ...answered,
          "gen_ai.request.max_tokens": 5,
          "gen_ai.request.temperature": 0.5,
          "gen_ai.request.top_p": 0.9,
          "gen_ai.request.top_k": 3,
          "gen_ai.request.seed": 7,
          "gen_ai.request.choice.count": 1
        })
      })
    ).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi there", { model: "m-1" }), { headers })])))
  )

  it.effect("is the parent of the HTTP client's spans, and the child of the caller's", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.withSpan(Chat.complete(request), "caller")
        assert.strictEqual(only(spans, "Chat.complete").parentName, "caller")
        assert.deepStrictEqual(
          spans.filter((span) => span.name === "http.client POST").map((span) => span.parentName),
          ["Chat.complete", "Chat.complete"]
        )
      })
    ).pipe(Effect.provide(serverless([Reply.status(503, { retryAfter: 0 }), Reply.json(Wire.chatCompletion("Hi"))])))
  )

  const traceHeaders = Effect.map(MockHttpClient.requests, (requests) =>
    requests.map(({ headers }) => ["traceparent", "b3"].filter((name) => name in headers))
  )
  const twoCalls = Effect.zipRight(Chat.complete(request), Stream.runDrain(Chat.stream(request)))
  const twoAnswers = [Reply.json(Wire.chatCompletion("Hi")), Reply.sse(Wire.chatChunks("Hi"))]

  it.effect("sends no trace headers if nothing traces", () =>
    Effect.gen(function* () {
      yield* twoCalls
      assert.deepStrictEqual(yield* traceHeaders, [[], []])
    }).pipe(Effect.provide(serverless(twoAnswers)))
  )

  it.effect("sends the trace on where a tracer is installed", () =>
    traced(() =>
      Effect.gen(function* () {
        yield* twoCalls
        assert.deepStrictEqual(yield* traceHeaders, [
          ["traceparent", "b3"],
          ["traceparent", "b3"]
        ])
      })
    ).pipe(Effect.provide(serverless(twoAnswers)))
  )

  it.effect("sends the trace on that the caller is part of", () =>
    Effect.gen(function* () {
      yield* Effect.withParentSpan(
        twoCalls,
        Tracer.externalSpan({ spanId: "00f067aa0ba902b7", traceId: "4bf92f3577b34da6a3ce929d0e0e4736" })
      )
      const requests = yield* MockHttpClient.requests
      assert.strictEqual(requests.length, 2)
      for (const { headers } of requests) {
        assert.match(headers["traceparent"] ?? "", /^00-4bf92f3577b34da6a3ce929d0e0e4736-/)
      }
    }).pipe(Effect.provide(serverless(twoAnswers)))
  )

  it.effect("that fails says its error, its status and the request id", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.flip(Chat.complete(request, once))
        assert.deepStrictEqual(attributesOf(only(spans, "Chat.complete")), {
          ...common,
          "error.type": "RateLimitError",
          "http.response.status_code": 429,
          "friendli.request_id": "req-1"
        })
      })
    ).pipe(Effect.provide(serverless([Reply.status(429, { headers })])))
  )

  const echoed = { id: token, finishReason: `${token}!` }
  const echoing = { headers: { "x-request-id": `for ${token}`, location: `/?from=${token}`, "x-echo": token } }

  it.effect("shows the token nowhere, whatever the server repeats", () =>
    traced((spans) =>
      Effect.gen(function* () {
        const answer = yield* Chat.completeWithResponse(request)
        yield* Stream.runDrain(Chat.stream(request))
        assert.strictEqual(answer.response.requestId, `for ${token}`)
        assert.strictEqual(answer.value.id, token)
        for (const name of ["Chat.complete", "Chat.stream"]) {
          const span = only(spans, name)
          assert.strictEqual(span.attributes.get("friendli.request_id"), "for <redacted>")
          assert.strictEqual(span.attributes.get("gen_ai.response.id"), "<redacted>")
          assert.deepStrictEqual(span.attributes.get("gen_ai.response.finish_reasons"), ["<redacted>!"])
        }
        const sent = spans.filter((span) => span.name === "http.client POST")
        assert.strictEqual(sent.length, 2)
        for (const span of sent) {
          assert.strictEqual(span.attributes.get("http.response.header.x-echo"), "<redacted>")
          assert.strictEqual(span.attributes.get("http.response.header.content-type"), "<redacted>")
        }
        assert.notInclude(JSON.stringify(spans.map(attributesOf)), token)
      })
    ).pipe(
      Effect.provide(
        serverless([
          Reply.json(Wire.chatCompletion("Hi", echoed), echoing),
          Reply.sse(Wire.chatChunks("Hi", echoed), echoing)
        ])
      )
    )
  )

  it.effect("that is rejected here says so", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.flip(Chat.complete({ messages: [] }))
        assert.strictEqual(only(spans, "Chat.complete").attributes.get("error.type"), "InvalidRequestError")
      })
    ).pipe(Effect.provide(serverless([])))
  )

  it.effect("that is interrupted has an ended span with its settings", () =>
    traced((spans) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Chat.complete(request))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        assert.deepInclude(attributesOf(only(spans, "Chat.complete")), common)
      })
    ).pipe(Effect.provide(serverless([Reply.never])))
  )

  it.effect("of every operation has a span of its name", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.exit(Completions.complete({ prompt }, once))
        yield* Effect.exit(Stream.runDrain(Completions.stream({ prompt }, once)))
        yield* Tokens.tokenize({ prompt }, once)
        yield* Tokens.detokenize({ tokens: [1] }, once)
        assert.strictEqual(
          only(spans, "Completions.complete").attributes.get("gen_ai.operation.name"),
          "text_completion"
        )
        assert.strictEqual(only(spans, "Completions.stream").attributes.get("gen_ai.operation.name"), "text_completion")
        assert.deepInclude(attributesOf(only(spans, "Tokens.tokenize")), {
          "gen_ai.operation.name": "tokenize",
          "gen_ai.usage.input_tokens": 3
        })
        assert.strictEqual(only(spans, "Tokens.detokenize").attributes.get("gen_ai.operation.name"), "detokenize")
      })
    ).pipe(Effect.provide(serverless(() => Reply.json({ tokens: [1, 2, 3], text: "abc" }))))
  )

  it.effect("names the server it went to", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.exit(Chat.complete(request))
        assert.deepInclude(attributesOf(only(spans, "Chat.complete")), {
          "server.address": "localhost",
          "server.port": 9000,
          "friendli.deployment": "container"
        })
        assert.isFalse(only(spans, "Chat.complete").attributes.has("gen_ai.request.model"))
      })
    ).pipe(Effect.provide(over([Reply.status(400)])(Container.layer({ baseUrl: "http://localhost:9000" }))))
  )
})

describe("a stream", () => {
  const chunks = Wire.chatChunks("Hi there", { model: "m-1" })

  it.effect("has a span until its end, with the usage of its last chunk", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Chat.stream(request).pipe(
          Stream.runForEach(() =>
            Effect.sync(() => assert.strictEqual(spans.find((span) => span.name === "Chat.stream")?.ended, 0))
          )
        )
        assert.deepStrictEqual(attributesOf(only(spans, "Chat.stream")), { ...common, ...answered })
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks, { headers })])))
  )

  it.effect("shows only the highest usage and the finish reasons", () =>
    traced((spans) =>
      Effect.gen(function* () {
        const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
        const chunk = (content: string, finish_reason: string) => ({
          choices: [{ index: 0, delta: { content }, finish_reason }],
          usage: zeros
        })
        const [first, second] = [Wire.usage(10, 2), Wire.usage(10, 1)]
        yield* Stream.runDrain(Chat.stream(request)).pipe(
          Effect.provide(
            serverless([
              Reply.sse([
                { choices: [], usage: zeros },
                chunk("Hi", ""),
                chunk("", "null"),
                chunk("", " "),
                { choices: [], usage: first },
                { choices: [], usage: second },
                { choices: [], usage: zeros }
              ])
            ])
          )
        )
        const { attributes } = only(spans, "Chat.stream")
        assert.isUndefined(attributes.get("gen_ai.response.finish_reasons"))
        assert.strictEqual(attributes.get("gen_ai.usage.input_tokens"), 10)
        assert.strictEqual(attributes.get("gen_ai.usage.output_tokens"), 2)
      })
    )
  )

  it.effect("that fails half-way says its error and what it had seen", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.flip(Stream.runDrain(Chat.stream(request, once)))
        assert.deepInclude(attributesOf(only(spans, "Chat.stream")), {
          ...common,
          "error.type": "StreamTruncatedError",
          "gen_ai.response.id": "chatcmpl-test",
          "friendli.request_id": "req-1"
        })
      })
    ).pipe(Effect.provide(serverless([Reply.sse(chunks, { after: { frames: 1 }, headers })])))
  )

  it.effect("that is rejected says its error", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.flip(Stream.runDrain(Chat.stream(request, once)))
        assert.deepInclude(attributesOf(only(spans, "Chat.stream")), {
          ...common,
          "error.type": "AuthenticationError",
          "http.response.status_code": 401
        })
      })
    ).pipe(Effect.provide(serverless([Reply.status(401)])))
  )

  it.effect("that is interrupted, or left early, shows what it had received", () =>
    traced((spans) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(Stream.runDrain(Chat.stream(request)))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        yield* Stream.runDrain(Stream.take(Chat.stream(request), 1))
        const [interrupted, left] = spans.filter((span) => span.name === "Chat.stream")
        for (const span of [interrupted, left]) {
          assert.strictEqual(span?.ended, 1)
          assert.deepInclude(attributesOf(span!), { ...common, "gen_ai.response.id": "chatcmpl-test" })
        }
      })
    ).pipe(Effect.provide(serverless(() => Reply.sse(chunks, { after: { frames: 1 }, ending: "stall" }))))
  )

  it.effect("has one span, however often it was tried", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Effect.withSpan(Stream.runDrain(Chat.stream(request)), "caller")
        assert.strictEqual(only(spans, "Chat.stream").parentName, "caller")
        assert.strictEqual(spans.filter((span) => span.parentName === "Chat.stream").length, 2)
      })
    ).pipe(Effect.provide(serverless([Reply.status(503, { retryAfter: 0 }), Reply.sse(chunks)])))
  )
})

describe("secrets", () => {
  it.effect("no span contains the prompt, the answer or the token", () =>
    traced((spans) =>
      Effect.gen(function* () {
        yield* Chat.complete(request, { headers: { "x-key": "other-secret" } })
        yield* Stream.runDrain(Chat.stream(request))
        yield* Completions.complete({ prompt }, once).pipe(Effect.exit)
        yield* Tokens.tokenize({ prompt }, once).pipe(Effect.exit)
        const all = JSON.stringify(spans.map((span) => [span.name, [...span.attributes]]))
        for (const secret of [token, prompt, "Quite secret", "other-secret"]) assert.notInclude(all, secret)
        assert.isAbove(spans.length, 7)
      })
    ).pipe(
      Effect.provide(
        serverless([
          Reply.json(Wire.chatCompletion("Quite secret")),
          Reply.sse(Wire.chatChunks("Quite secret")),
          Reply.status(400, { body: `${token} ${prompt}` }),
          Reply.json({ echo: prompt })
        ])
      )
    )
  )

  it.effect("the tracer of the caller is the one that is used", () =>
    traced((spans) =>
      Effect.gen(function* () {
        const parent = Tracer.externalSpan({ spanId: "outer", traceId: "t", context: Context.empty() })
        yield* Effect.withParentSpan(Chat.complete(request), parent)
        assert.strictEqual(only(spans, "Chat.complete").parentName, "outer")
      })
    ).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi"))])))
  )
})
