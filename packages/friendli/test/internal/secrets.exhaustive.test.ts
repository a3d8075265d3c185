/**
 * Echoes of any prompt and of any credential, in any writing, and in long and many texts.
 */
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { redact, scrub, search, searching, secretsOf } from "../../src/internal/secrets.js"
import { escaped, hasWord, isWhole, scrubbed, secretsWith, survivors, text } from "./secrets.support.js"

/** Ways in which servers write down what they were sent. */
const writings: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  "as JSON": (text) => JSON.stringify(text),
  "as JSON in ASCII": escaped,
  "as JSON in JSON in JSON": (text) => JSON.stringify({ a: JSON.stringify({ b: JSON.stringify(text) }) }),
  "as JSON with escaped slashes": (text) => JSON.stringify(text).replaceAll("/", "\\/"),
  "as Python prints it": (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`,
  "in a URL": (text) => encodeURIComponent(text),
  "in a form": (text) => new URLSearchParams({ q: text }).toString(),
  "in a page": (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;")
}

/** A request with the text in one of the places where texts are. */
const requests: ReadonlyArray<(text: string) => unknown> = [
  (prompt) => ({ prompt }),
  (content) => ({ model: "m", messages: [{ role: "user", content: [{ type: "text", text: content }] }] }),
  (description) => ({ tools: [{ type: "function", function: { name: "f", description } }] }),
  (content) => [{}, { extra: { deep: [[content]] } }],
  (key) => ({ metadata: { [`${key} `]: 1 } }),
  (value) => ({ messages: [{ role: value, name: value, content: "" }] })
]

describe("echoes of the request", () => {
  const ways = Object.entries(writings)

  for (const [name, write] of ways) {
    it(`no 12 characters of a prompt survive ${name}`, () => {
      fc.assert(
        fc.property(
          text,
          fc.nat({ max: 40 }),
          fc.nat({ max: 60 }),
          fc.constantFrom(...requests.slice(0, 4)),
          fc.string({ maxLength: 20 }),
          (prompt, from, length, request, around) => {
            const part = prompt.slice(from, from + length)
            fc.pre(isWhole(part))
            const shown = scrubbed(`${around} ${write(part)} ${around}`, request(prompt))
            assert.deepStrictEqual(survivors(shown, prompt), [])
            // nor of the part as it was written
            if (name === "as it is" && part.length >= 12 && hasWord(part.slice(0, 12))) assert.notInclude(shown, part)
          }
        ),
        { numRuns: 300 }
      )
    })
  }

  it("are found wherever they begin and end, in whichever field", () => {
    const prompt = "Why do 7 zebras yawn at quokkas?"
    for (const request of requests) {
      for (let from = 0; from + 12 <= prompt.length; from++) {
        for (let to = from + 12; to <= prompt.length; to++) {
          const part = prompt.slice(from, to)
          assert.strictEqual(scrubbed(`bad:»${part}`, request(prompt)), "bad:»<redacted>", part)
        }
      }
    }
  })

  it("are found in every text of an error, searched together or alone", () => {
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 5 }), (prompt, others) => {
        const texts = [...others, `${others[0] ?? ""}${prompt}`, `x${prompt.slice(0, 14)}`]
        const together = secretsWith({ prompt })
        search(together, texts)
        for (const each of texts) assert.strictEqual(scrub(each, together), scrubbed(each, { prompt }))
      })
    )
  })

  it("leave the rest as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.fullUnicodeString()), text, (parts, prompt) => {
        const words = parts.map((part) => part.replace(/./gu, "·"))
        assert.strictEqual(scrubbed(words.join(" "), { prompt }), words.join(" "))
      })
    )
    const prompt = "Why do zebras yawn at quokkas?"
    assert.strictEqual(
      scrubbed(`At 3: “${prompt}”, twice: ${prompt}!`, { prompt }),
      "At 3: “<redacted>”, twice: <redacted>!"
    )
    // neighbours that only together make 12 characters of the prompt
    assert.strictEqual(scrubbed("Why do zebr and as yawn at", { prompt }), "Why do zebr and as yawn at")
  })
})

describe("credentials", () => {
  it("never survive, in whatever form", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[!-~]{8,60}$/),
        fc.constantFrom(...Object.values(writings)),
        fc.string({ maxLength: 20 }),
        (credential, write, around) => {
          const shown = scrubbed(`${around}${write(credential)}${around}`, {}, credential)
          assert.notInclude(shown, credential)
          assert.deepStrictEqual(survivors(shown, credential), [])
          assert.notInclude(
            redact(`${around}${credential}${around}`, secretsOf({}, undefined, [credential])),
            credential
          )
        }
      ),
      { numRuns: 500 }
    )
  })
})

describe("long texts", () => {
  it("are found in texts that repeat themselves, of any letters, also far from the beginning", () => {
    for (const [filler, part] of [
      ["the same again and ", "but here something else"],
      ["안녕하세요 반갑습니다 ", "여기는 조금 다른 말이 있습니다"],
      ["Ă", "Ă".repeat(14)],
      ["\u0000", "\u0000\u0000not nothing at all"],
      ["a", `${"a".repeat(8)}b${"a".repeat(8)}`]
    ] as const) {
      const prompt = `${filler.repeat(20_000)}${part}${filler.repeat(20_000)}`
      for (const before of ["", filler.slice(-5), filler.repeat(2).slice(-11)]) {
        const said = `${filler.slice(0, 4)}; ${before}${part} - ${filler.slice(0, 8)}`
        assert.deepStrictEqual(
          survivors(scrubbed(said, { prompt }), `${filler.repeat(3)}${part}${filler.repeat(3)}`),
          []
        )
      }
    }
  })

  it("that were searched are kept for the next attempt, some hundreds of them", () => {
    const secrets = secretsWith({ prompt: text })
    for (let at = 0; at < 1000; at++) scrub(`${at} ${text}`, secrets)
    assert.isAtMost(secrets.scrubbed.size, 300)
    assert.isAtLeast(secrets.scrubbed.size, 2)
    search(secrets, ["", ""])
    assert.isFalse(secrets.scrubbed.has(""))
    assert.strictEqual(scrub("", secrets), "")
  })

  it("are searched in parts, and each part is a few milliseconds", () => {
    const filler = "some words that the server did not say. "
    const step = searching(secretsWith([filler.repeat(100_000), text]), [`no ${text}`])
    let steps = 1
    while (!step()) steps++
    assert.isAbove(steps, 5)
    const many = searching(secretsWith(Array.from({ length: 200_000 }, (_, at) => `${at} x`)), [`no ${text}`])
    assert.isFalse(many())
    assert.isTrue(searching(secretsWith({ prompt: text }), [])())
  })
})
