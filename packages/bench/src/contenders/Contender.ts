import type { Consumption } from "../Consumption.js"

/** A client, in the way its own users would write the call. It reports what it reads to the tally. */
export interface Contender {
  /** So many whole answers, so many of them at a time. */
  readonly complete: (calls: number, atATime: number, tally: Consumption) => Promise<void>
  /** So many streams, so many of them at a time, each read to its end. */
  readonly stream: (streams: number, atATime: number, tally: Consumption) => Promise<void>
  /**
   * So many times the task, so many at a time: a call with tools, then one with their results that asks for a report in JSON. Arguments and
   * report are parsed and checked.
   */
  readonly task: (tasks: number, atATime: number, tally: Consumption) => Promise<void>
  /** So many calls that are answered with a 422, one after another. */
  readonly reject: (calls: number, tally: Consumption) => Promise<void>
  readonly close: () => Promise<void>
}

/** Makes a contender; `url` is what comes before `/v1` or takes its place. */
export type Make = (url: string) => Contender

export const token = "flp_benchmark"
export const model = "meta-llama-3.1-8b-instruct"
export const messages = [
  { role: "system", content: "You are a helpful assistant." },
  { role: "user", content: "What does it cost to read a stream of small events? Answer in one paragraph." }
] as const

/** How clients made of promises run many calls. */
export const inTurns = async (count: number, atATime: number, once: () => Promise<void>): Promise<void> => {
  let started = 0
  const worker = async (): Promise<void> => {
    while (started < count) {
      started++
      await once()
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, atATime) }, worker))
}
