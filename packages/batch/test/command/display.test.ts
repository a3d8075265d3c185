import * as BigDecimal from "effect/BigDecimal"
import { describe, expect, it } from "vitest"
import { line, lines, type Shown } from "../../src/command/display.js"
import * as format from "../../src/command/format.js"

const shown: Shown = {
  total: 100_000,
  rate: 118.25,
  isStopping: false,
  progress: {
    done: 41_000,
    failed: 12,
    reused: 1000,
    running: 64,
    concurrency: 64,
    tokens: { input: 1_900_000, cachedInput: 0, output: 80_000 },
    cost: BigDecimal.unsafeFromString("0.196"),
    unpriced: 0,
    millis: 340_000
  }
}

/** As large as a batch on one machine gets. */
const large: Shown = {
  total: 1_000_000,
  rate: 2345.6,
  isStopping: false,
  progress: {
    ...shown.progress,
    done: 890_123,
    failed: 100_000,
    reused: 880_000,
    running: 256,
    concurrency: 256,
    cost: BigDecimal.unsafeFromString("1234.5"),
    millis: 360_000_000
  }
}

describe("the display", () => {
  it("has three lines", () => {
    expect(lines(shown, 80).split("\n")).toEqual([
      `${"█".repeat(23)}${"░".repeat(33)}  41 %  8 min 19 s left`,
      "41,000 done  12 failed  1,000 from the journal  58,988 to go",
      "64 of 64 calls  118.3 rows/s  235 tokens/s  $0.20  5 min 40 s"
    ])
  })

  it("fits into a terminal of 80 columns without being cut, however large the batch is", () => {
    for (const text of lines(large, 80).split("\n")) expect(text.length).toBeLessThanOrEqual(79)
    // in a terminal with much room nothing is cut for sure
    expect(lines(large, 80).split("\n").slice(1)).toEqual(lines(large, 300).split("\n").slice(1))
  })

  it("fits into a narrow one", () => {
    for (const width of [20, 40]) {
      for (const text of lines(large, width).split("\n")) expect(text.length).toBeLessThan(width)
    }
  })

  it("says what waits, what stops and what is done", () => {
    expect(lines({ ...shown, rate: 0 }, 80)).toContain("waiting")
    expect(lines({ ...shown, isStopping: true }, 80)).toContain("stopping")
    expect(lines({ ...shown, total: 41_012 }, 80)).toMatch(/100 % {2}done$/m)
  })

  it("is one line in a log", () => {
    expect(line(shown)).toBe(
      "41,000 of 100,000 done, 12 failed, 64 running, 118.3 rows/s, 235 tokens/s, $0.20, 8 min 19 s left"
    )
  })
})

describe("numbers", () => {
  it.each([
    ["0", "$0"],
    ["0.0000001", "under $0.000001"],
    ["0.0000049", "$0.0000049"],
    ["0.003421", "$0.0034"],
    ["1.2", "$1.20"]
  ])("%s USD are %s", (amount, text) => expect(format.money(BigDecimal.unsafeFromString(amount))).toBe(text))

  it.each([
    [400, "0 s"],
    [59_600, "1 min 00 s"],
    [3_720_000, "1 h 02 min"]
  ])("%d ms are %s", (millis, text) => expect(format.time(millis)).toBe(text))

  it("agree with their nouns", () => {
    expect([format.plural(1, "row"), format.plural(0, "row"), format.plural(12_345, "row")]).toEqual([
      "1 row",
      "0 rows",
      "12,345 rows"
    ])
  })
})
