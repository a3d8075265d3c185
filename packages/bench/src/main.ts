/**
 * The benchmarks: `npx -y pnpm@12 bench`.
 *
 *     --quick              smaller work, fewer rounds: a first look
 *     --only <names>       scenarios whose names have these prefixes, separated by commas: --only stream-1,unary
 *     --contenders <names> subjects whose names have these prefixes; `openai` 6 is always included, for the ratios
 *     --rounds <number>    instead of the scenarios' own number
 *     --no-build           uses the last build of the SDK
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
  throw new Error("--write needs a full run")
}

const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`)
}

const reasonOf = (error: unknown): string => {
  const text = (error as { readonly stderr?: string }).stderr || String(error)
  return /^\w*Error: .*$/m.exec(text)?.[0] ?? text.trim().slice(-300)
}

/** The figures of a scenario so far. */
class Measurement {
  readonly measured = new Map<string, Array<Figures>>()
  readonly failures = new Map<string, string>()
  readonly rounds: number
  constructor(
    readonly scenario: Scenario,
    readonly harness: Harness
  ) {
    this.rounds = Number(options.rounds ?? scenario.rounds[harness.size])
  }

  /** Measures each subject once, except for those that are measured only in the first round. A failed subject is left out from then on. */
  async take(round: number): Promise<void> {
    for (const { isOnce, name, title } of this.scenario.subjects) {
      if (this.failures.has(title) || (isOnce && round > 0)) continue
      progress(`round ${round + 1}, ${this.scenario.title}: ${title}`)
      try {
        const figures = await this.scenario.measure(name, this.harness)
        this.measured.set(name, [...(this.measured.get(name) ?? []), figures])
      } catch (error) {
        this.measured.delete(name)
        this.failures.set(title, reasonOf(error))
        process.exitCode = 1
      }
    }
    progress("")
  }

  /** The outcome of all rounds, or of one round with the subjects that were measured in it. */
  outcome(round?: number): Outcome {
    if (round === undefined) return outcomeOf(this.scenario, this.measured, this.failures)
    const ofRound = Array.from(this.measured).flatMap(([name, figures]) => {
      const taken = figures[round]
      return taken === undefined ? [] : ([[name, [taken]]] as const)
    })
    return outcomeOf(this.scenario, new Map(ofRound), this.failures)
  }
}

const show = (outcome: Outcome, seconds?: number): void => {
  const { name, title } = outcome.scenario
  console.log(
    `\n${title} (${name}${seconds === undefined ? "" : `, ${seconds.toFixed(0)} s`})\n\n${outcomeTable(outcome)}`
  )
  for (const [subject, why] of outcome.failures) console.log(`no figures for ${subject}: ${why}`)
}

const showBudgets = (title: string, outcomes: ReadonlyArray<Outcome>): void => {
  const verdicts = judge(outcomes)
  if (verdicts.length > 0) console.log(`\n${title}\n\n${budgetTable(verdicts)}`)
}

const started = performance.now()
if (options.build) buildSdk()

await withHarness(options.quick ? "quick" : "full", async (harness) => {
  const measurements = chosen.map((scenario) => new Measurement(scenario, harness))
  const rounds = Math.max(...measurements.map(({ rounds }) => rounds))
  // a round runs all scenarios, so that other work on the machine for some minutes affects one round of each
  for (let round = 0; round < rounds; round++) {
    const taken = measurements.filter(({ rounds }) => round < rounds)
    if (rounds > 1) console.log(`\n# Round ${round + 1} of ${rounds}`)
    for (const measurement of taken) {
      const began = performance.now()
      await measurement.take(round)
      show(measurement.outcome(round), (performance.now() - began) / 1000)
    }
    showBudgets(
      rounds > 1 ? `Budgets in round ${round + 1}` : "Budgets",
      taken.map((measurement) => measurement.outcome(round))
    )
  }
  const outcomes = measurements.map((measurement) => measurement.outcome())
  if (rounds > 1) {
    console.log(`\n# All rounds`)
    for (const outcome of outcomes) show(outcome)
    showBudgets("Budgets", outcomes)
  }
  const seconds = (performance.now() - started) / 1000
  console.log(`\n${contenderTable(machine())}\n\n${machineLine(machine())}; ${seconds.toFixed(0)} s`)
  if (options.write)
    Fs.writeFileSync(new URL("../../../docs/performance.md", import.meta.url), report(outcomes, machine()))
})
