/** The emulator at its fastest, in its own process, with scripted answers. It reports its URL, and later its usage. */
import { listen } from "effect-friendli-emulator/NodeServer"
import process from "node:process"

/** The usage of the emulator so far. */
export interface Served {
  readonly calls: number
  /** Processor time of its process, in µs. */
  readonly cpu: number
}

let calls = 0
const emulator = await listen({
  port: 0,
  script: [{ when: { operation: "chat" }, say: "Yes." }],
  // the recorded requests are not needed
  journalLimit: 1,
  onRequest: ({ path }) => {
    if (path.endsWith("/chat/completions")) calls++
  }
})

process.on("message", () => {
  const { system, user } = process.cpuUsage()
  process.send?.({ calls, cpu: user + system } satisfies Served)
})
process.on("disconnect", () => void emulator.close())
process.send?.(emulator.url)
