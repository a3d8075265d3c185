/**
 * Any text is what its tokens say.
 */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { post } from "../support.js"
import { chat, fetch, origin, satisfies, weather } from "./generation.support.js"

describe("tokens", () => {
  it("detokenize is the inverse of tokenize", () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 40 }), async (prompt) => {
        const { tokens } = (await (await post(fetch, `${origin}/v1/tokenize`, { prompt })).json()) as {
          tokens: Array<number>
        }
        expect(await (await post(fetch, `${origin}/v1/detokenize`, { tokens })).json()).toEqual({ text: prompt })
      }),
      { numRuns: 40 }
    ))
})

describe("chat", () => {
  it("satisfies every response format", async () => {
    const content = async (response_format: object, seed = 7): Promise<string> =>
      (await chat({ response_format, seed })).choices[0]?.message.content ?? ""
    expect(await content({ type: "text" })).toMatch(/\S/)
    expect(typeof JSON.parse(await content({ type: "json_object" }))).toBe("object")
    expect(await content({ type: "regex", schema: "[0-9]{4}-[0-9]{2}" })).toMatch(/^[0-9]{4}-[0-9]{2}$/)
    const { parameters: schema } = weather.function
    for (const seed of [1, 2, 3]) {
      expect(satisfies(schema, await content({ type: "json_schema", json_schema: { schema } }, seed))).toBe(true)
    }
  })
})
