/** The task by hand: `JSON.parse`, then a schema of Effect. */
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import * as Effects from "./effect.js"
import { task } from "./requests.js"

const of = <A, I>(schema: Schema.Schema<A, I>) => {
  const jsonSchema: Record<string, unknown> = { ...JSONSchema.make(schema) }
  return { jsonSchema, parse: Schema.decodeUnknownSync(schema) }
}

export const withEffect = task({
  weather: of(Effects.Weather),
  search: of(Effects.Search),
  report: of(Effects.Report)
})
