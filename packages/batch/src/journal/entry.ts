/** What a journal keeps, and what a journal must do. */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import type { Tokens } from "effect-friendli/Pricing"
import type { JournalError, JournalMismatchError } from "../BatchError.js"

/** An answer that was received. */
export interface DoneEntry {
  readonly status: "done"
  /** The key of the row: see `Batch.keyOf`. */
  readonly key: string
  /** The answer, as JSON. */
  readonly answer: unknown
  /** The tokens that the server reported. */
  readonly tokens?: Tokens | undefined
  /** What they cost, in USD, as a decimal number. Absent where the model has no known price. */
  readonly cost?: string | undefined
  /** How long the call took, with its retries, in milliseconds. */
  readonly millis: number
}

/** A call that failed, after its retries. */
export interface FailedEntry {
  readonly status: "failed"
  /** The key of the row. */
  readonly key: string
  /** The error, encoded with `FriendliError.FriendliStreamError`. */
  readonly error: Schema.Schema.Encoded<typeof FriendliStreamError>
  /** How long the call took, with its retries, in milliseconds. */
  readonly millis: number
}

/** A line of the journal. A later entry of a key replaces an earlier one. */
export type Entry = DoneEntry | FailedEntry

/** How many keys a journal has. */
export interface Counts {
  readonly done: number
  readonly failed: number
}

/** What a journal must do. */
export interface Service {
  /** What it is called in errors: the path of its file, or the table. */
  readonly name: string
  /**
   * Called once before a batch. A new journal keeps the hash of the batch's settings, an old one compares it: answers of other
   * settings must not be taken for answers of these.
   */
  readonly begin: (settings: string) => Effect.Effect<void, JournalError | JournalMismatchError>
  /** The entry of a key, if it is recorded. */
  readonly find: (key: string) => Effect.Effect<Option.Option<Entry>, JournalError>
  /** Records an entry. When it returns, the entry survives a crash of the machine. */
  readonly append: (entry: Entry) => Effect.Effect<void, JournalError>
  /** The last entry of each key, in the order in which the keys came. */
  readonly entries: Stream.Stream<Entry, JournalError>
  /** How many keys there are. */
  readonly counts: Effect.Effect<Counts, JournalError>
}
