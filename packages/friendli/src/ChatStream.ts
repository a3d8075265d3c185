/** What to do with a streamed chat answer: its text, its reasoning, its tool calls, the whole message, or on to a browser. */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "./errors/FriendliError.js"
import { choiceIndex, finishReason, isCutShort, reasoningOf } from "./accumulators/choices.js"
import { type ChatAnswerLike, makeChatAccumulator } from "./accumulators/chunks.js"
import * as folds from "./accumulators/folds.js"
import * as calls from "./partialJson/calls.js"
import { ToolCalls } from "./accumulators/toolCalls.js"
import type * as PartialJson from "./partialJson/PartialJson.js"
import type { ChatChunk } from "./schema/ChatChunk.js"
import type { TokenLogprob } from "./schema/Logprobs.js"
import type { ToolCall } from "./schema/Tool.js"
import type { Usage } from "./schema/Usage.js"

/**
 * A streamed answer put together again. The shape of `ChatCompletion`, but `finish_reason` is `null` where an answer broke off.
 * @category models
 */
export interface Answer extends ChatAnswerLike<TokenLogprob, Usage> {}

/**
 * Which choice of the answer is meant, where `n` asked for several. Default 0.
 * @category models
 */
export interface ChoiceOptions {
  readonly choice?: number | undefined
}

type Choice = ChatChunk["choices"][number]

const pieces = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  read: (delta: Choice["delta"]) => string,
  options: ChoiceOptions | undefined
): Stream.Stream<string, E, R> => {
  const wanted = options?.choice ?? 0
  return Stream.filterMap(stream, (chunk) => {
    let text = ""
    let position = 0
    for (const choice of chunk.choices) if (choiceIndex(choice, position++) === wanted) text += read(choice.delta)
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
 * @category folds
 */
export const text = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options?: ChoiceOptions
): Stream.Stream<string, E, R> => pieces(stream, (delta) => delta.content ?? "", options)

/**
 * The reasoning as it is written, of models and requests (`parse_reasoning: true`) that give it apart from the text: what comes as
 * `reasoning_content`, or as `reasoning` from servers that use that name.
 * @category folds
 */
export const reasoning = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options?: ChoiceOptions
): Stream.Stream<string, E, R> => pieces(stream, reasoningOf, options)

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
 * @category folds
 */
export const fold = <E, R>(stream: Stream.Stream<ChatChunk, E, R>): Effect.Effect<Answer, E, R> =>
  folds.fold(stream, () => makeChatAccumulator<TokenLogprob, Usage>())

/**
 * Runs the stream and gives the tool calls of one choice, put together from their pieces, in the order of their indexes.
 *
 * **Details**: survives servers that leave out index or id, repeat or change the id, cut the name in pieces, or send a null name.
 * `arguments` is the JSON text as the model wrote it, and `{}` where a call that is complete has none.
 * @category folds
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
 * The tool calls of one choice while they are written: their arguments, decoded by the schemas of the tools as they grow.
 *
 * **When to use**: to show what the model fills in, or to stop an answer that goes wrong. When only the whole calls matter, `toolCalls` is
 * enough.
 *
 * **Details**: each element is one call with a reading of its arguments, see `PartialJson.Reading`: `Growing` with what there is, at the end
 * `Complete` or `Invalid`. `name` tells which tool it is, and so the type of the value. Pieces are put together as `toolCalls` does, and
 * calls may interleave. A call of a tool that is not among the schemas has no `name` but an `unknownName`. A
 * failure of the stream comes after the last readings.
 *
 * **Gotchas**: `Complete` comes when the stream has ended: until then a server may add to any call.
 *
 * @example
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { ChatStream } from "effect-friendli"
 *
 * const chunks = Stream.fromIterable([`{"city":"Se`, `oul","days":`, `3}`]).pipe(
 *   Stream.map((text) => ({
 *     choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "call_1", function: { name: "get_weather", arguments: text } }] } }]
 *   }))
 * )
 * const tools = { get_weather: Schema.Struct({ city: Schema.String, days: Schema.Number }) }
 *
 * ChatStream.partialToolCalls(chunks, tools).pipe(
 *   Stream.runForEach(({ name, reading }) => Effect.sync(() => console.log(name, reading._tag, reading.value))),
 *   Effect.runPromise
 * )
 * // => get_weather Growing { city: 'Se' }
 * // => get_weather Growing { city: 'Seoul' }
 * // => get_weather Growing { city: 'Seoul', days: 3 }
 * // => get_weather Complete { city: 'Seoul', days: 3 }
 * ```
 * @category folds
 */
export const partialToolCalls: {
  <const Tools extends PartialJson.ToolSchemas>(
    tools: Tools,
    options?: ChoiceOptions
  ): <E, R>(stream: Stream.Stream<ChatChunk, E, R>) => Stream.Stream<PartialJson.ToolCall<Tools>, E, R>
  <const Tools extends PartialJson.ToolSchemas, E, R>(
    stream: Stream.Stream<ChatChunk, E, R>,
    tools: Tools,
    options?: ChoiceOptions
  ): Stream.Stream<PartialJson.ToolCall<Tools>, E, R>
} = /*#__PURE__*/ dual(
  ([first]) => Predicate.hasProperty(first, Stream.StreamTypeId),
  <const Tools extends PartialJson.ToolSchemas, E, R>(
    stream: Stream.Stream<ChatChunk, E, R>,
    tools: Tools,
    options?: ChoiceOptions
  ): Stream.Stream<PartialJson.ToolCall<Tools>, E, R> =>
    folds.readings(stream, () => {
      const wanted = options?.choice ?? 0
      const merged = new ToolCalls()
      const readings = calls.make(tools)
      let reason: string | undefined
      return {
        add: (chunk) => {
          const told: Array<PartialJson.ToolCall<Tools>> = []
          let position = 0
          for (const choice of chunk.choices) {
            if (choiceIndex(choice, position++) !== wanted) continue
            reason = finishReason(choice.finish_reason) ?? reason
            merged.add(choice.delta.tool_calls, (call, piece) => told.push(...readings.add(call, piece)))
          }
          return told
        },
        flush: readings.flush,
        end: () => readings.end(isCutShort(reason))
      }
    })
)

/**
 * What a failed `fold` (or `toolCalls`) had put together.
 * @category getters
 */
export const partial = (error: FriendliStreamError): Option.Option<Answer> => folds.partial(error, "chat.completion")

/**
 * The stream as server-sent events, for a web response of your own: `data:` frames and `[DONE]`. A failure becomes an error frame
 * that tells its kind and no more, and no `[DONE]` follows.
 * @category conversions
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
 * @category conversions
 */
export const toReadableStream = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>
): Effect.Effect<ReadableStream<Uint8Array>, never, R> => Stream.toReadableStreamEffect(toSse(stream))
