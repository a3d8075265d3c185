/** Turns texts into vectors. */
import * as Schema from "effect/Schema"
import { Int, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { Usage } from "./Usage.js"

/**
 * Asks for the vectors of texts. Wire: `DedicatedEmbeddingsBody`.
 *
 * **When to use**: with `Embeddings.create`.
 *
 * **Details**: at least one of `input` and `tokens` is needed; the server refuses a request without either.
 *
 * **Gotchas**: the API does not say which counts where both are given. Give one.
 * @category schemas
 */
export const EmbeddingsRequest = Schema.Struct({
  /** An endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Absent or `null` takes the deployment's default. */
  model: nullish(Text),
  /** A text, or several: each has a vector of its own. */
  input: nullish(Schema.Union(Text, Schema.Array(Text))),
  /** One text as token ids of the model, in order. */
  tokens: nullish(Schema.Array(Int)),
  /** How vectors are sent: `float`, a list of numbers, or `base64`, less than half of the bytes. Server default: `float`. */
  encoding_format: nullish(Schema.Literal("float", "base64"))
}).annotations({ identifier: "EmbeddingsRequest" })

/** @category models */
export interface EmbeddingsRequest extends Schema.Schema.Type<typeof EmbeddingsRequest> {
  readonly input?: string | ReadonlyArray<string> | null | undefined
}

/**
 * One vector. Wire: `EmbeddingObject`.
 *
 * **When to use**: `Embeddings.vector` reads its numbers, whichever form they came in.
 * @category schemas
 */
export const Embedding = Schema.Struct({
  /** Which of the inputs it belongs to, counted from 0. */
  index: WholeNumber,
  /** `embedding`. */
  object: nullish(openLiteral("embedding")),
  /** The numbers; with `encoding_format: "base64"` their bytes as base64. */
  embedding: Schema.Union(Schema.Array(Schema.Number), Text)
}).annotations({ identifier: "Embedding" })

/** @category models */
export interface Embedding extends Schema.Schema.Type<typeof Embedding> {
  readonly embedding: ReadonlyArray<number> | string
}

/**
 * The vectors of texts. Wire: `DedicatedEmbeddingsSuccess`.
 *
 * **Details**: fields that this version does not know are kept; enums are open. `Embeddings.create` fills a missing `index` before it
 * decodes; this schema does not.
 * @category schemas
 */
export const EmbeddingList = Schema.Struct({
  /** Names this answer, where the server tells. */
  id: nullish(Text),
  /** `list`. */
  object: nullish(openLiteral("list")),
  /** Which endpoint answered, where the server tells. */
  model: nullish(Text),
  /** When it was made: Unix time in seconds, where the server tells. */
  created: nullish(Schema.Number),
  /** A vector for each input. `index` says which it belongs to. */
  data: Schema.Array(Embedding),
  /** Token counts, where the server tells; nothing is generated, so `completion_tokens` is 0. */
  usage: nullish(Usage)
}).annotations({ identifier: "EmbeddingList" })

/** @category models */
export interface EmbeddingList extends Schema.Schema.Type<typeof EmbeddingList> {
  readonly data: ReadonlyArray<Embedding>
  readonly usage?: Usage | null | undefined
}
