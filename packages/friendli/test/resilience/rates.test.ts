/**
 * A sliding window of a minute: what counts, until when, and how long to wait for room.
 */
import { assert, describe, it } from "vitest"
import { makeWindow, windowMillis } from "../../src/resilience/rates.js"

it("is a minute", () => assert.strictEqual(windowMillis, 60_000))

describe("a window", () => {
  it("has room for the limit, and not for more", () => {
    const window = makeWindow(3)
    assert.strictEqual(window.wait(3, 0), 0)
    assert.strictEqual(window.used(0), 0)
    window.add(2, 0)
    assert.strictEqual(window.used(0), 2)
    assert.strictEqual(window.wait(1, 0), 0)
    assert.strictEqual(window.wait(2, 0), 60_000)
    assert.strictEqual(window.wait(2, 20_000), 40_000)
  })

  it("counts to the millisecond before a minute has passed", () => {
    const window = makeWindow(1)
    window.add(1, 5)
    assert.strictEqual(window.used(60_004), 1)
    assert.strictEqual(window.wait(1, 60_004), 1)
    assert.strictEqual(window.used(60_005), 0)
    assert.strictEqual(window.wait(1, 60_005), 0)
  })

  it("waits for as many of the oldest as make room", () => {
    const window = makeWindow(4)
    for (const at of [0, 10_000, 20_000, 30_000]) window.add(1, at)
    assert.strictEqual(window.wait(1, 30_000), 30_000)
    assert.strictEqual(window.wait(2, 30_000), 40_000)
    assert.strictEqual(window.wait(4, 30_000), 60_000)
  })

  it("lets what is larger than the limit go when nothing else counts", () => {
    const window = makeWindow(10)
    assert.strictEqual(window.wait(11, 0), 0)
    window.add(11, 0)
    assert.strictEqual(window.used(0), 11)
    assert.strictEqual(window.wait(1, 0), 60_000)
    const busy = makeWindow(10)
    busy.add(1, 0)
    assert.strictEqual(busy.wait(11, 0), 60_000)
    assert.strictEqual(busy.wait(10, 0), 60_000)
    assert.strictEqual(busy.wait(9, 0), 0)
  })

  it("needs room for one where an amount is not known yet", () => {
    const window = makeWindow(2)
    window.add(1, 0)
    assert.strictEqual(window.wait(0, 0), 0)
    window.add(1, 0)
    assert.strictEqual(window.wait(0, 0), 60_000)
    assert.strictEqual(window.wait(-5, 0), 60_000)
  })

  it("does not count nothing, nor less than nothing", () => {
    const window = makeWindow(2)
    window.add(2, 0)
    window.add(0, 1)
    window.add(-1, 1)
    assert.strictEqual(window.used(1), 2)
    assert.strictEqual(window.wait(1, 1), 59_999)
  })

  it("forgets sums of fractions altogether", () => {
    const window = makeWindow(1)
    for (let n = 0; n < 10; n++) window.add(0.1, n)
    assert.strictEqual(window.used(60_009), 0)
    assert.strictEqual(window.wait(1, 60_009), 0)
  })
})

describe("what is reserved", () => {
  it("counts until it is settled, however long that takes", () => {
    const window = makeWindow(10)
    window.reserve(8)
    assert.strictEqual(window.used(0), 8)
    assert.strictEqual(window.used(1_000_000), 8)
    assert.strictEqual(window.wait(2, 1_000_000), 0)
    assert.strictEqual(window.wait(3, 1_000_000), Infinity)
  })

  it("is replaced by the real amount, which counts for a minute from then on", () => {
    const window = makeWindow(10)
    window.reserve(8)
    window.settle(8, 3, 1000)
    assert.strictEqual(window.used(1000), 3)
    assert.strictEqual(window.used(60_999), 3)
    assert.strictEqual(window.used(61_000), 0)
  })

  it("is settled by nothing too", () => {
    const window = makeWindow(10)
    window.reserve(8)
    window.settle(8, 0, 0)
    assert.strictEqual(window.used(0), 0)
    assert.strictEqual(window.wait(10, 0), 0)
  })

  it("is never less than nothing", () => {
    const window = makeWindow(10)
    window.reserve(0.1)
    window.settle(0.3, 0, 0)
    assert.strictEqual(window.used(0), 0)
    window.reserve(10)
    assert.strictEqual(window.used(0), 10)
  })

  it("is waited for together with what counts for a time", () => {
    const window = makeWindow(10)
    window.add(4, 0)
    window.reserve(4)
    assert.strictEqual(window.wait(2, 0), 0)
    assert.strictEqual(window.wait(6, 0), 60_000)
    assert.strictEqual(window.wait(7, 0), Infinity)
  })
})
