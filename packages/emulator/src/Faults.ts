/**
 * Faults: failures of a network, a gateway or the server, each for one request.
 *
 * A fault comes from the queue of an emulator (`emulator.faults`), so that the client under test needs no change, or from the
 * header `x-emulator-fault` of a request.
 */
export { type AfterEvents, type Fault, FaultError, type FaultRule } from "./base/fault.js"
export { check, parse } from "./faults/faultParser.js"
export { type FaultQueue, makeQueue } from "./faults/faultQueue.js"
export { type CountedRule, type FaultRequest } from "./faults/faultRules.js"
