/**
 * Messages answers as values of a schema: the format comes from the schema, the answer is decoded, and the model is asked again if its
 * answer does not fit.
 *
 * On every deployment, over the capability `Messages`. `ChatObject` is the same for chat.
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import * as accumulator from "./accumulators/message.js"
import { finishReason } from "./accumulators/choices.js"
import * as Messages from "./Messages.js"
import type * as MessageStream from "./MessageStream.js"
import type { MessagesStreamEvent } from "./schema/MessagesEvent.js"
import type { MessagesRequest } from "./schema/MessagesRequest.js"
import type { MessagesResponse, MessagesResponseContentBlock, MessagesUsage } from "./schema/MessagesResponse.js"
import type { JsonObject } from "./schema/primitives.js"
import { type Kind, type Reading, split, withLimit } from "./structured/outputRetries.js"
import * as decoder from "./structured/decoder.js"
import * as run from "./structured/run.js"
import type * as StructuredOutput from "./StructuredOutput.js"

/** A messages request. `output_config.format` is made from the schema. */
export interface Request extends MessagesRequest {}

/** The options of `create`. */
export interface Options extends StructuredOutput.Options<MessagesResponse, MessagesUsage> {}

/** The options of `stream`. */
export interface StreamOptions extends StructuredOutput.Options<MessageStream.Message, MessagesUsage> {}

/** What `create` gives: the value, the answer that it was decoded from, the usage of all attempts, and the attempts. */
export interface Output<A> extends StructuredOutput.Output<A, MessagesResponse, MessagesUsage> {}

/** What `stream` emits. `A` is the value, `I` the encoded side of the schema. */
export type Progress<A, I> = StructuredOutput.Progress<A, I, MessageStream.Message, MessagesUsage>

/** The error of `create` when every answer was rejected. */
export interface Rejected extends StructuredOutput.OutputRejected<MessagesResponse, MessagesUsage> {}

/** The error of `stream` when every answer was rejected. */
export interface StreamRejected extends StructuredOutput.OutputRejected<MessageStream.Message, MessagesUsage> {}

/** The fields that are read from an answer, whole or folded. */
interface AnswerLike {
  readonly content: ReadonlyArray<{ readonly type: string; readonly text?: unknown }>
  readonly stop_reason?: string | null | undefined
  readonly usage?: MessagesUsage | null | undefined
}

const endings: Readonly<Record<string, Reading<MessagesUsage>["ending"]>> = {
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "refused"
}

const read = ({ content, stop_reason, usage }: AnswerLike): Reading<MessagesUsage> => {
  const reason = finishReason(stop_reason)
  return {
    text: content.map(({ text, type }) => (type === "text" && typeof text === "string" ? text : "")).join(""),
    finishReason: reason,
    ending: (reason !== undefined && Object.hasOwn(endings, reason) ? endings[reason] : undefined) ?? "done",
    usage: usage ?? undefined
  }
}

const kindOf = <Answer extends AnswerLike & { readonly content: ReadonlyArray<MessagesResponseContentBlock> }>(
  operation: string
): Kind<MessagesRequest, Answer, MessagesUsage> => ({
  operation,
  read,
  again: (request, answer, message) => {
    const said = Messages.toAssistantMessage(answer)
    return {
      ...request,
      messages: [
        ...request.messages,
        // The API rejects a message without content.
        ...(said.content === "" ? [] : [said]),
        { role: "user", content: message }
      ]
    }
  },
  limited: (request, next) => withLimit(request, "max_tokens", next)
})

const withFormat = (request: Request, schema: JsonObject): MessagesRequest => ({
  ...request,
  output_config: { ...request.output_config, format: { type: "json_schema", schema } }
})

/**
 * Asks for a value of a schema. As `ChatObject.complete`, with requests and answers in the shape of the messages API.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Schema } from "effect"
 * import { MessageObject, Serverless } from "effect-friendli"
 *
 * const Verdict = Schema.Struct({ sentiment: Schema.Literal("good", "bad") })
 *
 * MessageObject.create(
 *   Verdict,
 *   {
 *     model: "meta-llama-3.1-8b-instruct",
 *     messages: [{ role: "user", content: "How is this review, as JSON: I would buy it again." }],
 *     max_tokens: 200
 *   },
 *   { outputRetries: 2 }
 * ).pipe(
 *   Effect.map(({ value }) => value.sentiment.length > 0),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => true
 * ```
 * @category accessors
 */
export const create: {
  <A, I, R>(
    schema: Schema.Schema<A, I, R>,
    request: Request,
    options?: Options
  ): Effect.Effect<Output<A>, FriendliError | Rejected, Messages.Messages | R>
  <S extends StructuredOutput.AnyStandard>(
    schema: S,
    request: Request,
    options?: Options
  ): Effect.Effect<Output<StructuredOutput.StandardOutput<S>>, FriendliError | Rejected, Messages.Messages>
} = <A, I, R>(
  schema: Schema.Schema<A, I, R> | StructuredOutput.AnyStandard,
  request: Request,
  options?: Options
): Effect.Effect<Output<A>, FriendliError | Rejected, Messages.Messages | R> =>
  Effect.flatMap(Messages.Messages, (messages) => {
    const { call, jsonSchema, outputRetries } = split(options)
    const decoding = decoder.make(schema, jsonSchema)
    return run.whole(
      { kind: kindOf<MessagesResponse>("MessageObject.create"), decoder: decoding, outputRetries },
      (body) => messages.create(body, call),
      withFormat(request, decoding.jsonSchema)
    )
  })

/** Merges the events of one answer, and collects the text of its text blocks. */
const merging = (): run.Merging<MessagesStreamEvent, MessageStream.Message> => {
  let text = ""
  const begun = new Set<accumulator.OpenBlock>()
  const merged = new accumulator.MessageMerge({
    piece: (block, piece) => {
      const { start } = block
      if (start.type !== "text") return
      // The start event of a block may contain text.
      text += begun.has(block) ? piece : `${start.text ?? ""}${piece}`
      begun.add(block)
    },
    stop: () => {}
  })
  return {
    add: (event) => {
      text = ""
      merged.add(event)
      return text
    },
    get events() {
      return merged.events
    },
    snapshot: () => merged.snapshot()
  }
}

/**
 * As `create`, with the value while it arrives. As `ChatObject.stream`, for messages.
 * @category accessors
 */
export const stream: {
  <A, I, R>(
    schema: Schema.Schema<A, I, R>,
    request: Request,
    options?: StreamOptions
  ): Stream.Stream<Progress<A, I>, FriendliStreamError | StreamRejected, Messages.Messages | R>
  <S extends StructuredOutput.AnyStandard>(
    schema: S,
    request: Request,
    options?: StreamOptions
  ): Stream.Stream<
    Progress<StructuredOutput.StandardOutput<S>, StructuredOutput.StandardInput<S>>,
    FriendliStreamError | StreamRejected,
    Messages.Messages
  >
} = <A, I, R>(
  schema: Schema.Schema<A, I, R> | StructuredOutput.AnyStandard,
  request: Request,
  options?: StreamOptions
): Stream.Stream<Progress<A, I>, FriendliStreamError | StreamRejected, Messages.Messages | R> => {
  const { call, jsonSchema, outputRetries } = split(options)
  const decoding = decoder.make(schema, jsonSchema)
  return run.streamed(
    { kind: kindOf<MessageStream.Message>("MessageObject.stream"), decoder: decoding, outputRetries },
    (body) => Messages.stream(body, call),
    merging,
    withFormat(request, decoding.jsonSchema)
  )
}
