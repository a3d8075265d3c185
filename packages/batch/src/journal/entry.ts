/** The entries of a journal, and the functions of a journal. */
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
  /** The cost of the tokens in USD, as a decimal number. Absent if the price of the model is not known. */
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

/** An entry of the journal. A later entry of a key replaces an earlier one. */
export type Entry = DoneEntry | FailedEntry

/** How many keys a journal has, by the status of their last entry. */
export interface Counts {
  readonly done: number
  readonly failed: number
}

/** The functions of a journal. */
export interface Service {
  /** The name of the journal in errors: the path of its file, or its name in the database. */
  readonly name: string
  /**
   * Called once before a batch, with a hash of its settings. A new journal stores the hash. An existing journal compares it, and fails with a
   * `JournalMismatchError` if it differs: answers with other settings must not be reused.
   */
  readonly begin: (settings: string) => Effect.Effect<void, JournalError | JournalMismatchError>
  /** The entry of a key, if it is recorded. */
  readonly find: (key: string) => Effect.Effect<Option.Option<Entry>, JournalError>
  /** Records an entry. When it returns, the entry survives a crash of the machine. */
  readonly append: (entry: Entry) => Effect.Effect<void, JournalError>
  /** The last entry of each key, in the order in which the keys were added. */
  readonly entries: Stream.Stream<Entry, JournalError>
  /** The number of keys, by status. */
  readonly counts: Effect.Effect<Counts, JournalError>
}
