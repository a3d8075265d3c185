import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import type { Pacing } from "../../src/base/pacing.js"
import { makeRandom } from "../../src/engine/random.js"
import { makePace } from "../../src/server/pace.js"
import { post } from "../support.js"

/** The times at which tokens come, on a clock that moves only by waiting. */
const times = async (pacing: Pacing, count: number, seed = 1): Promise<ReadonlyArray<number>> => {
  let time = 0
  const clock = {
    now: () => time,
    sleep: (milliseconds: number) => {
      time += milliseconds
      return Promise.resolve()
    }
  }
  const pace = makePace(pacing, makeRandom(seed), new AbortController().signal, clock)
  const all: Array<number> = []
  for (let token = 0; token < count; token++) {
    await pace()
    all.push(time)
  }
  return all
}

describe("makePace", () => {
  it("waits for the first token, then between tokens", async () => {
    expect(await times({ timeToFirstToken: 300, tokensPerSecond: 100 }, 4)).toEqual([300, 310, 320, 330])
    expect(await times({ tokensPerSecond: 100 }, 3)).toEqual([10, 20, 30])
    expect(await times({ timeToFirstToken: 50 }, 3)).toEqual([50, 50, 50])
    expect(await times({}, 40)).toEqual(Array.from({ length: 40 }, () => 0))
  })

  it("varies each time within the jitter, on average not at all, and the same again with the same seed", async () => {
    const varied = await times({ timeToFirstToken: 100, tokensPerSecond: 100, jitter: 0.5 }, 2001)
    expect(varied[0]).toBeGreaterThanOrEqual(50)
    expect(varied[0]).toBeLessThanOrEqual(150)
    const pauses = varied.slice(1).map((time, index) => time - varied[index]!)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5 - 1e-6)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(15 + 1e-6)
    expect(Math.min(...pauses)).toBeLessThan(6)
    expect(Math.max(...pauses)).toBeGreaterThan(14)
    expect(pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length).toBeCloseTo(10, 0)
    expect(await times({ timeToFirstToken: 100, tokensPerSecond: 100, jitter: 0.5 }, 2001)).toEqual(varied)
    expect(await times({ timeToFirstToken: 100, tokensPerSecond: 100, jitter: 0.5 }, 2001, 2)).not.toEqual(varied)
  })

  it("does not wait longer after a timer that was late", async () => {
    let time = 0
    const clock = {
      now: () => time,
      sleep: (milliseconds: number) => {
        time += milliseconds + 7
        return Promise.resolve()
      }
    }
    const pace = makePace({ tokensPerSecond: 100 }, makeRandom(1), new AbortController().signal, clock)
    for (let token = 0; token < 50; token++) await pace()
    expect(time).toBeLessThan(510)
  })
})

describe("an emulator", () => {
  const time = async (emulator: ReturnType<typeof makeEmulator>, model: string): Promise<number> => {
    const body = { model, prompt: "a", max_tokens: 4, min_tokens: 4, seed: 1 }
    const started = performance.now()
    await (await post(emulator.fetch, "http://emulator.test/v1/completions", body)).text()
    return performance.now() - started
  }

  it("has the speed of the model, else its own, until another is set", async () => {
    const emulator = makeEmulator({
      timeToFirstToken: 60,
      models: [{ id: "slow", timeToFirstToken: 200 }, { id: "fast", timeToFirstToken: 0 }, "usual"]
    })
    await time(emulator, "fast")
    expect(await time(emulator, "slow")).toBeGreaterThan(195)
    expect(await time(emulator, "usual")).toBeGreaterThan(55)
    emulator.setPacing({ timeToFirstToken: 150 })
    expect(await time(emulator, "fast")).toBeGreaterThan(145)
    emulator.setPacing(undefined)
    expect(await time(emulator, "slow")).toBeGreaterThan(195)
    expect(() => emulator.setPacing({ jitter: 3 })).toThrow("'jitter' must be a number from 0 to 1")
  })
})
