import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"
import { post } from "../support.js"

let server: RunningEmulator
beforeAll(async () => {
  server = await listen()
})
afterAll(() => server.close())

const control = (
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {}
): Promise<Response> =>
  fetch(`${server.url}/_emulator${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })

describe("control over a socket", () => {
  it("changes what parallel clients get, each in its scope", async () => {
    const clients = ["a", "b", "c", "d"]
    await Promise.all(
      clients.map((scope, index) =>
        control("POST", "/faults", { queue: [{ status: 500 + index, times: 5 }] }, { "x-emulator-scope": scope })
      )
    )
    const all = await Promise.all(
      clients.map(async (scope) => {
        const statuses: Array<number> = []
        for (let call = 0; call < 6; call++) {
          const headers = { "x-emulator-scope": scope }
          statuses.push((await post(fetch, `${server.url}/v1/tokenize`, { prompt: "a" }, { headers })).status)
        }
        return statuses
      })
    )
    expect(all).toEqual(clients.map((_, index) => [...Array.from({ length: 5 }, () => 500 + index), 200]))
    const { requests } = (await (await control("GET", "/requests?scope=b&status=501")).json()) as {
      requests: ReadonlyArray<unknown>
    }
    expect(requests.length).toBe(5)
    expect((await control("POST", "/reset")).status).toBe(200)
    expect(server.requests).toEqual([])
  })

  it("serves its description with the address of the server, and rejects pages of other sites", async () => {
    const document = (await (await control("GET", "/openapi.json")).json()) as { servers: unknown }
    expect(document.servers).toEqual([{ url: server.url }])
    expect((await control("POST", "/reset", undefined, { origin: "https://example.com" })).status).toBe(403)
    expect((await control("POST", "/faults", { queue: [{ status: 1 }] })).status).toBe(400)
  })
})
