import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { layer } from "../src/ui-server.js"
import { emulator, serving } from "./support.js"

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
      const response = yield* ask(yield* serving(layer, upstream), "How is the weather in Seoul?")
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
      assert.strictEqual((yield* ask(yield* serving(layer, upstream), "Hello!")).status, 503)
    })
  )
})
