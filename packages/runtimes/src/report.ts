/**
 * The page docs/runtimes.md. It depends only on the checks, the runtimes and the inabilities, so that a test can compare it with the
 * file. A run with any other result fails, and writes nothing.
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

/** The names of the runtimes of an inability. */
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
    "One test program runs on each of these runtimes, with the published form of the packages: the SDK, the emulator, the provider of `@effect/ai`, the batches. This page has its results.",
    table(
      ["runtime", "HTTP layer", "what does not work"],
      runtimes.map(({ id, layer, name }) => [
        name,
        `\`${layer}\``,
        inabilities
          .flatMap((one, at) => (one.runtimes.includes(id) ? [`[${at + 1}](#what-does-not-work)`] : []))
          .join(", ") || "—"
      ])
    ),
    "`FetchTransport.layer` works on all of them. On Node, `UndiciTransport.layer` costs less per call: see [HTTP layer](guides/http-layer.md). The SDK itself imports no Node modules.",
    "## What was checked",
    "✓ works · ✗ does not work, with the number of the reason below",
    ...groups.map(section),
    "## What does not work",
    table(
      ["", "runtime", "reason", "what happens instead"],
      inabilities.map(({ instead, reason, runtimes: ids }, at) => [String(at + 1), where(ids), reason, instead])
    ),
    "## How this page was made",
    [
      "- `npx -y pnpm@12 runtimes --write` runs all checks and writes this page. It fails if a check fails that is not listed under [what does not work](#what-does-not-work), or if a listed check works.",
      "- The packages are packed and installed in an empty project, with the dependencies that they declare. Processes import them from there. For workerd and Chromium, esbuild bundles them.",
      "- The emulator is a server in a Node process, and records what it receives. Checks for a closed connection read this record.",
      "- workerd runs without its Node compatibility mode. Chromium calls the emulator from a page with another origin.",
      "- The tests run the program on " +
        runtimes
          .filter(({ isInstalled }) => isInstalled)
          .map(({ name }) => name)
          .join(", ") +
        ". `pnpm runtimes` runs it on all runtimes, and installs the other runtimes from the registry into a folder of this clone.",
      `- Versions: ${versions()}.`
    ].join("\n")
  ].join("\n\n") + "\n"
