import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import { start } from "./scenarios/Scenario.js"

/** The cost of one call: processor time in ms, and the longest block of the event loop in ms, until shortly after its end. */
export const watched = async (call: () => Promise<void>): Promise<{ readonly cpu: number; readonly block: number }> => {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const watch = start()
  await call()
  const { cpu } = watch.stop()
  await sleep(5)
  delays.disable()
  return { cpu: cpu / 1000, block: delays.max / 1e6 }
}
