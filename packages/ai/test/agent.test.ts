/**
 * Agents over a scripted model: what ends a run, what becomes of calls, and what is told.
 */
import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Prompt from "@effect/ai/Prompt"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import { Wire } from "effect-friendli/testing"
import * as Agent from "../src/Agent.js"
import * as ScriptedModel from "../src/ScriptedModel.js"
import * as StopCondition from "../src/StopCondition.js"
import { overMock } from "./support.js"

class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { what: Schema.String }) {}

const Weather = Tool.make("weather", {
  description: "The weather in a city",
  parameters: { city: Schema.String, days: Schema.optional(Schema.NumberFromString) },
  success: Schema.Struct({ sky: Schema.String })
})
const Find = Tool.make("find", {
  parameters: { what: Schema.String },
  success: Schema.String,
  failure: NotFound,
  failureMode: "return"
})
const Break = Tool.make("break", { success: Schema.String, failure: NotFound })
const toolkit = Toolkit.make(Weather, Find, Break)

const handlers = toolkit.toLayer({
  weather: ({ city }) => Effect.succeed({ sky: `clear over ${city}` }),
  find: ({ what }) => (what === "keys" ? Effect.succeed("under the mat") : new NotFound({ what })),
  break: () => new NotFound({ what: "everything" })
})

const scripted = (...turns: ReadonlyArray<ScriptedModel.Turn>) => ScriptedModel.layer(turns)
const calling = (name: string, params?: unknown, id?: string): ScriptedModel.Turn => ({
  calls: [{ name, params, ...(id === undefined ? {} : { id }) }]
})

/** The messages of the last request, as roles and contents. */
const lastPrompt = Effect.flatMap(ScriptedModel.ScriptedModel, ({ requests }) =>
  Effect.map(requests, (all) => all.at(-1)!.prompt.content)
)

describe("a run", () => {
  it.effect("ends with the text of an answer without calls", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Hello!", system: "Be kind." })
      assert.deepInclude(result, { _tag: "Completed", output: "Hi there!", text: "Hi there!" })
      assert.deepStrictEqual(
        result.prompt.content.map(({ role }) => role),
        ["system", "user", "assistant"]
      )
      assert.deepInclude(result.totals, { steps: 1, toolCalls: 0 })
      assert.strictEqual(result.totals.usage.totalTokens, 15)
    }).pipe(Effect.provide(scripted({ text: "Hi there!", reasoning: "A greeting." })))
  )

  it.effect("executes calls, tells their results and goes on", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit })
      assert.strictEqual(result._tag, "Completed")
      const [good, bad] = result.steps[0]!.outcomes
      assert.deepStrictEqual(good, {
        _tag: "Succeeded",
        id: "call_0",
        name: "weather",
        params: { city: "Oslo", days: 3 },
        result: { sky: "clear over Oslo" }
      })
      assert.deepInclude(bad, { _tag: "Failed", id: "call_1", name: "find", params: { what: "peace" } })
      assert.isTrue(bad?._tag === "Failed" && bad.name === "find" && bad.result instanceof NotFound)
      assert.deepStrictEqual(result.steps[1]?.outcomes, [])
      const prompt = yield* lastPrompt
      assert.deepStrictEqual(
        prompt.map(({ role }) => role),
        ["user", "assistant", "tool"]
      )
      const results =
        prompt[2]?.role === "tool"
          ? prompt[2].content.map(({ id, isFailure, result: told }) => [id, isFailure, told])
          : []
      assert.deepStrictEqual(results, [
        ["call_0", false, { sky: "clear over Oslo" }],
        ["call_1", true, { _tag: "NotFound", what: "peace" }]
      ])
      assert.deepInclude(result.totals, { steps: 2, toolCalls: 2 })
    }).pipe(
      Effect.provide([
        handlers,
        scripted(
          {
            reasoning: "Two things.",
            calls: [
              { name: "weather", params: { city: "Oslo", days: "3" } },
              { name: "find", params: { what: "peace" } }
            ]
          },
          { text: "Done." }
        )
      ])
    )
  )

  it.effect("fails with the failure of a tool whose failures are errors", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Agent.run({ prompt: "Break it.", toolkit }))
      assert.instanceOf(error, NotFound)
    }).pipe(Effect.provide([handlers, scripted(calling("break"))]))
  )

  it.effect("fails with the error of the model", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Agent.run({ prompt: "Hello!" }))
      assert.strictEqual(error._tag, "UnknownError")
    }).pipe(
      Effect.provide(scripted({ text: "Hi", fail: new AiError.UnknownError({ module: "test", method: "test" }) }))
    )
  )

  it.effect("goes on with the prompt of an earlier one", () =>
    Effect.gen(function* () {
      const first = yield* Agent.run({ prompt: "Hello!" })
      yield* Agent.run({ prompt: Prompt.merge(first.prompt, "And?") })
      assert.deepStrictEqual(
        (yield* lastPrompt).map(({ role }) => role),
        ["user", "assistant", "user"]
      )
    }).pipe(Effect.provide(scripted({ text: "Hi!" }, { text: "More." })))
  )
})

describe("wrong calls", () => {
  const rows: ReadonlyArray<readonly [string, ScriptedModel.Turn, string, string]> = [
    ["no JSON", calling("weather", `{"city":`), "invalid", "not a valid JSON object"],
    [
      "no JSON, cut by the limit of tokens",
      { ...calling("weather", `{"city":`), finishReason: "length" },
      "invalid",
      "ended before"
    ],
    ["an argument of another type", calling("weather", { city: 7 }), "invalid", "city"],
    ["a missing argument", calling("weather", {}), "invalid", "city"],
    ["an argument too many", calling("weather", { city: "Oslo", mood: "good" }), "invalid", "mood"],
    ["no such tool", calling("nothing", `{"a":1}`), "unknown", "no tool of this name"]
  ]
  for (const [name, turn, reason, words] of rows) {
    it.effect(`${name}: goes back to the model`, () =>
      Effect.gen(function* () {
        const result = yield* Agent.run({ prompt: "Look.", toolkit })
        assert.strictEqual(result._tag, "Completed")
        const [outcome] = result.steps[0]!.outcomes
        assert.strictEqual(outcome?._tag === "Rejected" ? outcome.reason : undefined, reason)
        assert.include(outcome?._tag === "Rejected" ? outcome.message : "", words)
        const prompt = yield* lastPrompt
        const told = prompt.at(-1)
        assert.include(JSON.stringify(told?.role === "tool" ? told.content[0]?.result : ""), words)
        assert.strictEqual(result.totals.toolCalls, 0)
      }).pipe(Effect.provide([handlers, scripted(turn, { text: "Sorry." })]))
    )
  }

  it.effect("fail the run, if it is asked for", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Agent.run({ prompt: "Look.", toolkit, invalidCalls: "fail" }))
      assert.deepInclude(error, { _tag: "InvalidToolCallError", name: "weather" })
    }).pipe(Effect.provide([handlers, scripted(calling("weather", { city: 7 }))]))
  )

  it.effect("fail the run for some tools alone", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Agent.run({ prompt: "Look.", toolkit, invalidCalls: { weather: "fail" } }))
      assert.deepInclude(error, { _tag: "InvalidToolCallError", name: "weather" })
      const requests = yield* Effect.flatMap(ScriptedModel.ScriptedModel, (model) => model.requests)
      assert.lengthOf(requests, 2)
    }).pipe(Effect.provide([handlers, scripted(calling("find", {}), calling("weather", {}))]))
  )
})

describe("budgets", () => {
  const again = calling("weather", { city: "Oslo" })

  it.effect("steps, with everything so far", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, budget: { steps: 2 } })
      assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: "Steps", limit: 2 } })
      assert.lengthOf(result.steps, 2)
      assert.deepStrictEqual(
        result.prompt.content.map(({ role }) => role),
        ["user", "assistant", "tool", "assistant", "tool"]
      )
    }).pipe(Effect.provide([handlers, scripted(again, again, again)]))
  )

  it.effect("tool calls: the rest is not executed, and the conversation stays complete", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, budget: { toolCalls: 1 } })
      assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: "ToolCalls", limit: 1 } })
      assert.deepStrictEqual(
        result.steps[0]?.outcomes.map((outcome) => (outcome._tag === "Rejected" ? outcome.reason : outcome._tag)),
        ["Succeeded", "budget"]
      )
      const told = result.prompt.content.at(-1)
      assert.lengthOf(told?.role === "tool" ? told.content : [], 2)
    }).pipe(
      Effect.provide([
        handlers,
        scripted({
          calls: [
            { name: "weather", params: { city: "Oslo" } },
            { name: "weather", params: { city: "Rome" } }
          ]
        })
      ])
    )
  )

  it.effect("tokens: no tool of the answer that exceeds them is executed", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, budget: { tokens: 100 } })
      assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: "Tokens", limit: 100 } })
      assert.strictEqual(result.totals.toolCalls, 1)
      assert.strictEqual(result.totals.usage.totalTokens, 120)
    }).pipe(
      Effect.provide([
        handlers,
        scripted(
          { ...again, usage: { inputTokens: 50, outputTokens: 10 } },
          { ...again, usage: { inputTokens: 50, outputTokens: 10 } }
        )
      ])
    )
  )

  it.effect("cost, by the prices of the catalogue", () =>
    Effect.gen(function* () {
      const price = Agent.price({ id: "m", pricing: { input: "0.001", output: "0.01" } })
      const result = yield* Agent.run({ prompt: "Look.", toolkit, price, budget: { cost: 0.1 } })
      assert.strictEqual(result._tag, "Stopped")
      assert.strictEqual(result._tag === "Stopped" ? result.stoppedBy._tag : undefined, "Cost")
      assert.strictEqual(BigDecimal.format(result.totals.cost), "0.12")
      assert.strictEqual(result.totals.unpriced, 0)
    }).pipe(Effect.provide([handlers, scripted(again, again, again)]))
  )

  it.effect("time: what runs is interrupted, what is done is kept", () =>
    Effect.gen(function* () {
      const interrupted = yield* Ref.make(0)
      const slow = Toolkit.make(Weather, Tool.make("wait", { success: Schema.String }))
      const layer = slow.toLayer({
        weather: () => Effect.succeed({ sky: "clear" }),
        wait: () => Effect.onInterrupt(Effect.never, () => Ref.update(interrupted, (n) => n + 1))
      })
      const fiber = yield* Agent.run({
        prompt: "Look.",
        toolkit: slow,
        concurrency: 2,
        budget: { time: "10 seconds" }
      }).pipe(Effect.provide(layer), Effect.fork)
      yield* TestClock.adjust("10 seconds")
      const result = yield* Fiber.join(fiber)
      assert.strictEqual(result._tag, "Stopped")
      assert.deepInclude(result, { stoppedBy: { _tag: "Time", limit: Duration.seconds(10) } })
      assert.strictEqual(yield* Ref.get(interrupted), 1)
      assert.deepStrictEqual(
        result.steps[0]?.outcomes.map((outcome) => (outcome._tag === "Rejected" ? outcome.reason : outcome._tag)),
        ["Succeeded", "cancelled"]
      )
    }).pipe(Effect.provide(scripted({ calls: [{ name: "weather", params: { city: "Oslo" } }, { name: "wait" }] })))
  )

  it.effect("time: a request is cancelled", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Agent.run({ prompt: "Look.", budget: { time: "10 seconds" } }))
      yield* TestClock.adjust("10 seconds")
      const result = yield* Fiber.join(fiber)
      assert.strictEqual(result._tag === "Stopped" ? result.stoppedBy._tag : undefined, "Time")
    }).pipe(Effect.provide(scripted({ text: "Late.", delay: "1 minute" })))
  )

  it.effect("fail the run, if it is asked for", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Agent.run({ prompt: "secret words", toolkit, budget: { steps: 1 }, onStop: "fail" })
      )
      assert.strictEqual(error._tag, "AgentStoppedError")
      if (error._tag !== "AgentStoppedError") return
      assert.deepStrictEqual(error.stoppedBy, { _tag: "Steps", limit: 1 })
      assert.lengthOf(error.progress.steps, 1)
      for (const shown of [JSON.stringify(error), inspect(error, { depth: 9 }), String(error)]) {
        assert.notInclude(shown, "secret words")
      }
    }).pipe(Effect.provide([handlers, scripted(again)]))
  )

  it.effect("the same call over and over", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, maxRepeats: 2 })
      assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: "Loop", name: "weather", times: 3 } })
      assert.strictEqual(result.totals.toolCalls, 2)
    }).pipe(Effect.provide([handlers, scripted(again, again, again)]))
  )

  it.effect("the same call over and over, even if it can never be executed", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, maxRepeats: 2 })
      assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: "Loop", name: "nothing", times: 3 } })
      const answered = result.prompt.content.flatMap((message) => (message.role === "tool" ? message.content : []))
      assert.lengthOf(answered, 4)
    }).pipe(
      Effect.provide([
        handlers,
        scripted(calling("nothing", "{}"), calling("nothing", "{}"), {
          calls: [
            { name: "nothing", params: "{}" },
            { name: "weather", params: { city: "Oslo" } }
          ]
        })
      ])
    )
  )

  for (const [reason, stoppedBy] of [
    ["length", "Length"],
    ["content-filter", "ContentFilter"],
    ["error", "ModelError"]
  ] as const) {
    it.effect(`an answer that is cut short is not the result: ${reason}`, () =>
      Effect.gen(function* () {
        const result = yield* Agent.run({ prompt: "Tell." })
        assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: stoppedBy }, text: "Once upon" })
      }).pipe(Effect.provide(scripted({ text: "Once upon", finishReason: reason })))
    )
  }

  it.effect("an answer that the provider has paused goes on", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Tell." })
      assert.deepInclude(result, { _tag: "Completed", output: "a time." })
      assert.strictEqual(result.totals.steps, 2)
    }).pipe(Effect.provide(scripted({ text: "Once upon", finishReason: "pause" }, { text: "a time." })))
  )
})

describe("stop conditions", () => {
  it.effect("combine", () =>
    Effect.gen(function* () {
      const condition = StopCondition.afterTool("weather").pipe(
        StopCondition.and(StopCondition.afterSteps(2)),
        StopCondition.and(StopCondition.not(StopCondition.afterText("go on"))),
        StopCondition.or(StopCondition.afterText("stop here"))
      )
      const result = yield* Agent.run({ prompt: "Look.", toolkit, stopWhen: condition })
      assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: "Condition", name: condition.name } })
      assert.lengthOf(result.steps, 2)
    }).pipe(
      Effect.provide([
        handlers,
        scripted(calling("weather", { city: "Oslo" }), calling("weather", { city: "Rome" }), { text: "?" })
      ])
    )
  )
})

describe("tools", () => {
  it.effect("run one after another, or as many at once as are allowed", () =>
    Effect.gen(function* () {
      const peak = (concurrency?: number | "unbounded") =>
        Effect.gen(function* () {
          const running = yield* Ref.make(0)
          const most = yield* Ref.make(0)
          const kit = Toolkit.make(Tool.make("work", { parameters: { n: Schema.Number }, success: Schema.Number }))
          const layer = kit.toLayer({
            work: ({ n }) =>
              Effect.gen(function* () {
                const now = yield* Ref.updateAndGet(running, (count) => count + 1)
                yield* Ref.update(most, (before) => Math.max(before, now))
                yield* Effect.sleep("1 second")
                yield* Ref.update(running, (count) => count - 1)
                return n
              })
          })
          const calls = [1, 2, 3, 4].map((n) => ({ name: "work", params: { n } }))
          const fiber = yield* Agent.run({ prompt: "Work.", toolkit: kit, concurrency }).pipe(
            Effect.provide([layer, scripted({ calls }, { text: "Done." })]),
            Effect.fork
          )
          yield* TestClock.adjust("4 seconds")
          const result = yield* Fiber.join(fiber)
          const results = result.steps[0]!.outcomes.map((outcome) =>
            outcome._tag === "Succeeded" ? outcome.result : -1
          )
          return { most: yield* Ref.get(most), results, elapsed: Duration.toMillis(result.totals.elapsed) }
        })
      assert.deepStrictEqual(yield* peak(), { most: 1, results: [1, 2, 3, 4], elapsed: 4000 })
      assert.deepStrictEqual(yield* peak(2), { most: 2, results: [1, 2, 3, 4], elapsed: 2000 })
      assert.deepStrictEqual(yield* peak("unbounded"), { most: 4, results: [1, 2, 3, 4], elapsed: 1000 })
    })
  )

  it.effect("that run beside one that fails are interrupted", () =>
    Effect.gen(function* () {
      const interrupted = yield* Ref.make(false)
      const kit = Toolkit.make(Break, Tool.make("wait", { success: Schema.String }))
      const layer = kit.toLayer({
        wait: () => Effect.onInterrupt(Effect.never, () => Ref.set(interrupted, true)),
        break: () => Effect.delay(new NotFound({ what: "everything" }), "1 second")
      })
      const fiber = yield* Agent.run({ prompt: "Look.", toolkit: kit, concurrency: "unbounded" }).pipe(
        Effect.flip,
        Effect.provide([layer, scripted({ calls: [{ name: "wait" }, { name: "break" }] })]),
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      assert.instanceOf(yield* Fiber.join(fiber), NotFound)
      assert.isTrue(yield* Ref.get(interrupted))
    })
  )

  it.effect("need nothing of a handler that is already there", () =>
    Effect.gen(function* () {
      const resolved = yield* Effect.provide(toolkit, handlers)
      const result = yield* Agent.run({ prompt: "Look.", toolkit: resolved })
      assert.strictEqual(result.steps[0]?.outcomes[0]?._tag, "Succeeded")
    }).pipe(Effect.provide(scripted(calling("find", { what: "keys" }), { text: "Found." })))
  )
})

describe("prepareStep", () => {
  it.effect("changes messages, tools, choice and model of a step", () =>
    Effect.gen(function* () {
      const other = yield* LanguageModel.make({
        generateText: () => Effect.dieMessage("not asked"),
        streamText: () =>
          Stream.fromIterable([
            { type: "text-start", id: "1" },
            { type: "text-delta", id: "1", delta: "From another model." },
            { type: "text-end", id: "1" },
            { type: "finish", reason: "stop", usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } }
          ] as const)
      })
      const seen: Array<number> = []
      const result = yield* Agent.run({
        prompt: "Look.",
        toolkit,
        prepareStep: ({ index, prompt, steps }) =>
          Effect.sync(() => {
            seen.push(steps.length)
            return index === 0
              ? { prompt: "Short.", tools: ["weather"], toolChoice: "required" }
              : { model: other, prompt }
          })
      })
      assert.strictEqual(result.text, "From another model.")
      assert.deepStrictEqual(seen, [0, 1])
      const [request] = yield* Effect.flatMap(ScriptedModel.ScriptedModel, (model) => model.requests)
      assert.deepStrictEqual([request?.tools, request?.toolChoice], [["weather"], "required"])
      // the conversation itself is kept
      assert.strictEqual(result.prompt.content[0]?.role, "user")
    }).pipe(Effect.provide([handlers, scripted(calling("weather", { city: "Oslo" }))]))
  )

  it.effect("changes the model and the fields of Friendli's request", () =>
    Effect.gen(function* () {
      const { layer, requests } = overMock(
        { chunks: Wire.chatChunks("Hi!") },
        { model: "m", config: { temperature: 0.5 } }
      )
      yield* Agent.run({
        prompt: "Look.",
        prepareStep: () => Effect.succeed({ model: "other", config: { reasoning_effort: "high" } })
      }).pipe(Effect.provide(layer))
      assert.deepInclude(requests[0], { model: "other", reasoning_effort: "high", temperature: 0.5 })
    })
  )

  it.effect("a tool that is not offered in the step is not executed", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({
        prompt: "Look.",
        toolkit,
        prepareStep: () => Effect.succeed({ tools: ["weather"] } as const)
      })
      const [outcome] = result.steps[0]!.outcomes
      assert.strictEqual(outcome?._tag === "Rejected" ? outcome.reason : undefined, "unknown")
    }).pipe(
      Effect.provide([handlers, scripted({ calls: [{ name: "find", params: `{"what":"keys"}` }] }, { text: "No." })])
    )
  )
})

describe("a result with a schema", () => {
  const Report = Schema.Struct({ city: Schema.String, degrees: Schema.NumberFromString })

  it.effect("is given by a call", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, output: Report })
      assert.deepInclude(result, { _tag: "Completed", output: { city: "Oslo", degrees: 7 } })
      const [request] = yield* Effect.flatMap(ScriptedModel.ScriptedModel, (model) => model.requests)
      assert.include(request?.tools ?? [], "final_answer")
    }).pipe(
      Effect.provide([
        handlers,
        scripted(calling("weather", { city: "Oslo" }), calling("final_answer", { city: "Oslo", degrees: "7" }))
      ])
    )
  )

  it.effect("is read from a text that is JSON", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", output: Schema.Array(Schema.Number) })
      assert.deepInclude(result, { _tag: "Completed", output: [1, 2] })
    }).pipe(Effect.provide(scripted({ text: "```json\n[1, 2]\n```" })))
  )

  it.effect("is looked for in time that grows with the text alone", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Agent.run({ prompt: "Look.", output: Report, outputRetries: 0 }))
      assert.strictEqual(error._tag, "InvalidOutputError")
    }).pipe(Effect.provide(scripted({ text: `\`\`\`json\n${"\n".repeat(300_000)}` })))
  )

  it.effect("is asked for again, and then it is forced", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, output: Report })
      assert.deepInclude(result, { _tag: "Completed", output: { city: "Oslo", degrees: 7 } })
      const requests = yield* Effect.flatMap(ScriptedModel.ScriptedModel, (model) => model.requests)
      assert.deepStrictEqual(
        requests.map(({ toolChoice }) => toolChoice),
        ["auto", { tool: "final_answer" }, { tool: "final_answer" }]
      )
    }).pipe(
      Effect.provide([
        handlers,
        scripted(
          { text: "It is 7 degrees." },
          calling("final_answer", { city: "Oslo" }),
          calling("final_answer", { city: "Oslo", degrees: "7" })
        )
      ])
    )
  )

  it.effect("fails the run when it never matches, without the values", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Agent.run({ prompt: "Look.", output: Report, outputRetries: 1 }))
      assert.strictEqual(error._tag, "InvalidOutputError")
      assert.deepInclude(error, { attempts: 2 })
      assert.include(error.message, "degrees")
      assert.notInclude(JSON.stringify(error), "warm")
    }).pipe(
      Effect.provide(
        scripted(
          calling("final_answer", { city: "Oslo", degrees: "warm" }),
          calling("final_answer", { city: "Oslo", degrees: "warm" })
        )
      )
    )
  )

  it.effect("ends the run: other calls of the step are not executed", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({ prompt: "Look.", toolkit, output: Report })
      assert.strictEqual(result._tag, "Completed")
      assert.strictEqual(result.totals.toolCalls, 0)
    }).pipe(
      Effect.provide([
        handlers,
        scripted({
          calls: [
            { name: "weather", params: { city: "Oslo" } },
            { name: "final_answer", params: { city: "Oslo", degrees: "7" } }
          ]
        })
      ])
    )
  )
})

describe("approval", () => {
  const Pay = Tool.make("pay", { parameters: { amount: Schema.Number }, success: Schema.String })
  const Look = Tool.make("look", { success: Schema.String })
  const bank = Toolkit.make(Pay, Look)
  const paid = Ref.unsafeMake<ReadonlyArray<string>>([])
  const note = (what: string) =>
    Effect.as(
      Ref.update(paid, (all) => [...all, what]),
      what
    )
  const vault = bank.toLayer({ pay: ({ amount }) => note(`paid ${amount}`), look: () => note("looked") })
  const asking: ScriptedModel.Turn = {
    calls: [
      { id: "a", name: "pay", params: { amount: 5 } },
      { id: "b", name: "look" },
      { id: "c", name: "pay", params: { amount: 500 } }
    ]
  }
  const options = {
    toolkit: bank,
    approval: { pay: ({ amount }: { readonly amount: number }) => amount > 100 }
  } as const
  const asJson = Schema.parseJson(Agent.Transcript)

  /** The transcript of a run that waits, after a journey as JSON. */
  const waiting = Effect.gen(function* () {
    yield* Ref.set(paid, [])
    const result = yield* Agent.run({ ...options, prompt: "Pay.", budget: { steps: 7 } })
    assert.strictEqual(result._tag, "Pending")
    if (result._tag !== "Pending") return yield* Effect.dieMessage("did not wait")
    assert.deepStrictEqual(
      result.pending.map(({ id, name, params }) => [id, name, params]),
      [["c", "pay", { amount: 500 }]]
    )
    return yield* Schema.decode(asJson)(yield* Schema.encode(asJson)(result.transcript))
  })

  it.effect("what needs none is executed, and what was executed is not executed again", () =>
    Effect.gen(function* () {
      const transcript = yield* waiting
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked"])
      const result = yield* Agent.resume(transcript, { c: Agent.approve }, options)
      assert.deepInclude(result, { _tag: "Completed", text: "Paid." })
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked", "paid 500"])
      assert.deepInclude(result.totals, { steps: 2, toolCalls: 3 })
      const prompt = yield* lastPrompt
      assert.deepStrictEqual(
        prompt.map(({ role }) => role),
        ["user", "assistant", "tool", "tool"]
      )
    }).pipe(Effect.provide([vault, scripted(asking, { text: "Paid." })]))
  )

  it.effect("a denied call is told, with the reason", () =>
    Effect.gen(function* () {
      const transcript = yield* waiting
      const result = yield* Agent.resume(transcript, { c: Agent.deny("too much") }, options)
      assert.strictEqual(result.text, "All right.")
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked"])
      assert.include(JSON.stringify(yield* lastPrompt), "too much")
    }).pipe(Effect.provide([vault, scripted(asking, { text: "All right." })]))
  )

  it.effect("a call is executed with other arguments", () =>
    Effect.gen(function* () {
      const transcript = yield* waiting
      yield* Agent.resume(transcript, { c: Agent.edit({ amount: 50 }) }, options)
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked", "paid 50"])
    }).pipe(Effect.provide([vault, scripted(asking, { text: "Paid." })]))
  )

  it.effect("a call with other arguments that do not match goes back to the model", () =>
    Effect.gen(function* () {
      const transcript = yield* waiting
      const result = yield* Agent.resume(transcript, { c: Agent.edit({ amount: "much" }) }, options)
      assert.deepInclude(result.steps[0]?.outcomes[0], { _tag: "Rejected", reason: "invalid" })
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked"])
    }).pipe(Effect.provide([vault, scripted(asking, { text: "Hm." })]))
  )

  it.effect("a call without a decision keeps waiting", () =>
    Effect.gen(function* () {
      const transcript = yield* waiting
      const still = yield* Agent.resume(transcript, {}, options)
      assert.strictEqual(still._tag, "Pending")
      if (still._tag !== "Pending") return
      const result = yield* Agent.resume(still.transcript, { c: Agent.approve }, options)
      assert.strictEqual(result._tag, "Completed")
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked", "paid 500"])
    }).pipe(Effect.provide([vault, scripted(asking, { text: "Paid." })]))
  )

  it.effect("budgets go on where they were", () =>
    Effect.gen(function* () {
      const transcript = yield* waiting
      assert.strictEqual(transcript.settings.steps, 7)
      const result = yield* Agent.resume(transcript, { c: Agent.approve }, { ...options, budget: { toolCalls: 2 } })
      assert.deepInclude(result, { _tag: "Stopped", stoppedBy: { _tag: "ToolCalls", limit: 2 } })
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked"])
    }).pipe(Effect.provide([vault, scripted(asking)]))
  )

  it.effect("decisions for other calls, and tools that changed, are refused before anything runs", () =>
    Effect.gen(function* () {
      const transcript = yield* waiting
      const stranger = yield* Effect.flip(Agent.resume(transcript, { z: Agent.approve }, options))
      assert.deepInclude(stranger, { _tag: "TranscriptError", reason: "UnknownCall", id: "z" })
      const changed = Toolkit.make(
        Tool.make("pay", { parameters: { amount: Schema.Number, to: Schema.String }, success: Schema.String }),
        Look
      )
      const other = yield* Agent.resume(transcript, { c: Agent.approve }, { toolkit: changed }).pipe(
        Effect.flip,
        Effect.provide(changed.toLayer({ pay: () => note("wrong"), look: () => note("wrong") }))
      )
      assert.deepInclude(other, { _tag: "TranscriptError", reason: "ChangedTool" })
      const without = Toolkit.make(Look)
      const missing = yield* Agent.resume(transcript, { c: Agent.approve }, { toolkit: without }).pipe(
        Effect.flip,
        Effect.provide(without.toLayer({ look: () => note("wrong") }))
      )
      assert.deepInclude(missing, { _tag: "TranscriptError", reason: "MissingTool" })
      assert.deepStrictEqual(yield* Ref.get(paid), ["paid 5", "looked"])
    }).pipe(Effect.provide([vault, scripted(asking)]))
  )

  it.effect("a tool says itself that it needs approval", () =>
    Effect.gen(function* () {
      const careful = Toolkit.make(Pay.annotate(Agent.NeedsApproval, true))
      const layer = careful.toLayer({ pay: () => note("paid") })
      const run = (approval?: { readonly pay: boolean }) =>
        Agent.run({ prompt: "Pay.", toolkit: careful, approval }).pipe(
          Effect.provide([layer, scripted(calling("pay", { amount: 1 }), { text: "Paid." })])
        )
      assert.strictEqual((yield* run())._tag, "Pending")
      assert.strictEqual((yield* run({ pay: false }))._tag, "Completed")
    })
  )

  it.effect("files of the prompt survive the journey", () =>
    Effect.gen(function* () {
      const result = yield* Agent.run({
        ...options,
        approval: { pay: true },
        prompt: [
          {
            role: "user",
            content: [
              { type: "text", text: "One." },
              { type: "text", text: "Two." }
            ]
          },
          {
            role: "user",
            content: [
              { type: "file", mediaType: "image/png", data: new Uint8Array([1, 2]) },
              { type: "file", mediaType: "image/png", data: new URL("https://files.example/a.png") }
            ]
          }
        ]
      })
      if (result._tag !== "Pending") return yield* Effect.dieMessage("did not wait")
      const json = yield* Schema.encode(asJson)(result.transcript)
      assert.include(json, "data:image/png;base64,AQI=")
      assert.include(json, "https://files.example/a.png")
      const back = yield* Schema.decode(asJson)(json)
      assert.deepStrictEqual(back.prompt.content, result.transcript.prompt.content)
    }).pipe(Effect.provide([vault, scripted(calling("pay", { amount: 1 }))]))
  )
})

describe("a stream of events", () => {
  it.effect("tells everything, in order", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(Tool.make("count", { parameters: { to: Schema.Number }, success: Schema.Number }))
      const layer = kit.toLayer({
        count: ({ to }) =>
          Effect.as(
            Effect.forEach([1, to], (n) => Agent.progress(n)),
            to
          )
      })
      const events = yield* Agent.stream({ prompt: "Count.", toolkit: kit }).pipe(
        Stream.runCollect,
        Effect.map(Chunk.toReadonlyArray),
        Effect.provide([
          layer,
          scripted({ reasoning: "Hm.", calls: [{ name: "count", params: { to: 2 } }] }, { text: "Two now." })
        ])
      )
      const shown = events.map((event) => {
        switch (event._tag) {
          case "Text":
          case "Reasoning":
            return `${event._tag} ${event.delta}`
          case "CallDelta":
            return `CallDelta ${event.name} ${event.delta}`
          case "ToolStarted":
            return `ToolStarted ${event.name} ${event.params.to}`
          case "ToolProgress":
            return `ToolProgress ${String(event.value)}`
          case "ToolFinished":
            return `ToolFinished ${event.outcome._tag}`
          case "Done":
            return `Done ${event.result._tag}`
          default:
            return event._tag
        }
      })
      assert.deepStrictEqual(shown, [
        "StepStarted",
        "Reasoning Hm.",
        `CallDelta count {"to":2}`,
        "ToolStarted count 2",
        "ToolProgress 1",
        "ToolProgress 2",
        "ToolFinished Succeeded",
        "StepDone",
        "StepStarted",
        "Text Two",
        "Text  now.",
        "StepDone",
        "Done Completed"
      ])
    })
  )

  it.effect("has a transcript after each step, which goes on after a crash", () =>
    Effect.gen(function* () {
      const executed = yield* Ref.make(0)
      const kit = Toolkit.make(Tool.make("once", { success: Schema.String }))
      const layer = kit.toLayer({
        once: () =>
          Effect.as(
            Ref.update(executed, (n) => n + 1),
            "done"
          )
      })
      const asJson = Schema.parseJson(Agent.Transcript)
      yield* Effect.gen(function* () {
        const kept = yield* Agent.stream({ prompt: "Do it.", toolkit: kit }).pipe(
          Stream.filterMap((event) => (event._tag === "StepDone" ? Option.some(event.transcript) : Option.none())),
          Stream.runHead,
          Effect.flatMap(Option.match({ onNone: () => Effect.dieMessage("no step"), onSome: Schema.encode(asJson) }))
        )
        const result = yield* Agent.resume(yield* Schema.decode(asJson)(kept), {}, { toolkit: kit })
        assert.deepInclude(result, { _tag: "Completed", text: "It is done." })
        assert.deepInclude(result.totals, { steps: 2, toolCalls: 1 })
        assert.deepStrictEqual(
          (yield* lastPrompt).map(({ role }) => role),
          ["user", "assistant", "tool"]
        )
      }).pipe(
        Effect.provide([
          layer,
          scripted(
            { calls: [{ name: "once" }], text: "First." },
            { text: "Lost.", delay: "1 hour" },
            { text: "It is done." }
          )
        ])
      )
      assert.strictEqual(yield* Ref.get(executed), 1)
    })
  )

  it.effect("asks for approval", () =>
    Effect.gen(function* () {
      const events = yield* Agent.stream({ prompt: "Look.", toolkit, approval: { weather: true } }).pipe(
        Stream.runCollect
      )
      const tags = Chunk.toReadonlyArray(events).map(({ _tag }) => _tag)
      assert.deepStrictEqual(tags.slice(-3), ["StepDone", "ApprovalRequested", "Done"])
    }).pipe(Effect.provide([handlers, scripted(calling("weather", { city: "Oslo" }))]))
  )

  it.effect("interrupts the tools when it is closed", () =>
    Effect.gen(function* () {
      const interrupted = yield* Ref.make(false)
      const kit = Toolkit.make(Tool.make("wait", { success: Schema.String }))
      const layer = kit.toLayer({ wait: () => Effect.onInterrupt(Effect.never, () => Ref.set(interrupted, true)) })
      const started = yield* Agent.stream({ prompt: "Wait.", toolkit: kit }).pipe(
        Stream.filter(({ _tag }) => _tag === "ToolStarted"),
        Stream.runHead,
        Effect.provide([layer, scripted(calling("wait"))])
      )
      assert.isTrue(Option.isSome(started))
      assert.isTrue(yield* Ref.get(interrupted))
    })
  )

  it.effect("fails after what was told", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const error = yield* Agent.stream({ prompt: "Break it.", toolkit }).pipe(
        Stream.runForEach(({ _tag }) => Effect.sync(() => told.push(_tag))),
        Effect.flip
      )
      assert.instanceOf(error, NotFound)
      assert.include(told, "ToolStarted")
    }).pipe(Effect.provide([handlers, scripted(calling("break"))]))
  )
})
