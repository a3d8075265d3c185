/**
 * The fault suite: `npx -y pnpm@12 reliability`.
 *
 *     --only <ids>       rows whose ids have these prefixes, separated by commas: --only sse,stall
 *     --clients <names>  ours-fetch, ours-undici, ours-fetch-transport, ours-undici-transport, openai, ai-sdk
 *     --write            writes docs/reliability.md
 */
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Readline from "node:readline"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { report, section, subjects, summary } from "./report.js"
import { families } from "./scenarios/index.js"
import type { Verdict } from "./Scenario.js"

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    clients: { type: "string", default: "" },
    write: { type: "boolean", default: false }
  }
})
if (options.write && (options.only !== "" || options.clients !== "")) throw new Error("only a full run is written down")

const root = fileURLToPath(new URL("../../../", import.meta.url))
const only = options.only.split(",").filter((id) => id !== "")

/** Runs every row that applies to a client, in its own process. */
const verdictsOf = async (name: string): Promise<ReadonlyMap<string, Verdict>> => {
  const file = fileURLToPath(new URL("contender-process.ts", import.meta.url))
  const child = ChildProcess.spawn(process.execPath, ["--import", "tsx", file, name, ...only], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"]
  })
  const verdicts = new Map<string, Verdict>()
  for await (const line of Readline.createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue
    const { id, ok, seen } = JSON.parse(line) as Verdict & { readonly id: string }
    verdicts.set(id, { ok, seen })
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${name}: ${id}`)
  }
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K")
  return verdicts
}

const versions = Object.fromEntries(
  ["effect", "@effect/platform", "@effect/platform-node", "undici", "openai", "ai", "@friendliai/ai-provider"].map(
    (name) => {
      const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
      return [name, (JSON.parse(Fs.readFileSync(manifest, "utf8")) as { readonly version: string }).version]
    }
  )
)

const wanted = subjects.filter(({ name }) => options.clients === "" || options.clients.split(",").includes(name))
const verdicts = new Map<string, ReadonlyMap<string, Verdict>>()
for (const { name } of wanted) verdicts.set(name, await verdictsOf(name))

// Ours must pass, except for the known failures, which must still fail.
for (const { isOurs, name } of wanted) {
  for (const { fails, id } of families.flatMap(({ scenarios }) => scenarios)) {
    const verdict = verdicts.get(name)!.get(id)
    if (!isOurs || (verdict === undefined && only.length > 0)) continue
    if ((verdict?.ok === true) === (fails !== undefined)) {
      process.exitCode = 1
      console.error(`${name}, ${id}: ${verdict?.seen ?? "was not run"}`)
    }
  }
}

if (options.write) {
  const path = `${root}docs/reliability.md`
  Fs.writeFileSync(
    path,
    report(verdicts, { node: `${process.version} (its fetch: undici ${process.versions["undici"]})`, versions })
  )
  ChildProcess.execFileSync(`${root}node_modules/.bin/oxfmt`, [path], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"]
  })
  console.log(summary(verdicts))
} else {
  const shown = families
    .map((family) => ({
      ...family,
      scenarios: family.scenarios.filter(
        ({ id }) => only.length === 0 || only.some((beginning) => id.startsWith(beginning))
      )
    }))
    .filter(({ scenarios }) => scenarios.length > 0)
  console.log(shown.map((family) => section(verdicts, family)).join("\n\n"))
  console.log(`\n${summary(verdicts)}`)
}
