import { FetchHttpClient, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Retry, Serverless } from "effect-friendli"
import type { RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { createServer } from "node:http"
import { layer } from "../src/ui-server.js"
import { emulator } from "./support.js"

/** The example's server, on a free port and over sockets on both sides, until the test ends. */
const serving = (upstream: RunningEmulator) =>
  layer.pipe(
    Layer.provide(
      Serverless.layer({
        token: "flp_test",
        baseUrl: upstream.url,
        model: "meta-llama-3.1-8b-instruct",
        retry: Retry.never
      })
    ),
    Layer.provide(FetchHttpClient.layer),
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.build,
    Effect.flatMap((context) =>
      Effect.provide(
        HttpServer.addressFormattedWith((url) => Effect.succeed(url)),
        context
      )
    )
  )

const ask = (url: string, text: string) =>
  Effect.promise(() =>
    fetch(`${url}/api/chat`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id: "chat", messages: [{ id: "1", role: "user", parts: [{ type: "text", text }] }] })
    })
  )

describe("ui-server", () => {
  it.scopedLive("runs the tool, and answers with the whole message", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator({
        script: [
          { when: { toolResult: "get_weather" }, say: "It is 21 degrees in Seoul." },
          { when: { contains: "weather" }, call: { tool: "get_weather", arguments: { city: "Seoul" } } }
        ]
      })
      const response = yield* ask(yield* serving(upstream), "How is the weather in Seoul?")
      assert.strictEqual(response.headers.get("x-vercel-ai-ui-message-stream"), "v1")
      const frames = (yield* Effect.promise(() => response.text())).trimEnd().split("\n\n")
      assert.strictEqual(frames.pop(), "data: [DONE]")
      const chunks = frames.map(
        (frame) =>
          JSON.parse(frame.slice("data: ".length)) as {
            readonly type: string
            readonly delta?: string
            readonly output?: unknown
          }
      )
      assert.deepInclude(
        chunks.find(({ type }) => type === "tool-output-available"),
        { output: { city: "Seoul", celsius: 21 } }
      )
      assert.strictEqual(
        chunks.map(({ delta, type }) => (type === "text-delta" ? delta : "")).join(""),
        "It is 21 degrees in Seoul."
      )
      assert.deepStrictEqual(
        (upstream.requests[1]!.body as { readonly messages: ReadonlyArray<{ readonly role: string }> }).messages.map(
          ({ role }) => role
        ),
        ["system", "user", "assistant", "tool"]
      )
    })
  )

  it.scopedLive("has a status for a failure before the first chunk", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator()
      upstream.faults.enqueue({ status: 503 })
      assert.strictEqual((yield* ask(yield* serving(upstream), "Hello!")).status, 503)
    })
  )
})
