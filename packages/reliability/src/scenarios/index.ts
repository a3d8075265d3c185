import type { Family } from "../Scenario.js"
import { family as afterwards } from "./afterwards.js"
import { family as badInput } from "./badInput.js"
import { family as cancellation } from "./cancellation.js"
import { family as deltas } from "./deltas.js"
import { family as errorBodies } from "./errorBodies.js"
import { family as leniency } from "./leniency.js"
import { family as load } from "./load.js"
import { family as messages } from "./messages.js"
import { family as retries } from "./retries.js"
import { family as secrecy } from "./secrecy.js"
import { family as sse } from "./sse.js"
import { family as streamFaults } from "./streamFaults.js"
import { family as turns } from "./turns.js"
import { family as unaryFaults } from "./unaryFaults.js"

export const families: ReadonlyArray<Family> = [
  sse,
  deltas,
  turns,
  streamFaults,
  unaryFaults,
  errorBodies,
  leniency,
  messages,
  afterwards,
  retries,
  cancellation,
  secrecy,
  load,
  badInput
]
