/** The Markdown of answers: code between fences, lists, bold words and names in backticks. Everything else is plain text. */
export interface Run {
  readonly text: string
  readonly style: "plain" | "bold" | "code"
}

export type Part =
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly items: ReadonlyArray<ReadonlyArray<Run>> }
  | { readonly kind: "text"; readonly runs: ReadonlyArray<Run> }

/** What the groups of the pattern below are, in the order in which `split` gives them. */
const styles = ["plain", "bold", "code"] as const

const runsOf = (text: string): ReadonlyArray<Run> =>
  text
    .split(/\*\*(.+?)\*\*|`([^`\n]+)`/)
    // `split` gives undefined for a group without a match
    .map((run: string | undefined, index): Run => ({ text: run ?? "", style: styles[index % styles.length]! }))
    .filter((run) => run.text !== "")

const listItem = /^[-*] +/

/** A text outside of fences: lists, and what is between them. */
const blocksOf = (text: string): ReadonlyArray<Part> => {
  const groups: Array<{ readonly isList: boolean; readonly lines: Array<string> }> = []
  for (const line of text.split("\n")) {
    const isList = listItem.test(line)
    const last = groups.at(-1)
    if (last?.isList === isList) last.lines.push(line)
    else groups.push({ isList, lines: [line] })
  }
  return groups
    .map(({ isList, lines }): Part =>
      isList
        ? { kind: "list", items: lines.map((line) => runsOf(line.replace(listItem, ""))) }
        : { kind: "text", runs: runsOf(lines.join("\n").trim()) }
    )
    .filter((part) => part.kind !== "text" || part.runs.length > 0)
}

/** The parts of a text, also of an incomplete text. */
export const partsOf = (text: string): ReadonlyArray<Part> =>
  text
    .split(/^```[^\n]*\n?/m)
    .flatMap((part, index): ReadonlyArray<Part> =>
      index % 2 === 1 ? [{ kind: "code", text: part.trimEnd() }] : blocksOf(part)
    )
