/**
 * Turns a streamed answer into parts while it arrives. In: chunks of the API. Out: parts of `@effect/ai`.
 *
 * A part `tool-call` makes `@effect/ai` execute the tool. So it comes only after the stream has ended properly: before that, the server may continue
 * any call, and if the stream is cut short, no tool may have been executed.
 */
import type * as AiError from "@effect/ai/AiError"
import type * as Response from "@effect/ai/Response"
import * as Either from "effect/Either"
import type { ChatChunk } from "effect-friendli/schema/ChatChunk"
import * as ChatStream from "effect-friendli/ChatStream"
import { argumentsOf, Ids } from "./calls.js"
import { malformedOutput } from "./errors.js"
import {
  counted,
  type Counts,
  finishReason,
  isCutShort,
  metadataPart,
  noCounts,
  reasoningOf,
  reasonOf,
  usageOf
} from "./facts.js"

type Part = Response.StreamPartEncoded

/** What a reader needs to know about its request. */
export interface ReaderOptions {
  /** The names of the tools that were offered. */
  readonly names: ReadonlySet<string>
  readonly invalidToolCalls: "fail" | "skip"
  /** For the ids of calls without an id. */
  readonly idPrefix: string
  readonly method: string
}

/** A call while it arrives. */
interface Call {
  /** Undefined until its first part. */
  id: string | undefined
  text: string
}

/** What is known when the stream has ended. */
export interface Ending {
  readonly parts: ReadonlyArray<Part>
  /** Why the answer is a failure although it is complete. */
  readonly failure: AiError.AiError | undefined
}

export class StreamReader {
  private hasBegun = false
  /** The open block. Each block has its own id. */
  private block: { readonly type: "text" | "reasoning"; readonly id: string } | undefined
  private blocks = 0
  private readonly assign = ChatStream.assignToolCalls()
  private readonly calls = new Map<ChatStream.OpenToolCall, Call>()
  private readonly ids: Ids
  private reason: string | undefined
  private counts: Counts = noCounts
  /** What spans record of the answer. */
  readonly facts: { id: string | undefined; model: string | undefined } = { id: undefined, model: undefined }

  constructor(private readonly options: ReaderOptions) {
    this.ids = new Ids(options.idPrefix)
  }

  get finish(): { readonly reason: string | undefined; readonly counts: Counts } {
    return { reason: this.reason, counts: this.counts }
  }

  add(chunk: ChatChunk): ReadonlyArray<Part> {
    const parts: Array<Part> = []
    if (!this.hasBegun) {
      this.hasBegun = true
      this.facts.id = chunk.id ?? undefined
      this.facts.model = chunk.model ?? undefined
      parts.push(metadataPart(chunk))
    }
    this.counts = counted(this.counts, chunk.usage)
    // with several choices, which a request of `@effect/ai` never asks for, the first one is the answer
    const choice = chunk.choices.find(({ index }) => index === 0)
    if (choice === undefined) return parts
    this.write("reasoning", reasoningOf(choice.delta), parts)
    this.write("text", choice.delta.content ?? "", parts)
    this.assign(choice.delta.tool_calls, (open, text) => this.call(open, text, parts))
    this.reason = finishReason(choice.finish_reason) ?? this.reason
    return parts
  }

  /** The last parts, when the stream has ended properly. */
  end(): Ending {
    const { invalidToolCalls, method, names } = this.options
    const parts: Array<Part> = []
    this.close(parts)
    const rules = { names, isCutShort: isCutShort(this.reason) }
    const read = [...this.calls].map(([open, call]) => {
      const id = this.begin(open, call, parts)
      const name = open.name ?? ""
      return { id, name, params: argumentsOf({ id, name, arguments: call.text }, rules) }
    })
    const invalid = read.flatMap(({ id, name, params }) =>
      Either.isLeft(params) ? [{ id, name, message: params.left.message }] : []
    )
    const failure = read.map(({ params }) => params).find(Either.isLeft)
    const isFailure = failure !== undefined && invalidToolCalls === "fail"
    for (const { id, name, params } of read) {
      parts.push({ type: "tool-params-end", id })
      // if the answer fails, no tool is executed
      if (Either.isRight(params) && !isFailure) parts.push({ type: "tool-call", id, name, params: params.right })
    }
    if (isFailure) return { parts, failure: malformedOutput(method, failure.left.message, failure.left) }
    parts.push({
      type: "finish",
      reason: reasonOf(this.reason, this.calls.size > 0),
      usage: usageOf(this.counts),
      metadata: {
        friendli: {
          ...(this.reason === undefined ? {} : { finishReason: this.reason }),
          ...(invalid.length === 0 ? {} : { invalidToolCalls: invalid })
        }
      }
    })
    return { parts, failure: undefined }
  }

  /** Continues the open block, or begins one. */
  private write(type: "text" | "reasoning", delta: string, parts: Array<Part>): void {
    if (delta === "") return
    if (this.block?.type !== type) {
      this.close(parts)
      this.block = { type, id: `${type}-${this.blocks++}` }
      parts.push({ type: `${type}-start`, id: this.block.id })
    }
    parts.push({ type: `${type}-delta`, id: this.block.id, delta })
  }

  private close(parts: Array<Part>): void {
    if (this.block !== undefined) parts.push({ type: `${this.block.type}-end`, id: this.block.id })
    this.block = undefined
  }

  private call(open: ChatStream.OpenToolCall, text: string, parts: Array<Part>): void {
    let call = this.calls.get(open)
    if (call === undefined) {
      call = { id: undefined, text: "" }
      this.calls.set(open, call)
    }
    call.text += text
    if (call.id !== undefined) {
      if (text !== "") parts.push({ type: "tool-params-delta", id: call.id, delta: text })
      // the name may grow until arguments come
    } else if (open.name !== undefined && call.text.trim() !== "") this.begin(open, call, parts)
  }

  /** Adds the first parts of a call. Returns its id, which may differ from the server's. */
  private begin(open: ChatStream.OpenToolCall, call: Call, parts: Array<Part>): string {
    if (call.id !== undefined) return call.id
    this.close(parts)
    call.id = this.ids.of(open.id)
    parts.push({ type: "tool-params-start", id: call.id, name: open.name ?? "" })
    if (call.text !== "") parts.push({ type: "tool-params-delta", id: call.id, delta: call.text })
    return call.id
  }
}
