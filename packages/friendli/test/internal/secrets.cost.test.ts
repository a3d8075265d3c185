import { assert, describe, it } from "vitest"
import * as Secrets from "../../src/internal/secrets.js"

describe("the cost", () => {
  /** Milliseconds of processor time, the best of three. */
  const cost = (work: () => unknown): number =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const before = process.cpuUsage()
        work()
        const { system, user } = process.cpuUsage(before)
        return (user + system) / 1000
      })
    )
  const words = "Invalid schema, the value of this field should be a string; see the documentation. "
  const issues = Array.from({ length: 30 }, (_, at) => `messages.${at}.content: ${words.repeat(3)}`)
  const plain = Array.from(
    { length: 80_000 },
    (_, at) => `${at * 7919} should be read of many strings in documents`
  ).join(" ")

  const requests: Readonly<Record<string, () => unknown>> = {
    "an image": () => ({ url: `data:image/png;base64,${"iVBORw0KGgoAAAANSUhEUgAAAAUA".repeat(370_000)}` }),
    "plain text": () => ({ content: plain.repeat(3).slice(0, 10_000_000) }),
    "equal letters": () => ({ content: "a".repeat(10_000_000) }),
    "Korean letters": () => ({ content: "안녕하세요 반갑습니다 ".repeat(90_000) }),
    "a million numbers": () => ({ tokens: Array.from({ length: 1_000_000 }, (_, at) => at) }),
    "a hundred thousand words": () => ({ input: Array.from({ length: 100_000 }, (_, at) => `w ${at}`) })
  }
  for (const [name, make] of Object.entries(requests)) {
    it(`of ${name}, 10 MB or so, in an error with 30 issues is less than that of a naive search by far`, () => {
      const request = make()
      for (const texts of [issues, [plain.slice(0, 8192)], ["a".repeat(8192), `${"a".repeat(11)}b`.repeat(600)]]) {
        assert.isBelow(
          cost(() =>
            Secrets.search(
              Secrets.make(() => [], request),
              texts
            )
          ),
          1500
        )
      }
    })
  }
})
