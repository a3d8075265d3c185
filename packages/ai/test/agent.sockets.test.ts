/**
 * Agents over sockets on the emulator, whose scripts say what the model does: budgets, cancellation, approval in another process.
 */
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Agent from "../src/Agent.js"
import { bank } from "./fixtures/bank.js"
import { emulator, eventually, model } from "./over.js"

const toolkit = Toolkit.make(
  Tool.make("search", { parameters: { query: Schema.String }, success: Schema.Array(Schema.String) }),
  Tool.make("read", { parameters: { page: Schema.String }, success: Schema.String })
)
const handlers = toolkit.toLayer({
  search: ({ query }) => Effect.succeed([`${query} one`, `${query} two`]),
  read: ({ page }) => Effect.succeed(`The text of ${page}.`)
})

const research = [
  { when: { toolResult: "read" }, say: "Tea is old." },
  {
    when: { toolResult: "search" },
    call: [
      { tool: "read", arguments: { page: "tea one" } },
      { tool: "read", arguments: { page: "tea two" } }
    ]
  },
  { call: { tool: "search", arguments: { query: "tea" } } }
]

describe("an agent on the emulator", () => {
  it.scopedLive("searches, reads and answers", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ script: research })
      const result = yield* Agent.run({ prompt: "Tell me about tea.", toolkit, concurrency: "unbounded" }).pipe(
        Effect.provide([model(server), handlers])
      )
      assert.deepInclude(result, { _tag: "Completed", output: "Tea is old." })
      assert.deepInclude(result.totals, { steps: 3, toolCalls: 3 })
      assert.isAbove(result.totals.usage.totalTokens, 0)
      const { messages } = server.requests.at(-1)!.body as { messages: ReadonlyArray<{ role: string }> }
      assert.deepStrictEqual(
        messages.map(({ role }) => role),
        ["user", "assistant", "tool", "assistant", "tool", "tool"]
      )
    })
  )

  it.scopedLive("sends the reasoning of a step with calls back", () =>
    Effect.gen(function* () {
      const server = yield* emulator({
        script: [
          { when: { toolResult: true }, say: "Found." },
          { reasoning: "I must search.", call: { tool: "search", arguments: { query: "tea" } } }
        ]
      })
      const result = yield* Agent.run({ prompt: "Search.", toolkit }).pipe(Effect.provide([model(server), handlers]))
      assert.strictEqual(result.steps[0]?.reasoning, "I must search.")
      const { messages } = server.requests.at(-1)!.body as { messages: ReadonlyArray<object> }
      assert.deepInclude(messages[1], { reasoning_content: "I must search." })
    })
  )

  it.scopedLive("gives arguments that are no JSON back to the model", () =>
    Effect.gen(function* () {
      const server = yield* emulator({
        script: [
          { when: { turn: 1 }, call: { tool: "search", arguments: `{"query": tea}` } },
          { when: { turn: 2 }, call: { tool: "nothing", arguments: {} } },
          { when: { turn: 3 }, call: { tool: "search", arguments: { query: "tea" } } },
          { say: "Found." }
        ]
      })
      const result = yield* Agent.run({ prompt: "Search.", toolkit }).pipe(Effect.provide([model(server), handlers]))
      assert.deepStrictEqual(
        result.steps.map(({ outcomes }) => outcomes.map((it) => (it._tag === "Rejected" ? it.reason : it._tag))),
        [["invalid"], ["unknown"], ["Succeeded"], []]
      )
      assert.strictEqual(result.text, "Found.")
    })
  )

  it.scopedLive("stops at its budget of steps and of tokens", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ script: [{ call: { tool: "search", arguments: { query: "tea" } } }] })
      const run = (budget: Agent.Budget) =>
        Agent.run({ prompt: "Search.", toolkit, budget, maxRepeats: false }).pipe(
          Effect.provide([model(server), handlers])
        )
      const steps = yield* run({ steps: 3 })
      assert.deepInclude(steps, { _tag: "Stopped", stoppedBy: { _tag: "Steps", limit: 3 } })
      assert.lengthOf(server.requests, 3)
      const tokens = yield* run({ tokens: 10 })
      assert.deepInclude(tokens, { _tag: "Stopped", stoppedBy: { _tag: "Tokens", limit: 10 } })
      assert.lengthOf(server.requests, 4)
    })
  )

  it.scopedLive("gives a result that matches its schema, from the model itself", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const Trip = Schema.Struct({ city: Schema.String, days: Schema.Int.pipe(Schema.between(1, 7)) })
      const result = yield* Agent.run({ prompt: "Plan a trip to Busan.", output: Trip }).pipe(
        Effect.provide(model(server))
      )
      assert.strictEqual(result._tag, "Completed")
      assert.isTrue(result._tag === "Completed" && Schema.is(Trip)(result.output))
    })
  )

  it.scopedLive("out of time: the request is cancelled and its connection closed", () =>
    Effect.gen(function* () {
      const server = yield* emulator({
        script: [{ when: { contains: "Hello" }, say: "Hi!" }, { say: "word ".repeat(500) }]
      })
      const context = yield* Layer.build(model(server))
      // the first request of a process is the slow one
      yield* Effect.provide(Agent.run({ prompt: "Hello!" }), context)
      server.setPacing({ tokensPerSecond: 20 })
      const result = yield* Effect.provide(Agent.run({ prompt: "Talk.", budget: { time: "1 second" } }), context)
      assert.strictEqual(result._tag === "Stopped" ? result.stoppedBy._tag : undefined, "Time")
      // what had come is kept
      assert.include(result.text, "word")
      // over HTTP/1.1, only a closed connection tells the server
      yield* eventually(() => server.requests[1]?.aborted === true)
    })
  )

  it.scopedLive("a closed stream interrupts its tools", () =>
    Effect.gen(function* () {
      const interrupted = yield* Ref.make(false)
      const kit = Toolkit.make(Tool.make("wait", { success: Schema.String }))
      const layer = kit.toLayer({ wait: () => Effect.onInterrupt(Effect.never, () => Ref.set(interrupted, true)) })
      const server = yield* emulator({ script: [{ call: { tool: "wait" } }] })
      yield* Agent.stream({ prompt: "Wait.", toolkit: kit }).pipe(
        Stream.filter(({ _tag }) => _tag === "ToolStarted"),
        Stream.runHead,
        Effect.provide([model(server), layer])
      )
      assert.isTrue(yield* Ref.get(interrupted))
    })
  )

  it.scopedLive(
    "waits for approval, and another process goes on",
    () =>
      Effect.gen(function* () {
        const server = yield* emulator({
          script: [
            { when: { toolResult: true }, say: "The money is on its way." },
            {
              call: [
                { tool: "balance", arguments: {} },
                { tool: "pay", arguments: { amount: 500, to: "Ana" } }
              ]
            }
          ]
        })
        const executed: Array<string> = []
        const result = yield* Agent.run({ prompt: "Pay Ana 500.", toolkit: bank, approval: { pay: true } }).pipe(
          Effect.provide([
            model(server),
            bank.toLayer({
              balance: () => Effect.sync(() => executed.push("balance")),
              pay: () => Effect.dieMessage("paid without approval")
            })
          ])
        )
        assert.strictEqual(result._tag, "Pending")
        if (result._tag !== "Pending") return
        assert.deepStrictEqual(executed, ["balance"])
        const json = yield* Schema.encode(Schema.parseJson(Agent.Transcript))(result.transcript)
        const output = yield* elsewhere(server.url, json, result.pending[0]!.id)
        assert.deepStrictEqual(output.trim().split("\n"), [
          "paid 500 to Ana",
          "Completed: The money is on its way.",
          "2 steps, 2 tool calls"
        ])
        const { messages } = server.requests.at(-1)!.body as {
          messages: ReadonlyArray<{ role: string; content?: string }>
        }
        assert.deepStrictEqual(
          messages.filter(({ role }) => role === "tool").map(({ content }) => content),
          ["1", "paid 500 to Ana"]
        )
      }),
    // a process loads everything for itself
    120_000
  )
})

const fixture = fileURLToPath(new URL("fixtures/resume.ts", import.meta.url))

/** Runs the other half in a process of its own. */
const elsewhere = (url: string, transcript: string, id: string) =>
  Effect.async<string>((resume) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", fixture, url, id],
      { timeout: 110_000 },
      (error, stdout, stderr) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.dieMessage(`${error.message}\n${stderr}`))
    )
    child.stdin?.end(transcript)
    return Effect.sync(() => child.kill())
  })
