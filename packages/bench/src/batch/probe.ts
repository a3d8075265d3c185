/**
 * Loaded before a program, in its process. It reports the live memory on request, and the usage of the process at the end. The program does
 * not depend on it.
 */
import { writeFileSync } from "node:fs"
import process from "node:process"

/** Bytes in use after a full garbage collection, and the total memory of the process. */
export interface Sample {
  readonly live: number
  readonly rss: number
}

/** The usage of a process. */
export interface Used {
  /** Processor time, in µs. */
  readonly user: number
  readonly system: number
  /** Its peak memory, in bytes. */
  readonly peak: number
}

process.on("message", () => {
  globalThis.gc?.()
  const { external, heapUsed, rss } = process.memoryUsage()
  process.send?.({ live: heapUsed + external, rss } satisfies Sample)
})
// the channel must not keep the process alive
process.channel?.unref()

process.on("exit", () => {
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
  const used: Used = { user: userCPUTime, system: systemCPUTime, peak: maxRSS * 1024 }
  writeFileSync(process.env["PROBE_FILE"]!, JSON.stringify(used))
})
