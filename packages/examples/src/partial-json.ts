/**
 * A form that fills while the model writes the answer: partial JSON, decoded with a schema as it arrives.
 *
 * Values are never guessed: text appears as it arrives, numbers and literals when they are complete. An answer that the schema rejects is `Invalid` as
 * soon as this is certain. The rest of such an answer costs nothing, because stopping the stream closes the connection.
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Schema, Stream } from "effect"
import { ChatStream, Inference, PartialJson, ResponseFormat, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"

export const Recipe = Schema.Struct({
  title: Schema.String,
  minutes: Schema.Int.pipe(Schema.between(5, 120)),
  steps: Schema.Array(Schema.String).pipe(Schema.minItems(1))
})

type Recipe = typeof Recipe.Type

/** A single line, so that a terminal can replace it with the next line. */
export const show = ({ minutes, steps, title }: PartialJson.DeepPartial<Recipe>): string =>
  `${title ?? "…"} · ${minutes === undefined ? "…" : `${minutes} min`} · ${steps?.length ?? 0} steps`

export const recipe = ChatStream.text(
  Inference.chatCompletionStream({
    model: "meta-llama-3.1-8b-instruct",
    messages: [{ role: "user", content: "How do I make kimchi? Answer in JSON." }],
    response_format: ResponseFormat.json(Recipe),
    max_tokens: 400
  })
).pipe(
  PartialJson.decode(Recipe),
  Stream.takeUntil((reading) => reading._tag === "Invalid")
)

export const program = recipe.pipe(
  Stream.tap((reading) =>
    reading._tag === "Invalid"
      ? Console.log("no recipe:", reading.issues.map(({ message, path }) => `${path.join(".")}: ${message}`).join("; "))
      : Console.log(reading._tag === "Growing" ? show(reading.value) : reading.value.steps.join("\n"))
  ),
  Stream.runLast
)

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchHttpClient.layer))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
