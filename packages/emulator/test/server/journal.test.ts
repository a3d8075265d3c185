import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { makeJournal } from "../../src/server/journal.js"
import { post } from "../support.js"

const request = () => new Request("http://emulator.test/v1/tokenize", { method: "POST" })

describe("makeJournal", () => {
  it("drops the bodies of the oldest records first, then the records", () => {
    const journal = makeJournal({ entries: 100, bytes: 10_000 })
    const add = (size: number) => {
      const entry = journal.open(request(), "id")
      journal.addBody(entry, { size }, size)
      return entry
    }
    const [first, second, third] = [add(4000), add(4000), add(4000)]
    expect([first.bodyDropped, second.bodyDropped, third.bodyDropped]).toEqual([true, false, false])
    expect([first.body, second.body]).toEqual([undefined, { size: 4000 }])
    // Each record takes some hundred bytes itself, so that thirty of them leave no room for a body, nor for all records.
    for (let count = 0; count < 30; count++) add(0)
    expect([second.bodyDropped, third.bodyDropped]).toEqual([true, true])
    expect(journal.entries.length).toBeLessThan(30)
    expect(journal.entries.at(-1)?.order).toBe(32)
  })

  it("drops a body that is larger than the whole journal, and keeps its record", () => {
    const journal = makeJournal({ entries: 10, bytes: 1000 })
    const entry = journal.open(request(), "id")
    journal.addBody(entry, "x", 2000)
    expect(journal.entries.map(({ body, bodyDropped }) => [body, bodyDropped])).toEqual([[undefined, true]])
  })

  it("counts a body that arrives after later requests were recorded", () => {
    const journal = makeJournal({ entries: 10, bytes: 4000 })
    const early = journal.open(request(), "a")
    const late = journal.open(request(), "b")
    journal.addBody(late, "b", 1000)
    journal.addBody(early, "a", 3000)
    expect([early.bodyDropped, late.bodyDropped]).toEqual([true, false])
  })

  it("begins anew after `clear`, and ignores the body of a record that is gone", () => {
    const journal = makeJournal({ entries: 10, bytes: 4000 })
    const gone = journal.open(request(), "a")
    journal.clear()
    journal.addBody(gone, "a", 5000)
    const entry = journal.open(request(), "b")
    journal.addBody(entry, "b", 3000)
    expect(journal.entries).toEqual([entry])
    expect(entry.body).toBe("b")
  })
})

describe("journalBytes", () => {
  it("bounds what an emulator keeps, and keeps what was sent last", async () => {
    const emulator = makeEmulator({ journalBytes: 100_000 })
    for (let call = 0; call < 4; call++) {
      await post(emulator.fetch, "http://emulator.test/v1/tokenize", { prompt: "x".repeat(40_000) })
    }
    expect(emulator.requests.map(({ bodyDropped }) => bodyDropped)).toEqual([true, true, false, false])
  })
})
