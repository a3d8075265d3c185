/**
 * What the unit tests and the exhaustive tests of `partialJson` share.
 */
import type * as Schema from "effect/Schema"
import * as PartialJson from "effect-friendli/PartialJson"

export const readAll = <A, I>(
  schema: Schema.Schema<A, I>,
  pieces: Iterable<string>,
  empty?: unknown
): ReadonlyArray<PartialJson.Reading<A>> => {
  const reader = PartialJson.make(schema)
  const readings: Array<PartialJson.Reading<A>> = []
  for (const piece of pieces) {
    const reading = reader.push(piece)
    if (reading !== undefined) readings.push(reading)
  }
  const last = reader.end(empty)
  if (last !== undefined) readings.push(last)
  return readings
}
