/** The turns of a scripted model on the wire. In: a turn, and the request that it answers. Out: the reply, in the form of the API that was called. */
import type * as Duration from "effect/Duration"
import type { JsonObject } from "../../schema/primitives.js"
import * as Reply from "../Reply.js"
import * as Wire from "../Wire.js"

/** A tool call of a turn. */
export interface Call {
  readonly name: string
  /**
   * The arguments, as JSON. A string is sent unchanged, to test text that is not a JSON object; the Messages API cannot express that.
   * Default: no arguments.
   */
  readonly arguments?: unknown
  /** Default: `call-1`, `call-2` and so on, over all turns. */
  readonly id?: string | undefined
}

/** One answer of the model. */
export interface Turn {
  readonly text?: string | undefined
  /** A value whose JSON is the text, for structured output. */
  readonly json?: unknown
  readonly reasoning?: string | undefined
  readonly calls?: ReadonlyArray<Call> | undefined
  /** Why the answer ended, if it was cut short: by the limit of tokens, or by a filter. Each API has its own name for it. */
  readonly cutShort?: "length" | "filter" | undefined
  /** Default: 10 tokens for the prompt, and one for each word. */
  readonly usage?: { readonly prompt: number; readonly completion: number } | undefined
  readonly model?: string | undefined
  /** How long the model takes until the answer begins. Default: no time. */
  readonly delay?: Duration.DurationInput | undefined
  /** How the answer is sent: delays between the events, a broken connection, other headers. */
  readonly wire?: Reply.BodyOptions | undefined
  /** Fails instead of answering: one of `Failures`, or any reply. */
  readonly fail?: Reply.Reply | undefined
}

/** A request, as the model received it. */
export interface RecordedRequest {
  readonly api: "chat" | "messages" | "responses"
  readonly isStreamed: boolean
  readonly body: JsonObject
}

/** A call with its id. */
interface Numbered extends Call {
  readonly id: string
}

const paths = { "/chat/completions": "chat", "/messages": "messages", "/responses": "responses" } as const

/** Reads a request, if a model answers it. */
export const readRequest = (url: string, json: unknown): RecordedRequest | undefined => {
  const path = Object.keys(paths).find((each) => new URL(url).pathname.endsWith(each))
  if (path === undefined || typeof json !== "object" || json === null) return undefined
  const body = json as JsonObject
  return { api: paths[path as keyof typeof paths], isStreamed: body["stream"] === true, body }
}

const objectOf = ({ arguments: given, name }: Call): JsonObject => {
  const value: unknown = typeof given === "string" ? JSON.parse(given) : (given ?? {})
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new TypeError(`The arguments of ${name} are not an object, which the Messages API cannot express.`)
}

const chatReply = (turn: Turn, text: string, calls: ReadonlyArray<Numbered>, isStreamed: boolean): Reply.Reply => {
  const options: Wire.ChatOptions = {
    model: turn.model,
    reasoning: turn.reasoning,
    ...(turn.usage === undefined ? {} : { usage: Wire.usage(turn.usage.prompt, turn.usage.completion) }),
    ...(calls.length === 0
      ? {}
      : { toolCalls: calls.map((call) => Wire.toolCall(call.name, call.arguments ?? {}, call.id)) }),
    ...(turn.cutShort === undefined ? {} : { finishReason: turn.cutShort === "length" ? "length" : "content_filter" })
  }
  return isStreamed
    ? Reply.sse(Wire.chatChunks(text, options), turn.wire)
    : Reply.json(Wire.chatCompletion(text, options), turn.wire)
}

const messagesReply = (turn: Turn, text: string, calls: ReadonlyArray<Numbered>, isStreamed: boolean): Reply.Reply => {
  const options: Wire.MessageOptions = {
    model: turn.model,
    thinking: turn.reasoning,
    ...(turn.usage === undefined
      ? {}
      : { usage: { input_tokens: turn.usage.prompt, output_tokens: turn.usage.completion } }),
    ...(calls.length === 0
      ? {}
      : { toolUses: calls.map((call) => ({ id: call.id, name: call.name, input: objectOf(call) })) }),
    ...(turn.cutShort === undefined ? {} : { stopReason: turn.cutShort === "length" ? "max_tokens" : "refusal" })
  }
  return isStreamed
    ? Reply.sse(Wire.messageEvents(text, options), { ...turn.wire, named: true })
    : Reply.json(Wire.message(text, options), turn.wire)
}

const responsesReply = (turn: Turn, text: string, calls: ReadonlyArray<Numbered>, isStreamed: boolean): Reply.Reply => {
  const options: Wire.ResponseOptions = {
    model: turn.model,
    reasoning: turn.reasoning,
    ...(turn.usage === undefined
      ? {}
      : {
          usage: {
            input_tokens: turn.usage.prompt,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: turn.usage.completion,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: turn.usage.prompt + turn.usage.completion
          }
        }),
    ...(calls.length === 0
      ? {}
      : { toolCalls: calls.map((call) => Wire.toolCall(call.name, call.arguments ?? {}, call.id)) }),
    ...(turn.cutShort === undefined
      ? {}
      : { incomplete: turn.cutShort === "length" ? "max_output_tokens" : "content_filter" })
  }
  return isStreamed
    ? Reply.sse(Wire.responseEvents(text, options), { ...turn.wire, named: true })
    : Reply.json(Wire.response(text, options), turn.wire)
}

const replies = { chat: chatReply, messages: messagesReply, responses: responsesReply } as const

/** The reply of a turn. `nextId` gives the ids of its calls. */
export const replyOf = (turn: Turn, request: RecordedRequest, nextId: () => string): Reply.Reply => {
  const text = turn.text ?? (turn.json === undefined ? "" : JSON.stringify(turn.json))
  const calls = (turn.calls ?? []).map((call): Numbered => ({ ...call, id: call.id ?? nextId() }))
  const reply = turn.fail ?? replies[request.api](turn, text, calls, request.isStreamed)
  return turn.delay === undefined ? reply : Reply.slowHeaders(turn.delay, reply)
}
