/**
 * Merges the chunks of the UI message stream into the message that the front end has, without Effect. In: the messages of the request,
 * and the chunks of the answer. Out: the message, at any time: a server that stores conversations stores it, even if the answer was
 * stopped.
 */
import * as Predicate from "effect/Predicate"
import type { UiChunk, UiMessage, UiPart } from "../schema/UiMessage.js"

/** A part while it grows. Its fields are those of the protocol. */
type Part = Record<string, unknown> & { readonly type: string }

type DataChunk = Extract<UiChunk, { readonly type: `data-${string}` }>
type ToolChunk = Exclude<Extract<UiChunk, { readonly toolCallId: string }>, { readonly type: "tool-input-delta" }>

const isData = (chunk: DataChunk | ToolChunk): chunk is DataChunk => chunk.type.startsWith("data-")

const merged = (before: unknown, added: unknown): unknown => {
  if (added === undefined) return before
  return Predicate.isRecord(before) && Predicate.isRecord(added) ? { ...before, ...added } : added
}

/** Collects the answer to messages: a new message, or the continuation of the last one if that is of the assistant. */
export class UiMessageCollector {
  private id: string
  private metadata: unknown
  private readonly parts: Array<Part>
  /** The growing parts of text and reasoning, by their ids. */
  private readonly growing = new Map<string, Part>()
  /** Whether any content worth storing has arrived. */
  hasContent = false

  constructor(previous: UiMessage | undefined, id: string) {
    const continued = previous?.role === "assistant" ? previous : undefined
    this.id = continued?.id ?? id
    this.metadata = continued?.metadata
    this.parts = (continued?.parts ?? []).map((part) => ({ ...part }))
  }

  add(chunk: UiChunk): void {
    if (chunk.type === "start") this.id = chunk.messageId ?? this.id
    else if (chunk.type !== "finish" && chunk.type !== "error") this.hasContent = true
    switch (chunk.type) {
      case "start":
      case "finish":
      case "message-metadata":
        this.metadata = merged(this.metadata, chunk.messageMetadata)
        return
      case "start-step":
        this.parts.push({ type: "step-start" })
        return
      case "finish-step":
        this.growing.clear()
        return
      case "text-start":
      case "reasoning-start": {
        const part: Part = { type: chunk.type === "text-start" ? "text" : "reasoning", text: "" }
        this.growing.set(chunk.id, part)
        this.parts.push(part)
        return
      }
      case "text-delta":
      case "reasoning-delta": {
        const part = this.growing.get(chunk.id)
        if (part !== undefined) part["text"] = `${String(part["text"])}${chunk.delta}`
        return
      }
      case "source-url":
      case "file":
        this.parts.push({ ...chunk })
        return
      case "text-end":
      case "reasoning-end":
      case "tool-input-delta":
      case "error":
        return
      default:
        if (isData(chunk)) this.addData(chunk)
        else this.addToCall(chunk)
    }
  }

  private addData({ data, id, transient, type }: DataChunk): void {
    if (transient === true) return
    const before = id === undefined ? undefined : this.parts.find((part) => part.type === type && part["id"] === id)
    if (before === undefined) this.parts.push({ type, ...(id === undefined ? {} : { id }), data })
    else before["data"] = data
  }

  private addToCall(chunk: ToolChunk): void {
    let part = this.parts.findLast(({ toolCallId }) => toolCallId === chunk.toolCallId)
    if (part === undefined && "toolName" in chunk) {
      const { dynamic, toolCallId, toolName } = chunk
      part =
        dynamic === true ? { type: "dynamic-tool", toolName, toolCallId } : { type: `tool-${toolName}`, toolCallId }
      this.parts.push(part)
    }
    // a result of an unknown call
    if (part === undefined) return
    switch (chunk.type) {
      case "tool-input-start":
        part["state"] = "input-streaming"
        return
      case "tool-input-available":
        Object.assign(part, { state: "input-available", input: chunk.input })
        return
      case "tool-input-error":
        Object.assign(part, { state: "output-error", rawInput: chunk.input, errorText: chunk.errorText })
        return
      case "tool-output-available":
        Object.assign(part, { state: "output-available", output: chunk.output })
        return
      case "tool-output-error":
        Object.assign(part, { state: "output-error", errorText: chunk.errorText })
        return
      case "tool-output-denied":
        part["state"] = "output-denied"
        return
      case "tool-approval-request":
        Object.assign(part, { state: "approval-requested", approval: { id: chunk.approvalId } })
    }
  }

  /** The message so far, without calls whose arguments are incomplete: they can never be executed. */
  message(): UiMessage {
    return {
      id: this.id,
      role: "assistant",
      ...(this.metadata === undefined ? {} : { metadata: this.metadata }),
      parts: this.parts.filter(({ state }) => state !== "input-streaming") as ReadonlyArray<UiPart>
    }
  }
}
