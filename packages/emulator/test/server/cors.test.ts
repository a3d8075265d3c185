import { describe, expect, it } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { isLoopback, isLoopbackOrigin } from "../../src/server/cors.js"
import { post } from "../support.js"

const url = "http://emulator.test/v1/tokenize"
const page = "http://localhost:5173"

const ask = (cors: EmulatorOptions["cors"], origin: string | undefined, path = url): Promise<Response> =>
  post(
    makeEmulator(cors === undefined ? {} : { cors }).fetch,
    path,
    { prompt: "a" },
    { headers: origin === undefined ? {} : { origin } }
  )

const preflight = (cors: EmulatorOptions["cors"], headers: Record<string, string> = {}): Promise<Response> =>
  makeEmulator(cors === undefined ? {} : { cors }).fetch(url, {
    method: "OPTIONS",
    headers: { origin: page, "access-control-request-method": "POST", ...headers }
  })

const allowed = (response: Response): string | null => response.headers.get("access-control-allow-origin")

describe("an answer to a page of another origin", () => {
  it("can be read by every page by default, with its id and its limits", async () => {
    const response = await ask(undefined, page)
    expect([response.status, allowed(response)]).toEqual([200, "*"])
    const exposed = response.headers.get("access-control-expose-headers")?.split(", ")
    expect(exposed).toEqual(
      expect.arrayContaining([
        "x-request-id",
        "retry-after",
        "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-requests"
      ])
    )
  })

  it("can be read when it is an error or a fault", async () => {
    expect(allowed(await ask(undefined, page, "http://emulator.test/nothing"))).toBe("*")
    const emulator = makeEmulator()
    emulator.faults.enqueue({ status: 503 })
    const response = await post(emulator.fetch, url, { prompt: "a" }, { headers: { origin: page } })
    expect([response.status, allowed(response)]).toEqual([503, "*"])
  })

  it("can be read by the listed origins only, and says that it depends on the origin", async () => {
    const listed = await ask([page], page)
    expect([allowed(listed), listed.headers.get("vary")]).toEqual([page, "origin"])
    const other = await ask([page], "http://localhost:9999")
    expect([other.status, allowed(other), other.headers.get("vary")]).toEqual([200, null, "origin"])
  })

  it("cannot be read by any page when CORS is off", async () => {
    const response = await ask(false, page)
    expect([response.status, allowed(response), response.headers.get("vary")]).toEqual([200, null, null])
    expect((await preflight(false)).status).toBe(405)
  })

  it("has no such header for a client that is no browser", async () => {
    const response = await ask(undefined, undefined)
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([])
  })
})

describe("a preflight", () => {
  it("is answered with the methods and with the headers that it asks for", async () => {
    const response = await preflight(undefined, { "access-control-request-headers": "authorization,x-stainless-lang" })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toEqual({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
      "access-control-allow-headers": "authorization,x-stainless-lang",
      "access-control-max-age": "7200"
    })
  })

  it("allows a page of a public address to reach the loopback address when the browser asks for it", async () => {
    const response = await preflight([page], { "access-control-request-private-network": "true" })
    expect(response.headers.get("access-control-allow-private-network")).toBe("true")
    expect(allowed(response)).toBe(page)
  })

  it("takes no fault, and is not recorded", async () => {
    const emulator = makeEmulator()
    emulator.faults.enqueue({ status: 500 })
    const headers = { origin: page, "access-control-request-method": "POST" }
    expect((await emulator.fetch(url, { method: "OPTIONS", headers })).status).toBe(204)
    expect([emulator.faults.pending.length, emulator.requests.length]).toEqual([1, 0])
  })
})

describe("the loopback address", () => {
  it("is recognized as a host and as an origin", () => {
    expect(["localhost", "127.0.0.1", "127.1.2.3", "::1"].map(isLoopback)).toEqual([true, true, true, true])
    expect(["0.0.0.0", "::", "example.com", "127.0.0.1.example.com", "10.0.0.1"].some(isLoopback)).toBe(false)
    expect([page, "https://[::1]:3000", "http://app.localhost"].every(isLoopbackOrigin)).toBe(true)
    expect(["null", "https://localhost.example.com", "https://example.com"].some(isLoopbackOrigin)).toBe(false)
  })
})
