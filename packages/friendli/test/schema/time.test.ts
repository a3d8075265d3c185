/** Times in requests: what is one, and how it is sent. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { formatTime, millisOf, Time } from "../../src/schema/Time.js"

const noon = "2026-01-31T12:00:00Z"

describe("a time", () => {
  it.each([
    ["a text", noon],
    ["a text in another zone", "2026-01-31T21:00:00+09:00"],
    ["a text with zeros", "2026-01-31T12:00:00.000Z"],
    ["a text in lower case", "2026-01-31t12:00:00z"],
    ["a Date", new Date(noon)],
    ["a DateTime", DateTime.unsafeMake(noon)],
    ["a DateTime with a zone", DateTime.unsafeMakeZoned(noon, { timeZone: "Asia/Seoul" })]
  ])("%s is sent in UTC", (_, time) => {
    assert.isTrue(Schema.is(Time)(time))
    assert.strictEqual(formatTime(time), noon)
  })

  it("keeps parts of a second", () => {
    assert.strictEqual(formatTime("2026-01-31T12:00:00.25Z"), "2026-01-31T12:00:00.250Z")
  })

  it.each([
    ["a text without a zone", "2026-01-31T12:00:00"],
    ["a day", "2026-01-31"],
    ["a day that does not exist", "2026-02-30T00:00:00Z"],
    ["a month that does not exist", "2026-13-01T00:00:00Z"],
    ["an hour that does not exist", "2026-01-31T24:00:00Z"],
    ["words", "yesterday"],
    ["no text", ""],
    ["a number", 1_769_860_800_000],
    ["an invalid Date", new Date(Number.NaN)],
    ["null", null],
    ["an object", {}]
  ])("%s is none", (_, time) => {
    assert.isFalse(Schema.is(Time)(time))
    assert.isNaN(millisOf(time))
  })
})
