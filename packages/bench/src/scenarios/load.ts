/** Whole answers and streams under load: processor time per call, or per event. */
import { eventsBesides, expectedOfStreams, expectedOfWhole } from "../answers.js"
import { type ContenderName, everyCall, everyStream } from "../contenders/index.js"
import { Consumption } from "../Consumption.js"
import { type ClientScenario, type Column, type Size, start, subjectsOf, toReference, warmUp } from "./Scenario.js"

type BySize = Readonly<Record<Size, number>>

const rounds: BySize = { quick: 1, full: 3 }

const columnsPer = (unit: string): ReadonlyArray<Column> => [
  { figure: "cpu", title: `CPU µs/${unit}`, digits: 1 },
  { figure: "wall", title: `wall µs/${unit}`, digits: 1 }
]

const calls = (options: {
  readonly name: string
  readonly title: string
  readonly atATime: number
  readonly warmUp: BySize
  readonly calls: BySize
}): ClientScenario => ({
  name: options.name,
  title: options.title,
  about: "A chat completion of 120 tokens, requested repeatedly over kept-alive connections.",
  columns: columnsPer("call"),
  subjects: subjectsOf(everyCall),
  rounds,
  ratio: toReference("cpu"),
  measure: (subject, harness) => harness.client(options.name, subject, "whole"),
  inClient: async (make, url, size) => {
    const count = options.calls[size]
    const contender = make(url)
    // many at the same time: V8 counts calls, not waits
    await contender.complete(options.warmUp[size], 64, new Consumption())
    const tally = new Consumption()
    const watch = start()
    await contender.complete(count, options.atATime, tally)
    const { cpu, wall } = watch.stop()
    tally.check(expectedOfWhole(count))
    await contender.close()
    return { cpu: cpu / count, wall: wall / count }
  }
})

const streams = (options: {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly atATime: number
  readonly texts: BySize
  /** The path of the request. */
  readonly target: (texts: number) => string
  /** Short streams before, if opening them is part of the work. */
  readonly openings?: BySize
  readonly warmUp: BySize
  readonly streams: BySize
  readonly contenders: ReadonlyArray<ContenderName>
}): ClientScenario => {
  return {
    name: options.name,
    title: options.title,
    about: options.about,
    columns: columnsPer("event"),
    subjects: subjectsOf(options.contenders),
    rounds,
    ratio: toReference("cpu"),
    measure: (subject, harness) => harness.client(options.name, subject, options.target(options.texts[harness.size])),
    inClient: async (make, url, size) => {
      const [texts, count] = [options.texts[size], options.streams[size]]
      if (options.openings !== undefined) {
        await warmUp(make, url, { target: "stream-5-1", streams: options.openings[size], atATime: 64 })
      }
      const contender = make(url)
      await contender.stream(options.warmUp[size], options.atATime, new Consumption())
      const tally = new Consumption()
      const watch = start()
      await contender.stream(count, options.atATime, tally)
      const { cpu, wall } = watch.stop()
      tally.check(expectedOfStreams(count, texts))
      await contender.close()
      const events = count * (texts + eventsBesides)
      return { cpu: cpu / events, wall: wall / events }
    }
  }
}

export const load: ReadonlyArray<ClientScenario> = [
  calls({
    name: "unary",
    title: "One call at a time",
    atATime: 1,
    warmUp: { quick: 2000, full: 4000 },
    calls: { quick: 500, full: 1500 }
  }),
  calls({
    name: "unary-64",
    title: "64 calls at a time",
    atATime: 64,
    warmUp: { quick: 2000, full: 4000 },
    calls: { quick: 1000, full: 2000 }
  }),
  streams({
    name: "stream-1",
    title: "A stream, 1 event per write",
    about: "Streams without pauses, one after another; each event is its own HTTP chunk.",
    atATime: 1,
    texts: { quick: 10_000, full: 10_000 },
    target: (texts) => `stream-${texts}-1`,
    warmUp: { quick: 2, full: 4 },
    streams: { quick: 2, full: 5 },
    contenders: everyStream
  }),
  streams({
    name: "stream-32",
    title: "A stream, 32 events per write",
    about: "The same with 32 events in each HTTP chunk.",
    atATime: 1,
    texts: { quick: 10_000, full: 10_000 },
    target: (texts) => `stream-${texts}-32`,
    warmUp: { quick: 2, full: 4 },
    streams: { quick: 2, full: 5 },
    contenders: everyStream
  }),
  streams({
    name: "streams-200",
    title: "200 streams at once",
    about:
      "200 simultaneous streams that get their events in turn, as fast as possible, so that a fast client reads each event alone. Connections are kept from the warm-up.",
    atATime: 200,
    texts: { quick: 150, full: 250 },
    target: (texts) => `turns-${texts}-0`,
    openings: { quick: 1000, full: 2000 },
    warmUp: { quick: 200, full: 200 },
    streams: { quick: 200, full: 200 },
    contenders: everyStream
  })
]
