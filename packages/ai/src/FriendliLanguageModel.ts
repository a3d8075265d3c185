/**
 * Friendli as the language model of `@effect/ai`: over the capability `Chat` of `effect-friendli`.
 *
 * A program that is written with `LanguageModel`, `Chat`, `Tool` and `Toolkit` of `@effect/ai` runs with it unchanged, on every deployment,
 * with the retries, limits and timeouts that the deployment has, and with the mocks that tests provide.
 */
import * as IdGenerator from "@effect/ai/IdGenerator"
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as AiModel from "@effect/ai/Model"
import type * as Response from "@effect/ai/Response"
import type * as AiError from "@effect/ai/AiError"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Chat from "effect-friendli/Chat"
import * as answers from "./provider/answer.js"
import { namesOf } from "./provider/calls.js"
import { type Config, current, merge, nameModel } from "./provider/config.js"
import { fromFriendliError } from "./provider/errors.js"
import { counted, finishReason, noCounts } from "./provider/facts.js"
import { StreamReader } from "./provider/parts.js"
import { quietEnd, quietOptions } from "./provider/quiet.js"
import { makeRequest } from "./provider/request.js"
import * as telemetry from "./provider/telemetry.js"

export { Config, withConfigOverride } from "./provider/config.js"
export type { Sampling } from "./provider/config.js"
export type { FinishMetadata } from "./provider/facts.js"
export type { MessageOptions, UserOptions } from "./provider/prompt.js"

/** The options of a language model. */
export interface Options {
  /** The model: a model code, an endpoint id, or an adapter route. Default: that of the deployment. */
  readonly model?: string | undefined
  /** Fields of every request, such as `temperature`, `max_tokens` and `reasoning_effort`, and settings of the provider. */
  readonly config?: Omit<Config.Service, "model"> | undefined
  /**
   * Whether the spans of `@effect/ai` contain the arguments of tool calls (`parameters` of `Toolkit.handle`), and the errors on these spans the
   * values that do not match a schema. Default: false.
   */
  readonly recordContents?: boolean | undefined
}

const streamParts = (
  chat: Chat.Chat.Service,
  options: LanguageModel.ProviderOptions,
  settings: Config.Service,
  idPrefix: string
): Effect.Effect<Stream.Stream<Response.StreamPartEncoded, AiError.AiError>, AiError.AiError> =>
  Effect.map(makeRequest(options, settings, "streamText"), ({ config, request }) => {
    telemetry.annotateRequest(options.span, request)
    const reader = new StreamReader({
      names: namesOf(options.tools),
      invalidToolCalls: config.invalidToolCalls ?? "fail",
      idPrefix,
      method: "streamText"
    })
    const ending = Stream.suspend(() => {
      const { failure, parts } = reader.end()
      telemetry.annotateAnswer(options.span, { ...reader.facts, ...reader.finish })
      const last = Stream.fromIterable(parts)
      return failure === undefined ? last : Stream.concat(last, Stream.fail(failure))
    })
    return chat.stream(request, config.requestOptions).pipe(
      // the span of the request is below that of the generation
      Stream.provideService(Tracer.ParentSpan, options.span),
      Stream.mapError((error) => fromFriendliError(error, "streamText")),
      Stream.mapChunks((chunks) =>
        Chunk.fromIterable(Chunk.toReadonlyArray(chunks).flatMap((chunk) => reader.add(chunk)))
      ),
      Stream.concat(ending)
    )
  })

/** The model, without the arguments of tool calls in spans. */
const quietModel = ({ generateObject, generateText, streamText }: LanguageModel.Service): LanguageModel.Service => {
  const quiet = (generate: (options: never) => unknown) => (options: object) => generate(quietOptions(options) as never)
  // The options and the results have the same types as before.
  return {
    generateText: quiet(generateText),
    generateObject: quiet(generateObject),
    streamText: quiet(streamText)
  } as LanguageModel.Service
}

/**
 * Makes the language model over the capability `Chat`.
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<LanguageModel.Service, never, Chat.Chat> =>
  Effect.gen(function* () {
    const chat = yield* Chat.Chat
    const own: Config.Service = { ...options.config, ...(options.model === undefined ? {} : { model: options.model }) }
    const settings = Effect.map(current, (region) => merge(own, region))
    const idPrefix = Effect.flatMap(IdGenerator.IdGenerator, (ids) => ids.generateId())
    const isQuiet = options.recordContents !== true
    const model = yield* LanguageModel.make({
      generateText: (request) =>
        Effect.gen(function* () {
          if (isQuiet) quietEnd(request.span)
          const method = request.responseFormat.type === "json" ? "generateObject" : "generateText"
          const made = yield* makeRequest(request, yield* settings, method)
          telemetry.annotateRequest(request.span, made.request)
          const answer = yield* Effect.mapError(chat.complete(made.request, made.config.requestOptions), (error) =>
            fromFriendliError(error, method)
          )
          telemetry.annotateAnswer(request.span, {
            id: answer.id,
            model: answer.model,
            reason: finishReason(answer.choices[0]?.finish_reason),
            counts: counted(noCounts, answer.usage)
          })
          return yield* answers.partsOf(answer, {
            names: namesOf(request.tools),
            invalidToolCalls: made.config.invalidToolCalls ?? "fail",
            idPrefix: yield* idPrefix,
            isObject: request.responseFormat.type === "json",
            method
          })
        }),
      streamText: (request) => {
        if (isQuiet) quietEnd(request.span)
        return Stream.unwrap(
          Effect.flatMap(Effect.all([settings, idPrefix]), ([config, prefix]) =>
            streamParts(chat, request, config, prefix)
          )
        )
      }
    })
    return nameModel(isQuiet ? quietModel(model) : model, options.model)
  })

/**
 * The language model as a layer.
 *
 * **When to use**: under a program of `@effect/ai`, over the layer of a deployment, or over a mock of `Chat`.
 *
 * **Details**: every failure of the SDK becomes an `AiError` with the failure as its `cause`; see `FriendliAiError`. A stream that is cut short
 * fails, and none of its tools are executed. A tool call whose arguments are incomplete or not JSON fails with a `MalformedOutput` and is not
 * executed.
 *
 * @example
 * ```ts
 * import { LanguageModel } from "@effect/ai"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Serverless } from "effect-friendli"
 * import { FriendliLanguageModel } from "effect-friendli-ai"
 *
 * const Friendli = FriendliLanguageModel.layer({ model: "meta-llama-3.1-8b-instruct", config: { max_tokens: 50 } }).pipe(
 *   Layer.provide(Serverless.layerConfig()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * LanguageModel.generateText({ prompt: "Hello!" }).pipe(
 *   Effect.map(({ finishReason }) => finishReason),
 *   Effect.provide(Friendli),
 *   Effect.runPromise
 * ).then(console.log)
 * // => ...
 * ```
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<LanguageModel.LanguageModel, never, Chat.Chat> =>
  Layer.effect(LanguageModel.LanguageModel, make(options))

/**
 * The language model as a `Model` of `@effect/ai`, which also has the name of the provider (`"friendli"`).
 * @category models
 */
export const model = (
  name: string,
  config?: Omit<Config.Service, "model">
): AiModel.Model<"friendli", LanguageModel.LanguageModel, Chat.Chat> =>
  AiModel.make("friendli", layer({ model: name, config }))
