/** The tool calls scene. The program is in `programs/toolCalls.ts`. */
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { converse, type Round } from "../programs/toolCalls.js"
import type { Stage } from "../stage.js"

export interface ToolScene {
  readonly rounds: SubscriptionRef.SubscriptionRef<ReadonlyArray<Round>>
  readonly ask: (question: string, model: string | undefined) => void
}

export const questions = [
  { title: "Trains to Busan", text: "Which trains go from Seoul to Busan on 2026-12-03 for 2 passengers?" },
  { title: "Weather in two cities", text: "What is the weather in Seoul and in Busan?" }
] as const

export const makeToolScene = (stage: Stage): ToolScene => {
  const rounds = Effect.runSync(SubscriptionRef.make<ReadonlyArray<Round>>([]))
  return { rounds, ask: (question, model) => stage.start(converse(rounds, model, question)) }
}
