import { expect, it } from "vitest"
import { WaveFile } from "wavefile"
import { listen } from "../../src/NodeServer.js"
import { dataOf } from "../support.js"

it("a transcription is streamed over a socket, and a fault resets it", async () => {
  const silence = new WaveFile()
  silence.fromScratch(
    1,
    8000,
    "16",
    Array.from({ length: 12_000 }, () => 0)
  )
  const server = await listen({ port: 0 })
  try {
    const ask = (headers: Record<string, string>): Promise<Response> => {
      const body = new FormData()
      body.append("stream", "true")
      body.append("file", new File([new Uint8Array(silence.toBuffer())], "a.wav", { type: "audio/wav" }))
      return fetch(`${server.url}/v1/audio/transcriptions`, { method: "POST", headers, body })
    }
    expect(dataOf(await (await ask({})).text()).at(-1)).toBe("[DONE]")
    await expect((await ask({ "x-emulator-fault": "reset=2" })).text()).rejects.toThrow()
  } finally {
    await server.close()
  }
})
