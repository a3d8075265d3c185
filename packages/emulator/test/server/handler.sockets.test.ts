import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeEmulator, type RecordedRequest } from "../../src/Emulator.js"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"
import { base, deployments, post } from "../support.js"

let server: RunningEmulator

beforeAll(async () => {
  server = await listen()
})
afterAll(() => server.close())

const body = { model: "m", prompt: "Once", max_tokens: 4, seed: 1 }

describe("authentication", () => {
  const status = async (
    url: string,
    path: string,
    authorization?: string
  ): Promise<readonly [status: number, challenge: string | null]> => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
      body: JSON.stringify(body)
    })
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("x-request-id")).toMatch(/^req_/)
    const answer = (await response.json()) as { error?: { code: number } }
    if (response.status === 401) expect(answer.error?.code).toBe(401)
    return [response.status, response.headers.get("www-authenticate")]
  }

  it("accepts any token by default, and requires one on serverless and dedicated paths only", async () => {
    for (const deployment of deployments) {
      const path = `${base[deployment]}/completions`
      expect(await status(server.url, path, "Bearer abc")).toEqual([200, null])
      const none = deployment === "container" ? [200, null] : [401, "Bearer"]
      for (const header of [undefined, "Bearer ", "Basic abc"])
        expect(await status(server.url, path, header)).toEqual(none)
    }
  })

  it("accepts only the configured tokens, on every path", async () => {
    const guarded = await listen({ tokens: ["one", "two"] })
    for (const deployment of deployments) {
      const path = `${base[deployment]}/completions`
      expect((await status(guarded.url, path, "bearer two"))[0]).toBe(200)
      expect((await status(guarded.url, path, "Bearer three"))[0]).toBe(401)
      expect((await status(guarded.url, path))[0]).toBe(401)
    }
    expect(guarded.requests.map(({ authorized }) => authorized)).toEqual(
      deployments.flatMap(() => [true, false, false])
    )
    expect(JSON.stringify(guarded.requests)).not.toMatch(/two|three/)
    await guarded.close()
  })
})

describe("paths", () => {
  it("that do not exist, or with another method, get a 404 or 405 as JSON", async () => {
    const unknown = await post(fetch, `${server.url}/v2/tokenize`, {})
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ error: { code: 404 } })
    const get = await fetch(`${server.url}/v1/tokenize`)
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"])
    expect(await get.json()).toMatchObject({ error: { code: 405 } })
  })

  it("answer 413 when the body is too large", async () => {
    const small = makeEmulator({ maxBodyBytes: 100 })
    const response = await post(small.fetch, "http://emulator.test/v1/tokenize", { prompt: "x".repeat(200) })
    expect(response.status).toBe(413)
  })
})

describe("journal", () => {
  it("records requests in order, up to the limit, without secrets", async () => {
    const seen: Array<RecordedRequest> = []
    const emulator = makeEmulator({ journalLimit: 2, onRequest: (request) => seen.push(request) })
    for (const prompt of ["a", "b", "c"]) {
      const response = await post(
        emulator.fetch,
        "http://emulator.test/v1/tokenize?x=1",
        { prompt },
        {
          headers: { "x-friendli-team": "team-1", cookie: "c=1" }
        }
      )
      expect(response.headers.get("x-request-id")).toBe(emulator.requests.at(-1)?.requestId)
      const text = await response.text()
      expect(emulator.requests.at(-1)?.bytesSent).toBe(text.length)
    }
    expect(emulator.requests.map(({ body: received }) => received)).toEqual([{ prompt: "b" }, { prompt: "c" }])
    expect(emulator.requests.map(({ order }) => order)).toEqual([1, 2])
    expect(emulator.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/tokenize",
      headers: { "x-friendli-team": "team-1" },
      authorized: true,
      status: 200,
      aborted: false,
      finished: true
    })
    expect(Object.keys(emulator.requests[0]?.headers ?? {})).not.toContain("authorization")
    expect(Object.keys(emulator.requests[0]?.headers ?? {})).not.toContain("cookie")
    expect(seen.length).toBe(3)
    emulator.reset()
    expect(emulator.requests).toEqual([])
  })
})
