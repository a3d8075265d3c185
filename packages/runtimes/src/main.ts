/**
 * The conformance program on every runtime: `npx -y pnpm@12 runtimes`.
 *
 *     --only <names>  node20, node22, node24, bun, deno, workerd, chromium, separated by commas
 *     --write         writes docs/runtimes.md
 */
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { groups } from "./checks.js"
import { makeConsumer } from "./consumer.js"
import { inabilityOf } from "./inabilities.js"
import { report } from "./report.js"
import { problems, type Told } from "./result.js"
import { runOn } from "./run.js"
import { packageFor, type Runtime, runtimes } from "./runtimes.js"

const { values: options } = parseArgs({
  options: { only: { type: "string", default: "" }, write: { type: "boolean", default: false } }
})
const names = options.only.split(",").filter((name) => name !== "")
const unknown = names.filter((name) => !runtimes.some(({ id }) => id === name))
if (unknown.length > 0) throw new Error(`no such runtime: ${unknown.join(", ")}`)
if (options.write && names.length > 0) throw new Error("only a full run is written down")

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** The number of checks with the expected result, as a line for the terminal. */
const summaryOf = (runtime: Runtime, { results }: Told): string =>
  groups
    .filter(({ id }) => runtime.groups.includes(id))
    .map(({ checks, id, title }) => {
      const here = results.filter(({ group }) => group === id)
      const cannot = checks.filter((check) => inabilityOf(runtime.id, id, check) !== undefined).length
      const works = here.filter(({ ok }) => ok).length
      return `${title} ${works}/${checks.length}${cannot === 0 ? "" : ` (cannot: ${cannot})`}`
    })
    .join(" · ")

const consumer = await makeConsumer({ tarballs: true })
const found: Array<string> = []
for (const runtime of runtimes.filter(({ id }) => names.length === 0 || names.includes(id))) {
  const started = performance.now()
  try {
    const told = await runOn(runtime, consumer)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(
      `${runtime.name.padEnd(9)} ${told.version.padEnd(16)} ${seconds.padStart(5)} s  ${summaryOf(runtime, told)}`
    )
    found.push(...problems(runtime, told))
    const { binary } = runtime
    const version = binary === undefined ? undefined : packageFor(binary)[1]
    if (version !== undefined && told.version !== version) {
      found.push(`${runtime.name}: it says that it is ${told.version}, and not ${version}`)
    }
  } catch (error) {
    found.push(`${runtime.name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
for (const line of found) console.error(`\n${line}`)
if (found.length > 0) process.exitCode = 1
else if (options.write) {
  const path = `${root}docs/runtimes.md`
  Fs.writeFileSync(path, report())
  ChildProcess.execFileSync(`${root}node_modules/.bin/oxfmt`, [path], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"]
  })
}
