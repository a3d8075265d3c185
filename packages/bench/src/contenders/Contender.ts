import type { Consumption } from "../Consumption.js"

/** A client, used as its own users would use it. It reports everything that it reads to the tally. */
export interface Contender {
  /** Requests `calls` whole answers, `atATime` of them at the same time. */
  readonly complete: (calls: number, atATime: number, tally: Consumption) => Promise<void>
  /** Reads `streams` streams to their ends, `atATime` of them at the same time. */
  readonly stream: (streams: number, atATime: number, tally: Consumption) => Promise<void>
  /**
   * Does the task `tasks` times, `atATime` of them at the same time: a call with tools, then a call with their results that requests a report in
   * JSON. Arguments and report are parsed and checked.
   */
  readonly task: (tasks: number, atATime: number, tally: Consumption) => Promise<void>
  /** Makes `calls` calls that are answered with a 422, one after another. */
  readonly reject: (calls: number, tally: Consumption) => Promise<void>
  readonly close: () => Promise<void>
}

/** Makes a contender. `url` is the base URL before `/v1`, or replaces it. */
export type Make = (url: string) => Contender

export const token = "flp_benchmark"
export const model = "meta-llama-3.1-8b-instruct"
export const messages = [
  { role: "system", content: "You are a helpful assistant." },
  { role: "user", content: "What does it cost to read a stream of small events? Answer in one paragraph." }
] as const

/** How clients with promises run many calls. */
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
