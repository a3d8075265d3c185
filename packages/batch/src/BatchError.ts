/** Why a batch cannot start or continue. A request that fails is not such an error: it is a `Failed` row. */
import * as Schema from "effect/Schema"

/**
 * An option of a batch is not valid, or the options contradict each other: for example a cost budget without prices.
 *
 * **Details**: nothing was sent.
 * @category errors
 */
export class InvalidBatchError extends Schema.TaggedError<InvalidBatchError>("effect-friendli-batch/InvalidBatchError")(
  "InvalidBatchError",
  {
    /** The problem, and what to do. */
    message: Schema.String
  }
) {}

/**
 * The journal cannot be read or written: the disk is full, the file is not a journal, a line in it is damaged.
 *
 * **Details**: the batch then stops at once, because it could not record the answers that it pays for.
 * @category errors
 */
export class JournalError extends Schema.TaggedError<JournalError>("effect-friendli-batch/JournalError")(
  "JournalError",
  {
    /** The problem, and what to do. */
    message: Schema.String,
    /** The journal: the path of its file, or the name that its layer gives it. */
    journal: Schema.String,
    /** The number of the damaged line, from 1. */
    line: Schema.optional(Schema.Number)
  }
) {}

/**
 * Another process is writing this journal, or workers are.
 * @category errors
 */
export class JournalLockedError extends Schema.TaggedError<JournalLockedError>(
  "effect-friendli-batch/JournalLockedError"
)("JournalLockedError", {
  /** The problem, and what to do. */
  message: Schema.String,
  /** The journal: the path of its file, or its name. */
  journal: Schema.String,
  /** The id of the process that writes it. Absent if workers write it. */
  pid: Schema.optional(Schema.Number)
}) {}

/**
 * The journal belongs to a batch with other settings: another deployment, or other options that change what is sent.
 * @category errors
 */
export class JournalMismatchError extends Schema.TaggedError<JournalMismatchError>(
  "effect-friendli-batch/JournalMismatchError"
)("JournalMismatchError", {
  /** The problem, and what to do. */
  message: Schema.String,
  /** The journal. */
  journal: Schema.String
}) {}

/**
 * A worker cannot run a batch on many machines: it has another deployment, no prices for a cost budget, or not the operation of a row. The batch
 * ends. Run it again when the workers are corrected.
 * @category errors
 */
export class WorkerError extends Schema.TaggedError<WorkerError>("effect-friendli-batch/WorkerError")("WorkerError", {
  /** The problem, and what to do. */
  message: Schema.String,
  /** The journal of the batch. */
  journal: Schema.String
}) {}
