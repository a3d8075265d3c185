/**
 * What a slow consumer of events sees when the time of a run is over, and when it leaves: nothing is lost but deltas, and nothing waits for it.
 */
import type * as Prompt from "@effect/ai/Prompt"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Agent from "../src/Agent.js"
import * as ScriptedModel from "../src/ScriptedModel.js"

const Count = Tool.make("count", { parameters: { to: Schema.Number }, success: Schema.Number })
const Pay = Tool.make("pay", { success: Schema.String })
const toolkit = Toolkit.make(Count, Pay)
const handlers = toolkit.toLayer({
  count: ({ to }) =>
    Effect.as(
      Effect.forEach(Array.from({ length: to }), (_, index) => Agent.progress(index), { discard: true }),
      to
    ),
  pay: () => Effect.dieMessage("paid without approval")
})

const options = { toolkit, approval: { pay: true }, budget: { time: "10 seconds" } } as const

/** A consumer that takes the first event, does something else for a minute, and takes the rest. */
const slowly = (turns: ReadonlyArray<ScriptedModel.Turn>) =>
  Effect.gen(function* () {
    const fiber = yield* Agent.stream({ ...options, prompt: "Go." }).pipe(
      Stream.rechunk(1),
      Stream.tap((event) =>
        event._tag === "StepStarted" && event.index === 0 ? Effect.sleep("1 minute") : Effect.void
      ),
      Stream.runCollect,
      Effect.fork
    )
    // until the run waits
    yield* Effect.repeatN(Effect.yieldNow(), 2000)
    yield* TestClock.adjust("10 seconds")
    yield* TestClock.adjust("1 minute")
    return Chunk.toReadonlyArray(yield* Fiber.join(fiber))
  }).pipe(Effect.provide([handlers, ScriptedModel.layer(turns)]))

const words = (count: number) => "word ".repeat(count).trim()

const callsOf = ({ content }: Prompt.Prompt) =>
  content
    .flatMap((message) => (message.role === "assistant" ? message.content : []))
    .filter((part) => part.type === "tool-call")
const resultsOf = ({ content }: Prompt.Prompt) =>
  content.flatMap((message) => (message.role === "tool" ? message.content : []))

describe("a consumer that is slow", () => {
  it.effect("sees the end of each tool and step, although the time is over meanwhile", () =>
    Effect.gen(function* () {
      const events = yield* slowly([{ calls: [{ name: "count", params: { to: 200 } }] }, { text: "Done." }])
      const tags = events.map(({ _tag }) => _tag).filter((tag) => tag !== "ToolProgress" && tag !== "CallDelta")
      assert.deepStrictEqual(tags, ["StepStarted", "ToolStarted", "ToolFinished", "StepDone", "Done"])
      const finished = events.find((event) => event._tag === "ToolFinished")
      assert.deepInclude(finished?._tag === "ToolFinished" ? finished.outcome : {}, { reason: "cancelled" })
      const done = events.at(-1)
      assert.strictEqual(done?._tag === "Done" && done.result._tag, "Stopped")
    })
  )

  // the number of words moves the moment in which the run waits for its consumer through all that it does
  for (let count = 52; count <= 66; count++) {
    it.effect(`sees a result that agrees with what was told, after ${count} words`, () =>
      Effect.gen(function* () {
        const events = yield* slowly([
          {
            text: words(count),
            calls: [
              { id: "a", name: "pay" },
              { id: "b", name: "count", params: { to: 1 } }
            ]
          }
        ])
        const done = events.at(-1)
        if (done?._tag !== "Done") return yield* Effect.dieMessage("no result")
        const { result } = done
        const started = events.filter(({ _tag }) => _tag === "ToolStarted").length
        const finished = events.flatMap((event) => (event._tag === "ToolFinished" ? [event.outcome] : []))
        assert.isAtLeast(finished.length, started)
        const told = events.flatMap((event) => (event._tag === "StepDone" ? [event] : []))
        assert.deepStrictEqual(
          told.map(({ step }) => step),
          [...result.steps]
        )
        if (result._tag === "Pending") {
          assert.deepStrictEqual(result.transcript.pending, told[0]?.transcript.pending)
          assert.lengthOf(resultsOf(result.prompt), callsOf(result.prompt).length - 1)
          assert.isTrue(events.some(({ _tag }) => _tag === "ApprovalRequested"))
        } else {
          assert.strictEqual(result._tag, "Stopped")
          assert.lengthOf(resultsOf(result.prompt), callsOf(result.prompt).length)
        }
      })
    )
  }

  it.effect("that leaves does not keep the run, whatever waits", () =>
    Effect.gen(function* () {
      for (let count = 52; count <= 66; count++) {
        const fiber = yield* Agent.stream({ ...options, prompt: "Go." }).pipe(
          Stream.rechunk(1),
          Stream.tap(() => Effect.repeatN(Effect.yieldNow(), 500)),
          Stream.take(1),
          Stream.runDrain,
          Effect.provide([
            handlers,
            ScriptedModel.layer([
              { text: words(count), calls: [{ name: "pay" }, { name: "count", params: { to: 1 } }] }
            ])
          ]),
          Effect.fork
        )
        yield* Fiber.join(fiber)
      }
    })
  )
})
