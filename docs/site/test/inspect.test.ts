import * as Option from "effect/Option"
import * as Util from "node:util"
import { describe, expect, it } from "vitest"
import { format, inspect } from "../run/inspect.js"

class Usage {
  readonly tokens = 3
}

const circular: Record<string, unknown> = { name: "a" }
circular["self"] = circular

const values: Readonly<Record<string, unknown>> = {
  "a text": "it's",
  "a text with both marks": `it's "so"`,
  "a text of two lines": "one\ntwo",
  numbers: [1, -0, 2n, Number.NaN],
  nothing: [undefined, null, true],
  "an object": { a: 1, "b-c": "text", [Symbol.for("d")]: undefined },
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
  "a value with its own text": Option.some(1)
}

describe("a value is printed as Node prints it", () => {
  for (const [name, value] of Object.entries(values)) {
    it(name, () => {
      expect(inspect(value)).toBe(Util.inspect(value))
    })
  }

  it("but an error is one line", () => {
    expect(format(["failed:", new TypeError("no")])).toBe("failed: TypeError: no")
  })

  it("and a circle ends", () => {
    expect(inspect(circular)).toBe("{ name: 'a', self: [Circular *1] }")
  })
})
