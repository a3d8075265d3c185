/**
 * Responses as values of a schema: the format comes from the schema, the answer is decoded, and the model is asked again if its answer does
 * not fit.
 *
 * On every deployment that has `Responses`. `ChatObject` is the same for chat.
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { FriendliError, FriendliStreamError } from "./errors/FriendliError.js"
import { ResponseMerge } from "./accumulators/responseMerge.js"
import * as Responses from "./Responses.js"
import type * as ResponseStream from "./ResponseStream.js"
import type { JsonObject } from "./schema/primitives.js"
import type { ResponsesStreamEvent } from "./schema/ResponsesEvent.js"
import type { ResponsesInputItem } from "./schema/ResponsesItem.js"
import type { ResponsesRequest } from "./schema/ResponsesRequest.js"
import type { ResponsesOutputItem, ResponsesResponse, ResponsesUsage } from "./schema/ResponsesResponse.js"
import { type Kind, type Reading, split, withLimit } from "./structured/outputRetries.js"
import * as decoder from "./structured/decoder.js"
import * as run from "./structured/run.js"
import type * as StructuredOutput from "./StructuredOutput.js"

/** A responses request. `text.format` is made from the schema. */
export interface Request extends ResponsesRequest {}

/** The options of `create`. */
export interface Options
  extends StructuredOutput.Options<ResponsesResponse, ResponsesUsage>, StructuredOutput.FormatOptions {}

/** The options of `stream`. */
export interface StreamOptions
  extends StructuredOutput.Options<ResponseStream.Response, ResponsesUsage>, StructuredOutput.FormatOptions {}

/** What `create` gives: the value, the answer that it was decoded from, the usage of all attempts, and the attempts. */
export interface Output<A> extends StructuredOutput.Output<A, ResponsesResponse, ResponsesUsage> {}

/** What `stream` emits. `A` is the value, `I` the encoded side of the schema. */
export type Progress<A, I> = StructuredOutput.Progress<A, I, ResponseStream.Response, ResponsesUsage>

/** The error of `create` when every answer was rejected. */
export interface Rejected extends StructuredOutput.OutputRejected<ResponsesResponse, ResponsesUsage> {}

/** The error of `stream` when every answer was rejected. */
export interface StreamRejected extends StructuredOutput.OutputRejected<ResponseStream.Response, ResponsesUsage> {}

/** The fields that are read from an answer, whole or folded. */
interface AnswerLike {
  readonly output: ReadonlyArray<ResponsesOutputItem>
  readonly status?: string | null | undefined
  readonly incomplete_details?: { readonly reason?: string | null | undefined } | null | undefined
  readonly usage?: ResponsesUsage | null | undefined
}

/** The text of the parts of the type `refusal`. */
const refusalOf = (output: ReadonlyArray<ResponsesOutputItem>): string =>
  output
    .flatMap((item): ReadonlyArray<object> => (item.type === "message" ? item.content : []))
    .map((part) => {
      const { refusal, type } = part as { readonly refusal?: unknown; readonly type?: unknown }
      return type === "refusal" && typeof refusal === "string" ? refusal : ""
    })
    .join("")

const endingOf = (reason: string | undefined): Reading<ResponsesUsage>["ending"] =>
  reason === "content_filter" ? "refused" : reason === undefined ? "done" : "length"

const read = ({ incomplete_details, output, status, usage }: AnswerLike): Reading<ResponsesUsage> => {
  // Some servers report an incomplete response without a reason: a token limit is the usual one.
  const reason = status === "incomplete" ? (incomplete_details?.reason ?? "max_output_tokens") : undefined
  const refusal = refusalOf(output)
  return {
    text: Responses.outputText({ output }) || refusal,
    finishReason: reason ?? status ?? undefined,
    ending: refusal === "" ? endingOf(reason) : "refused",
    usage: usage ?? undefined
  }
}

/** The conversation so far as a list of items. */
const itemsOf = (input: ResponsesRequest["input"]): ReadonlyArray<ResponsesInputItem> =>
  typeof input === "string" ? [{ type: "message", role: "user", content: input }] : input

const kindOf = <Answer extends AnswerLike>(operation: string): Kind<ResponsesRequest, Answer, ResponsesUsage> => ({
  operation,
  read,
  again: (request, answer, message) => ({
    ...request,
    input: [
      ...itemsOf(request.input),
      ...Responses.toInput(answer),
      { type: "message", role: "user", content: message }
    ]
  }),
  limited: (request, next) => withLimit(request, "max_output_tokens", next)
})

/** The API needs a name for a format. */
const withFormat = (
  request: Request,
  format: StructuredOutput.FormatOptions,
  schema: JsonObject
): ResponsesRequest => ({
  ...request,
  text: { ...request.text, format: { type: "json_schema", ...format, name: format.name ?? "answer", schema } }
})

/**
 * Asks for a value of a schema. As `ChatObject.complete`, with requests and answers in the shape of the responses API.
 *
 * **Details**: when the model is asked again, the items of its answer are appended to `input`, reasoning included. The limit that
 * `outputRetries.length` raises is `max_output_tokens`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Schema } from "effect"
 * import { ResponseObject, Serverless } from "effect-friendli"
 *
 * const Verdict = Schema.Struct({ sentiment: Schema.Literal("good", "bad") })
 *
 * ResponseObject.create(
 *   Verdict,
 *   {
 *     model: "meta-llama-3.1-8b-instruct",
 *     input: "How is this review, as JSON: I would buy it again.",
 *     max_output_tokens: 200
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
  ): Effect.Effect<Output<A>, FriendliError | Rejected, Responses.Responses | R>
  <S extends StructuredOutput.AnyStandard>(
    schema: S,
    request: Request,
    options?: Options
  ): Effect.Effect<Output<StructuredOutput.StandardOutput<S>>, FriendliError | Rejected, Responses.Responses>
} = <A, I, R>(
  schema: Schema.Schema<A, I, R> | StructuredOutput.AnyStandard,
  request: Request,
  options?: Options
): Effect.Effect<Output<A>, FriendliError | Rejected, Responses.Responses | R> =>
  Effect.flatMap(Responses.Responses, (responses) => {
    const { call, format, jsonSchema, outputRetries } = split(options)
    const decoding = decoder.make(schema, jsonSchema)
    return run.whole(
      { kind: kindOf<ResponsesResponse>("ResponseObject.create"), decoder: decoding, outputRetries },
      (body) => responses.create(body, call),
      withFormat(request, format, decoding.jsonSchema)
    )
  })

/** Merges the events of one answer, and collects the text of its messages. */
const merging = (): run.Merging<ResponsesStreamEvent, ResponseStream.Response> => {
  let text = ""
  const merged = new ResponseMerge({
    listener: {
      piece: (_item, kind, piece) => {
        if (kind === "text") text += piece
      },
      done: () => {}
    }
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
 * As `create`, with the value while it arrives. As `ChatObject.stream`, for responses.
 * @category accessors
 */
export const stream: {
  <A, I, R>(
    schema: Schema.Schema<A, I, R>,
    request: Request,
    options?: StreamOptions
  ): Stream.Stream<Progress<A, I>, FriendliStreamError | StreamRejected, Responses.Responses | R>
  <S extends StructuredOutput.AnyStandard>(
    schema: S,
    request: Request,
    options?: StreamOptions
  ): Stream.Stream<
    Progress<StructuredOutput.StandardOutput<S>, StructuredOutput.StandardInput<S>>,
    FriendliStreamError | StreamRejected,
    Responses.Responses
  >
} = <A, I, R>(
  schema: Schema.Schema<A, I, R> | StructuredOutput.AnyStandard,
  request: Request,
  options?: StreamOptions
): Stream.Stream<Progress<A, I>, FriendliStreamError | StreamRejected, Responses.Responses | R> => {
  const { call, format, jsonSchema, outputRetries } = split(options)
  const decoding = decoder.make(schema, jsonSchema)
  return run.streamed(
    { kind: kindOf<ResponseStream.Response>("ResponseObject.stream"), decoder: decoding, outputRetries },
    (body) => Responses.stream(body, call),
    merging,
    withFormat(request, format, decoding.jsonSchema)
  )
}
