/** One contender in one scenario, in its own process: prints the figures. */
import { contenders, type ContenderName } from "./contenders/index.js"
import { clientScenarios } from "./scenarios/clients.js"
import type { Size } from "./scenarios/Scenario.js"

const [scenarioName, contenderName, url, size] = process.argv.slice(2) as [string, ContenderName, string, Size]
const scenario = clientScenarios.find(({ name }) => name === scenarioName)
if (scenario === undefined) throw new Error(`no scenario ${scenarioName}`)
const { make } = await contenders[contenderName].load()
console.log(JSON.stringify(await scenario.inClient(make, url, size)))
process.exit()
