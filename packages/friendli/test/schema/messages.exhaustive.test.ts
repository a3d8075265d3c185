/**
 * Any request of messages.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { ChatRenderRequest } from "../../src/schema/ChatRender.js"
import { MessagesEvent, MessagesStreamEvent } from "../../src/schema/MessagesEvent.js"
import { MessagesRequest } from "../../src/schema/MessagesRequest.js"
import { accepts, assertWhole, strict, tolerant } from "./messages.support.js"

/** A record of Schema loses this key, also with the value `undefined`. Only the blocks that the server ignores have keys of any name. */
const hasProtoKey = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Object.hasOwn(value, "__proto__") || Object.values(value).some(hasProtoKey))

describe("answers of unusual servers", () => {
  it("an event of any other name passes unchanged, whatever its data", () => {
    const types = MessagesEvent.members
      .map((member) => member.fields.type.literals[0])
      .filter((type) => type !== "ping")
    assert.lengthOf(types, 6)
    const isDocumented = (value: unknown) => types.some((type) => type === value)
    const typeOf = (data: unknown) => (data as { readonly type?: unknown } | null)?.type
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (name, data) => {
        fc.pre(!isDocumented(name) && !isDocumented(typeOf(data)))
        const event = { name, data }
        assert.deepStrictEqual<unknown>(Schema.decodeUnknownSync(MessagesStreamEvent, tolerant)(event), event)
        for (const type of types) {
          assert.isFalse(accepts({ name: type, data: type === "message_stop" ? [data] : data }))
          if (type !== "message_stop")
            assert.isFalse(accepts({ name, data: { type, index: "0", message: [], delta: 7 } }))
        }
      })
    )
  })
})

describe("properties", () => {
  for (const [name, schema] of Object.entries({ MessagesRequest, ChatRenderRequest })) {
    it(`${name}: a valid request encodes to itself and decodes from it`, () => {
      const wire = schema as Schema.Schema<unknown>
      fc.assert(
        fc.property(Arbitrary.make(wire), (request) => {
          fc.pre(!hasProtoKey(request))
          assertWhole(wire, request, strict)
        }),
        { numRuns: 40 }
      )
    })
  }
})
