import { expectedOfStreams } from "../answers.js"
import { recommended } from "../contenders/index.js"
import { median } from "../statistics.js"
import { Consumption } from "../Consumption.js"
import { type ClientScenario, live, subjectsOf } from "./Scenario.js"

const subjects = subjectsOf([
  recommended.fetch.streams,
  recommended.undici.streams,
  "openai",
  "openai7",
  "baseline-fetch"
])

const longTexts = { quick: 50_000, full: 200_000 }

export const heap: ClientScenario = {
  name: "heap",
  title: "Live heap over a long stream",
  about: `Growth of the live heap, after a forced garbage collection, over ${longTexts.full.toLocaleString("en")} events, from the second to the last quarter. It varies with the number of bytes that wait to be read.`,
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
