/**
 * Every property stops after some seconds. A search for a smaller counterexample that would run for minutes, or fill the memory, then ends with the
 * smallest one found so far; a property that has passed until then has passed. `PROPERTY_SECONDS` sets another limit, for a longer search. With
 * `PROPERTY_SHRINK=no` a property fails with the first counterexample.
 */
import * as fc from "fast-check"

const seconds = Number(process.env["PROPERTY_SECONDS"] ?? 5)

fc.configureGlobal({
  interruptAfterTimeLimit: seconds * 1000,
  endOnFailure: process.env["PROPERTY_SHRINK"] === "no"
})
