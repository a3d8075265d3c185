/**
 * Classification: what is sent and read, against the contract's vectors, the emulator and a scripted client.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Classification from "effect-friendli/Classification"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as Deployment from "effect-friendli/Deployment"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertRejected, assertSentAs } from "./sent.js"

const deployments = { dedicated: Dedicated.layerClient, container: Container.layerClient } as const
type Name = keyof typeof deployments
const names: ReadonlyArray<Name> = ["dedicated", "container"]

const read = (deployment: Name, name: string): unknown =>
  Vectors.json(`${deployment}.classification.classify.${name}.json`)

const over = (deployment: Name, script: MockHttpClient.Script, settings: Partial<Deployment.Settings> = {}) =>
  Classification.layer.pipe(
    Layer.provide(deployments[deployment]({ token: "test-token", ...settings })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const once = { retry: Retry.never } as const

describe.each(names)("%s", (deployment) => {
  const http = Vectors.requests(`${deployment}.classification.classify`)
  const cases = [
    { kind: "minimal", wire: http.minimal, request: "request" },
    { kind: "full", wire: http.full, request: "request.full" }
  ]
  it.effect.each(cases)("$kind: the vector is sent as it is, and the answer is read without loss", (vector) =>
    Effect.gen(function* () {
      const request = read(deployment, vector.request) as Classification.ClassificationRequest
      const answer = read(deployment, "response")
      const team = vector.wire.headers["x-friendli-team"]
      yield* Effect.gen(function* () {
        const { response, value } = yield* Classification.classifyWithResponse(
          request,
          team === undefined ? {} : { team }
        )
        assert.deepStrictEqual<unknown>(value, answer)
        assert.strictEqual(response.status, 200)
        assert.strictEqual(response.requestId, "req-1")
        yield* assertSentAs(vector.wire, request)
      }).pipe(Effect.provide(over(deployment, [Reply.json(answer, { headers: { "x-request-id": "req-1" } })])))
    })
  )

  it.effect("an invalid request is rejected before anything is sent, and the error names the field", () =>
    assertRejected(Classification.classify, "Classification.classify", deployment, [
      ["input.1", { input: ["x", null] }],
      ["tokens.0", { tokens: [1.5] }],
      ["model", { model: 5, input: "x" }],
      ["text", { text: "x" }]
    ]).pipe(Effect.provide(over(deployment, [], { model: "endpoint" })))
  )

  it.effect("a request that fails fails typed", () => {
    const replies = [
      [Reply.status(404), "NotFoundError"],
      [Reply.status(429), "RateLimitError"],
      [Reply.status(500), "ServerError"],
      [Reply.json({ data: [{ index: 0, label: "x", num_classes: 1, probs: ["1"] }] }), "ResponseDecodeError"],
      [Reply.text("<html>"), "ResponseDecodeError"],
      [Reply.refused(), "ConnectionError"]
    ] as const
    return Effect.forEach(replies, ([reply, tag]) =>
      Classification.classify({ model: "endpoint", input: "x" }, once).pipe(
        Effect.provide(over(deployment, [reply])),
        Effect.flip,
        Effect.map((error) => assert.strictEqual(error._tag, tag))
      )
    )
  })
})

it.effect("a container needs no model, a dedicated endpoint does", () =>
  Effect.gen(function* () {
    yield* Classification.classify({ input: "x" })
    assert.deepStrictEqual((yield* MockHttpClient.requests)[0]?.json, { input: "x" })
    const error = yield* Classification.classify({ input: "x" }).pipe(
      Effect.provide(over("dedicated", [])),
      Effect.flip
    )
    assert(error._tag === "InvalidRequestError")
    assert.deepStrictEqual(error.issues[0]?.path, ["model"])
  }).pipe(Effect.provide(over("container", [Reply.json(read("container", "response"))])))
)

it("an answer of a newer server passes unchanged", () => {
  const newer = { ...(read("container", "response") as object), object: "page", region: { name: "kr" } }
  assert.deepStrictEqual<unknown>(
    Schema.decodeUnknownSync(Classification.ClassificationList, { onExcessProperty: "preserve" })(newer),
    newer
  )
})

it("a span learns the tokens of the answer", () => {
  const observer = Classification.classifyOperation.observer()
  observer.observe(Schema.decodeUnknownSync(Classification.ClassificationList)(read("container", "response")))
  assert.strictEqual(observer.facts().usage?.inputTokens, 6)
  assert.strictEqual(Classification.classifyOperation.genAi, "classify")
})
