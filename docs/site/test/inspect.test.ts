import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Util from "node:util"
import { describe, expect, it } from "vitest"
import { format } from "../run/inspect.js"

class Usage {
  readonly tokens = 3
}

class Point extends Data.Class<{ readonly x: number }> {}

class RateLimitError extends Data.TaggedError("RateLimitError")<{
  readonly message: string
  readonly retryAfter: Option.Option<number>
}> {}

const circular: Record<string, unknown> = { name: "a" }
circular["self"] = circular

const values: Readonly<Record<string, unknown>> = {
  "a text": ["it's"],
  "a text with both marks": [`it's "so"`],
  "a text of two lines": ["one\ntwo"],
  numbers: [1, -0, 2n, Number.NaN],
  nothing: [undefined, null, true],
  "an object": { a: 1, "b-c": "text", d: undefined },
  "an empty object": {},
  "an object without a prototype": Object.assign(Object.create(null) as object, { a: 1 }),
  "an instance": new Usage(),
  "a function": { run: () => 1, type: Usage },
  "a date": { at: new Date(0) },
  "a map and a set": [new Map([["a", { b: 1 }]]), new Set([1, 2])],
  bytes: new Uint8Array([1, 2, 3]),
  "what is too deep": { a: { b: { c: { d: 1 } }, list: [[[[1]]]] } },
  "three levels": { a: { b: { c: {} } } },
  "what is too deep, but empty": { a: { b: { list: [], map: new Map(), set: new Set([1]), own: new Usage() } } },
  "a line that is too long": { text: "x".repeat(60), other: "y".repeat(20) },
  "an answer of a chat": {
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 }
  },
  tokens: [128_000, 3923, 374, 1803, 1413, 15_592, 30],
  "many tokens": Array.from({ length: 120 }, (_, index) => index * 37),
  "many words": Array.from({ length: 9 }, (_, index) => "word".repeat((index % 3) + 1)),
  "a value with its own text": Option.some(1),
  "data of Effect": [
    Option.none(),
    Chunk.make(1, 2),
    Either.left("no"),
    new Point({ x: 1 }),
    Duration.seconds(1),
    Exit.fail("no"),
    Cause.fail("no")
  ],
  "data of Effect within an object": { choice: Option.some({ usage: { tokens: Option.some(1) } }) },
  "a circle": circular
}

describe("a value is printed as Node prints it", () => {
  for (const [name, value] of Object.entries(values)) {
    it(name, () => {
      expect(format([value])).toBe(Util.format(value))
    })
  }

  it("with the places of a text that values are put into", () => {
    expect(format(["%s has %d tokens, %j", "it", 3, { a: 1 }, "more"])).toBe('it has 3 tokens, {"a":1} more')
  })

  // Node has changed the brackets
  it("with keys that are symbols", () => {
    expect(format([{ [Symbol.for("d")]: undefined }])).toMatch(/^\{ \[?Symbol\(d\)\]?: undefined \}$/)
  })

  it("but an error is without its stack", () => {
    expect(format(["failed:", new TypeError("no")])).toBe("failed: TypeError: no")
    expect(format([{ list: [new TypeError("no")] }])).toBe("{\n  list: [\n    TypeError: no\n  ]\n}")
    const failure = new RateLimitError({ message: "too many requests", retryAfter: Option.some(1) })
    expect(format([failure])).toBe(
      [
        "RateLimitError: too many requests {",
        "  retryAfter: { _id: 'Option', _tag: 'Some', value: 1 },",
        "  _tag: 'RateLimitError'",
        "}"
      ].join("\n")
    )
  })

  it("also where another browser writes the stack", () => {
    const failure = new TypeError("no")
    failure.stack = "run@http://localhost:5173/run/runtime.js:1:20\n@http://localhost:5173/run/chunks/a.js:3:4\n"
    expect(format(["failed:", failure])).toBe("failed: TypeError: no")
  })
})
