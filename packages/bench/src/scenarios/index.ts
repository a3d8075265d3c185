import { bundles } from "./bundles.js"
import { clientScenarios } from "./clients.js"
import { decoding } from "./decoding.js"
import { failing } from "./failing.js"
import { imports } from "./imports.js"
import { journal } from "./journal.js"
import { partialJson } from "./partial-json.js"
import type { Scenario } from "./Scenario.js"

/** In the order of the report. */
export const scenarios: ReadonlyArray<Scenario> = [
  ...clientScenarios,
  decoding,
  partialJson,
  failing,
  journal,
  imports,
  bundles
]
