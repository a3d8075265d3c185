import * as Vectors from "effect-friendli-vectors"
import { assert, describe, it } from "vitest"
import type { SseFrame } from "../../src/internal/sse.js"
import { make, SseOverflow } from "../../src/internal/sse.js"
import { bytesOf, naive, run, type Run, singles } from "./sse.support.js"

interface Case {
  readonly name: string
  readonly chunks?: ReadonlyArray<string>
  readonly chunksBase64?: ReadonlyArray<string>
  readonly referenceEvents: ReadonlyArray<Expected>
  readonly whatwgEvents?: ReadonlyArray<Expected>
}

interface Expected {
  readonly data: unknown
  readonly event?: string
  readonly id?: string
  readonly retry?: number
}

const vectors = Vectors.json<{
  readonly sentinel: string
  readonly cases: ReadonlyArray<Case>
}>("_sse.json")

const one = (text: string, options?: { readonly maxEventBytes?: number }): Run => run([bytesOf(text)], options)

describe("contract vectors", () => {
  const parsed = (data: string): unknown => {
    try {
      return JSON.parse(data)
    } catch {
      return data
    }
  }

  it("are all here", () => {
    assert.strictEqual(vectors.cases.length, 28)
  })

  for (const vector of vectors.cases) {
    it(`${vector.name}`, () => {
      const chunks =
        vector.chunks?.map(bytesOf) ?? vector.chunksBase64!.map((text) => Uint8Array.from(Buffer.from(text, "base64")))
      const whole = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
      const expected = (vector.whatwgEvents ?? vector.referenceEvents).map((event) => ({
        event: event.event,
        data: event.data,
        id: event.id
      }))
      for (const input of [chunks, [whole], singles(whole)]) {
        const { frames, end } = run(input)
        const sentinel = frames.findIndex((frame) => frame.data === vectors.sentinel)
        const kept = sentinel === -1 ? frames : frames.slice(0, sentinel)
        assert.deepStrictEqual(
          kept.map((frame) => ({ ...frame, data: parsed(frame.data) })),
          expected
        )
        if (vector.name.startsWith("sentinel-") && vector.name.endsWith("-at-eof")) {
          assert.strictEqual(sentinel, -1)
          assert.strictEqual(end.unterminated, vectors.sentinel)
        } else if (vector.name === "eof-mid-event") {
          assert.strictEqual(end.unterminated, '{"n":2}')
        } else {
          assert.strictEqual(end.unterminated, undefined)
        }
      }
    })
  }
})

describe("lines and fields", () => {
  const table: ReadonlyArray<readonly [name: string, input: string, frames: ReadonlyArray<Partial<SseFrame>>]> = [
    ["one leading space goes", "data:  two\n\n", [{ data: " two" }]],
    ["a tab stays", "data:\tx\n\n", [{ data: "\tx" }]],
    ["a colon in the value", "data: a:b\n\n", [{ data: "a:b" }]],
    ["two empty data lines are one LF", "data\ndata:\n\n", [{ data: "\n" }]],
    ["an empty line between", "data: a\ndata:\ndata: b\n\n", [{ data: "a\n\nb" }]],
    ["a field name with a space is another field", "data : x\n data: y\n\n", []],
    ["a field name in capitals is another field", "Data: x\n\n", []],
    ["a name that data begins", "dat: x\ndatax: y\ndata2\n\n", []],
    ["data in the middle of other fields", "retry: 1\nfoo\ndata: x\n:c\nevent: e\n\n", [{ event: "e", data: "x" }]],
    ["the last event name counts", "event: a\nevent: b\ndata: x\n\n", [{ event: "b", data: "x" }]],
    ["an empty event name is none", "event: a\nevent\ndata: x\n\n", [{ data: "x" }]],
    ["a block without data forgets its name", "event: a\n\ndata: x\n\n", [{ data: "x" }]],
    ["a block with empty data forgets its name", "event: a\ndata:\n\ndata: x\n\n", [{ data: "x" }]],
    [
      "an id stays",
      "id: 1\ndata: x\n\ndata: y\n\n",
      [
        { data: "x", id: "1" },
        { data: "y", id: "1" }
      ]
    ],
    ["an empty id takes it back", "id: 1\n\nid\ndata: y\n\n", [{ data: "y" }]],
    ["an id with NUL changes nothing", "id: 1\nid: \0\ndata: y\n\n", [{ data: "y", id: "1" }]],
    ["one BOM goes", "\ufeffdata: x\n\n", [{ data: "x" }]],
    ["the second BOM belongs to the field name", "\ufeff\ufeffdata: x\n\n", []],
    ["a BOM inside stays", "data: \ufeffx\n\n\ufeffdata: y\n\n", [{ data: "\ufeffx" }]],
    ["U+2028 and vertical tab end no line", "data: a\u2028b\vc\u0085\n\n", [{ data: "a\u2028b\vc\u0085" }]],
    ["LF CR are two ends", "data: x\n\rdata: y\r\n\r\n", [{ data: "x" }, { data: "y" }]],
    ["prototype names", "__proto__: x\nconstructor\ndata: __proto__\n\n", [{ data: "__proto__" }]]
  ]
  for (const [name, input, frames] of table) {
    it(`${name}`, () => {
      const expected = frames.map((frame) => ({ event: undefined, id: undefined, ...frame }))
      assert.deepStrictEqual(one(input).frames, expected as Array<SseFrame>)
      assert.deepStrictEqual(run(singles(bytesOf(input))).frames, expected as Array<SseFrame>)
    })
  }

  it("a CR at the end of a chunk dispatches at once, and the LF after it is not another line", () => {
    const scanner = make()
    const frames: Array<SseFrame> = []
    scanner.push(bytesOf("data: x\r\n\r"), frames)
    assert.deepStrictEqual(
      frames.map((frame) => frame.data),
      ["x"]
    )
    scanner.push(bytesOf("\nevent: e\r"), frames)
    scanner.push(new Uint8Array(0), frames)
    scanner.push(bytesOf("\ndata: y\r"), frames)
    assert.strictEqual(frames.length, 1)
    scanner.push(bytesOf("\r"), frames)
    assert.deepStrictEqual(frames[1], { event: "e", data: "y", id: undefined })
  })

  it("broken UTF-8 becomes U+FFFD, wherever it is cut", () => {
    const bytes = Uint8Array.of(...bytesOf("data: "), 0xe0, 0x80, 0xf0, 0x9f, 0x91, 0xff, 0xc3, 10, 10)
    const frames = naive(bytes).frames
    assert.include(frames[0]!.data, "\ufffd")
    assert.deepStrictEqual(run([bytes]).frames, frames)
    assert.deepStrictEqual(run(singles(bytes)).frames, frames)
  })

  it("a buffer may be used again after the push", () => {
    const scanner = make()
    const frames: Array<SseFrame> = []
    // A Buffer, whose `slice` is a view.
    const buffer = Buffer.alloc(1)
    for (const byte of bytesOf("data: 한👋\n\n")) {
      buffer[0] = byte
      scanner.push(buffer, frames)
    }
    assert.strictEqual(frames[0]!.data, "한👋")
  })

  it("a character may be cut anywhere, also with empty chunks between its parts", () => {
    for (const character of ["é", "한", "👋", "\u0080", "\u07ff", "\u0800", "\uffff", "\u{10000}"]) {
      const bytes = bytesOf(`data: ${character}\n\n`)
      const chunks = singles(bytes).flatMap((byte) => [byte, new Uint8Array(0)])
      assert.deepStrictEqual(run(chunks), run([bytes]))
      assert.strictEqual(run(chunks).frames[0]!.data, character)
    }
    // two bytes of which one is not ASCII
    for (const pair of [Uint8Array.of(120, 0x80), Uint8Array.of(0x80, 120), Uint8Array.of(120, 0x7f)]) {
      const { frames } = run([bytesOf("data: "), pair, bytesOf("\n\n")])
      assert.strictEqual(frames[0]!.data, new TextDecoder().decode(pair))
    }
    // the first byte of none
    for (const byte of [0x80, 0xbf, 0xc0, 0xff]) {
      const bytes = Uint8Array.of(...bytesOf("data: "), byte, 10, 10)
      assert.strictEqual(run(singles(bytes)).frames[0]!.data, "\ufffd")
      assert.strictEqual(run([bytes]).frames[0]!.data, "\ufffd")
    }
  })
})

describe("end", () => {
  it("hands out the open block's data and name, once", () => {
    const scanner = make()
    const frames: Array<SseFrame> = []
    scanner.push(bytesOf("event: error\ndata: a\ndata: b"), frames)
    assert.deepStrictEqual(scanner.end(frames), { unterminated: "a\nb", event: "error" })
    assert.deepStrictEqual(scanner.end(frames), { unterminated: undefined, event: undefined })
    assert.deepStrictEqual(frames, [])
  })

  it("shows a character that was cut as U+FFFD", () => {
    assert.strictEqual(run([Uint8Array.of(...bytesOf("data: x"), 0xf0, 0x9f)]).end.unterminated, "x\ufffd")
  })

  it("has nothing to show for empty input, comments, a cut field name or empty data", () => {
    for (const input of ["", "\n", ": ping", "dat", "data", "data:", "data: x\n\n", "data: x\r"]) {
      assert.strictEqual(one(input).end.unterminated, input === "data: x\r" ? "x" : undefined, JSON.stringify(input))
    }
  })
})

describe("the cap", () => {
  it("lets an event of the cap's size pass and stops at the next", () => {
    // 6 for the field name and the space, 10 for the value
    const input = "data: 0123456789\n\n"
    for (const chunks of [[bytesOf(input)], singles(bytesOf(input))]) {
      assert.strictEqual(run(chunks, { maxEventBytes: 16 }).frames.length, 1)
      const { frames, overflow, end } = run(chunks, { maxEventBytes: 15 })
      assert.deepStrictEqual(frames, [])
      assert.instanceOf(overflow, SseOverflow)
      assert.deepStrictEqual({ ...overflow }, { limit: 15, size: 16 })
      assert.deepStrictEqual(end, { unterminated: undefined, event: undefined })
    }
  })

  it("counts a line before its end comes", () => {
    const scanner = make({ maxEventBytes: 100 })
    assert.strictEqual(scanner.push(bytesOf("x".repeat(100)), []), undefined)
    assert.instanceOf(scanner.push(bytesOf("x"), []), SseOverflow)
  })

  it("counts a whole character at the end of a chunk at once, and a part of one with its rest", () => {
    for (const character of ["é", "한", "👋"]) {
      const bytes = bytesOf(`data: ${character}`)
      const limit = 5 + character.length
      assert.deepStrictEqual(make({ maxEventBytes: limit }).push(bytes, []), new SseOverflow(limit, limit + 1))
      const scanner = make({ maxEventBytes: limit })
      assert.isUndefined(scanner.push(bytes.subarray(0, -1), []))
      assert.deepStrictEqual(scanner.push(bytes.subarray(-1), []), new SseOverflow(limit, limit + 1))
    }
  })

  it("counts many lines of one event, empty ones and its name too", () => {
    assert.instanceOf(one("data:\n".repeat(200), { maxEventBytes: 100 }).overflow, SseOverflow)
    assert.instanceOf(
      one(`event: ${"e".repeat(60)}\ndata: ${"d".repeat(40)}\n`, { maxEventBytes: 100 }).overflow,
      SseOverflow
    )
  })

  it("does not count comments, unknown fields, or events before", () => {
    const input = ": ping\nfoo: bar\nevent: e\n".repeat(100) + "data: 0123456789\n\n".repeat(100)
    assert.strictEqual(one(input, { maxEventBytes: 30 }).frames.length, 100)
  })

  it("keeps the events before it and then stays stopped", () => {
    const scanner = make({ maxEventBytes: 20 })
    const frames: Array<SseFrame> = []
    const overflow = scanner.push(bytesOf(`data: a\n\ndata: ${"b".repeat(30)}\n\ndata: c\n\n`), frames)
    assert.instanceOf(overflow, SseOverflow)
    const seen = scanner.bytesSeen
    assert.strictEqual(scanner.push(bytesOf("data: d\n\n"), frames), overflow)
    assert.strictEqual(scanner.bytesSeen, seen)
    scanner.end(frames)
    assert.deepStrictEqual(
      frames.map((frame) => frame.data),
      ["a"]
    )
  })
})

describe("names of fields", () => {
  const framesOf = (text: string) => run([bytesOf(text)]).frames

  it.each(["dota", "daxa", "datx", "xata", "datá", "data2", "dat"])("%s is not data", (name) => {
    assert.deepStrictEqual(framesOf(`${name}: 1\n\n`), [])
    assert.deepStrictEqual(
      framesOf(`${name}: 1\ndata: 2\n\n`).map(({ data }) => data),
      ["2"]
    )
  })

  it("a value needs no space after the colon, and loses one alone", () => {
    assert.deepStrictEqual(framesOf("event:a\ndata:1\nid:7\n\n"), [{ event: "a", data: "1", id: "7" }])
    assert.deepStrictEqual(framesOf("event:  a\ndata:  1\nid:  7\n\n"), [{ event: " a", data: " 1", id: " 7" }])
    assert.deepStrictEqual(framesOf("event: a\ndata: 1\nid: 7\n\n"), [{ event: "a", data: "1", id: "7" }])
  })
})

describe("the size of an event", () => {
  const overflowOf = (limit: number, ...chunks: ReadonlyArray<string>) => {
    const scanner = make({ maxEventBytes: limit })
    const frames: Array<SseFrame> = []
    let overflow: SseOverflow | undefined
    for (const chunk of chunks) overflow = scanner.push(bytesOf(chunk), frames)
    return overflow
  }

  it("is that of all its lines", () => {
    // "data:12345" counts in full while it is read, and as its value and a line end afterwards
    assert.isUndefined(overflowOf(16, "data:12345\n", "data:12345\n"))
    assert.deepStrictEqual(overflowOf(15, "data:12345\n", "data:12345\n"), new SseOverflow(15, 16))
    assert.deepStrictEqual(overflowOf(15, "data:12345\n", "data:", "12345\n"), new SseOverflow(15, 16))
    assert.deepStrictEqual(overflowOf(15, "data:12345\ndata:12345\n"), new SseOverflow(15, 16))
    assert.deepStrictEqual(overflowOf(15, "data:12345\n", "data:12345"), new SseOverflow(15, 16))
  })

  it("includes its name, and that of the last one alone", () => {
    assert.isUndefined(overflowOf(16, "event:12345\n", "event:12345\n"))
    assert.deepStrictEqual(overflowOf(15, "event:12345\n", "event:12345\n"), new SseOverflow(15, 16))
    assert.isUndefined(overflowOf(16, "event:12345\n", "event:12345\n", "event:12345\n"))
  })

  it("starts again with each event", () => {
    assert.isUndefined(overflowOf(10, "data:12345\n\n", "data:12345\n\n", "data:12345\n\n"))
  })

  it("stays exceeded", () => {
    assert.deepStrictEqual(overflowOf(5, "data:12345\n", "\n"), new SseOverflow(5, 10))
  })
})
