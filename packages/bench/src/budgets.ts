import { nextReference, recommended, reference } from "./contenders/index.js"
import { type Outcome, ratiosOf } from "./outcome.js"
import { failingBodies } from "./scenarios/failing.js"

export interface Budget {
  readonly work: string
  readonly scenario: string
  readonly subject: string
  /** A figure of the scenario. */
  readonly figure: string
  /** Divided by the figure of this subject, within rounds. */
  readonly to?: string
  readonly limit: number
  /** The figure must be below the limit, not equal to it. */
  readonly isExclusive?: true
  readonly unit: "×" | "KB" | "ms" | "µs" | ""
}

/** Work that other clients do, too. */
interface Work {
  readonly work: string
  readonly scenario: string
  readonly kind: "calls" | "streams"
  readonly figure: string
  /** The highest ratio to `openai` 6. */
  readonly limits: { readonly undici: number; readonly fetch: number }
}

const work = (
  name: string,
  scenario: string,
  kind: Work["kind"],
  fetch: number,
  undici: number,
  figure = "cpu"
): Work => ({ work: name, scenario, kind, figure, limits: { fetch, undici } })

const works: ReadonlyArray<Work> = [
  work("one call at a time", "unary", "calls", 1, 0.5),
  work("64 calls at a time", "unary-64", "calls", 1, 0.4),
  work("64 tasks with tools at a time", "tools-64", "calls", 1, 0.5),
  work("a stream, 1 event per write", "stream-1", "streams", 0.45, 0.35),
  work("a stream, 32 events per write", "stream-32", "streams", 0.45, 0.35),
  work("200 streams at once", "streams-200", "streams", 0.8, 0.6),
  work("1,000 slow streams", "slow-streams", "streams", 1, 0.8),
  work("first event, p50", "first-event", "streams", 1, 0.8, "wall"),
  work("first event, p99", "first-event", "streams", 1, 0.8, "wall99"),
  work("first event, processor time, p50", "first-event", "streams", 1, 0.8),
  work("first event, processor time, p99", "first-event", "streams", 1, 0.8, "cpu99"),
  work("a call that fails with a JSON body of 10 MB", "failing-answer", "calls", 0.25, 0.25, "json"),
  work("a call that fails with a page of 10 MB", "failing-answer", "calls", 1, 1, "page")
]

const ratioOf = (
  { figure, kind, scenario, work }: Work,
  transport: keyof typeof recommended
): Pick<Budget, "work" | "scenario" | "subject" | "figure" | "unit"> => ({
  work: `${work}, ${transport}`,
  scenario,
  subject: recommended[transport][kind],
  figure,
  unit: "×"
})

const transports = ["undici", "fetch"] as const

/** At most the goal relative to `openai` 6, and less than `openai` 7, on both transports. */
const ratios = (work: Work): ReadonlyArray<Budget> => [
  ...transports.map((transport) => ({ ...ratioOf(work, transport), to: reference, limit: work.limits[transport] })),
  ...transports.map((transport): Budget => {
    const budget = ratioOf(work, transport)
    return { ...budget, work: `${budget.work}, to openai 7`, to: nextReference, limit: 1, isExclusive: true }
  })
]

/** The budgets of the SDK. */
export const budgets: ReadonlyArray<Budget> = [
  ...works.flatMap(ratios),
  ...transports.flatMap((transport): ReadonlyArray<Budget> => [
    {
      work: `connections of 50 streams one after another, ${transport}`,
      scenario: "connections",
      subject: recommended[transport].streams,
      figure: "connections",
      limit: 1,
      unit: ""
    },
    {
      work: `live heap growth over a long stream, ${transport}`,
      scenario: "heap",
      subject: recommended[transport].streams,
      figure: "growth",
      limit: 1024,
      unit: "KB"
    },
    ...["json", "page"].map((kind): Budget => ({
      work: `longest block of the event loop, a 422 with a body of 10 MB, ${kind === "json" ? "JSON" : "page"}, ${transport}`,
      scenario: "failing-answer",
      subject: recommended[transport].calls,
      figure: `${kind}Block`,
      limit: 50,
      unit: "ms"
    }))
  ]),
  ...Object.entries(failingBodies).flatMap(([subject, title]): ReadonlyArray<Budget> => [
    {
      work: `a rejected call with ${title}, to a successful one`,
      scenario: "failing",
      subject,
      figure: "rejectedRatio",
      limit: 2,
      unit: "×"
    },
    {
      work: `an attempt that is repeated, with ${title}, to a successful call`,
      scenario: "failing",
      subject,
      figure: "repeatedRatio",
      limit: 2,
      unit: "×"
    },
    {
      work: `longest block of the event loop, failing with ${title}`,
      scenario: "failing",
      subject,
      figure: "block",
      limit: 100,
      unit: "ms"
    }
  ]),
  {
    work: "a row of a batch, looked up and recorded in the journal",
    scenario: "journal",
    subject: "journal",
    figure: "cpu",
    limit: 30,
    unit: "µs"
  },
  {
    work: "one streaming chat call in a browser (esbuild, gzip)",
    scenario: "bundle",
    subject: "ours",
    figure: "esbuild",
    limit: 85,
    unit: "KB"
  },
  {
    work: "importing `effect-friendli/Chat`, to `@effect/platform/HttpClient`",
    scenario: "import",
    subject: "effect-friendli/Chat",
    figure: "cpu",
    to: "@effect/platform/HttpClient",
    limit: 1.1,
    unit: "×"
  }
]

export interface Verdict {
  readonly budget: Budget
  readonly value: number
  readonly holds: boolean
}

const measuredOf = (outcome: Outcome, { figure, subject, to }: Budget): number | undefined =>
  to === undefined
    ? outcome.rows.find((row) => row.subject.name === subject)?.figures[figure]?.median
    : ratiosOf(outcome.measured, figure, subject, to)?.median

/** Verdicts on the budgets whose figures have been measured. */
export const judge = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Verdict> =>
  budgets.flatMap((budget) => {
    const outcome = outcomes.find(({ scenario }) => scenario.name === budget.scenario)
    const value = outcome && measuredOf(outcome, budget)
    if (value === undefined) return []
    return [{ budget, value, holds: budget.isExclusive ? value < budget.limit : value <= budget.limit }]
  })
