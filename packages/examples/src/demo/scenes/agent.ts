/** An agent with two tools. A person has to approve one of them. */
import { Tool, Toolkit } from "@effect/ai"
import { Effect, Option, Schema, Stream } from "effect"
import { Agent, FriendliLanguageModel } from "effect-friendli-ai"
import { clean, displayWidth, makeWrapper, wrap } from "../layout.js"
import { Screen } from "../screen.js"
import { INDENT, note, SceneError } from "./say.js"
import { scripted } from "./script.js"

const Search = Tool.make("search_trains", {
  description: "The trains between two cities.",
  parameters: { from: Schema.String, to: Schema.String },
  success: Schema.Array(Schema.Struct({ train: Schema.String, departs: Schema.String, price: Schema.Number }))
})

const Book = Tool.make("book_train", {
  description: "Books a seat. It costs money.",
  parameters: { train: Schema.String },
  success: Schema.Struct({ seat: Schema.String })
})

const tools = Toolkit.make(Search, Book)

const handlers = tools.toLayer({
  search_trains: () =>
    Effect.succeed([
      { train: "KTX 101", departs: "09:00", price: 59 },
      { train: "SRT 303", departs: "09:30", price: 52 }
    ]),
  book_train: () => Effect.succeed({ seat: "7A" })
})

const options = {
  toolkit: tools,
  approval: { book_train: true },
  budget: { steps: 6, toolCalls: 4, time: "30 seconds" }
} as const

type Event = Agent.Event<Toolkit.Tools<typeof tools>, string>

/** Shows the events of a run as they happen, and returns its result. */
const shown = <E, R>(events: Stream.Stream<Event, E, R>) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const answer = makeWrapper(screen.width, INDENT)
    // each item of a list is on its own line, below the first line
    const call = (arrow: string, name: string, value: unknown) => {
      const begin = `${arrow} ${name} `
      const [first, ...more] = (Array.isArray(value) ? value : [value]).map((item) => clean(JSON.stringify(item)))
      const below = INDENT + " ".repeat(displayWidth(begin))
      const lines = more.map((text) => wrap(text, screen.width, below))
      return screen.line([wrap(`${begin}${first ?? "[]"}`, screen.width, INDENT), ...lines].join("\n"))
    }
    const show = (event: Event) => {
      switch (event._tag) {
        case "Text":
          return screen.write(answer.push(event.delta))
        case "ToolStarted":
          return call("→", event.name, event.params)
        case "ToolFinished":
          return call("←", event.outcome.name, "result" in event.outcome ? event.outcome.result : event.outcome.message)
        default:
          return Effect.void
      }
    }
    const result = yield* events.pipe(
      Stream.tap(show),
      Stream.filterMap((event) => (event._tag === "Done" ? Option.some(event.result) : Option.none())),
      Stream.runHead
    )
    if (Option.isNone(result)) return yield* new SceneError({ message: "a run ended without its result" })
    if (result.value._tag !== "Pending") yield* screen.line(answer.end())
    return result.value
  })

const run = Effect.gen(function* () {
  const prompt = "Book me the cheapest train from Seoul to Busan."
  yield* note(`Agent.stream with the tools search_trains and book_train: "${prompt}"`)
  let result = yield* shown(Agent.stream({ ...options, prompt }))
  while (result._tag === "Pending") {
    yield* note(
      `${result.pending.map(({ name }) => name).join(", ")} needs approval: the run has ended, and its transcript can be stored. Here the answer is yes, and Agent.resumeStream continues the run.`
    )
    const decisions = Object.fromEntries(result.pending.map(({ id }) => [id, Agent.approve]))
    result = yield* shown(Agent.resumeStream(result.transcript, decisions, options))
  }
  const { steps, toolCalls, usage } = result.totals
  yield* note(
    `${result._tag === "Completed" ? "completed" : `stopped by ${result.stoppedBy._tag}`}: ${steps} requests, ${toolCalls} tool calls, ${usage.totalTokens} tokens`
  )
})

export const agent = (model: string) =>
  run.pipe(
    Effect.provide([FriendliLanguageModel.layer({ model }), handlers]),
    scripted([
      { when: { toolResult: "book_train" }, say: "You have seat 7A in SRT 303, at 9:30, for 52 euros." },
      { when: { toolResult: "search_trains" }, call: { tool: "book_train", arguments: { train: "SRT 303" } } },
      { when: { contains: "Book me" }, call: { tool: "search_trains", arguments: { from: "Seoul", to: "Busan" } } }
    ])
  )
