import type { Outcome } from "./outcome.js"
import { failingBodies } from "./scenarios/failing.js"

export interface Budget {
  readonly work: string
  readonly scenario: string
  readonly subject: string
  /** A figure of the scenario, or its ratio. */
  readonly figure: string
  /** At most this. */
  readonly limit: number
  readonly unit: "×" | "KB" | "ms" | ""
}

const ratio = (work: string, scenario: string, subject: string, limit: number): Budget => ({
  work,
  scenario,
  subject,
  figure: "ratio",
  limit,
  unit: "×"
})

/** On either layer. */
const ratios = (work: string, scenario: string, limits: { readonly undici: number; readonly fetch: number }) => [
  ratio(`${work}, undici`, scenario, "ours-undici", limits.undici),
  ratio(`${work}, fetch`, scenario, "ours-fetch", limits.fetch)
]

/** What the SDK has promised itself. Ratios are of processor time, to `openai` unless it says otherwise. */
export const budgets: ReadonlyArray<Budget> = [
  ...ratios("one call at a time", "unary", { undici: 0.6, fetch: 1.1 }),
  ...ratios("64 calls at a time", "unary-64", { undici: 0.6, fetch: 1.1 }),
  ...ratios("a stream, 1 event a write", "stream-1", { undici: 0.45, fetch: 0.55 }),
  ...ratios("a stream, 32 events a write", "stream-32", { undici: 0.45, fetch: 0.55 }),
  ...ratios("200 streams at once", "streams-200", { undici: 0.95, fetch: 1.05 }),
  ...(["undici", "fetch"] as const).flatMap((layer): ReadonlyArray<Budget> => [
    {
      work: `connections of 50 streams one after another, ${layer}`,
      scenario: "connections",
      subject: `ours-${layer}`,
      figure: "connections",
      limit: 1,
      unit: ""
    },
    {
      work: `live heap growth over a long stream, ${layer}`,
      scenario: "heap",
      subject: `ours-${layer}`,
      figure: "growth",
      limit: 1024,
      unit: "KB"
    }
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
    work: "one streaming chat call in a browser (esbuild, gzip)",
    scenario: "bundle",
    subject: "ours",
    figure: "esbuild",
    limit: 85,
    unit: "KB"
  },
  ratio("importing `effect-friendli/Chat`, to `@effect/platform/HttpClient`", "import", "effect-friendli/Chat", 1.1)
]

export interface Verdict {
  readonly budget: Budget
  readonly value: number
  readonly holds: boolean
}

/** Verdicts on the budgets whose figures have been measured. */
export const judge = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Verdict> =>
  budgets.flatMap((budget) => {
    const row = outcomes
      .find(({ scenario }) => scenario.name === budget.scenario)
      ?.rows.find(({ name }) => name === budget.subject)
    const value = (budget.figure === "ratio" ? row?.ratio : row?.figures[budget.figure])?.median
    return value === undefined ? [] : [{ budget, value, holds: value <= budget.limit }]
  })
