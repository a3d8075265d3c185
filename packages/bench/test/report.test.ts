import * as fc from "fast-check"
import * as Os from "node:os"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { budgets, judge } from "../src/budgets.js"
import { machine } from "../src/machine.js"
import { outcomeOf } from "../src/outcome.js"
import { report, table } from "../src/report.js"
import { scenarios } from "../src/scenarios/index.js"
import type { Figures } from "../src/scenarios/Scenario.js"
import { median, ratios, spread } from "../src/statistics.js"

const scenario = (name: string) => scenarios.find((candidate) => candidate.name === name)!

const measured = (figures: Readonly<Record<string, ReadonlyArray<Figures>>>) => new Map(Object.entries(figures))

const unary = outcomeOf(
  scenario("unary"),
  measured({
    openai: [100, 200, 300].map((cpu) => ({ cpu, wall: cpu })),
    "ours-undici": [50, 110, 180].map((cpu) => ({ cpu, wall: cpu })),
    "ours-fetch": [150, 300, 420].map((cpu) => ({ cpu, wall: cpu }))
  }),
  new Map([["Effect by hand, on fetch", "read 1 texts of 2"]])
)

describe("statistics", () => {
  it("has as many values below the median as above", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values)
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2)
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2)
      })
    )
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 2, 4, 100])).toBe(7)
    expect(() => median([])).toThrow("no values")
  })

  it("knows the extremes", () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3 })
  })

  it("compares within rounds: a round in which all were slow changes nothing", () => {
    expect(ratios([1, 10, 2], [2, 20, 4])).toEqual({ median: 0.5, lowest: 0.5, highest: 0.5 })
    expect(() => ratios([1], [1, 2])).toThrow("rounds")
  })
})

describe("outcomes", () => {
  it("fold rounds into medians and ratios, in the order of the scenario", () => {
    expect(unary.rounds).toBe(3)
    expect(unary.rows.map(({ name }) => name)).toEqual(["ours-fetch", "ours-undici", "openai"])
    expect(unary.rows[1]?.figures["cpu"]).toEqual({ median: 110, lowest: 50, highest: 180 })
    expect(unary.rows[1]?.ratio).toEqual({ median: 0.55, lowest: 0.5, highest: 0.6 })
  })

  it("have no ratios without the subject they are taken to", () => {
    const alone = outcomeOf(scenario("unary"), measured({ "ours-fetch": [{ cpu: 1, wall: 1 }] }), new Map())
    expect(alone.rows[0]?.ratio).toBeUndefined()
    expect(judge([alone])).toEqual([])
  })
})

describe("budgets", () => {
  it("are about figures that are measured", () => {
    for (const budget of budgets) {
      const { columns, ratio, subjects } = scenario(budget.scenario)
      expect(subjects.map(({ name }) => name)).toContain(budget.subject)
      expect([...columns.map(({ figure }) => figure), ...(ratio ? ["ratio"] : [])]).toContain(budget.figure)
    }
  })

  it("hold up to their limit and no further", () => {
    const verdicts = judge([unary])
    expect(verdicts.map(({ budget, holds, value }) => [budget.subject, value, holds])).toEqual([
      ["ours-undici", 0.55, true],
      ["ours-fetch", 1.5, false]
    ])
  })
})

describe("the report", () => {
  const text = report([unary], machine())

  it("tells verdicts, figures and failures", () => {
    expect(text).toContain("1 of 2 hold.")
    expect(text).toMatch(/\| one call at a time, undici +\| ≤ 0\.60× +\| +0\.55× \| +✓ \|/)
    expect(text).toMatch(/\| one call at a time, fetch +\| ≤ 1\.10× +\| +1\.50× \| +✗ \|/)
    expect(text).toMatch(/\| ours on undici +\| +110\.0 \| +110\.0 \| +0\.55× \| +0\.50–0\.60 \|/)
    expect(text).toContain("No figures for Effect by hand, on fetch: read 1 texts of 2")
  })

  it("names the machine's kind and every version, but neither its name nor its folders", () => {
    const { cpu, versions } = machine()
    expect(text).toContain(cpu)
    for (const [name, version] of Object.entries(versions)) expect(text).toContain(`${name} ${version}`)
    expect(text).not.toContain(fileURLToPath(new URL("../../..", import.meta.url)))
    expect(Os.hostname() !== "localhost" && text.includes(Os.hostname())).toBe(false)
  })

  it("has tables of even width", () => {
    const lines = table(
      ["", "a long title"],
      [
        ["x", "1"],
        ["a long name", "22"]
      ]
    ).split("\n")
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1)
    expect(lines[1]).toBe("| ----------- | -----------: |")
  })
})
