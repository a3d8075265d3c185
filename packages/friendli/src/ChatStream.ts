/**
 * What to do with a streamed chat answer: its text, its reasoning, its tool calls, the whole message, or on to a browser.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "./FriendliError.js"
import { type ChatAnswerLike, makeChatAccumulator } from "./internal/deltas.js"
import * as folds from "./internal/folds.js"
import type { ChatChunk } from "./schema/ChatChunk.js"
import type { TokenLogprob } from "./schema/Logprobs.js"
import type { ToolCall } from "./schema/Tool.js"
import type { Usage } from "./schema/Usage.js"

/**
 * A streamed answer put together again. The shape of `ChatCompletion`, but `usage` may be missing and `finish_reason` is `null`
 * where an answer broke off.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer extends ChatAnswerLike<TokenLogprob, Usage> {}

/**
 * Which choice of the answer is meant, where `n` asked for several. Default 0.
 *
 * @category models
 * @since 0.1.0
 */
export interface ChoiceOptions {
  readonly choice?: number | undefined
}

const pieces = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  field: "content" | "reasoning_content",
  options: ChoiceOptions | undefined
): Stream.Stream<string, E, R> => {
  const index = options?.choice ?? 0
  return Stream.filterMap(stream, (chunk) => {
    let text = ""
    for (const choice of chunk.choices) if (choice.index === index) text += choice.delta[field] ?? ""
    return text === "" ? Option.none() : Option.some(text)
  })
}

/**
 * The text as it is written: non-empty pieces of one choice.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ChatStream } from "effect-friendli"
 *
 * const chunks = Stream.make(
 *   { choices: [{ index: 0, delta: { role: "assistant", content: "" } }] },
 *   { choices: [{ index: 0, delta: { content: "Hel" } }] },
 *   { choices: [{ index: 0, delta: { content: "lo" }, finish_reason: "stop" }] }
 * )
 * Effect.runPromise(Stream.runFold(ChatStream.text(chunks), "", (all, text) => `${all}|${text}`)).then(console.log)
 * // => |Hel|lo
 * ```
 *
 * @category folds
 * @since 0.1.0
 */
export const text = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options?: ChoiceOptions
): Stream.Stream<string, E, R> => pieces(stream, "content", options)

/**
 * The reasoning as it is written, of models and requests (`parse_reasoning: true`) that give it apart from the text.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ChatStream } from "effect-friendli"
 *
 * const chunks = Stream.make({ choices: [{ index: 0, delta: { reasoning_content: "Two and two…" } }] })
 * Effect.runPromise(Stream.runHead(ChatStream.reasoning(chunks))).then(console.log)
 * // => { _id: 'Option', _tag: 'Some', value: 'Two and two…' }
 * ```
 *
 * @category folds
 * @since 0.1.0
 */
export const reasoning = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options?: ChoiceOptions
): Stream.Stream<string, E, R> => pieces(stream, "reasoning_content", options)

/**
 * Runs the stream and gives the whole answer: message, tool calls, finish reason and usage of every choice.
 *
 * **Details**: a failure is the stream's own, with the answer until then in `received.partial` (see `partial`): nothing that
 * arrived is lost.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ChatStream } from "effect-friendli"
 *
 * const chunks = Stream.make(
 *   { id: "1", choices: [{ index: 0, delta: { content: "Hel" } }] },
 *   { id: "1", choices: [{ index: 0, delta: { content: "lo" }, finish_reason: "stop" }] },
 *   { id: "1", choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } }
 * )
 * Effect.runPromise(ChatStream.fold(chunks)).then((answer) =>
 *   console.log(answer.choices[0]?.message.content, answer.choices[0]?.finish_reason, answer.usage?.total_tokens)
 * )
 * // => Hello stop 5
 * ```
 *
 * @category folds
 * @since 0.1.0
 */
export const fold = <E, R>(stream: Stream.Stream<ChatChunk, E, R>): Effect.Effect<Answer, E, R> =>
  folds.fold(stream, () => makeChatAccumulator<TokenLogprob, Usage>())

/**
 * Runs the stream and gives the tool calls of one choice, put together from their pieces, in the order in which they began.
 *
 * **Details**: survives servers that leave out index or id, repeat the id, or send a null name. `arguments` is the JSON text as the
 * model wrote it.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ChatStream } from "effect-friendli"
 *
 * const chunks = Stream.make(
 *   { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "call_1", function: { name: "now", arguments: "{" } }] } }] },
 *   { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: "}" } }] } }] }
 * )
 * Effect.runPromise(ChatStream.toolCalls(chunks)).then((calls) => console.log(calls[0]?.function))
 * // => { name: 'now', arguments: '{}' }
 * ```
 *
 * @category folds
 * @since 0.1.0
 */
export const toolCalls = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options?: ChoiceOptions
): Effect.Effect<ReadonlyArray<ToolCall>, E, R> =>
  Effect.map(
    fold(stream),
    (answer) => answer.choices.find((choice) => choice.index === (options?.choice ?? 0))?.message.tool_calls ?? []
  )

/**
 * What a failed `fold` (or `toolCalls`) had put together.
 *
 * @example
 * ```ts
 * import { Effect, Option, Stream } from "effect"
 * import { ChatStream, FriendliError } from "effect-friendli"
 *
 * const cut = Stream.concat(
 *   Stream.make({ choices: [{ index: 0, delta: { content: "Hel" } }] }),
 *   Stream.fail(new FriendliError.StreamTruncatedError({
 *     operation: "Chat.stream", deployment: "serverless", message: "cut short", received: { events: 1 }
 *   }))
 * )
 * Effect.runPromise(Effect.flip(ChatStream.fold(cut))).then((error) =>
 *   console.log(Option.getOrThrow(ChatStream.partial(error)).choices[0]?.message.content)
 * )
 * // => Hel
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const partial = (error: FriendliStreamError): Option.Option<Answer> => folds.partial(error, "chat.completion")

/**
 * The stream as server-sent events, for a web response of your own: `data:` frames and `[DONE]`. A failure becomes an error frame
 * that tells its kind and no more, and no `[DONE]` follows.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ChatStream } from "effect-friendli"
 *
 * const chunks = Stream.make({ choices: [{ index: 0, delta: { content: "Hi" } }] })
 * Effect.runPromise(Stream.mkString(Stream.decodeText(ChatStream.toSse(chunks)))).then((body) => console.log(body.trimEnd()))
 * // => data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}
 * // =>
 * // => data: [DONE]
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const toSse = <E, R>(stream: Stream.Stream<ChatChunk, E, R>): Stream.Stream<Uint8Array, never, R> =>
  folds.toSse(stream)

/**
 * The stream as a web `ReadableStream` of server-sent events: `new Response(readable, { headers: { "content-type":
 * "text/event-stream" } })`. Cancelling it closes the connection to the API.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { ChatStream } from "effect-friendli"
 *
 * const chunks = Stream.make({ choices: [{ index: 0, delta: { content: "Hi" } }] })
 * Effect.runPromise(ChatStream.toReadableStream(chunks))
 *   .then((body) => new Response(body).text())
 *   .then((text) => console.log(text.split("\n").length))
 * // => 5
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const toReadableStream = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>
): Effect.Effect<ReadableStream<Uint8Array>, never, R> => Stream.toReadableStreamEffect(toSse(stream))
