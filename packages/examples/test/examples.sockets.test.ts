import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, TestClock } from "effect"
import { Friendli, Inference, Retry, Serverless } from "effect-friendli"
import type { Fault } from "effect-friendli-emulator/Faults"
import type { RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as errorsByTag from "../src/errors-by-tag.js"
import * as firstCall from "../src/first-call.js"
import * as ownHttpLayer from "../src/own-http-layer.js"
import * as retries from "../src/retries-as-schedules.js"
import * as streaming from "../src/streaming.js"
import * as structured from "../src/structured-output.js"
import * as threeDeployments from "../src/three-deployments.js"
import * as tools from "../src/tools.js"
import * as webResponse from "../src/web-response.js"
import { Server as ProxyServer } from "proxy-chain"
import { bodyOf, configured, emulator, printing } from "./support.js"

const hello = { messages: [{ role: "user" as const, content: "Hello!" }], max_tokens: 20 }
const tokenIds = [128000, 3923, 374, 1803, 1413, 15592, 30]

const over = (server: RunningEmulator) =>
  Layer.provide(Serverless.layer({ token: "flp_test", baseUrl: server.url }), FetchHttpClient.layer)

describe("first-call", () => {
  it.scopedLive("sends the reference request and prints the answer", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { text, value } = yield* printing(configured(server)(firstCall.runnable))
      assert.strictEqual(text, `${value.choices[0]?.message.content}\n${value.usage?.total_tokens} tokens`)
      assert.strictEqual(value.usage!.prompt_tokens! + value.usage!.completion_tokens!, value.usage!.total_tokens)
      assert.lengthOf(server.requests, 1)
      assert.strictEqual(server.requests[0]?.path, "/serverless/v1/chat/completions")
      assert.isTrue(server.requests[0]?.authorized)
      assert.deepStrictEqual(server.requests[0]?.body, {
        model: "meta-llama-3.1-8b-instruct",
        messages: [
          { role: "system", content: "You are a helpful assistant." },
          { role: "user", content: "Hello!" }
        ],
        max_tokens: 200
      })
    })
  )
})

describe("streaming", () => {
  it.scopedLive("prints the text as it arrives and has the whole answer", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(streaming.runnable))
      const content = value.whole.choices[0]?.message.content ?? ""
      assert.isNotEmpty(content)
      assert.deepStrictEqual(lines, [
        ...content.split("\n"),
        `stop, ${value.whole.usage?.completion_tokens} tokens`,
        `began with: ${value.beginning}`
      ])
      assert.isNotEmpty(value.beginning)
    })
  )
})

describe("errors-by-tag", () => {
  it.scopedLive("prints a good answer and what is wrong with a bad request", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { text, value } = yield* printing(configured(server)(errorsByTag.runnable))
      assert.strictEqual(text, `${value?.good}\nchange messages and temperature`)
      assert.lengthOf(server.requests, 1)
    })
  )

  const replies: ReadonlyArray<readonly [expected: string, fault: Fault]> = [
    ["come back in 2m", { status: 429, retryAfter: 120 }],
    ["the model is waking up, try again soon", { status: 503 }],
    ["change temperature", { status: 422, body: { detail: [{ loc: ["body", "temperature"], msg: "no", type: "x" }] } }],
    ["no connection: ", { reset: { afterEvents: 0 } }],
    ["the headers timeout expired after 50ms", { delayHeaders: 5000 }]
  ]
  for (const [expected, fault] of replies) {
    it.scopedLive(`${JSON.stringify(fault)} becomes "${expected}"`, () =>
      Effect.gen(function* () {
        const server = yield* emulator()
        server.faults.enqueue(fault)
        const limit = fault.delayHeaders === undefined ? "10 seconds" : "50 millis"
        const reply = yield* errorsByTag
          .reply(hello)
          .pipe(Friendli.withRetry(Retry.never), Friendli.withHeadersTimeout(limit), Effect.provide(over(server)))
        assert.isTrue(reply.startsWith(expected), reply)
      })
    )
  }

  it.scopedLive("names the request id if the model is unknown", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ models: ["another"] })
      const reply = yield* Effect.provide(errorsByTag.reply(hello), over(server))
      assert.strictEqual(reply, `no such model (request ${server.requests[0]?.requestId})`)
    })
  )

  it.scopedLive("leaves a wrong token to the operator", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ tokens: ["another"] })
      const { lines } = yield* printing(configured(server)(errorsByTag.runnable))
      assert.lengthOf(lines, 1)
      assert.match(lines[0] ?? "", /^Check FRIENDLI_TOKEN: .*401/)
      assert.notInclude(lines[0] ?? "", "flp_test")
    })
  )
})

describe("retries-as-schedules", () => {
  it.scopedLive("shows failures and waits, and does not retry the call that must not be retried", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      server.faults.enqueue({ status: 503 }, { status: 429, retryAfter: 0 }, { status: 500 })
      const { lines, value } = yield* printing(configured(server)(retries.runnable))
      assert.deepStrictEqual(value, tokenIds)
      assert.lengthOf(lines, 7)
      assert.deepStrictEqual(
        [lines[0], lines[2], lines[3], lines[4], lines[6]],
        [
          "failed with OverloadedError",
          "failed with RateLimitError",
          "waiting 0",
          "failed with ServerError",
          "7 tokens"
        ]
      )
      assert.match(lines[1] ?? "", /^waiting \d+ms/)
      assert.match(lines[5] ?? "", /^waiting \d+ms/)
      assert.lengthOf(server.requests, 5)
    })
  )

  it.scopedLive("fails at the first failure of the call that is never retried", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      // the first is for the tokenization, and harmless
      server.faults.enqueue({ headers: { "x-first": "1" } }, { status: 503 })
      const error = yield* Effect.flip(configured(server)(retries.runnable))
      assert.strictEqual(error._tag, "OverloadedError")
      assert.lengthOf(server.requests, 2)
    })
  )

  it.effect("waits for an endpoint that wakes up", () =>
    Effect.gen(function* () {
      const asleep = Reply.status(503)
      const http = MockHttpClient.layer([asleep, asleep, asleep, asleep, Reply.json({ tokens: tokenIds })])
      yield* Effect.gen(function* () {
        const call = yield* Effect.fork(
          Inference.tokenization({ model: "m", prompt: "What is generative AI?" }, { retry: retries.patient })
        )
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual((yield* Fiber.join(call)).tokens, tokenIds)
        const times = (yield* MockHttpClient.requests).map((request) => request.at)
        assert.lengthOf(times, 5)
        // past the two tries of the standard policy, whose jitter leaves fractions, it asks every five seconds
        assert.closeTo((times[4] ?? 0) - (times[3] ?? 0), 5000, 0.001)
      }).pipe(Effect.provide(Serverless.layer({ token: "flp_test" }).pipe(Layer.provideMerge(http))))
    })
  )
})

describe("own-http-layer", () => {
  const proxy = Effect.acquireRelease(
    Effect.promise(async () => {
      const asked: Array<string> = []
      const server = new ProxyServer({
        port: 0,
        host: "127.0.0.1",
        prepareRequestFunction: ({ hostname, port }) => {
          asked.push(`${hostname}:${port}`)
          return {}
        }
      })
      await server.listen()
      return { asked, server }
    }),
    ({ server }) => Effect.promise(() => server.close(true))
  )

  it.scopedLive("goes through the proxy", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { asked, server: proxyServer } = yield* proxy
      const { lines, value } = yield* printing(
        configured(server, { HTTP_PROXY: `http://127.0.0.1:${proxyServer.port}` })(ownHttpLayer.runnable)
      )
      assert.deepStrictEqual(value.tokens, tokenIds)
      assert.deepStrictEqual(asked, [`127.0.0.1:${server.port}`])
      assert.deepStrictEqual(lines, [`POST ${server.url}/serverless/v1/tokenize`, tokenIds.join(" ")])
      assert.strictEqual(server.requests[0]?.headers["x-job"], "nightly")
      assert.isTrue(server.requests[0]?.authorized)
    })
  )

  it.scopedLive("prefers HTTPS_PROXY, and fails with a typed error if there is no proxy", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { asked, server: proxyServer } = yield* proxy
      const gone = yield* Effect.scoped(emulator())
      const error = yield* ownHttpLayer.runnable.pipe(
        Friendli.withRetry(Retry.never),
        configured(server, {
          HTTPS_PROXY: gone.url,
          HTTP_PROXY: `http://127.0.0.1:${proxyServer.port}`
        }),
        printing,
        Effect.flip
      )
      assert.strictEqual(error._tag, "ConnectionError")
      assert.isEmpty(asked)
      assert.isEmpty(server.requests)
    })
  )

  it.scopedLive("connects directly without a proxy, and closes its connections at the end", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { value } = yield* printing(configured(server)(ownHttpLayer.runnable))
      assert.deepStrictEqual(value.tokens, tokenIds)
      assert.strictEqual(server.connectionsAccepted, 1)
      yield* Effect.repeat(Effect.yieldNow(), { until: () => server.openConnections === 0 }).pipe(
        Effect.delay("5 millis"),
        Effect.timeout("5 seconds")
      )
    })
  )
})

describe("three-deployments", () => {
  const kinds = [
    ["serverless", {}, "/serverless/v1/", "meta-llama-3.1-8b-instruct"],
    ["dedicated", { FRIENDLI_DEPLOYMENT: "dedicated", FRIENDLI_MODEL: "my-endpoint" }, "/dedicated/v1/", "my-endpoint"],
    ["container", { FRIENDLI_DEPLOYMENT: "container" }, "/v1/", undefined]
  ] as const
  for (const [name, environment, path, model] of kinds) {
    it.scopedLive(`runs on ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* emulator()
        const { text, value } = yield* printing(configured(server, environment)(threeDeployments.runnable))
        assert.deepStrictEqual(value, { deployment: name, tokens: tokenIds })
        assert.match(text, new RegExp(`^${name}: .+ \\(7 tokens asked about\\)$`, "s"))
        assert.deepStrictEqual(
          server.requests.map((request) => [request.path, (request.body as { readonly model?: string }).model]),
          [
            [`${path}chat/completions`, model],
            [`${path}tokenize`, model]
          ]
        )
      })
    )
  }

  it.scopedLive("rejects an unknown deployment", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const error = yield* Effect.flip(
        configured(server, { FRIENDLI_DEPLOYMENT: "elsewhere" })(threeDeployments.runnable)
      )
      assert.include(String(error), "FRIENDLI_DEPLOYMENT")
      assert.isEmpty(server.requests)
    })
  )
})

interface Sent {
  readonly messages: ReadonlyArray<{
    readonly role: string
    readonly content?: string
    readonly tool_call_id?: string
    readonly tool_calls?: ReadonlyArray<{ readonly id: string; readonly function: { readonly arguments: string } }>
  }>
  readonly tool_choice?: string
}

describe("tools", () => {
  it.scopedLive("calls the function and sends the result to the model", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(tools.runnable))
      assert.lengthOf(server.requests, 2)
      const { messages } = bodyOf(server, 1) as Sent
      assert.deepStrictEqual(
        messages.map((message) => message.role),
        ["user", "assistant", "tool"]
      )
      const call = messages[1]?.tool_calls?.[0]
      const asked = JSON.parse(call?.function.arguments ?? "") as { readonly city: string; readonly unit: string }
      assert.deepStrictEqual(JSON.parse(messages[2]?.content ?? ""), {
        city: asked.city,
        sky: "clear",
        temperature: asked.unit === "celsius" ? 21 : 70,
        unit: asked.unit
      })
      assert.strictEqual(messages[2]?.tool_call_id, call?.id)
      assert.strictEqual(lines[0], `get_weather(${call?.function.arguments}) = ${messages[2]?.content}`)
      assert.strictEqual(lines.slice(1).join("\n"), value)
      assert.isNotEmpty(value)
    })
  )

  const callWith = (json: string) =>
    Reply.json(
      Wire.chatCompletion("", {
        toolCalls: [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: json } }]
      })
    )

  it.effect("tells the model what is wrong with its arguments", () =>
    Effect.gen(function* () {
      const http = MockHttpClient.layer([
        callWith('{"city":"Seoul"}'),
        callWith("{"),
        Reply.json(Wire.chatCompletion("Sorry."))
      ])
      const { sent, value } = yield* printing(
        Effect.gen(function* () {
          const value = yield* tools.program
          return { value, sent: (yield* MockHttpClient.requests).map((request) => request.json as Sent) }
        })
      ).pipe(
        Effect.map((printed) => printed.value),
        Effect.provide(Serverless.layer({ token: "flp_test" }).pipe(Layer.provideMerge(http)))
      )
      assert.strictEqual(value, "Sorry.")
      const results = sent.at(-1)?.messages.filter((message) => message.role === "tool") ?? []
      assert.lengthOf(results, 2)
      assert.match(results[0]?.content ?? "", /^\{"error":".*unit: missing/)
      assert.match(results[1]?.content ?? "", /^\{"error":/)
    })
  )

  it.effect("does not call tools forever", () =>
    Effect.gen(function* () {
      const http = MockHttpClient.layer((request) =>
        (request.json as Sent).tool_choice === "none"
          ? Reply.json(Wire.chatCompletion("Enough."))
          : callWith('{"city":"Seoul","unit":"celsius"}')
      )
      const { lines, value } = yield* printing(tools.program).pipe(
        Effect.provide(Serverless.layer({ token: "flp_test" }).pipe(Layer.provideMerge(http)))
      )
      assert.strictEqual(value, "Enough.")
      assert.lengthOf(lines, 5)
    })
  )
})

describe("structured-output", () => {
  it.scopedLive("gives a value of the schema", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { text, value } = yield* printing(configured(server)(structured.runnable))
      assert.isTrue(Schema.is(structured.City)(value))
      assert.strictEqual(text, `${value.name}: ${value.population} people, ${value.sights.join(", ")}`)
    })
  )

  it.effect("fails with a typed error when the answer was cut short", () =>
    Effect.gen(function* () {
      const cut = Wire.chatCompletion('{"name":"Seoul","popul', { finishReason: "length" })
      const error = yield* structured.program.pipe(
        Effect.provide(Serverless.layer({ token: "flp_test" })),
        Effect.provide(MockHttpClient.layer([Reply.json(cut)])),
        Effect.flip
      )
      assert.strictEqual(error._tag, "ParseError")
    })
  )
})

describe("web-response", () => {
  const ask = (prompt: string) =>
    new Request("http://localhost/ask", { method: "POST", body: JSON.stringify({ prompt }) })

  it.scopedLive("passes the events on", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server)(webResponse.runnable))
      assert.strictEqual(value.status, 200)
      assert.strictEqual(lines.join("\n"), value.body.trimEnd())
      const frames = value.body.trimEnd().split("\n\n")
      assert.strictEqual(frames.at(-1), "data: [DONE]")
      assert.lengthOf(frames, (server.requests[0]?.eventsSent ?? 0) + 1)
      assert.match(frames[1] ?? "", /"content":"[^"]+"/)
    })
  )

  it.scopedLive("tells a browser only the kind of a failure", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ tokens: ["another"] })
      const response = yield* Effect.provide(webResponse.respond(ask("Hello!")), over(server))
      const body = yield* Effect.promise(() => response.text())
      assert.deepStrictEqual(JSON.parse(body.replace(/^data: /, "")), {
        error: { type: "AuthenticationError", message: "The service is not authorized.", code: 401 }
      })
    })
  )

  it.scopedLive("stops the generation when the browser disconnects", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ tokensPerSecond: 20 })
      const response = yield* Effect.provide(webResponse.respond(ask("Hello!")), over(server))
      const reader = response.body?.getReader()
      yield* Effect.promise(async () => {
        await reader?.read()
        await reader?.cancel()
      })
      yield* Effect.sync(() => server.requests[0]?.aborted).pipe(
        Effect.delay("10 millis"),
        Effect.repeat({ until: (aborted) => aborted === true }),
        Effect.timeout("5 seconds")
      )
      assert.isBelow(server.requests[0]?.tokensGenerated ?? Infinity, 20)
    })
  )

  it.effect("rejects an empty question", () =>
    Effect.gen(function* () {
      const response = yield* webResponse
        .respond(ask(" "))
        .pipe(Effect.provide(Serverless.layer({ token: "flp_test" })), Effect.provide(MockHttpClient.layer([])))
      assert.strictEqual(response.status, 400)
    })
  )
})
