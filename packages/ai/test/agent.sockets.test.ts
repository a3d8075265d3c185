/**
 * Agents over sockets on the emulator, whose scripts say what the model does: budgets, cancellation, results that are asked for again, tools beside each
 * other, approval and crashes in processes of their own.
 */
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestServices from "effect/TestServices"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Agent from "../src/Agent.js"
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
      const run = (budget: { readonly steps: number } | { readonly tokens: number }) =>
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

  it.scopedLive("asks again for a result that does not match", () =>
    Effect.gen(function* () {
      const answer = (days: number) => ({ tool: "final_answer", arguments: { city: "Busan", days } })
      const server = yield* emulator({ script: [{ when: { turn: 1 }, call: answer(99) }, { call: answer(3) }] })
      const Trip = Schema.Struct({ city: Schema.String, days: Schema.Int.pipe(Schema.between(1, 7)) })
      const result = yield* Agent.run({ prompt: "Plan a trip.", output: Trip }).pipe(Effect.provide(model(server)))
      assert.deepInclude(result, { _tag: "Completed", output: { city: "Busan", days: 3 } })
      assert.lengthOf(server.requests, 2)
      const { messages } = server.requests[1]!.body as { messages: ReadonlyArray<{ role: string; content: string }> }
      assert.include(messages.at(-1)?.content, "days")
    })
  )

  it.scoped("runs tools beside each other, on the clock of the test", () =>
    Effect.gen(function* () {
      let started = 0
      let running = 0
      let most = 0
      const kit = Toolkit.make(Tool.make("work", { parameters: { n: Schema.Number }, success: Schema.Number }))
      const layer = kit.toLayer({
        work: ({ n }) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              started++
              most = Math.max(most, ++running)
            }),
            () => Effect.as(Effect.sleep("1 hour"), n),
            () => Effect.sync(() => running--)
          )
      })
      const calls = [1, 2, 3, 4].map((n) => ({ tool: "work", arguments: { n } }))
      const server = yield* emulator({ script: [{ when: { toolResult: true }, say: "Done." }, { call: calls }] })
      const fiber = yield* Agent.run({ prompt: "Work.", toolkit: kit, concurrency: 2 }).pipe(
        Effect.provide([model(server), layer]),
        Effect.fork
      )
      // the sockets are on the clock of the machine
      for (const expected of [2, 4]) {
        yield* TestServices.provideLive(eventually(() => started === expected))
        yield* TestClock.adjust("1 hour")
      }
      const result = yield* Fiber.join(fiber)
      assert.strictEqual(most, 2)
      assert.strictEqual(result.text, "Done.")
      assert.deepStrictEqual(Duration.toHours(result.totals.elapsed), 2)
    })
  )

  it.scopedLive(
    "waits for approval; a second process goes on and is killed, and a third one ends the work",
    () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-agent-"))),
          (made) => Effect.sync(() => Fs.rmSync(made, { recursive: true, force: true }))
        )
        const waits = () =>
          (JSON.parse(Fs.readFileSync(Path.join(folder, "transcript.json"), "utf8")) as { pending: Array<unknown> })
            .pending.length
        const journal = () => Fs.readFileSync(Path.join(folder, "journal"), "utf8").trim().split("\n")
        const server = yield* emulator({
          script: [
            { when: { toolResult: "pay" }, say: "The money is on its way." },
            {
              call: [
                { tool: "balance", arguments: {} },
                { tool: "pay", arguments: { amount: 500, to: "Ana" } }
              ]
            }
          ]
        })
        const first = yield* Effect.scoped(Effect.flatMap(agentProcess(server.url, folder), ({ output }) => output))
        assert.strictEqual(first, "Pending:  (1 steps, 1 tool calls)")
        assert.deepStrictEqual(journal(), ["balance"])

        // it dies in the middle of the last answer: the tool has run, and nobody knows of it but the transcript
        server.setPacing({ tokensPerSecond: 1 })
        yield* Effect.scoped(
          Effect.flatMap(agentProcess(server.url, folder), ({ kill }) =>
            Effect.zipRight(
              eventually(() => server.requests.length === 2 && waits() === 0, "100 seconds"),
              kill
            )
          )
        )
        assert.deepStrictEqual(journal(), ["balance", "pay 500 to Ana"])

        server.setPacing({ tokensPerSecond: 1000 })
        const third = yield* Effect.scoped(Effect.flatMap(agentProcess(server.url, folder), ({ output }) => output))
        assert.strictEqual(third, "Completed: The money is on its way. (2 steps, 2 tool calls)")
        assert.deepStrictEqual(journal(), ["balance", "pay 500 to Ana"])
        const { messages } = server.requests[2]!.body as {
          messages: ReadonlyArray<{ role: string; content?: string }>
        }
        assert.deepStrictEqual(
          messages.filter(({ role }) => role === "tool").map(({ content }) => content),
          ["1000", "paid"]
        )
      }),
    // each process loads everything for itself
    180_000
  )
})

const program = fileURLToPath(new URL("fixtures/agentProcess.ts", import.meta.url))

/** The agent as a process of its own, until the scope closes: what it prints, and its death. */
const agentProcess = (url: string, folder: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, ["--import", "tsx", program, url, folder])),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => {
      let printed = ""
      let complaints = ""
      child.stdout.on("data", (bytes) => (printed += String(bytes)))
      child.stderr.on("data", (bytes) => (complaints += String(bytes)))
      const closed = new Promise<number | null>((resolve) => child.on("close", resolve))
      const output = Effect.flatMap(
        Effect.promise(() => closed),
        (code) => (code === 0 ? Effect.succeed(printed.trim()) : Effect.dieMessage(`code ${code}\n${complaints}`))
      )
      const kill = Effect.zipRight(
        Effect.sync(() => child.kill("SIGKILL")),
        Effect.promise(() => closed)
      )
      return { output, kill }
    }
  )
