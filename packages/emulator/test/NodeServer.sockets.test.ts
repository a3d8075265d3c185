import * as http from "node:http"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeEmulator } from "../src/Emulator.js"
import { listen, type RunningEmulator } from "../src/NodeServer.js"
import { eventually, post, raw } from "./support.js"

let server: RunningEmulator

beforeAll(async () => {
  server = await listen()
})
afterAll(() => server.close())

const body = { model: "m", prompt: "Once", max_tokens: 4, seed: 1 }
const long = { ...body, max_tokens: 50_000, min_tokens: 50_000 }

describe("a client that disconnects", () => {
  it("stops the generation of a stream when it closes its socket", async () => {
    const local = await listen({ tokensPerSecond: 500 })
    const answer = await raw(local.port, "/v1/completions", { ...long, stream: true }, {}, (text) =>
      text.includes("data: ")
    )
    expect(answer.text).toContain("200 OK")
    const record = local.requests[0]
    await eventually(() => record?.aborted === true && local.openConnections === 0)
    const { tokensGenerated } = record ?? {}
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(record?.tokensGenerated).toBe(tokensGenerated)
    expect(tokensGenerated).toBeLessThan(50_000)
    await local.close()
  })

  it("stops the generation when it cancels the body of a fetch", async () => {
    const response = await post(fetch, `${server.url}/v1/completions`, { ...long, stream: true })
    const record = server.requests.at(-1)
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await eventually(() => record?.aborted === true)
    expect(record?.tokensGenerated).toBeLessThan(50_000)
  })

  it("stops the generation of an answer that is not streamed, without a pace too", async () => {
    const controller = new AbortController()
    const call = post(fetch, `${server.url}/v1/completions`, long, { signal: controller.signal })
    await eventually(() => (server.requests.at(-1)?.tokensGenerated ?? 0) > 16)
    const record = server.requests.at(-1)
    controller.abort()
    await expect(call).rejects.toThrow("abort")
    await eventually(() => record?.aborted === true)
    expect(record?.tokensGenerated).toBeLessThan(50_000)
  })

  it("gets an AbortError in process, before the head and in the body", async () => {
    const emulator = makeEmulator({ tokensPerSecond: 200 })
    const url = "http://emulator.test/v1/completions"
    const early = new AbortController()
    const call = post(emulator.fetch, url, long, { signal: early.signal })
    await eventually(() => (emulator.requests[0]?.tokensGenerated ?? 0) > 0)
    early.abort()
    await expect(call).rejects.toMatchObject({ name: "AbortError" })

    const late = new AbortController()
    const response = await post(emulator.fetch, url, { ...long, stream: true }, { signal: late.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    late.abort()
    await expect(
      (async () => {
        for (;;) await reader?.read()
      })()
    ).rejects.toMatchObject({ name: "AbortError" })
    expect(emulator.requests.map(({ aborted, finished }) => [aborted, finished])).toEqual([
      [true, true],
      [true, true]
    ])
  })

  it("causes no generation when it does not read the body", async () => {
    const emulator = makeEmulator()
    const response = await post(emulator.fetch, "http://emulator.test/v1/completions", { ...long, stream: true })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(emulator.requests[0]?.tokensGenerated).toBe(0)
    await response.body?.cancel()
    expect(emulator.requests[0]?.aborted).toBe(true)
  })
})

describe("listen", () => {
  it("keeps a connection open for several calls, and counts connections", async () => {
    const local = await listen()
    const agent = new http.Agent({ keepAlive: true })
    const call = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json" }
        const request = http.request(`${local.url}/v1/completions`, { method: "POST", agent, headers }, (response) => {
          response.resume()
          // The agent gets its socket back one tick after the end.
          response.on("end", () => setImmediate(resolve))
        })
        request.on("error", reject)
        request.end(JSON.stringify({ ...body, stream: true }))
      })
    for (let count = 0; count < 3; count++) await call()
    expect([local.connectionsAccepted, local.openConnections]).toEqual([1, 1])
    await local.close()
    await local.close()
    expect(local.openConnections).toBe(0)
    agent.destroy()
    await expect(fetch(local.url)).rejects.toThrow("fetch failed")
  })

  it("listens on the loopback address and rejects a port in use", async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    await expect(listen({ port: server.port })).rejects.toMatchObject({ code: "EADDRINUSE" })
  })

  it("generates tokens at the configured pace", async () => {
    const paced = makeEmulator({ tokensPerSecond: 100 })
    const started = performance.now()
    await (
      await post(paced.fetch, "http://emulator.test/v1/completions", { ...body, max_tokens: 6, min_tokens: 6 })
    ).text()
    expect(performance.now() - started).toBeGreaterThan(55)
  })
})
