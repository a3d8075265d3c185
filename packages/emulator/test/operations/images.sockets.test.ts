import { decode as decodePng } from "fast-png"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { paint } from "../../src/engine/picture.js"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"
import { post } from "../support.js"

const prompt = "A paper boat on a lake"

describe("links", () => {
  let server: RunningEmulator
  beforeAll(async () => {
    server = await listen({ port: 0 })
  })
  afterAll(() => server.close())

  const linked = async (seed: number) => {
    const path = "/dedicated/v1/images/generations"
    const response = await post(fetch, `${server.url}${path}`, { model: "endpoint", prompt, seed })
    const { data } = (await response.json()) as {
      readonly data?: ReadonlyArray<{ readonly response_format: string; readonly url?: string }>
    }
    expect(data?.[0]?.response_format).toBe("url")
    return data?.[0]?.url ?? ""
  }

  it("are the default, and need no token", async () => {
    const url = await linked(42)
    expect(new URL(url).origin).toBe(server.url)
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("image/png")
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(response.headers.get("content-length")).toBe(String(bytes.length))
    expect(decodePng(bytes).data).toEqual(paint({ prompt, seed: 42 }).data)
    expect(await linked(42)).toBe(url)
    expect(await linked(43)).not.toBe(url)
  })

  it("accept only GET", async () => {
    const response = await post(fetch, await linked(42), {})
    expect(response.status).toBe(405)
    expect(response.headers.get("allow")).toBe("GET")
  })
})
