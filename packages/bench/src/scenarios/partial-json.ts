import type { Scenario } from "./Scenario.js"

export const partialReadings = {
  ours: "ours: `PartialJson`, decoded by a schema",
  ai: "ai: `parsePartialJson` of the text so far, unchecked",
  once: "baseline: one `JSON.parse` at the end"
} as const

export type PartialReading = keyof typeof partialReadings

export const partialJson: Scenario = {
  name: "partial-json",
  title: "JSON as it arrives",
  about:
    "A list of objects that arrives in parts of four characters, with a value after each part: arguments of a tool call, or a structured answer. If a figure grows with the length, the time is not linear. Median of many repetitions by mitata.",
  columns: [
    { figure: "short", title: "ns/character of 2 KB", digits: 0 },
    { figure: "long", title: "ns/character of 32 KB", digits: 0 }
  ],
  subjects: Object.entries(partialReadings).map(([name, title]) => ({ name, title })),
  rounds: { quick: 1, full: 1 },
  measure: (subject, harness) => harness.program("partial-json-process.js", subject)
}
