import type { JsonRecord } from "../base/json.js"
import type { DeploymentName, Issue } from "../base/types.js"
import type { HostedFile } from "./files.js"

/** One event of a stream. `final` marks what tells the end: the finish reason and what follows it, or the event that stands for the end. */
export interface StreamEvent {
  /** The name, in streams whose events have names. */
  readonly event?: string
  readonly data: JsonRecord
  readonly final: boolean
}

export interface EventsAnswer {
  readonly kind: "events"
  readonly events: AsyncGenerator<StreamEvent, void, undefined>
  /** What ends the stream: `[DONE]` after the events (the default), or their last one, as in streams whose events have names. */
  readonly end?: "done" | "event"
}

export type Answer =
  | { readonly kind: "json"; readonly value: JsonRecord }
  | EventsAnswer
  | { readonly kind: "invalid"; readonly issues: ReadonlyArray<Issue> }

export interface OperationContext {
  readonly deployment: DeploymentName
  readonly signal: AbortSignal
  /** Called for every generated token: counts it, keeps the pace, and lets other work run. */
  readonly generated: () => Promise<void>
  readonly contextLength: number
  readonly defaultMaxTokens: number
  /** Keeps a file and gives the URL that serves it. */
  readonly host: (file: HostedFile) => string
}

export const invalid = (loc: ReadonlyArray<string | number>, msg: string): Answer => ({
  kind: "invalid",
  issues: [{ loc: ["body", ...loc], msg, type: "value_error" }]
})

/** The `model` of an answer: the endpoint alone on dedicated, the route or null on a container. */
export const answerModel = (deployment: DeploymentName, model: unknown): string | null => {
  if (typeof model !== "string") return null
  return deployment === "dedicated" ? (model.split(":")[0] ?? model) : model
}

/** Runs a generator up to its first value, so that what it refuses is known before the head of the answer. */
export const primed = <Y, R>(generator: Generator<Y, R, undefined>): Generator<Y, R, undefined> => {
  const first = generator.next()
  return (function* () {
    try {
      for (let next = first; ; next = generator.next()) {
        if (next.done === true) return next.value
        yield next.value
      }
    } finally {
      generator.return(undefined as never)
    }
  })()
}

/** Takes a step of each generator in turn until all have ended. */
export const interleave = function* <Y>(generators: ReadonlyArray<Generator<Y, unknown, undefined>>): Generator<Y> {
  let running = [...generators]
  try {
    while (running.length > 0) {
      const still: typeof running = []
      for (const generator of running) {
        const next = generator.next()
        if (next.done === true) continue
        yield next.value
        still.push(generator)
      }
      running = still
    }
  } finally {
    for (const generator of generators) generator.return(undefined)
  }
}
