/** The faults scene: which faults, and how often. The program is in `programs/faults.ts`. */
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Fault } from "effect-friendli-emulator/Faults"
import { ask, notRun, type Run } from "../programs/faults.js"
import type { Stage } from "../stage.js"

/** A button. */
export interface Choice {
  readonly id: string
  readonly title: string
  /** What the server does. */
  readonly what: string
  /** What to observe. */
  readonly note: string
  readonly fault: Fault
}

/** More than the number of attempts of one call. */
const always = 5

export const choices: ReadonlyArray<Choice> = [
  {
    id: "busy",
    title: "429, once",
    what: "Rejects one request and asks the client to wait one second.",
    note: "The SDK waits as long as the server asks, then it succeeds.",
    fault: { status: 429, retryAfter: 1 }
  },
  {
    id: "limited",
    title: "429, every time",
    what: "Rejects every request and asks the client to wait one second.",
    note: "After two retries the call fails with a RateLimitError.",
    fault: { status: 429, retryAfter: 1, times: always }
  },
  {
    id: "server",
    title: "500, every time",
    what: "Fails for every request.",
    note: "The delays increase. After two retries the call fails with a ServerError.",
    fault: { status: 500, times: always }
  },
  {
    id: "invalid",
    title: "422",
    what: "Says that a field is invalid.",
    note: "No retry can help. The issues of the error name the field.",
    fault: {
      status: 422,
      body: {
        detail: [
          { loc: ["body", "max_tokens"], msg: "Input should be greater than or equal to 1", type: "greater_than_equal" }
        ]
      }
    }
  },
  {
    id: "cut",
    title: "Cut stream",
    what: "Ends the connection after eight events, before the answer is complete.",
    note: "An incomplete answer never looks like a complete answer.",
    fault: { truncate: { afterEvents: 8 } }
  },
  {
    id: "frame",
    title: "Error frame",
    what: "Sends an error inside the stream.",
    note: "The stream fails with the same error as for an HTTP status.",
    fault: { errorFrame: { afterEvents: 8, shape: "error", status: 503 } }
  },
  {
    id: "stall",
    title: "Stall",
    what: "Sends eight events, then no more data, and keeps the connection open.",
    note: "The idle timeout expires after 2 seconds, and the connection is closed.",
    fault: { stall: { afterEvents: 8 } }
  },
  {
    id: "slow",
    title: "Slow start",
    what: "Makes the client wait 5 seconds before the answer begins.",
    note: "The headers timeout expires after 2 seconds. The answer may be billed, so the SDK does not retry.",
    fault: { delayHeaders: 5000 }
  },
  {
    id: "json",
    title: "Invalid JSON",
    what: "Sends an event that is not JSON.",
    note: "A typed error with the start of the event, not the exception of a parser.",
    fault: { malformed: { afterEvents: 8 } }
  },
  {
    id: "reset",
    title: "Reset",
    what: "Resets the connection after eight events.",
    note: "The phase of the error says that the answer had begun.",
    fault: { reset: { afterEvents: 8 } }
  }
]

export interface FaultScene {
  readonly run: SubscriptionRef.SubscriptionRef<Run>
  readonly ask: (choice: Choice, model: string | undefined) => void
}

export const makeFaultScene = (stage: Stage): FaultScene => {
  const run = Effect.runSync(SubscriptionRef.make(notRun))
  return {
    run,
    ask: ({ fault }, model) =>
      stage.start(
        Effect.gen(function* () {
          yield* SubscriptionRef.set(run, notRun)
          yield* stage.recorder.clear
          yield* stage.emulator.change((scope) => {
            scope.reset()
            scope.faults.enqueue(fault)
          })
          yield* ask(run, model)
        })
      )
  }
}
