/**
 * What failures show of credentials and of the request, in every place where they can be seen.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import type * as Deployment from "effect-friendli/Deployment"
import * as Friendli from "effect-friendli/Friendli"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as FriendliClient from "effect-friendli/FriendliClient"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { inspect } from "node:util"
import { collect, guarded, prompt, request, serverless, token } from "../support.js"
import { inMemoryTracer } from "../tracing.js"

/** Everything that shows how a call ended: the failure, what was logged at any level, and what spans say. */
const shown = async (
  call: Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat>,
  script: MockHttpClient.Script,
  settings?: Partial<Deployment.Settings>
): Promise<string> => {
  const { spans, tracer } = inMemoryTracer()
  const lines: Array<string> = []
  const logger = Logger.make((options) => {
    lines.push(Logger.stringLogger.log(options), Logger.jsonLogger.log(options))
  })
  const exit = await call.pipe(
    Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
    Effect.withSpan("caller"),
    Effect.provide(Layer.mergeAll(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.All))),
    Effect.withTracer(tracer),
    Effect.provide(serverless(script, { retry: Retry.never, ...settings })),
    Effect.runPromiseExit
  )
  return [
    ...(Exit.isFailure(exit)
      ? [
          JSON.stringify(exit),
          inspect(exit, { depth: Infinity, showHidden: true }),
          Cause.pretty(exit.cause, { renderErrorCause: true }),
          inspect(Cause.squash(exit.cause), { depth: Infinity })
        ]
      : []),
    ...spans.map((span) =>
      inspect(
        [
          span.name,
          [...span.attributes],
          span.events,
          // what an exporter writes of a failure
          span.status._tag === "Ended" && Exit.isFailure(span.status.exit)
            ? Cause.pretty(span.status.exit.cause, { renderErrorCause: true })
            : ""
        ],
        { depth: 12 }
      )
    ),
    ...lines
  ].join("\n")
}

const headers = {
  "x-api-key": "gw-key-0123456789abcdef",
  cookie: "theme=dark; sid=c-0123456789xyz",
  authorization: "Bearer other-token-13579",
  "proxy-authorization": "Basic cHJveHk6cGFzc3dvcmQ=",
  "x-any-header": "any-value-of-mine"
} as const

const values = [
  "gw-key-0123456789abcdef",
  "c-0123456789xyz",
  "other-token-13579",
  "cHJveHk6cGFzc3dvcmQ=",
  "any-value-of-mine"
]

const said = values.join(" and ")

/** A server that repeats what it was sent, in each of the places where it can. */
const echoes: Readonly<Record<string, (value: string) => Reply.Reply>> = {
  "a message": (value) => Reply.status(401, { body: { error: { message: `no ${value}` } } }),
  "a code": (value) =>
    Reply.status(401, { body: { error: { message: "no", code: value, type: value, param: value } } }),
  issues: (value) => Reply.status(422, { body: { detail: [{ loc: ["body", value], msg: value, input: value }] } }),
  "a page": (value) => Reply.status(502, { body: `<pre>${value}</pre>`, headers: { "content-type": "text/html" } }),
  headers: (value) => Reply.status(500, { headers: { "x-request-id": value, server: value, "retry-after": value } }),
  "JSON in JSON": (value) =>
    Reply.status(400, { body: { error: { message: JSON.stringify({ a: JSON.stringify(value) }) } } }),
  "an answer of another shape": (value) => Reply.json({ echo: value }),
  "a body that breaks off": (value) => Reply.json({ echo: value }, { ending: "reset" }),
  "a good answer": (value) =>
    Reply.json({ ...Wire.chatCompletion("Hi"), id: value, model: value }, { headers: { "x-request-id": value } }),
  "an error frame": (value) =>
    Reply.sse([Wire.chatChunk({ role: "assistant" }), { request_id: value, error: { message: value, code: value } }]),
  "a name of an event": (value) =>
    Reply.sse(
      [`event: ${value}\ndata: ping\n\n`, { ...Wire.chatChunk({ role: "assistant" }), id: value, model: value }],
      {
        done: false
      }
    ),
  "a stream that is a page": (value) => Reply.text(value, { headers: { "content-type": `text/html; a="${value}"` } })
}

const calls = {
  unary: (options: RequestOptions) => Chat.complete(request, options),
  stream: (options: RequestOptions) => collect(Chat.stream(request, options))
} as const

const places: Readonly<
  Record<string, (call: (typeof calls)["unary" | "stream"], reply: Reply.Reply) => Promise<string>>
> = {
  call: (call, reply) => shown(call({ headers }), [reply]),
  region: (call, reply) => shown(Friendli.withHeaders(headers)(call({})), [reply]),
  layer: (call, reply) => shown(call({}), [reply], { headers }),
  "layer, with other headers of the call": (call, reply) =>
    shown(call({ headers: { "x-more": "more-0123456789" } }), [reply], { headers })
}

describe("values of headers", () => {
  for (const [place, run] of Object.entries(places)) {
    for (const [echo, reply] of Object.entries(echoes)) {
      it(`of the ${place}, repeated in ${echo}, are shown nowhere`, async () => {
        for (const call of Object.values(calls)) {
          const all = await run(call, reply(said))
          assert.isAbove(all.length, 100)
          for (const value of values) assert.notInclude(all, value)
          assert.notInclude(all, token)
        }
      })
    }
  }

  it.effect("that occur in many texts break no words", () =>
    Effect.gen(function* () {
      const message =
        "expected application/json, version 1, from the nightly or the production channel since 2023-06-01"
      const common = {
        accept: "application/json",
        "x-version": "1",
        "x-a": "nightly",
        "x-b": "production",
        "x-c": "2023-06-01"
      }
      const error = yield* Effect.flip(Chat.complete(request, { headers: common }))
      assert.include(error.message, message)
    }).pipe(
      Effect.provide(
        serverless([
          Reply.status(400, {
            body: {
              error: {
                message:
                  "expected application/json, version 1, from the nightly or the production channel since 2023-06-01"
              }
            }
          })
        ])
      )
    )
  )

  it.effect("leave the id of a request that the caller has set", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request, { headers: { "x-request-id": "my-request-0123456789" } }))
      assert.strictEqual(error.requestId, "my-request-0123456789")
    }).pipe(Effect.provide(serverless([Reply.status(400, { headers: { "x-request-id": "my-request-0123456789" } })])))
  )
})

describe("a key in the path of the base URL", () => {
  const key = "gw-key-0123456789abcdef"
  const baseUrl = `https://gateway.example/k/${key}/llm`

  for (const [echo, reply] of Object.entries(echoes)) {
    it(`repeated in ${echo}, is shown nowhere`, async () => {
      for (const call of Object.values(calls)) {
        const all = await shown(call({}), [reply(`https://gateway.example/k/${key}`)], { baseUrl })
        assert.notInclude(all, key)
        if (all.includes("_tag"))
          assert.include(all, "https://gateway.example/k/<redacted>/llm/serverless/v1/chat/completions")
      }
    })
  }

  it("is sent all the same", async () => {
    const sent = await Effect.zipRight(Effect.exit(Chat.complete(request)), MockHttpClient.requests).pipe(
      Effect.provide(serverless([Reply.status(400)], { baseUrl })),
      Effect.runPromise
    )
    assert.strictEqual(sent[0]?.url, `${baseUrl}/serverless/v1/chat/completions`)
  })

  it.effect("is not shown by a rejection either", () =>
    Effect.gen(function* () {
      yield* Effect.exit(Chat.complete(request))
      const error = yield* Effect.flip(Chat.complete(request))
      assert.strictEqual(error.code, "circuit_open")
      assert.strictEqual(error.url, "https://gateway.example/k/<redacted>/llm/serverless/v1/chat/completions")
    }).pipe(
      Effect.provide(
        guarded(Resilience.layerCircuitBreaker({ failureThreshold: 1 }), () => Reply.status(500), { baseUrl })
      )
    )
  )
})

describe("a deployment that is printed", () => {
  const baseUrl = "https://gateway.example/k/gw-key-9876543210fedcba"
  const printed = (value: unknown): string =>
    [
      JSON.stringify(value),
      inspect(value, { depth: Infinity, showHidden: true }),
      inspect(value, { depth: Infinity, customInspect: false }),
      Inspectable.toStringUnknown(value)
    ].join("\n")

  it.effect("shows names of headers, and no value", () =>
    Effect.gen(function* () {
      const { deployment } = yield* FriendliClient.FriendliClient
      for (const value of [
        deployment,
        { ...deployment },
        deployment.options,
        deployment.options.headers,
        [deployment]
      ]) {
        const all = printed(value)
        for (const secret of [...values, token]) assert.notInclude(all, secret)
        assert.include(all, "x-any-header")
      }
      // they are there all the same
      assert.deepStrictEqual<unknown>({ ...deployment.options.headers }, headers)
      assert.strictEqual(deployment.options.headers?.["x-api-key"], headers["x-api-key"])
    }).pipe(Effect.provide(serverless([], { headers })))
  )

  it.effect("takes names of headers that objects have too", () =>
    Effect.gen(function* () {
      const { deployment } = yield* FriendliClient.FriendliClient
      assert.notInclude(printed(deployment), "value-0123456789")
      yield* Effect.exit(Chat.complete(request, { retry: Retry.never }))
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(sent?.headers["tojson"], "value-0123456789")
      assert.strictEqual(sent?.headers["constructor"], "value-0123456789x")
    }).pipe(
      Effect.provide(
        serverless(() => Reply.status(400), {
          headers: { toJSON: "value-0123456789", constructor: "value-0123456789x" }
        })
      )
    )
  )

  it.effect("shows no key in its base URL", () =>
    Effect.gen(function* () {
      const { deployment } = yield* FriendliClient.FriendliClient
      assert.strictEqual(deployment.baseUrl, baseUrl)
      for (const value of [JSON.stringify(deployment), inspect(deployment, { depth: Infinity, showHidden: true })]) {
        assert.notInclude(value, "gw-key-9876543210fedcba")
        assert.include(value, "https://gateway.example/k/<redacted>")
      }
    }).pipe(Effect.provide(serverless([], { baseUrl })))
  )
})

describe("the reason", () => {
  const rejection = (body: unknown, status = 404) => serverless([Reply.status(status, { body: body as never })])

  for (const words of ["llama", "model", "found"]) {
    it.effect(`stays readable when the prompt is ${words}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Completions.complete({ prompt: words }))
        assert.include(error.message, "model llama not found; available: llama-3")
        assert.strictEqual(error.code, "model_not_found")
      }).pipe(
        Effect.provide(
          rejection({ error: { message: "model llama not found; available: llama-3", code: "model_not_found" } })
        )
      )
    )
  }

  it.effect("names the tool", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Chat.complete({
          messages: [{ role: "user", content: "Use get_weather, please" }],
          tools: [
            {
              type: "function",
              function: { name: "get_weather", parameters: { type: "object", properties: { unit_of_measurement: {} } } }
            }
          ]
        })
      )
      assert.include(error.message, "Invalid schema for function 'get_weather': 'unit_of_measurement' has no type")
    }).pipe(
      Effect.provide(
        rejection(
          { error: { message: "Invalid schema for function 'get_weather': 'unit_of_measurement' has no type" } },
          400
        )
      )
    )
  )

  it.effect("keeps the code of an error that the prompt asks about", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Tokens.tokenize({ prompt: "What does rate_limit_exceeded mean?" }))
      assert.strictEqual(error.code, "rate_limit_exceeded")
    }).pipe(Effect.provide(rejection({ error: { message: "no", code: "rate_limit_exceeded" } }, 400)))
  )

  it.effect("keeps names of fields in the paths of issues", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Completions.complete({ prompt: "messages and max_tokens" }))
      assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues.map(({ path }) => path), [
        ["max_tokens"],
        ["messages", 0, "<redacted>"]
      ])
    }).pipe(
      Effect.provide(
        rejection(
          {
            detail: [
              { loc: ["body", "max_tokens"], msg: "too large" },
              { loc: ["body", "messages", 0, "messages and max_tokens"], msg: "no" }
            ]
          },
          422
        )
      )
    )
  )
})

describe("failures of large requests", () => {
  const image = `data:image/png;base64,${"iVBORw0KGgoAAAANSUhEUgAAAAUA".repeat(190_000)}`
  const detail = Array.from({ length: 30 }, (_, at) => ({
    loc: ["body", "messages", at],
    msg: `Input should be a valid string: ${at}`
  }))

  it.live("with 30 issues and 5 MB of an image take no seconds", () =>
    Effect.gen(function* () {
      const before = process.cpuUsage()
      const error = yield* Effect.flip(
        Chat.complete({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: image } }] }] })
      )
      const { system, user } = process.cpuUsage(before)
      assert.strictEqual(error._tag === "InvalidRequestError" && error.issues.length, 30)
      assert.isBelow((system + user) / 1e6, 2)
    }).pipe(Effect.provide(serverless([Reply.status(422, { body: { detail } })])))
  )

  it.live("that are sent again take no seconds either", () =>
    Effect.gen(function* () {
      const before = process.cpuUsage()
      const retry = Retry.backoff({ initialInterval: "1 millis", maxInterval: "1 millis", maxRetries: 2 })
      const content = "안녕하세요 반갑습니다 ".repeat(90_000)
      yield* Effect.flip(Chat.complete({ messages: [{ role: "user", content }] }, { retry }))
      const { system, user } = process.cpuUsage(before)
      assert.strictEqual((yield* MockHttpClient.requests).length, 3)
      assert.isBelow((system + user) / 1e6, 2)
    }).pipe(
      Effect.provide(serverless(() => Reply.status(429, { body: { error: { message: `slow down ${prompt}` } } })))
    )
  )
})
