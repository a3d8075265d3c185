/** The errors of uploads of many samples: they tell the invalid line, and what is already stored. */
import * as Schema from "effect/Schema"
import { CauseSnapshot, FriendliStreamError, Issue } from "../errors/FriendliError.js"

/**
 * The SDK rejected a sample before it was sent. No error shows text of a sample.
 *
 * @category errors
 */
export class InvalidSampleError extends Schema.TaggedError<InvalidSampleError>("effect-friendli/InvalidSampleError")(
  "InvalidSampleError",
  {
    /** The problem, as a sentence with the line. */
    message: Schema.String,
    /** The number of its line in the file, from 1, including blank lines. In a stream of samples: its number. */
    line: Schema.Number,
    /** The problem of each invalid field. Empty if the line is not JSON. */
    issues: Schema.Array(Issue),
    /** Why an image, audio or video of the sample could not be loaded. */
    cause: Schema.optional(CauseSnapshot)
  }
) {}

/**
 * An upload of samples stopped. The error says what is stored, so that a program can continue from there.
 *
 * **Details**: the first `stored` samples are in the split. Batches are sent one after another, so later samples are not, except perhaps
 * the next `uncertain` ones: it is not known whether the server stored them, because its answer did not arrive. List the samples of the
 * split to find out.
 *
 * @category errors
 */
export class DatasetUploadError extends Schema.TaggedError<DatasetUploadError>("effect-friendli/DatasetUploadError")(
  "DatasetUploadError",
  {
    /** What happened, and what is stored. */
    message: Schema.String,
    /** The reason: an invalid sample, or a failed call. */
    reason: Schema.Union(FriendliStreamError, InvalidSampleError),
    /** The number of samples that are certainly stored. */
    stored: Schema.Number,
    /** The number of the next samples, which may or may not be stored. */
    uncertain: Schema.Number,
    /** The id of the dataset, if there is one. */
    dataset_id: Schema.optional(Schema.String),
    /** The id of the split, if there is one. */
    split_id: Schema.optional(Schema.String),
    /** Whether the dataset was deleted, because the request asked for it (`onFailure: "delete"`). */
    wasDeleted: Schema.Boolean
  }
) {}
