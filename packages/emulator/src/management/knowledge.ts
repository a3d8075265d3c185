/**
 * Retrieval of knowledge. In: a question, and the knowledge to look in. Out: the parts of its documents that are most similar to the question, by the
 * same vectors as embeddings. Knowledge comes from an option, because the API has no operation that creates it.
 */
import type { KnowledgeDocument } from "../base/types.js"
import { embed } from "../engine/embed.js"
import { answered, type CallAnswer, invalidCall, notFound } from "./call.js"

/** A part of a document: a paragraph. */
interface Chunk {
  readonly text: string
  readonly contentId: string
  readonly contentChunkId: string
  readonly vector: Float32Array
}

/** The paragraphs of documents, with their vectors. */
const chunksOf = (id: string, documents: ReadonlyArray<string | KnowledgeDocument>): ReadonlyArray<Chunk> =>
  documents.flatMap((document, index) => {
    const { id: contentId = `${id}-${index + 1}`, text } = typeof document === "string" ? { text: document } : document
    return text
      .split(/\r?\n(?:[ \t]*\r?\n)+/)
      .map((paragraph) => paragraph.trim())
      .filter((paragraph) => paragraph !== "")
      .map((paragraph, at) => ({
        text: paragraph,
        contentId,
        contentChunkId: `${contentId}-chunk-${at + 1}`,
        vector: embed(paragraph)
      }))
  })

/** The cosine of two vectors of length 1. Negative values count as 0. */
const similarity = (a: Float32Array, b: Float32Array): number => {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return Math.max(0, Number(sum.toFixed(6)))
}

/** The operation of knowledge. The vectors of a knowledge base are computed at its first use. */
export const makeKnowledge = (
  knowledge: Readonly<Record<string, ReadonlyArray<string | KnowledgeDocument>>> = {}
): Readonly<Record<"serverless.knowledge.retrieve", CallAnswer>> => {
  const chunks = new Map<string, ReadonlyArray<Chunk>>()
  const chunksIn = (id: string): ReadonlyArray<Chunk> | undefined => {
    const known = chunks.get(id)
    if (known !== undefined || !Object.hasOwn(knowledge, id)) return known
    const made = chunksOf(id, knowledge[id]!)
    chunks.set(id, made)
    return made
  }
  return {
    "serverless.knowledge.retrieve": ({ body }) => {
      const { k, knowledgeIds, query } = body as { query: string; k: number; knowledgeIds: ReadonlyArray<string> }
      if (k < 1) return invalidCall(["body", "k"], "Input should be greater than or equal to 1")
      const [id] = knowledgeIds
      if (id === undefined) return invalidCall(["body", "knowledgeIds"], "Input should have at least 1 item")
      const found = chunksIn(id)
      if (found === undefined) return notFound("knowledge")
      const asked = embed(query)
      const results = found
        .map(({ contentChunkId, contentId, text, vector }) => ({
          text,
          score: similarity(asked, vector),
          contentChunkId,
          contentId
        }))
        // Sorting keeps the order of equal scores.
        .toSorted((a, b) => b.score - a.score)
        .slice(0, k)
      return answered({ results })
    }
  }
}
