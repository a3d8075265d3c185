/** Runs the rows that apply to one client, and prints one line of JSON per row: `contender-process.ts <client> [ids…]`. */
import { contenders } from "./contenders/index.js"
import { families } from "./scenarios/index.js"
import { appliesTo, attempt } from "./Scenario.js"

const [, , name = "", ...only] = process.argv

const client = await contenders[name]!()
for (const { scenarios } of families) {
  for (const scenario of scenarios) {
    if (!appliesTo(scenario, client)) continue
    if (only.length > 0 && !only.some((beginning) => scenario.id.startsWith(beginning))) continue
    console.log(JSON.stringify({ id: scenario.id, ...(await attempt(scenario, client)) }))
  }
}
process.exit(0)
