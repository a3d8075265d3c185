import * as Http from "node:http"
import { expectedOfStreams } from "../answers.js"
import { type ContenderName, everyStream } from "../contenders/index.js"
import { Consumption } from "../Consumption.js"
import type { Usage } from "../server.js"
import { type ClientScenario, live, start, subjectsOf, toReference, warmUp } from "./Scenario.js"

const streams = 1000
const gap = 50
const texts = { quick: 60, full: 100 }

/** Reads the usage over a separate connection. */
const usageOfServer = (url: string): Promise<Usage> =>
  new Promise((resolve, reject) => {
    Http.get(new URL("/usage", url), { agent: false }, (response) => {
      let text = ""
      response.on("data", (bytes: Buffer) => (text += bytes.toString()))
      response.on("end", () => resolve(JSON.parse(text) as Usage))
    }).on("error", reject)
  })

const many = streams.toLocaleString("en")

/** The load of a server that passes answers on. */
export const slowStreams: ClientScenario = {
  name: "slow-streams",
  title: `${many} slow streams`,
  about: `${many} streams at once, each with ${1000 / gap} events per second, each stream at different moments: ${((streams * 1000) / gap).toLocaleString("en")} events per second. When all streams run, the live heap per stream is measured; then, over ${(texts.full * gap * 0.5) / 1000} s, the processor time per event, the share of one core, and the events that were read per second. A client that is too slow reads fewer events, several at a time. The last columns are the server's own share of a core, and its largest delay.`,
  columns: [
    { figure: "cpu", title: "CPU µs/event", digits: 1 },
    { figure: "share", title: "% of a core", digits: 0 },
    { figure: "rate", title: "events/s", digits: 0 },
    { figure: "memory", title: "live KB/stream", digits: 1 },
    { figure: "server", title: "server: % of a core", digits: 0 },
    { figure: "late", title: "behind, ms", digits: 0 }
  ],
  subjects: subjectsOf(everyStream.filter((name: ContenderName) => name !== "ai-sdk")),
  rounds: { quick: 1, full: 3 },
  ratio: toReference("cpu"),
  measure: (subject, harness) => harness.client("slow-streams", subject, `pace-${texts[harness.size]}-${gap}`),
  inClient: async (make, url, size) => {
    await warmUp(make, url, { target: "turns-50-0", streams, atATime: 100 })
    const contender = make(url)
    await contender.stream(20, 20, new Consumption())
    const before = live()

    const all = streams * texts[size]
    const [opened, from, to] = [all * 0.2, all * 0.4, all * 0.9]
    let memory = Number.NaN
    let used = { cpu: Number.NaN, wall: Number.NaN }
    let watch = start()
    const tally = new Consumption((pieces) => {
      if (pieces === opened) memory = live() - before
      if (pieces === from) watch = start()
      if (pieces === to) used = watch.stop()
    })
    await contender.stream(streams, streams, tally)
    tally.check(expectedOfStreams(streams, texts[size]))
    await contender.close()
    const server = await usageOfServer(url)

    const events = to - from
    return {
      cpu: used.cpu / events,
      share: (used.cpu / used.wall) * 100,
      rate: events / (used.wall / 1e6),
      memory: memory / 1024 / streams,
      server: server.share,
      late: server.late
    }
  }
}
