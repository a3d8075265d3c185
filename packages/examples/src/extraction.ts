/**
 * Extraction: values of a schema from a document. The model is asked again until they fit.
 *
 * The schema defines an invoice for the model and for the program. Rules that JSON Schema cannot express (positive quantities, a correct sum) are
 * checked when the answer is decoded, and the model is told what is wrong with its answer.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { ChatObject, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

export class Item extends Schema.Class<Item>("Item")({
  name: Schema.NonEmptyString,
  quantity: Schema.Int.pipe(Schema.positive()),
  unitPrice: Schema.Number.pipe(Schema.nonNegative())
}) {}

export const Invoice = Schema.Struct({
  number: Schema.String,
  issued: Schema.Date,
  currency: Schema.Literal("EUR", "USD", "KRW"),
  items: Schema.NonEmptyArray(Item)
})

export const extract = (document: string) =>
  ChatObject.complete(
    Invoice,
    {
      model: "meta-llama-3.1-8b-instruct",
      messages: [{ role: "user", content: `Extract the invoice from this text, as JSON:\n${document}` }],
      temperature: 0,
      max_tokens: 500
    },
    { outputRetries: { times: 2, length: true } }
  )

export const document = "Invoice AB-1234 of 3 March 2025: 2 x paper boats at 3.50 EUR, 1 x lake at 99 EUR."

export const program = extract(document).pipe(
  Effect.tap(({ attempts, usage, value }) =>
    Console.log(
      `${value.number}, ${value.items.length} items in ${value.currency}: ${attempts.length} attempts, ${usage.total_tokens} tokens`
    )
  ),
  Effect.map(({ value }) => value),
  Effect.tapErrorTag("OutputRejectedError", ({ attempts, message }) =>
    Console.error(message, attempts.flatMap(({ issues }) => issues).length, "issues in all")
  )
)

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
