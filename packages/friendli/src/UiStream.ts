/**
 * The UI message stream protocol of the AI SDK: a chat stream as the answer that `useChat` (versions 5 and 6) reads.
 *
 * **When to use**: in the route that `useChat` calls, by default `POST /api/chat`. `UiMessages` reads what it sends.
 */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { publicError, readings, type Emitter } from "./accumulators/folds.js"
import { UiMessageCollector } from "./accumulators/uiMessage.js"
import { makeStep, type StepOptions, type Summary } from "./accumulators/uiStep.js"
import * as Conversation from "./Conversation.js"
import type { ChatChunk } from "./schema/ChatChunk.js"
import type { ToolCall } from "./schema/Tool.js"
import type { UiChunk, UiFinishReason, UiMessage } from "./schema/UiMessage.js"
import * as SseResponse from "./SseResponse.js"

export type { StepOptions, Summary, UiChunk, UiFinishReason }

/** The options of a whole message. */
export interface MessageOptions {
  /** The id of the message. Default: the front end makes one. */
  readonly messageId?: string | undefined
  /** Metadata that the application adds at the beginning of the message. */
  readonly metadata?: unknown
}

/** The options of `fromChat`. */
export interface ChatOptions extends StepOptions, MessageOptions {
  /** Metadata that the application adds at the end of the message, such as the usage. */
  readonly finishMetadata?: ((summary: Summary) => unknown) | undefined
}

const finishReasons: Readonly<Record<string, UiFinishReason>> = {
  stop: "stop",
  length: "length",
  content_filter: "content-filter",
  tool_calls: "tool-calls",
  error: "error"
}

const uiReason = (reason: string): UiFinishReason =>
  (Object.hasOwn(finishReasons, reason) ? finishReasons[reason] : undefined) ?? "other"

const startOf = ({ messageId, metadata }: MessageOptions): UiChunk => ({
  type: "start",
  ...(messageId === undefined ? {} : { messageId }),
  ...(metadata === undefined ? {} : { messageMetadata: metadata })
})

/**
 * One answer of the model as a step of a message: `start-step`, its text, reasoning and tool calls, and `finish-step`.
 *
 * **When to use**: for messages that you build yourself: concatenate steps, results (`toolOutput`) and data, and wrap the whole with
 * `message`. For a single answer use `fromChat`, for a loop with tools `steps`.
 * @category encoding
 */
export const step = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options?: StepOptions
): Stream.Stream<UiChunk, E, R> => readings(stream, () => makeStep(options))

/**
 * The result of a tool, as a chunk between two steps.
 * @category encoding
 */
export const toolOutput = (toolCallId: string, output: unknown): UiChunk => ({
  type: "tool-output-available",
  toolCallId,
  output: output ?? null
})

/**
 * A tool that failed, as a chunk between two steps. The front end shows the text.
 * @category encoding
 */
export const toolError = (toolCallId: string, errorText: string): UiChunk => ({
  type: "tool-output-error",
  toolCallId,
  errorText
})

/**
 * Asks the user whether a call may be executed, as a chunk after its arguments. The answer comes with the next request, as the part's
 * `approval`. For version 6 of the AI SDK. The id of the question is the id of the call.
 * @category encoding
 */
export const toolApproval = (toolCallId: string): UiChunk => ({
  type: "tool-approval-request",
  approvalId: toolCallId,
  toolCallId
})

/**
 * A call that the user has not allowed, as a chunk between two steps. For version 6 of the AI SDK.
 * @category encoding
 */
export const toolDenied = (toolCallId: string): UiChunk => ({ type: "tool-output-denied", toolCallId })

/** The options of `steps`. */
export interface StepsOptions<E, R, E2, R2> extends StepOptions {
  /** Asks the model. `round` is the number of rounds of tools so far: let the model answer without tools after a few. */
  readonly ask: (conversation: Conversation.Conversation, round: number) => Stream.Stream<ChatChunk, E, R>
  /** Runs a tool and gives its result, for the model and for the front end. A failure ends the message. */
  readonly run: (call: ToolCall) => Effect.Effect<unknown, E2, R2>
  /** The maximum number of rounds of tools. After it the message ends, even if the model calls more tools. Default: 8. */
  readonly rounds?: number | undefined
}

/**
 * Steps in which your server runs the tools: the model is asked, its calls are run, and it is asked again with the results, until it
 * calls no tool.
 *
 * **Details**: calls of one step run one after another, in their order. The front end gets each result as soon as it is available.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Chat, Conversation, Tool } from "effect-friendli"
 * import * as UiStream from "effect-friendli/UiStream"
 *
 * const now = Tool.make("now", { description: "The time" })
 *
 * const answer = (conversation: Conversation.Conversation) =>
 *   UiStream.message(
 *     UiStream.steps(conversation, {
 *       ask: (messages, round) => Chat.stream({ messages, tools: [now], tool_choice: round < 3 ? "auto" : "none" }),
 *       run: () => Effect.succeed({ time: "12:00" })
 *     })
 *   )
 * ```
 * @category encoding
 */
export const steps = <E, R, E2, R2>(
  conversation: Conversation.Conversation,
  options: StepsOptions<E, R, E2, R2>
): Stream.Stream<UiChunk, E | E2, R | R2> => {
  type Chunks = Stream.Stream<UiChunk, E | E2, R | R2>
  const round = (asked: Conversation.Conversation, number: number): Chunks =>
    Stream.suspend((): Chunks => {
      const one = makeStep(options)
      const results = Stream.suspend((): Chunks => {
        const said = one.message()
        const calls = said.tool_calls ?? []
        let next = Conversation.assistant(asked, said)
        const outputs = Stream.mapEffect(Stream.fromIterable(calls), (call) =>
          Effect.map(options.run(call), (result) => {
            next = Conversation.toolResult(next, call, result)
            return toolOutput(call.id, result)
          })
        )
        if (calls.length === 0 || number >= (options.rounds ?? 8)) return Stream.empty
        return Stream.concat(
          outputs,
          Stream.suspend(() => round(next, number + 1))
        )
      })
      return Stream.concat(
        readings(options.ask(asked, number), () => one),
        results
      )
    })
  return round(conversation, 0)
}

/**
 * A whole message out of steps: `start` before the first chunk, and `finish` after the last.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Chat } from "effect-friendli"
 * import * as UiStream from "effect-friendli/UiStream"
 *
 * const answer = (messages: ReadonlyArray<Chat.Message>) =>
 *   UiStream.message(
 *     Stream.concat(
 *       Stream.succeed({ type: "data-status", data: { looking: true }, transient: true } as const),
 *       UiStream.step(Chat.stream({ messages }))
 *     ),
 *     { messageId: "msg-1" }
 *   )
 * ```
 * @category encoding
 */
export const message = <E, R>(
  chunks: Stream.Stream<UiChunk, E, R>,
  options: MessageOptions & { readonly finishReason?: UiFinishReason | undefined } = {}
): Stream.Stream<UiChunk, E, R> =>
  readings(chunks, (): Emitter<UiChunk, UiChunk> => {
    let hasBegun = false
    const begin = (): ReadonlyArray<UiChunk> => {
      if (hasBegun) return []
      hasBegun = true
      return [startOf(options)]
    }
    return {
      add: (chunk) => [...begin(), chunk],
      flush: () => [],
      end: () => [
        ...begin(),
        { type: "finish", ...(options.finishReason === undefined ? {} : { finishReason: options.finishReason }) }
      ]
    }
  })

/**
 * A chat stream as a whole message for `useChat`.
 *
 * **Details**: text and reasoning become parts as they arrive. The arguments of a tool call are streamed; when the answer has ended, they
 * become available, or an error if they are invalid. The front end gets the finish reason.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import * as UiStream from "effect-friendli/UiStream"
 * import { Wire } from "effect-friendli/testing"
 *
 * UiStream.fromChat(Stream.fromIterable(Wire.chatChunks("Hello there!"))).pipe(
 *   Stream.runForEach(({ type }) => Effect.sync(() => console.log(type))),
 *   Effect.runPromise
 * )
 * // => start
 * // => start-step
 * // => text-start
 * // => text-delta
 * // => text-delta
 * // => text-end
 * // => finish-step
 * // => finish
 * ```
 * @category encoding
 */
export const fromChat = <E, R>(
  stream: Stream.Stream<ChatChunk, E, R>,
  options: ChatOptions = {}
): Stream.Stream<UiChunk, E, R> =>
  readings(stream, (): Emitter<ChatChunk, UiChunk> => {
    const one = makeStep(options)
    let hasBegun = false
    const begin = (): ReadonlyArray<UiChunk> => {
      if (hasBegun) return []
      hasBegun = true
      return [startOf(options)]
    }
    return {
      add: (chunk) => [...begin(), ...one.add(chunk)],
      flush: one.flush,
      end: () => {
        const summary = one.summary()
        const metadata = options.finishMetadata?.(summary)
        return [
          ...begin(),
          ...one.end(),
          {
            type: "finish",
            ...(summary.finishReason === undefined ? {} : { finishReason: uiReason(summary.finishReason) }),
            ...(metadata === undefined ? {} : { messageMetadata: metadata })
          }
        ]
      }
    }
  })

/** Like ids of the AI SDK: long enough that no two messages of a conversation have the same id. */
const newId = (): Effect.Effect<string> =>
  Effect.map(Effect.all([Random.next, Random.next]), (parts) =>
    parts.map((part) => part.toString(36).slice(2, 10).padEnd(8, "0")).join("")
  )

/**
 * Calls a function with the conversation and the answer when the stream ends: it succeeded, it failed, or the front end stopped it or
 * disconnected.
 *
 * **When to use**: in a server that stores conversations. A stopped answer has the part that had arrived, as the front end shows it.
 *
 * **Details**: `messages` are those of the request. If the last one is of the assistant, the answer continues it, as after an approval.
 * The id of the answer is `messageId`, or a new id, which the front end receives. If the stream emits nothing, the function is not
 * called.
 *
 * @example
 * ```ts
 * import { Chat, UiMessages } from "effect-friendli"
 * import * as UiStream from "effect-friendli/UiStream"
 * import { Effect, Ref, Stream } from "effect"
 *
 * const answer = (kept: Ref.Ref<ReadonlyArray<UiMessages.UiMessage>>, messages: ReadonlyArray<UiMessages.UiMessage>) =>
 *   Stream.unwrap(
 *     Effect.map(UiMessages.toMessages(messages), (conversation) =>
 *       UiStream.onEnd(UiStream.fromChat(Chat.stream({ messages: conversation })), messages, (all) => Ref.set(kept, all))
 *     )
 *   )
 * ```
 * @category combinators
 */
export const onEnd = <E, R, R2>(
  chunks: Stream.Stream<UiChunk, E, R>,
  messages: ReadonlyArray<UiMessage>,
  end: (messages: ReadonlyArray<UiMessage>) => Effect.Effect<unknown, never, R2>
): Stream.Stream<UiChunk, E, R | R2> =>
  Stream.unwrap(
    Effect.map(newId(), (id) => {
      const last = messages.at(-1)
      const isContinued = last?.role === "assistant"
      const messageId = isContinued ? last.id : id
      const collector = new UiMessageCollector(last, messageId)
      return chunks.pipe(
        Stream.map((chunk): UiChunk => {
          const sent =
            chunk.type === "start" && (isContinued || chunk.messageId === undefined) ? { ...chunk, messageId } : chunk
          collector.add(sent)
          return sent
        }),
        Stream.ensuring(
          Effect.suspend(() =>
            collector.hasContent
              ? end([...(isContinued ? messages.slice(0, -1) : messages), collector.message()])
              : Effect.void
          )
        )
      )
    })
  )

const endOfStream = "data: [DONE]\n\n"

/** The options of `toResponse`. */
export interface ToResponseOptions extends SseResponse.ResponseOptions {
  /**
   * The text that the front end shows for a failure after the first chunk. Default: a sentence with the kind of the failure and no data
   * of the request.
   */
  readonly errorText?: ((error: unknown) => string) | undefined
}

/**
 * The answer for `useChat`: opens the stream and makes a response from it, as `SseResponse.make` does.
 *
 * **Details**: fails with the error of the stream if it fails before its first chunk; `fromError` makes a response from it, whose text is
 * the `error` of `useChat`. A later failure is a chunk `error` with `errorText`, by default the kind of the failure without data of the
 * request.
 *
 * @example
 * ```ts
 * import { HttpRouter, HttpServerRequest } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Chat, UiMessages } from "effect-friendli"
 * import * as UiStream from "effect-friendli/UiStream"
 *
 * const router = HttpRouter.empty.pipe(
 *   HttpRouter.post(
 *     "/api/chat",
 *     Effect.gen(function* () {
 *       const { messages } = yield* HttpServerRequest.schemaBodyJson(UiMessages.UiRequest)
 *       const conversation = yield* UiMessages.toMessages(messages)
 *       return yield* UiStream.toResponse(UiStream.fromChat(Chat.stream({ messages: conversation })))
 *     }).pipe(Effect.catchAll(UiStream.fromError))
 *   )
 * )
 * ```
 * @category encoding
 */
export const toResponse = <E, R>(
  chunks: Stream.Stream<UiChunk, E, R>,
  { errorText, ...options }: ToResponseOptions = {}
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | Scope.Scope> =>
  Effect.map(
    SseResponse.make(chunks, {
      ...options,
      encodeError: (error) => {
        const failed: UiChunk = { type: "error", errorText: errorText?.(error) ?? publicError(error).message }
        return `${SseResponse.event(failed)}${endOfStream}`
      },
      end: endOfStream
    }),
    HttpServerResponse.setHeader("x-vercel-ai-ui-message-stream", "v1")
  )

/**
 * The response for an error before the first chunk: status and headers are those of `SseResponse.fromError`, and the body is a text,
 * since `useChat` uses it as the message of its `error`.
 * @category encoding
 */
export const fromError = (
  error: unknown,
  errorText: (error: unknown) => string = (failure) => publicError(failure).message
): HttpServerResponse.HttpServerResponse => {
  const { headers, status } = SseResponse.fromError(error)
  const wait = headers["retry-after"]
  return HttpServerResponse.text(errorText(error), {
    status,
    ...(wait === undefined ? {} : { headers: { "retry-after": wait } })
  })
}
