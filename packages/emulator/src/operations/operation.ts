/**
 * An operation: a function from a valid body to an answer. In: the body, and the context of the request. Out: JSON, events, or issues. It does not
 * depend on HTTP, faults or the journal, so each operation can be tested by itself.
 */
import type { JsonRecord } from "../base/json.js"
import type { ScriptRule } from "../base/script.js"
import type { DeploymentName, Issue, Reasoning } from "../base/types.js"
import type { HostedFile } from "./files.js"

/** One event of a stream. `final` marks the last events: those from the finish reason on, or the event that ends the stream. */
export interface StreamEvent {
  /** The event's name, in streams whose events have names. */
  readonly event?: string
  readonly data: JsonRecord
  readonly final: boolean
}

/** A stream of events. They are generated while they are read. */
export interface EventsAnswer {
  readonly kind: "events"
  readonly events: AsyncGenerator<StreamEvent, void, undefined>
  /** The end of the stream: `[DONE]` after the events (the default), or the last event, in streams with named events. */
  readonly end?: "done" | "event"
  /**
   * The event that ends the stream after a failure of the server. Default: the error event of messages, if the last event is the end of the stream.
   */
  readonly failure?: (error: { readonly code: number; readonly message: string }) => StreamEvent
}

/** The result of an operation: one JSON value, a stream of events, or the issues of the request. */
export type Answer =
  | { readonly kind: "json"; readonly value: unknown }
  | EventsAnswer
  | { readonly kind: "invalid"; readonly issues: ReadonlyArray<Issue> }

/** The context of an operation: facts and functions of its request and its emulator, in addition to the body. */
export interface OperationContext {
  readonly deployment: DeploymentName
  readonly signal: AbortSignal
  /** Called for every generated token: counts it, waits for its time, and lets other work run. */
  readonly generated: () => Promise<void>
  /** Called once with the size of the request, for usage and cost: the tokens of its prompt, or the length of its audio. */
  readonly received: (amount: { readonly tokens: number } | { readonly audioMilliseconds: number }) => void
  /** Maximum number of tokens of prompt and answer together. */
  readonly contextLength: number
  /** When the model of the request reasons. */
  readonly reasoning: Reasoning
  readonly defaultMaxTokens: number
  /** The rule that defines the answer; without a rule, the model answers. */
  readonly script?: ScriptRule | undefined
  /** The text of an uploaded file, or why it cannot be read. */
  readonly readFile: (id: string) => { readonly text: string } | { readonly problem: string }
  /** Stores a file and returns its URL. */
  readonly host: (file: HostedFile) => string
}

/** The answer to a request with one invalid field. */
export const invalid = (loc: ReadonlyArray<string | number>, msg: string): Answer => ({
  kind: "invalid",
  issues: [{ loc: ["body", ...loc], msg, type: "value_error" }]
})

/** The `model` of an answer: on dedicated, the endpoint without its route; null when the request has none. */
export const answerModel = (deployment: DeploymentName, model: unknown): string | null => {
  if (typeof model !== "string") return null
  return deployment === "dedicated" ? (model.split(":")[0] ?? model) : model
}

/** Runs a generator up to its first value, so that an error at its start is thrown before the head of the answer. */
export const startGenerator = <Y, R>(generator: Generator<Y, R, undefined>): Generator<Y, R, undefined> => {
  const first = generator.next()
  return (function* () {
    try {
      for (let next = first; ; next = generator.next()) {
        if (next.done === true) return next.value
        yield next.value
      }
      // A consumer that stops early also ends the generator, so that its own `finally` runs.
    } finally {
      generator.return(undefined as never)
    }
  })()
}

/** Runs generators side by side: takes one value of each in turn, until all have ended. */
export const interleave = function* <Y>(generators: ReadonlyArray<Generator<Y, unknown, undefined>>): Generator<Y> {
  let running = [...generators]
  try {
    while (running.length > 0) {
      // A generator that has ended is left out of the next round.
      const stillRunning: typeof running = []
      for (const generator of running) {
        const next = generator.next()
        if (next.done === true) continue
        yield next.value
        stillRunning.push(generator)
      }
      running = stillRunning
    }
  } finally {
    for (const generator of generators) generator.return(undefined)
  }
}

/** The common fields of a step in all operations: its choice, and the generated token, if any. */
interface ChoiceStep {
  readonly choice: number
  readonly token?: number | boolean
}

/**
 * The steps of all choices in turn, each in the time that its token takes, with the number of tokens so far. Ends early when the client has
 * disconnected, because nobody reads the rest.
 */
export const paced = async function* <Step extends ChoiceStep>(
  choices: ReadonlyArray<Generator<Step, void, undefined>>,
  context: OperationContext
): AsyncGenerator<{ readonly step: Step; readonly tokens: number }, void, undefined> {
  let tokens = 0
  for (const step of interleave(choices)) {
    if (step.token !== undefined && step.token !== false) {
      tokens++
      await context.generated()
      if (context.signal.aborted) return
    }
    yield { step, tokens }
  }
}
