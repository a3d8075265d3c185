/** What streams leave in memory: one long stream, and many slow ones at the same time. */
import { expectedOfStreams } from "../answers.js"
import type { ContenderName } from "../contenders/index.js"
import { median } from "../statistics.js"
import { Consumption } from "../Consumption.js"
import { type ClientScenario, start, subjectsOf, toReference, warmUp } from "./Scenario.js"

const subjects = subjectsOf([
  "ours-fetch",
  "ours-undici",
  "openai",
  "openai7",
  "baseline-fetch"
] satisfies Array<ContenderName>)

/** Bytes that are in use once everything that can be freed is freed. */
const live = (): number => {
  if (globalThis.gc === undefined) throw new Error("needs node --expose-gc")
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const longTexts = { quick: 50_000, full: 200_000 }

export const heap: ClientScenario = {
  name: "heap",
  title: "Live heap over a long stream",
  about: `Growth of the live heap after a forced collection over ${longTexts.full.toLocaleString("en")} events, from the second to the last quarter. Bytes that wait to be read make it vary.`,
  columns: [{ figure: "growth", title: "growth KB", digits: 0 }],
  subjects,
  rounds: { quick: 1, full: 1 },
  measure: (subject, harness) => harness.client("heap", subject, `stream-${longTexts[harness.size]}-1`),
  inClient: async (make, url, size) => {
    const texts = longTexts[size]
    const samples: Array<number> = []
    const tally = new Consumption((pieces) => {
      if (pieces % (texts / 20) === 0) samples.push(live())
    })
    const contender = make(url)
    await contender.stream(1, 1, tally)
    tally.check(expectedOfStreams(1, texts))
    await contender.close()
    return { growth: (median(samples.slice(15)) - median(samples.slice(5, 10))) / 1024 }
  }
}

const slow = { streams: 1000, texts: { quick: 10, full: 20 }, gap: 250 }

export const slowStreams: ClientScenario = {
  name: "slow-streams",
  title: `${slow.streams.toLocaleString("en")} slow streams`,
  about: `${slow.streams.toLocaleString("en")} streams at once, each with an event every ${slow.gap} ms. When all of them run: the live heap for each stream, then the processor time for each event.`,
  columns: [
    { figure: "cpu", title: "CPU µs/event", digits: 1 },
    { figure: "memory", title: "live KB/stream", digits: 1 }
  ],
  subjects,
  rounds: { quick: 1, full: 1 },
  ratio: toReference("cpu"),
  measure: (subject, harness) =>
    harness.client("slow-streams", subject, `turns-${slow.texts[harness.size]}-${slow.gap}`),
  inClient: async (make, url, size) => {
    const texts = slow.texts[size]
    await warmUp(make, url, { target: "turns-50-0", streams: 1000, atATime: 100 })
    const contender = make(url)
    await contender.stream(20, 20, new Consumption())
    const before = live()
    const all = slow.streams * texts
    const [from, to] = [all * 0.3, all * 0.9]
    let memory = Number.NaN
    let cpu = Number.NaN
    let watch = start()
    const tally = new Consumption((pieces) => {
      if (pieces === from) {
        memory = live() - before
        watch = start()
      }
      if (pieces === to) cpu = watch.stop().cpu
    })
    await contender.stream(slow.streams, slow.streams, tally)
    tally.check(expectedOfStreams(slow.streams, texts))
    await contender.close()
    return { cpu: cpu / (to - from), memory: memory / 1024 / slow.streams }
  }
}
