/** Usage: what is sent and read, against the contract's vectors and a scripted client; bounds by the width of buckets; sums. */
import { assert, describe } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Management from "effect-friendli/Management"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Usage from "effect-friendli/Usage"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertSent, vectorCases } from "./managed.js"
import { assertRejected } from "./sent.js"
import { collect } from "./support.js"

const over = (script: MockHttpClient.Script) =>
  Usage.layer.pipe(
    Layer.provide(Management.layerClient({ token: "test-token" })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const answer = Vectors.json("team.usage.response.json") as Usage.UsagePage
const week = { start_time: "2026-01-01T00:00:00Z", end_time: "2026-01-08T00:00:00Z" }

describe("get", () => {
  it.effect.each(vectorCases("team.usage", Usage.get))(
    "$kind: the vector is sent as it is, and the answer is read without loss",
    ({ body, run, wire }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual<unknown>(yield* run, answer)
        yield* assertSent(wire, body)
      }).pipe(Effect.provide(over([Reply.json(answer)])))
  )

  it.effect("takes times in every form", () =>
    Effect.gen(function* () {
      const { value } = yield* Usage.getWithResponse({
        start_time: DateTime.unsafeMake("2026-01-01T00:00:00Z"),
        end_time: new Date("2026-01-08T00:00:00Z")
      })
      assert.deepStrictEqual<unknown>(value, answer)
      yield* assertSent(Vectors.requests<null>("team.usage").minimal, undefined)
    }).pipe(Effect.provide(over([Reply.json(answer)])))
  )

  const widths = [
    { bucket_width: "1d", most: 31, start: "2026-01-01T00:00:00Z", off: "2026-01-01T01:00:00Z" },
    { bucket_width: "1h", most: 168, start: "2026-01-01T01:00:00Z", off: "2026-01-01T01:05:00Z" },
    { bucket_width: "5m", most: 288, start: "2026-01-01T00:05:00Z", off: "2026-01-01T00:06:00Z" }
  ] as const
  it.effect.each(widths)(
    "$bucket_width has its own bounds, checked before anything is sent",
    ({ bucket_width, most, off, start }) =>
      Effect.gen(function* () {
        const end = (from: string) => DateTime.addDuration(DateTime.unsafeMake(from), "24 hours")
        const request = { bucket_width, start_time: start, end_time: end(start) }
        yield* Usage.get({ ...request, limit: most })
        assert.lengthOf(yield* MockHttpClient.requests, 1)
        yield* assertRejected(Usage.get, "Usage.get", "management", [
          ["limit", { ...request, limit: most + 1 }],
          ["start_time", { ...request, start_time: off, end_time: end(off) }],
          ["end_time", { ...request, end_time: DateTime.addDuration(end(start), "5 minutes") }],
          ["end_time", { ...request, end_time: start }],
          ["end_time", { ...request, end_time: DateTime.subtractDuration(DateTime.unsafeMake(start), "24 hours") }]
        ]).pipe(Effect.provide(over([])))
      }).pipe(Effect.provide(over([Reply.json(answer)])))
  )

  it.effect("rejects a wrong request before anything is sent", () =>
    assertRejected(Usage.get, "Usage.get", "management", [
      ["end_time", { start_time: week.start_time }],
      ["start_time", { ...week, start_time: "now" }],
      ["bucket_width", { ...week, bucket_width: "1m" }],
      ["limit", { ...week, limit: 1.5 }],
      ["group_by", { ...week, group_by: "model" }],
      ["gpu_types", { ...week, gpu_types: ["NVIDIA H100"], product_types: ["model_apis"] }],
      ["team", { ...week, team: "t" }]
    ]).pipe(Effect.provide(over([])))
  )

  it.effect("reads results that lack everything, and groups that are not known", () =>
    Effect.gen(function* () {
      const odd = {
        has_more: false,
        data: [{ start_time: "a", end_time: "b", results: [{ product_type: "x", region: "kr" }] }]
      }
      assert.deepStrictEqual<unknown>(yield* Usage.get(week), odd)
      for (const tag of ["RateLimitError", "InvalidRequestError", "ServerError"]) {
        assert.strictEqual((yield* Effect.flip(Usage.get(week, { retry: Retry.never })))._tag, tag)
      }
    }).pipe(
      Effect.provide(
        over([
          Reply.json({
            has_more: false,
            data: [{ start_time: "a", end_time: "b", results: [{ product_type: "x", region: "kr" }] }]
          }),
          Reply.status(429),
          Reply.status(400),
          Reply.status(500)
        ])
      )
    )
  )
})

describe("all", () => {
  it.effect("follows the pages, with the filters of the request on each", () =>
    Effect.gen(function* () {
      const request = { ...week, group_by: ["model", "user_id"], models: ["a", "b"], limit: 1 }
      const counts = yield* collect(Stream.map(Usage.all(request), ({ results }) => results[0]?.num_model_requests))
      assert.deepStrictEqual(counts, [1, 2])
      const queries = (yield* MockHttpClient.requests).map(({ url }) => new URL(url).searchParams)
      assert.deepStrictEqual(
        queries.map((query) => [query.get("page"), query.getAll("models"), query.getAll("group_by")]),
        [
          [null, ["a", "b"], ["model", "user_id"]],
          ["page_2", ["a", "b"], ["model", "user_id"]]
        ]
      )
    }).pipe(
      Effect.provide(
        over([
          Reply.json(Wire.usages([[{ num_model_requests: 1 }]], "page_2")),
          Reply.json(Wire.usages([[{ num_model_requests: 2 }]]))
        ])
      )
    )
  )
})

describe("sums", () => {
  it("add all results, and count what is missing as nothing", () => {
    assert.deepStrictEqual(Usage.total(answer.data), {
      requests: 12,
      inputTokens: 4100,
      cachedInputTokens: 1600,
      outputTokens: 2300,
      audioMilliseconds: 0,
      gpuSeconds: new Map([["NVIDIA H100", 3600]])
    })
    assert.strictEqual(Usage.total([]).requests, 0)
  })

  it("add those of each group", () => {
    const { data } = Wire.usages([
      [
        { model: "a", user_id: "u", output_tokens: 1, gpu_usage: { H100: 5 } },
        { model: "b", user_id: "u", output_tokens: 2 }
      ],
      [{ model: "a", output_tokens: 4, gpu_usage: { H100: 1, A100: 2 } }]
    ])
    const byModel = Usage.totalBy("model", data)
    assert.deepStrictEqual(
      [...byModel].map(([model, sum]) => [model, sum.outputTokens]),
      [
        ["a", 5],
        ["b", 2]
      ]
    )
    assert.deepStrictEqual(
      [...byModel.get("a")!.gpuSeconds],
      [
        ["H100", 6],
        ["A100", 2]
      ]
    )
    assert.deepStrictEqual(
      [...Usage.totalBy("user_id", data)].map(([user, sum]) => [user, sum.outputTokens]),
      [
        ["u", 3],
        ["", 4]
      ]
    )
  })
})
