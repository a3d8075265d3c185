/** Connections after the end of a stream: the SDK reads on for a moment, so that they can be used again. */
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as FetchTransport from "effect-friendli/FetchTransport"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Wire } from "effect-friendli/testing"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { layers, pause } from "./pauses.support.js"

const events = [...Wire.chatChunks("one two").map((chunk) => JSON.stringify(chunk)), "[DONE]"]
  .map((data) => `data: ${data}\n\n`)
  .join("")

/** A server that ends each body some time after its `[DONE]`, and counts connections. */
const listening = (endAfter: number) =>
  Effect.acquireRelease(
    Effect.async<{
      readonly url: string
      readonly accepted: () => number
      readonly closed: () => number
      readonly close: () => void
    }>((resume) => {
      let accepted = 0
      let closed = 0
      const server = Http.createServer((request, response) => {
        request.resume().on("end", () => {
          response.writeHead(200, { "content-type": "text/event-stream" }).write(events)
          setTimeout(() => response.end(), endAfter).unref()
        })
      })
      server.on("connection", (socket) => {
        accepted++
        socket.on("close", () => closed++)
      })
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            accepted: () => accepted,
            closed: () => closed,
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

const request = { model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user" as const, content: "Hi" }] }

const deployment = (baseUrl: string, http: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.provide(Serverless.layer({ token: "flp_t", baseUrl, retry: Retry.never }), http)

describe("a connection whose stream has ended", () => {
  for (const [name, http] of Object.entries(layers)) {
    it.scopedLive(
      `is used again after a pause of the process that is longer than the wait for its end, over ${name}`,
      () =>
        Effect.gen(function* () {
          const { accepted, url } = yield* listening(100)
          const stream = Stream.runDrain(Chat.stream(request))
          yield* Effect.gen(function* () {
            yield* stream
            yield* pause(1200)
            yield* Effect.sleep("200 millis")
            yield* stream
          }).pipe(Effect.provide(deployment(url, http)))
          assert.strictEqual(accepted(), 1)
        })
    )
  }

  it.scopedLive("is closed if its body does not end", () =>
    Effect.gen(function* () {
      const { closed, url } = yield* listening(60_000)
      yield* Effect.provide(Stream.runDrain(Chat.stream(request)), deployment(url, FetchTransport.layer))
      assert.strictEqual(closed(), 0)
      yield* Effect.repeat(Effect.sleep("50 millis"), { until: () => closed() > 0 })
    }).pipe(Effect.timeout("10 seconds"))
  )
})
