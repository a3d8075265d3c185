/** The catalogue, reasoning and costs as a user has them: one program over a socket. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Messages from "effect-friendli/Messages"
import * as Models from "effect-friendli/Models"
import * as Pricing from "effect-friendli/Pricing"
import * as Reasoning from "effect-friendli/Reasoning"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { emulated } from "./emulated.js"

describe("over a socket", async () => {
  const server = await emulated()

  /** A deployment that retries at once. */
  const live = <A, E>(effect: Effect.Effect<A, E, Serverless.Capabilities>) =>
    Effect.provide(
      effect,
      Layer.suspend(() =>
        Serverless.layer({
          token: "flp_test",
          baseUrl: server.url,
          retry: Retry.backoff({ initialInterval: "1 millis", maxRetries: 2 })
        }).pipe(Layer.provide(Pricing.layer), Layer.provide(FetchHttpClient.layer))
      )
    )

  const known = (id: Models.ModelId) => Effect.map(Models.get(id), Option.getOrThrow)
  const messages = [{ role: "user" as const, content: "Is 91 a prime?" }]

  it.live(
    "the catalogue has limits, modalities, exact prices and the controls of reasoning, and is asked for once",
    () =>
      Effect.gen(function* () {
        const { data } = yield* Models.list()
        assert.isAbove(data.filter(Models.isActive).length, 5)
        const [model, again] = yield* Effect.all([known("zai-org/GLM-5.3-Flash"), known("zai-org/GLM-5.3-Flash")], {
          concurrency: 2
        })
        assert.strictEqual(model, again)
        assert.strictEqual(model.context_length, 1_048_576)
        assert.includeMembers([...(model.input_modalities ?? [])], ["text", "image", "video"])
        assert.isTrue(model.reasoning_options?.some(({ type }) => type === "effort"))
        const { input, output } = Pricing.pricesOf(model)
        assert.deepStrictEqual(
          [input, output].map((price) => BigDecimal.format(Option.getOrThrow(price))),
          ["0.00000015", "0.0000005"]
        )
        assert.isTrue(Option.isNone(yield* Models.get("nobody/nothing")))
        assert.strictEqual(server.requests.filter(({ path }) => path === "/serverless/v1/models").length, 2)
      }).pipe(live)
  )

  it.live("one setting turns reasoning off, on and up for models with other switches", () =>
    Effect.gen(function* () {
      for (const id of ["zai-org/GLM-5.3", "zai-org/GLM-5.2", "MiniMaxAI/MiniMax-M2.5", "google/gemma-4-31B-it"]) {
        const model = yield* known(id)
        const ask = (setting: Reasoning.Reasoning) =>
          Chat.complete({ model: id, messages, temperature: 0, ...Reasoning.chat(setting, model).fields }).pipe(
            Effect.map(({ choices }) => choices[0]?.message)
          )
        const off = yield* ask(Reasoning.off)
        assert.isEmpty(off?.reasoning_content ?? "", id)
        assert.notInclude(off?.content ?? "", "think>", id)
        assert.isNotEmpty((yield* ask(Reasoning.on))?.reasoning_content ?? "", id)
        for (const setting of [Reasoning.effort("medium"), Reasoning.budget(200)]) {
          const answer = yield* ask(setting)
          assert.isNotEmpty(answer?.content ?? "", id)
          assert.notInclude(answer?.content ?? "", "think>", id)
        }
        const silent = yield* Messages.create({
          model: id,
          messages,
          max_tokens: 500,
          ...Reasoning.messages(Reasoning.off, model).fields
        })
        assert.isTrue(
          silent.content.every(({ type }) => type !== "thinking"),
          id
        )
      }
    }).pipe(live)
  )

  it.live("a region counts what the answers report, through retries, and knows what it does not know", () =>
    Effect.gen(function* () {
      const model = "zai-org/GLM-5.2"
      const request = { model, messages, max_tokens: 40, temperature: 0, reasoning_budget: 0 }
      const collector = yield* Pricing.makeCollector
      const usages = yield* Effect.gen(function* () {
        server.faults.enqueue({ status: 503 })
        const whole = yield* Chat.complete(request)
        server.faults.enqueue({ status: 500 })
        const streamed = yield* ChatStream.fold(Chat.stream(request))
        yield* Stream.runDrain(Stream.take(Chat.stream(request), 2))
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Effect.fork(
          Chat.forEach({ ...request, max_tokens: 4000 }, () =>
            Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)
          )
        )
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        server.faults.enqueue({ truncate: { afterEvents: 3 } })
        yield* Effect.exit(Stream.runDrain(Chat.stream(request)))
        return [whole.usage, streamed.usage]
      }).pipe(collector.track)

      const spending = yield* collector.spending
      assert.deepStrictEqual(
        [...spending.tokens],
        [
          [
            model,
            {
              input: usages.reduce((sum, usage) => sum + (usage?.prompt_tokens ?? 0), 0),
              cachedInput: usages.reduce((sum, usage) => sum + (usage?.prompt_tokens_details?.cached_tokens ?? 0), 0),
              output: usages.reduce((sum, usage) => sum + (usage?.completion_tokens ?? 0), 0)
            }
          ]
        ]
      )
      assert.strictEqual(spending.answers, 2)
      assert.strictEqual(spending.unreported, 3)
      assert.strictEqual(spending.retries, 2)

      const { total, unpriced } = yield* Pricing.ofSpending(spending)
      const parts = usages.map((usage) => known(model).pipe(Effect.map((entry) => Pricing.ofUsage(entry, usage))))
      const costs = (yield* Effect.all(parts)).map(Option.getOrThrow)
      assert.isTrue(BigDecimal.equals(total, costs.reduce(Pricing.add, Pricing.free).total))
      assert.isTrue(BigDecimal.isPositive(total))
      assert.deepStrictEqual(unpriced, [])
    }).pipe(live)
  )
})
