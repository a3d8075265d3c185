/** The request of operations without input. */
import * as Schema from "effect/Schema"
import { isPlainObject } from "../internal/records.js"

/**
 * An object without fields. A struct without fields would accept anything, so a misspelt parameter would pass unnoticed.
 */
export const NoFields: Schema.Schema<{}> = Schema.Struct({}).pipe(
  Schema.filter((value) => isPlainObject(value) && Object.keys(value).length === 0, {
    message: () => "expected an object without fields",
    jsonSchema: { type: "object", maxProperties: 0 }
  })
)
