/** The errors of uploads of many samples: which line is wrong, and what is stored all the same. */
import * as Schema from "effect/Schema"
import { CauseSnapshot, FriendliStreamError, Issue } from "../errors/FriendliError.js"

/**
 * A sample is invalid, according to the SDK before it was sent. No error shows text of a sample.
 *
 * @category errors
 */
export class InvalidSampleError extends Schema.TaggedError<InvalidSampleError>("effect-friendli/InvalidSampleError")(
  "InvalidSampleError",
  {
    /** What is wrong, as a sentence with the line. */
    message: Schema.String,
    /** The number of its line in the file, from 1, blank lines included. In a stream of samples: its number. */
    line: Schema.Number,
    /** What is wrong with each field. Empty if the line is not the JSON of anything. */
    issues: Schema.Array(Issue),
    /** Why its image, audio or video could not be loaded. */
    cause: Schema.optional(CauseSnapshot)
  }
) {}

/**
 * An upload of samples stopped. It says what is stored, so that a program can go on from there.
 *
 * **Details**: the first `stored` samples are in the split. Batches are sent one after another, so nothing after them is, but for the
 * `uncertain` ones that follow: whether the server stored them is not known, because its answer did not come. Ask for the samples of the
 * split to find out.
 *
 * @category errors
 */
export class DatasetUploadError extends Schema.TaggedError<DatasetUploadError>("effect-friendli/DatasetUploadError")(
  "DatasetUploadError",
  {
    /** What happened, and what is stored. */
    message: Schema.String,
    /** Why: a sample that is invalid, or a call that failed. */
    reason: Schema.Union(FriendliStreamError, InvalidSampleError),
    /** The number of samples that are certainly stored. */
    stored: Schema.Number,
    /** The number of samples after these of which nothing is known. */
    uncertain: Schema.Number,
    /** The id of the dataset, if there is one. */
    dataset_id: Schema.optional(Schema.String),
    /** The id of the split, if there is one. */
    split_id: Schema.optional(Schema.String),
    /** Whether the dataset was deleted, because the request asked for it (`onFailure: "delete"`). */
    wasDeleted: Schema.Boolean
  }
) {}
