import * as Vectors from "effect-friendli-vectors"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { parseHttpDate, parseRetryAfter } from "../../src/internal/retryAfter.js"

const now = Date.UTC(2026, 0, 1)

describe("contract vectors", () => {
  interface Case {
    readonly headers: Readonly<Record<string, string>>
    readonly now?: string
    readonly delayMs: number
  }
  const vectors = Vectors.json<{ readonly headers: ReadonlyArray<Case> }>("_retry.json")

  /** What the reference SDK falls back to, for `retry: 0` and `u: 0.5`, when it finds no header to honour. */
  const backoff = 1000

  // On purpose: the reference SDK takes a wait of zero, and a date that has passed, for no wait at all and backs off.
  // Here the server's "now" is honoured as 0.
  const honoured = new Map<string, number>([
    ['{"retry-after":"0"}', 0],
    ['{"retry-after-ms":"0"}', 0],
    ['{"retry-after":"9","retry-after-ms":"0"}', 0],
    ['{"retry-after":"Wed, 31 Dec 2025 23:59:00 GMT"}', 0]
  ])

  it("name every difference", () => {
    const keys = new Set(vectors.headers.map((vector) => JSON.stringify(vector.headers)))
    assert.isAbove(keys.size, honoured.size)
    for (const key of honoured.keys()) assert.isTrue(keys.has(key), key)
  })

  for (const vector of vectors.headers) {
    const key = JSON.stringify(vector.headers)
    it(`${key}`, () => {
      const wait = parseRetryAfter(vector.headers, vector.now === undefined ? now : Date.parse(vector.now))
      if (honoured.has(key)) {
        assert.strictEqual(vector.delayMs, backoff)
        assert.strictEqual(wait, honoured.get(key))
      } else {
        assert.strictEqual(wait ?? backoff, vector.delayMs)
      }
    })
  }
})

describe("seconds and milliseconds", () => {
  const table: ReadonlyArray<readonly [text: string | undefined, seconds: number | undefined]> = [
    [undefined, undefined],
    ["", undefined],
    ["  ", undefined],
    ["0", 0],
    ["0.0", 0],
    ["007", 7],
    ["1.5", 1.5],
    [" 2\t", 2],
    ["-0", undefined],
    ["-1", undefined],
    ["+1", undefined],
    ["1e9", undefined],
    ["0x10", undefined],
    ["1_000", undefined],
    ["1,5", undefined],
    ["1, 2", undefined],
    [".5", undefined],
    ["5.", undefined],
    ["1.2.3", undefined],
    ["Infinity", undefined],
    ["NaN", undefined],
    ["2s", undefined],
    ["1 2", undefined],
    ["٣", undefined]
  ]
  for (const [text, seconds] of table) {
    it(`${JSON.stringify(text) ?? "absent"}`, () => {
      assert.strictEqual(
        parseRetryAfter({ "retry-after": text }, now),
        seconds === undefined ? undefined : seconds * 1000
      )
      assert.strictEqual(parseRetryAfter({ "retry-after-ms": text }, now), seconds)
    })
  }

  it("milliseconds win, but only where they parse", () => {
    assert.strictEqual(parseRetryAfter({ "retry-after-ms": "0.5", "retry-after": "3" }, now), 0.5)
    assert.strictEqual(parseRetryAfter({ "retry-after-ms": "-1", "retry-after": "3" }, now), 3000)
    assert.strictEqual(
      parseRetryAfter({ "retry-after-ms": "", "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" }, now),
      3000
    )
    // A date is no number of milliseconds.
    assert.strictEqual(parseRetryAfter({ "retry-after-ms": "Thu, 01 Jan 2026 00:00:03 GMT" }, now), undefined)
  })

  it("huge numbers stay finite", () => {
    const huge = "9".repeat(400)
    assert.strictEqual(parseRetryAfter({ "retry-after": huge }, now), Number.MAX_SAFE_INTEGER)
    assert.strictEqual(parseRetryAfter({ "retry-after-ms": huge }, now), Number.MAX_SAFE_INTEGER)
  })

  it("without a header there is no wait", () => {
    assert.strictEqual(parseRetryAfter({}, now), undefined)
    assert.strictEqual(parseRetryAfter({ "Retry-After": "3" }, now), undefined)
  })
})

describe("dates", () => {
  const table: ReadonlyArray<readonly [text: string, date: string | undefined]> = [
    ["Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"],
    ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"],
    ["Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"],
    ["Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"],
    // two digits: at most 50 years ahead
    ["Monday, 01-Jan-75 00:00:00 GMT", "2075-01-01T00:00:00Z"],
    ["Wednesday, 01-Jan-76 00:00:00 GMT", "2076-01-01T00:00:00Z"],
    ["Wednesday, 01-Jan-76 00:00:01 GMT", "1976-01-01T00:00:01Z"],
    ["Saturday, 01-Jan-77 00:00:00 GMT", "1977-01-01T00:00:00Z"],
    ["Tuesday, 29-Feb-00 00:00:00 GMT", "2000-02-29T00:00:00Z"],
    ["Tuesday, 29-Feb-97 00:00:00 GMT", undefined],
    ["Mon, 29 Feb 2028 00:00:00 GMT", "2028-02-29T00:00:00Z"],
    ["Mon, 29 Feb 2027 00:00:00 GMT", undefined],
    ["Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"],
    ["Sat, 31 Dec 2016 23:59:61 GMT", undefined],
    ["Sat, 31 Dec 2016 24:00:00 GMT", undefined],
    ["Sat, 31 Dec 2016 23:60:00 GMT", undefined],
    ["Sat, 00 Dec 2016 23:00:00 GMT", undefined],
    ["Sat, 31 Apr 2016 23:00:00 GMT", undefined],
    ["Sat, 31 Foo 2016 23:00:00 GMT", undefined],
    ["Foo, 31 Dec 2016 23:00:00 GMT", undefined],
    ["Sat, 1 Jan 2016 23:00:00 GMT", undefined],
    ["Sat, 31 Dec 2016 23:00:00 UTC", undefined],
    ["Sat, 31 Dec 2016 23:00:00 +0000", undefined],
    ["Sat, 31 Dec 2016 23:00:00", undefined],
    ["Sat, 31 Dec 2016 23:00 GMT", undefined],
    ["sat, 31 dec 2016 23:00:00 gmt", undefined],
    ["Sat, 31-Dec-16 23:00:00 GMT", undefined],
    ["Sun Nov 6 08:49:37 1994", undefined],
    ["Sun Nov 06 08:49:37 1994 GMT", undefined],
    ["2026-01-01T00:00:00Z", undefined],
    ["2", undefined],
    ["Mon, 01 Jan 0050 00:00:00 GMT", "0050-01-01T00:00:00Z"]
  ]
  for (const [text, date] of table) {
    it(`${text}`, () => {
      assert.strictEqual(parseHttpDate(text, now), date === undefined ? undefined : Date.parse(date))
    })
  }

  it("two digits near the end of a century mean the next one", () => {
    const text = "Saturday, 01-Jan-01 00:00:00 GMT"
    assert.strictEqual(parseHttpDate(text, Date.UTC(2099, 11, 31)), Date.UTC(2101, 0, 1))
    assert.strictEqual(parseHttpDate(text, now), Date.UTC(2001, 0, 1))
  })

  it("a date ahead is the time until then, one behind is 0", () => {
    assert.strictEqual(parseRetryAfter({ "retry-after": " Thu, 01 Jan 2026 00:00:07 GMT " }, now), 7000)
    assert.strictEqual(parseRetryAfter({ "retry-after": "Thursday, 01-Jan-26 00:01:00 GMT" }, now), 60_000)
    assert.strictEqual(parseRetryAfter({ "retry-after": "Thu Jan  1 00:00:01 2026" }, now), 1000)
    assert.strictEqual(parseRetryAfter({ "retry-after": "Thu, 01 Jan 2026 00:00:00 GMT" }, now), 0)
    assert.strictEqual(parseRetryAfter({ "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" }, now), 0)
  })
})

describe("properties", () => {
  const long = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  /** A whole second in the 40 years around `now`, where two digits are enough. */
  const moment = fc.integer({ min: -20 * 365 * 86_400, max: 20 * 365 * 86_400 }).map((offset) => now + offset * 1000)

  it("reads its three forms back", () => {
    fc.assert(
      fc.property(moment, (millis) => {
        const date = new Date(millis)
        const imf = date.toUTCString()
        const [, day, month, year, time] = imf.split(" ") as [string, string, string, string, string, string]
        const rfc850 = `${long[date.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`
        const asctime = `${imf.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`
        for (const text of [imf, rfc850, asctime]) {
          assert.strictEqual(parseHttpDate(text, now), millis, text)
          assert.strictEqual(parseRetryAfter({ "retry-after": text }, now), Math.max(0, millis - now), text)
        }
      })
    )
  })

  it("is undefined, or finite and not negative, for any text", () => {
    const text = fc.oneof(
      fc.fullUnicodeString(),
      fc.stringOf(fc.constantFrom(..."0123456789.-+e GMT:,")),
      fc.double().map(String)
    )
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), (after, ms) => {
        const wait = parseRetryAfter({ "retry-after": after, "retry-after-ms": ms }, now)
        assert.isTrue(wait === undefined || (Number.isFinite(wait) && wait >= 0), String(wait))
      }),
      { numRuns: 500 }
    )
  })

  it("takes every plain number", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 999 }), (whole, thousandths) => {
        const text = `${whole}.${String(thousandths).padStart(3, "0")}`
        assert.approximately(parseRetryAfter({ "retry-after": text }, now)!, whole * 1000 + thousandths, 0.01)
        assert.strictEqual(parseRetryAfter({ "retry-after-ms": text }, now), Number(text))
      })
    )
  })
})
