/**
 * The page docs/runtimes.md. It follows from the checks, the runtimes and the inabilities alone, so that a test can compare it with the
 * file; a run that finds anything else fails, and writes nothing.
 */
import { type Check, type Group, groups } from "./checks.js"
import { inabilities, inabilityOf } from "./inabilities.js"
import { compatibilityDate, type Runtime, runtimes, versionOf } from "./runtimes.js"

/** A row of a table, not aligned: the formatter does that. */
const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")

const cell = (runtime: Runtime, group: Group, check: Check): string => {
  const known = inabilityOf(runtime.id, group.id, check)
  return known === undefined ? "✓" : `✗ ${known.number}`
}

const section = (group: Group): string => {
  const there = runtimes.filter(({ groups: ids }) => ids.includes(group.id))
  const rows = group.checks.map((check) => [check, ...there.map((runtime) => cell(runtime, group, check))])
  return [`### ${group.title}`, group.about, table(["", ...there.map(({ name }) => name)], rows)].join("\n\n")
}

/** Where an inability holds, in words. */
const where = (ids: ReadonlyArray<string>): string =>
  runtimes
    .filter(({ id }) => ids.includes(id))
    .map(({ name }) => name)
    .join(", ")

const versions = (): string => {
  const named = runtimes.map((runtime) => {
    const version = versionOf(runtime)
    const family = runtime.name.replace(/ \d+$/, "")
    return runtime.id === "workerd"
      ? `workerd ${version} with the compatibility date ${compatibilityDate}`
      : runtime.id === "chromium"
        ? `Chromium of @sparticuz/chromium ${version}`
        : `${family} ${version}`
  })
  return named.join(", ")
}

export const report = (): string =>
  [
    "# Runtimes",
    "One program runs on each of these runtimes with the packages as they are published: the SDK, the emulator, the provider of `@effect/ai`, the batches. This page is what it found.",
    table(
      ["runtime", "HTTP layer", "what it cannot"],
      runtimes.map(({ id, layer, name }) => [
        name,
        `\`${layer}\``,
        inabilities
          .flatMap((one, at) => (one.runtimes.includes(id) ? [`[${at + 1}](#what-a-runtime-cannot)`] : []))
          .join(", ") || "—"
      ])
    ),
    "`FetchTransport.layer` runs everywhere. On Node, `UndiciTransport.layer` costs less for each call: see [HTTP layer](guides/http-layer.md). The SDK itself imports nothing of Node.",
    "## What was checked",
    "✓ works · ✗ cannot, with the number of the reason below",
    ...groups.map(section),
    "## What a runtime cannot",
    table(
      ["", "runtime", "reason", "what happens instead"],
      inabilities.map(({ instead, reason, runtimes: ids }, at) => [String(at + 1), where(ids), reason, instead])
    ),
    "## How it was made",
    [
      "- `npx -y pnpm@12 runtimes --write` writes this page, after a run in which every check had the result that it shows. It fails when a check fails that is not in the list of what a runtime cannot, and when one of the list works.",
      "- The packages are packed, unpacked into an empty project, and get the dependencies that they declare. Processes import them from there; for workerd and Chromium esbuild bundles them.",
      "- The emulator is a server in a process of Node, and records what it receives. A check that a connection closes asks this record.",
      "- workerd runs without its compatibility with Node. Chromium calls the emulator from a page of another origin.",
      "- The tests run the program on " +
        runtimes
          .filter(({ isInstalled }) => isInstalled)
          .map(({ name }) => name)
          .join(", ") +
        ". `pnpm runtimes` runs it on all, and installs the other runtimes from the registry into a folder of this clone.",
      `- Versions: ${versions()}.`
    ].join("\n")
  ].join("\n\n") + "\n"
