import { setImmediate as nextTurn } from "node:timers/promises"
import { expectedOfStreams } from "../answers.js"
import { everyStream } from "../contenders/index.js"
import { Consumption } from "../Consumption.js"
import { type ClientScenario, subjectsOf } from "./Scenario.js"

const texts = 50
const streams = 50

export const connections: ClientScenario = {
  name: "connections",
  title: `Connections of ${streams} streams`,
  about: `Connections that the server saw while a client read ${streams} streams one after another, with a turn of the event loop between them. Without this turn undici's pool opens a second connection, also for the baseline. A new connection costs a handshake; with TLS, several.`,
  columns: [{ figure: "connections", title: "connections", digits: 0 }],
  subjects: subjectsOf(everyStream),
  rounds: { quick: 1, full: 1 },
  measure: async (subject, harness) => {
    const before = await harness.connections()
    await harness.client("connections", subject, `stream-${texts}-1`)
    return { connections: (await harness.connections()) - before }
  },
  inClient: async (make, url) => {
    const contender = make(url)
    const tally = new Consumption()
    for (let stream = 0; stream < streams; stream++) {
      await contender.stream(1, 1, tally)
      await nextTurn()
    }
    tally.check(expectedOfStreams(streams, texts))
    await contender.close()
    return {}
  }
}
