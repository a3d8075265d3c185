/** Tool-assisted chat over a socket. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as ToolAssistedChat from "effect-friendli/ToolAssistedChat"
import { emulated } from "./emulated.js"
import { collect } from "./support.js"

describe("over a socket", async () => {
  const server = await emulated()

  const live = <A, E>(effect: Effect.Effect<A, E, ToolAssistedChat.ToolAssistedChat>) =>
    Effect.provide(
      effect,
      Layer.suspend(() =>
        Serverless.layer({
          token: "flp_test",
          model: "meta-llama-3.1-8b-instruct",
          baseUrl: server.url,
          retry: Retry.never
        }).pipe(Layer.provide(FetchHttpClient.layer))
      )
    )

  const request: ToolAssistedChat.ToolAssistedChatRequest = {
    messages: [{ role: "user", content: "What is 150 * 1.60934?" }],
    tools: [{ type: "math:calculator" }],
    temperature: 0
  }

  it.live("the tool runs on the server, and the streamed answer is the whole one", () =>
    Effect.gen(function* () {
      const whole = yield* ToolAssistedChat.complete(request)
      const text = whole.choices[0]?.message.content
      assert.include(text, "241.401")
      const events = yield* collect(ToolAssistedChat.stream(request))
      assert.deepStrictEqual(
        events.flatMap((event) => (ToolAssistedChat.isToolStatus(event) ? [[event.name, event.data.status]] : [])),
        [
          ["tool_status", "STARTED"],
          ["tool_status", "ENDED"]
        ]
      )
      const answer = yield* ToolAssistedChat.stream(request).pipe(ToolAssistedChat.chunks, ChatStream.fold)
      assert.strictEqual(answer.choices[0]?.message.content, text)
      assert.strictEqual(answer.usage?.completion_tokens, whole.usage?.completion_tokens)
      assert.strictEqual(server.requests[0]?.path, "/serverless/tools/v1/chat/completions")
    }).pipe(live)
  )

  it.live("a stream that the server cuts is a typed failure with what had arrived", () =>
    Effect.gen(function* () {
      server.faults.enqueue({ truncate: { afterEvents: 3 } })
      const error = yield* Effect.flip(ToolAssistedChat.stream(request).pipe(ToolAssistedChat.chunks, ChatStream.fold))
      assert.strictEqual(error._tag, "StreamTruncatedError")
      assert.strictEqual(error.received?.events, 3)
    }).pipe(live)
  )
})
