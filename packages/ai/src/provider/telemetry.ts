/** The attributes of a generation on the spans of `@effect/ai`: names and numbers, no text of the conversation. */
import * as Telemetry from "@effect/ai/Telemetry"
import type { Span } from "effect/Tracer"
import type { ChatRequest } from "effect-friendli/schema/ChatRequest"
import { type Counts, usageOf } from "./facts.js"

export const system = "friendli"

/** Stop sequences are text of the program, so they are not recorded. */
export const annotateRequest = (span: Span, request: ChatRequest): void =>
  Telemetry.addGenAIAnnotations(span, {
    system,
    operation: { name: "chat" },
    request: {
      model: request.model,
      temperature: request.temperature,
      topK: request.top_k,
      topP: request.top_p,
      maxTokens: request.max_tokens,
      frequencyPenalty: request.frequency_penalty,
      presencePenalty: request.presence_penalty,
      seed: typeof request.seed === "number" ? request.seed : undefined
    }
  })

export const annotateAnswer = (
  span: Span,
  answer: {
    readonly id: string | null | undefined
    readonly model: string | null | undefined
    readonly reason: string | undefined
    readonly counts: Counts
  }
): void => {
  const { inputTokens, outputTokens } = usageOf(answer.counts)
  Telemetry.addGenAIAnnotations(span, {
    response: {
      id: answer.id,
      model: answer.model,
      finishReasons: answer.reason === undefined ? undefined : [answer.reason]
    },
    usage: { inputTokens, outputTokens }
  })
}
