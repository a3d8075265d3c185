/**
 * One answer of the model as the chunks of a step, without Effect. In: the chunks of a chat stream. Out: text, reasoning and tool calls
 * as the front end reads them, and at the end a summary of the answer.
 */
import * as Either from "effect/Either"
import { parseJson } from "../internal/json.js"
import type { ChatChunk } from "../schema/ChatChunk.js"
import type { UiChunk } from "../schema/UiMessage.js"
import type { Usage } from "../schema/Usage.js"
import { choiceIndex, finishReason as reasonOf, isCutShort, reasoningOf } from "./choices.js"
import { type ChatAnswerLike, makeChatAccumulator } from "./chunks.js"
import type { Emitter } from "./folds.js"
import { type OpenToolCall, ToolCalls } from "./toolCalls.js"

/** The options of a step. */
export interface StepOptions {
  /** Whether the front end gets the reasoning of the model. Default: true. */
  readonly reasoning?: boolean | undefined
  /** Whether the front end shows tools as parts of the type `dynamic-tool`, for tools that its code does not know. Default: false. */
  readonly dynamicTools?: boolean | undefined
}

/** The summary at the end of an answer. */
export interface Summary {
  readonly id: string | undefined
  readonly model: string | undefined
  readonly finishReason: string | undefined
  readonly usage: Usage | undefined
}

/** A tool call while it arrives. */
interface OpenCall {
  readonly id: string
  /** Its name is complete when arguments arrive; until then nothing is sent. */
  name: string | undefined
  text: string
}

/** One answer of the model as chunks. */
export interface Step extends Emitter<ChatChunk, UiChunk> {
  readonly summary: () => Summary
  /** The message of the answer, at its end. Its calls have the ids that the front end knows. */
  readonly message: () => AnswerMessage
}

type AnswerMessage = ChatAnswerLike["choices"][number]["message"]

export const makeStep = (options: StepOptions | undefined): Step => {
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
      // An id may arrive after the first delta. Results are sent for this id.
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
