/**
 * How much of an answer is read: no further ahead than a slow consumer allows, and no more of a failed answer than its beginning. And that
 * no timer outlives its call.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Wire } from "effect-friendli/testing"
import { request, token } from "../support.js"

const event = new TextEncoder().encode(`data: ${JSON.stringify(Wire.chatChunks("x".repeat(900))[1])}\n\n`)

/** A body that makes a chunk only when one is asked for, and counts its bytes. */
const counted = (chunk: Uint8Array, status: number, contentType: string) => {
  let bytes = 0
  let pieces = 0
  const fetch = () =>
    Promise.resolve(
      new Response(
        new ReadableStream<Uint8Array>(
          {
            pull: async (controller) => {
              // another turn of the event loop, as a socket would take
              await new Promise((resolve) => setImmediate(resolve))
              if (++pieces > 20_000) return controller.close()
              bytes += chunk.length
              controller.enqueue(chunk.slice())
            }
          },
          { highWaterMark: 0 }
        ),
        { status, headers: { "content-type": contentType } }
      )
    )
  const layer = Serverless.layer({ token, model: "m", retry: Retry.never }).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch as typeof globalThis.fetch))
  )
  return { layer, bytes: () => bytes }
}

/** Until a number stays the same for some turns of the event loop. */
const settled = (value: () => number) =>
  Effect.promise(async () => {
    for (let same = 0, before = -1; same < 50; same = value() === before ? same + 1 : 0) {
      before = value()
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

describe("a stream", () => {
  it.live("is read 64 KiB and one chunk ahead of a consumer that stops, and no further", () =>
    Effect.gen(function* () {
      const { bytes, layer } = counted(event, 200, "text/event-stream")
      const fiber = yield* Effect.fork(
        Effect.provide(
          Stream.runForEach(Chat.stream(request), () => Effect.never),
          layer
        )
      )
      yield* Effect.promise(async () => {
        while (bytes() === 0) await new Promise((resolve) => setImmediate(resolve))
      })
      yield* settled(bytes)
      assert.isAtLeast(bytes(), 65_536)
      // what the consumer has taken, what waits for it, and what is on its way
      assert.isAtMost(bytes(), 65_536 + 4 * event.length)
      yield* Fiber.interrupt(fiber)
    })
  )
})

describe("a failed answer", () => {
  it.live("of megabytes is read to 64 KiB", () =>
    Effect.gen(function* () {
      const { bytes, layer } = counted(new Uint8Array(1024).fill(120), 500, "text/plain")
      const error = yield* Effect.flip(Effect.provide(Chat.complete(request), layer))
      assert.strictEqual(error._tag, "ServerError")
      assert.isAtLeast(bytes(), 65_536)
      assert.isAtMost(bytes(), 65_536 + 4096)
      assert.strictEqual("body" in error ? error.body?.length : undefined, 2048)
    })
  )
})

describe("timers", () => {
  it.live("do not outlive their call", () =>
    Effect.gen(function* () {
      const body = `${Wire.chatChunks("Hi!")
        .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
        .join("")}data: [DONE]\n\n`
      const fetch = () => Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }))
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
      const before = timers()
      for (let n = 0; n < 5; n++) {
        yield* Stream.runDrain(Chat.stream(request, { idleTimeout: "1 hour", timeout: "2 hours" })).pipe(
          Effect.provide(Serverless.layer({ token, model: "m" })),
          Effect.provide(FetchHttpClient.layer),
          Effect.provideService(FetchHttpClient.Fetch, fetch as typeof globalThis.fetch)
        )
      }
      assert.isAtMost(timers(), before)
    })
  )
})
