/** Retrieval: what is sent and read, against the contract's vectors and a scripted client. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Knowledge from "effect-friendli/Knowledge"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertRejected, assertSentAs } from "./sent.js"

const operation = "serverless.knowledge.retrieve"

/** A default model must not get into a request that has none. */
const over = (script: MockHttpClient.Script) =>
  Knowledge.layer.pipe(
    Layer.provide(Serverless.layerClient({ token: "test-token", model: "default-model" })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const once = { retry: Retry.never } as const

const request = Vectors.json<Knowledge.KnowledgeRequest>(`${operation}.request.json`)

it.effect.each(["minimal", "full"] as const)(
  "%s: the vector is sent as it is, and the answer is read without loss",
  (kind) =>
    Effect.gen(function* () {
      const wire = Vectors.requests(operation)[kind]
      const team = wire.headers["x-friendli-team"]
      const { response, value } = yield* Knowledge.retrieveWithResponse(
        Vectors.json(wire.body.file),
        team === undefined ? {} : { team }
      )
      assert.deepStrictEqual<unknown>(value, Vectors.json(`${operation}.response.json`))
      assert.strictEqual(response.requestId, "req-1")
      yield* assertSentAs(wire, Vectors.json(wire.body.file))
    }).pipe(
      Effect.provide(
        over([Reply.json(Vectors.json(`${operation}.response.json`), { headers: { "x-request-id": "req-1" } })])
      )
    )
)

it.effect("an invalid request is rejected before anything is sent, and the error names the field", () =>
  assertRejected(Knowledge.retrieve, "Knowledge.retrieve", "serverless", [
    ["query", { k: 1, knowledgeIds: ["kb-1"] }],
    ["k", { ...request, k: 1.5 }],
    ["knowledgeIds", { query: "soup", k: 1 }],
    ["knowledgeIds.0", { ...request, knowledgeIds: [1] }],
    ["knowledge_ids", { ...request, knowledge_ids: ["kb-1"] }]
  ]).pipe(Effect.provide(over([])))
)

it.effect("a part with a text alone is one, fields of a newer server are kept, and one without a text is none", () => {
  const newer = { results: [{ text: "Add salt." }, { text: "Stir.", score: null, page: 3 }] }
  return Effect.gen(function* () {
    assert.deepStrictEqual<unknown>(yield* Knowledge.retrieve(request, once), newer)
    const error = yield* Effect.flip(Knowledge.retrieve(request, once))
    assert(error._tag === "ResponseDecodeError")
    assert.deepStrictEqual(error.issues[0]?.path, ["results", 0, "text"])
  }).pipe(Effect.provide(over([Reply.json(newer), Reply.json({ results: [{ score: 1 }] })])))
})

it.effect("a failure is typed", () =>
  Effect.forEach(
    [
      [Reply.status(404), "NotFoundError"],
      [Reply.status(422), "InvalidRequestError"],
      [Reply.status(500), "ServerError"],
      [Reply.refused(), "ConnectionError"]
    ] as const,
    ([reply, tag]) =>
      Knowledge.retrieve(request, once).pipe(
        Effect.provide(over([reply])),
        Effect.flip,
        Effect.map((error) => assert.strictEqual(error._tag, tag))
      )
  )
)

it.effect("the builder of the test kit makes what is decoded", () =>
  Effect.gen(function* () {
    const { results } = yield* Knowledge.retrieve(request)
    assert.deepStrictEqual(
      results.map(({ score, text }) => [text, score]),
      [
        ["Simmer.", 1],
        ["Add salt.", 0.5]
      ]
    )
  }).pipe(Effect.provide(over([Reply.json(Wire.knowledge("Simmer.", "Add salt."))])))
)
