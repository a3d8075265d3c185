import { FastCheck as fc } from "effect"
import { describe, expect, it } from "vitest"
import { makePositions, type Position } from "../../src/journal/positions.js"

const position = fc.record<Position>({
  // beyond what 32 bits hold: a journal may be larger than 4 GB
  offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  length: fc.nat(),
  status: fc.constantFrom("done", "failed")
})

describe("positions", () => {
  it("are those of a map, in its order, whatever is added and replaced", () => {
    const keys = fc.oneof(fc.string({ maxLength: 2 }), fc.string())
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, position), { maxLength: 300 }), keys, (added, other) => {
        const positions = makePositions()
        const map = new Map<string, Position>()
        for (const [key, given] of added) {
          positions.set(key, given)
          map.set(key, given)
        }
        expect([...positions.inOrder()]).toEqual([...map.values()])
        for (const key of [other, ...map.keys()]) expect(positions.get(key)).toEqual(map.get(key))
        const failed = [...map.values()].filter(({ status }) => status === "failed").length
        expect(positions.counts()).toEqual({ done: map.size - failed, failed })
      })
    )
  })

  it("are found among many", () => {
    const positions = makePositions()
    const count = 20_000
    for (let row = 0; row < count; row++)
      positions.set(`row-${row}`, { offset: row * 500, length: 499, status: "done" })
    for (let row = 0; row < count; row += 37) {
      expect(positions.get(`row-${row}`)).toEqual({ offset: row * 500, length: 499, status: "done" })
    }
    expect(positions.get(`row-${count}`)).toBeUndefined()
    expect(positions.counts()).toEqual({ done: count, failed: 0 })
  })

  it("that are given one by one are those of the beginning of the reading", () => {
    const positions = makePositions()
    const first = { offset: 0, length: 1, status: "done" } as const
    positions.set("a", first)
    const read: Array<Position> = []
    for (const each of positions.inOrder()) {
      positions.set(`after ${read.length}`, each)
      read.push(each)
    }
    expect(read).toEqual([first])
  })
})
