/**
 * Any text as a URL.
 */
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { encodePathSegment, joinUrl, normalizeBaseUrl, withoutCredentials } from "../../src/internal/url.js"

describe("normalizeBaseUrl", () => {
  it("gives a clean URL that it leaves alone, or a message, for any text", () => {
    const text = fc.oneof(
      fc.fullUnicodeString(),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.stringOf(
        fc.constantFrom("http", "https", ":", "/", "//", "@", "?", "#", "a", ".", "..", "%", "%2e", " ", "\\", "é")
      )
    )
    fc.assert(
      fc.property(
        text.chain((tail) => fc.constantFrom(tail, `https://${tail}`)),
        (input) => {
          const result = normalizeBaseUrl(input)
          if (!result.ok) {
            assert.isAbove(result.message.length, 10)
            return
          }
          assert.deepStrictEqual(normalizeBaseUrl(result.url), result)
          const url = new URL(result.url)
          assert.strictEqual(url.username + url.password + url.search + url.hash, "")
          assert.isFalse(result.url.endsWith("/"))
          assert.strictEqual(withoutCredentials(`${result.url}/`), `${result.url}/`)
        }
      ),
      { numRuns: 500 }
    )
  })
})

describe("joinUrl", () => {
  it("keeps every encoded segment in its place under the base", () => {
    fc.assert(
      fc.property(fc.array(fc.fullUnicodeString({ minLength: 1 }), { minLength: 1, maxLength: 4 }), (segments) => {
        const encoded = segments.map(encodePathSegment).filter((segment) => segment !== undefined)
        const url = new URL(joinUrl("https://host/base", ...encoded))
        assert.strictEqual(url.origin + url.search + url.hash, "https://host")
        assert.deepStrictEqual(url.pathname.split("/").slice(1), ["base", ...encoded])
      }),
      { numRuns: 300 }
    )
  })
})
