/**
 * When a stream without `[DONE]` is whole. The rule is decision 0025; every case of its table is a test here.
 */
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import * as endings from "../../src/accumulators/completion.js"

type Event = Parameters<ReturnType<typeof endings.chat>["add"]>[0]

const at = (index: number, finish_reason: string | null = null) => ({ index, finish_reason })
const event = (...choices: NonNullable<Event["choices"]>): Event => ({ choices })
const usage: Event = { choices: [], usage: { completion_tokens: 3 } }

const isWhole = (body: Record<string, unknown>, ...events: ReadonlyArray<Event>): boolean => {
  const ending = endings.chat(body)
  for (const one of events) ending.add(one)
  return ending.isComplete()
}

describe("finish reasons", () => {
  for (const reason of [null, undefined, "", " ", "\n", "null", " null "]) {
    it(`${JSON.stringify(reason)} ends nothing`, () => {
      const open: Event = { choices: [{ index: 0, finish_reason: reason }] }
      assert.isFalse(isWhole({}, open))
      assert.isFalse(isWhole({}, open, usage))
      assert.isTrue(isWhole({}, open, event(at(0, "stop")), open))
    })
  }

  for (const reason of ["stop", "length", "tool_calls", "something_new"]) {
    it(`${reason} ends a choice`, () => assert.isTrue(isWhole({}, event(at(0)), event(at(0, reason)))))
  }
})

describe("usage", () => {
  it("alone is not an answer", () => {
    assert.isFalse(isWhole({}))
    assert.isFalse(isWhole({}, usage))
    assert.isFalse(isWhole({}, { usage: { completion_tokens: 3 } }))
  })

  it("with an open choice do not end the stream, nor does an event without choices", () => {
    assert.isFalse(isWhole({}, { choices: [{ index: 0 }], usage: { completion_tokens: 3 } }))
    assert.isFalse(isWhole({}, { choices: [] }))
    assert.isFalse(isWhole({}, { choices: null }))
    assert.isFalse(isWhole({ n: 0 }))
    assert.isFalse(isWhole({ n: 0 }, usage))
    assert.isFalse(isWhole({ n: 0 }, event(at(0))))
  })

  it("before the first piece, or between pieces, completes nothing", () => {
    assert.isFalse(isWhole({}, usage, event(at(0))))
    assert.isFalse(isWhole({}, event(at(0)), usage))
    assert.isFalse(isWhole({}, event(at(0)), usage, event(at(0)), usage))
    assert.isTrue(isWhole({}, usage, event(at(0)), event(at(0, "stop"))))
  })

  it("on every event does not mean the end", () => {
    const piece = (finish: string | null = null): Event => ({
      ...event(at(0, finish)),
      usage: { completion_tokens: 1 }
    })
    assert.isFalse(isWhole({}, piece(), piece()))
    assert.isTrue(isWhole({}, piece(), piece("stop")))
    assert.isFalse(isWhole({ n: 2 }, piece(), piece("stop")))
  })

  it("after the last finish reason replace choices that never began", () => {
    assert.isFalse(isWhole({ n: 2 }, event(at(0)), event(at(0, "stop"))))
    assert.isTrue(isWhole({ n: 2 }, event(at(0)), event(at(0, "stop")), usage))
    assert.isTrue(isWhole({ n: 2 }, event(at(0)), event(at(0, "stop")), { usage: { completion_tokens: 0 } }))
  })

  it("counts only after every choice that has begun has finished", () => {
    assert.isFalse(isWhole({ n: 2 }, event(at(0), at(1)), event(at(0, "stop")), usage))
    assert.isFalse(isWhole({ n: 2 }, usage, event(at(0)), event(at(0, "stop"))))
    assert.isFalse(isWhole({ n: 3 }, event(at(0, "stop")), usage, event(at(1)), event(at(1, "stop"))))
    assert.isTrue(isWhole({ n: 3 }, event(at(0, "stop")), usage, event(at(1)), event(at(1, "stop")), usage))
  })

  it("without a number of tokens counts as missing", () => {
    for (const empty of [null, undefined, {}, { completion_tokens: null }]) {
      assert.isFalse(isWhole({ n: 2 }, event(at(0, "stop")), { choices: [], usage: empty }))
    }
  })
})

describe("choices", () => {
  it("all that were asked for have to finish, in any order and event", () => {
    assert.isFalse(isWhole({ n: 2 }, event(at(1)), event(at(1, "stop"))))
    assert.isTrue(isWhole({ n: 2 }, event(at(1)), event(at(0)), event(at(0, "stop"), at(1, "length"))))
    assert.isTrue(isWhole({ n: 2 }, event(at(1, "stop")), event(at(0, "stop"))))
  })

  it("finishing twice is finishing once", () => {
    assert.isFalse(isWhole({ n: 2 }, event(at(0, "stop")), event(at(0, "stop"))))
  })

  it("more than were asked for have to finish too", () => {
    assert.isFalse(isWhole({}, event(at(0)), event(at(1)), event(at(0, "stop"))))
    assert.isTrue(isWhole({}, event(at(0)), event(at(1)), event(at(0, "stop")), event(at(1, "stop"))))
  })

  it("without index are named by their place", () => {
    assert.isTrue(isWhole({}, event({}), event({ index: null, finish_reason: "stop" })))
    assert.isFalse(isWhole({ n: 2 }, event({}, {}), event({ finish_reason: "stop" }, {})))
    assert.isTrue(isWhole({ n: 2 }, event({}, {}), event({ finish_reason: "stop" }, { finish_reason: "stop" })))
  })

  it("a strange `n` is one", () => {
    for (const n of [null, undefined, 0, -1, "2"]) assert.isTrue(isWhole({ n }, event(at(0, "stop"))))
  })
})

describe("completions", () => {
  const whole = (body: Record<string, unknown>, choices: number, then?: Event): boolean => {
    const ending = endings.completion(body)
    for (let index = 0; index < choices; index++) ending.add(event(at(index)))
    for (let index = 0; index < choices; index++) ending.add(event(at(index, "stop")))
    if (then !== undefined) ending.add(then)
    return ending.isComplete()
  }

  it("a strange `n` is one answer for each prompt", () => {
    for (const n of [null, undefined, 0, -1, "2"]) {
      assert.isFalse(whole({ prompt: ["a", "b"], n }, 1), String(n))
      assert.isTrue(whole({ prompt: ["a", "b"], n }, 2), String(n))
    }
  })

  it("a list of prompts has so many answers for each", () => {
    assert.isTrue(whole({ prompt: "a" }, 1))
    assert.isTrue(whole({ prompt: [] }, 1))
    assert.isFalse(whole({ prompt: ["a", "b"] }, 1))
    assert.isTrue(whole({ prompt: ["a", "b"] }, 2))
    assert.isFalse(whole({ prompt: ["a", "b"], n: 2 }, 3))
    assert.isTrue(whole({ prompt: ["a", "b"], n: 2 }, 4))
    assert.isTrue(whole({ prompt: ["a", "b"], n: 2 }, 3, usage))
    assert.isTrue(whole({ tokens: [1, 2, 3] }, 1))
  })
})

it("no stream is whole while a choice that has begun is open, whatever comes", () => {
  const choice = fc.record({
    index: fc.constantFrom(0, 1, 2),
    finish_reason: fc.constantFrom(null, "", "null", "stop")
  })
  const one = fc.record({
    choices: fc.option(fc.array(choice, { maxLength: 2 }), { nil: undefined }),
    usage: fc.constantFrom(undefined, null, { completion_tokens: 0 }, { completion_tokens: 9 })
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), fc.constantFrom(1, 2, 3), (events, n) => {
      const all = events.flatMap((it) => it.choices ?? [])
      const finished = new Set(all.flatMap((it) => (it.finish_reason === "stop" ? [it.index] : [])))
      const begun = new Set(all.map((it) => it.index))
      if (!isWhole({ n }, ...events)) {
        assert.isFalse(begun.size === finished.size && finished.size >= n)
        return
      }
      assert.isAbove(begun.size, 0)
      assert.strictEqual(finished.size, begun.size)
      if (finished.size < n) assert.isTrue(events.some((it) => (it.choices ?? []).length === 0 && it.usage != null))
    }),
    { numRuns: 500 }
  )
})
