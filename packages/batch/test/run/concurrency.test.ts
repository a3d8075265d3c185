import { describe, expect, it } from "vitest"
import { makeFixedLimiter, makeLimiter } from "../../src/run/concurrency.js"

const bounds = { initial: 8, min: 1, max: 64 }

/** Rounds of answers that all take `millis`, with every call that may run running. */
const rounds = (limiter: ReturnType<typeof makeLimiter>, count: number, millis = 100): void => {
  for (let round = 0; round < count; round++) {
    const calls = limiter.limit()
    for (let call = 0; call < calls; call++) limiter.onSuccess(0, millis, true)
  }
}

describe("makeLimiter", () => {
  it("doubles with each round of answers until its bound", () => {
    const limiter = makeLimiter(bounds)
    rounds(limiter, 1)
    expect(limiter.limit()).toBe(16)
    rounds(limiter, 1)
    expect(limiter.limit()).toBe(32)
    rounds(limiter, 3)
    expect(limiter.limit()).toBe(64)
  })

  it("falls by a third at a sign of pressure, once for calls of one time, and grows by one a round then", () => {
    const limiter = makeLimiter(bounds)
    rounds(limiter, 2)
    limiter.onPressure(1000, undefined)
    limiter.onPressure(1010, undefined)
    limiter.onPressure(1900, undefined)
    expect(limiter.limit()).toBe(21)
    rounds(limiter, 1)
    expect([21, 22]).toContain(limiter.limit())
    rounds(limiter, 10)
    expect(limiter.limit()).toBeGreaterThan(29)
    expect(limiter.limit()).toBeLessThan(33)
    limiter.onPressure(2001, undefined)
    expect(limiter.limit()).toBeLessThan(23)
  })

  it("never leaves its bounds", () => {
    const limiter = makeLimiter({ initial: 4, min: 2, max: 5 })
    rounds(limiter, 10)
    expect(limiter.limit()).toBe(5)
    for (let time = 0; time < 20; time++) limiter.onPressure(time * 10_000, undefined)
    expect(limiter.limit()).toBe(2)
  })

  it("does not grow while fewer calls run than may, nor while answers wait in a queue of the server", () => {
    const idle = makeLimiter(bounds)
    for (let call = 0; call < 100; call++) idle.onSuccess(0, 100, false)
    expect(idle.limit()).toBe(8)

    const slow = makeLimiter(bounds)
    rounds(slow, 1, 100)
    for (let call = 0; call < 60; call++) slow.onSuccess(0, 1000, true)
    const before = slow.limit()
    rounds(slow, 1, 1000)
    expect(slow.limit()).toBe(before)
  })

  it("pauses as long as the server asks, a minute at most", () => {
    for (const limiter of [makeLimiter(bounds), makeFixedLimiter(4)]) {
      limiter.onPressure(1000, 5000)
      expect(limiter.pausedUntil()).toBe(6000)
      limiter.onPressure(1500, 1000)
      expect(limiter.pausedUntil()).toBe(6000)
      limiter.onPressure(2000, 10 * 60_000)
      expect(limiter.pausedUntil()).toBe(62_000)
    }
  })
})

describe("makeFixedLimiter", () => {
  it("keeps its number", () => {
    const limiter = makeFixedLimiter(4)
    limiter.onSuccess(0, 1, true)
    limiter.onPressure(0, undefined)
    expect(limiter.limit()).toBe(4)
  })
})
