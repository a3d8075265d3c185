import { describe, expect, it } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { eventually, mismatch, post, read } from "../support.js"

const origin = "http://emulator.test"

interface Status {
  readonly status: string
  readonly phase: string | null
  readonly createdAt: string
  readonly updatedAt: string | null
}

const start = (options: EmulatorOptions = {}) => {
  const emulator = makeEmulator(options)
  const ask = (method: string, path: string, headers: Record<string, string> = { authorization: "Bearer t" }) =>
    emulator.fetch(`${origin}/dedicated/beta/endpoint/${path}`, { method, headers })
  const tell = async (method: string, path: string): Promise<Status> => {
    const response = await ask(method, path)
    expect(response.status).toBe(200)
    const value = (await response.json()) as Status
    expect(mismatch("DedicatedEndpointStatus", value)).toBeUndefined()
    return value
  }
  const tokenize = (model: string) =>
    post(emulator.fetch, `${origin}/dedicated/v1/tokenize`, { model, prompt: "Hello!" })
  return { ...emulator, ask, tell, tokenize }
}

const days = 86_400_000

describe("an endpoint that sleeps", () => {
  it("answers 503 until it has been woken and runs", async () => {
    const { tell, tokenize } = start({ endpoints: { asleep: ["ep"], wakeTime: 20 } })
    const rejected = await tokenize("ep")
    expect([rejected.status, rejected.headers.get("retry-after")]).toEqual([503, null])
    expect(await rejected.json()).toEqual({
      error: { message: "The endpoint sleeps", type: "overloaded_error", code: 503 }
    })
    expect((await tokenize("ep:adapter")).status).toBe(503)
    expect((await tokenize("other")).status).toBe(200)
    expect((await tell("GET", "ep/status")).status).toBe("SLEEPING")

    await tell("PUT", "ep/wake")
    let served = 503
    await eventually(() => {
      void tokenize("ep").then(({ status }) => (served = status))
      return served === 200
    })
    const { phase, status } = await tell("GET", "ep/status")
    expect([status, phase]).toEqual(["RUNNING", null])
  })

  it("runs after its wake time, however often it is woken", async () => {
    const { tell, tokenize } = start({ endpoints: { asleep: ["ep"], wakeTime: days, retryAfter: 3 } })
    const woken = await tell("PUT", "ep/wake")
    const vector = read("dedicated.endpoint.wake.response.json")
    expect([woken.status, woken.phase]).toEqual([vector["status"], vector["phase"]])
    expect(await tell("PUT", "ep/wake")).toEqual(woken)
    const rejected = await tokenize("ep")
    expect([rejected.status, rejected.headers.get("retry-after")]).toEqual([503, "3"])
    expect(await rejected.text()).toContain("waking up")
  })

  it("can be put to sleep again; a reset restores the state at the start", async () => {
    const { reset, tell, tokenize } = start({ endpoints: { asleep: ["ep"], wakeTime: 0 } })
    expect((await tell("PUT", "ep/wake")).status).toBe("RUNNING")
    expect((await tokenize("ep")).status).toBe(200)
    expect((await tell("PUT", "ep/sleep")).status).toBe(read("dedicated.endpoint.sleep.response.json")["status"])
    expect((await tell("PUT", "other/sleep")).status).toBe("SLEEPING")
    expect([(await tokenize("ep")).status, (await tokenize("other")).status]).toEqual([503, 503])
    await tell("PUT", "ep/wake")
    reset()
    expect([(await tokenize("ep")).status, (await tokenize("other")).status]).toEqual([503, 200])
  })

  it("rejects an invalid request with 422, not 503", async () => {
    const { fetch } = start({ endpoints: { asleep: ["ep"] } })
    expect((await post(fetch, `${origin}/dedicated/v1/tokenize`, { model: "ep" })).status).toBe(422)
  })

  it("affects dedicated paths only", async () => {
    const { fetch } = start({ endpoints: { asleep: ["ep"] } })
    for (const path of ["/serverless/v1/tokenize", "/v1/tokenize"]) {
      expect((await post(fetch, origin + path, { model: "ep", prompt: "x" })).status).toBe(200)
    }
  })
})

describe("management paths", () => {
  it.each(["wake", "sleep", "get_status"])("have %s at the path of the contract", async (name) => {
    const { fetch } = start()
    const { full } = read(`dedicated.endpoint.${name}.http.json`) as {
      full: { method: string; url: string; headers: Record<string, string> }
    }
    const { method, headers } = full
    const response = await fetch(origin + new URL(full.url).pathname, { method, headers })
    expect(response.status).toBe(200)
    expect(mismatch("DedicatedEndpointStatus", await response.json())).toBeUndefined()
  })

  it("accept any id, percent-encoded", async () => {
    const { tell, tokenize } = start()
    await tell("PUT", "a%2Fb%20c/sleep")
    expect((await tokenize("a/b c")).status).toBe(503)
    expect((await tokenize("a")).status).toBe(200)
  })

  it("require an accepted token", async () => {
    const { ask, requests } = start({ tokens: ["good"], endpoints: { asleep: ["ep"] } })
    expect((await ask("PUT", "ep/wake", {})).status).toBe(401)
    expect((await ask("PUT", "ep/wake", { authorization: "Bearer bad" })).status).toBe(401)
    const status = await ask("GET", "ep/status", { authorization: "Bearer good" })
    expect(((await status.json()) as Status).status).toBe("SLEEPING")
    expect(requests.map(({ authorized }) => authorized)).toEqual([false, false, true])
  })

  it("accept one method each", async () => {
    const { ask } = start()
    for (const [method, path, allowed] of [
      ["POST", "ep/wake", "PUT"],
      ["GET", "ep/sleep", "PUT"],
      ["PUT", "ep/status", "GET"]
    ] as const) {
      const response = await ask(method, path)
      expect([response.status, response.headers.get("allow")]).toEqual([405, allowed])
    }
    for (const path of ["ep/snooze", "%ff/wake", "a/b/wake"]) expect((await ask("PUT", path)).status).toBe(404)
  })

  it("apply faults", async () => {
    const { ask, faults } = start()
    faults.enqueue({ status: 403 })
    expect((await ask("PUT", "ep/wake")).status).toBe(403)
    expect((await ask("PUT", "ep/wake")).status).toBe(200)
  })
})
