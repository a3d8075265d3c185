/** Cost: what is sent and read, against the contract's vectors and a scripted client; exact sums. */
import { assert, describe } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Cost from "effect-friendli/Cost"
import * as Management from "effect-friendli/Management"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertSent, vectorCases } from "./managed.js"
import { assertRejected } from "./sent.js"
import { collect } from "./support.js"

const over = (script: MockHttpClient.Script) =>
  Cost.layer.pipe(
    Layer.provide(Management.layerClient({ token: "test-token" })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const answer = Vectors.json("cost.get_cost.response.json")
const week = { start_time: "2026-01-01T00:00:00Z", end_time: "2026-01-08T00:00:00Z" }

describe("get", () => {
  it.effect.each(vectorCases("cost.get_cost", Cost.get))(
    "$kind: the vector is sent as it is, and the answer is read without loss",
    ({ body, run, wire }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual<unknown>(yield* run, answer)
        yield* assertSent(wire, body)
      }).pipe(Effect.provide(over([Reply.json(answer)])))
  )

  it.effect("takes times in every form, and sends days in UTC", () =>
    Effect.gen(function* () {
      const { response, value } = yield* Cost.getWithResponse({
        start_time: new Date("2026-01-01T00:00:00Z"),
        end_time: DateTime.unsafeMakeZoned("2026-01-08T00:00:00Z", { timeZone: "Asia/Seoul" })
      })
      assert.deepStrictEqual<unknown>(value, answer)
      assert.strictEqual(response.status, 200)
      yield* assertSent(Vectors.requests<null>("cost.get_cost").minimal, undefined)
    }).pipe(Effect.provide(over([Reply.json(answer)])))
  )

  it.effect("rejects a wrong request before anything is sent", () =>
    assertRejected(Cost.get, "Cost.get", "management", [
      ["start_time", { end_time: week.end_time }],
      ["start_time", { ...week, start_time: "2026-01-01" }],
      ["start_time", { ...week, start_time: "2026-01-01T00:00:01Z" }],
      ["end_time", { ...week, end_time: "2026-01-08T00:00:00+09:00" }],
      ["end_time", { ...week, end_time: week.start_time }],
      ["limit", { ...week, limit: 36 }],
      ["limit", { ...week, limit: 0 }],
      ["bucket_width", { ...week, bucket_width: "1h" }],
      ["group_by", { ...week, group_by: "" }],
      ["models", { ...week, models: [] }]
    ]).pipe(Effect.provide(over([])))
  )

  it.effect("reads amounts that are numbers, as servers sent them, and no other text", () =>
    Effect.gen(function* () {
      const numbers = Wire.costs([[{ total: 1.25 }]])
      assert.deepStrictEqual<unknown>(yield* Cost.get(week), numbers)
      for (const total of ["", "free", "1,5", null, true]) {
        const error = yield* Effect.flip(Cost.get(week))
        assert.strictEqual(error._tag, "ResponseDecodeError", String(total))
      }
    }).pipe(
      Effect.provide(
        over([
          Reply.json(Wire.costs([[{ total: 1.25 }]])),
          ...["", "free", "1,5", null, true].map((total) => Reply.json(Wire.costs([[{ total: total as string }]])))
        ])
      )
    )
  )

  it.effect("a failure is typed", () =>
    Effect.gen(function* () {
      for (const tag of ["RateLimitError", "InvalidRequestError", "ServerError"]) {
        assert.strictEqual((yield* Effect.flip(Cost.get(week, { retry: Retry.never })))._tag, tag)
      }
    }).pipe(Effect.provide(over([Reply.status(429), Reply.status(422), Reply.status(500)])))
  )
})

describe("all", () => {
  const days = [[{ total: "0.1" }], [{ total: "0.2" }], [{ total: "0.3" }]]

  it.effect("follows the pages while there are more", () =>
    Effect.gen(function* () {
      const totals = yield* collect(Stream.map(Cost.all(week), ({ results }) => results[0]?.total))
      assert.deepStrictEqual(totals, ["0.1", "0.2", "0.3"])
      const pages = (yield* MockHttpClient.requests).map(({ url }) => new URL(url).searchParams.get("page"))
      assert.deepStrictEqual(pages, [null, "page_2"])
    }).pipe(
      Effect.provide(
        over([Reply.json(Wire.costs(days.slice(0, 2), "page_2")), Reply.json(Wire.costs(days.slice(2), null))])
      )
    )
  )

  it.effect("ends where the server says that there is no more, whatever the next page is called", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* collect(Cost.all(week)), 3)
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(over([Reply.json({ ...Wire.costs(days), has_more: false, next_page: "page_2" })])))
  )

  it.effect("is added up over all pages, with as few requests as possible", () =>
    Effect.gen(function* () {
      assert.strictEqual(BigDecimal.format(yield* Cost.sum(week)), "0.6")
      const limits = (yield* MockHttpClient.requests).map(({ url }) => new URL(url).searchParams.get("limit"))
      assert.deepStrictEqual(limits, ["35", "35"])
    }).pipe(
      Effect.provide(over([Reply.json(Wire.costs(days.slice(0, 1), "page_2")), Reply.json(Wire.costs(days.slice(1)))]))
    )
  )
})

describe("amounts", () => {
  it("are added exactly", () => {
    const { data } = Wire.costs([
      [{ total: "0.1" }, { total: 0.2 }],
      [],
      [{ total: "0.000000000000000001" }, { total: "1e-7" }, { total: "-0.3" }]
    ])
    assert.isTrue(BigDecimal.equals(Cost.total(data), BigDecimal.unsafeFromString("0.000000100000000001")))
    assert.isTrue(BigDecimal.equals(Cost.total([]), BigDecimal.unsafeFromString("0")))
  })

  it("are added for each line, the largest first", () => {
    const { data } = Wire.costs([
      [
        { total: "0.1", line_item: "tokens" },
        { total: "3", line_item: "GPU" }
      ],
      [{ total: "0.2", line_item: "tokens" }, { total: "1" }]
    ])
    assert.deepStrictEqual(
      [...Cost.byLineItem(data)].map(([line, sum]) => [line, BigDecimal.format(sum)]),
      [
        ["GPU", "3"],
        ["", "1"],
        ["tokens", "0.3"]
      ]
    )
  })
})
