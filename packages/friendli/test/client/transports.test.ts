/**
 * Which way a request takes: a client of this SDK's own layers sends directly, and whatever is wrapped around one is respected.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as FetchTransport from "effect-friendli/FetchTransport"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { directOf } from "../../src/internal/transport.js"
import { bodyOf } from "../../src/internal/responseBody.js"
import { request, token } from "../support.js"

const text = "Hi there!"

const events = `${Wire.chatChunks(text)
  .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  .join("")}data: [DONE]\n\n`

type Sent = { readonly url: string; readonly init: RequestInit }

/** A fetch that answers every request, and remembers it. */
const answering = () => {
  const sent: Array<Sent> = []
  const fetch = (url: string | URL, init: RequestInit) => {
    sent.push({ url: String(url), init })
    const isStream = String(init.body).includes('"stream":true')
    return Promise.resolve(
      isStream
        ? new Response(events, { headers: { "content-type": "text/event-stream", "x-request-id": "r-1" } })
        : Response.json(Wire.chatCompletion(text), { headers: { "x-request-id": "r-1" } })
    )
  }
  return { sent, fetch: fetch as typeof globalThis.fetch }
}

const deployment = Serverless.layer({ token, model: "m", retry: Retry.never })

/** The messages of the log about transports, newest last. */
const logged = Effect.gen(function* () {
  const names = yield* Ref.make<ReadonlyArray<unknown>>([])
  const logger = Logger.make<unknown, void>(({ annotations, message }) => {
    const [what, fields] = Array.isArray(message) ? (message as ReadonlyArray<unknown>) : [message]
    if (what !== "sent a request") return
    const transport = (fields as { readonly transport?: unknown } | undefined)?.transport
    Effect.runSync(
      Ref.update(names, (all) => [...all, transport ?? Option.getOrUndefined(HashMap.get(annotations, "transport"))])
    )
  })
  return {
    names: Ref.get(names),
    layer: Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.Debug))
  }
})

const both = Effect.zip(
  Effect.map(Chat.complete(request), (answer) => answer.choices[0]?.message.content),
  Effect.map(Stream.runCollect(Chat.stream(request)), (chunks) =>
    [...chunks].map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")
  )
)

/** Runs a call and a stream over a client; gives the ways that they took. */
const waysOf = (http: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.gen(function* () {
    const { layer, names } = yield* logged
    const { fetch, sent } = answering()
    const answers = yield* both.pipe(
      Effect.provide(deployment),
      Effect.provide(http),
      Effect.provideService(FetchHttpClient.Fetch, fetch),
      Effect.provide(layer)
    )
    assert.deepStrictEqual(answers, [text, text])
    // the log is written by fibers of its own
    for (let n = 0; n < 20; n++) yield* Effect.yieldNow()
    return { ways: yield* names, sent }
  })

const clientIn = (context: Context.Context<HttpClient.HttpClient>) => Context.get(context, HttpClient.HttpClient)
const contextOf = (client: HttpClient.HttpClient) => Context.make(HttpClient.HttpClient, client)

const wrapped = (wrap: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
  Layer.map(FetchTransport.layer, (context) => contextOf(wrap(clientIn(context))))

const direct = ["FetchTransport", "FetchTransport"]
const ordinary = ["HttpClient", "HttpClient"]

describe("a request goes", () => {
  it.effect("directly, over FetchTransport", () =>
    Effect.gen(function* () {
      const { sent, ways } = yield* waysOf(FetchTransport.layer)
      assert.deepStrictEqual(ways, direct)
      const headers = sent[0]!.init.headers as Record<string, string>
      assert.strictEqual(headers["authorization"], `Bearer ${token}`)
      assert.strictEqual(headers["content-type"], "application/json")
      assert.strictEqual(sent[0]!.init.method, "POST")
      assert.isTrue(sent[0]!.url.endsWith("/serverless/v1/chat/completions"))
    })
  )

  it.effect("by execute, over the platform's layer, with the same request", () =>
    Effect.gen(function* () {
      const platform = yield* waysOf(FetchHttpClient.layer)
      assert.deepStrictEqual(platform.ways, ordinary)
      const ours = yield* waysOf(FetchTransport.layer)
      assert.deepStrictEqual(
        ours.sent.map(({ init: { body, headers, method }, url }) => ({ url, method, headers: { ...headers }, body })),
        platform.sent.map(({ init: { body, headers, method }, url }) => ({
          url,
          method,
          headers: { ...headers },
          body
        }))
      )
    })
  )

  it.effect("directly, with a fetch and options that the layer was built with", () =>
    Effect.gen(function* () {
      const { fetch, sent } = answering()
      const http = FetchTransport.layer.pipe(
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch)),
        Layer.provide(
          Layer.succeed(FetchHttpClient.RequestInit, { credentials: "include", headers: { "x-init": "yes" } })
        )
      )
      assert.deepStrictEqual(yield* both.pipe(Effect.provide(deployment), Effect.provide(http)), [text, text])
      assert.strictEqual(sent[0]!.init.credentials, "include")
      assert.strictEqual((sent[0]!.init.headers as Record<string, string>)["x-init"], "yes")
      assert.strictEqual((sent[0]!.init.headers as Record<string, string>)["authorization"], `Bearer ${token}`)
    })
  )

  it.effect("through whatever is wrapped around a client", () =>
    Effect.gen(function* () {
      let seen = 0
      const count = () => {
        seen++
      }
      const wraps: Readonly<Record<string, (client: HttpClient.HttpClient) => HttpClient.HttpClient>> = {
        mapRequest: HttpClient.mapRequest((it) => {
          count()
          return HttpClientRequest.setHeader(it, "x-mapped", "yes")
        }),
        transformResponse: HttpClient.transformResponse((it) => Effect.tap(it, count)),
        tap: HttpClient.tap(() => Effect.sync(count)),
        tapRequest: HttpClient.tapRequest(() => Effect.sync(count)),
        filterStatus: (client) => HttpClient.tap(HttpClient.filterStatusOk(client), () => Effect.sync(count)),
        retry: (client) =>
          HttpClient.retry(
            HttpClient.tapRequest(client, () => Effect.sync(count)),
            Schedule.recurs(1)
          ),
        followRedirects: (client) =>
          HttpClient.followRedirects(
            HttpClient.tapRequest(client, () => Effect.sync(count)),
            2
          ),
        spread: (client) => ({
          ...client,
          execute: (it) => {
            count()
            return client.execute(it)
          }
        }),
        "Object.create": (client) =>
          Object.assign(Object.create(client) as HttpClient.HttpClient, {
            execute: (it: HttpClientRequest.HttpClientRequest) => {
              count()
              return client.execute(it)
            }
          }),
        Proxy: (client) =>
          new Proxy(client, {
            get: (target, key, receiver) => {
              if (key === "execute") count()
              return Reflect.get(target, key, receiver) as unknown
            }
          }),
        "a changed execute": (client) => {
          const { execute } = client
          return Object.assign(client, {
            execute: (it: HttpClientRequest.HttpClientRequest) => {
              count()
              return execute.call(client, it)
            }
          })
        }
      }
      for (const [name, wrap] of Object.entries(wraps)) {
        seen = 0
        const { ways } = yield* waysOf(wrapped(wrap))
        assert.isAtLeast(seen, 2, name)
        assert.notInclude(ways, "FetchTransport", name)
      }
    })
  )

  it.effect("by execute where somebody traces, so that the platform's span is there", () =>
    Effect.gen(function* () {
      const { layer, names } = yield* logged
      yield* both.pipe(
        Effect.withSpan("mine"),
        Effect.provide(deployment),
        Effect.provide(FetchTransport.layer),
        Effect.provideService(FetchHttpClient.Fetch, answering().fetch),
        Effect.provide(layer)
      )
      for (let n = 0; n < 20; n++) yield* Effect.yieldNow()
      assert.deepStrictEqual(yield* names, ordinary)
    })
  )

  it.effect("by execute over the platform's layer, when both layers are in the program", () =>
    Effect.gen(function* () {
      yield* Effect.flatMap(HttpClient.HttpClient, (ours) => {
        assert.isDefined(directOf(ours))
        return Effect.void
      }).pipe(Effect.provide(FetchTransport.layer), Effect.provide(FetchHttpClient.layer))
      yield* Effect.flatMap(HttpClient.HttpClient, (theirs) => {
        assert.isUndefined(directOf(theirs))
        return Effect.void
      }).pipe(Effect.provide(FetchHttpClient.layer))
    })
  )
})

describe("a body is read at its source", () => {
  const platform = (
    response: () => Response,
    use: (it: HttpClientResponse.HttpClientResponse) => Effect.Effect<void>
  ) =>
    Effect.flatMap(HttpClient.HttpClient, (client) => Effect.flatMap(client.get("http://localhost"), use)).pipe(
      Effect.provide(FetchHttpClient.layer),
      Effect.provideService(FetchHttpClient.Fetch, () => Promise.resolve(response()))
    )

  it.effect("where it is the platform's own and untouched, and nowhere else", () =>
    Effect.gen(function* () {
      const fresh = () => new Response("{}")
      yield* platform(fresh, (it) => {
        assert.isDefined(bodyOf(it))
        return Effect.void
      })
      yield* platform(fresh, (it) => {
        const replaced: ReadonlyArray<readonly [string, HttpClientResponse.HttpClientResponse]> = [
          ["a copy", { ...it }],
          [
            "a proxy with another body",
            new Proxy(it, { get: (_, key) => (key === "text" ? Effect.succeed("") : undefined) })
          ],
          ["an object made from it", Object.create(it) as HttpClientResponse.HttpClientResponse],
          ["with another text", Object.defineProperty(it, "text", { value: Effect.succeed("other") })]
        ]
        for (const [name, response] of replaced.toReversed()) {
          if (name !== "an object made from it") assert.isUndefined(bodyOf(response), name)
        }
        return Effect.void
      })
      yield* platform(fresh, (it) => Effect.map(Effect.orDie(it.text), () => assert.strictEqual(bodyOf(it), "touched")))
    })
  )

  it.effect("and a text that middleware has read is used again", () =>
    Effect.gen(function* () {
      let length = 0
      const http = Layer.map(FetchHttpClient.layer, (context) =>
        contextOf(
          HttpClient.tap(clientIn(context), (it) =>
            Effect.map(Effect.orDie(it.text), (read) => {
              length = read.length
            })
          )
        )
      )
      const answers = yield* both.pipe(
        Effect.provide(deployment),
        Effect.provide(http),
        Effect.provideService(FetchHttpClient.Fetch, answering().fetch)
      )
      assert.deepStrictEqual(answers, [text, text])
      assert.isAbove(length, 0)
    })
  )
})

describe("over FetchTransport", () => {
  const over =
    (fetch: (url: string, init: RequestInit) => Promise<Response>) =>
    (effect: Effect.Effect<unknown, unknown, Chat.Chat>) =>
      Effect.exit(effect).pipe(
        Effect.provide(deployment),
        Effect.provide(FetchTransport.layer),
        Effect.provideService(FetchHttpClient.Fetch, fetch as typeof globalThis.fetch)
      )

  it.live("interruption aborts the request, before and after its head", () =>
    Effect.gen(function* () {
      for (const hasHead of [false, true]) {
        let signal: AbortSignal | undefined
        let cancelled = false
        const fetch = (_: string, init: RequestInit) => {
          signal = init.signal!
          if (!hasHead) return new Promise<Response>(() => {})
          const body = new ReadableStream<Uint8Array>({
            start: (controller) => controller.enqueue(new TextEncoder().encode(events.slice(0, 400))),
            cancel: () => {
              cancelled = true
            }
          })
          return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }))
        }
        const fiber = yield* Effect.fork(over(fetch)(Stream.runDrain(Chat.stream(request))))
        while (signal === undefined) yield* Effect.sleep(1)
        yield* Effect.sleep(20)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(signal.aborted)
        assert.strictEqual(cancelled, hasHead)
      }
    })
  )

  it.live("a fetch that throws is a failed connection", () =>
    Effect.gen(function* () {
      const exit = yield* over(() => {
        throw new TypeError("no network")
      })(Chat.complete(request))
      assert.include(String(exit), "ConnectionError")
      assert.include(String(exit), "no network")
    })
  )
})
