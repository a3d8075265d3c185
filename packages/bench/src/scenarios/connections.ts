import { setImmediate as nextTurn } from "node:timers/promises"
import { expectedOfStreams } from "../answers.js"
import { everyCall } from "../contenders/index.js"
import { Tally } from "../Tally.js"
import { type ClientScenario, subjectsOf } from "./Scenario.js"

const texts = 50
const streams = 50

export const connections: ClientScenario = {
  name: "connections",
  title: `Connections of ${streams} streams`,
  about: `Connections that the server saw while a client read ${streams} streams one after another, with a turn of the event loop between them: without it undici's pool opens a second one, for the floor too. A new connection costs a handshake, with TLS several.`,
  columns: [{ figure: "connections", title: "connections", digits: 0 }],
  subjects: subjectsOf(everyCall),
  rounds: { quick: 1, full: 1 },
  measure: async (subject, lab) => {
    const before = await lab.connections()
    await lab.client("connections", subject, `stream-${texts}-1`)
    return { connections: (await lab.connections()) - before }
  },
  inClient: async (make, url) => {
    const contender = make(url)
    const tally = new Tally()
    for (let stream = 0; stream < streams; stream++) {
      await contender.stream(1, 1, tally)
      await nextTurn()
    }
    tally.check(expectedOfStreams(streams, texts))
    await contender.close()
    return {}
  }
}
