/**
 * The golden vectors of the other deployments, and what sampling changes.
 */
import { describe, expect, it } from "vitest"
import { sea, send, textOf, vectorTests } from "./messages.support.js"

vectorTests(["dedicated", "container"])

describe("text", () => {
  it("depends on temperature, top_k and top_p", async () => {
    const texts = async (sampling: object): Promise<number> => {
      const asked = Array.from({ length: 6 }, () => send({ ...sea, max_tokens: 30, ...sampling }))
      return new Set((await Promise.all(asked)).map(textOf)).size
    }
    expect(await texts({ temperature: 0 })).toBe(1)
    expect(await texts({ temperature: 2, top_k: 1 })).toBe(1)
    expect(await texts({ temperature: 1, top_p: 0.000_001 })).toBe(1)
    expect(await texts({ temperature: 2 })).toBeGreaterThan(1)
  })
})
