/** The report, in Markdown that reads well in a terminal too. */
import { judge, type Verdict } from "./budgets.js"
import { contenders, type Entry, reference } from "./contenders/index.js"
import type { Machine } from "./machine.js"
import type { Outcome } from "./outcome.js"
import type { Spread } from "./statistics.js"

type Cells = ReadonlyArray<string>

/** A table with columns of even width: the first ones, of text, aligned to the left, the others to the right. */
export const table = (head: Cells, rows: ReadonlyArray<Cells>, columnsOfText = 1): string => {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: Cells): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "")[column < columnsOfText ? "padEnd" : "padStart"](width)).join(" | ")} |`
  const rule = widths.map((width, column) => (column < columnsOfText ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)].join("\n")
}

const number = (value: number, digits: number): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })

const times = (value: number): string => `${value.toFixed(2)}×`

const range = ({ lowest, highest }: Spread): string => `${lowest.toFixed(2)}–${highest.toFixed(2)}`

export const outcomeTable = ({ scenario: { columns, ratio }, rounds, rows }: Outcome): string => {
  const compares = rows.some((row) => row.ratio !== undefined)
  const showsRange = compares && rounds > 1
  const target = ratio?.to === reference ? contenders[reference].title : `\`${ratio?.to}\``
  const hasLayers = rows.some(({ subject }) => subject.http !== undefined)
  return table(
    [
      "",
      ...(hasLayers ? ["HTTP layer"] : []),
      ...columns.map(({ title }) => title),
      ...(compares ? [`ratio to ${target}`] : []),
      ...(showsRange ? ["over rounds"] : [])
    ],
    rows.map((row) => [
      row.subject.title,
      ...(hasLayers ? [row.subject.http ?? ""] : []),
      ...columns.map(({ figure, digits }) => number(row.figures[figure]!.median, digits)),
      ...(row.ratio ? [times(row.ratio.median)] : []),
      ...(row.ratio && showsRange ? [range(row.ratio)] : [])
    ]),
    hasLayers ? 2 : 1
  )
}

const quantity = (value: number, unit: Verdict["budget"]["unit"]): string =>
  unit === "×" ? times(value) : unit === "" ? number(value, 0) : `${number(value, 1)} ${unit}`

export const budgetTable = (verdicts: ReadonlyArray<Verdict>): string =>
  table(
    ["work", "contender", "budget", "measured", ""],
    verdicts.map(({ budget, holds, value }) => [
      budget.work,
      titleOf(budget.subject),
      `${budget.isExclusive ? "<" : "≤"} ${quantity(budget.limit, budget.unit)}`,
      quantity(value, budget.unit),
      holds ? "✓" : "✗"
    ]),
    2
  )

const titleOf = (subject: string): string => (contenders as Readonly<Record<string, Entry>>)[subject]?.title ?? ""

/** The compared clients, their HTTP layers and versions. */
export const contenderTable = ({ packages }: Machine): string =>
  table(
    ["contender", "HTTP layer", "versions"],
    Object.values<Entry>(contenders).map((contender) => [
      contender.title,
      contender.http,
      contender.packages.map((folder) => `${packages[folder]!.name} ${packages[folder]!.version}`).join(", ")
    ]),
    3
  )

export const machineLine = ({ cpu, cores, node, undiciOfNode }: Machine): string =>
  `${cpu}, ${cores} cores, Node ${node.replace(/^v/, "")}, whose \`fetch\` is undici ${undiciOfNode}`

const section = (outcome: Outcome): string =>
  [
    `### ${outcome.scenario.title}`,
    "",
    outcome.scenario.about + (outcome.rounds > 1 ? ` Median of ${outcome.rounds} rounds.` : ""),
    "",
    outcomeTable(outcome),
    ...Array.from(outcome.failures, ([title, why]) => `\nNo figures for ${title}: ${why}`)
  ].join("\n")

const machineLines = (machine: Machine): string =>
  [
    `- ${machineLine(machine)}; ${machine.memoryGiB} GiB, ${machine.system}`,
    `- for sizes: ${[machine.packages["esbuild"]!, machine.packages["rolldown"]!].map(({ name, version }) => `${name} ${version}`).join(", ")}`,
    "",
    contenderTable(machine)
  ].join("\n")

export const report = (outcomes: ReadonlyArray<Outcome>, machine: Machine): string => {
  const verdicts = judge(outcomes)
  return `# Performance

The cost of the SDK in comparison with \`openai\`, which checks nothing, with the AI SDK, with handwritten code, and with the baseline of Node
itself. The SDK runs with its defaults: every answer and every event is checked against its schema, with retries, timeouts and spans.

Written by \`npx -y pnpm@12 bench --write\`; measure again before you quote a figure.

## Budgets

${verdicts.filter(({ holds }) => holds).length} of ${verdicts.length} budgets are met. Ratios compare processor time with \`openai\` 6 unless another name is given. The budgets
apply to the contenders that the [guide](guides/performance.md) recommends.

${budgetTable(verdicts)}

## Measured on

${machineLines(machine)}

## How

- A server in its own process answers from memory over loopback, with prepared bytes and without pauses.
- Each contender runs in a fresh process and warms up on the same work before it is measured. The measure is the processor time of
  that process, user and system, all threads: other work on the machine affects it less than wall time.
- A round runs all scenarios, and in each scenario all its contenders. A ratio is computed within a round; the table shows the median.
  Contenders without a budget are measured only in the first round.
- "Ours" is the published package: built, installed into a folder of modules, and run by plain Node.
- Every contender reports each text and the usage that it has read. A run does not count if its number of answers, texts, characters or
  tokens differs from the number that was sent.
- An event is about 230 bytes of JSON: a chunk with one token.
- \`ai\` is version 6 with the provider for it: version 7 requires Node 22, and the SDK supports Node 20.

## Figures

${outcomes.map(section).join("\n\n")}
`
}
