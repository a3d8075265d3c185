import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { durationText, makeLimits } from "../../src/server/limits.js"
import { post } from "../support.js"

const at = (options: Pick<EmulatorOptions, "requestsPerMinute" | "tokensPerMinute">) => {
  let time = 0
  const limits = makeLimits(options, () => time)
  return { limits, wait: (milliseconds: number) => (time += milliseconds) }
}

describe("makeLimits", () => {
  it("admits as many requests as there are, and more as time passes", () => {
    const { limits, wait } = at({ requestsPerMinute: 3 })
    expect([1, 2, 3].map(() => limits.admit())).toEqual([undefined, undefined, undefined])
    expect(limits.admit()).toEqual({ reason: "Rate limit reached: 3 requests per minute", retryAfter: 20 })
    wait(19_999)
    expect(limits.admit()?.retryAfter).toBe(1)
    wait(1)
    expect(limits.admit()).toBeUndefined()
    wait(600_000)
    expect([1, 2, 3, 4].map(() => limits.admit() === undefined)).toEqual([true, true, true, false])
  })

  it("lets an answer exceed the tokens, and makes later requests wait for them", () => {
    const { limits, wait } = at({ tokensPerMinute: 60 })
    expect(limits.admit()).toBeUndefined()
    limits.spend(90)
    expect(limits.headers()).toEqual({
      "x-ratelimit-limit-tokens": "60",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "1m30s"
    })
    expect(limits.admit()).toEqual({ reason: "Rate limit reached: 60 tokens per minute", retryAfter: 31 })
    wait(31_000)
    expect(limits.admit()).toBeUndefined()
  })

  it("tells what is left of both, and is full after a reset", () => {
    const { limits } = at({ requestsPerMinute: 60, tokensPerMinute: 6000 })
    limits.admit()
    limits.spend(25)
    expect(limits.headers()).toEqual({
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-limit-tokens": "6000",
      "x-ratelimit-remaining-tokens": "5975",
      "x-ratelimit-reset-tokens": "250ms"
    })
    limits.reset()
    expect(limits.headers()).toMatchObject({
      "x-ratelimit-remaining-requests": "60",
      "x-ratelimit-remaining-tokens": "6000",
      "x-ratelimit-reset-tokens": "0ms"
    })
    expect(at({}).limits.headers()).toEqual({})
  })

  it("writes times as the headers have them", () => {
    expect([0, 1, 999.2, 8500, 59_999, 60_000, 72_001].map(durationText)).toEqual([
      "0ms",
      "1ms",
      "1s",
      "8.5s",
      "59.999s",
      "1m0s",
      "1m13s"
    ])
  })
})

const url = "http://emulator.test/serverless/v1/chat/completions"
const body = { model: "m", messages: [{ role: "user", content: "Hello!" }], max_tokens: 5, min_tokens: 5, seed: 1 }

describe("an emulator with limits", () => {
  // Time stands still, so that nothing fills up while a test runs.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }))
  afterEach(() => void vi.useRealTimers())

  it("answers 429 with Retry-After, and tells on every answer what is left", async () => {
    const emulator = makeEmulator({ requestsPerMinute: 2 })
    const first = await post(emulator.fetch, url, body)
    expect([first.status, first.headers.get("x-ratelimit-remaining-requests")]).toEqual([200, "1"])
    const invalid = await post(emulator.fetch, url, { model: "m" })
    expect([invalid.status, invalid.headers.get("x-ratelimit-remaining-requests")]).toEqual([422, "0"])
    const limited = await post(emulator.fetch, url, body)
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "30"])
    expect(limited.headers.get("x-ratelimit-limit-requests")).toBe("2")
    expect(await limited.json()).toEqual({
      error: { message: "Rate limit reached: 2 requests per minute", type: "rate_limit_error", code: 429 }
    })
    expect(emulator.requests.at(-1)?.reason).toBe("Rate limit reached: 2 requests per minute")
  })

  it("does not count requests without an accepted token, and management calls", async () => {
    const emulator = makeEmulator({ requestsPerMinute: 1, tokens: ["good"] })
    expect((await post(emulator.fetch, url, body)).status).toBe(401)
    const authorization = { authorization: "Bearer good" }
    const status = "http://emulator.test/dedicated/beta/endpoint/e/status"
    expect((await emulator.fetch(status, { headers: authorization })).status).toBe(200)
    expect((await post(emulator.fetch, url, body, { headers: authorization })).status).toBe(200)
    expect((await post(emulator.fetch, url, body, { headers: authorization })).status).toBe(429)
  })

  it("counts the tokens of prompts and answers, whole and streamed, and keeps scopes apart", async () => {
    const emulator = makeEmulator({ tokensPerMinute: 1000 })
    const whole = await post(emulator.fetch, url, body)
    const { usage } = (await whole.json()) as { usage: { total_tokens: number } }
    expect(Number(whole.headers.get("x-ratelimit-remaining-tokens"))).toBe(1000 - usage.total_tokens)
    const streamed = await post(emulator.fetch, url, { ...body, stream: true })
    // At the head of a stream its prompt is known, and its answer is not.
    expect(Number(streamed.headers.get("x-ratelimit-remaining-tokens"))).toBeLessThan(1000 - usage.total_tokens - 5)
    await streamed.text()
    const other = await post(emulator.scope("a").fetch, url, body)
    expect(Number(other.headers.get("x-ratelimit-remaining-tokens"))).toBe(1000 - usage.total_tokens)
    const long = { model: "m", prompt: "word ".repeat(3000), max_tokens: 1 }
    expect((await post(emulator.fetch, "http://emulator.test/serverless/v1/completions", long)).status).toBe(200)
    const limited = await post(emulator.fetch, url, body)
    expect(limited.status).toBe(429)
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(60)
    emulator.reset()
    expect((await post(emulator.fetch, url, body)).status).toBe(200)
  })

  it("has no such header without limits", async () => {
    const response = await post(makeEmulator().fetch, url, body)
    expect([...response.headers.keys()].filter((name) => name.startsWith("x-ratelimit"))).toEqual([])
  })
})

describe("the context of a model", () => {
  const emulator = makeEmulator({ models: [{ id: "short", contextLength: 60 }, "long"] })
  const ask = async (more: object): Promise<readonly [status: number, text: string]> => {
    const response = await post(emulator.fetch, url, { ...body, ...more })
    return [response.status, await response.text()]
  }

  it("rejects a prompt that is longer, and names the length", async () => {
    const messages = [{ role: "user", content: "word ".repeat(100) }]
    const [status, text] = await ask({ model: "short", messages })
    expect(status).toBe(422)
    expect(text).toMatch(/This model's maximum context length is 60 tokens, but the prompt has 1\d\d tokens/)
    expect((await ask({ model: "long", messages }))[0]).toBe(200)
  })

  it("rejects a prompt that is too long together with the requested output", async () => {
    const [status, text] = await ask({ model: "short", max_tokens: 55 })
    expect(status).toBe(422)
    expect(text).toMatch(
      /maximum context length is 60 tokens, but the prompt has \d\d tokens and 55 output tokens were requested/
    )
    // Without a limit of the request the answer ends where the context ends.
    expect((await ask({ model: "short", max_tokens: null, min_tokens: null }))[0]).toBe(200)
  })
})
