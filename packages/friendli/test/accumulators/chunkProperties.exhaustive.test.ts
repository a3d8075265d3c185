/**
 * Properties of merged chunks: any split of any calls and texts gives the message again.
 */
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import type { ToolCallDeltaLike } from "../../src/accumulators/chunks.js"
import { makeChatAccumulator, makeCompletionAccumulator } from "../../src/accumulators/chunks.js"
import { calls } from "./merging.js"

describe("properties", () => {
  const call = fc.record({
    id: fc.string({ minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    args: fc.fullUnicodeString()
  })
  const message = fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 5 })
  const expected = (all: ReadonlyArray<{ readonly id: string; readonly name: string; readonly args: string }>) =>
    all.map(({ id, name, args }) => [id, name, args])

  /** Cuts a text into pieces of the given sizes, which repeat. */
  const pieces = (text: string, sizes: ReadonlyArray<number>): Array<string> => {
    const out: Array<string> = []
    for (let at = 0, i = 0; at < text.length; i++) {
      const size = sizes[i % sizes.length]!
      out.push(text.slice(at, at + size))
      at += size
    }
    return out
  }
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 })

  /** The deltas of one call: whatever a server may leave out or repeat, `index` or `id` names the call. */
  const deltasOf = (
    { id, name, args }: { readonly id: string; readonly name: string; readonly args: string },
    index: number,
    cuts: ReadonlyArray<number>,
    style: { readonly index: boolean; readonly repeat: boolean; readonly nulls: boolean }
  ): Array<ToolCallDeltaLike> => {
    const none = style.nulls ? null : undefined
    const at = style.index ? index : none
    const first: ToolCallDeltaLike = { index: at, id, function: { name, arguments: "" } }
    return [
      first,
      ...pieces(args, cuts).map((part) => ({
        index: at,
        id: style.repeat || !style.index ? id : none,
        function: { name: style.repeat ? name : none, arguments: part }
      }))
    ]
  }
  const style = fc.record({ index: fc.boolean(), repeat: fc.boolean(), nulls: fc.boolean() })

  it("any split of the tool calls, merged, is the message again", () => {
    fc.assert(
      fc.property(message, sizes, style, sizes, (all, cuts, how, groups) => {
        const deltas = all.flatMap((one, index) => deltasOf(one, index, cuts, how))
        // Several deltas in a chunk, as `groups` says.
        const lists: Array<Array<ToolCallDeltaLike>> = []
        for (let at = 0, i = 0; at < deltas.length; i++) {
          const size = groups[i % groups.length]!
          lists.push(deltas.slice(at, at + size))
          at += size
        }
        assert.deepStrictEqual(calls(...lists), expected(all))
      }),
      { numRuns: 300 }
    )
  })

  it("the interleaving of the indexes does not matter", () => {
    fc.assert(
      fc.property(
        message,
        sizes,
        fc.boolean(),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (all, cuts, repeat, nulls, picks) => {
          const queues = all.map((one, index) => deltasOf(one, index, cuts, { index: true, repeat, nulls }))
          const lists: Array<Array<ToolCallDeltaLike>> = []
          for (;;) {
            const open = queues.filter((queue) => queue.length > 0)
            if (open.length === 0) break
            lists.push([open[picks.next().value! % open.length]!.shift()!])
          }
          assert.deepStrictEqual(calls(...lists), expected(all))
        }
      ),
      { numRuns: 300 }
    )
  })

  it("texts of several choices in any order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ index: fc.integer({ min: 0, max: 3 }), text: fc.fullUnicodeString() })),
        (parts) => {
          const chat = makeChatAccumulator()
          const completion = makeCompletionAccumulator()
          for (const { index, text } of parts) {
            chat.add({ choices: [{ index, delta: { content: text } }] })
            completion.add({ choices: [{ index, text, token: text.length }] })
            // A snapshot in between changes nothing.
            if (text.length % 2 === 0) chat.snapshot()
          }
          const indexes = [...new Set(parts.map(({ index }) => index))].toSorted((a, b) => a - b)
          const of = (index: number) => parts.filter((part) => part.index === index).map((part) => part.text)
          assert.deepStrictEqual(
            chat.snapshot().choices.map((choice) => [choice.index, choice.message.content]),
            indexes.map((index) => [index, of(index).join("")])
          )
          assert.deepStrictEqual(
            completion.snapshot().choices.map(({ index, text, tokens }) => ({ index, text, tokens })),
            indexes.map((index) => ({ index, text: of(index).join(""), tokens: of(index).map((text) => text.length) }))
          )
        }
      ),
      { numRuns: 200 }
    )
  })

  it("accepts any deltas, and loses no argument", () => {
    const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(fc.option(arbitrary, { nil: undefined }))
    const key = fc.constantFrom("", "a", "b", "__proto__", "constructor")
    const delta = fc.record({
      index: maybe(fc.oneof(fc.integer({ min: -1, max: 2 }), fc.double())),
      id: maybe(key),
      function: maybe(fc.record({ name: maybe(key), arguments: maybe(fc.string({ maxLength: 3 })) }))
    })
    fc.assert(
      fc.property(fc.array(maybe(fc.array(fc.option(delta), { maxLength: 3 })), { maxLength: 8 }), (lists) => {
        const merged = calls(...lists.map((list) => list ?? null))
        const sent = lists.flatMap((list) => (list ?? []).map((one) => one?.function?.arguments ?? ""))
        const sorted = (text: string): string => [...text].toSorted().join("")
        assert.strictEqual(sorted(merged.map(([, , args]) => args).join("")), sorted(sent.join("")))
      }),
      { numRuns: 500 }
    )
  })

  it("joins a long argument once, whatever the number of its pieces", () => {
    const joined = { characters: 0 }
    const join = Array.prototype.join
    // oxlint-disable-next-line no-extend-native -- put back below
    Array.prototype.join = function (this: Array<unknown>, separator?: string) {
      const text = join.call(this, separator)
      joined.characters += text.length
      return text
    }
    let merged: ReadonlyArray<ReadonlyArray<string>>
    try {
      merged = calls(...Array.from({ length: 20_000 }, () => [{ index: 0, function: { arguments: "ab" } }]))
    } finally {
      // oxlint-disable-next-line no-extend-native -- as it was
      Array.prototype.join = join
    }
    assert.strictEqual(merged[0]![2], "ab".repeat(20_000))
    assert.strictEqual(joined.characters, 40_000)
  })
})
