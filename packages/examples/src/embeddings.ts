/**
 * Embeddings: find the text that is closest to a question.
 *
 * Vectors are sent as base64, which is less than half the bytes of a list. `vector` reads both forms. An invalid vector is a typed
 * failure. FRIENDLI_MODEL is the endpoint's id.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Array, Config, Console, Effect, Either, Layer, Option, Order } from "effect"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Embeddings from "effect-friendli/Embeddings"
import { realpathSync } from "node:fs"

const articles = [
  "Reset a forgotten password",
  "Change the billing address",
  "Export invoices as PDF",
  "Invite people to a team"
]

/** The articles with their similarity to the question, closest first. */
export const search = (question: string) =>
  Effect.gen(function* () {
    const { data } = yield* Embeddings.create({ input: [question, ...articles], encoding_format: "base64" })
    const byInput = Array.sortWith(data, ({ index }) => index, Order.number)
    const [asked, ...vectors] = yield* Either.all(byInput.map(Embeddings.vector))
    const ranked = Array.zipWith(articles, vectors, (article, vector) => ({
      article,
      score: Option.getOrElse(Embeddings.cosineSimilarity(asked ?? [], vector), () => -1)
    }))
    return Array.sortWith(ranked, ({ score }) => score, Order.reverse(Order.number))
  })

export const program = Effect.gen(function* () {
  const ranked = yield* search("I forgot my password")
  yield* Effect.forEach(ranked, ({ article, score }) => Console.log(`${score.toFixed(2)} ${article}`))
  return ranked
})

// the only capability that the program uses, with the client of the deployment
const embeddings = Embeddings.layer.pipe(
  Layer.provide(Dedicated.layerClientConfig({ model: Config.nonEmptyString("FRIENDLI_MODEL") }))
)

export const runnable = program.pipe(Effect.provide(embeddings), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
