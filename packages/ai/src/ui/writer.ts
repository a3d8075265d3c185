/** Turns the events of a run into the chunks of a message. In: events, one after another. Out: the chunks that the front end of the AI SDK reads. */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { UiChunk, UiFinishReason } from "effect-friendli/UiStream"
import * as UiStream from "effect-friendli/UiStream"
import type { Event, Result } from "../agent/options.js"
import type { Outcome, Tools } from "../agent/steps.js"
import type { PendingCall } from "../agent/transcript.js"

/** The options of the writer. */
export interface WriterOptions {
  readonly metadata: unknown
  readonly finishMetadata: ((result: Result<Tools, unknown>) => unknown) | undefined
  readonly reasoning: boolean
  readonly dynamicTools: boolean
  readonly outputName: string
}

/** A call whose arguments arrive. It is complete when the front end has all of them. */
interface OpenCall {
  readonly name: string
  text: string
  isComplete: boolean
}

/** The text that the front end shows for a call without a result. */
const errorTextOf = (shown: unknown): string => {
  if (typeof shown === "string") return shown
  const text = Predicate.isRecord(shown) ? (shown["message"] ?? shown["error"]) : undefined
  return typeof text === "string" ? text : (JSON.stringify(shown) ?? "The tool failed.")
}

const finishReasonOf = (result: Result<Tools, unknown>): UiFinishReason => {
  if (result._tag === "Completed") return "stop"
  if (result._tag === "Pending") return "tool-calls"
  switch (result.stoppedBy._tag) {
    case "Length":
      return "length"
    case "ContentFilter":
      return "content-filter"
    default:
      return "other"
  }
}

export class Writer {
  private hasBegun = false
  /** A step begins with its first content: until then a failure can still set the status of the response. */
  private step: "none" | "due" | "open" = "none"
  private open: { readonly kind: "text" | "reasoning"; readonly id: string } | undefined
  private parts = 0
  private readonly calls = new Map<string, OpenCall>()

  constructor(private readonly options: WriterOptions) {}

  add(event: Event<Tools, unknown>): ReadonlyArray<UiChunk> {
    switch (event._tag) {
      case "StepStarted":
        this.step = "due"
        return []
      case "Text":
        return this.write("text", event.delta)
      case "Reasoning":
        return this.options.reasoning ? this.write("reasoning", event.delta) : []
      case "CallDelta":
        return this.writeCall(event.id, event.name, event.delta)
      case "ToolStarted":
        return this.begin(this.completeCall(event.id, event.name, event.params))
      case "ToolProgress": {
        const { id, name, value } = event
        return [{ type: "data-tool-progress", data: { toolCallId: id, toolName: name, value }, transient: true }]
      }
      case "ToolFinished":
        return this.begin(this.settleCall(event.outcome, event.shown))
      case "StepDone":
        return this.endStep(event.transcript.pending)
      case "ApprovalRequested":
        // `endStep` has already written the approval requests
        return []
      case "Done": {
        const metadata = this.options.finishMetadata?.(event.result)
        return this.begin([
          {
            type: "finish",
            finishReason: finishReasonOf(event.result),
            ...(metadata === undefined ? {} : { messageMetadata: metadata })
          }
        ])
      }
    }
  }

  /** Ends the open part. */
  close(): ReadonlyArray<UiChunk> {
    if (this.open === undefined) return []
    const { id, kind } = this.open
    this.open = undefined
    return [{ type: `${kind}-end`, id }]
  }

  private begin(chunks: ReadonlyArray<UiChunk>): ReadonlyArray<UiChunk> {
    const out: Array<UiChunk> = []
    if (!this.hasBegun) {
      this.hasBegun = true
      const { metadata } = this.options
      out.push({ type: "start", ...(metadata === undefined ? {} : { messageMetadata: metadata }) })
    }
    if (this.step === "due") {
      this.step = "open"
      out.push({ type: "start-step" })
    }
    return [...out, ...chunks]
  }

  private write(kind: "text" | "reasoning", delta: string): ReadonlyArray<UiChunk> {
    if (delta === "") return []
    const out: Array<UiChunk> = []
    if (this.open?.kind !== kind) {
      out.push(...this.close())
      this.open = { kind, id: `${kind}-${this.parts++}` }
      out.push({ type: `${kind}-start`, id: this.open.id })
    }
    return this.begin([...out, { type: `${kind}-delta`, id: this.open.id, delta }])
  }

  private get dynamic(): { readonly dynamic?: true } {
    return this.options.dynamicTools ? { dynamic: true } : {}
  }

  private writeCall(id: string, name: string, delta: string): ReadonlyArray<UiChunk> {
    if (name === this.options.outputName) return []
    const out: Array<UiChunk> = []
    let call = this.calls.get(id)
    if (call === undefined) {
      call = { name, text: "", isComplete: false }
      this.calls.set(id, call)
      out.push(...this.close(), { type: "tool-input-start", toolCallId: id, toolName: name, ...this.dynamic })
    }
    call.text += delta
    return this.begin([...out, { type: "tool-input-delta", toolCallId: id, inputTextDelta: delta }])
  }

  /** The arguments as the model wrote them: the arguments of `ToolStarted` are decoded, and may not be JSON. */
  private completeCall(id: string, name: string, params: unknown): ReadonlyArray<UiChunk> {
    const call = this.calls.get(id)
    if (call?.isComplete === true) return []
    this.calls.set(id, { name, text: call?.text ?? "", isComplete: true })
    const written = Either.try((): unknown => JSON.parse(call?.text ?? ""))
    const input = Either.getOrElse(written, () => params)
    return [...this.close(), { type: "tool-input-available", toolCallId: id, toolName: name, input, ...this.dynamic }]
  }

  private settleCall(outcome: Outcome<Tools>, shown: unknown): ReadonlyArray<UiChunk> {
    const { id, name } = outcome
    if (outcome._tag === "Succeeded") return [UiStream.toolOutput(id, shown)]
    if (outcome._tag === "Rejected" && outcome.reason === "denied") return [UiStream.toolDenied(id)]
    const errorText = outcome._tag === "Rejected" ? outcome.message : errorTextOf(shown)
    const call = this.calls.get(id)
    if (call === undefined || call.isComplete) return [UiStream.toolError(id, errorText)]
    call.isComplete = true
    return [
      ...this.close(),
      { type: "tool-input-error", toolCallId: id, toolName: name, input: call.text, errorText, ...this.dynamic }
    ]
  }

  private endStep(pending: ReadonlyArray<PendingCall>): ReadonlyArray<UiChunk> {
    const requests = pending.flatMap(({ id, name, params }) => [
      ...this.completeCall(id, name, params),
      UiStream.toolApproval(id)
    ])
    const out = this.begin([...this.close(), ...requests])
    if (this.step === "none") return out
    this.step = "none"
    return [...out, { type: "finish-step" }]
  }
}
