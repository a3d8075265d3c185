/**
 * Every form of a stream becomes the parts that it should, through the whole path from its bytes.
 */
import * as LanguageModel from "@effect/ai/LanguageModel"
import { assert, describe, it } from "@effect/vitest"
import { text as vector } from "effect-friendli-vectors"
import { Reply } from "effect-friendli/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { line, type Row, rows, toolkit } from "./conformance.support.js"
import { overHttp } from "./support.js"

const handlers = toolkit.toLayer({
  f: () => Effect.dieMessage("executed"),
  get_weather: () => Effect.dieMessage("executed"),
  "clock-now": () => Effect.dieMessage("executed")
})

/** The lines of a stream, its failure as the last one. */
const linesOf = (row: Pick<Row, "frames" | "reply">) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const fiber = yield* LanguageModel.streamText({ prompt: "Hello!", toolkit, disableToolCallResolution: true }).pipe(
      Stream.runForEach((part) => Effect.sync(() => lines.push(line(part)))),
      Effect.catchAll((error) =>
        Effect.sync(() => {
          const cause = error.cause as { readonly _tag?: string } | undefined
          lines.push(`fail ${error._tag} ${cause?._tag}`)
        })
      ),
      Effect.fork
    )
    yield* TestClock.adjust("2 minutes")
    yield* Fiber.join(fiber)
    return lines
  }).pipe(Effect.provide([handlers, overHttp([Reply.sse(row.frames, row.reply)])]))

describe("a streamed answer", () => {
  it("has more than forty forms here", () => {
    assert.isAtLeast(rows.length, 40)
    assert.strictEqual(new Set(rows.map(({ name }) => name)).size, rows.length)
  })

  for (const row of rows) {
    it.effect(row.name, () => Effect.map(linesOf(row), (lines) => assert.deepStrictEqual(lines, [...row.parts])))
  }

  it.effect("the golden stream of the API", () =>
    Effect.map(linesOf({ frames: vector("serverless.chat.stream.stream.txt") }), (lines) =>
      assert.deepStrictEqual(lines, [
        "metadata chatcmpl-0002 example-lab/sparrow-7b 2026-01-01T00:00:01.000Z",
        "text-start",
        "text Hi",
        "text  — 안녕 👋",
        "text-end",
        "params-start call_a get_weather",
        `params call_a {"city"`,
        `params call_a :"Oslo"}`,
        "params-start call_b clock-now",
        "params call_b {}",
        "params-end call_a",
        `call call_a get_weather {"city":"Oslo"}`,
        "params-end call_b",
        "call call_b clock-now {}",
        "finish tool-calls 41+23=64 cached 16"
      ])
    )
  )
})
