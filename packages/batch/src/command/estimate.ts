/** Estimates what a batch will use. In: its settings. Out: tokens and cost, estimated from the first rows. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as ConfigError from "effect/ConfigError"
import * as BigDecimal from "effect/BigDecimal"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { FriendliClient } from "effect-friendli/FriendliClient"
import type { FriendliError } from "effect-friendli/FriendliError"
import * as Models from "effect-friendli/Models"
import * as Pricing from "effect-friendli/Pricing"
import * as Tokens from "effect-friendli/Tokens"
import { countRequests, firstRequests, type InputError } from "../formats/input.js"
import { modelOf } from "../run/key.js"
import type { Request } from "../run/rows.js"
import { layerOf } from "./deployments.js"
import { inputOptionsOf } from "./execute.js"
import * as format from "./format.js"
import type { Settings } from "./settings.js"

/** The number of tokens that a chat template adds to a message. */
const templateTokens = 5

/** How many tokenizations run at the same time. */
const concurrency = 8

/** The texts of a request, at any depth: contents, prompts, inputs. */
const textsOf = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (!Predicate.isRecord(value)) return []
  return [value["content"], value["text"], value["prompt"], value["input"], value["messages"], value["system"]].flatMap(
    (part) => (part === undefined ? [] : textsOf(part))
  )
}

/** The most tokens that an answer to a request may have, if the request limits them. */
const mostOutput = (request: unknown): number | undefined => {
  const limit = Predicate.isRecord(request) ? request["max_tokens"] : undefined
  return typeof limit === "number" ? limit : undefined
}

/** The estimate of a batch. */
export interface Estimate {
  readonly rows: number
  /** The rows that were tokenized. */
  readonly sampled: number
  readonly inputTokens: number
  /** Absent if a row does not limit its answer. */
  readonly mostOutputTokens: number | undefined
  /** Absent if the price of a model or the length of answers is not known. */
  readonly mostCost: BigDecimal.BigDecimal | undefined
}

const tokenize = (request: Request<unknown>) =>
  Effect.gen(function* () {
    const client = yield* FriendliClient
    const texts = textsOf(request.request)
    const model = modelOf(client.deployment, {}, request)
    const { tokens } = yield* client.execute(Tokens.tokenizeOperation, {
      prompt: texts.join("\n"),
      ...(model === undefined ? {} : { model })
    })
    return { request, model, tokens: tokens.length + templateTokens * texts.length }
  })

/** Estimates a batch from its first rows. Tokenization is free. */
export const estimate = (
  settings: Settings,
  sample: number
): Effect.Effect<Estimate, ConfigError.ConfigError | FriendliError | InputError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const options = inputOptionsOf(settings)
    const rows = yield* countRequests(settings.input, options)
    const first = Chunk.toReadonlyArray(yield* firstRequests(settings.input, options, sample))
    const counted = yield* Effect.forEach(first, tokenize, { concurrency })
    const scale = counted.length === 0 ? 0 : rows / counted.length
    const sum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)
    const outputs = counted.map(({ request }) => mostOutput(request.request))
    const isLimited = outputs.every((limit) => limit !== undefined)

    let mostCost: BigDecimal.BigDecimal | undefined = isLimited ? BigDecimal.fromBigInt(0n) : undefined
    for (const [index, { model, tokens }] of counted.entries()) {
      const entry = model === undefined ? Option.none() : yield* Models.get(model)
      const cost = Option.flatMap(entry, (found) =>
        Pricing.ofTokens(found, { input: tokens, cachedInput: 0, output: outputs[index] ?? 0 })
      )
      mostCost = mostCost === undefined || Option.isNone(cost) ? undefined : BigDecimal.sum(mostCost, cost.value.total)
    }
    return {
      rows,
      sampled: counted.length,
      inputTokens: Math.round(sum(counted.map(({ tokens }) => tokens)) * scale),
      mostOutputTokens: isLimited ? Math.round(sum(outputs.map((limit) => limit ?? 0)) * scale) : undefined,
      mostCost: mostCost === undefined ? undefined : BigDecimal.multiply(mostCost, BigDecimal.unsafeFromNumber(scale))
    }
  }).pipe(Effect.provide(layerOf(settings)))

/** The estimate as text. */
export const words = ({ inputTokens, mostCost, mostOutputTokens, rows, sampled }: Estimate): string =>
  [
    `${format.count(rows)} rows; ${format.count(sampled)} were tokenized`,
    `input:  about ${format.count(inputTokens)} tokens`,
    mostOutputTokens === undefined
      ? "output: not limited; set max_tokens in the rows, or use --max-tokens"
      : `output: at most ${format.count(mostOutputTokens)} tokens`,
    mostCost === undefined ? "cost:   not known" : `cost:   at most about ${format.money(mostCost)}`
  ].join("\n")
