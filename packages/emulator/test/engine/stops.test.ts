import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { StopText } from "../../src/engine/stops.js"

const shown = (
  parts: ReadonlyArray<string>,
  stops: ReadonlyArray<string>
): { text: string; stop: string | undefined } => {
  const scanner = new StopText(stops)
  let text = ""
  for (const part of parts) text += scanner.push(part)
  return { text: scanner.stop === undefined ? text + scanner.end() : text, stop: scanner.stop }
}

describe("StopText", () => {
  it("names the stop string that is complete first, or the longer of two at once", () => {
    expect(shown(["abcd"], ["cd", "bc"])).toEqual({ text: "a", stop: "bc" })
    expect(shown(["abcd"], ["cd", "bcd"])).toEqual({ text: "a", stop: "bcd" })
    expect(shown(["ab", "cd"], ["zz", ""])).toEqual({ text: "abcd", stop: undefined })
  })

  it("holds back the possible beginning of a stop string, and shows it when no stop string follows", () => {
    const text = new StopText(["END"])
    expect([text.push("the E"), text.push("N"), text.push("t"), text.end()]).toEqual(["the ", "", "ENt", ""])
  })

  it("shows the same text however it is split", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 12 })
    fc.assert(
      fc.property(
        fc.array(letters),
        fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 })),
        (parts, stops) => {
          const result = shown(parts, stops)
          expect(shown([...parts.join("")], stops)).toEqual(result)
          expect(parts.join("").startsWith(result.text + (result.stop ?? ""))).toBe(true)
          for (const stop of stops.filter((one) => one !== "")) expect(result.text).not.toContain(stop)
        }
      )
    )
  })
})
