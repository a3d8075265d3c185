/** What goes into a batch, and what comes out. */
import type * as BigDecimal from "effect/BigDecimal"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import type { FriendliError } from "effect-friendli/FriendliError"
import type { AnswerFacts, Any } from "effect-friendli/Operation"
import type { Tokens } from "effect-friendli/Pricing"
import type { RequestOptions } from "effect-friendli/RequestOptions"

/** An answer, and what it says of itself. */
export interface Answered<out A> {
  readonly answer: A
  readonly facts: AnswerFacts
}

/** One request of a batch. Made by `Batch.chat`, `Batch.of` and the like. */
export interface Request<out A> {
  /** The name of the row in the results. Several rows may have the same. */
  readonly id: string
  /** The operation: its name belongs to the key of the row, and it decodes recorded answers. */
  readonly operation: Any<never, A>
  /** What the operation is asked. */
  readonly request: unknown
  /** Sends it. The types of operation and request meet here, and are hidden from the batch, which may hold rows of many operations. */
  readonly send: (client: FriendliClient.Service, options: RequestOptions) => Effect.Effect<Answered<A>, FriendliError>
}

/** A row that has its answer. */
export interface Done<out A> {
  readonly _tag: "Done"
  /** The id of the request. */
  readonly id: string
  /** The key, which rows that ask for the same have in common. */
  readonly key: string
  readonly answer: A
  /** The tokens that the server reported. */
  readonly tokens: Option.Option<Tokens>
  /** What they cost, in USD. `None` where the tokens or the prices are not known. */
  readonly cost: Option.Option<BigDecimal.BigDecimal>
  /** Whether this run called the server for it. Otherwise the answer was in the journal, or another row asked for the same. */
  readonly isNew: boolean
}

/** A row whose call failed, after its retries. */
export interface Failed {
  readonly _tag: "Failed"
  /** The id of the request. */
  readonly id: string
  /** The key, which rows that ask for the same have in common. */
  readonly key: string
  readonly error: FriendliError
  /** Whether this run called the server for it. */
  readonly isNew: boolean
}

/** The outcome of a request. */
export type Row<A> = Done<A> | Failed

/**
 * Why a batch ended.
 *
 * - `end`: every row has its outcome.
 * - `cost`, `tokens`, `time`, `failures`: a budget was reached.
 * - `access`: the server refused the token, the team or the account, so that no further row could succeed.
 * - `stopped`: somebody called `stop`.
 * - `interrupted`: the rows were not read to their end.
 */
export type EndReason = "end" | "cost" | "tokens" | "time" | "failures" | "access" | "stopped" | "interrupted"

/** How a batch stands. */
export interface Progress {
  /** Rows that have their answer, old and new. */
  readonly done: number
  /** Rows that failed, old and new. */
  readonly failed: number
  /** The part of `done` and `failed` for which this run called nothing. */
  readonly reused: number
  /** Calls that run now. */
  readonly running: number
  /** How many calls may run now. */
  readonly concurrency: number
  /** Tokens of the answers of this run. */
  readonly tokens: Tokens
  /** What the answers of this run cost, in USD, as far as prices are known. */
  readonly cost: BigDecimal.BigDecimal
  /** Answers of this run whose cost is not known. */
  readonly unpriced: number
  /** Milliseconds since the start. */
  readonly millis: number
}

/** How a batch ended. */
export interface Summary extends Progress {
  readonly reason: EndReason
}
