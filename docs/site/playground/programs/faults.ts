/**
 * Faults: what the SDK does when a server or a network fails.
 *
 * Before its first event a request is sent again, as the policy says. An answer that has begun is not, since it may be billed: the text
 * that has come stays, and the typed error says what happened.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"

/** A failed attempt, and what follows. */
export interface Attempt {
  readonly error: FriendliStreamError
  /** The delay before the next attempt. There is none if the policy gives up. */
  readonly delay?: Duration.Duration
}

export interface Run {
  readonly attempts: ReadonlyArray<Attempt>
  readonly text: string
}

export const notRun: Run = { attempts: [], text: "" }

/** The default policy, which also tells what it sees and decides. */
const watched = (run: SubscriptionRef.SubscriptionRef<Run>): Retry.Policy =>
  Retry.defaultPolicy.pipe(
    Schedule.tapInput((error: FriendliStreamError) =>
      SubscriptionRef.update(run, (now) => ({ ...now, attempts: [...now.attempts, { error }] }))
    ),
    Schedule.modifyDelayEffect((_, delay) =>
      SubscriptionRef.update(run, ({ attempts, text }) => ({
        text,
        attempts: [...attempts.slice(0, -1), { ...attempts.at(-1)!, delay }]
      })).pipe(Effect.as(delay))
    )
  )

/** Asks once. The short timeouts are for people who watch; those of the SDK are a minute and more. */
export const ask = (run: SubscriptionRef.SubscriptionRef<Run>, model: string | undefined) =>
  Chat.stream(
    { model, messages: [{ role: "user", content: "What is streaming?" }], max_tokens: 60 },
    { retry: watched(run), headersTimeout: "2 seconds", idleTimeout: "2 seconds" }
  ).pipe(
    ChatStream.text,
    Stream.runForEach((text) => SubscriptionRef.update(run, (now) => ({ ...now, text: now.text + text })))
  )
