/** A text as tokens, and back. */
import { Array, Effect } from "effect"
import { Inference } from "effect-friendli"
import { clean, indented, table } from "../layout.js"
import { Screen } from "../screen.js"
import { note, paragraph } from "./say.js"

export const tokens = Effect.gen(function* () {
  const screen = yield* Screen
  const prompt = "What is generative AI?"
  yield* note(`Inference.tokenization: "${prompt}"`)
  const { tokens: ids } = yield* Inference.tokenization({ prompt })
  const pieces = yield* Effect.forEach(ids, (id) => Inference.detokenization({ tokens: [id] }), { concurrency: 4 })
  const rows = Array.zipWith(ids, pieces, (id, { text }) => [
    String(id),
    text === "" ? "no text: a special token" : JSON.stringify(clean(text))
  ])
  yield* screen.line(indented(table(["id", "piece"], rows, ["right", "left"])))
  yield* note(`ids: ${ids.join(", ")}`)
  yield* note("Inference.detokenization of all ids:")
  const { text } = yield* Inference.detokenization({ tokens: ids })
  yield* paragraph(`"${text}" · ${text === prompt ? "the same text" : "another text"}`)
})
