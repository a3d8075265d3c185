/**
 * Embeddings: what is sent and read, against the contract's vectors, the emulator and a scripted client; the numbers of a vector.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as fc from "fast-check"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertRejected, assertSentAs } from "./sent.js"

const read = (kind: string): unknown => Vectors.json(`dedicated.embeddings.embeddings.${kind}.json`)

const over = (script: MockHttpClient.Script, settings: { readonly model?: string } = {}) =>
  Embeddings.layer.pipe(
    Layer.provide(Dedicated.layerClient({ token: "test-token", ...settings })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const once = { retry: Retry.never } as const

const http = Vectors.requests("dedicated.embeddings.embeddings")

const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 30 })

const base64Of = (numbers: ReadonlyArray<number>): string => {
  const bytes = Buffer.alloc(numbers.length * 4)
  numbers.forEach((x, at) => bytes.writeFloatLE(x, at * 4))
  return bytes.toString("base64")
}

const reasonOf = (embedding: string | ReadonlyArray<number>): string => {
  const result = Embeddings.vector({ index: 7, embedding })
  assert(Either.isLeft(result))
  assert.strictEqual(result.left._tag, "MalformedEmbeddingError")
  assert.strictEqual(result.left.index, 7)
  return result.left.message
}

describe("the contract's vectors", () => {
  const cases = [
    { kind: "minimal", wire: http.minimal, request: "request", response: "response" },
    { kind: "full", wire: http.full, request: "request.full", response: "response.base64" }
  ]
  it.effect.each(cases)("$kind: is sent as it is, and the answer is read without loss", (vector) =>
    Effect.gen(function* () {
      const request = read(vector.request) as Embeddings.EmbeddingsRequest
      const answer = read(vector.response)
      const team = vector.wire.headers["x-friendli-team"]
      yield* Effect.gen(function* () {
        const { response, value } = yield* Embeddings.createWithResponse(request, team === undefined ? {} : { team })
        assert.deepStrictEqual<unknown>(value, answer)
        assert.strictEqual(response.status, 200)
        assert.strictEqual(response.requestId, "req-1")
        yield* assertSentAs(vector.wire, request)
      }).pipe(Effect.provide(over([Reply.json(answer, { headers: { "x-request-id": "req-1" } })])))
    })
  )

  it("an answer of a newer server passes unchanged", () => {
    const newer = { ...(read("response") as object), object: "page", region: { name: "kr" } }
    assert.deepStrictEqual<unknown>(
      Schema.decodeUnknownSync(Embeddings.EmbeddingList, { onExcessProperty: "preserve" })(newer),
      newer
    )
  })
})

describe("a request", () => {
  it.effect("that is invalid is rejected before anything is sent, and the field is named", () =>
    assertRejected(Embeddings.create, "Embeddings.create", "dedicated", [
      ["input.0", { input: [5] }],
      ["tokens.1", { tokens: [1, 0.5] }],
      ["tokens.0", { tokens: [Number.NaN] }],
      ["encoding_format", { input: "x", encoding_format: "int8" }],
      ["dimensions", { input: "x", dimensions: 8 }]
    ]).pipe(Effect.provide(over([], { model: "endpoint" })))
  )

  it.effect("takes the default model, and needs one", () =>
    Effect.gen(function* () {
      yield* Embeddings.create({ input: null, tokens: [1] })
      const [sent] = yield* MockHttpClient.requests
      assert.deepStrictEqual(sent?.json, { input: null, tokens: [1], model: "endpoint" })
      const error = yield* Embeddings.create({ input: "x" }).pipe(Effect.provide(over([])), Effect.flip)
      assert(error._tag === "InvalidRequestError")
      assert.deepStrictEqual(error.issues[0]?.path, ["model"])
    }).pipe(Effect.provide(over([Reply.json(read("response"))], { model: "endpoint" })))
  )

  it.effect("that fails fails typed", () => {
    const replies = [
      [Reply.status(401), "AuthenticationError"],
      [Reply.status(422), "InvalidRequestError"],
      [Reply.status(503), "OverloadedError"],
      [Reply.json({ data: [{ index: 0, embedding: { values: [] } }] }), "ResponseDecodeError"],
      [Reply.json([]), "ResponseDecodeError"],
      [Reply.refused(), "ConnectionError"]
    ] as const
    return Effect.forEach(replies, ([reply, tag]) =>
      Embeddings.create({ model: "endpoint", input: "x" }, once).pipe(
        Effect.provide(over([reply])),
        Effect.flip,
        Effect.map((error) => assert.strictEqual(error._tag, tag))
      )
    )
  })
})

it("a span learns ids and tokens of the answer", () => {
  const observer = Embeddings.createOperation.observer()
  assert.isUndefined(observer.facts().usage?.inputTokens)
  observer.observe(Schema.decodeUnknownSync(Embeddings.EmbeddingList)(read("response")))
  assert.deepStrictEqual(observer.facts(), {
    id: "embd-0001",
    model: "ep01abcxyz",
    usage: { inputTokens: 6 }
  })
  assert.strictEqual(Embeddings.createOperation.genAi, "embeddings")
})

describe("vector", () => {
  it("reads the vectors of the contract", () => {
    const { data } = read("response.base64") as Embeddings.EmbeddingList
    assert.deepStrictEqual(Either.all(data.map(Embeddings.vector)), Either.right([Float32Array.of(0.25, -0.5, 0.125)]))
    const { data: lists } = read("response") as Embeddings.EmbeddingList
    assert.deepStrictEqual(
      Either.all(lists.map(Embeddings.vector)),
      Either.right([Float32Array.of(0.25, -0.5, 0.125), Float32Array.of(0, 1, -1)])
    )
  })

  it("gives the same numbers for both forms", () => {
    fc.assert(
      fc.property(floats, (numbers) => {
        const expected = Either.right(Float32Array.from(numbers))
        assert.deepStrictEqual(Embeddings.vector({ index: 0, embedding: numbers }), expected)
        assert.deepStrictEqual(Embeddings.vector({ index: 0, embedding: base64Of(numbers) }), expected)
      })
    )
  })

  it("says what is wrong", () => {
    assert.include(reasonOf("not base64!"), "input 7 cannot be read as float32 numbers: it is not base64")
    assert.include(reasonOf("AACAP"), "not base64")
    assert.include(reasonOf("AACA"), "3 bytes")
    assert.include(reasonOf(base64Of([1, Number.NaN])), "finite")
    assert.include(reasonOf(base64Of([-Infinity])), "finite")
    assert.include(reasonOf([1e300]), "finite")
  })
})

describe("cosineSimilarity", () => {
  const cosine = Embeddings.cosineSimilarity
  const near = (value: Option.Option<number>, expected: number) =>
    assert.closeTo(Option.getOrThrow(value), expected, 1e-12)

  it("is the cosine of the angle", () => {
    near(cosine([1, 0], [0, 2]), 0)
    near(cosine([1, 1], [3, 3]), 1)
    near(cosine([1, 1], [-2, -2]), -1)
    near(cosine(Float32Array.of(3, 4), [4, 3]), 0.96)
  })

  it("neither overflows nor vanishes", () => {
    near(cosine([1e300, 1e300], [1e-300, 1e-300]), 1)
    near(cosine([1e200, 0], [1e200, 1e200]), Math.SQRT1_2)
  })

  it("has no value if there is no angle", () => {
    const none: ReadonlyArray<readonly [ReadonlyArray<number>, ReadonlyArray<number>]> = [
      [[], []],
      [[1], [1, 2]],
      [
        [0, 0],
        [1, 0]
      ],
      [[Number.NaN], [1]],
      [[1], [Infinity]]
    ]
    for (const [a, b] of none) assert.isTrue(Option.isNone(cosine(a, b)))
  })

  it("is from -1 to 1, and the same both ways", () => {
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(numbers, numbers), { minLength: 1 }), (pairs) => {
        const a = pairs.map(([x]) => x)
        const b = pairs.map(([, y]) => y)
        const result = cosine(a, b)
        assert.deepStrictEqual(result, cosine(b, a))
        assert.strictEqual(Option.isNone(result), a.every((x) => x === 0) || b.every((x) => x === 0))
        if (Option.isSome(result)) assert.isAtMost(Math.abs(result.value), 1)
      })
    )
  })
})
