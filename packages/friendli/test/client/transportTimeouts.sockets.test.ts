/**
 * Timeouts that are not the SDK's but the HTTP layer's: they say whose they are, and a generation is not repeated after them.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, fetch as fetchOfUndici } from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as Retry from "effect-friendli/Retry"
import * as FetchTransport from "effect-friendli/FetchTransport"
import * as Serverless from "effect-friendli/Serverless"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { collect } from "../support.js"

const frame = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\n\n`
const chunks = Wire.chatChunks("one two three")

/** Answers nothing, or begins its answer and sends nothing more. Counts. */
const listening = (begins: boolean) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly asked: () => number; readonly close: () => void }>((resume) => {
      let asked = 0
      const server = Http.createServer((request, response) => {
        asked++
        if (!begins) return
        let body = ""
        request.on("data", (data: Buffer) => (body += data.toString()))
        request.on("end", () => {
          const streams = body.includes('"stream":true')
          response.writeHead(200, { "content-type": streams ? "text/event-stream" : "application/json" })
          const events = request.url!.endsWith("/messages")
            ? 'event: ping\ndata: {"type":"ping"}\n\n'
            : frame(chunks[0]) + frame(chunks[1])
          response.write(streams ? events : '{"id":"1",')
        })
      })
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            asked: () => asked,
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          })
        )
      )
    }),
    ({ close }) => Effect.sync(close)
  )

/** undici looks at its timers about once a second. */
const short = { headersTimeout: 300, bodyTimeout: 300 } as const
/** Long enough for headers to arrive on a busy machine. */
const patience = 1500

type Fetching = (url: string | URL, init: RequestInit) => Promise<Response>

const withFetch = (http: Layer.Layer<HttpClient.HttpClient>) => (fetch: Fetching) =>
  http.pipe(Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch as typeof globalThis.fetch)))

const fetching = withFetch(FetchHttpClient.layer)

/** The layers of undici overrule the agent, so the limits are put under it. */
const dispatcher = Layer.scoped(
  NodeHttpClient.Dispatcher,
  Effect.acquireRelease(
    Effect.sync(() => new Agent().compose((dispatch) => (o, handler) => dispatch({ ...o, ...short }, handler))),
    (agent) => Effect.promise(() => agent.destroy())
  )
)

const agent = new Agent(short)

interface Limited {
  readonly layer: Layer.Layer<HttpClient.HttpClient>
  /** What the snapshot names, for headers and in the middle of the answer. */
  readonly named: readonly [headers: string, body: string]
  readonly clocks: readonly ["headers", "idle" | "total"]
}

const undici = { named: ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"], clocks: ["headers", "idle"] } as const
const signal = { named: ["TimeoutError", "TimeoutError"], clocks: ["headers", "total"] } as const

const aborting = (url: string | URL, init: RequestInit) => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), patience)
  timer.unref()
  return fetch(url, { ...init, signal: AbortSignal.any([init.signal!, controller.signal]) })
}

const layers: Readonly<Record<string, Limited>> = {
  "fetch over an agent": {
    ...undici,
    layer: fetching((url, init) => fetchOfUndici(url, { ...init, dispatcher: agent } as never) as never)
  },
  "FetchTransport over an agent": {
    ...undici,
    layer: withFetch(FetchTransport.layer)(
      (url, init) => fetchOfUndici(url, { ...init, dispatcher: agent } as never) as never
    )
  },
  undici: { ...undici, layer: Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher, dispatcher) },
  UndiciTransport: { ...undici, layer: Layer.provide(UndiciTransport.layerWithoutDispatcher, dispatcher) },
  "fetch with AbortSignal.timeout": {
    ...signal,
    layer: fetching((url, init) =>
      fetch(url, { ...init, signal: AbortSignal.any([init.signal!, AbortSignal.timeout(patience)]) })
    )
  },
  "fetch with a controller that aborts": { ...signal, named: ["AbortError", "AbortError"], layer: fetching(aborting) }
}

const twice = { retry: Retry.transient(Schedule.recurs(1)) }
const request = { messages: [{ role: "user", content: "a" }] } as const

const calls: Readonly<
  Record<string, Effect.Effect<unknown, FriendliError.FriendliStreamError, Serverless.Capabilities>>
> = {
  "Chat.complete": Chat.complete(request, twice),
  "Chat.stream": ChatStream.fold(Chat.stream(request, twice)),
  "Completions.complete": Completions.complete({ prompt: "a" }, twice),
  "Messages.stream": collect(Messages.stream({ ...request, max_tokens: 1 }, twice)),
  "Tokens.tokenize": Tokens.tokenize({ prompt: "a" }, twice)
}

const failing = (layer: Layer.Layer<HttpClient.HttpClient>, begins: boolean, name: string) =>
  Effect.gen(function* () {
    const server = yield* listening(begins)
    const error = yield* Effect.flip(calls[name]!).pipe(
      Effect.provide(Serverless.layer({ token: "flp_example", model: "m", baseUrl: server.url })),
      Effect.provide(layer)
    )
    assert.strictEqual(error._tag, "RequestTimeoutError", error.message)
    return { asked: server.asked(), error: error as FriendliError.RequestTimeoutError }
  }).pipe(Effect.scoped)

for (const [http, { clocks, layer, named }] of Object.entries(layers)) {
  describe.concurrent(http, () => {
    for (const name of Object.keys(calls)) {
      const costs = name !== "Tokens.tokenize"
      it.live(
        `${name}: no headers in time is a timeout of the HTTP layer, ${costs ? "not repeated" : "repeated"}`,
        () =>
          Effect.gen(function* () {
            const { asked, error } = yield* failing(layer, false, name)
            assert.strictEqual(error.kind, clocks[0])
            assert.strictEqual(error.cause?.code ?? error.cause?.name, named[0])
            assert.include(error.message, named[0])
            assert.include(error.message, "HTTP layer")
            assert.include(error.message, "UndiciTransport.layer")
            assert.include(error.message, "not headersTimeout")
            // a single timer of the system may fire a millisecond early
            assert.isAtLeast(Duration.toMillis(error.limit), 290)
            assert.isAtMost(Duration.toMillis(error.limit), 10_000)
            assert.strictEqual(error.mayBeBilled, costs ? true : undefined)
            assert.strictEqual(FriendliError.isTransient(error), !costs)
            assert.strictEqual(asked, costs ? 1 : 2)
          })
      )

      it.live(`${name}: a body that sends nothing is one too, and never repeated`, () =>
        Effect.gen(function* () {
          const { asked, error } = yield* failing(layer, true, name)
          assert.strictEqual(error.kind, clocks[1])
          assert.strictEqual(error.status, 200)
          assert.strictEqual(error.cause?.code ?? error.cause?.name, named[1])
          assert.include(error.message, "HTTP layer")
          assert.include(error.message, clocks[1] === "idle" ? "not idleTimeout" : "not the option timeout")
          assert.isAtLeast(Duration.toMillis(error.limit), 290)
          assert.isFalse(FriendliError.isTransient(error))
          assert.strictEqual(asked, 1)
          if (name === "Chat.stream") assert.strictEqual(error.received?.events, 2)
          if (name === "Chat.complete") assert.strictEqual(error.body, '{"id":"1",')
        })
      )
    }
  })
}

describe("what is no timeout of an answer", () => {
  const causes: ReadonlyArray<readonly [string, unknown]> = [
    [
      "no connection in time",
      Object.assign(new Error("Connect Timeout Error"), {
        name: "ConnectTimeoutError",
        code: "UND_ERR_CONNECT_TIMEOUT"
      })
    ],
    ["ETIMEDOUT", Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" })],
    ["a broken socket", Object.assign(new Error("other side closed"), { name: "SocketError", code: "UND_ERR_SOCKET" })]
  ]
  for (const [name, cause] of causes) {
    it.effect(`${name} stays a ConnectionError`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Chat.complete(request, { retry: Retry.never }))
        assert.deepInclude(error, { _tag: "ConnectionError", phase: "connect" })
        assert.isTrue(FriendliError.isTransient(error))
      }).pipe(
        Effect.provide(Serverless.layer({ token: "flp_example", model: "m" })),
        Effect.provide(fetching(() => Promise.reject(new TypeError("fetch failed", { cause }))))
      )
    )
  }

  it.effect("a timeout deep in the cause is found", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request))
      assert.deepInclude(error, { _tag: "RequestTimeoutError", kind: "headers", mayBeBilled: true })
    }).pipe(
      Effect.provide(Serverless.layer({ token: "flp_example", model: "m" })),
      Effect.provide(
        fetching(() => {
          const deepest = Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" })
          const middle = new Error("proxy failed", { cause: new AggregateError([deepest]) })
          return Promise.reject(new TypeError("fetch failed", { cause: middle }))
        })
      )
    )
  )
})
