/**
 * The frame table byte by byte.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { it } from "../it.js"
import { answered, rows } from "./streaming.support.js"

describe("the frame table", () => {
  for (const { elements, name, outcome, reply } of rows) {
    if (reply._tag === "BodyReply" && reply.chunks.length > 0 && reply.status === 200) {
      it.effect(`${name}: the same when it comes byte by byte`, () =>
        Effect.gen(function* () {
          const bytes = reply.chunks.flatMap((chunk) =>
            [...chunk.bytes].map((byte) => ({ bytes: Uint8Array.of(byte), delay: chunk.delay }))
          )
          const seen = yield* answered({ ...reply, chunks: bytes })
          assert.strictEqual(seen.error?._tag ?? "ends", outcome)
          assert.strictEqual(seen.elements.length, elements)
        })
      )
    }
  }
})
