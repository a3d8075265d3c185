/**
 * Faults of messages streams, over a socket.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Fault } from "../../src/Faults.js"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"
import { eventually, post } from "../support.js"
import { eventsOf, type Frame, framesOf } from "./messageEvents.js"

const sea = {
  messages: [{ role: "user", content: "Tell me about the sea and the town" }],
  max_tokens: 60,
  temperature: 0
}

describe("faults", () => {
  let server: RunningEmulator
  beforeAll(async () => {
    server = await listen()
  })
  afterAll(() => server.close())

  const body = { ...sea, max_tokens: 6, stream: true }
  const faulty = async (fault: Fault): Promise<string> => {
    server.faults.enqueue(fault)
    return (await post(globalThis.fetch, `${server.url}/v1/messages`, body)).text()
  }
  const names = (text: string): ReadonlyArray<string | undefined> => framesOf(text).map(({ event }) => event)

  it("truncate ends before message_stop, however many events it allows", async () => {
    expect(names(await faulty({ truncate: { afterEvents: 3 } }))).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta"
    ])
    expect(names(await faulty({ truncate: { afterEvents: 100 } })).at(-1)).toBe("message_delta")
  })

  it("errorFrame sends the error event of messages", async () => {
    const last = async (fault: NonNullable<Fault["errorFrame"]>): Promise<Frame | undefined> =>
      framesOf(await faulty({ errorFrame: fault })).at(-1)
    const at = { afterEvents: 2 }
    const overloaded = await last({ ...at, shape: "event", status: 503 })
    expect(overloaded?.event).toBe("error")
    expect(JSON.parse(overloaded?.data ?? "")).toEqual({
      type: "error",
      error: { type: "overloaded_error", message: expect.any(String) as string }
    })
    expect(JSON.parse((await last({ ...at, shape: "event" }))?.data ?? "")).toMatchObject({
      error: { type: "api_error" }
    })
    expect(await last({ ...at, shape: "error" })).toMatchObject({ event: undefined })
  })

  it("reset, malformed and badSchema apply to messages", async () => {
    await expect(faulty({ reset: { afterEvents: 3 } })).rejects.toThrow()
    const malformed = framesOf(await faulty({ malformed: { afterEvents: 2 } }))
    expect(() => JSON.parse(malformed[2]?.data ?? "") as unknown).toThrow(SyntaxError)
    expect(malformed.at(-1)?.event).toBe("message_stop")
    for (const event of eventsOf(await faulty({ badSchema: true }))) {
      expect(typeof (event.message ?? event.content_block ?? event.delta ?? "")).not.toBe("object")
    }
    server.faults.enqueue({ badSchema: true })
    const whole = await post(globalThis.fetch, `${server.url}/v1/messages`, { ...body, stream: false })
    expect(await whole.json()).toMatchObject({ type: "message", content: "not a list" })
  })

  it("cut and crlf keep every event", async () => {
    const usual = names(await faulty({}))
    expect(names(await faulty({ cut: 5, crlf: true }))).toEqual(usual)
    expect(names(await faulty({ byteWise: true }))).toEqual(usual)
    expect(names(await faulty({ noDone: true }))).toEqual(usual)
  })

  it("doneUnterminated leaves out the last line end; holdAfterDone keeps the body open", async () => {
    expect(await faulty({ doneUnterminated: true })).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}$/)
    server.faults.enqueue({ holdAfterDone: 600_000 })
    const response = await post(globalThis.fetch, `${server.url}/v1/messages`, body)
    const record = server.requests.at(-1)
    let text = ""
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part
      if (text.endsWith(`"message_stop"}\n\n`)) break
    }
    await eventually(() => record?.finished === true)
    expect(record?.aborted).toBe(true)
  })
})
