/**
 * Every property stops after ten seconds. A search for a smaller counterexample that would run for minutes, or fill the memory, then ends
 * with the smallest one found so far; a property that has passed until then has passed.
 */
import * as fc from "fast-check"

fc.configureGlobal({ interruptAfterTimeLimit: 10_000 })
