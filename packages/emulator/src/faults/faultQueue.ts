/**
 * The faults that wait for requests.
 */
import type { Fault } from "../base/fault.js"
import { check, parse } from "./faultParser.js"

/**
 * The faults that wait for requests.
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
  /** Removes the waiting faults. */
  readonly clear: () => void
  /** The waiting faults, with one entry for each request that will get one. */
  readonly pending: ReadonlyArray<Fault>
}

/**
 * Makes an empty queue. `take` removes and returns the fault for the next request.
 *
 * **When to use** to test code that fills a queue; an emulator has its own.
 *
 * @category constructors
 */
export const makeQueue = (): FaultQueue & { readonly take: () => Fault | undefined } => {
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
    clear: () => {
      waiting = []
    },
    get pending() {
      return waiting.flatMap(({ fault, left }) => Array.from({ length: left }, () => fault))
    },
    take: () => {
      const first = waiting[0]
      if (first === undefined) return undefined
      first.left--
      if (first.left === 0) waiting.shift()
      return first.fault
    }
  }
}

/** Chooses the fault of each request: from its header, else from the queue. */
export interface FaultSource {
  readonly queue: ReturnType<typeof makeQueue>
  /** The fault for a request with this value of the header; an empty one when there is none. Throws `FaultError`. */
  readonly take: (header: string | null) => Fault
  readonly clear: () => void
}

/** Makes a source with an empty queue. */
export const makeFaultSource = (): FaultSource => {
  const queue = makeQueue()
  // How many requests had each header. A header with `times` works for the first of them only.
  const headerUses = new Map<string, number>()
  return {
    queue,
    take: (header) => {
      if (header === null) return queue.take() ?? {}
      const fault = parse(header)
      if (fault.times === undefined) return fault
      const used = headerUses.get(header) ?? 0
      headerUses.set(header, used + 1)
      return used < fault.times ? fault : {}
    },
    clear: () => {
      queue.clear()
      headerUses.clear()
    }
  }
}
