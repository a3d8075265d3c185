import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as agent from "../src/agent.js"
import * as effectAi from "../src/effect-ai.js"
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
      const { lines } = yield* printing(configured(server)(agent.runnable(ask)))
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
