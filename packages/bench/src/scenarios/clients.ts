import { connections } from "./connections.js"
import { failingAnswer } from "./failing-answer.js"
import { firstEvent } from "./first-event.js"
import { load } from "./load.js"
import { heap } from "./heap.js"
import type { ClientScenario } from "./Scenario.js"
import { slowStreams } from "./slow-streams.js"
import { tools } from "./tasks.js"

/** Apart from the others: a client's process loads no bundler. */
export const clientScenarios: ReadonlyArray<ClientScenario> = [
  ...load,
  tools,
  firstEvent,
  slowStreams,
  heap,
  connections,
  failingAnswer
]
