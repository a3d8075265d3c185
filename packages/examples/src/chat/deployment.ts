/** The source of the answers: Friendli, or the emulator in this process. */
import { Effect, Layer } from "effect"
import { Serverless } from "effect-friendli"
import { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import type { ListenOptions } from "effect-friendli-emulator/NodeServer"
import type { ScriptRule } from "effect-friendli-emulator/Scripts"

/** Friendli Serverless, with the token of `FRIENDLI_TOKEN`. */
export const Live = Serverless.layerConfig()

/** The emulator. It accepts any token. */
export const Emulated = Layer.unwrapEffect(
  Effect.map(EmulatorServer, ({ url }) => Serverless.layer({ token: "flp_emulator", baseUrl: url }))
)

/** The emulator's answers to the suggestions of the page. It answers all other questions with random words. */
const script: ReadonlyArray<ScriptRule> = [
  { when: { toolResult: "book_train", contains: "denied" }, say: "All right, I have not booked anything." },
  { when: { toolResult: "book_train" }, say: "It is booked: seat 7A in SRT 303, at 09:30. Have a good trip!" },
  {
    when: { toolResult: "search_trains" },
    reasoning: "Two trains fit. SRT 303 costs 52 euros and KTX 101 costs 59, so SRT 303 is the cheapest.",
    say: "The cheapest train is SRT 303 at 09:30, for 52 euros. I can book it for you.",
    call: { tool: "book_train", arguments: { train: "SRT 303" } }
  },
  {
    when: { contains: "train" },
    reasoning: "The user wants a train. I have to search before I can book.",
    call: { tool: "search_trains", arguments: { from: "Seoul", to: "Busan" } }
  },
  {
    when: { contains: "two days" },
    reasoning: "A short visit: the sea on one day, the old quarters on the other.",
    say: [
      "Day one belongs to the sea. Begin at Haeundae beach, walk along the coast to Dongbaek island, and take the small train above the cliffs to Songjeong.",
      "Day two is for the city. See the coloured houses of Gamcheon in the morning, eat at the Jagalchi fish market, and end at the temple of Haedong Yonggungsa, where the waves reach the stairs.",
      "Take a jacket: the wind is fresh in the evening."
    ].join("\n\n")
  }
]

/** At the speed of a fast endpoint, with one line per request, which shows that a stopped answer is cancelled. */
export const emulator: ListenOptions = {
  timeToFirstToken: 400,
  tokensPerSecond: 60,
  script,
  onRequest: ({ aborted, method, model = "", path, status, tokensGenerated }) =>
    console.log(`emulator  ${aborted ? "cancelled" : status}  ${method} ${path}  ${model}  ${tokensGenerated} tokens`)
}
