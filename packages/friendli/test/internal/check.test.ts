/**
 * The quick check and `Schema` agree: whatever the check accepts, the decoder gives back unchanged.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as check from "../../src/internal/check.js"
import { answerTests, requestTests } from "./check.support.js"

answerTests("examples")

requestTests("examples")

describe("shapes", () => {
  it("rejects an array where a struct of optional fields is meant", () => {
    const schema = Schema.Struct({ a: Schema.optional(Schema.String) })
    assert.isFalse(check.ofDecoding(schema)([]))
    assert.isTrue(check.ofDecoding(schema)({}))
  })

  it("leaves transformations to the decoder", () => {
    assert.isFalse(check.ofDecoding(Schema.NumberFromString)("1"))
    assert.isFalse(check.ofDecoding(Schema.Struct({ a: Schema.Trim }))({ a: "x" }))
  })

  it("does not read inherited properties for own ones", () => {
    const schema = Schema.Struct({ a: Schema.String })
    assert.isFalse(check.ofDecoding(schema)(Object.create({ a: "x" })))
  })

  it("accepts more fields than it remembers", () => {
    const accepts = check.ofDecoding(Schema.Struct({ a: Schema.String }))
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`x${at}`, at]))
    for (let run = 0; run < 3; run++) {
      assert.isTrue(accepts({ ...many, a: "x" }))
      assert.isTrue(accepts({ a: "x", ...many }))
      assert.isFalse(accepts({ ...many, a: 1 }))
      assert.isFalse(accepts(many))
    }
  })

  it("does not accept what a changed Object.prototype adds", () => {
    const accepts = check.ofDecoding(Schema.Struct({ a: Schema.String, b: Schema.optional(Schema.String) }))
    const prototype = Object.prototype as { a?: unknown; b?: unknown }
    try {
      prototype.a = "x"
      prototype.b = 1
      assert.isFalse(accepts({}))
      assert.isFalse(accepts({ a: "x" }))
      assert.isTrue(accepts({ a: "x", b: "y" }))
    } finally {
      delete prototype.a
      delete prototype.b
    }
    assert.isTrue(accepts({ a: "x" }))
    assert.isTrue(accepts(Object.assign(Object.create(null), { a: "x" })))
  })

  it("follows recursion", () => {
    interface Tree {
      readonly children: ReadonlyArray<Tree>
    }
    const Tree: Schema.Schema<Tree> = Schema.Struct({ children: Schema.Array(Schema.suspend(() => Tree)) })
    assert.isTrue(check.ofDecoding(Tree)({ children: [{ children: [] }] }))
    assert.isFalse(check.ofDecoding(Tree)({ children: [{ children: [1] }] }))
  })

  it("checks named fields next to free keys", () => {
    const schema = Schema.Struct(
      { type: Schema.Literal("a") },
      Schema.Record({ key: Schema.String, value: Schema.UndefinedOr(Schema.String) })
    )
    for (const accepts of [check.ofDecoding(schema), check.ofEncoding(schema)]) {
      assert.isTrue(accepts({ type: "a" }))
      assert.isTrue(accepts({ type: "a", more: "b", none: undefined }))
      assert.isFalse(accepts({ type: "b" }))
      assert.isFalse(accepts({ more: "b" }))
      assert.isFalse(accepts({ type: "a", more: 1 }))
      assert.isFalse(accepts(JSON.parse(`{"type":"a","__proto__":"b"}`)))
    }
    assert.isFalse(check.ofEncoding(schema)({ type: "a", [Symbol.for("x")]: "b" }))
  })

  it("checks records, refinements and declarations", () => {
    const accepts = check.ofDecoding(
      Schema.Struct({
        counts: Schema.Record({ key: Schema.String, value: Schema.Int }),
        when: Schema.optional(Schema.DateFromSelf)
      })
    )
    assert.isTrue(accepts({ counts: { a: 1 } }))
    assert.isFalse(accepts({ counts: { a: 1.5 } }))
    assert.isTrue(accepts({ counts: {}, when: new Date(0) }))
    assert.isFalse(accepts({ counts: {}, when: "1970" }))
  })
})
