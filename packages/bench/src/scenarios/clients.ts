import { connections } from "./connections.js"
import { firstEvent } from "./first-event.js"
import { load } from "./load.js"
import { heap, slowStreams } from "./memory.js"
import type { ClientScenario } from "./Scenario.js"

/** Apart from the others: a client's process loads no bundler. */
export const clientScenarios: ReadonlyArray<ClientScenario> = [...load, firstEvent, heap, slowStreams, connections]
