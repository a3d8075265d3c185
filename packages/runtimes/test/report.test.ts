import { createRequire } from "node:module"
import * as Fs from "node:fs"
import { describe, expect, it } from "vitest"
import { groups } from "../src/checks.js"
import { inabilities, inabilityOf } from "../src/inabilities.js"
import { report } from "../src/report.js"
import { problemOf, problems, type Result, type Told } from "../src/result.js"
import { runtimes } from "../src/runtimes.js"

const page = Fs.readFileSync(new URL("../../../docs/runtimes.md", import.meta.url), "utf8")

/** Without what the formatter decides: the width of columns, and where lines break. */
const unformatted = (text: string): string => text.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ").trim()

const [node] = runtimes
const chromium = runtimes.find(({ id }) => id === "chromium")!

/** What a run tells in which everything is as the page says. */
const asExpected = (runtime: (typeof runtimes)[number]): Told => ({
  version: "1",
  results: groups
    .filter(({ id }) => runtime.groups.includes(id))
    .flatMap(({ checks, id }) =>
      checks.map((check): Result => {
        const ok = inabilityOf(runtime.id, id, check) === undefined
        return { group: id, check, ok, seen: ok ? "" : "cannot" }
      })
    )
})

/** The same with one result turned around. */
const turned = ({ results, version }: Told, at: number): Told => ({
  version,
  results: results.map((result, index) => (index === at ? { ...result, ok: !result.ok, seen: "broken" } : result))
})

describe("the page", () => {
  it("is what the checks, the runtimes and their versions say; otherwise run `pnpm runtimes --write`", () => {
    expect(unformatted(page)).toBe(unformatted(report()))
  })

  it("has every runtime, check and reason", () => {
    for (const { name } of runtimes) expect(page).toContain(name)
    for (const check of groups.flatMap(({ checks }) => checks)) expect(page).toContain(check)
    for (const { instead, reason } of inabilities) {
      expect(unformatted(page)).toContain(reason)
      expect(unformatted(page)).toContain(instead)
    }
  })
})

describe("a run", () => {
  it("has no problem where everything is as the page says", () => {
    for (const runtime of runtimes) expect(problems(runtime, asExpected(runtime))).toEqual([])
  })

  it("has a problem for each check that fails and should work, and says what was seen", () => {
    const told = asExpected(node!)
    const found = told.results.map((_, at) => problems(node!, turned(told, at)))
    expect(found.every((lines) => lines.length === 1 && lines[0]!.endsWith("broken"))).toBe(true)
  })

  it("has a problem where a known inability works now", () => {
    const told = asExpected(chromium)
    const at = told.results.findIndex(({ ok }) => !ok)
    expect(problems(chromium, turned(told, at))).toEqual([expect.stringContaining("works now")])
  })

  it("has a problem where a check was not run", () => {
    const { check, group } = asExpected(node!).results[0]!
    expect(problemOf(node!, group, check, [])).toBe("was not run")
  })
})

describe("the tables", () => {
  it("name each inability of a check once", () => {
    for (const runtime of runtimes) {
      for (const { checks, id } of groups) {
        for (const check of checks) {
          const known = inabilities.filter(
            (one) => one.runtimes.includes(runtime.id) && one.groups.includes(id) && one.checks.includes(check)
          )
          expect(known.length, `${runtime.name}, ${id}, ${check}`).toBeLessThanOrEqual(1)
        }
      }
    }
  })

  it("name no inability that no check has", () => {
    for (const { checks, groups: ids, runtimes: names } of inabilities) {
      for (const name of names) {
        const there = runtimes.find(({ id }) => id === name)!.groups
        const known = groups.filter(({ id }) => ids.includes(id) && there.includes(id)).flatMap((group) => group.checks)
        for (const check of checks) expect(known).toContain(check)
      }
    }
  })

  it("have the version of each installed binary that the manifest asks for", () => {
    const { optionalDependencies } = createRequire(import.meta.url)("../package.json") as {
      readonly optionalDependencies: Readonly<Record<string, string>>
    }
    const installed = runtimes.flatMap(({ binary, isInstalled }) => (isInstalled && binary ? [binary] : []))
    expect(optionalDependencies).toEqual(
      Object.fromEntries(installed.flatMap(({ packages }) => Object.values(packages)))
    )
  })
})
