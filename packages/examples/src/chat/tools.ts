/** The tools of the assistant. One of them costs money, and runs only after the user has approved it. */
import { Tool, Toolkit } from "@effect/ai"
import { Effect, Schema } from "effect"
import { Agent } from "effect-friendli-ai"

const SearchTrains = Tool.make("search_trains", {
  description: "The trains between two cities, with departure and price in euros.",
  parameters: { from: Schema.String, to: Schema.String },
  success: Schema.Array(Schema.Struct({ train: Schema.String, departs: Schema.String, price: Schema.Number }))
})

const BookTrain = Tool.make("book_train", {
  description: "Books a seat in a train. It costs money.",
  parameters: { train: Schema.String },
  success: Schema.Struct({ seat: Schema.String })
}).annotate(Agent.NeedsApproval, true)

export const tools = Toolkit.make(SearchTrains, BookTrain)

export const Handlers = tools.toLayer({
  search_trains: () =>
    Effect.succeed([
      { train: "KTX 101", departs: "09:00", price: 59 },
      { train: "SRT 303", departs: "09:30", price: 52 }
    ]),
  book_train: () => Effect.succeed({ seat: "7A" })
})
