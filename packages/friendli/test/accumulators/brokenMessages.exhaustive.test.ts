/**
 * Events of messages with every other field broken, and any place of any event broken.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import { parseJson } from "../../src/internal/json.js"
import { decodeData } from "../../src/core/Operation.js"
import { assertRejected, brokenFieldTests, frameOf, golden, type Json, whole } from "./brokenMessages.support.js"

/** What has to be certain: the text, the thinking, the tool calls. Ids and counts may be missing. */
const certain = ({ content }: MessageStream.Message): unknown =>
  content.map((it) => {
    if (it.type === "tool_use") return [it.name, it.input, it.partial_json]
    return it.type === "text" ? it.text : it.type === "thinking" ? it.thinking : it
  })

describe("an event of a documented name", () => {
  brokenFieldTests("others")

  it("data that is cut fails the stream, whatever the event", async () => {
    for (const [at, event] of golden.entries()) {
      const json = JSON.stringify(event)
      await assertRejected(at, frameOf(event["type"], json.slice(0, 1 + ((at * 37) % (json.length - 1)))))
      await assertRejected(at, frameOf(undefined, json.slice(0, -1)))
    }
  })
})

describe("properties", () => {
  const paths = (value: unknown, at: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
    typeof value === "object" && value !== null
      ? [at, ...Object.entries(value).flatMap(([key, child]) => paths(child, [...at, key]))]
      : [at]

  const absent = Symbol()
  const replaced = (value: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown => {
    if (key === undefined) return by
    const { [key]: child, ...others } = value as Json
    const next = replaced(child, rest, by)
    return next === absent ? others : { ...others, [key]: next }
  }
  const valueAt = (value: unknown, path: ReadonlyArray<string>): unknown =>
    path.reduce<unknown>((at, key) => (at as Json)[key], value)
  const kindOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "list" : typeof value)

  /** The golden answer with other text in the place of an event's data, decoded and put together as in a stream. */
  const foldedWith = (at: number, json: string, named: boolean): MessageStream.Message | undefined => {
    const events: Array<Messages.MessagesStreamEvent> = []
    for (const [index, event] of golden.entries()) {
      const data = index === at ? Either.getOrElse(parseJson(json), () => json) : event
      const decoded = decodeData(Messages.streamOperation, named ? String(event["type"]) : undefined, data)
      if (Either.isLeft(decoded)) return undefined
      events.push(decoded.right)
    }
    return Effect.runSync(MessageStream.fold(Stream.fromIterable(events)))
  }

  it("any place of any event that is of another kind, null or missing: a failure, or the same answer", () => {
    const values = [42, 0.5, "42", true, [], {}, null, absent]
    const seen = { failures: 0, same: 0 }
    for (const named of [true, false]) {
      for (const [at, event] of golden.entries()) {
        for (const path of paths(event)) {
          for (const by of values) {
            if (by === absent && path.length === 0) continue
            if (by !== absent && by !== 0.5 && kindOf(by) === kindOf(valueAt(event, path))) continue
            // an unnamed event of another type is an event of another type
            if (!named && path[0] === "type" && typeof by === "string") continue
            const json = JSON.stringify(replaced(event, path, by))
            const message = foldedWith(at, json, named)
            if (message !== undefined) assert.deepStrictEqual(certain(message), certain(whole), json)
            seen[message === undefined ? "failures" : "same"]++
          }
        }
      }
    }
    assert.isAbove(seen.failures, 1000)
    assert.isAbove(seen.same, 100)
  })

  it("an event whose data is cut anywhere, or loses or gains a sign so that it is not JSON, is a failure", () => {
    for (const [at, event] of golden.entries()) {
      const json = JSON.stringify(event)
      for (let length = 0; length < json.length; length++) {
        assert.isUndefined(foldedWith(at, json.slice(0, length), true), json.slice(0, length))
        for (const sign of ["", "}", '"', ",", "{", "\\", "\u0000"]) {
          const text = json.slice(0, length) + sign + json.slice(length + 1)
          if (Either.isLeft(parseJson(text))) assert.isUndefined(foldedWith(at, text, true), text)
        }
      }
    }
  })

  it("an event with another whole event's data is a failure where it has a name", () => {
    fc.assert(
      fc.property(fc.nat(golden.length - 1), fc.nat(golden.length - 1), (at, other) => {
        fc.pre(golden[at]!["type"] !== golden[other]!["type"])
        assert.isUndefined(foldedWith(at, JSON.stringify(golden[other]), true))
      })
    )
  })
})
