/**
 * Cassettes of any bytes, cut anywhere.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Chat from "effect-friendli/Chat"
import { Cassette, MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as fc from "fast-check"
import { collect } from "../support.js"
import { recorded, friendli } from "./cassettes.js"
import { chat, stream } from "./Cassette.support.js"

describe("recorded from the emulator, and replayed", () => {
  it.live("without timing, wherever the network cuts a stream, the file is the same", () =>
    Effect.gen(function* () {
      const chunks = Wire.chatChunks("Hello there!")
      const files = yield* Effect.forEach(["bytes", "whole", 7] as const, (cuts) =>
        Effect.map(
          recorded(friendli(collect(Chat.stream(chat))), MockHttpClient.layer([Reply.sse(chunks, { cuts })]), {
            timing: false
          }),
          ({ tape }) => Cassette.format(tape)
        )
      )
      assert.strictEqual(files[1], files[0])
      assert.strictEqual(files[2], files[0])
      assert.lengthOf(files[0]?.match(/^ +\{ "after": 0, "text": \{ "data": .* \} \},$/gm) ?? [], chunks.length)
    })
  )
})

describe("chunks and time", () => {
  it.live("wherever bytes are cut, the same bytes come back", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.string({ unit: "grapheme", minLength: 1 })),
          fc.integer({ min: 1, max: 9 }),
          (content, cuts) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const get = Effect.map(stream, (all) => [...all].map(([, bytes]) => [...bytes]))
                const { tape, value } = yield* recorded(get, MockHttpClient.layer([Reply.text(content, { cuts })]))
                const read = Either.getOrThrow(Cassette.parse(Cassette.format(tape)))
                assert.deepStrictEqual(yield* Effect.provide(get, Cassette.replay(read)), value)
                const { outcome } = read.exchanges[0]!
                assert.isTrue("body" in outcome)
                // base64 is for what is no text alone
                const isText = typeof content === "string" && cuts >= new TextEncoder().encode(content).length
                if (isText && "body" in outcome) assert.isTrue(outcome.body.every((piece) => "text" in piece))
              })
            )
        ),
        { numRuns: 20 }
      )
    )
  )
})
