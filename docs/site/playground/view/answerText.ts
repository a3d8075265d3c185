/** The Markdown of answers: code between fences, and bold words. Everything else is plain text. */
export type Part =
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "text"; readonly runs: ReadonlyArray<{ readonly text: string; readonly bold: boolean }> }

const runsOf = (text: string): ReadonlyArray<{ readonly text: string; readonly bold: boolean }> =>
  text
    .split(/\*\*(.+?)\*\*/)
    .map((run, index) => ({ text: run, bold: index % 2 === 1 }))
    .filter((run) => run.text !== "")

/** The parts of a text, also of an incomplete text. */
export const partsOf = (text: string): ReadonlyArray<Part> =>
  text
    .split(/^```[^\n]*\n?/m)
    .map((part, index): Part =>
      index % 2 === 1 ? { kind: "code", text: part.trimEnd() } : { kind: "text", runs: runsOf(part.trim()) }
    )
    .filter((part) => part.kind === "code" || part.runs.length > 0)
