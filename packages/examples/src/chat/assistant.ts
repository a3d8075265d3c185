/** The assistant: an agent that answers a conversation, as the stream that `useChat` reads. */
import { LanguageModel } from "@effect/ai"
import { BigDecimal, Effect, Option, Record, Stream } from "effect"
import { Models } from "effect-friendli"
import { Agent, AgentUi, FriendliLanguageModel } from "effect-friendli-ai"
import * as UiStream from "effect-friendli/UiStream"
import type { Metadata, Question } from "./api.js"
import { Conversations } from "./conversations.js"
import { NothingWaits } from "./explain.js"
import { tools } from "./tools.js"

const system = "You are a travel assistant. Answer briefly. Search for trains before you book one."

export const answer = ({ id, messages, model: name }: Question) =>
  Effect.gen(function* () {
    const conversations = yield* Conversations
    const model = Option.getOrElse(yield* Models.get(name), () => ({ id: name }))
    const options = {
      toolkit: tools,
      budget: { steps: 8, time: "5 minutes" },
      price: Agent.price(model)
    } as const

    // a new question, or the user's decision about a tool
    const decisions = AgentUi.decisions(messages)
    const waiting = yield* conversations.takeWaiting(id)
    const run = Record.isEmptyRecord(decisions)
      ? Agent.stream({ ...options, system, prompt: yield* AgentUi.toPrompt(messages) })
      : Agent.resumeStream(yield* Effect.mapError(waiting, () => new NothingWaits()), decisions, options)
    yield* conversations.keep(id, messages)

    const events = run.pipe(
      Stream.tap((event) => {
        if (event._tag === "StepDone") {
          const cost = Option.getOrElse(options.price(event.step), () => BigDecimal.fromBigInt(0n))
          return conversations.spend(id, event.step.usage.totalTokens, cost)
        }
        return event._tag === "Done" && event.result._tag === "Pending"
          ? conversations.wait(id, event.result.transcript)
          : Effect.void
      }),
      Stream.provideServiceEffect(
        LanguageModel.LanguageModel,
        FriendliLanguageModel.make({ model: name, config: { max_tokens: 2000 } })
      )
    )
    const chunks = AgentUi.fromEvents(events, {
      metadata: { model: name } satisfies Metadata,
      finishMetadata: ({ totals }): Partial<Metadata> => ({
        tokens: totals.usage.totalTokens,
        cost: BigDecimal.format(totals.cost)
      })
    })
    // stopped answers are also stored
    return UiStream.onEnd(chunks, messages, (all) => conversations.keep(id, all))
  })
