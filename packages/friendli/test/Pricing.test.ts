/** What answers cost: exact sums, and the regions that count what runs in them. */
import { assert, describe } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Messages from "effect-friendli/Messages"
import * as Metrics from "effect-friendli/Metrics"
import * as Models from "effect-friendli/Models"
import * as Pricing from "effect-friendli/Pricing"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import type { Model } from "effect-friendli/schema/Model"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "./it.js"
import { during } from "./support.js"

const model: Model = {
  id: "a-model",
  pricing: { input: "0.00000015", output: "0.0000005", input_cache_read: "0.00000003" }
}

const formatted = (cost: Option.Option<Pricing.Cost>): string | undefined =>
  Option.getOrUndefined(Option.map(cost, ({ total }) => BigDecimal.format(total)))

describe("a cost", () => {
  const tokens = { input: 1000, cachedInput: 0, output: 200 }

  it("is the sum of its parts, exactly", () => {
    const cost = Option.getOrThrow(Pricing.ofTokens(model, { input: 1000, cachedInput: 400, output: 200 }))
    assert.deepStrictEqual(
      [cost.input, cost.cachedInput, cost.output, cost.total].map((part) => BigDecimal.format(part)),
      ["0.00009", "0.000012", "0.0001", "0.000202"]
    )
  })

  it("has no error of floating point", () => {
    const tenth = { id: "a", pricing: { input: "0.1", output: "0.2" } }
    assert.strictEqual(formatted(Pricing.ofTokens(tenth, { input: 1, cachedInput: 0, output: 1 })), "0.3")
    const sum = Array.from({ length: 1000 }, () => Option.getOrThrow(Pricing.ofTokens(model, tokens))).reduce(
      Pricing.add,
      Pricing.free
    )
    assert.strictEqual(BigDecimal.format(sum.total), "0.25")
  })

  it.each<[what: string, model: Model, expected: string | undefined]>([
    ["other names of the prices", { id: "a", pricing: { prompt: "0.00000015", completion: "0.0000005" } }, "0.00025"],
    ["a discount", { ...model, discount_to_user: 0.25 }, "0.0001875"],
    ["a discount of a tenth, by its digits", { ...model, discount_to_user: 0.1 }, "0.000225"],
    ["exponents", { id: "a", pricing: { input: "1.5e-7", output: "5e-7" } }, "0.00025"],
    ["free models", { id: "a", pricing: { input: "0", output: "0" } }, "0"],
    ["no prices", { id: "a" }, undefined],
    ["no price of the output", { id: "a", pricing: { input: "1" } }, undefined],
    ["a price that is no number", { id: "a", pricing: { input: "cheap", output: "1" } }, undefined]
  ])("with %s", (_, known, expected) => {
    assert.strictEqual(formatted(Pricing.ofTokens(known, tokens)), expected)
  })

  it("of a token, with the discount taken off; what the catalogue lacks is absent", () => {
    const { audioMinute, cachedInput, input, output } = Pricing.pricesOf({ ...model, discount_to_user: 0.1 })
    assert.deepStrictEqual(
      [input, cachedInput, output, audioMinute].map((price) =>
        Option.getOrUndefined(Option.map(price, BigDecimal.format))
      ),
      ["0.000000135", "0.000000027", "0.00000045", undefined]
    )
    const plain = Pricing.pricesOf({ id: "a", pricing: { prompt: "1", completion: "free", audio_minute: "0.006" } })
    assert.deepStrictEqual(
      [plain.input, plain.cachedInput, plain.output, plain.audioMinute].map((price) =>
        Option.getOrUndefined(Option.map(price, BigDecimal.format))
      ),
      ["1", "1", undefined, "0.006"]
    )
    assert.isTrue(Object.values(Pricing.pricesOf({ id: "a" })).every(Option.isNone))
  })

  it("needs only the prices of what was used", () => {
    const inputOnly = { id: "a", pricing: { input: "0.5" } }
    assert.strictEqual(formatted(Pricing.ofTokens(inputOnly, { input: 3, cachedInput: 0, output: 0 })), "1.5")
  })

  it("counts tokens of the cache at the price of others where they have none", () => {
    const plain = { id: "a", pricing: { input: "0.5", output: "1" } }
    assert.strictEqual(formatted(Pricing.ofTokens(plain, { input: 4, cachedInput: 3, output: 0 })), "2")
  })

  it("of a usage: the tokens of the cache are among those of the prompt", () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 200, prompt_tokens_details: { cached_tokens: 400 } }
    assert.strictEqual(formatted(Pricing.ofUsage(model, usage)), "0.000202")
    // more than there are is an error of the server, and not a refund
    const odd = { ...usage, prompt_tokens_details: { cached_tokens: 5000 } }
    assert.strictEqual(formatted(Pricing.ofUsage(model, odd)), "0.00013")
    for (const unknown of [undefined, null, {}, { prompt_tokens: 1 }, { prompt_tokens: 1.5, completion_tokens: 1 }])
      assert.isUndefined(formatted(Pricing.ofUsage(model, unknown)))
  })
})

const over = (script: MockHttpClient.Script) =>
  Serverless.layer({ token: "test-token", model: "a-model", retry: Retry.never }).pipe(
    Layer.provide(Pricing.layer),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const request = { messages: [{ role: "user" as const, content: "Hello!" }] }
const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 }
const answer = Wire.chatCompletion("Hi", { model: "a-model", usage })
const events = Wire.chatChunks("Hi there, you", { model: "a-model", usage })
const counted = { input: 10, cachedInput: 0, output: 3 }

describe("a region", () => {
  it.effect("counts answers and streams, and nothing outside of it", () =>
    Effect.gen(function* () {
      const collector = yield* Pricing.makeCollector
      yield* Chat.complete(request)
      yield* Effect.zipRight(Chat.complete(request), Stream.runDrain(Chat.stream(request))).pipe(collector.track)
      yield* Chat.forEach(request, () => {}).pipe(collector.track)
      assert.deepStrictEqual(yield* collector.spending, {
        tokens: new Map([["a-model", { input: 30, cachedInput: 0, output: 9 }]]),
        answers: 3,
        unreported: 0,
        retries: 0
      })
    }).pipe(Effect.provide(over([Reply.json(answer), Reply.json(answer), Reply.sse(events), Reply.sse(events)])))
  )

  it.effect("counts what failed, was interrupted or stopped early as not reported", () =>
    Effect.gen(function* () {
      const collector = yield* Pricing.makeCollector
      const { track } = collector
      yield* Effect.exit(track(Chat.complete(request)))
      yield* track(Stream.runDrain(Stream.take(Chat.stream(request), 1)))
      const fiber = yield* Effect.fork(track(Chat.complete(request)))
      yield* Effect.yieldNow()
      yield* Effect.repeat(Effect.yieldNow(), { times: 20 })
      yield* Fiber.interrupt(fiber)
      yield* Effect.exit(track(Stream.runDrain(Chat.stream(request))))
      yield* track(Chat.complete(request))
      assert.deepStrictEqual(yield* collector.spending, {
        tokens: new Map([["a-model", counted]]),
        answers: 1,
        unreported: 4,
        retries: 0
      })
    }).pipe(
      Effect.provide(
        over([
          Reply.status(500),
          Reply.sse(events),
          Reply.never,
          Reply.sse(events.slice(0, 2), { ending: "reset" }),
          Reply.json(answer)
        ])
      )
    )
  )

  it.effect("counts the attempts before the last one, beside metrics that count them too", () => {
    const retrying = Serverless.layer({
      token: "test-token",
      model: "a-model",
      retry: Retry.backoff({ initialInterval: "1 millis", maxRetries: 3 })
    })
    const once = Reply.status(503)
    const run = (layers: Layer.Layer<never>) =>
      Effect.gen(function* () {
        const collector = yield* Pricing.makeCollector
        const program = Effect.all([
          Chat.complete(request),
          Stream.runDrain(Chat.stream(request)),
          Effect.exit(Tokens.tokenize({ prompt: "a" }))
        ])
        yield* during(collector.track(program), "1 minute")
        const { answers, retries, unreported } = yield* collector.spending
        assert.deepStrictEqual([answers, retries, unreported], [2, 3, 0])
      }).pipe(
        Effect.provide(
          retrying.pipe(
            Layer.provide(layers),
            Layer.provide(
              MockHttpClient.layer([
                once,
                once,
                Reply.json(answer),
                once,
                Reply.sse(events),
                once,
                Reply.json({ tokens: [] })
              ])
            )
          )
        )
      )
    return Effect.zipRight(
      run(Layer.provideMerge(Pricing.layer, Metrics.layer)),
      run(Layer.provideMerge(Metrics.layer, Pricing.layer))
    )
  })

  it.effect("counts an answer without usage as not reported, and a tokenization not at all", () =>
    Effect.gen(function* () {
      const collector = yield* Pricing.makeCollector
      yield* Effect.zipRight(Chat.complete(request), Tokens.tokenize({ prompt: "a" })).pipe(collector.track)
      assert.deepStrictEqual(yield* collector.spending, { tokens: new Map(), answers: 0, unreported: 1, retries: 0 })
    }).pipe(
      Effect.provide(over([Reply.json(Wire.chatCompletion("Hi", { usage: null })), Reply.json({ tokens: [1, 2] })]))
    )
  )

  it.effect("counts each model for itself, also of messages", () =>
    Effect.gen(function* () {
      const collector = yield* Pricing.makeCollector
      yield* collector.track(
        Effect.zipRight(Chat.complete(request), Messages.create({ ...request, max_tokens: 10, model: "another" }))
      )
      const { tokens } = yield* collector.spending
      assert.deepStrictEqual([...tokens.keys()], ["a-model", "another"])
      assert.isAbove(tokens.get("another")!.output, 0)
    }).pipe(Effect.provide(over([Reply.json(answer), Reply.json({ ...Wire.message("Hi"), model: "another" })])))
  )

  it.effect("counts an answer that names no model under the model that was sent", () =>
    Effect.gen(function* () {
      const collector = yield* Pricing.makeCollector
      yield* collector.track(
        Effect.zipRight(Chat.complete(request), Chat.complete(request, { body: { model: "sent" } }))
      )
      assert.deepStrictEqual([...(yield* collector.spending).tokens.keys()], ["a-model", "sent"])
    }).pipe(Effect.provide(over(() => Reply.json({ ...answer, model: undefined }))))
  )

  it.effect("counts in all regions around it, and in fibers that are forked in it", () =>
    Effect.gen(function* () {
      const outer = yield* Pricing.makeCollector
      const inner = yield* Pricing.makeCollector
      yield* Effect.gen(function* () {
        yield* Chat.complete(request)
        yield* inner.track(Effect.all([Chat.complete(request), Chat.complete(request)], { concurrency: "unbounded" }))
        yield* Fiber.join(yield* Effect.fork(Chat.complete(request)))
      }).pipe(outer.track)
      assert.strictEqual((yield* outer.spending).answers, 4)
      assert.strictEqual((yield* inner.spending).answers, 2)
    }).pipe(Effect.provide(over(() => Reply.json(answer))))
  )

  it.effect("has a cost by the catalogue, and names the models that it has no price for", () =>
    Effect.gen(function* () {
      const spending: Pricing.Spending = {
        tokens: new Map([
          ["a-model", { input: 1000, cachedInput: 400, output: 200 }],
          ["an-endpoint", { input: 5, cachedInput: 0, output: 5 }]
        ]),
        answers: 2,
        unreported: 0,
        retries: 0
      }
      const { total, unpriced } = yield* Pricing.ofSpending(spending)
      assert.strictEqual(BigDecimal.format(total), "0.000202")
      assert.deepStrictEqual(unpriced, ["an-endpoint"])
    }).pipe(
      Effect.provide(
        Layer.mock(Models.Models, { get: (id) => Effect.succeed(id === model.id ? Option.some(model) : Option.none()) })
      )
    )
  )
})
