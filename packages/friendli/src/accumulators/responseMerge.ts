/** Merges the events of a streamed response. In: events in order; unknown ones are only counted. Out: the response so far. */
import type { ResponsesEvent, ResponsesSnapshot, ResponsesStreamEvent } from "../schema/ResponsesEvent.js"
import type {
  ResponsesError,
  ResponsesIncompleteDetails,
  ResponsesOutputItem,
  ResponsesStatus,
  ResponsesUsage
} from "../schema/ResponsesResponse.js"
import { isKnown } from "./response.js"
import { type ItemListener, Items, overlay } from "./responseItems.js"
import { mergeUsage } from "./usage.js"

/** A response merged from events. */
export interface Response {
  readonly id: string
  readonly object: "response"
  readonly output: ReadonlyArray<ResponsesOutputItem>
  readonly status: ResponsesStatus | null
  readonly created_at?: number | null
  readonly model?: string | null
  readonly usage?: ResponsesUsage | null
  readonly error?: ResponsesError | null
  readonly incomplete_details?: ResponsesIncompleteDetails | null
}

/** The merged fields of a response other than its items and its usage. */
type Fields = Omit<ResponsesSnapshot, "output" | "usage">

export class ResponseMerge {
  events = 0
  /** Whether the response has ended before the model was done, so that the last call may be incomplete. */
  isCut = false
  private fields: Fields = {}
  private usage: ResponsesUsage | null | undefined
  private readonly items: Items

  /** With `isKept: false` only the listener gets the text, and no snapshot can be taken. */
  constructor({ isKept = true, listener }: { readonly isKept?: boolean; readonly listener?: ItemListener } = {}) {
    this.items = new Items(isKept, listener)
  }

  add(event: ResponsesStreamEvent): void {
    this.events++
    if (isKnown(event)) this.merge(event.data)
  }

  private merge(data: ResponsesEvent): void {
    switch (data.type) {
      case "response.output_text.delta":
        this.items.delta(data, "message", data.delta)
        return
      case "response.reasoning_text.delta":
        this.items.delta(data, "reasoning", data.delta)
        return
      case "response.function_call_arguments.delta":
        this.items.argumentsDelta(data, data.delta)
        return
      case "response.created":
      case "response.in_progress":
        this.take(data.response)
        data.response?.output?.forEach((item, index) => this.items.update(item, index))
        return
      case "response.output_item.added":
        this.items.begin(data.item, data.output_index)
        return
      case "response.output_item.done":
        this.items.finish(data.item, data.output_index)
        return
      case "response.content_part.added":
        this.items.part(data, data.part, false)
        return
      case "response.content_part.done":
        this.items.part(data, data.part, true)
        return
      case "response.output_text.done":
        this.items.part(data, { type: "output_text", text: data.text }, true)
        return
      case "response.reasoning_text.done":
        this.items.part(data, { type: "reasoning_text", text: data.text }, true)
        return
      case "response.function_call_arguments.done":
        this.items.argumentsDone(data, data.arguments, data.name)
        return
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        this.isCut = data.type !== "response.completed"
        this.take(data.response)
        data.response?.output?.forEach((item, index) => this.items.finish(item, index))
        this.items.settle(this.isCut ? "incomplete" : "completed")
    }
  }

  /** Merges the response in an event. */
  private take(response: ResponsesSnapshot | null | undefined): void {
    if (response == null) return
    const { output: _output, usage, ...fields } = response
    this.fields = overlay(this.fields, fields)
    this.usage = mergeUsage(this.usage ?? undefined, usage) ?? (usage === null ? null : this.usage)
  }

  /** A copy of the response so far, at any time. */
  snapshot(): Response {
    const { id, object: _object, status, ...rest } = this.fields
    return {
      // What is absent stays absent, and null stays null: an undefined field would be neither.
      ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<Response>),
      id: id ?? "",
      object: "response",
      status: status ?? null,
      output: this.items.snapshot(),
      ...(this.usage === undefined ? {} : { usage: this.usage })
    }
  }
}
