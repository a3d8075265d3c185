/**
 * When the events of a stream add up to a whole answer, for servers and gateways that leave `[DONE]` out.
 */
import type { Ending, JsonRecord } from "../Operation.js"

interface EventLike {
  readonly choices: ReadonlyArray<{ readonly index: number; readonly finish_reason?: string | null | undefined }>
  readonly usage?: unknown
}

const countOf = (value: unknown): number => (typeof value === "number" && value >= 1 ? value : 1)

/** Whole when every choice that was asked for has finished, or the usage that follows the last of them has come. */
const whenFinished = (expected: number): Ending<EventLike> => {
  const finished = new Set<number>()
  let usage = false
  return {
    add: (event) => {
      for (const choice of event.choices) {
        // Some servers write the JSON null as a string.
        if (choice.finish_reason != null && choice.finish_reason !== "null") finished.add(choice.index)
      }
      if (event.choices.length === 0 && event.usage != null) usage = true
    },
    isComplete: () => usage || finished.size >= expected
  }
}

export const chat = (body: JsonRecord): Ending<EventLike> => whenFinished(countOf(body["n"]))

export const completion = (body: JsonRecord): Ending<EventLike> =>
  whenFinished(countOf(body["n"]) * (Array.isArray(body["prompt"]) ? Math.max(1, body["prompt"].length) : 1))
