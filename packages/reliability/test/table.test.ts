/**
 * The table itself: its rows are distinct, none is passed by a client that lies, and the report has them all.
 */
import * as Fs from "node:fs"
import { assert, describe, it } from "vitest"
import type { Contender } from "../src/Contender.js"
import { families } from "../src/scenarios/index.js"
import { attempt } from "../src/Scenario.js"
import { text } from "../src/wire.js"

const scenarios = families.flatMap((family) => family.scenarios)

it("ids are distinct, and every cell is filled", () => {
  assert.strictEqual(new Set(scenarios.map(({ id }) => id)).size, scenarios.length)
  for (const { id, server, shows, why } of scenarios) {
    assert.match(id, /^[a-z0-9-]+$/)
    for (const cell of [server, shows, why]) assert.isAbove(cell.length, 0, id)
  }
})

it("the report has every row", () => {
  const report = Fs.readFileSync(new URL("../../../docs/reliability.md", import.meta.url), "utf8")
  assert.deepStrictEqual(
    scenarios.filter(({ id }) => !report.includes(`\`${id}\``)).map(({ id }) => id),
    []
  )
})

it("rows about the meaning of bytes run over one layer, those about connections over both", () => {
  const runsOnce = new Set(scenarios.filter(({ anyLayer }) => anyLayer === true).map(({ id }) => id))
  for (const id of ["calls-plain", "frame-error", "status-429", "input-nan", "retry-after-ms"]) {
    assert.isTrue(runsOnce.has(id), id)
  }
  for (const id of ["reset", "gzip", "status-every", "tls-reset", "stop-before-head", "after-reset", "load-1000"]) {
    assert.isFalse(runsOnce.has(id), id)
  }
})

it("the README says how many", () => {
  const readme = Fs.readFileSync(new URL("../../../README.md", import.meta.url), "utf8")
  assert.include(readme, `${scenarios.length} faults of networks, proxies and servers`)
})

describe("no row is passed by a client that", () => {
  const pretender = (name: string, run: Contender["run"]): Contender => ({
    name,
    title: name,
    isOurs: true,
    patience: 1000,
    run,
    close: () => Promise.resolve()
  })

  it.each([
    [
      "says that everything is complete, and asks nobody",
      pretender("liar", async (_call, _signal, progress) => {
        progress.text = text
        return { ended: "complete" }
      })
    ],
    ["fails in a way of its own, and asks nobody", pretender("failing", async () => ({ ended: "untyped: failure" }))]
  ])("%s", { timeout: 90_000 }, async (_, client) => {
    // the row that runs its client in another process finds none of that name
    const verdicts = await Promise.all(scenarios.map(async (row) => ({ id: row.id, ...(await attempt(row, client)) })))
    assert.deepStrictEqual(
      verdicts.filter(({ ok }) => ok === true).map(({ id }) => id),
      []
    )
  })
})
