import type { Figures, Scenario } from "./scenarios/Scenario.js"
import { ratios, type Spread, spread } from "./statistics.js"

export interface Row {
  readonly name: string
  readonly title: string
  readonly figures: Readonly<Record<string, Spread>>
  /** To the reference subject, round by round. */
  readonly ratio: Spread | undefined
}

/** What a scenario has come to. */
export interface Outcome {
  readonly scenario: Scenario
  readonly rounds: number
  readonly rows: ReadonlyArray<Row>
  /** Why subjects have no row, by title. */
  readonly failures: ReadonlyMap<string, string>
}

const valuesOf = (rounds: ReadonlyArray<Figures>, figure: string): ReadonlyArray<number> =>
  rounds.map((figures) => figures[figure] ?? Number.NaN)

/** Folds the rounds of a scenario, by subject. */
export const outcomeOf = (
  scenario: Scenario,
  measured: ReadonlyMap<string, ReadonlyArray<Figures>>,
  failures: ReadonlyMap<string, string>
): Outcome => {
  const { columns, ratio } = scenario
  const reference = ratio && measured.get(ratio.to)
  const subjects = scenario.subjects.filter(({ name }) => measured.has(name))
  return {
    scenario,
    failures,
    rounds: Math.max(0, ...Array.from(measured.values(), (rounds) => rounds.length)),
    rows: subjects.map(({ name, title }) => {
      const rounds = measured.get(name)!
      return {
        name,
        title,
        figures: Object.fromEntries(columns.map(({ figure }) => [figure, spread(valuesOf(rounds, figure))])),
        ratio: ratio && reference && ratios(valuesOf(rounds, ratio.of), valuesOf(reference, ratio.of))
      }
    })
  }
}
