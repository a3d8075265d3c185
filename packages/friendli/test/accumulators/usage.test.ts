import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { mergeUsage } from "../../src/accumulators/usage.js"

const merged = (...all: ReadonlyArray<unknown>): unknown => all.reduce(mergeUsage, undefined)

const full = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }

describe("token counts of a stream", () => {
  it("are handed on as they came", () => {
    assert.strictEqual(merged(full), full)
    assert.strictEqual(merged({ prompt_tokens: 9 }, full), full)
    assert.strictEqual(merged({ ...full }, full), full)
    assert.strictEqual(merged(full, null, undefined), full)
    assert.isUndefined(merged(null, undefined))
  })

  it("never go down", () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    assert.strictEqual(merged(full, zeros), full)
    assert.strictEqual(merged(full, {}), full)
    assert.strictEqual(merged(full, { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }), full)
    assert.strictEqual(merged(full, { prompt_tokens: null, completion_tokens: null, total_tokens: null }), full)
  })

  it("are merged field by field, details too", () => {
    assert.deepStrictEqual(merged(full, { prompt_tokens_details: { cached_tokens: 8 } }), {
      ...full,
      prompt_tokens_details: { cached_tokens: 8 }
    })
    assert.deepStrictEqual(
      merged(
        { ...full, prompt_tokens_details: { cached_tokens: 8, audio_tokens: 1 } },
        { ...full, prompt_tokens_details: { cached_tokens: 0 }, cost: "0.1" },
        { prompt_tokens_details: null, cost: null }
      ),
      { ...full, prompt_tokens_details: { cached_tokens: 8, audio_tokens: 1 }, cost: "0.1" }
    )
  })

  it("that are missing or null are none, and take nothing away", () => {
    assert.isUndefined(merged(null))
    for (const before of [{ completion_tokens: 0 }, { completion_tokens: { cached_tokens: 8 } }]) {
      assert.strictEqual(merged(before, { completion_tokens: null }), before)
    }
    const later = { completion_tokens: 1, cost: null }
    assert.strictEqual(merged({ completion_tokens: 0, cost: null }, later), later)
    assert.deepStrictEqual(merged({ prompt_tokens: null, cost: "0.1" }, { prompt_tokens: 9 }), {
      prompt_tokens: 9,
      cost: "0.1"
    })
  })

  it("of two kinds are those that came first", () => {
    assert.deepStrictEqual(merged({ cost: "0.1" }, { cost: "0.2" }), { cost: "0.2" })
    assert.deepStrictEqual(merged({ details: { a: 1 } }, { details: "none", cost: 1 }), { details: { a: 1 }, cost: 1 })
    assert.deepStrictEqual(merged({ details: 5 }, { details: { a: 1 }, cost: 1 }), { details: 5, cost: 1 })
    assert.deepStrictEqual(merged({ details: [1] }, { details: { a: 1 }, cost: 1 }), { details: { a: 1 }, cost: 1 })
  })

  it("of different events keep a total that is their sum", () => {
    assert.deepStrictEqual(
      merged(
        { prompt_tokens: 0, completion_tokens: 4, total_tokens: 4 },
        { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 }
      ),
      full
    )
    assert.deepStrictEqual(
      merged({ prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 }, { completion_tokens: 4 }),
      full
    )
    // A total that includes more than these counts stays, and nothing is added up for a server that sends none.
    assert.deepStrictEqual(merged({ prompt_tokens: 9, total_tokens: 20 }, { completion_tokens: 4 }), {
      ...full,
      total_tokens: 20
    })
    assert.deepStrictEqual(merged({ prompt_tokens: 9, total_tokens: null }, { completion_tokens: 4 }), {
      ...full,
      total_tokens: null
    })
    assert.deepStrictEqual(merged({ completion_tokens: 9 }, { total_tokens: 4 }), {
      completion_tokens: 9,
      total_tokens: 4
    })
    // A server's own total is its own.
    assert.deepStrictEqual(merged({ ...full, total_tokens: 4 }), { ...full, total_tokens: 4 })
  })

  it("change no prototype", () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"completion_tokens":1}') as unknown
    merged(full, hostile, full, hostile)
    assert.notProperty({}, "polluted")
    assert.strictEqual((merged(full, hostile) as { completion_tokens: number }).completion_tokens, 4)
  })

  it("are at least what each event said, in any order", () => {
    const count = fc.option(fc.nat({ max: 20 }), { nil: undefined })
    const usage = fc.option(
      fc.record(
        { prompt_tokens: count, completion_tokens: count, details: fc.record({ cached_tokens: count }) },
        { requiredKeys: [] }
      )
    )
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 6 }), (all) => {
        const result = merged(...all) as (typeof all)[number] | undefined
        const highest = (of: (one: NonNullable<(typeof all)[number]>) => number | undefined): number | undefined => {
          const counts = all.flatMap((one) => (one === null ? [] : (of(one) ?? [])))
          return counts.length === 0 ? undefined : Math.max(...counts)
        }
        assert.strictEqual(
          result?.prompt_tokens,
          highest((one) => one.prompt_tokens)
        )
        assert.strictEqual(
          result?.completion_tokens,
          highest((one) => one.completion_tokens)
        )
        assert.strictEqual(
          result?.details?.cached_tokens,
          highest((one) => one.details?.cached_tokens)
        )
      })
    )
  })
})
