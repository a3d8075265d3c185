/**
 * The faults for the next requests.
 */
import type { Fault, FaultRule } from "../base/fault.js"
import { check, parse } from "./faultParser.js"
import { type CountedRule, type FaultRequest, makeFaultRules } from "./faultRules.js"

/**
 * The faults for the next requests.
 *
 * **When to use** as `emulator.faults`.
 *
 * @category models
 */
export interface FaultQueue {
  /** Appends faults. Each one is used for one request, or for `times` requests, in order. Throws `FaultError`. */
  readonly enqueue: (...faults: ReadonlyArray<Fault>) => void
  /** Puts a fault at the front: the next request gets it. Throws `FaultError`. */
  readonly next: (fault: Fault) => void
  /** Adds repeated faults, for requests that get no fault from the queue or from a header. Throws `FaultError`. */
  readonly addRules: (...rules: ReadonlyArray<FaultRule>) => void
  /** Removes the waiting faults and the rules. Headers with `times` act again. */
  readonly clear: () => void
  /** The waiting faults, with one entry for each request that will get a fault. */
  readonly pending: ReadonlyArray<Fault>
  /** The rules, in the order in which they are tried, with their counts. */
  readonly rules: ReadonlyArray<CountedRule>
}

/**
 * Makes an empty queue. `take` removes and returns the fault for the next request, or, if the request is given and the queue is empty, the fault of a
 * rule.
 *
 * **When to use** to test code that fills a queue; an emulator has its own.
 *
 * @category constructors
 */
export const makeQueue = (): FaultQueue & { readonly take: (request?: FaultRequest) => Fault | undefined } => {
  const rules = makeFaultRules()
  let waiting: Array<{ readonly fault: Fault; left: number }> = []
  const entry = (fault: Fault): { readonly fault: Fault; left: number } => ({
    fault: check(fault),
    left: fault.times ?? 1
  })
  return {
    enqueue: (...faults) => {
      waiting.push(...faults.map(entry))
    },
    next: (fault) => {
      waiting.unshift(entry(fault))
    },
    addRules: (...added) => rules.add(added),
    clear: () => {
      waiting = []
      rules.clear()
    },
    get rules() {
      return rules.list()
    },
    get pending() {
      return waiting.flatMap(({ fault, left }) => Array.from({ length: left }, () => fault))
    },
    take: (request) => {
      const first = waiting[0]
      if (first === undefined) return request === undefined ? undefined : rules.take(request)
      first.left--
      if (first.left === 0) waiting.shift()
      return first.fault
    }
  }
}

/** Chooses the fault of each request: from its header, else from the queue, else from the rules. */
export interface FaultSource {
  readonly queue: FaultQueue
  /** The fault for a request with this value of the header; an empty fault if there is none. Throws `FaultError`. */
  readonly take: (header: string | null, request: FaultRequest) => Fault
}

/** Makes a source with an empty queue. */
export const makeFaultSource = (): FaultSource => {
  const queue = makeQueue()
  // How many requests had each header. A header with `times` applies only to the first of them.
  const headerUses = new Map<string, number>()
  return {
    queue: {
      enqueue: queue.enqueue,
      next: queue.next,
      addRules: queue.addRules,
      clear: () => {
        queue.clear()
        headerUses.clear()
      },
      get pending() {
        return queue.pending
      },
      get rules() {
        return queue.rules
      }
    },
    take: (header, request) => {
      if (header === null) return queue.take(request) ?? {}
      const fault = parse(header)
      if (fault.times === undefined) return fault
      const used = headerUses.get(header) ?? 0
      headerUses.set(header, used + 1)
      return used < fault.times ? fault : {}
    }
  }
}
