import type { Scenario } from "./Scenario.js"

export const keepings = {
  journal: "ours: the journal of a batch, in a file, synchronized to the disk",
  append: "baseline: `appendFile` of a line, not synchronized"
} as const

export type Keeping = keyof typeof keepings

const rows = { quick: "20000", full: "200000" }

export const journal: Scenario = {
  name: "journal",
  title: "A row of a batch, next to its call",
  about:
    "Rows are looked up and recorded, 64 at a time, each with a chat completion of 120 tokens. With the journal, a row continues when it is on the disk.",
  columns: [
    { figure: "cpu", title: "CPU µs/row", digits: 1 },
    { figure: "wall", title: "wall µs/row", digits: 1 },
    { figure: "disk", title: "bytes on the disk/row", digits: 0 },
    { figure: "memory", title: "bytes in memory/row", digits: 0 }
  ],
  subjects: Object.entries(keepings).map(([name, title]) => ({ name, title })),
  rounds: { quick: 1, full: 1 },
  measure: (subject, harness) => harness.program("journal-process.js", subject, rows[harness.size])
}
