/** The emulator at its fastest, in a process of its own: chats are answered from a script. Tells its address, then what it has done. */
import { listen } from "effect-friendli-emulator/NodeServer"
import process from "node:process"

/** What the emulator has done so far. */
export interface Served {
  readonly calls: number
  /** Processor time of its process, in µs. */
  readonly cpu: number
}

let calls = 0
const emulator = await listen({
  port: 0,
  script: [{ when: { operation: "chat" }, say: "Yes." }],
  // what it records is not asked for
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
