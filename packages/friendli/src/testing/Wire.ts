/**
 * Wire values for tests: makes answers and chunks in the form of the API from a text.
 *
 * They are plain JSON values that the response schemas decode: pass them to `Reply.json` and `Reply.sse`, or return
 * them from a mock service.
 */
import type { ChatChunk } from "../schema/ChatChunk.js"
import type { ChatCompletion } from "../schema/ChatCompletion.js"
import type { Completion } from "../schema/Completion.js"
import type { CompletionChunk } from "../schema/CompletionChunk.js"
import type { Transcription, TranscriptEvent } from "../schema/Audio.js"
import type { ClassificationList } from "../schema/Classification.js"
import type { EmbeddingList } from "../schema/Embeddings.js"
import type { DedicatedImages } from "../schema/Images.js"
import type { Model, ModelList } from "../schema/Model.js"
import type { KnowledgeParts } from "../schema/Knowledge.js"
import type { MessagesEvent } from "../schema/MessagesEvent.js"
import type { MessagesResponse } from "../schema/MessagesResponse.js"
import type { ToolCall } from "../schema/Tool.js"
import type { ToolAssistedChatEvent, ToolStatus } from "../schema/ToolAssistedChat.js"
import type { Usage } from "../schema/Usage.js"
import { created, wordsOf } from "./internal/words.js"

export {
  /** Options of an answer of the Responses API. */
  type ResponseOptions,
  /** A whole answer of the Responses API. */
  response,
  /** The events of a streamed answer of the Responses API, for `Reply.sse(events, { named: true })`. */
  responseEvents
} from "./internal/responses.js"
export { endpoints, endpointSpec, endpointStatus } from "./internal/endpoints.js"
export { addedSamples, costs, dataset, datasets, file, samples, split, splits, usages } from "./internal/wireData.js"

/** Options of an answer. */
export interface AnswerOptions {
  readonly id?: string | undefined
  /** Default: left out. */
  readonly model?: string | undefined
  /** Default: `"stop"`, for chat with tool calls `"tool_calls"`. */
  readonly finishReason?: string | undefined
  /** Default: 10 prompt tokens, and one token for each word of the text. `null`: no usage. */
  readonly usage?: Usage | null | undefined
}

/** More options of a chat answer. */
export interface ChatOptions extends AnswerOptions {
  readonly reasoning?: string | undefined
  readonly toolCalls?: ReadonlyArray<ToolCall> | undefined
}

/**
 * Token counts that add up.
 * @category constructors
 */
export const usage = (promptTokens: number, completionTokens: number): Usage => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens
})

const usageOf = (text: string, options: AnswerOptions | undefined): { readonly usage?: Usage } =>
  options?.usage === null ? {} : { usage: options?.usage ?? usage(10, Math.max(1, wordsOf(text).length)) }

const modelOf = (options: AnswerOptions | undefined) => (options?.model === undefined ? {} : { model: options.model })

const chatReason = (options: ChatOptions | undefined): string =>
  options?.finishReason ?? (options?.toolCalls === undefined ? "stop" : "tool_calls")

/**
 * A function call of the model, for the option `toolCalls` of chat answers and chunks.
 *
 * **Details**: the arguments are sent as JSON; a string is sent unchanged, to test text that is not JSON. The id is
 * `call-` and the name by default; two calls of one function need different ids.
 *
 * @example
 * ```ts
 * import { Wire } from "effect-friendli/testing"
 *
 * console.log(Wire.toolCall("get_weather", { city: "Seoul" }))
 * // => {
 * // =>   id: 'call-get_weather',
 * // =>   type: 'function',
 * // =>   function: { name: 'get_weather', arguments: '{"city":"Seoul"}' }
 * // => }
 * ```
 * @category constructors
 */
export const toolCall = (name: string, args: unknown, id?: string): ToolCall => ({
  id: id ?? `call-${name}`,
  type: "function",
  function: { name, arguments: typeof args === "string" ? args : (JSON.stringify(args) ?? "") }
})

/**
 * A whole chat answer.
 * @category constructors
 */
export const chatCompletion = (text: string, options?: ChatOptions): ChatCompletion => ({
  id: options?.id ?? "chatcmpl-test",
  object: "chat.completion",
  created,
  ...modelOf(options),
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: text === "" && options?.toolCalls !== undefined ? null : text,
        ...(options?.reasoning === undefined ? {} : { reasoning_content: options.reasoning }),
        ...(options?.toolCalls === undefined ? {} : { tool_calls: options.toolCalls })
      },
      finish_reason: chatReason(options)
    }
  ],
  ...usageOf(text, options)
})

/**
 * One event of a streamed chat answer.
 * @category constructors
 */
export const chatChunk = (
  delta: ChatChunk["choices"][number]["delta"],
  options?: AnswerOptions & { readonly index?: number | undefined }
): ChatChunk => ({
  id: options?.id ?? "chatcmpl-test",
  object: "chat.completion.chunk",
  created,
  ...modelOf(options),
  choices: [{ index: options?.index ?? 0, delta, finish_reason: options?.finishReason ?? null }]
})

/**
 * The events of a streamed chat answer: reasoning, one chunk for each word, two chunks for each tool call, the finish
 * reason, the usage.
 *
 * @example
 * ```ts
 * import { Wire } from "effect-friendli/testing"
 *
 * console.log(Wire.chatChunks("Hello there!").map((chunk) => chunk.choices[0]?.delta.content ?? "-").join("|"))
 * // => Hello| there!|-|-
 * ```
 * @category constructors
 */
export const chatChunks = (text: string, options?: ChatOptions): ReadonlyArray<ChatChunk> => {
  const common = { id: options?.id, model: options?.model }
  const deltas: Array<ChatChunk["choices"][number]["delta"]> = []
  for (const word of wordsOf(options?.reasoning ?? "")) deltas.push({ reasoning_content: word })
  for (const word of wordsOf(text)) deltas.push({ content: word })
  for (const [index, call] of (options?.toolCalls ?? []).entries()) {
    deltas.push({
      tool_calls: [{ index, id: call.id, type: "function", function: { name: call.function.name, arguments: "" } }]
    })
    deltas.push({ tool_calls: [{ index, type: "function", function: { arguments: call.function.arguments } }] })
  }
  return [
    ...deltas.map((delta, index) => chatChunk(index === 0 ? { role: "assistant", ...delta } : delta, common)),
    chatChunk({}, { ...common, finishReason: chatReason(options) }),
    ...(options?.usage === null ? [] : [{ ...chatChunk({}, common), choices: [], ...usageOf(text, options) }])
  ]
}

/** A tool that Friendli ran, for the events of a tool-assisted chat. */
export interface ToolRun {
  /** The tool, such as `math:calculator`. */
  readonly name: ToolStatus["name"]
  /** Default: `call-` and the number of the run, from 1. */
  readonly id?: string | undefined
  /** Default: none. A value that is not text is sent as JSON. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
  /** Default: `null`. */
  readonly result?: string | undefined
  /** With an error, the run ends with `ERRORED`. */
  readonly error?: { readonly type: string; readonly msg: string } | undefined
}

/**
 * The events of a tool-assisted chat: the start and the end of each run, then the chunks of the answer. `Reply.event` makes a frame from
 * a named event; the data of the other events can be passed to `Reply.sse` unchanged.
 *
 * @example
 * ```ts
 * import { Reply, Wire } from "effect-friendli/testing"
 *
 * const events = Wire.toolAssistedEvents("It is 4.", { runs: [{ name: "math:calculator", result: "4" }] })
 * const reply = Reply.sse(events.map(({ data, name }) => (name === undefined ? data : Reply.event(name, data))))
 * console.log(events.map(({ name }) => name ?? "chunk").join(" "), reply.chunks.length)
 * // => tool_status tool_status chunk chunk chunk chunk chunk 8
 * ```
 * @category constructors
 */
export const toolAssistedEvents = (
  text: string,
  options?: ChatOptions & { readonly runs?: ReadonlyArray<ToolRun> | undefined }
): ReadonlyArray<ToolAssistedChatEvent> => [
  ...(options?.runs ?? []).flatMap((run, at): ReadonlyArray<ToolAssistedChatEvent> => {
    const status = (status: string, end: Partial<ToolStatus>): ToolAssistedChatEvent => ({
      name: "tool_status",
      data: {
        tool_call_id: run.id ?? `call-${at + 1}`,
        name: run.name,
        status,
        parameters: Object.entries(run.parameters ?? {}).map(([name, value]) => ({
          name,
          value: typeof value === "string" ? value : (JSON.stringify(value) ?? "")
        })),
        result: null,
        files: null,
        message: null,
        error: null,
        timestamp: created,
        ...end
      }
    })
    return [
      status("STARTED", {}),
      run.error === undefined
        ? status("ENDED", { result: run.result ?? null })
        : status("ERRORED", { error: run.error })
    ]
  }),
  ...chatChunks(text, options).map((data) => ({ data }))
]

/**
 * A whole completion.
 * @category constructors
 */
export const completion = (text: string, options?: AnswerOptions): Completion => ({
  id: options?.id ?? "cmpl-test",
  object: "text_completion",
  created,
  ...modelOf(options),
  choices: [
    {
      index: 0,
      text,
      seed: 42,
      finish_reason: options?.finishReason ?? "stop",
      tokens: wordsOf(text).map((_, index) => 1000 + index)
    }
  ],
  ...usageOf(text, options)
})

/**
 * The events of a streamed completion: one for each word, the finish reason, the usage.
 * @category constructors
 */
export const completionChunks = (text: string, options?: AnswerOptions): ReadonlyArray<CompletionChunk> => {
  const chunk = (choices: CompletionChunk["choices"]): CompletionChunk => ({
    id: options?.id ?? "cmpl-test",
    object: "text_completion",
    created,
    ...modelOf(options),
    choices
  })
  return [
    ...wordsOf(text).map((word, index) => chunk([{ index: 0, text: word, token: 1000 + index, finish_reason: null }])),
    chunk([{ index: 0, text: "", finish_reason: options?.finishReason ?? "stop" }]),
    ...(options?.usage === null ? [] : [{ ...chunk([]), ...usageOf(text, options) }])
  ]
}

/** Options of an answer of the Messages API. */
export interface MessageOptions {
  readonly id?: string | undefined
  /** Default: `"test-model"`. */
  readonly model?: string | undefined
  /** Default: `"end_turn"`, with tools `"tool_use"`. */
  readonly stopReason?: string | undefined
  readonly thinking?: string | undefined
  readonly toolUses?:
    | ReadonlyArray<{
        readonly id: string
        readonly name: string
        readonly input: { readonly [field: string]: unknown }
      }>
    | undefined
  /** Default: 10 input tokens, and one output token for each word of the text. */
  readonly usage?: { readonly input_tokens: number; readonly output_tokens: number } | undefined
}

const stopReason = (options: MessageOptions | undefined): string =>
  options?.stopReason ?? (options?.toolUses === undefined ? "end_turn" : "tool_use")

const messageUsage = (text: string, options: MessageOptions | undefined) =>
  options?.usage ?? { input_tokens: 10, output_tokens: Math.max(1, wordsOf(text).length) }

/**
 * A whole answer of the Messages API.
 * @category constructors
 */
export const message = (text: string, options?: MessageOptions): MessagesResponse => ({
  id: options?.id ?? "msg-test",
  type: "message",
  role: "assistant",
  model: options?.model ?? "test-model",
  content: [
    ...(options?.thinking === undefined
      ? []
      : [{ type: "thinking" as const, thinking: options.thinking, signature: "sig-test" }]),
    ...(text === "" ? [] : [{ type: "text" as const, text }]),
    ...(options?.toolUses ?? []).map((use) => ({ type: "tool_use" as const, ...use }))
  ],
  stop_reason: stopReason(options),
  stop_sequence: null,
  usage: messageUsage(text, options)
})

/**
 * The events of a streamed answer of the Messages API, for `Reply.sse(events, { named: true })`: one delta for each
 * word of thinking and text, and for each tool.
 * @category constructors
 */
export const messageEvents = (text: string, options?: MessageOptions): ReadonlyArray<MessagesEvent> => {
  type Start = Extract<MessagesEvent, { readonly type: "content_block_start" }>["content_block"]
  type Delta = Extract<MessagesEvent, { readonly type: "content_block_delta" }>["delta"]
  const { content: _, usage, ...head } = message(text, options)
  const blocks: ReadonlyArray<readonly [Start, ReadonlyArray<Delta>]> = [
    ...(options?.thinking === undefined
      ? []
      : [
          [
            { type: "thinking", thinking: "", signature: "" },
            [
              ...wordsOf(options.thinking).map((thinking): Delta => ({ type: "thinking_delta", thinking })),
              { type: "signature_delta", signature: "sig-test" }
            ]
          ] as const
        ]),
    ...(text === ""
      ? []
      : [
          [
            { type: "text", text: "" },
            wordsOf(text).map((word): Delta => ({ type: "text_delta", text: word }))
          ] as const
        ]),
    ...(options?.toolUses ?? []).map(
      ({ input, ...use }) =>
        [
          { type: "tool_use", ...use, input: {} },
          [{ type: "input_json_delta", partial_json: JSON.stringify(input) }]
        ] as const
    )
  ]
  return [
    {
      type: "message_start",
      message: { ...head, content: [], stop_reason: null, usage: { ...usage, output_tokens: 0 } }
    },
    ...blocks.flatMap(([content_block, deltas], index): ReadonlyArray<MessagesEvent> => [
      { type: "content_block_start", index, content_block },
      ...deltas.map((delta): MessagesEvent => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index }
    ]),
    {
      type: "message_delta",
      delta: { stop_reason: stopReason(options), stop_sequence: null },
      usage: messageUsage(text, options)
    },
    { type: "message_stop" }
  ]
}

const transcriptionUsage = (text: string): Transcription["usage"] => {
  const words = Math.max(1, wordsOf(text).length)
  return {
    type: "tokens",
    input_tokens: 10,
    output_tokens: words,
    total_tokens: 10 + words,
    input_audio_length_ms: 1000,
    processed_audio_length_ms: 1000
  }
}

/**
 * A whole transcription of one second of audio.
 * @category constructors
 */
export const transcription = (text: string): Transcription => ({ text, usage: transcriptionUsage(text) })

/**
 * The events of a streamed transcription: one for each word, and the whole text.
 * @category constructors
 */
export const transcriptEvents = (text: string): ReadonlyArray<TranscriptEvent> => [
  ...wordsOf(text).map((delta) => ({ type: "transcript.text.delta", delta })),
  { type: "transcript.text.done", text, usage: transcriptionUsage(text) }
]

/**
 * Embeddings, one for each vector. A string is a vector in base64.
 * @category constructors
 */
export const embeddings = (vectors: ReadonlyArray<ReadonlyArray<number> | string>): EmbeddingList => ({
  id: "embd-test",
  object: "list",
  model: "test-model",
  created,
  data: vectors.map((embedding, index) => ({ index, object: "embedding", embedding })),
  usage: usage(10, 0)
})

/**
 * A catalogue of models with these ids: they have prices, can call tools and do not reason. Pass an object for other fields.
 * @category constructors
 */
export const models = (...entries: ReadonlyArray<string | Model>): ModelList => ({
  data: entries.map((entry) => ({
    created,
    context_length: 131_072,
    max_completion_tokens: 131_072,
    pricing: { input: "0.0000001", output: "0.0000002" },
    functionality: { tool_call: true, builtin_tool: false, parallel_tool_call: true, structured_output: true },
    reasoning: false,
    ...(typeof entry === "string" ? { id: entry } : entry)
  }))
})

/**
 * The parts that a retrieval finds, the best one first: the first has the score 1, each of the others half of the previous score.
 * @category constructors
 */
export const knowledge = (...texts: ReadonlyArray<string>): KnowledgeParts => ({
  results: texts.map((text, index) => ({
    text,
    score: 0.5 ** index,
    contentChunkId: `chunk-${index + 1}`,
    contentId: "content-1"
  }))
})

/**
 * Classifications: for each input its label and the probabilities of all classes.
 * @category constructors
 */
export const classifications = (
  results: ReadonlyArray<{ readonly label: string; readonly probs: ReadonlyArray<number> }>
): ClassificationList => ({
  object: "list",
  data: results.map(({ label, probs }, index) => ({ index, label, num_classes: probs.length, probs })),
  usage: { prompt_tokens: 10, total_tokens: 10 }
})

/**
 * Pictures in the form of dedicated endpoints: each is a URL (`https:`, `http:`, `data:`) or the picture in base64.
 * (Containers answer `{ image }` with base64.)
 *
 * @example
 * ```ts
 * import { Wire } from "effect-friendli/testing"
 *
 * console.log(Wire.images(["https://images.example/1.png", "iVBORw0KGgo="]).data)
 * // => [
 * // =>   { url: 'https://images.example/1.png' },
 * // =>   { b64_json: 'iVBORw0KGgo=' }
 * // => ]
 * ```
 * @category constructors
 */
export const images = (pictures: ReadonlyArray<string>): DedicatedImages => ({
  data: pictures.map((picture) => (/^(?:https?|data):/i.test(picture) ? { url: picture } : { b64_json: picture }))
})
