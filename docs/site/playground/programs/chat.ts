/**
 * Chat: the answer is added to the conversation as it arrives.
 *
 * To stop it, interrupt the program: the connection closes, and the server stops generating.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Chat from "effect-friendli/Chat"

/** The settings next to the chat. */
export interface Settings {
  readonly model: string | undefined
  readonly temperature: number
  readonly top_p: number
  readonly max_tokens: number
}

export interface Turn {
  readonly role: "user" | "assistant"
  readonly content: string
  /** The finish reason and the number of tokens. Both are known only at the end of the answer. */
  readonly finishReason?: string
  readonly tokens?: number
}

export type Conversation = ReadonlyArray<Turn>

/** The conversation, with one more event added to its last turn. */
const grow = (turns: Conversation, chunk: Chat.ChatChunk): Conversation => {
  const last = turns.at(-1)!
  const choice = chunk.choices[0]
  const finishReason = choice?.finish_reason ?? last.finishReason
  const tokens = chunk.usage?.completion_tokens ?? last.tokens
  return [
    ...turns.slice(0, -1),
    {
      ...last,
      content: last.content + (choice?.delta.content ?? ""),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(tokens === undefined ? {} : { tokens })
    }
  ]
}

/** Answers the last turn of a conversation. */
export const answer = (conversation: SubscriptionRef.SubscriptionRef<Conversation>, settings: Settings) =>
  Effect.gen(function* () {
    const turns = yield* SubscriptionRef.get(conversation)
    const messages = turns.map(({ content, role }) => ({ role, content }))

    yield* SubscriptionRef.set(conversation, [...turns, { role: "assistant", content: "" }])
    yield* Chat.stream({ ...settings, messages }).pipe(
      Stream.runForEach((chunk) => SubscriptionRef.update(conversation, (now) => grow(now, chunk)))
    )
  })
