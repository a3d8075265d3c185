import { connections } from "./connections.js"
import { failingAnswer } from "./failing-answer.js"
import { firstEvent } from "./first-event.js"
import { load } from "./load.js"
import { heap } from "./heap.js"
import type { ClientScenario } from "./Scenario.js"
import { slowStreams } from "./slow-streams.js"
import { tools } from "./tasks.js"

/** Separate from the others, so that a client's process does not load the bundler. */
export const clientScenarios: ReadonlyArray<ClientScenario> = [
  ...load,
  tools,
  firstEvent,
  slowStreams,
  heap,
  connections,
  failingAnswer
]
