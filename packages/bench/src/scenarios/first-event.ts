import { expectedOfStreams } from "../answers.js"
import { everyCall } from "../contenders/index.js"
import { median } from "../statistics.js"
import { Consumption } from "../Consumption.js"
import { type ClientScenario, subjectsOf, toReference, warmUp } from "./Scenario.js"

const texts = 3
const pause = 3

/** How long a user waits for the first word. */
export const firstEvent: ClientScenario = {
  name: "first-event",
  title: "Time to the first event",
  about: `From the call to the first text in the program. The server answers at once and pauses ${pause} ms after it. Median of the calls of a process. This is wall time, which other work on the machine affects.`,
  columns: [{ figure: "wall", title: "wall µs", digits: 0 }],
  subjects: subjectsOf(everyCall),
  rounds: { quick: 1, full: 2 },
  ratio: toReference("wall"),
  measure: (subject, harness) => harness.client("first-event", subject, `pause-${texts}-${pause}`),
  inClient: async (make, url, size) => {
    const [streams, count] = size === "full" ? [2000, 150] : [1000, 100]
    await warmUp(make, url, { target: "stream-3-1", streams, atATime: 64 })
    const contender = make(url)
    const once = async (): Promise<number> => {
      let first = Number.NaN
      const called = performance.now()
      const tally = new Consumption((pieces) => {
        if (pieces === 1) first = performance.now()
      })
      await contender.stream(1, 1, tally)
      tally.check(expectedOfStreams(1, texts))
      return (first - called) * 1000
    }
    for (let call = 0; call < count / 4; call++) await once()
    const waits: Array<number> = []
    for (let call = 0; call < count; call++) waits.push(await once())
    await contender.close()
    return { wall: median(waits) }
  }
}
