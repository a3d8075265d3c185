import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as agent from "../src/agent.js"
import * as effectAi from "../src/effect-ai.js"
import { fileURLToPath } from "node:url"
import { spawn } from "node:child_process"
import { configured, emulator, printing } from "./support.js"

const travel = [
  { when: { toolResult: "book_train" }, say: "You have seat 7A." },
  { when: { toolResult: "search_trains" }, call: { tool: "book_train", arguments: { train: "SRT 303" } } },
  { when: { contains: "Book me" }, call: { tool: "search_trains", arguments: { from: "Seoul", to: "Busan" } } }
]

describe("agent", () => {
  it.scopedLive("searches, asks, books and tells", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ script: travel })
      const asked: Array<string> = []
      const ask: agent.Ask = ({ name }) => Effect.sync(() => asked.push(name) > 0)
      const { lines } = yield* printing(configured(server, { BOOKING_TIME: "1 millis" })(agent.runnable(ask)))
      assert.deepStrictEqual(asked, ["book_train"])
      assert.deepStrictEqual(lines.slice(0, -1), [
        `> search_trains({"from":"Seoul","to":"Busan"})`,
        "< search_trains: Succeeded",
        `> book_train({"train":"SRT 303"})`,
        "  asking for a seat in SRT 303",
        "< book_train: Succeeded",
        "You have seat 7A."
      ])
      assert.match(lines.at(-1)!, /^done: 3 steps, 2 tool calls, \d+ tokens$/)
    })
  )

  it.scopedLive("does not book what the person denies", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ script: travel })
      const { lines } = yield* printing(configured(server)(agent.runnable(() => Effect.succeed(false))))
      assert.include(lines, "< book_train: Rejected")
      assert.notInclude(lines.join("\n"), "asking for a seat")
    })
  )
})

const program = fileURLToPath(new URL("../src/agent.ts", import.meta.url))

/** The program in a terminal: what it has printed, and a person who types and presses Ctrl-C. */
const terminal = (url: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const env = { ...process.env, FRIENDLI_TOKEN: "flp_test", FRIENDLI_BASE_URL: url, BOOKING_TIME: "10 minutes" }
        return spawn(process.execPath, ["--import", "tsx", program], { env })
      }),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => {
      let printed = ""
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (printed += String(bytes)))
      const closed = new Promise<void>((resolve) => child.on("close", () => resolve()))
      return {
        shows: (text: string) =>
          Effect.repeat(Effect.sleep("20 millis"), { until: () => printed.includes(text) }).pipe(
            Effect.timeoutFail({ duration: "100 seconds", onTimeout: () => new Error(`not there in: ${printed}`) }),
            Effect.orDie
          ),
        types: (text: string) => Effect.sync(() => child.stdin.write(text)),
        pressesCtrlC: Effect.sync(() => child.kill("SIGINT")),
        ends: Effect.as(
          Effect.promise(() => closed),
          undefined
        ),
        printed: () => printed
      }
    }
  )

describe("agent, at Ctrl-C", () => {
  it.scopedLive(
    "cancels the tool that runs, and the request to the model",
    () =>
      Effect.gen(function* () {
        const booking = yield* emulator({ script: travel })
        const talking = yield* emulator({ script: [{ say: "word ".repeat(500) }] })
        talking.setPacing({ tokensPerSecond: 10 })
        const inTool = Effect.gen(function* () {
          const { ends, pressesCtrlC, printed, shows, types } = yield* terminal(booking.url)
          yield* shows("y/n")
          yield* types("y\n")
          yield* shows("asking for a seat")
          yield* pressesCtrlC
          yield* ends
          // its finalizer has run, and the model was not asked again
          assert.include(printed(), "the booking is cancelled")
          assert.match(printed(), /cancelled\s*$/)
          assert.lengthOf(booking.requests, 2)
        })
        const inAnswer = Effect.gen(function* () {
          const { ends, pressesCtrlC, printed, shows } = yield* terminal(talking.url)
          yield* shows("word word")
          yield* pressesCtrlC
          yield* ends
          assert.match(printed(), /cancelled\s*$/)
          // the server has seen the connection close in the middle of its answer
          yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => talking.requests[0]?.aborted === true }).pipe(
            Effect.timeout("10 seconds")
          )
        })
        yield* Effect.all([inTool, inAnswer], { concurrency: 2, discard: true })
      }),
    // each process loads everything for itself
    120_000
  )
})

describe("effect-ai", () => {
  it.scopedLive("runs on Friendli", () =>
    Effect.gen(function* () {
      const server = yield* emulator({
        script: [
          { when: { toolResult: "get_weather" }, say: "It is clear." },
          { when: { contains: "weather in Seoul" }, call: { tool: "get_weather", arguments: { city: "Seoul" } } }
        ]
      })
      const { lines, value } = yield* printing(configured(server)(effectAi.runnable))
      assert.strictEqual(lines[0], `get_weather: {"sky":"clear","temperature":21}`)
      assert.strictEqual(lines[1], "It is clear.")
      assert.isArray(value.bring)
    })
  )

  it.effect("runs on a mock", () =>
    Effect.gen(function* () {
      const { lines } = yield* printing(effectAi.mocked)
      assert.deepStrictEqual(lines, [
        `get_weather: {"sky":"clear","temperature":21}`,
        "It is clear and 21 degrees.",
        "sunglasses, a light jacket"
      ])
    })
  )
})
