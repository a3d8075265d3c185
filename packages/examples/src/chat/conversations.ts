/** The conversations, in the memory of the server. They survive a reload of the page, and are lost when the process ends. */
import { BigDecimal, Effect, Option } from "effect"
import type { UiMessages } from "effect-friendli"
import type { Agent } from "effect-friendli-ai"
import type { Summary } from "./api.js"

interface Conversation {
  readonly messages: ReadonlyArray<UiMessages.UiMessage>
  readonly tokens: number
  readonly cost: BigDecimal.BigDecimal
  /** The run that waits for the user's approval. It remains on the server: the browser sends only yes or no. */
  readonly waiting: Option.Option<Agent.Transcript>
}

const empty: Conversation = {
  messages: [],
  tokens: 0,
  cost: BigDecimal.fromBigInt(0n),
  waiting: Option.none()
}

/** The first words of the user. */
const titleOf = ({ messages }: Conversation): string => {
  const [text] = (messages[0]?.parts ?? []).flatMap((part) => ("text" in part ? [part.text] : []))
  return text?.slice(0, 60) ?? "New conversation"
}

export class Conversations extends Effect.Service<Conversations>()("chat/Conversations", {
  sync: () => {
    const all = new Map<string, Conversation>()
    const read = (id: string) => Effect.sync(() => all.get(id) ?? empty)
    const change = (id: string, to: (conversation: Conversation) => Partial<Conversation>) =>
      Effect.map(read(id), (found) => void all.set(id, { ...found, ...to(found) }))
    return {
      list: Effect.sync(() =>
        [...all].map(([id, conversation]): Summary => ({
          id,
          title: titleOf(conversation),
          spending: { tokens: conversation.tokens, cost: BigDecimal.format(conversation.cost) }
        }))
      ),
      messages: (id: string) => Effect.map(read(id), ({ messages }) => messages),
      keep: (id: string, messages: ReadonlyArray<UiMessages.UiMessage>) => change(id, () => ({ messages })),
      spend: (id: string, tokens: number, cost: BigDecimal.BigDecimal) =>
        change(id, (before) => ({ tokens: before.tokens + tokens, cost: BigDecimal.sum(before.cost, cost) })),
      wait: (id: string, transcript: Agent.Transcript) => change(id, () => ({ waiting: Option.some(transcript) })),
      /** Removes the waiting run and returns it. If it were resumed twice, it would execute its calls twice. */
      takeWaiting: (id: string) =>
        Effect.tap(
          Effect.map(read(id), ({ waiting }) => waiting),
          change(id, () => ({ waiting: Option.none() }))
        )
    }
  }
}) {}
