/**
 * What answers cost: from the tokens that the server counted and the prices of the catalogue, in exact decimals.
 *
 * The catalogue is `Models`. The costs are computed from prices; only Friendli's bill is binding.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Interpreter, layerMiddleware, type Middleware } from "./client/FriendliClient.js"
import { withOnRetry } from "./client/retrying.js"
import { requestedModel } from "./client/requestedModel.js"
import type { Any, Observer } from "./core/Operation.js"
import { CurrentRequestOptions, type RequestOptions } from "./core/RequestOptions.js"
import type { FriendliError } from "./errors/FriendliError.js"
import { fromPull, toPull, unwrapScoped } from "./internal/streams.js"
import * as Models from "./Models.js"
import type { Model } from "./schema/Model.js"
import type { Usage } from "./schema/Usage.js"

/** Numbers of tokens, as they are billed. */
export interface Tokens {
  /** Input tokens, including those from the cache. */
  readonly input: number
  /** The part of `input` that came from the server's prompt cache. */
  readonly cachedInput: number
  /** Output tokens, reasoning included. */
  readonly output: number
}

/** A cost in USD, and its parts. All are exact. */
export interface Cost {
  /** The cost of the input tokens that were not in the cache. */
  readonly input: BigDecimal.BigDecimal
  /** The cost of the input tokens from the cache. */
  readonly cachedInput: BigDecimal.BigDecimal
  /** The cost of the output tokens. */
  readonly output: BigDecimal.BigDecimal
  /** The sum. `BigDecimal.format` makes it a string; `BigDecimal.unsafeToNumber` rounds it. */
  readonly total: BigDecimal.BigDecimal
}

const zero = /*#__PURE__*/ BigDecimal.fromBigInt(0n)

/**
 * No cost.
 * @category costs
 */
export const free: Cost = { input: zero, cachedInput: zero, output: zero, total: zero }

/**
 * The sum of two costs.
 * @category costs
 */
export const add = (a: Cost, b: Cost): Cost => ({
  input: BigDecimal.sum(a.input, b.input),
  cachedInput: BigDecimal.sum(a.cachedInput, b.cachedInput),
  output: BigDecimal.sum(a.output, b.output),
  total: BigDecimal.sum(a.total, b.total)
})

const priceOf = (...texts: ReadonlyArray<string | null | undefined>): Option.Option<BigDecimal.BigDecimal> =>
  Option.flatMap(Option.fromNullable(texts.find((text) => text != null && text.trim() !== "")), BigDecimal.fromString)

/** What remains of a price after the discount. The number is read by its digits, so 0.1 is exactly a tenth. */
const discounted = (model: Model): BigDecimal.BigDecimal =>
  BigDecimal.subtract(
    BigDecimal.fromBigInt(1n),
    Option.getOrElse(BigDecimal.fromString(String(model.discount_to_user ?? 0)), () => zero)
  )

const times = (price: BigDecimal.BigDecimal, count: number): BigDecimal.BigDecimal =>
  BigDecimal.multiply(price, BigDecimal.unsafeFromNumber(count))

/** The prices of a model in USD, as exact decimals. A price that the catalogue lacks, or that is not a decimal number, is absent. */
export interface Prices {
  /** The price of an input token. */
  readonly input: Option.Option<BigDecimal.BigDecimal>
  /** The price of an input token from the prompt cache: that of `input` if the catalogue has no price for it. */
  readonly cachedInput: Option.Option<BigDecimal.BigDecimal>
  /** The price of an output token, reasoning included. */
  readonly output: Option.Option<BigDecimal.BigDecimal>
  /** The price of a minute of audio, for models that transcribe. */
  readonly audioMinute: Option.Option<BigDecimal.BigDecimal>
}

/**
 * The prices of a model in USD, after the discount of your account.
 *
 * **When to use**: to show prices, or to choose a model by them. `ofTokens` and `ofUsage` compute costs.
 *
 * @example
 * ```ts
 * import { BigDecimal, Option } from "effect"
 * import { Pricing } from "effect-friendli"
 *
 * const model = { id: "zai-org/GLM-5.3-Flash", pricing: { input: "0.00000015", output: "0.0000005" }, discount_to_user: 0.1 }
 * const perMillion = BigDecimal.multiply(BigDecimal.fromBigInt(1_000_000n))
 * console.log(Option.map(Pricing.pricesOf(model).input, (price) => BigDecimal.format(perMillion(price))).pipe(Option.getOrNull))
 * // => 0.135
 * ```
 * @category costs
 */
export const pricesOf = (model: Model): Prices => {
  const { audio_minute, completion, input, input_cache_read, output, prompt } = model.pricing ?? {}
  const rest = discounted(model)
  const price = (...texts: ReadonlyArray<string | null | undefined>) =>
    Option.map(priceOf(...texts), (full) => BigDecimal.multiply(full, rest))
  const ofInput = price(input, prompt)
  return {
    input: ofInput,
    cachedInput: Option.orElse(price(input_cache_read), () => ofInput),
    output: price(output, completion),
    audioMinute: price(audio_minute)
  }
}

/**
 * The cost of the given numbers of tokens with a model, in USD.
 *
 * **Details**: `Option.none()` if the catalogue lacks the price of tokens that were used, or if it is not a decimal number. Tokens from
 * the cache cost as much as others if the catalogue has no price for them. The discount of the account is subtracted.
 *
 * @example
 * ```ts
 * import { BigDecimal, Option } from "effect"
 * import { Pricing } from "effect-friendli"
 *
 * const model = { id: "zai-org/GLM-5.3-Flash", pricing: { input: "0.00000015", output: "0.0000005" } }
 * const cost = Pricing.ofTokens(model, { input: 1_000, cachedInput: 0, output: 200 })
 * console.log(Option.map(cost, ({ total }) => BigDecimal.format(total)).pipe(Option.getOrNull))
 * // => 0.00025
 * ```
 * @category costs
 */
export const ofTokens = (model: Model, tokens: Tokens): Option.Option<Cost> => {
  const { cachedInput, input, output } = pricesOf(model)
  const fresh = tokens.input - tokens.cachedInput
  const partOf = (price: Option.Option<BigDecimal.BigDecimal>, count: number) =>
    count === 0 ? Option.some(zero) : Option.map(price, (known) => times(known, count))
  return Option.map(
    Option.all([partOf(input, fresh), partOf(cachedInput, tokens.cachedInput), partOf(output, tokens.output)]),
    ([ofInput, ofCached, ofOutput]) => ({
      input: ofInput,
      cachedInput: ofCached,
      output: ofOutput,
      total: BigDecimal.sumAll([ofInput, ofCached, ofOutput])
    })
  )
}

/**
 * The cost of the usage of a chat completion or a completion, in USD.
 *
 * **Details**: as `ofTokens`, and `Option.none()` if the server did not report the numbers of input and output tokens.
 * @category costs
 */
export const ofUsage = (model: Model, usage: Usage | null | undefined): Option.Option<Cost> =>
  Option.flatMap(
    tokensOf(usage?.prompt_tokens, usage?.completion_tokens, usage?.prompt_tokens_details?.cached_tokens),
    (tokens) => ofTokens(model, tokens)
  )

/** Counts that can be billed: whole, not negative, and at most as many cached input tokens as input tokens. */
const tokensOf = (
  input: number | null | undefined,
  output: number | null | undefined,
  cached: number | null | undefined
): Option.Option<Tokens> => {
  const isCount = (value: number | null | undefined): value is number => Number.isInteger(value) && value! >= 0
  if (!isCount(input) || !isCount(output)) return Option.none()
  return Option.some({ input, output, cachedInput: isCount(cached) ? Math.min(cached, input) : 0 })
}

/** What was used in a region, by model. */
export interface Spending {
  /** The tokens that were reported, by the model that answered. */
  readonly tokens: ReadonlyMap<string, Tokens>
  /** The number of answers with reported tokens. */
  readonly answers: number
  /**
   * The number of generating operations whose tokens are unknown: they failed, were interrupted, or the server reported no usage. Some of
   * them are billed anyway, mainly streams that were stopped early.
   */
  readonly unreported: number
  /**
   * The number of attempts of these operations that failed and were followed by another one. No server reports the tokens of such an
   * attempt, but one that failed late may be billed.
   */
  readonly retries: number
}

/** Counts the operations of the effects that it tracks, which are its regions. */
export interface Collector {
  /** Makes the effect a region: its operations are counted here and by the collectors of enclosing regions. */
  readonly track: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** What has been counted so far, including operations that failed or were interrupted. */
  readonly spending: Effect.Effect<Spending>
}

interface Sink {
  readonly report: (model: string, tokens: Tokens) => void
  readonly miss: () => void
  readonly retry: () => void
}

/** The collectors of the current region, the innermost last. Fibers that are forked in a region belong to it. */
const currentSinks: FiberRef.FiberRef<ReadonlyArray<Sink>> = /*#__PURE__*/ globalValue(
  "effect-friendli/Pricing/currentSinks",
  () => FiberRef.unsafeMake<ReadonlyArray<Sink>>([])
)

/**
 * Makes a collector, which counts the operations of the effects that it tracks, even if they fail or are interrupted.
 *
 * **When to use**: for the cost of a request of your own server, of a job or of a user. The deployment must have `Pricing.layer`.
 *
 * **Details**: an operation counts when it ends. Regions can be nested: an operation counts in each.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Inference, Pricing, Serverless } from "effect-friendli"
 *
 * const ask = Inference.chatCompletion({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] })
 *
 * Effect.gen(function* () {
 *   const collector = yield* Pricing.makeCollector
 *   yield* Effect.all([ask, ask], { concurrency: 2 }).pipe(collector.track)
 *   const { answers, unreported } = yield* collector.spending
 *   console.log(answers, unreported)
 * }).pipe(
 *   Effect.provide(Serverless.layerConfig().pipe(Layer.provide(Pricing.layer))),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * // => 2 0
 * ```
 * @category regions
 */
export const makeCollector: Effect.Effect<Collector> = /*#__PURE__*/ Effect.sync(() => {
  const byModel = new Map<string, Tokens>()
  let answers = 0
  let unreported = 0
  let retries = 0
  const sink: Sink = {
    report: (model, tokens) => {
      const before = byModel.get(model)
      answers++
      byModel.set(model, {
        input: (before?.input ?? 0) + tokens.input,
        cachedInput: (before?.cachedInput ?? 0) + tokens.cachedInput,
        output: (before?.output ?? 0) + tokens.output
      })
    },
    miss: () => {
      unreported++
    },
    retry: () => {
      retries++
    }
  }
  return {
    track: (effect) => Effect.locallyWith(effect, currentSinks, (sinks) => [...sinks, sink]),
    spending: Effect.sync(() => ({ tokens: new Map(byModel), answers, unreported, retries }))
  }
})

/** The cost of a region, and the models that it does not include. */
export interface SpendingCost extends Cost {
  /** The models that the catalogue has no price for. Their tokens are not in the sums. */
  readonly unpriced: ReadonlyArray<string>
}

/**
 * The cost of what a collector has counted, with the prices of the catalogue.
 *
 * **Details**: requests the catalogue at most once an hour (`Models.get`), and fails with a `FriendliError` if it cannot be loaded. Only
 * serverless models have prices for tokens.
 * @category regions
 */
export const ofSpending = (spending: Spending): Effect.Effect<SpendingCost, FriendliError, Models.Models> =>
  Effect.gen(function* () {
    const unpriced: Array<string> = []
    let sum = free
    for (const [id, tokens] of spending.tokens) {
      const cost = Option.flatMap(yield* Models.get(id), (model) => ofTokens(model, tokens))
      if (Option.isSome(cost)) sum = add(sum, cost.value)
      else unpriced.push(id)
    }
    return { ...sum, unpriced }
  })

/** An operation that is counted: it sees the answer, and ends exactly once. */
interface Counted<in A> {
  readonly observe: (value: A) => void
  readonly retried: () => void
  readonly end: () => void
}

/**
 * Starts to count an operation for the collectors of its region; `undefined` if there are none. Everything that is read from the fiber is
 * read here, since a stream may be consumed in another region.
 */
const begin = <Request, A>(
  { deployment }: Interpreter,
  operation: Any<Request, A> & { readonly observer: () => Observer<A> },
  request: Request,
  options: RequestOptions | undefined
): Effect.Effect<Counted<A> | undefined> =>
  Effect.withFiberRuntime((fiber) => {
    const sinks = fiber.getFiberRef(currentSinks)
    if (sinks.length === 0) return Effect.succeed(undefined)
    const region = Context.get(fiber.getFiberRef(FiberRef.currentContext), CurrentRequestOptions)
    const model = requestedModel(deployment, operation, request, options, region)
    const { facts, observe } = operation.observer()
    let hasEnded = false
    return Effect.succeed({
      observe,
      retried: () => {
        if (operation.generates) for (const sink of sinks) sink.retry()
      },
      end: () => {
        // A tokenization has no output, and costs nothing.
        if (hasEnded || !operation.generates) return
        hasEnded = true
        const { model: answered, usage } = facts()
        const tokens = tokensOf(usage?.inputTokens, usage?.outputTokens, usage?.cachedInputTokens)
        for (const sink of sinks) {
          if (Option.isSome(tokens)) sink.report(answered ?? model ?? "", tokens.value)
          else sink.miss()
        }
      }
    })
  })

const middleware: Middleware = (next) => ({
  deployment: next.deployment,

  call: (operation, request, options) =>
    Effect.flatMap(begin(next, operation, request, options), (counted) =>
      counted === undefined
        ? next.call(operation, request, options)
        : Effect.onExit(withOnRetry(next.call(operation, request, options), counted.retried), (exit) =>
            Effect.sync(() => {
              if (Exit.isSuccess(exit)) counted.observe(exit.value.value)
              counted.end()
            })
          )
    ),

  open: (operation, request, options) =>
    Effect.gen(function* () {
      const counted = yield* begin(next, operation, request, options)
      if (counted === undefined) return yield* next.open(operation, request, options)
      yield* Effect.addFinalizer(() => Effect.sync(counted.end))
      const { response, value } = yield* withOnRetry(next.open(operation, request, options), counted.retried)
      const watched = Effect.map(toPull(value), (pull) =>
        fromPull(
          Effect.map(pull, (chunk) => {
            if (chunk === undefined) counted.end()
            else for (const event of chunk) counted.observe(event)
            return chunk
          })
        )
      )
      return { response, value: unwrapScoped(watched) }
    })
})

/**
 * Counts the operations of the deployments that this layer is provided to, for the collectors of their regions.
 *
 * **When to use**: `Serverless.layerConfig().pipe(Layer.provide(Pricing.layer))`. Outside of regions it does nothing.
 * @category layers
 */
export const layer: Layer.Layer<never> = /*#__PURE__*/ layerMiddleware(/*#__PURE__*/ Effect.succeed(middleware))
