import * as fc from "fast-check"
import * as Fs from "node:fs"
import * as Os from "node:os"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { budgets, judge } from "../src/budgets.js"
import { type ContenderName, contenders, recommended } from "../src/contenders/index.js"
import { machine } from "../src/machine.js"
import { outcomeOf } from "../src/outcome.js"
import { budgetTable, outcomeTable, report, table } from "../src/report.js"
import { scenarios } from "../src/scenarios/index.js"
import type { Figures } from "../src/scenarios/Scenario.js"
import { median, percentile, ratios, spread } from "../src/statistics.js"

const scenario = (name: string) => scenarios.find((candidate) => candidate.name === name)!

const measured = (figures: Readonly<Record<string, ReadonlyArray<Figures>>>) => new Map(Object.entries(figures))

const [onUndici, onFetch] = [recommended.undici.calls, recommended.fetch.calls]

/** What a table says of it, in a regular expression. */
const title = (name: ContenderName): string => contenders[name].title
const http = (name: ContenderName): string => contenders[name].http.replaceAll(".", "\\.")

const unary = outcomeOf(
  scenario("unary"),
  measured({
    openai: [100, 200, 300].map((cpu) => ({ cpu, wall: cpu })),
    openai7: [40, 110, 200].map((cpu) => ({ cpu, wall: cpu })),
    [onUndici]: [50, 110, 180].map((cpu) => ({ cpu, wall: cpu })),
    [onFetch]: [150, 300, 420].map((cpu) => ({ cpu, wall: cpu }))
  }),
  new Map([["Effect by hand", "read 1 texts of 2"]])
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

  it("has so many percent of the values up to a percentile", () => {
    const values = Array.from({ length: 200 }, (_, at) => 200 - at)
    expect([1, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([2, 100, 198, 200])
    expect(percentile([7], 99)).toBe(7)
    expect(() => percentile([], 50)).toThrow("no values")
  })

  it("knows the extremes", () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3 })
  })

  it("compares within rounds: a round in which all were slow changes nothing", () => {
    expect(ratios([1, 10, 2], [2, 20, 4])).toEqual({ median: 0.5, lowest: 0.5, highest: 0.5 })
  })

  it("compares what was measured in the first round alone with the first round", () => {
    expect(ratios([1], [2, 100])).toEqual({ median: 0.5, lowest: 0.5, highest: 0.5 })
  })
})

describe("outcomes", () => {
  it("fold rounds into medians and ratios, in the order of the scenario", () => {
    expect(unary.rounds).toBe(3)
    expect(unary.rows.map(({ subject }) => subject.name)).toEqual([onFetch, onUndici, "openai", "openai7"])
    expect(unary.rows[1]?.figures["cpu"]).toEqual({ median: 110, lowest: 50, highest: 180 })
    expect(unary.rows[1]?.ratio).toEqual({ median: 0.55, lowest: 0.5, highest: 0.6 })
  })

  it("have no ratios without the subject they are taken to", () => {
    const alone = outcomeOf(scenario("unary"), measured({ [onFetch]: [{ cpu: 1, wall: 1 }] }), new Map())
    expect(alone.rows[0]?.ratio).toBeUndefined()
    expect(judge([alone])).toEqual([])
  })
})

describe("budgets", () => {
  it("are about figures that are measured", () => {
    for (const budget of budgets) {
      const { columns, subjects } = scenario(budget.scenario)
      for (const name of [budget.subject, budget.to ?? budget.subject]) {
        expect(subjects.map((subject) => subject.name)).toContain(name)
      }
      expect(columns.map(({ figure }) => figure)).toContain(budget.figure)
    }
  })

  it("judge the contenders that the guide recommends, on the layers that it names", () => {
    const guide = Fs.readFileSync(new URL("../../../docs/guides/performance.md", import.meta.url), "utf8")
    const http = Fs.readFileSync(new URL("../../../docs/guides/http-layer.md", import.meta.url), "utf8")
    for (const names of Object.values(recommended)) {
      for (const name of Object.values(names)) {
        expect(guide + http).toContain(contenders[name].http.replaceAll("`", ""))
      }
    }
  })

  it("are accepted up to their limit and no further", () => {
    const verdicts = judge([unary])
    expect(verdicts.map(({ budget, holds, value }) => [budget.subject, value, holds])).toEqual([
      [onUndici, 0.55, false],
      [onFetch, 1.5, false],
      [onUndici, 1, false],
      [onFetch, expect.closeTo(2.727, 3), false]
    ])
    const at = (openai: number, openai7: number) =>
      judge([
        outcomeOf(
          scenario("unary"),
          measured({
            openai: [{ cpu: openai, wall: 1 }],
            openai7: [{ cpu: openai7, wall: 1 }],
            [onFetch]: [{ cpu: 100, wall: 1 }]
          }),
          new Map()
        )
      ]).map(({ holds }) => holds)
    expect(at(100, 101)).toEqual([true, true])
    expect(at(99, 100)).toEqual([false, false])
  })

  it("take a ratio to the peer that they name, of the figure that they name", () => {
    const verdicts = judge([
      outcomeOf(
        scenario("first-event"),
        measured({
          openai: [{ wall: 100, cpu: 1 }],
          openai7: [{ wall: 200, cpu: 1 }],
          [recommended.undici.streams]: [{ wall: 50, cpu: 9 }]
        }),
        new Map()
      )
    ]).filter(({ budget }) => budget.figure === "wall")
    expect(verdicts.map(({ budget, value }) => [budget.to, value])).toEqual([
      ["openai", 0.5],
      ["openai7", 0.25]
    ])
    expect(budgetTable(verdicts)).toMatch(
      new RegExp(
        `^\\| first event, p50, undici +\\| ${title(recommended.undici.streams)} +\\| +≤ 0\\.80× \\| +0\\.50× \\| +✓ \\|$`,
        "m"
      )
    )
    expect(budgetTable(verdicts)).toMatch(
      new RegExp(
        `^\\| first event, p50, undici, to openai 7 +\\| ${title(recommended.undici.streams)} +\\| +< 1\\.00× \\| +0\\.25× \\| +✓ \\|$`,
        "m"
      )
    )
  })
})

describe("the report", () => {
  const text = report([unary], machine())

  it("tells verdicts, figures and failures", () => {
    expect(text).toContain("0 of 4 budgets are met.")
    expect(text).toMatch(
      new RegExp(`\\| one call at a time, undici +\\| ${title(onUndici)} +\\| +≤ 0\\.50× +\\| +0\\.55× \\| +✗ \\|`)
    )
    expect(text).toMatch(
      new RegExp(`\\| one call at a time, fetch +\\| ${title(onFetch)} +\\| +≤ 1\\.00× +\\| +1\\.50× \\| +✗ \\|`)
    )
    expect(text).toMatch(
      new RegExp(
        `\\| ${title(onUndici)} +\\| ${http(onUndici)} +\\| +110\\.0 \\| +110\\.0 \\| +0\\.55× \\| +0\\.50–0\\.60 \\|`
      )
    )
    expect(text).toContain("No figures for Effect by hand: read 1 texts of 2")
  })

  it("names the machine's kind and every version, but neither its name nor its folders", () => {
    const { cpu, node, packages, undiciOfNode } = machine()
    expect(text).toContain(cpu)
    expect(text).toContain(`Node ${node.slice(1)}, whose \`fetch\` is undici ${undiciOfNode}`)
    for (const { name, version } of Object.values(packages)) expect(text).toContain(`${name} ${version}`)
    expect(Object.keys(packages)).toEqual(expect.arrayContaining(["effect", "undici", "openai", "openai7", "ai"]))
    expect(packages["openai"]?.version).toMatch(/^6\./)
    expect(packages["openai7"]).toEqual({ name: "openai", version: expect.stringMatching(/^7\./) })
    expect(text).not.toContain(fileURLToPath(new URL("../../..", import.meta.url)))
    expect(Os.hostname() !== "localhost" && text.includes(Os.hostname())).toBe(false)
  })

  it("names the HTTP layer of every contender, where contenders are compared", () => {
    for (const { http, title } of Object.values(contenders)) {
      const row = text.split("\n").find((line) => line.startsWith(`| ${title} `) && line.includes(` ${http} `))
      expect(row).toBeDefined()
    }
    const bundle = outcomeOf(scenario("bundle"), measured({ ours: [{ esbuild: 1, rolldown: 1 }] }), new Map())
    expect(outcomeTable(bundle)).not.toContain("HTTP layer")
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
