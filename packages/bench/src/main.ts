/**
 * The benchmarks: `npx -y pnpm@12 bench`.
 *
 *     --quick              smaller work, fewer rounds: a first look
 *     --only <names>       scenarios whose names begin so, separated by commas: --only stream-1,unary
 *     --contenders <names> subjects whose names begin so; `openai` 6 is kept, for the ratios
 *     --rounds <number>    in place of the scenarios' own
 *     --no-build           takes the SDK as it was built last
 *     --write              writes docs/performance.md
 */
import * as Fs from "node:fs"
import { parseArgs } from "node:util"
import { judge } from "./budgets.js"
import { buildSdk, withHarness } from "./harness.js"
import { machine } from "./machine.js"
import { type Outcome, outcomeOf } from "./outcome.js"
import { budgetTable, contenderTable, machineLine, outcomeTable, report } from "./report.js"
import { scenarios } from "./scenarios/index.js"
import type { Figures, Harness, Scenario } from "./scenarios/Scenario.js"

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    contenders: { type: "string", default: "" },
    rounds: { type: "string" },
    build: { type: "boolean", default: true },
    write: { type: "boolean", default: false }
  },
  allowNegative: true
})

const beginsWithOneOf = (names: string) => (name: string) =>
  names.split(",").some((beginning) => name.startsWith(beginning))

const narrowed = (scenario: Scenario): Scenario => {
  const wanted = beginsWithOneOf(options.contenders)
  return {
    ...scenario,
    subjects: scenario.subjects.filter(({ name }) => wanted(name) || name === scenario.ratio?.to)
  }
}

const chosen = scenarios.filter(({ name }) => beginsWithOneOf(options.only)(name)).map(narrowed)
if (chosen.length === 0) throw new Error(`one of: ${scenarios.map(({ name }) => name).join(", ")}`)
if (options.write && (options.quick || options.only !== "" || options.contenders !== "")) {
  throw new Error("only a full run is written down")
}

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`)
}

const reasonOf = (error: unknown): string => {
  const text = (error as { readonly stderr?: string }).stderr || String(error)
  return /^\w*Error: .*$/m.exec(text)?.[0] ?? text.trim().slice(-300)
}

/** Every subject once a round; one that fails is left out from there on. */
const measure = async (scenario: Scenario, harness: Harness): Promise<Outcome> => {
  const rounds = Number(options.rounds ?? scenario.rounds[harness.size])
  const measured = new Map<string, Array<Figures>>()
  const failures = new Map<string, string>()
  for (let round = 0; round < rounds; round++) {
    for (const { name, title } of scenario.subjects) {
      if (failures.has(title)) continue
      progress(`${scenario.title}, round ${round + 1} of ${rounds}: ${title}`)
      try {
        const figures = await scenario.measure(name, harness)
        measured.set(name, [...(measured.get(name) ?? []), figures])
      } catch (error) {
        measured.delete(name)
        failures.set(title, reasonOf(error))
        process.exitCode = 1
      }
    }
  }
  progress("")
  return outcomeOf(scenario, measured, failures)
}

const started = performance.now()
if (options.build) buildSdk()

await withHarness(options.quick ? "quick" : "full", async (harness) => {
  const outcomes: Array<Outcome> = []
  for (const scenario of chosen) {
    const outcome = await measure(scenario, harness)
    outcomes.push(outcome)
    console.log(`\n${scenario.title} (${scenario.name})\n\n${outcomeTable(outcome)}`)
    for (const [title, why] of outcome.failures) console.log(`no figures for ${title}: ${why}`)
  }
  const verdicts = judge(outcomes)
  if (verdicts.length > 0) console.log(`\nBudgets\n\n${budgetTable(verdicts)}`)
  const seconds = (performance.now() - started) / 1000
  console.log(`\n${contenderTable(machine())}\n\n${machineLine(machine())}; ${seconds.toFixed(0)} s`)
  if (options.write)
    Fs.writeFileSync(new URL("../../../docs/performance.md", import.meta.url), report(outcomes, machine()))
})
