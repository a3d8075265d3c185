/** The answer of operations of which the API says only that it is JSON. */
import * as Schema from "effect/Schema"

/** Any JSON, and `null` for an answer without a body (`mayBeEmpty` of `Operation`). */
export const AnyJson: Schema.Schema<unknown> = Schema.Unknown.annotations({ identifier: "AnyJson" })
