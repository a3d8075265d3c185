/**
 * Rates under any arrivals.
 */
import * as fc from "fast-check"
import { assert, it } from "vitest"
import { makeWindow } from "../../src/resilience/rates.js"

it("no minute has more than the limit, wherever it begins, and every wait is as long as it has to be", () => {
  const amounts = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 30_000 })), { maxLength: 30 })
  fc.assert(
    fc.property(amounts, (steps) => {
      const window = makeWindow(5)
      const sent: Array<readonly [at: number, amount: number]> = []
      const within = (from: number) =>
        sent.reduce((sum, [at, amount]) => (at > from - 60_000 && at <= from ? sum + amount : sum), 0)
      let now = 0
      for (const [amount, pause] of steps) {
        now += pause
        const wait = window.wait(amount, now)
        if (wait > 0) assert.isAbove(within(now + wait - 1) + amount, 5)
        now += wait
        assert.strictEqual(window.wait(amount, now), 0)
        window.add(amount, now)
        sent.push([now, amount])
        assert.strictEqual(window.used(now), within(now))
        assert.isAtMost(within(now), 5)
      }
    }),
    { numRuns: 200 }
  )
})
