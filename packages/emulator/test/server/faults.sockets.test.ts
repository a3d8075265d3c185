import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { check, type Fault, FaultError, parse } from "../../src/Faults.js"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"
import { chunksOf, dataOf, eventually, post, raw, type RawAnswer } from "../support.js"

let server: RunningEmulator

beforeAll(async () => {
  server = await listen()
})
afterAll(() => server.close())

const path = "/v1/completions"
const unary = { prompt: "Once", max_tokens: 6, min_tokens: 6, seed: 1 }
const stream = { ...unary, stream: true }
const EVENTS = 7

const faulty = (fault: Fault, body: object = stream, until?: (text: string) => boolean): Promise<RawAnswer> => {
  server.faults.enqueue(fault)
  return raw(server.port, path, body, { connection: "close" }, until)
}

const bodyOf = ({ text }: RawAnswer): string => text.slice(text.indexOf("\r\n\r\n") + 4)

/** The chunks of a chunked body, and whether the end chunk was received. */
const dechunk = (answer: RawAnswer): { readonly pieces: ReadonlyArray<string>; readonly ended: boolean } => {
  const pieces: Array<string> = []
  let rest = bodyOf(answer)
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/.exec(rest)
    if (line === null) return { pieces, ended: false }
    const size = Number.parseInt(line[1] ?? "", 16)
    if (size === 0) return { pieces, ended: true }
    pieces.push(rest.slice(line[0].length, line[0].length + size))
    rest = rest.slice(line[0].length + size + 2)
  }
}

const text = (answer: RawAnswer): string => dechunk(answer).pieces.join("")
const statusOf = ({ text: all }: RawAnswer): number => Number(all.split(" ")[1])
const header = ({ text: all }: RawAnswer, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, "im").exec(all.slice(0, all.indexOf("\r\n\r\n") + 2))?.[1]

describe("without a fault", () => {
  it("sends the events, [DONE] and the end of the body", async () => {
    const answer = await faulty({})
    expect(dechunk(answer).ended).toBe(true)
    expect(chunksOf(text(answer)).length).toBe(EVENTS)
    expect(text(answer).endsWith("data: [DONE]\n\n")).toBe(true)
    expect(answer.error).toBeUndefined()
  })
})

describe("faults before the body", () => {
  it("answer with a status, Retry-After, headers and a body", async () => {
    const answer = await faulty({ status: 429, retryAfter: 3, headers: { "x-limit": "1" }, body: { why: "busy" } })
    expect(statusOf(answer)).toBe(429)
    expect(header(answer, "retry-after")).toBe("3")
    expect(header(answer, "x-limit")).toBe("1")
    expect(header(answer, "content-type")).toBe("application/json")
    expect(bodyOf(answer)).toBe(`{"why":"busy"}`)
  })

  it("answer with a text body, or with a JSON error by default", async () => {
    const plain = await faulty({ status: 502, body: "Bad Gateway" })
    expect([header(plain, "content-type"), bodyOf(plain)]).toEqual(["text/plain; charset=utf-8", "Bad Gateway"])
    const standard = await faulty({ status: 503 })
    expect(JSON.parse(bodyOf(standard))).toMatchObject({ error: { type: "overloaded_error", code: 503 } })
    expect(statusOf(await faulty({ status: 204 }))).toBe(204)
  })

  it("answer with an error whose body never ends", async () => {
    const answer = await faulty({ status: 500, stall: { afterEvents: 0 } }, unary, (all) => all.includes(`{"error"`))
    expect(statusOf(answer)).toBe(500)
    expect(bodyOf(answer).length).toBeLessThan(Number(header(answer, "content-length")))
  })

  it("apply to as many requests as `times` says", async () => {
    server.faults.enqueue({ status: 500, times: 2 }, { status: 429 })
    server.faults.next({ status: 503 })
    expect(server.faults.pending.map(({ status }) => status)).toEqual([503, 500, 500, 429])
    const statuses: Array<number> = []
    for (let call = 0; call < 5; call++)
      statuses.push(statusOf(await raw(server.port, path, unary, { connection: "close" })))
    expect(statuses).toEqual([503, 500, 500, 429, 200])
  })

  it("delayHeaders delays the head, and stops when the client disconnects", async () => {
    const started = performance.now()
    expect(statusOf(await faulty({ delayHeaders: 60 }, unary))).toBe(200)
    // A timer can fire up to one millisecond early.
    expect(performance.now() - started).toBeGreaterThan(55)

    server.faults.enqueue({ delayHeaders: 600_000 })
    const controller = new AbortController()
    const call = post(fetch, server.url + path, unary, { signal: controller.signal })
    await eventually(() => server.faults.pending.length === 0)
    const record = server.requests.at(-1)
    controller.abort()
    await expect(call).rejects.toThrow("abort")
    await eventually(() => record?.aborted === true)
    expect(record).toMatchObject({ status: undefined, finished: true, tokensGenerated: 0 })
  })

  it("redirect, html, emptyBody and connectionClose change the head", async () => {
    const redirect = await faulty({ redirect: "http://elsewhere.test/x" }, unary)
    expect([statusOf(redirect), header(redirect, "location")]).toEqual([307, "http://elsewhere.test/x"])
    const html = await faulty({ html: true })
    expect([statusOf(html), header(html, "content-type")]).toEqual([200, "text/html; charset=utf-8"])
    expect(bodyOf(html)).toContain("<html>")
    const empty = await faulty({ emptyBody: true })
    expect([statusOf(empty), header(empty, "content-type")]).toEqual([200, "text/event-stream; charset=utf-8"])
    expect(text(empty)).toBe("")
    server.faults.enqueue({ connectionClose: true })
    expect(header(await raw(server.port, path, unary), "connection")).toBe("close")
  })

  it("reset with 0 events resets the connection before the head", async () => {
    for (const body of [unary, stream]) {
      expect(await faulty({ reset: { afterEvents: 0 } }, body)).toEqual({ text: "", reads: [], error: "ECONNRESET" })
    }
  })
})

describe("faults of a body that is not streamed", () => {
  it("truncateBody announces more bytes than it sends", async () => {
    const answer = await faulty({ truncateBody: 20 }, unary)
    expect(bodyOf(answer).length).toBe(20)
    expect(Number(header(answer, "content-length"))).toBeGreaterThan(20)
    expect(answer.error).toBeUndefined()
  })

  it("reset resets the connection in the middle of the body", async () => {
    const answer = await faulty({ reset: { afterEvents: 1 } }, unary)
    expect(answer.error).toBe("ECONNRESET")
    expect(bodyOf(answer)).toMatch(/^\{"id":/)
  })

  it("badSchema sends JSON with wrong types; cut still sends every byte", async () => {
    expect(JSON.parse(bodyOf(await faulty({ badSchema: true }, unary)))).toMatchObject({ choices: "not a list" })
    expect(JSON.parse(bodyOf(await faulty({ cut: 9 }, unary)))).toMatchObject({ object: "text_completion" })
  })
})

describe("faults of a stream", () => {
  it("reset resets the connection after the events", async () => {
    const answer = await faulty({ reset: { afterEvents: 2 } })
    expect(answer.error).toBe("ECONNRESET")
    expect(chunksOf(text(answer)).length).toBe(2)
    expect(dechunk(answer).ended).toBe(false)
    expect(server.requests.at(-1)).toMatchObject({ eventsSent: 2, aborted: false, finished: true })
  })

  it("truncate ends the body without the final event and [DONE]", async () => {
    const answer = await faulty({ truncate: { afterEvents: 2 } })
    expect(dechunk(answer).ended).toBe(true)
    expect(chunksOf(text(answer)).length).toBe(2)
    const late = await faulty({ truncate: { afterEvents: 100 } })
    expect(chunksOf(text(late)).length).toBe(EVENTS - 1)
    expect(text(late)).not.toContain("length")
    expect(text(late)).not.toContain("[DONE]")
  })

  it("truncate with abrupt closes the socket without the end of the chunked body", async () => {
    const answer = await faulty({ truncate: { afterEvents: 2, abrupt: true } })
    expect(dechunk(answer).ended).toBe(false)
    expect(chunksOf(text(answer)).length).toBe(2)
    expect(answer.error).toBeUndefined()
  })

  it("stall sends no more data; with comments it sends comment lines", async () => {
    const silent = await faulty({ stall: { afterEvents: 2 } }, stream, (all) => all.split("data: ").length === 3)
    expect(chunksOf(text(silent)).length).toBe(2)
    const record = server.requests.at(-1)
    await eventually(() => record?.aborted === true)
    expect(record?.eventsSent).toBe(2)

    const lively = await faulty(
      { stall: { afterEvents: 1 }, comments: 5 },
      stream,
      (all) => all.split(": keep-alive").length > 3
    )
    expect(chunksOf(text(lively)).length).toBe(1)
  })

  it("errorFrame sends an error in each of its shapes, then ends", async () => {
    const frames = async (shape: "error" | "message" | "event"): Promise<string> =>
      text(await faulty({ errorFrame: { afterEvents: 1, shape, status: 503 } }))
    const last = (all: string): unknown => JSON.parse(dataOf(all).at(-1) ?? "")
    expect(last(await frames("error"))).toMatchObject({ error: { code: 503 } })
    expect(last(await frames("message"))).toMatchObject({ object: "error", code: 503 })
    const named = await frames("event")
    expect(named).toContain("\n\nevent: error\ndata: {")
    expect(dataOf(named).length).toBe(2)
  })

  it("malformed sends an event that is not JSON; badSchema sends wrong types", async () => {
    const malformed = dataOf(text(await faulty({ malformed: { afterEvents: 1 } })))
    expect(() => JSON.parse(malformed[1] ?? "") as unknown).toThrow(SyntaxError)
    expect(malformed.length).toBe(EVENTS + 2)
    const bad = chunksOf(text(await faulty({ badSchema: true })))
    expect(bad.every((chunk) => (chunk.choices as unknown) === "not a list")).toBe(true)
  })

  it("byteWise and cut split the writes and keep every byte", async () => {
    const whole = chunksOf(text(await faulty({}))).map(({ choices }) => choices)
    const bytes = await faulty({ byteWise: true })
    expect(dechunk(bytes).pieces.every((piece) => piece.length === 1)).toBe(true)
    expect(chunksOf(text(bytes)).map(({ choices }) => choices)).toEqual(whole)
    const cut = await faulty({ cut: 7 })
    expect(
      dechunk(cut)
        .pieces.slice(0, -1)
        .every((piece) => piece.length === 7)
    ).toBe(true)
    expect(chunksOf(text(cut)).map(({ choices }) => choices)).toEqual(whole)
  })

  it("crlf ends every line with CR LF", async () => {
    const all = text(await faulty({ crlf: true }))
    expect(all.endsWith("data: [DONE]\r\n\r\n")).toBe(true)
    expect(all.replaceAll("\r\n", "")).not.toContain("\n")
    expect(chunksOf(all).length).toBe(EVENTS)
  })

  it("noDone, doneUnterminated and holdAfterDone change the end", async () => {
    const none = await faulty({ noDone: true })
    expect(text(none)).toContain(`"finish_reason":"length"`)
    expect(text(none)).not.toContain("[DONE]")
    expect(dechunk(none).ended).toBe(true)
    expect(text(await faulty({ doneUnterminated: true })).endsWith("\n\ndata: [DONE]")).toBe(true)

    const held = await faulty({ holdAfterDone: 600_000 }, stream, (all) => all.includes("[DONE]"))
    expect(dechunk(held).ended).toBe(false)
  })
})

describe("faults in process", () => {
  it("reset fails the fetch before the head, or the body", async () => {
    const emulator = makeEmulator()
    const url = `http://emulator.test${path}`
    emulator.faults.enqueue({ reset: { afterEvents: 0 } }, { reset: { afterEvents: 2 } }, { truncateBody: 5 })
    await expect(post(emulator.fetch, url, stream)).rejects.toThrow(TypeError)
    await expect((await post(emulator.fetch, url, stream)).text()).rejects.toThrow(TypeError)
    await expect((await post(emulator.fetch, url, unary)).text()).rejects.toThrow(TypeError)
    expect(await (await post(emulator.fetch, url, stream)).text()).toContain("[DONE]")
  })

  it("the header applies to its request; times counts requests with the same header", async () => {
    const emulator = makeEmulator()
    const status = async (fault?: string): Promise<number> =>
      (
        await post(emulator.fetch, `http://emulator.test${path}`, unary, {
          headers: fault === undefined ? {} : { "x-emulator-fault": fault }
        })
      ).status
    const once = "status=500; times=1; id=a"
    expect([await status(once), await status(once), await status("status=500; times=1; id=b")]).toEqual([500, 200, 500])
    expect([await status(`{"status":418}`), await status()]).toEqual([418, 200])
    emulator.reset()
    expect(await status(once)).toBe(500)
    expect(await status("staus=500")).toBe(400)
  })
})

describe("parse and check", () => {
  it("read the short form", () => {
    expect(parse("status=429;retry-after=2")).toEqual({ status: 429, retryAfter: 2 })
    expect(parse("retryAfter=Wed, 21 Oct 2026 07:28:00 GMT; status=503")).toEqual({
      retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT",
      status: 503
    })
    expect(parse("reset=2; byte-wise; crlf=false")).toEqual({ reset: { afterEvents: 2 }, byteWise: true, crlf: false })
    expect(parse("error-frame=1:event:503")).toEqual({ errorFrame: { afterEvents: 1, shape: "event", status: 503 } })
    expect(parse("truncate=3:abrupt")).toEqual({ truncate: { afterEvents: 3, abrupt: true } })
    expect(parse("redirect=http://a.test/?x=1")).toEqual({ redirect: "http://a.test/?x=1" })
    expect(parse("")).toEqual({})
  })

  it("reject unknown fields and invalid values, and name the field", () => {
    for (const header of ["nope=1", "status=99", "reset=x", "error-frame=1:loud", "cut=0", "{", "[]", "html=maybe"]) {
      expect(() => parse(header)).toThrow(FaultError)
    }
    expect(() => parse("cut=0")).toThrow("'cut' must be a number of bytes from 1")
    expect(() => check({ stall: 3 })).toThrow(FaultError)
    expect(() => makeEmulator().faults.enqueue({ status: 1 })).toThrow(FaultError)
  })
})
