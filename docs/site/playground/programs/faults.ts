/**
 * Faults: what the SDK does when a server or a network fails.
 *
 * Before the first event, the retry policy decides if a request is sent again. After the first event there are no retries, because the
 * answer may be billed. The text so far is kept, and the typed error says what happened.
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

/** A failed attempt, and the delay before the next attempt. */
export interface Attempt {
  readonly error: FriendliStreamError
  /** Absent if the policy does not retry. */
  readonly delay?: Duration.Duration
}

export interface Run {
  readonly attempts: ReadonlyArray<Attempt>
  readonly text: string
}

export const notRun: Run = { attempts: [], text: "" }

/** The default policy, which also records its failures and delays. */
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

/** Sends one request. The timeouts are short for this page. The defaults of the SDK are a minute or more. */
export const ask = (run: SubscriptionRef.SubscriptionRef<Run>, model: string | undefined) =>
  Chat.stream(
    { model, messages: [{ role: "user", content: "What is streaming?" }], max_tokens: 60 },
    { retry: watched(run), headersTimeout: "2 seconds", idleTimeout: "2 seconds" }
  ).pipe(
    ChatStream.text,
    Stream.runForEach((text) => SubscriptionRef.update(run, (now) => ({ ...now, text: now.text + text })))
  )
