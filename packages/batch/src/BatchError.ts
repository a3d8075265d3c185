/** Why a batch cannot begin or go on. A row that fails is not one of these: it is a `Failed` row. */
import * as Schema from "effect/Schema"

/**
 * An option of a batch is invalid, or the batch cannot be run as it was asked for: a budget of money for a model that has no price.
 *
 * **Details**: nothing was sent.
 * @category errors
 */
export class InvalidBatchError extends Schema.TaggedError<InvalidBatchError>("effect-friendli-batch/InvalidBatchError")(
  "InvalidBatchError",
  {
    /** What is wrong, and what to do. */
    message: Schema.String
  }
) {}

/**
 * The journal cannot be read or written: the disk is full, the file is not a journal, a line in it is damaged.
 *
 * **Details**: a batch stops at once then, since it could not record what it pays for.
 * @category errors
 */
export class JournalError extends Schema.TaggedError<JournalError>("effect-friendli-batch/JournalError")(
  "JournalError",
  {
    /** What happened, and what to do. */
    message: Schema.String,
    /** The journal: the path of its file, or what its layer calls it. */
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
  /** What happened, and what to do. */
  message: Schema.String,
  /** The journal: the path of its file, or its name. */
  journal: Schema.String,
  /** The process that has it. Absent where workers have it. */
  pid: Schema.optional(Schema.Number)
}) {}

/**
 * The journal belongs to a batch with other settings: another deployment, or other options that change what is sent.
 * @category errors
 */
export class JournalMismatchError extends Schema.TaggedError<JournalMismatchError>(
  "effect-friendli-batch/JournalMismatchError"
)("JournalMismatchError", {
  /** What happened, and what to do. */
  message: Schema.String,
  /** The journal. */
  journal: Schema.String
}) {}

/**
 * A worker cannot run a batch on many machines: its deployment is another, it has no prices for a budget of cost, or it does not know an
 * operation. The batch ends, and can be run again when the workers are right.
 * @category errors
 */
export class WorkerError extends Schema.TaggedError<WorkerError>("effect-friendli-batch/WorkerError")("WorkerError", {
  /** What is wrong, and what to do. */
  message: Schema.String,
  /** The journal of the batch. */
  journal: Schema.String
}) {}
