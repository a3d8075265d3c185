/** The answer of operations that the API documents only as JSON. */
import * as Schema from "effect/Schema"

/** Any JSON, and `null` for an answer without a body (`mayBeEmpty` of `Operation`). */
export const AnyJson: Schema.Schema<unknown> = Schema.Unknown.annotations({ identifier: "AnyJson" })
