/**
 * Management over a socket, where methods without a body and forms take another way than in process.
 */
import OpenAI from "openai"
import { createHash } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"

describe("over a socket", () => {
  let server: RunningEmulator
  beforeAll(async () => {
    server = await listen({ endpoints: { wakeTime: 0 } })
  })
  afterAll(() => server.close())

  const send = (method: string, path: string, body?: object) =>
    fetch(server.url + path, {
      method,
      headers: { authorization: "Bearer t", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })

  it("endpoints are updated, terminated and deleted", async () => {
    const path = "/dedicated/beta/endpoint/ep"
    const renamed = await send("PUT", path, { name: "renamed" })
    expect([renamed.status, await renamed.json()]).toEqual([200, expect.objectContaining({ name: "renamed" })])
    const terminated = await send("PUT", `${path}/terminate`)
    expect(await terminated.json()).toMatchObject({ status: "TERMINATED" })
    const deleted = await send("DELETE", path)
    expect([deleted.status, await deleted.text()]).toEqual([200, "null"])
    expect((await send("GET", path)).status).toBe(404)
  })

  it("a file goes to the URL that the server has, and comes back from it", async () => {
    const content = new Uint8Array(100_000).map((_, at) => at % 251)
    const begun = (await (
      await send("POST", "/beta/file", {
        name: "a.bin",
        size: content.length,
        digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
        projectId: "p"
      })
    ).json()) as { fileId: string; uploadUrl: string; aws: Record<string, string> }
    expect(begun.uploadUrl.startsWith(server.url)).toBe(true)
    const form = new FormData()
    for (const [name, value] of Object.entries(begun.aws)) form.set(name, value)
    form.set("file", new File([content], "a.bin"))
    expect((await fetch(begun.uploadUrl, { method: "POST", body: form })).status).toBe(204)
    expect((await send("PATCH", `/beta/file/${begun.fileId}`)).status).toBe(200)
    const { downloadUrl } = (await (await send("GET", `/beta/file/${begun.fileId}/download_url`)).json()) as {
      downloadUrl: string
    }
    expect(new Uint8Array(await (await fetch(downloadUrl)).arrayBuffer())).toEqual(content)
  })

  it("the openai client lists the models", async () => {
    const client = new OpenAI({ apiKey: "any", baseURL: `${server.url}/serverless/v1` })
    const ids: Array<string> = []
    for await (const { id } of client.models.list()) ids.push(id)
    expect(ids).toContain("zai-org/GLM-5.3")
  })
})
