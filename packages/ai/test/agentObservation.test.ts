/**
 * What spans and metrics say of a run: names and numbers, and contents only where the option says so.
 */
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Metrics from "effect-friendli/Metrics"
import * as Agent from "../src/Agent.js"
import * as ScriptedModel from "../src/ScriptedModel.js"
import { type Kept, keeping } from "./spans.js"

class Fallen extends Schema.TaggedError<Fallen>()("Fallen", {}) {}

const toolkit = Toolkit.make(Tool.make("whisper", { parameters: { words: Schema.String }, success: Schema.String }))
const handlers = toolkit.toLayer({
  whisper: ({ words }) => Effect.withSpan(Effect.succeed(`heard ${words}`), "the handler's own")
})
const model = ScriptedModel.layer([
  { calls: [{ id: "a", name: "whisper", params: { words: "secret one" } }], model: "m-1" },
  { text: "secret two" }
])

const run = (recordContents: boolean) =>
  Effect.suspend(() => {
    const { spans, tracer } = keeping()
    return Agent.run({ name: "spy", prompt: "secret three", toolkit, recordContents }).pipe(
      Effect.provide([handlers, model]),
      Effect.withTracer(tracer),
      Effect.as(spans)
    )
  })

describe("the spans of a run", () => {
  it.effect("are the run, its steps and its tools", () =>
    Effect.gen(function* () {
      const spans = yield* run(false)
      const find = (name: string) => spans.find((span) => span.name === name)
      assert.deepInclude(Object.fromEntries(find("invoke_agent spy")!.attributes), {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "spy",
        "agent.outcome": "Completed",
        "agent.steps": 2,
        "agent.tool_calls": 1,
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 10
      })
      assert.deepInclude(Object.fromEntries(find("agent.step")!.attributes), {
        "agent.step": 0,
        "gen_ai.response.model": "m-1",
        "gen_ai.response.finish_reasons": ["tool-calls"]
      })
      assert.strictEqual(find("agent.step")?.parent, "invoke_agent spy")
      assert.deepInclude(Object.fromEntries(find("execute_tool whisper")!.attributes), {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "whisper",
        "gen_ai.tool.call.id": "a",
        "agent.tool.failed": false
      })
      assert.strictEqual(find("execute_tool whisper")?.parent, "agent.step")
      assert.isDefined(find("the handler's own"))
    })
  )

  it.effect("have no contents, unless they are asked for", () =>
    Effect.gen(function* () {
      const everything = (spans: ReadonlyArray<Kept>) =>
        JSON.stringify(spans.map(({ attributes, name }) => [name, ...attributes]))
      assert.notInclude(everything(yield* run(false)), "secret")
      const told = everything(yield* run(true))
      assert.include(told, "secret one")
      assert.include(told, "heard secret one")
      assert.notInclude(told, "secret three")
    })
  )
})

describe("the metrics of a run", () => {
  it.effect("count runs, steps and tools", () =>
    Effect.gen(function* () {
      yield* Effect.tagMetrics(run(false), "test", "metrics")
      const of = <Type, In, Out>(metric: Metric.Metric<Type, In, Out>, tags: Readonly<Record<string, string>>) =>
        Metric.value(
          Object.entries({ "gen_ai.agent.name": "spy", ...tags, test: "metrics" }).reduce(
            (tagged, [name, value]) => Metric.tagged(tagged, name, value),
            metric
          )
        )
      assert.strictEqual((yield* of(Agent.runs, { outcome: "Completed" })).count, 1)
      assert.strictEqual((yield* of(Agent.steps, {})).count, 2)
      const [tool] = yield* Metrics.read(Metrics.duration, {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.agent.name": "spy",
        "gen_ai.tool.name": "whisper",
        test: "metrics"
      })
      assert.strictEqual(tool?.state.count, 1)
    })
  )

  it.effect("and how long runs and tools take, with what went wrong", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(
        Tool.make("wait", { success: Schema.String }),
        Tool.make("fall", { success: Schema.String, failure: Fallen, failureMode: "return" })
      )
      const layer = kit.toLayer({ wait: () => Effect.never, fall: () => new Fallen() })
      const program = Agent.run({ name: "timed", prompt: "Go.", toolkit: kit, budget: { time: "3 seconds" } }).pipe(
        Effect.provide([layer, ScriptedModel.layer([{ calls: [{ name: "fall" }, { name: "wait" }] }])])
      )
      const fiber = yield* Effect.fork(Effect.tagMetrics(program, "test", "durations"))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(fiber)
      const sum = (tags: Readonly<Record<string, string>>) =>
        Metrics.read(Metrics.duration, { "gen_ai.agent.name": "timed", ...tags, test: "durations" }).pipe(
          Effect.map((all) => all.map(({ state }) => [state.count, state.sum]))
        )
      const tool = { "gen_ai.operation.name": "execute_tool" }
      assert.deepStrictEqual(yield* sum({ "gen_ai.operation.name": "invoke_agent" }), [[1, 3]])
      assert.deepStrictEqual(yield* sum({ ...tool, "gen_ai.tool.name": "fall", "error.type": "Fallen" }), [[1, 0]])
      assert.deepStrictEqual(yield* sum({ ...tool, "gen_ai.tool.name": "wait", "error.type": "interrupted" }), [[1, 3]])
    })
  )
})
