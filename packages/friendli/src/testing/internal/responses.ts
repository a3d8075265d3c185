/** Wire values of the Responses API: a whole answer, and its events. */
import type { ResponsesEvent } from "../../schema/ResponsesEvent.js"
import type { ResponsesResponse, ResponsesUsage } from "../../schema/ResponsesResponse.js"
import type { ToolCall } from "../../schema/Tool.js"
import { created, wordsOf } from "./words.js"

/** Options of an answer of the Responses API. */
export interface ResponseOptions {
  readonly id?: string | undefined
  /** Default: `"test-model"`. */
  readonly model?: string | undefined
  readonly reasoning?: string | undefined
  /** Function calls, made by `toolCall`. */
  readonly toolCalls?: ReadonlyArray<ToolCall> | undefined
  /** Calls of custom tools. */
  readonly customToolCalls?:
    | ReadonlyArray<{ readonly call_id: string; readonly name: string; readonly input: string }>
    | undefined
  /** `max_output_tokens`: the answer was cut short, and has the status `incomplete`. */
  readonly incomplete?: string | undefined
  /** The response failed. */
  readonly error?: { readonly code: string; readonly message: string } | undefined
  /** Default: 10 input tokens, and one token for each word of the text. `null`: no usage. */
  readonly usage?: ResponsesUsage | null | undefined
}

const responseUsage = (text: string, options: ResponseOptions | undefined): ResponsesUsage | null => {
  if (options?.usage !== undefined) return options.usage
  const reasoned = wordsOf(options?.reasoning ?? "").length
  const output = Math.max(1, wordsOf(text).length) + reasoned
  return {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoned },
    total_tokens: 10 + output
  }
}

/** The items of an answer. The last one is incomplete if the answer was cut short. */
const responseOutput = (text: string, options: ResponseOptions | undefined): ResponsesResponse["output"] => {
  const status = "completed"
  const output: ResponsesResponse["output"] = [
    ...(options?.reasoning === undefined
      ? []
      : [
          {
            type: "reasoning" as const,
            id: "rs-test",
            summary: [],
            content: [{ type: "reasoning_text" as const, text: options.reasoning }],
            status
          }
        ]),
    ...(text === ""
      ? []
      : [
          {
            type: "message" as const,
            id: "msg-test",
            role: "assistant",
            status,
            content: [{ type: "output_text" as const, text }]
          }
        ]),
    ...(options?.toolCalls ?? []).map((call) => ({
      type: "function_call" as const,
      id: `fc-${call.id}`,
      call_id: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
      status
    })),
    ...(options?.customToolCalls ?? []).map((call) => ({
      type: "custom_tool_call" as const,
      id: `ctc-${call.call_id}`,
      ...call,
      status
    }))
  ]
  return options?.incomplete === undefined
    ? output
    : output.map((item, index) => (index === output.length - 1 ? { ...item, status: "incomplete" } : item))
}

const responseStatus = (options: ResponseOptions | undefined): "completed" | "incomplete" | "failed" => {
  if (options?.error !== undefined) return "failed"
  return options?.incomplete === undefined ? "completed" : "incomplete"
}

const responseHead = (options: ResponseOptions | undefined) => ({
  id: options?.id ?? "resp-test",
  object: "response",
  created_at: created
})

/**
 * A whole answer of the Responses API.
 *
 * **Details**: with `error` it is a failed response, and the call fails with the error that the code means.
 *
 * @example
 * ```ts
 * import { Wire } from "effect-friendli/testing"
 *
 * const response = Wire.response("Hi!", { toolCalls: [Wire.toolCall("now", {})] })
 * console.log(response.status, response.output.map((item) => item.type))
 * // => completed [ 'message', 'function_call' ]
 * ```
 * @category constructors
 */
export const response = (text: string, options?: ResponseOptions): ResponsesResponse => ({
  ...responseHead(options),
  error: options?.error ?? null,
  status: responseStatus(options),
  output: options?.error === undefined ? responseOutput(text, options) : [],
  usage: options?.error === undefined ? responseUsage(text, options) : null,
  incomplete_details: options?.incomplete === undefined ? null : { reason: options.incomplete },
  model: options?.model ?? "test-model"
})

/** The events of one item, without their numbers: it is added, filled and done. An incomplete item is not done. */
const itemEvents = (item: ResponsesResponse["output"][number], output_index: number): ReadonlyArray<ResponsesEvent> => {
  const item_id = "id" in item && typeof item.id === "string" ? item.id : ""
  const place = { item_id, output_index, content_index: 0 }
  const added = (empty: typeof item): ResponsesEvent => ({
    type: "response.output_item.added",
    output_index,
    item: { ...empty, status: "in_progress" } as typeof item
  })
  const done: ResponsesEvent = { type: "response.output_item.done", output_index, item }
  const isDone = !("status" in item && item.status === "incomplete")
  switch (item.type) {
    case "message":
    case "reasoning": {
      const isText = item.type === "message"
      const part = { type: isText ? ("output_text" as const) : ("reasoning_text" as const), text: "" }
      const text = (item.content ?? []).map((each) => ("text" in each ? String(each.text) : "")).join("")
      const kind = isText ? ("response.output_text" as const) : ("response.reasoning_text" as const)
      return [
        added({ ...item, content: [] }),
        { type: "response.content_part.added", ...place, part },
        ...wordsOf(text).map((delta): ResponsesEvent => ({ type: `${kind}.delta`, ...place, delta })),
        ...(isDone
          ? ([
              { type: `${kind}.done`, ...place, text },
              { type: "response.content_part.done", ...place, part: { ...part, text } },
              done
            ] satisfies ReadonlyArray<ResponsesEvent>)
          : [])
      ]
    }
    case "function_call": {
      const call = { item_id, output_index }
      return [
        added({ ...item, arguments: "" }),
        { type: "response.function_call_arguments.delta", ...call, delta: item.arguments },
        ...(isDone
          ? ([
              {
                type: "response.function_call_arguments.done",
                ...call,
                arguments: item.arguments,
                name: item.name
              },
              done
            ] satisfies ReadonlyArray<ResponsesEvent>)
          : [])
      ]
    }
    default:
      return [added(item), ...(isDone ? [done] : [])]
  }
}

/**
 * The events of a streamed answer of the Responses API, for `Reply.sse(events, { named: true })`: one delta for each word of reasoning and
 * text, and for each call.
 * @category constructors
 */
export const responseEvents = (text: string, options?: ResponseOptions): ReadonlyArray<ResponsesEvent> => {
  const begun = { ...responseHead(options), status: "in_progress", output: [] }
  const events: ReadonlyArray<ResponsesEvent> = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...responseOutput(text, options).flatMap(itemEvents),
    { type: `response.${responseStatus(options)}`, response: response(text, options) }
  ]
  return events.map((event, sequence_number) => ({ ...event, sequence_number }))
}
