/** Retrieval from knowledge bases that were uploaded to Friendli. */
import * as Schema from "effect/Schema"
import { Int, nullish, Text } from "./primitives.js"

/** A request for the parts of documents that fit a question. Wire: `ServerlessKnowledgeRetrievalBody`, whose names are camelCase. */
export const KnowledgeRequest = Schema.Struct({
  /** The question, or the words to search for. */
  query: Text,
  /** The maximum number of parts in the answer. */
  k: Int,
  /** The ids of the knowledge bases to search. At present the server takes exactly one. */
  knowledgeIds: Schema.Array(Text)
}).annotations({ identifier: "KnowledgeRequest" })

export interface KnowledgeRequest extends Schema.Schema.Type<typeof KnowledgeRequest> {
  readonly knowledgeIds: ReadonlyArray<string>
}

/** A part of a document. Wire: `KnowledgeRetrievedChunk`. */
export const KnowledgePart = Schema.Struct({
  /** Its text. */
  text: Text,
  /** How well it fits; the higher the better. The API does not document the range. */
  score: nullish(Schema.Number),
  /** The id of the part. */
  contentChunkId: nullish(Text),
  /** The id of its document. */
  contentId: nullish(Text)
}).annotations({ identifier: "KnowledgePart" })

export interface KnowledgePart extends Schema.Schema.Type<typeof KnowledgePart> {
  readonly text: string
}

/** The parts of documents that fit a question. Wire: `ServerlessKnowledgeRetrievalSuccess`. */
export const KnowledgeParts = Schema.Struct({
  /** The parts, the best ones first. */
  results: Schema.Array(KnowledgePart)
}).annotations({ identifier: "KnowledgeParts" })

export interface KnowledgeParts extends Schema.Schema.Type<typeof KnowledgeParts> {
  readonly results: ReadonlyArray<KnowledgePart>
}
