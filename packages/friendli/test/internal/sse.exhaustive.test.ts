/**
 * The scanner under any bytes, cut anywhere, and the work that long input takes.
 */
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { make, type SseFrame } from "../../src/internal/sse.js"
import { bytesOf, naive, run, type Run, singles } from "./sse.support.js"

const cut = (bytes: Uint8Array, sizes: ReadonlyArray<number>): Array<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : sizes[i % sizes.length]!
    chunks.push(bytes.slice(at, at + size))
    at += size
  }
  return chunks
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 })

/** Bytes of which the greater part means something to the scanner. */
const eventStream = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom("\n", "\r", "\r\n", "\n\n", "data: ", "data:", "data", "event: ", "id:")
      },
      { weight: 2, arbitrary: fc.constantFrom(":", " ", "x", "\0", "retry: 1", "\ufeff", "[DONE]", "{}", "한👋é") },
      { weight: 1, arbitrary: fc.fullUnicodeString({ maxLength: 6 }) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 5 }) }
    ),
    { maxLength: 60 }
  )
  .map((pieces) =>
    Uint8Array.from(pieces.flatMap((piece) => (typeof piece === "string" ? [...bytesOf(piece)] : [...piece])))
  )

describe("the cap", () => {
  it("hits at the same events wherever the bytes are cut", () => {
    fc.assert(
      fc.property(eventStream, sizes, fc.integer({ min: 1, max: 40 }), (bytes, cuts, maxEventBytes) => {
        const whole = run([bytes], { maxEventBytes })
        const parts = run(cut(bytes, cuts), { maxEventBytes })
        assert.deepStrictEqual(parts.frames, whole.frames)
        assert.strictEqual(parts.overflow === undefined, whole.overflow === undefined)
      }),
      { numRuns: 300 }
    )
  })
})

describe("properties", () => {
  it("gives what the naive reading gives, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(eventStream, sizes, (bytes, cuts) => {
        const expected = naive(bytes)
        for (const chunks of [[bytes], cut(bytes, cuts), singles(bytes)]) {
          const { frames, end, bytesSeen } = run(chunks)
          assert.deepStrictEqual(frames, expected.frames)
          assert.deepStrictEqual(end, expected.end)
          assert.strictEqual(bytesSeen, bytes.length)
        }
      }),
      { numRuns: 400 }
    )
  })

  it("takes arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), sizes, (bytes, cuts) => {
        assert.deepStrictEqual(run(cut(bytes, cuts)), run([bytes]))
        assert.deepStrictEqual(run([bytes]).frames, naive(bytes).frames)
      }),
      { numRuns: 500 }
    )
  })

  const eol = fc.constantFrom("\n", "\r\n", "\r")
  const word = fc.fullUnicodeString({ minLength: 1, maxLength: 8 }).map((text) => text.replace(/[\r\n\0]/g, "_"))
  const event = fc.record({
    event: fc.option(word, { nil: undefined }),
    id: fc.option(word, { nil: undefined }),
    data: fc.array(word, { minLength: 1, maxLength: 4 }),
    noise: fc.constantFrom("", ": ping", "retry: 100", "foo: bar", "foo"),
    space: fc.boolean()
  })

  it("reads back what was written, with any line ends, comments and ids", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.infiniteStream(eol), sizes, (events, ends, cuts) => {
        let text = ""
        const line = (content: string): void => {
          // A CR whose line is followed by an LF that ends an empty line would be read as one line end.
          let end = ends.next().value!
          if (content === "" && text.endsWith("\r") && end === "\n") end = "\r\n"
          text += content + end
        }
        const expected: Array<SseFrame> = []
        let id: string | undefined
        for (const { data, event: name, id: newId, noise, space } of events) {
          if (noise !== "") line(noise)
          if (newId !== undefined) line(`id: ${newId}`)
          if (name !== undefined) line(`event: ${name}`)
          // A value that starts with a space needs the space that is taken away.
          for (const value of data) line(`data:${space || value.startsWith(" ") ? " " : ""}${value}`)
          line("")
          id = newId ?? id
          expected.push({ event: name, data: data.join("\n"), id })
        }
        assert.deepStrictEqual(run(cut(bytesOf(text), cuts)).frames, expected)
      }),
      { numRuns: 300 }
    )
  })
})

describe("linear work", () => {
  /** Characters that the string searches inside `work` may have to look at, and bytes that it decodes. */
  const count = (work: () => void): number => {
    let total = 0
    const indexOf = String.prototype.indexOf
    const join = Array.prototype.join
    const decode = TextDecoder.prototype.decode
    // oxlint-disable-next-line no-extend-native -- put back below
    String.prototype.indexOf = function (this: string, search: string, from?: number) {
      const found = indexOf.call(this, search, from)
      total += (found === -1 ? this.length : found) - (from ?? 0) + 1
      return found
    }
    // oxlint-disable-next-line no-extend-native -- put back below
    Array.prototype.join = function (this: Array<unknown>, separator?: string) {
      const text = join.call(this, separator)
      total += text.length
      return text
    }
    TextDecoder.prototype.decode = function (this: TextDecoder, ...args: Parameters<typeof decode>) {
      total += (args[0] as Uint8Array).length
      return decode.apply(this, args)
    }
    try {
      work()
    } finally {
      // oxlint-disable-next-line no-extend-native -- as it was
      String.prototype.indexOf = indexOf
      // oxlint-disable-next-line no-extend-native -- as it was
      Array.prototype.join = join
      TextDecoder.prototype.decode = decode
    }
    return total
  }

  const shapes: ReadonlyArray<
    readonly [name: string, frames: (n: number) => number, input: (n: number) => Array<Uint8Array>]
  > = [
    ["a line in one-byte chunks", () => 1, (n) => singles(bytesOf(`data: ${"x".repeat(n)}\n\n`))],
    [
      "a line in one-byte chunks of long characters",
      () => 1,
      (n) => singles(bytesOf(`data: ${"한".repeat(n / 3)}\n\n`))
    ],
    ["many events in a chunk", (n) => n / 10, (n) => [bytesOf("data: {}\n\n".repeat(n / 10))]],
    ["many events in one-byte chunks", (n) => n / 10, (n) => singles(bytesOf("data: {}\n\n".repeat(n / 10)))],
    ["many data lines in an event", () => 1, (n) => [bytesOf(`${"data:x\n".repeat(n / 7)}\n`)]],
    ["many data lines in one-byte chunks", () => 1, (n) => singles(bytesOf(`${"data:x\n".repeat(n / 7)}\n`))],
    ["lines without a colon", () => 0, (n) => [bytesOf("x\n".repeat(n / 2))]],
    ["CR lines, then one LF", () => 0, (n) => [bytesOf(`${"x\r".repeat(n / 2)}\n`)]],
    ["LF lines, then one CR", () => 0, (n) => [bytesOf(`${"\n".repeat(n)}\r`)]],
    ["comments", () => 0, (n) => [bytesOf(": ping\n".repeat(n / 7))]],
    ["continuation bytes alone", () => 0, (n) => singles(new Uint8Array(n).fill(0x80))]
  ]
  for (const [name, frames, input] of shapes) {
    it(`${name}: four times the bytes, four times the work`, () => {
      const work = (n: number): number => {
        const chunks = input(n)
        let result: Run | undefined
        const total = count(() => {
          result = run(chunks)
        })
        assert.strictEqual(result!.frames.length, frames(n))
        return total
      }
      const small = work(10_500)
      const large = work(42_000)
      assert.isAbove(small, 0)
      assert.isBelow(large / small, 4.5)
      assert.isBelow(large, 42_000 * 8)
    })
  }

  it("an event of 200,000 bytes in one-byte chunks comes out whole", () => {
    const text = "0123456789".repeat(20_000)
    const { frames } = run(singles(bytesOf(`data: ${text}\n\n`)))
    assert.strictEqual(frames.length, 1)
    assert.isTrue(frames[0]!.data === text)
  })
})

describe("the cap", () => {
  it("is 16 MiB unless given", () => {
    const limit = 16 * 1024 * 1024
    const scanner = make()
    assert.strictEqual(scanner.push(new Uint8Array(limit).fill(120), []), undefined)
    assert.deepStrictEqual({ ...scanner.push(Uint8Array.of(120), []) }, { limit, size: limit + 1 })
  })
})
