/**
 * What the unit tests and the exhaustive tests of `messages` share.
 */
import { assert } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { MessagesStreamEvent } from "../../src/schema/MessagesEvent.js"

export const strict = { errors: "all", onExcessProperty: "error" } as const

export const tolerant = { errors: "all", onExcessProperty: "preserve" } as const

/** A value comes through decoding and encoding as it was. */
export const assertWhole = (
  schema: Schema.Schema.AnyNoContext,
  value: unknown,
  options: typeof strict | typeof tolerant
) => {
  const wire = schema as Schema.Schema<unknown>
  const decoded = Schema.decodeUnknownSync(wire, options)(value)
  assert.deepStrictEqual(decoded, value)
  assert.deepStrictEqual(Schema.encodeUnknownSync(wire, options)(decoded), value)
}

export const accepts = Schema.is(MessagesStreamEvent)
