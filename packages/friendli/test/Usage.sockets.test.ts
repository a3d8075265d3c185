/** Usage and cost over a socket: what the emulator answered, in several pages, and exact sums. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chat from "effect-friendli/Chat"
import * as Cost from "effect-friendli/Cost"
import * as Management from "effect-friendli/Management"
import * as Serverless from "effect-friendli/Serverless"
import * as Usage from "effect-friendli/Usage"
import { emulated } from "./emulated.js"
import { collect } from "./support.js"

describe("with the emulator", async () => {
  const server = await emulated()

  const live = <A, E>(effect: Effect.Effect<A, E, Chat.Chat | Usage.Usage | Cost.Cost>) =>
    Effect.provide(
      effect,
      Layer.suspend(() => {
        const settings = { token: "flp_test", baseUrl: server.url }
        return Layer.merge(Serverless.layer(settings), Management.layer(settings)).pipe(
          Layer.provide(FetchHttpClient.layer)
        )
      })
    )

  const ask = (model: string) =>
    Chat.complete({ model, messages: [{ role: "user", content: "Hello!" }], max_tokens: 8 })

  it.live("what was answered is counted by model, over several pages", () =>
    Effect.gen(function* () {
      yield* Effect.all([ask("model-a"), ask("model-b"), ask("model-a")])
      const hour = DateTime.startOf(yield* DateTime.now, "hour")
      const request = {
        start_time: DateTime.subtract(hour, { hours: 5 }),
        end_time: DateTime.add(hour, { hours: 2 }),
        bucket_width: "1h" as const,
        group_by: ["model"],
        limit: 2
      }
      const buckets = yield* collect(Usage.all(request))
      assert.lengthOf(buckets, 7)
      assert.lengthOf(
        server.requests.filter(({ path }) => path === "/v1/team/usage"),
        4
      )
      assert.strictEqual(Usage.total(buckets).requests, 3)
      const byModel = Usage.totalBy("model", buckets)
      assert.strictEqual(byModel.get("model-a")?.requests, 2)
      assert.isAbove(byModel.get("model-b")?.inputTokens ?? 0, 0)
      const one = yield* Usage.get({ ...request, models: ["model-b"], limit: 168 })
      assert.strictEqual(Usage.total(one.data).requests, 1)
    }).pipe(live)
  )

  it.live("what it cost is added up exactly, by day and by line", () =>
    Effect.gen(function* () {
      yield* Effect.all([ask("model-a"), ask("model-b")])
      const today = DateTime.startOf(yield* DateTime.now, "day")
      const days = { start_time: DateTime.subtract(today, { days: 40 }), end_time: DateTime.add(today, { days: 1 }) }
      const sum = yield* Cost.sum(days)
      assert.isTrue(BigDecimal.isPositive(sum))
      assert.lengthOf(
        server.requests.filter(({ path }) => path === "/v1/team/cost"),
        2
      )

      const buckets = yield* collect(Cost.all({ ...days, group_by: "line_item", limit: 10 }))
      assert.lengthOf(buckets, 41)
      assert.isTrue(BigDecimal.equals(Cost.total(buckets), sum))
      const lines = Cost.byLineItem(buckets)
      assert.sameMembers(
        [...lines.keys()].filter((line) => line.startsWith("model-a")),
        ["model-a input tokens", "model-a output tokens"]
      )
      assert.isTrue(BigDecimal.equals(BigDecimal.sumAll(lines.values()), sum))
    }).pipe(live)
  )

  it.live("what the server rejects is typed", () =>
    Effect.gen(function* () {
      const old = { start_time: "2020-01-01T00:00:00Z", end_time: "2020-01-02T00:00:00Z" }
      assert.strictEqual((yield* Effect.flip(Usage.get(old)))._tag, "InvalidRequestError")
      assert.strictEqual((yield* Effect.flip(Cost.get(old)))._tag, "InvalidRequestError")
      const products = { gpu_types: ["NVIDIA H100"], product_types: ["model_apis", "dedicated_endpoints"] }
      const today = DateTime.startOf(yield* DateTime.now, "day")
      const error = yield* Effect.flip(
        Usage.get({ start_time: DateTime.subtract(today, { days: 1 }), end_time: today, ...products })
      )
      assert.strictEqual(error._tag, "InvalidRequestError")
    }).pipe(live)
  )
})
