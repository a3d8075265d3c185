/**
 * Chat answers as values of a schema: the format comes from the schema, the answer is decoded, and the model is asked again if its answer
 * does not fit.
 *
 * On every deployment, over the capability `Chat`.
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Chat from "./Chat.js"
import type * as ChatStream from "./ChatStream.js"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { choiceIndex, finishReason } from "./accumulators/choices.js"
import { makeChatAccumulator } from "./accumulators/chunks.js"
import type { ChatChunk } from "./schema/ChatChunk.js"
import type { ChatCompletion } from "./schema/ChatCompletion.js"
import type { ChatRequest } from "./schema/ChatRequest.js"
import type { TokenLogprob } from "./schema/Logprobs.js"
import type { JsonObject } from "./schema/primitives.js"
import type { Usage } from "./schema/Usage.js"
import { type Kind, type Reading, split, withLimit } from "./structured/outputRetries.js"
import * as decoder from "./structured/decoder.js"
import * as run from "./structured/run.js"
import type * as StructuredOutput from "./StructuredOutput.js"

/** A chat request without `response_format`, which is made from the schema, and with one choice. */
export interface Request extends Omit<ChatRequest, "n" | "response_format"> {}

/** The options of `complete`. */
export interface Options extends StructuredOutput.Options<ChatCompletion, Usage>, StructuredOutput.FormatOptions {}

/** The options of `stream`. */
export interface StreamOptions
  extends StructuredOutput.Options<ChatStream.Answer, Usage>, StructuredOutput.FormatOptions {}

/** What `complete` gives: the value, the answer that it was decoded from, the usage of all attempts, and the attempts. */
export interface Output<A> extends StructuredOutput.Output<A, ChatCompletion, Usage> {}

/** What `stream` emits. `A` is the value, `I` the encoded side of the schema. */
export type Progress<A, I> = StructuredOutput.Progress<A, I, ChatStream.Answer, Usage>

/** The error of `complete` when every answer was rejected. */
export interface Rejected extends StructuredOutput.OutputRejected<ChatCompletion, Usage> {}

/** The error of `stream` when every answer was rejected. */
export interface StreamRejected extends StructuredOutput.OutputRejected<ChatStream.Answer, Usage> {}

/** The fields that are read from an answer, whole or folded. */
interface AnswerLike {
  readonly choices: ReadonlyArray<{
    readonly index: number
    readonly message: { readonly content?: string | null | undefined }
    readonly finish_reason?: string | null | undefined
  }>
  readonly usage?: Usage | null | undefined
}

/** Other servers put a refusal into a field of its own. */
const refusalOf = (message: { readonly content?: string | null | undefined }): string => {
  const { refusal } = message as { readonly refusal?: unknown }
  return typeof refusal === "string" ? refusal : ""
}

const endingOf = (reason: string | undefined): Reading<Usage>["ending"] =>
  reason === "length" ? "length" : reason === "content_filter" ? "refused" : "done"

const read = ({ choices, usage }: AnswerLike): Reading<Usage> => {
  const choice = choices.find(({ index }) => index === 0) ?? choices[0]
  const reason = finishReason(choice?.finish_reason)
  const refusal = refusalOf(choice?.message ?? {})
  return {
    text: choice?.message.content || refusal,
    finishReason: reason,
    ending: refusal === "" ? endingOf(reason) : "refused",
    usage: usage ?? undefined
  }
}

const kindOf = <Answer extends AnswerLike>(operation: string): Kind<ChatRequest, Answer, Usage> => ({
  operation,
  read,
  again: (request, answer, message) => ({
    ...request,
    messages: [
      ...request.messages,
      // Without reasoning: the answer was wrong, and most models ignore the reasoning of earlier turns.
      Chat.toAssistantMessage({ content: read(answer).text }),
      { role: "user", content: message }
    ]
  }),
  limited: (request, next) => withLimit(request, "max_tokens", next)
})

const withFormat = (request: Request, format: StructuredOutput.FormatOptions, schema: JsonObject): ChatRequest => ({
  ...request,
  response_format: { type: "json_schema", json_schema: { ...format, schema } }
})

/**
 * Asks for a value of a schema.
 *
 * **When to use**: to extract, classify or fill in: wherever a program reads the answer. To show the value while it arrives, use `stream`.
 *
 * **Details**: `response_format` is made from the schema (`ResponseFormat.json` has the rules), and the answer is decoded by it, services
 * and effects of the schema included. If the text is not JSON, or the schema rejects it, the model is asked again with its answer and a
 * list of the problems, up to `outputRetries` times. When no attempt is left, the call fails with an `OutputRejectedError` that has all attempts.
 * For an answer that a token limit cut short, and for a refusal, the model is asked again only if `outputRetries` says so; otherwise the call
 * fails with the same error and another `reason`. The options of a call (`timeout`, `retry` …) apply to each attempt.
 *
 * **Gotchas**: say in a message, too, that the answer is JSON: otherwise a model may write white space without end. Set `max_tokens` for
 * the same reason. The API does not accept `tools` or `min_tokens` together with a format.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Schema } from "effect"
 * import { ChatObject, Serverless } from "effect-friendli"
 *
 * const City = Schema.Struct({ name: Schema.String, people: Schema.Int.pipe(Schema.positive()) })
 *
 * ChatObject.complete(
 *   City,
 *   {
 *     model: "meta-llama-3.1-8b-instruct",
 *     messages: [{ role: "user", content: "Describe Seoul, as JSON." }],
 *     max_tokens: 200
 *   },
 *   { outputRetries: 2 }
 * ).pipe(
 *   Effect.map(({ attempts, value }) => `${typeof value.people}, ${attempts.length > 0}`),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => number, true
 * ```
 * @category accessors
 */
export const complete: {
  <A, I, R>(
    schema: Schema.Schema<A, I, R>,
    request: Request,
    options?: Options
  ): Effect.Effect<Output<A>, FriendliError | Rejected, Chat.Chat | R>
  <S extends StructuredOutput.AnyStandard>(
    schema: S,
    request: Request,
    options?: Options
  ): Effect.Effect<Output<StructuredOutput.StandardOutput<S>>, FriendliError | Rejected, Chat.Chat>
} = <A, I, R>(
  schema: Schema.Schema<A, I, R> | StructuredOutput.AnyStandard,
  request: Request,
  options?: Options
): Effect.Effect<Output<A>, FriendliError | Rejected, Chat.Chat | R> =>
  Effect.flatMap(Chat.Chat, (chat) => {
    const { call, format, jsonSchema, outputRetries } = split(options)
    const decoding = decoder.make(schema, jsonSchema)
    return run.whole(
      { kind: kindOf<ChatCompletion>("ChatObject.complete"), decoder: decoding, outputRetries },
      (body) => chat.complete(body, call),
      withFormat(request, format, decoding.jsonSchema)
    )
  })

/** Merges the chunks of one answer. */
const merging = (): run.Merging<ChatChunk, ChatStream.Answer> => {
  const merged = makeChatAccumulator<TokenLogprob, Usage>()
  return {
    add: (chunk) => {
      merged.add(chunk)
      let text = ""
      let position = 0
      for (const choice of chunk.choices) if (choiceIndex(choice, position++) === 0) text += choice.delta.content ?? ""
      return text
    },
    get events() {
      return merged.events
    },
    snapshot: (isWhole) => merged.snapshot(isWhole)
  }
}

/**
 * As `complete`, with the value while it arrives.
 *
 * **When to use**: to show a form, a list or a chart while the model fills it in.
 *
 * **Details**: emits `Growing` with the value so far whenever there is more to show, and ends with one `Complete`, which has the decoded
 * value, the answer, the usage and the attempts. If an attempt is rejected and the model is asked again, `Rejected` comes in between:
 * discard what was shown of that attempt. The next elements have the next number in `attempt`. When no attempt is left, the stream fails
 * with an `OutputRejectedError`.
 *
 * A growing value is on the encoded side of the schema (a `Date` is still a string), as `PartialJson` shows it: nothing is guessed, and no
 * service or effect of the schema runs before the answer is complete. To decode parts while they arrive, use `PartialJson.decode`.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Schema, Stream } from "effect"
 * import { Chat, ChatObject } from "effect-friendli"
 * import { Wire } from "effect-friendli/testing"
 *
 * const City = Schema.Struct({ name: Schema.String, people: Schema.Int })
 * const mock = Layer.mock(Chat.Chat, {
 *   stream: () => Stream.fromIterable(Wire.chatChunks(`{"name": "Seoul", "people": 9600000}`))
 * })
 *
 * ChatObject.stream(City, { messages: [{ role: "user", content: "Describe Seoul, as JSON." }] }).pipe(
 *   Stream.runForEach((progress) =>
 *     progress._tag === "Rejected"
 *       ? Effect.void
 *       : Effect.sync(() => console.log(progress._tag, JSON.stringify(progress.value)))
 *   ),
 *   Effect.provide(mock),
 *   Effect.runPromise
 * )
 * // => Growing {}
 * // => Growing {"name":"Seoul"}
 * // => Growing {"name":"Seoul","people":9600000}
 * // => Complete {"name":"Seoul","people":9600000}
 * ```
 * @category accessors
 */
export const stream: {
  <A, I, R>(
    schema: Schema.Schema<A, I, R>,
    request: Request,
    options?: StreamOptions
  ): Stream.Stream<Progress<A, I>, FriendliStreamError | StreamRejected, Chat.Chat | R>
  <S extends StructuredOutput.AnyStandard>(
    schema: S,
    request: Request,
    options?: StreamOptions
  ): Stream.Stream<
    Progress<StructuredOutput.StandardOutput<S>, StructuredOutput.StandardInput<S>>,
    FriendliStreamError | StreamRejected,
    Chat.Chat
  >
} = <A, I, R>(
  schema: Schema.Schema<A, I, R> | StructuredOutput.AnyStandard,
  request: Request,
  options?: StreamOptions
): Stream.Stream<Progress<A, I>, FriendliStreamError | StreamRejected, Chat.Chat | R> => {
  const { call, format, jsonSchema, outputRetries } = split(options)
  const decoding = decoder.make(schema, jsonSchema)
  return run.streamed(
    { kind: kindOf<ChatStream.Answer>("ChatObject.stream"), decoder: decoding, outputRetries },
    (body) => Chat.stream(body, call),
    merging,
    withFormat(request, format, decoding.jsonSchema)
  )
}
