/**
 * Consumers of a streamed chat answer: its text, its reasoning, its tool calls, the whole message, or a stream for a
 * browser.
 */
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
 * A streamed answer, merged. It has the shape of `ChatCompletion`, but `finish_reason` is `null` if the answer was cut
 * short.
 */
export interface Answer extends ChatAnswerLike<TokenLogprob, Usage> {}

/** The index of the choice to read, if the request asked for several with `n`. Default: 0. */
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
 * The text of one choice as it arrives, without empty strings.
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
 * The reasoning of one choice as it arrives, for models and requests (`parse_reasoning: true`) that separate it from
 * the text: `reasoning_content`, or `reasoning` from servers that use that name.
 * @category folds
 */
export const reasoning = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options?: ChoiceOptions
): Stream.Stream<string, E, R> => pieces(stream, reasoningOf, options)

/**
 * Runs the stream and gives the whole answer: message, tool calls, finish reason and usage of every choice.
 *
 * **Details**: fails with the error of the stream, which has the answer so far in `received.partial` (read it with
 * `partial`).
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
 * Runs the stream and gives the tool calls of one choice, merged from their deltas, in the order of their indexes.
 *
 * **Details**: works with servers that leave out the index or id, repeat or change the id, split the name, or send a
 * null name. `arguments` is the JSON text that the model wrote, and `{}` for a complete call without arguments.
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
 * A tool call while it arrives: the same object from its first delta to its last. `id` and `name` are `undefined` until they have
 * arrived; the name may grow until arguments arrive.
 */
export interface OpenToolCall {
  readonly id: string | undefined
  readonly name: string | undefined
}

/**
 * Makes a function that assigns each delta of a tool call to its call. Call it with the `tool_calls` of each delta of one choice: it
 * calls `use` with each call and the text that continues its arguments.
 *
 * **When to use**: in adapters to other libraries, which pass the deltas on. Programs use `toolCalls` or `partialToolCalls`.
 *
 * **Details**: the rules are those of `toolCalls`. Make one function for each choice of each answer.
 *
 * @example
 * ```ts
 * import { ChatStream } from "effect-friendli"
 *
 * const assign = ChatStream.assignToolCalls()
 * assign([{ index: 0, id: "call_1", function: { name: "get_weather", arguments: "" } }], () => {})
 * assign([{ index: 0, function: { arguments: `{"city":` } }], (call, text) => console.log(call.name, text))
 * // => get_weather {"city":
 * ```
 * @category folds
 */
export const assignToolCalls = (): ((
  deltas: Choice["delta"]["tool_calls"],
  use: (call: OpenToolCall, text: string) => void
) => void) => {
  const merged = new ToolCalls()
  return (deltas, use) => merged.add(deltas, use)
}

/**
 * The tool calls of one choice while they arrive: their arguments, decoded by the schemas of the tools as they grow.
 *
 * **When to use**: to show what the model fills in, or to stop an answer early. If you need only the complete calls,
 * use `toolCalls`.
 *
 * **Details**: each element is one call with a `PartialJson.Reading` of its arguments: `Growing` with the value so far, and at the end
 * `Complete` or `Invalid`. `name` is the tool, and determines the type of the value. Deltas are merged as in `toolCalls`, and calls may
 * interleave. A call of a tool without a schema has an `unknownName` instead of a `name`. A failure of the stream follows the last
 * readings.
 *
 * **Gotchas**: `Complete` comes only when the stream has ended, because a server may add to any call until then.
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
          const elements: Array<PartialJson.ToolCall<Tools>> = []
          let position = 0
          for (const choice of chunk.choices) {
            if (choiceIndex(choice, position++) !== wanted) continue
            reason = finishReason(choice.finish_reason) ?? reason
            merged.add(choice.delta.tool_calls, (call, piece) => elements.push(...readings.add(call, piece)))
          }
          return elements
        },
        flush: readings.flush,
        end: () => readings.end(isCutShort(reason))
      }
    })
)

/**
 * The answer that `fold` (or `toolCalls`) had merged before it failed.
 * @category getters
 */
export const partial = (error: FriendliStreamError): Option.Option<Answer> => folds.partial(error, "chat.completion")

/**
 * The stream as server-sent events, for your own web response: `data:` frames and `[DONE]`. A failure becomes an error
 * frame that contains only the kind of the error, and no `[DONE]` follows.
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
