import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { make, reached, room, type BudgetOptions, type Used } from "../../src/run/budget.js"

const usd = (text: string) => BigDecimal.unsafeFromString(text)
const nothing: Used = { cost: usd("0"), tokens: 0, millis: 0, ended: 0, failed: 0 }
const budget = (options: BudgetOptions) => Either.getOrThrow(make(options))

describe("make", () => {
  it.each<readonly [BudgetOptions, string]>([
    [{ cost: "five" }, "budget.cost"],
    [{ cost: 0 }, "budget.cost"],
    [{ cost: "-1" }, "budget.cost"],
    [{ tokens: 0.5 }, "budget.tokens"],
    [{ tokens: 0 }, "budget.tokens"],
    [{ time: "soon" as never }, "budget.time"],
    [{ time: 0 }, "budget.time"],
    [{ failures: 1.1 }, "budget.failures"],
    [{ failures: Number.NaN }, "budget.failures"]
  ])("rejects %j", (options, place) => {
    const result = make(options)
    expect(Either.isLeft(result) && result.left.message).toContain(place)
  })

  it("reads amounts of money", () => {
    for (const cost of [5, "5", "$5", "$ 5.00", usd("5")]) {
      expect(BigDecimal.equals(budget({ cost }).cost!, usd("5"))).toBe(true)
    }
  })
})

describe("reached", () => {
  it("names the budget that is used up", () => {
    expect(reached(budget({}), { ...nothing, cost: usd("1000"), tokens: 1e9, millis: 1e9 })).toBeUndefined()
    expect(reached(budget({ cost: "0.3" }), { ...nothing, cost: usd("0.29") })).toBeUndefined()
    expect(reached(budget({ cost: "0.3" }), { ...nothing, cost: usd("0.3") })).toBe("cost")
    expect(reached(budget({ tokens: 100 }), { ...nothing, tokens: 100 })).toBe("tokens")
    expect(reached(budget({ time: "1 second" }), { ...nothing, millis: 1000 })).toBe("time")
  })

  it("judges failures from the tenth row on", () => {
    const failures = budget({ failures: 0.1 })
    expect(reached(failures, { ...nothing, ended: 9, failed: 9 })).toBeUndefined()
    expect(reached(failures, { ...nothing, ended: 10, failed: 1 })).toBeUndefined()
    expect(reached(failures, { ...nothing, ended: 10, failed: 2 })).toBe("failures")
    expect(reached(budget({ failures: 0 }), { ...nothing, ended: 10, failed: 1 })).toBe("failures")
  })
})

describe("room", () => {
  it("is what the rest of the budget pays for, and at least one", () => {
    const used = { ...nothing, cost: usd("0.5"), tokens: 500, ended: 6, failed: 1 }
    expect(room(budget({}), used)).toBe(Infinity)
    expect(room(budget({ cost: 1 }), used)).toBe(5)
    expect(room(budget({ cost: 1, tokens: 700 }), used)).toBe(2)
    expect(room(budget({ tokens: 501 }), used)).toBe(1)
    expect(room(budget({ tokens: 501 }), nothing)).toBe(Infinity)
  })
})
