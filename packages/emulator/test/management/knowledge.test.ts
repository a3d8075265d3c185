import { json, type Json } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { start, vectorRequests } from "./client.js"

interface Found {
  readonly results: ReadonlyArray<{ text: string; score: number; contentId: string; contentChunkId: string }>
}

const knowledge = {
  "kb-1": [
    "Chicken soup: simmer the chicken for an hour.\n\nAdd salt to the soup.",
    { id: "bikes", text: "A bicycle has two wheels." }
  ]
}

describe("retrieval", () => {
  it("finds the paragraphs that are nearest to the question", async () => {
    const { call } = start({ knowledge })
    const { results } = await call<Found>("serverless.knowledge.retrieve", {
      body: { query: "How long does chicken soup simmer?", k: 2, knowledgeIds: ["kb-1"] }
    })
    expect(results.map(({ text }) => text)).toEqual([
      "Chicken soup: simmer the chicken for an hour.",
      "Add salt to the soup."
    ])
    expect(results[0]).toMatchObject({ contentId: "kb-1-1", contentChunkId: "kb-1-1-chunk-1" })
    expect(results[0]!.score).toBeGreaterThan(results[1]!.score)
    const wheels = await call<Found>("serverless.knowledge.retrieve", {
      body: { query: "wheels of a bicycle", k: 10, knowledgeIds: ["kb-1"] }
    })
    expect(wheels.results[0]).toMatchObject({ contentId: "bikes" })
    expect(wheels.results).toHaveLength(3)
    for (const { score } of wheels.results) expect(score).toBeGreaterThanOrEqual(0)
  })

  it("accepts the requests of the vectors, and rejects others", async () => {
    const { failure, fetch } = start({ knowledge })
    for (const { init, url } of vectorRequests("serverless.knowledge.retrieve")) {
      expect((await fetch(url, init)).status).toBe(200)
    }
    const body = json<Json>("serverless.knowledge.retrieve.request.json")
    const wrong = (fields: Json) => failure("serverless.knowledge.retrieve", { body: { ...body, ...fields } })
    expect(await wrong({ knowledgeIds: ["a", "b"] })).toEqual([422, "body.knowledgeIds"])
    expect(await wrong({ knowledgeIds: [] })).toEqual([422, "body.knowledgeIds"])
    expect(await wrong({ k: 0 })).toEqual([422, "body.k"])
    expect(await wrong({ knowledgeIds: ["constructor"] })).toEqual([404, "not_found_error"])
  })
})
