/** The schemas of the task in Effect. */
import * as Schema from "effect/Schema"

export const Weather = Schema.Struct({
  city: Schema.String,
  days: Schema.Int.pipe(Schema.between(1, 14)),
  unit: Schema.Literal("celsius", "fahrenheit")
})

export const Search = Schema.Struct({
  query: Schema.String,
  near: Schema.Struct({ latitude: Schema.Number, longitude: Schema.Number }),
  categories: Schema.Array(Schema.String),
  limit: Schema.Int
})

export const Report = Schema.Struct({
  title: Schema.String,
  days: Schema.Array(
    Schema.Struct({
      date: Schema.String,
      sky: Schema.Literal("clear", "clouds", "rain"),
      low: Schema.Number,
      high: Schema.Number,
      places: Schema.Array(Schema.Struct({ name: Schema.String, minutes: Schema.Int }))
    })
  ),
  summary: Schema.String
})
