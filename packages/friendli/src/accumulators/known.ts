/** Whether an event is a documented one. In: the schema of the documented events. Out: a guard, which is compiled on first use. */
import type * as Schema from "effect/Schema"
import * as check from "../internal/check.js"
import * as decoding from "../internal/decoding.js"

/** Two checks: the fast one accepts nearly every event, and the schema decides about the rest. */
export const makeGuard = <A extends object, I>(schema: Schema.Schema<A, I>): ((event: unknown) => event is A) => {
  let quick: ((value: unknown) => boolean) | undefined
  let whole: ((value: unknown) => boolean) | undefined
  return (event): event is A => {
    quick ??= check.ofDecoding(schema)
    if (quick(event)) return true
    whole ??= decoding.is(schema)
    return whole(event)
  }
}
