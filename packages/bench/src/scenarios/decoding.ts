import type { Scenario } from "./Scenario.js"

export const decodings = {
  parse: "`JSON.parse`",
  schema: "`JSON.parse`, `Schema.decodeUnknownEither`",
  ours: "`JSON.parse`, the SDK's decoder"
} as const

export type Decoding = keyof typeof decodings

export const decoding: Scenario = {
  name: "decoding",
  title: "Decoding alone",
  about:
    "The time from the text of one event, or of one whole answer, to a checked value. Median of many repetitions by mitata.",
  columns: [
    { figure: "event", title: "µs/event", digits: 2 },
    { figure: "answer", title: "µs/answer", digits: 2 }
  ],
  subjects: Object.entries(decodings).map(([name, title]) => ({ name, title })),
  rounds: { quick: 1, full: 1 },
  measure: (subject, harness) => harness.program("decoding-process.js", subject)
}
