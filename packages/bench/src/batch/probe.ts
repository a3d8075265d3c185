/**
 * Loaded before a program, in its process: says on request how much memory is live, and at the end what the process has used. The program
 * knows nothing of it.
 */
import { writeFileSync } from "node:fs"
import process from "node:process"

/** Bytes in use after everything that can be freed was freed, and all that the process has of the machine's memory. */
export interface Sample {
  readonly live: number
  readonly rss: number
}

/** What a process has used. */
export interface Used {
  /** Processor time, in µs. */
  readonly user: number
  readonly system: number
  /** The most memory that it had of the machine, in bytes. */
  readonly peak: number
}

process.on("message", () => {
  globalThis.gc?.()
  const { external, heapUsed, rss } = process.memoryUsage()
  process.send?.({ live: heapUsed + external, rss } satisfies Sample)
})
// the channel alone keeps no process alive
process.channel?.unref()

process.on("exit", () => {
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage()
  const used: Used = { user: userCPUTime, system: systemCPUTime, peak: maxRSS * 1024 }
  writeFileSync(process.env["PROBE_FILE"]!, JSON.stringify(used))
})
