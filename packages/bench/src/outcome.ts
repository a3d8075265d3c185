import type { Figures, Scenario, Subject } from "./scenarios/Scenario.js"
import { ratios, type Spread, spread } from "./statistics.js"

export interface Row {
  readonly subject: Subject
  readonly figures: Readonly<Record<string, Spread>>
  /** Relative to the reference subject, round by round. */
  readonly ratio: Spread | undefined
}

/** The outcome of a scenario. */
export interface Outcome {
  readonly scenario: Scenario
  readonly rounds: number
  readonly rows: ReadonlyArray<Row>
  /** The figures of each round, by subject. */
  readonly measured: ReadonlyMap<string, ReadonlyArray<Figures>>
  /** Why subjects have no row, by title. */
  readonly failures: ReadonlyMap<string, string>
}

const valuesOf = (rounds: ReadonlyArray<Figures>, figure: string): ReadonlyArray<number> =>
  rounds.map((figures) => figures[figure] ?? Number.NaN)

type Measured = Outcome["measured"]

/** Ratios of a figure between two subjects, within rounds; undefined unless both have been measured. */
export const ratiosOf = (measured: Measured, figure: string, subject: string, to: string): Spread | undefined => {
  const [rounds, reference] = [measured.get(subject), measured.get(to)]
  return rounds && reference && ratios(valuesOf(rounds, figure), valuesOf(reference, figure))
}

/** Combines the rounds of a scenario, by subject. */
export const outcomeOf = (scenario: Scenario, measured: Measured, failures: ReadonlyMap<string, string>): Outcome => {
  const { columns, ratio } = scenario
  return {
    scenario,
    measured,
    failures,
    rounds: Math.max(0, ...Array.from(measured.values(), (rounds) => rounds.length)),
    rows: scenario.subjects.flatMap((subject) => {
      const rounds = measured.get(subject.name)
      if (rounds === undefined) return []
      return {
        subject,
        figures: Object.fromEntries(columns.map(({ figure }) => [figure, spread(valuesOf(rounds, figure))])),
        ratio: ratio && ratiosOf(measured, ratio.of, subject.name, ratio.to)
      }
    })
  }
}
