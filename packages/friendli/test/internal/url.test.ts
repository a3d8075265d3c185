import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { encodePathSegment, joinUrl, normalizeBaseUrl, withoutCredentials } from "../../src/internal/url.js"

describe("normalizeBaseUrl", () => {
  const good: ReadonlyArray<readonly [input: string, url: string]> = [
    ["https://api.friendli.ai", "https://api.friendli.ai"],
    ["https://api.friendli.ai/", "https://api.friendli.ai"],
    ["https://api.friendli.ai///", "https://api.friendli.ai"],
    [" \n\thttp://localhost:8000/\n", "http://localhost:8000"],
    ["HTTPS://API.Friendli.AI:443/v1", "https://api.friendli.ai/v1"],
    ["http://[::1]:8000", "http://[::1]:8000"],
    ["http://gateway/proxy/friendli/", "http://gateway/proxy/friendli"],
    ["http://gateway/a b", "http://gateway/a%20b"],
    ["http://gateway/@scope", "http://gateway/@scope"],
    ["http://gateway/a/../b/", "http://gateway/b"]
  ]

  const bad: ReadonlyArray<readonly [input: string, says: string]> = [
    ["", "empty"],
    ["  ", "empty"],
    ["localhost:8000", "http://"],
    ["/v1", "http://"],
    ["ftp://host", "http://"],
    ["file:///etc/passwd", "http://"],
    ["javascript:alert(1)", "http://"],
    ["https:host", "http://"],
    ["xhttps://host", "http://"],
    ["see https://host", "http://"],
    ["https:///me:pw@host", "credentials"],
    ["https:/host", "http://"],
    ["https://", "valid"],
    ["https://?", "valid"],
    ["https://exa mple.com", "valid"],
    ["https://host:99999", "valid"],
    ["https://ho\nst", "control"],
    ["https://host/\u0000", "control"],
    ["https://host/a\tb", "control"],
    ["https://host\\path", "backslash"],
    ["https://host?key=sesame", "query"],
    ["https://host/?", "query"],
    ["https://host/#sesame", "fragment"],
    ["https://host#", "fragment"],
    ["https://me:sesame@host", "credentials"],
    ["https://sesame@host", "credentials"],
    ["https://@host", "credentials"],
    ["https://:sesame@host/?", "credentials"]
  ]

  for (const [input, url] of good) {
    it(`${JSON.stringify(input)}`, () => {
      assert.deepStrictEqual(normalizeBaseUrl(input), { ok: true, url })
    })
  }

  for (const [input, says] of bad) {
    it(`rejects ${JSON.stringify(input)}`, () => {
      const result = normalizeBaseUrl(input)
      assert.isFalse(result.ok)
      if (result.ok) return
      assert.include(result.message, says)
      assert.notInclude(result.message, "sesame")
    })
  }
})

describe("joinUrl", () => {
  it("puts one slash between", () => {
    for (const [base, paths, url] of [
      ["https://h", ["/serverless", "/v1/chat/completions"], "https://h/serverless/v1/chat/completions"],
      ["https://h/", ["serverless/", "/v1/"], "https://h/serverless/v1"],
      ["https://h/p", ["", "/", "//", "v1"], "https://h/p/v1"],
      ["https://h", [], "https://h"]
    ] as const) {
      assert.strictEqual(joinUrl(base, ...paths), url)
    }
  })
})

describe("encodePathSegment", () => {
  const table: ReadonlyArray<readonly [segment: string, encoded: string | undefined]> = [
    ["dep-1_a.b~c", "dep-1_a.b~c"],
    ["a/b", "a%2Fb"],
    ["a\\b", "a%5Cb"],
    ["?x#y", "%3Fx%23y"],
    ["한", "%ED%95%9C"],
    ["%2e%2e", "%252e%252e"],
    ["...", "..."],
    ["../x", "..%2Fx"],
    ["\ud800", "%EF%BF%BD"],
    ["👋", "%F0%9F%91%8B"],
    [" .. ", "%20..%20"],
    ["", undefined],
    [".", undefined],
    ["..", undefined]
  ]
  for (const [segment, encoded] of table) {
    it(`${JSON.stringify(segment)}`, () => {
      assert.strictEqual(encodePathSegment(segment), encoded)
    })
  }

  it("can be decoded again, and never throws", () => {
    fc.assert(
      fc.property(fc.fullUnicodeString({ minLength: 1 }), (segment) => {
        const encoded = encodePathSegment(segment)
        if (encoded === undefined) assert.include([".", ".."], segment)
        else assert.strictEqual(decodeURIComponent(encoded), segment)
      })
    )
    fc.assert(
      fc.property(fc.string16bits({ minLength: 1 }), (segment) => {
        assert.match(encodePathSegment(segment) ?? "", /^[\w.!~*'()%-]*$/)
      })
    )
  })
})

describe("withoutCredentials", () => {
  const table: ReadonlyArray<readonly [url: string, shown: string]> = [
    ["https://host/v1/x", "https://host/v1/x"],
    ["https://me:sesame@host:8443/v1?key=sesame#sesame", "https://host:8443/v1"],
    ["https://sesame@host", "https://host/"],
    ["https://me:ses/ame@host/v1", "https://host/v1"],
    ["https://me:ses?ame@host/v1?sesame", "https://host/v1"],
    ["https://me:p@sesame@host:99999/v1", "https://host:99999/v1"],
    ["me:sesame@host/v1", "host/v1"],
    ["//me:sesame@host/v1", "host/v1"],
    ["/v1/chat?key=sesame", "/v1/chat"],
    ["ftp://me:sesame@host/x", "ftp://host/x"],
    ["not a url", "not a url"],
    ["", ""]
  ]
  for (const [url, shown] of table) {
    it(`${JSON.stringify(url)}`, () => {
      assert.strictEqual(withoutCredentials(url), shown)
    })
  }

  it("never shows a password, whatever it is made of", () => {
    fc.assert(
      fc.property(
        fc.fullUnicodeString(),
        fc.fullUnicodeString(),
        fc.constantFrom("/", "", "/v1/a"),
        (before, after, path) => {
          // The secret's own mark survives any percent-encoding; an `/` before it in a valid URL would make it a path.
          const password = `${before.replace(/[/\\?#]/g, "")}SESAME${after}`
          const url = `https://me:${password}@host${path}`
          let parsed: URL | undefined
          try {
            parsed = new URL(url)
          } catch {
            parsed = undefined
          }
          fc.pre(parsed === undefined || parsed.host === "host")
          assert.notInclude(withoutCredentials(url), "SESAME")
        }
      ),
      { numRuns: 300 }
    )
  })
})

describe("withoutCredentials, where the text is no URL of the web", () => {
  it.each([
    ["ftp://h/x", "ftp://h/x"],
    ["ftp://me:pw@h/x?key=1#y", "ftp://h/x"],
    ["not a url", "not a url"],
    ["see https://me:pw@h", "h"],
    ["me:p/w?#@h/x?y", "h/x"]
  ])("%s becomes %s", (url, shown) => {
    assert.strictEqual(withoutCredentials(url), shown)
  })
})
