/** Lists in pages: which pages are loaded, when, and where the list ends. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as pages from "../../src/core/pages.js"
import { it } from "../it.js"
import { collect, untilFailure } from "../support.js"

const source = { operation: "Example.list", deployment: "management", field: "nextCursor" }

/** A list that remembers which pages were loaded. */
const listOf = (answers: Readonly<Record<string, pages.Page<string>>>) => {
  const loaded: Array<string> = []
  const load = (cursor: string | undefined) =>
    Effect.sync((): pages.Page<string> => {
      const key = cursor ?? ""
      loaded.push(key)
      return answers[key]!
    })
  return { loaded, load }
}

const three = {
  "": { items: ["a", "b"], next: "two" },
  two: { items: ["c", "d"], next: "three" },
  three: { items: ["e"], next: undefined }
}

describe("a list in pages", () => {
  it.effect("gives the items of all pages in their order", () =>
    Effect.gen(function* () {
      const { load, loaded } = listOf(three)
      const stream = pages.streamOf(source, load)
      assert.deepStrictEqual(yield* collect(stream), ["a", "b", "c", "d", "e"])
      assert.deepStrictEqual(yield* collect(stream), ["a", "b", "c", "d", "e"])
      assert.deepStrictEqual(loaded, ["", "two", "three", "", "two", "three"])
    })
  )

  it.effect("begins with the page that is asked for", () =>
    Effect.gen(function* () {
      const { load, loaded } = listOf(three)
      assert.deepStrictEqual(yield* collect(pages.streamOf(source, load, "two")), ["c", "d", "e"])
      assert.deepStrictEqual(loaded, ["two", "three"])
    })
  )

  it.effect.each([1, 2])("loads one page for %i of its items", (count) =>
    Effect.gen(function* () {
      const { load, loaded } = listOf(three)
      yield* collect(Stream.take(pages.streamOf(source, load), count))
      assert.deepStrictEqual(loaded, [""])
    })
  )

  it.effect("loads the next page for the first of its items, and not before", () =>
    Effect.gen(function* () {
      const { load, loaded } = listOf(three)
      yield* collect(Stream.take(pages.streamOf(source, load), 3))
      assert.deepStrictEqual(loaded, ["", "two"])
    })
  )

  it.effect.each([undefined, null, ""])("ends at the cursor %j", (next) =>
    Effect.gen(function* () {
      const { load, loaded } = listOf({ "": { items: ["a"], next } })
      assert.deepStrictEqual(yield* collect(pages.streamOf(source, load)), ["a"])
      assert.deepStrictEqual(loaded, [""])
    })
  )

  it.effect("goes on after a page without items", () =>
    Effect.gen(function* () {
      const { load } = listOf({ "": { items: [], next: "two" }, two: { items: ["a"], next: null } })
      assert.deepStrictEqual(yield* collect(pages.streamOf(source, load)), ["a"])
    })
  )

  it.effect("has pages with numbers, too", () =>
    Effect.gen(function* () {
      const load = (page: number | undefined) =>
        Effect.succeed({ items: [page ?? 0], next: (page ?? 0) < 3 ? (page ?? 0) + 1 : undefined })
      assert.deepStrictEqual(yield* collect(pages.streamOf(source, load)), [0, 1, 2, 3])
    })
  )

  it.effect.each([
    ["of the page itself", { "": { items: ["a"], next: "one" }, one: { items: ["b"], next: "one" } }, ["a", "b"]],
    [
      "of an earlier page",
      {
        "": { items: ["a"], next: "one" },
        one: { items: ["b"], next: "two" },
        two: { items: ["c"], next: "one" }
      },
      ["a", "b", "c"]
    ]
  ] as const)("fails after its items at a cursor %s, which would repeat the pages forever", ([, answers, items]) =>
    Effect.gen(function* () {
      const { load, loaded } = listOf(answers)
      const { elements, error } = yield* untilFailure(pages.streamOf(source, load))
      assert.deepStrictEqual(elements, items)
      assert.strictEqual(error?._tag, "ResponseDecodeError")
      assert.strictEqual(error?.operation, "Example.list")
      assert.deepStrictEqual(error?.issues[0]?.path, ["nextCursor"])
      assert.lengthOf(loaded, items.length)
    })
  )

  it.effect("fails as the request of a page fails, after the items before it", () =>
    Effect.gen(function* () {
      const load = (cursor: string | undefined) =>
        cursor === undefined ? Effect.succeed({ items: ["a"], next: "two" }) : Effect.fail("no")
      assert.deepStrictEqual(yield* untilFailure(pages.streamOf(source, load)), { elements: ["a"], error: "no" })
    })
  )
})
