/**
 * An agent in the terminal: two tools (one needs approval) and a budget.
 *
 * Events are printed as they happen. When a call waits for approval, the program asks the user, and the run continues with the transcript. Ctrl-C
 * cancels the running tool, the request to the model, or the question.
 */
import { Tool, Toolkit } from "@effect/ai"
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Duration, Effect, Layer, Option, Schema, Stream } from "effect"
import { Serverless } from "effect-friendli"
import { Agent, FriendliLanguageModel } from "effect-friendli-ai"
import { realpathSync } from "node:fs"
import { createInterface } from "node:readline"

const Search = Tool.make("search_trains", {
  description: "The trains between two cities on a day.",
  parameters: { from: Schema.String, to: Schema.String },
  success: Schema.Array(Schema.Struct({ train: Schema.String, departs: Schema.String, price: Schema.Number }))
})

const Book = Tool.make("book_train", {
  description: "Books a seat. It costs money.",
  parameters: { train: Schema.String },
  success: Schema.Struct({ seat: Schema.String })
})

const tools = Toolkit.make(Search, Book)

export const Handlers = tools.toLayer({
  search_trains: () =>
    Effect.succeed([
      { train: "KTX 101", departs: "09:00", price: 59 },
      { train: "SRT 303", departs: "09:30", price: 52 }
    ]),
  book_train: ({ train }) =>
    Effect.gen(function* () {
      yield* Agent.progress(`asking for a seat in ${train}`)
      // the railway is slow
      yield* Effect.sleep(yield* Effect.orDie(Config.withDefault(Config.duration("BOOKING_TIME"), Duration.seconds(1))))
      return { seat: "7A" }
    }).pipe(Effect.onInterrupt(() => Console.log("  the booking is cancelled")))
})

const options = {
  name: "travel",
  toolkit: tools,
  approval: { book_train: true },
  concurrency: 4,
  budget: { steps: 8, toolCalls: 6, time: "2 minutes" }
} as const

const show = (event: Agent.Event<Toolkit.Tools<typeof tools>, string>) => {
  switch (event._tag) {
    case "Text":
      return Effect.sync(() => void process.stdout.write(event.delta))
    case "ToolStarted":
      return Console.log(`> ${event.name}(${JSON.stringify(event.params)})`)
    case "ToolProgress":
      return Console.log(`  ${String(event.value)}`)
    case "ToolFinished":
      return Console.log(`< ${event.outcome.name}: ${event.outcome._tag}`)
    default:
      return Effect.void
  }
}

/** Prints the events of a run, and returns its result. */
const shown = <E, R>(events: Stream.Stream<Agent.Event<Toolkit.Tools<typeof tools>, string>, E, R>) =>
  events.pipe(
    Stream.tap(show),
    Stream.filterMap((event) => (event._tag === "Done" ? Option.some(event.result) : Option.none())),
    Stream.runHead,
    Effect.flatMap(
      Option.match({ onNone: () => Effect.dieMessage("a run ends with its result"), onSome: Effect.succeed })
    )
  )

/** Gets a decision for each waiting call. */
export type Ask = (call: Agent.PendingCall) => Effect.Effect<boolean>

export const program = (ask: Ask) =>
  Effect.gen(function* () {
    let result = yield* shown(Agent.stream({ ...options, prompt: "Book me a train from Seoul to Busan." }))
    while (result._tag === "Pending") {
      const { pending, transcript } = result
      const decisions = yield* Effect.forEach(pending, (call) =>
        Effect.map(ask(call), (isApproved) => [call.id, isApproved ? Agent.approve : Agent.deny("not now")] as const)
      )
      result = yield* shown(Agent.resumeStream(transcript, Object.fromEntries(decisions), options))
    }
    const { steps, toolCalls, usage } = result.totals
    const end = result._tag === "Stopped" ? `stopped by ${result.stoppedBy._tag}` : "done"
    yield* Console.log(`\n${end}: ${steps} steps, ${toolCalls} tool calls, ${usage.totalTokens} tokens`)
    return result
  })

/** Asks the user at the terminal. */
const atTheTerminal: Ask = ({ name, params }) =>
  Effect.async((resume) => {
    const terminal = createInterface({ input: process.stdin, output: process.stdout })
    terminal.question(`${name}(${JSON.stringify(params)})? y/n `, (answer) => {
      terminal.close()
      resume(Effect.succeed(answer.trim().toLowerCase().startsWith("y")))
    })
    // during the question, the terminal sends Ctrl-C to the question and not to the process
    terminal.on("SIGINT", () => resume(Effect.interrupt))
    return Effect.sync(() => terminal.close())
  })

export const Friendli = FriendliLanguageModel.layer({ model: "meta-llama-3.1-8b-instruct" }).pipe(
  Layer.provide(Serverless.layerConfig()),
  Layer.provide(FetchHttpClient.layer)
)

export const runnable = (ask: Ask) =>
  program(ask).pipe(
    Effect.onInterrupt(() => Console.log("\ncancelled")),
    Effect.provide([Friendli, Handlers])
  )

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable(atTheTerminal))
