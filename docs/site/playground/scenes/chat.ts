/** The actions of the chat scene. The program is in `programs/chat.ts`. */
import * as Effect from "effect/Effect"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { type Conversation, type Settings, answer } from "../programs/chat.js"
import type { Stage } from "../stage.js"

export interface ChatScene {
  readonly conversation: SubscriptionRef.SubscriptionRef<Conversation>
  readonly send: (text: string, settings: Settings) => void
  /** Replaces the last answer. */
  readonly regenerate: (settings: Settings) => void
  readonly clear: () => void
}

export const suggestions: ReadonlyArray<string> = [
  "When should a program retry?",
  "Write a poem about the sea.",
  "Give me three tips for good error messages",
  "Write a TypeScript function that reverses a string"
]

export const makeChatScene = (stage: Stage): ChatScene => {
  const conversation = Effect.runSync(SubscriptionRef.make<Conversation>([]))
  const after = (change: (turns: Conversation) => Conversation, settings: Settings): void =>
    stage.start(Effect.zipRight(SubscriptionRef.update(conversation, change), answer(conversation, settings)))

  return {
    conversation,
    // An answer that never began is not a turn, because the API rejects an empty turn.
    send: (text, settings) =>
      after((turns) => [...turns.filter(({ content }) => content !== ""), { role: "user", content: text }], settings),
    regenerate: (settings) =>
      after((turns) => (turns.at(-1)?.role === "assistant" ? turns.slice(0, -1) : turns), settings),
    clear: () => stage.clear(SubscriptionRef.set(conversation, []))
  }
}
