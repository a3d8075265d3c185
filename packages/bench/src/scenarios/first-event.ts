import { expectedOfStreams } from "../answers.js"
import { everyStream } from "../contenders/index.js"
import { percentile } from "../statistics.js"
import { Consumption } from "../Consumption.js"
import { type ClientScenario, start, subjectsOf, toReference, warmUp } from "./Scenario.js"

const texts = 3
const pause = 3

/** How long a user waits for the first word, and the cost of opening a stream and reading this far. */
export const firstEvent: ClientScenario = {
  name: "first-event",
  title: "Time to the first event",
  about: `From the call to the first text in the program, over a kept-alive connection: wall time, which other work on the machine affects, and processor time. The server answers at once and pauses ${pause} ms after the first text. Percentiles over the calls of a process.`,
  columns: [
    { figure: "wall", title: "wall µs, p50", digits: 0 },
    { figure: "wall99", title: "wall µs, p99", digits: 0 },
    { figure: "cpu", title: "CPU µs, p50", digits: 0 },
    { figure: "cpu99", title: "CPU µs, p99", digits: 0 }
  ],
  subjects: subjectsOf(everyStream),
  rounds: { quick: 1, full: 3 },
  ratio: toReference("wall"),
  measure: (subject, harness) => harness.client("first-event", subject, `pause-${texts}-${pause}`),
  inClient: async (make, url, size) => {
    const [streams, count] = size === "full" ? [2000, 600] : [1000, 200]
    await warmUp(make, url, { target: "stream-3-1", streams, atATime: 64 })
    const contender = make(url)
    const once = async (): Promise<{ readonly cpu: number; readonly wall: number }> => {
      let first = { cpu: Number.NaN, wall: Number.NaN }
      const tally = new Consumption((pieces) => {
        if (pieces === 1) first = watch.stop()
      })
      const watch = start()
      await contender.stream(1, 1, tally)
      tally.check(expectedOfStreams(1, texts))
      return first
    }
    for (let call = 0; call < 40; call++) await once()
    const walls: Array<number> = []
    const cpus: Array<number> = []
    for (let call = 0; call < count; call++) {
      const { cpu, wall } = await once()
      walls.push(wall)
      cpus.push(cpu)
    }
    await contender.close()
    return {
      wall: percentile(walls, 50),
      wall99: percentile(walls, 99),
      cpu: percentile(cpus, 50),
      cpu99: percentile(cpus, 99)
    }
  }
}
