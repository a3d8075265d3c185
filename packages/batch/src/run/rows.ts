/** The input and output of a batch: requests, rows, progress. */
import type * as BigDecimal from "effect/BigDecimal"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import type { FriendliError } from "effect-friendli/FriendliError"
import type { AnswerFacts, Any } from "effect-friendli/Operation"
import type { Tokens } from "effect-friendli/Pricing"
import type { RequestOptions } from "effect-friendli/RequestOptions"

/** An answer and its metadata, such as tokens. */
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
  /** The request of the operation. */
  readonly request: unknown
  /** Sends the request. It hides the type of the operation, because a batch may have rows of many operations. */
  readonly send: (client: FriendliClient.Service, options: RequestOptions) => Effect.Effect<Answered<A>, FriendliError>
}

/** A row that has its answer. */
export interface Done<out A> {
  readonly _tag: "Done"
  /** The id of the request. */
  readonly id: string
  /** The key of the row. Equal requests have the same key. */
  readonly key: string
  readonly answer: A
  /** The tokens that the server reported. */
  readonly tokens: Option.Option<Tokens>
  /** The cost of the tokens in USD. `None` if the tokens or the prices are not known. */
  readonly cost: Option.Option<BigDecimal.BigDecimal>
  /** Whether this run made a call for this row. If not, the answer was in the journal, or came from an equal row. */
  readonly isNew: boolean
}

/** A row whose call failed, after its retries. */
export interface Failed {
  readonly _tag: "Failed"
  /** The id of the request. */
  readonly id: string
  /** The key of the row. Equal requests have the same key. */
  readonly key: string
  /** The error of the last attempt. */
  readonly error: FriendliError
  /** Whether this run made a call for this row. */
  readonly isNew: boolean
}

/** The outcome of a request. */
export type Row<A> = Done<A> | Failed

/**
 * Why a batch ended.
 *
 * - `end`: every row has an outcome.
 * - `cost`, `tokens`, `time`, `failures`: a budget was reached.
 * - `access`: the server rejected the token, the team or the account, so that no other row could succeed.
 * - `stopped`: the program called `stop`.
 * - `interrupted`: the rows were not read to their end.
 */
export type EndReason = "end" | "cost" | "tokens" | "time" | "failures" | "access" | "stopped" | "interrupted"

/** The progress of a batch. */
export interface Progress {
  /** Rows that have an answer, old and new. */
  readonly done: number
  /** Rows that failed, old and new. */
  readonly failed: number
  /** The part of `done` and `failed` without a call in this run. */
  readonly reused: number
  /** Calls that run now. */
  readonly running: number
  /** How many calls may run now. */
  readonly concurrency: number
  /** Tokens of the answers of this run. */
  readonly tokens: Tokens
  /** The cost of the answers of this run in USD, as far as prices are known. */
  readonly cost: BigDecimal.BigDecimal
  /** The number of answers of this run whose cost is not known. */
  readonly unpriced: number
  /** Milliseconds since the start. */
  readonly millis: number
}

/** The final numbers of a batch, and why it ended. */
export interface Summary extends Progress {
  readonly reason: EndReason
}
