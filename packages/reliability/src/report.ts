/** The table, in Markdown that reads well in a terminal too. */
import { families } from "./scenarios/index.js"
import { appliesTo, type Family, type Scenario, type Verdict } from "./Scenario.js"

/** What the report says about a client. */
export interface Subject {
  readonly name: string
  readonly title: string
  readonly isOurs: boolean
}

export const subjects: ReadonlyArray<Subject> = [
  { name: "ours-fetch", title: "ours on fetch", isOurs: true },
  { name: "ours-undici", title: "ours on undici", isOurs: true },
  { name: "ours-fetch-transport", title: "ours on FetchTransport", isOurs: true },
  { name: "ours-undici-transport", title: "ours on UndiciTransport", isOurs: true },
  { name: "openai", title: "openai", isOurs: false },
  { name: "ai-sdk", title: "ai", isOurs: false }
]

/** Verdicts by client and row. */
export type Verdicts = ReadonlyMap<string, ReadonlyMap<string, Verdict>>

export interface Circumstances {
  readonly node: string
  readonly versions: Readonly<Record<string, string>>
}

type Cells = ReadonlyArray<string>

const escape = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const table = (head: Cells, rows: ReadonlyArray<Cells>): string => {
  const cells = [head, ...rows].map((row) => row.map(escape))
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)))
  const line = (row: Cells): string => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  return [
    line(cells[0]!),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...cells.slice(1).map(line)
  ].join("\n")
}

const applies = (scenario: Scenario, subject: Subject): boolean =>
  appliesTo(scenario, { ...subject, patience: 0, run: () => Promise.reject(), close: () => Promise.resolve() })

const sign = (verdict: Verdict | undefined): string =>
  verdict === undefined ? "?" : verdict.ok === "partly" ? "◐" : verdict.ok ? "✓" : "✗"

const signOf = (verdicts: Verdicts, scenario: Scenario, subject: Subject): string =>
  applies(scenario, subject) ? sign(verdicts.get(subject.name)?.get(scenario.id)) : "—"

/** What was seen, where it is not what the row says; subjects that did the same share a line. */
const differences = (verdicts: Verdicts, scenario: Scenario): ReadonlyArray<string> => {
  const seen = new Map<string, Array<string>>()
  for (const subject of subjects) {
    const verdict = verdicts.get(subject.name)?.get(scenario.id)
    if (verdict === undefined || verdict.ok === true) continue
    seen.set(verdict.seen, [...(seen.get(verdict.seen) ?? []), subject.title])
  }
  return [...seen].map(
    ([what, who]) => `- \`${scenario.id}\`, ${who.join(", ")}: ${what.replaceAll("<", "\\<").replaceAll(/\s+/g, " ")}`
  )
}

export const section = (verdicts: Verdicts, family: Family): string => {
  const notes = family.scenarios.flatMap((scenario) => [
    ...differences(verdicts, scenario),
    ...(scenario.fails === undefined ? [] : [`- \`${scenario.id}\`, known of ours: ${scenario.fails}`])
  ])
  return [
    `## ${family.title}`,
    family.about,
    table(
      [
        "row",
        family.name === "badInput" ? "the caller passes" : "the server",
        "a correct client shows",
        "why",
        ...subjects.map(({ title }) => title)
      ],
      family.scenarios.map((scenario) => [
        `\`${scenario.id}\``,
        scenario.server,
        scenario.shows,
        scenario.why,
        ...subjects.map((subject) => signOf(verdicts, scenario, subject))
      ])
    ),
    ...(notes.length === 0 ? [] : ["What was seen instead:", notes.join("\n")])
  ].join("\n\n")
}

const count = (verdicts: Verdicts, subject: Subject, wanted: string): number =>
  families.flatMap(({ scenarios }) => scenarios).filter((scenario) => signOf(verdicts, scenario, subject) === wanted)
    .length

export const summary = (verdicts: Verdicts): string =>
  table(
    ["", "rows that apply", "✓", "◐", "✗"],
    subjects.map((subject) => {
      const [yes, partly, no] = ["✓", "◐", "✗"].map((wanted) => count(verdicts, subject, wanted)) as [
        number,
        number,
        number
      ]
      return [subject.title, String(yes + partly + no), String(yes), String(partly), String(no)]
    })
  )

export const report = (verdicts: Verdicts, { node, versions }: Circumstances): string =>
  [
    "# Reliability",
    "This page lists what networks, proxies and servers do to a client, and how a correct client reacts. Each row runs over a real socket against a server that writes exactly these bytes. It states the correct result and the reason. The rows are also tests of this repository: our client must pass each of them, and the rows about the transport with all four HTTP layers.",
    "✓ correct · ◐ partly: there is no failure, and only a missing finish reason or an endless wait shows the fault · ✗ wrong; the results that were seen instead are below each table · — does not apply",
    summary(verdicts),
    "## How it was made",
    [
      "- `npx -y pnpm@12 reliability --write` writes this page. Only the rows are handwritten.",
      "- Each client runs in its own process. Each row has its own server, a socket of `node:net` with a script of steps: write, wait, reset, close, wait for the client to close.",
      "- Calls are reduced to the same outcome: the text that was delivered, how the call ended, how many requests the server saw, and whether it saw the client disconnect. A call hangs if nothing happens for 3 s (10 s for ours).",
      "- A row is a requirement for every client, or a promise of this SDK's guides. Other clients are not tested for promises of this SDK (—). If a row names an error of our client, any failure of another client is correct, with the status if there is one.",
      "- Other clients are used as their documentation shows: `openai` with `for await` over `chat.completions.create`, `ai` with `generateText` and with `fullStream` of `streamText`, where failures are parts. They have the same number of retries and the timeouts of each row, if they have settings for them: `timeout` and a signal of `openai`, `timeout` (`totalMs`, `chunkMs`) of `ai`. Some ✗ are by design, such as errors that contain the request (`requestBodyValues` of `ai`), or a stream that only an `AbortSignal` can stop.",
      "- The helper `stream()` of `openai` checks the finish reason when its final answer is requested. It was used only for answers joined from parts.",
      `- Node ${node}; ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}.`
    ].join("\n"),
    ...families.map((family) => section(verdicts, family))
  ].join("\n\n") + "\n"
