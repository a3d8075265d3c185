/**
 * The UI message stream protocol of the AI SDK: a chat stream as the answer that `useChat` (versions 5 and 6) reads.
 *
 * **When to use**: in the route that `useChat` calls, by default `POST /api/chat`. `UiMessages` reads what it sends.
 */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { choiceIndex, finishReason as reasonOf, isCutShort, reasoningOf } from "./accumulators/choices.js"
import { type ChatAnswerLike, makeChatAccumulator } from "./accumulators/chunks.js"
import { publicError, readings, type Telling } from "./accumulators/folds.js"
import { type OpenToolCall, ToolCalls } from "./accumulators/toolCalls.js"
import * as Conversation from "./Conversation.js"
import { parseJson } from "./internal/json.js"
import type { ChatChunk } from "./schema/ChatChunk.js"
import type { ToolCall } from "./schema/Tool.js"
import type { UiChunk, UiFinishReason } from "./schema/UiMessage.js"
import type { Usage } from "./schema/Usage.js"
import * as SseResponse from "./SseResponse.js"

export type { UiChunk, UiFinishReason }

/** The options of a step. */
export interface StepOptions {
  /** Whether the front end gets the reasoning of the model. Default: true. */
  readonly reasoning?: boolean | undefined
  /** Whether the front end shows tools as parts of the type `dynamic-tool`, for tools that its code does not know. Default: false. */
  readonly dynamicTools?: boolean | undefined
}

/** What is known at the end of an answer. */
export interface Summary {
  readonly id: string | undefined
  readonly model: string | undefined
  readonly finishReason: string | undefined
  readonly usage: Usage | undefined
}

/** The options of a whole message. */
export interface MessageOptions {
  /** The id of the message. Default: the front end makes one. */
  readonly messageId?: string | undefined
  /** What the application adds to the message at its beginning. */
  readonly metadata?: unknown
}

/** The options of `fromChat`. */
export interface ChatOptions extends StepOptions, MessageOptions {
  /** What the application adds to the message at its end, such as the usage. */
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

/** A tool call while it arrives. */
interface OpenCall {
  readonly id: string
  /** Its name is complete when arguments come; until then nothing is sent. */
  name: string | undefined
  text: string
}

/** One answer of the model as chunks. */
interface Step extends Telling<ChatChunk, UiChunk> {
  readonly summary: () => Summary
  /** The message of the answer, at its end. Its calls have the ids that the front end knows. */
  readonly message: () => AnswerMessage
}

type AnswerMessage = ChatAnswerLike["choices"][number]["message"]

const makeStep = (options: StepOptions | undefined): Step => {
  const merged = new ToolCalls()
  const answer = makeChatAccumulator<unknown, Usage>()
  const calls = new Map<OpenToolCall, OpenCall>()
  const dynamic = options?.dynamicTools === true ? { dynamic: true } : {}
  let open: { readonly kind: "text" | "reasoning"; readonly id: string } | undefined
  let parts = 0
  let hasBegun = false
  let reason: string | undefined

  const begin = (): ReadonlyArray<UiChunk> => {
    if (hasBegun) return []
    hasBegun = true
    return [{ type: "start-step" }]
  }

  const close = (): ReadonlyArray<UiChunk> => {
    if (open === undefined) return []
    const { id, kind } = open
    open = undefined
    return [{ type: `${kind}-end`, id }]
  }

  /** Text and reasoning alternate: each change ends one part and begins the next. */
  const write = (kind: "text" | "reasoning", delta: string): ReadonlyArray<UiChunk> => {
    if (delta === "") return []
    const told: Array<UiChunk> = []
    if (open?.kind !== kind) {
      told.push(...close())
      open = { kind, id: `${kind}-${parts++}` }
      told.push({ type: `${kind}-start`, id: open.id })
    }
    told.push({ type: `${kind}-delta`, id: open.id, delta })
    return told
  }

  const startCall = (call: OpenCall, toolName: string): ReadonlyArray<UiChunk> => {
    call.name = toolName
    return [...close(), { type: "tool-input-start", toolCallId: call.id, toolName, ...dynamic }]
  }

  const writeCall = (merging: OpenToolCall, piece: string): ReadonlyArray<UiChunk> => {
    let call = calls.get(merging)
    if (call === undefined) {
      // An id may come later than the first delta. Results are sent for this one.
      call = { id: merging.id ?? `call-${calls.size}`, name: undefined, text: "" }
      calls.set(merging, call)
    }
    if (piece === "") return []
    call.text += piece
    const started = call.name === undefined ? startCall(call, merging.name ?? "") : []
    return [...started, { type: "tool-input-delta", toolCallId: call.id, inputTextDelta: piece }]
  }

  const endCall = (merging: OpenToolCall, call: OpenCall): ReadonlyArray<UiChunk> => {
    const started = call.name === undefined ? startCall(call, merging.name ?? "") : []
    const common = { toolCallId: call.id, toolName: call.name ?? "" }
    const isBlank = call.text.trim() === "" && !isCutShort(reason)
    const input = isBlank ? Either.right({}) : parseJson(call.text)
    return [
      ...started,
      Either.isRight(input)
        ? { type: "tool-input-available", ...common, input: input.right, ...dynamic }
        : {
            type: "tool-input-error",
            ...common,
            input: call.text,
            errorText: "The arguments of the tool are not valid JSON.",
            ...dynamic
          }
    ]
  }

  return {
    add: (chunk) => {
      answer.add(chunk)
      const told: Array<UiChunk> = [...begin()]
      let position = 0
      for (const choice of chunk.choices) {
        if (choiceIndex(choice, position++) !== 0) continue
        reason = reasonOf(choice.finish_reason) ?? reason
        if (options?.reasoning !== false) told.push(...write("reasoning", reasoningOf(choice.delta)))
        told.push(...write("text", choice.delta.content ?? ""))
        merged.add(choice.delta.tool_calls, (call, piece) => told.push(...writeCall(call, piece)))
      }
      return told
    },
    flush: close,
    end: () => [
      ...begin(),
      ...close(),
      ...[...calls].flatMap(([merging, call]) => endCall(merging, call)),
      { type: "finish-step" }
    ],
    summary: () => {
      const { id, model, usage } = answer.snapshot()
      return { id, model, finishReason: reason, usage }
    },
    message: () => {
      const whole = answer.snapshot(true).choices.find(({ index }) => index === 0)?.message
      const ids = [...calls.values()].map(({ id }) => id)
      return {
        ...(whole ?? { role: "assistant", content: null }),
        ...(whole?.tool_calls === undefined
          ? {}
          : { tool_calls: whole.tool_calls.map((call, at) => ({ ...call, id: call.id || (ids[at] ?? "") })) })
      }
    }
  }
}

const startOf = ({ messageId, metadata }: MessageOptions): UiChunk => ({
  type: "start",
  ...(messageId === undefined ? {} : { messageId }),
  ...(metadata === undefined ? {} : { messageMetadata: metadata })
})

/**
 * One answer of the model as a step of a message: `start-step`, its text, reasoning and tool calls, and `finish-step`.
 *
 * **When to use**: for messages that you put together yourself: concatenate steps, results (`toolOutput`) and data, and wrap the whole with
 * `message`. For a single answer use `fromChat`, for a loop of tools `steps`.
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

/** The options of `steps`. */
export interface StepsOptions<E, R, E2, R2> extends StepOptions {
  /** Asks the model. `round` is the number of rounds of tools so far: let the model answer without tools after a few. */
  readonly ask: (conversation: Conversation.Conversation, round: number) => Stream.Stream<ChatChunk, E, R>
  /** Runs a tool and gives its result, for the model and for the front end. A failure ends the message. */
  readonly run: (call: ToolCall) => Effect.Effect<unknown, E2, R2>
  /** After so many rounds of tools the message ends, although the model calls more. Default: 8. */
  readonly rounds?: number | undefined
}

/**
 * Steps in which your server runs the tools: the model is asked, its calls are run, and it is asked again with the results, until it calls no
 * more.
 *
 * **Details**: calls of one step run one after another, in their order. The front end gets each result as soon as it is there.
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
  readings(chunks, (): Telling<UiChunk, UiChunk> => {
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
 * **Details**: text and reasoning become parts as they arrive. The arguments of a tool call are streamed, and are available or an error when
 * the answer has ended. The front end gets the finish reason.
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
  readings(stream, (): Telling<ChatChunk, UiChunk> => {
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

const endOfStream = "data: [DONE]\n\n"

/**
 * The answer for `useChat`: opens the stream and makes a response of it, as `SseResponse.make` does.
 *
 * **Details**: fails with the error of the stream if it fails before its first chunk; `SseResponse.fromError` makes a response of it, whose
 * text `useChat` gives as its `error`. A later failure is a chunk `error` with the kind of the failure and nothing of the request.
 *
 * @example
 * ```ts
 * import { HttpRouter, HttpServerRequest } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Chat, UiMessages } from "effect-friendli"
 * import * as SseResponse from "effect-friendli/SseResponse"
 * import * as UiStream from "effect-friendli/UiStream"
 *
 * const router = HttpRouter.empty.pipe(
 *   HttpRouter.post(
 *     "/api/chat",
 *     Effect.gen(function* () {
 *       const { messages } = yield* HttpServerRequest.schemaBodyJson(UiMessages.UiRequest)
 *       const conversation = yield* UiMessages.toMessages(messages)
 *       return yield* UiStream.toResponse(UiStream.fromChat(Chat.stream({ messages: conversation })))
 *     }).pipe(Effect.catchAll(SseResponse.fromError))
 *   )
 * )
 * ```
 * @category encoding
 */
export const toResponse = <E, R>(
  chunks: Stream.Stream<UiChunk, E, R>,
  options?: SseResponse.ResponseOptions
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | Scope.Scope> =>
  Effect.map(
    SseResponse.make(chunks, {
      ...options,
      encodeError: (error) => {
        const failed: UiChunk = { type: "error", errorText: publicError(error).message }
        return `${SseResponse.event(failed)}${endOfStream}`
      },
      end: endOfStream
    }),
    HttpServerResponse.setHeader("x-vercel-ai-ui-message-stream", "v1")
  )
