/** Turns texts into vectors. */
import * as Schema from "effect/Schema"
import { Int, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"
import { Usage } from "./Usage.js"

/**
 * A request for the vectors of texts. Wire: `DedicatedEmbeddingsBody`.
 *
 * **When to use**: with `Embeddings.create`.
 *
 * **Details**: at least one of `input` and `tokens` is needed; the server rejects a request without either.
 *
 * **Gotchas**: the API does not document which is used if both are given. Give only one.
 */
export const EmbeddingsRequest = Schema.Struct({
  /** An endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Absent or `null`: the deployment's default. */
  model: nullish(Text),
  /** A text, or several texts; each gets its own vector. */
  input: nullish(Schema.Union(Text, Schema.Array(Text))),
  /** One text as token ids of the model, in order. */
  tokens: nullish(Schema.Array(Int)),
  /**
   * The encoding of the vectors: `float` is a list of numbers; `base64` takes less than half of the bytes. Server
   * default: `float`.
   */
  encoding_format: nullish(Schema.Literal("float", "base64"))
}).annotations({ identifier: "EmbeddingsRequest" })

export interface EmbeddingsRequest extends Schema.Schema.Type<typeof EmbeddingsRequest> {
  readonly input?: string | ReadonlyArray<string> | null | undefined
}

/**
 * One vector. Wire: `EmbeddingObject`.
 *
 * **When to use**: read its numbers with `Embeddings.vector`, which accepts both encodings.
 */
export const Embedding = Schema.Struct({
  /** The index of the input, from 0. */
  index: WholeNumber,
  /** `embedding`. */
  object: nullish(openLiteral("embedding")),
  /** The numbers, or with `encoding_format: "base64"` their bytes in base64. */
  embedding: Schema.Union(Schema.Array(Schema.Number), Text)
}).annotations({ identifier: "Embedding" })

export interface Embedding extends Schema.Schema.Type<typeof Embedding> {
  readonly embedding: ReadonlyArray<number> | string
}

/**
 * The vectors of texts. Wire: `DedicatedEmbeddingsSuccess`.
 *
 * **Details**: unknown fields are kept, and enums accept unknown values. `Embeddings.create` adds a missing `index`
 * before it decodes; this schema does not.
 */
export const EmbeddingList = Schema.Struct({
  /** The id of the answer, if the server reports it. */
  id: nullish(Text),
  /** `list`. */
  object: nullish(openLiteral("list")),
  /** The endpoint id, if the server reports it. */
  model: nullish(Text),
  /** When it was created: Unix time in seconds, if the server reports it. */
  created: nullish(Schema.Number),
  /** A vector for each input. `index` is the index of the input. */
  data: Schema.Array(Embedding),
  /** Token counts, if the server reports them. `completion_tokens` is 0. */
  usage: nullish(Usage)
}).annotations({ identifier: "EmbeddingList" })

export interface EmbeddingList extends Schema.Schema.Type<typeof EmbeddingList> {
  readonly data: ReadonlyArray<Embedding>
  readonly usage?: Usage | null | undefined
}
