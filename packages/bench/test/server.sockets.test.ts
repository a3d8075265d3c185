import { Schema } from "effect"
import { Chat } from "effect-friendli"
import { once } from "node:events"
import * as Net from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Answers from "../src/answers.js"
import { type ContenderName, contenders } from "../src/contenders/index.js"
import { listen, type Server, type Usage } from "../src/server.js"
import * as Task from "../src/task.js"
import { Consumption } from "../src/Consumption.js"

let server: Server

beforeAll(async () => {
  server = await listen()
})

afterAll(() => server.close())

const url = (target: string): string => `http://127.0.0.1:${server.port}/${target}`

const post = (target: string): Promise<Response> =>
  fetch(`${url(target)}/v1/chat/completions`, { method: "POST", body: JSON.stringify({ messages: [] }) })

describe("the server", () => {
  it("streams chunks as the API has them, no field more", () => {
    const decode = Schema.decodeUnknownSync(Chat.ChatChunk, { onExcessProperty: "error" })
    const events = Answers.events(100)
    const chunks = events.slice(0, -1).map((event) => decode(JSON.parse(event.replace(/^data: /, ""))))
    expect(events.at(-1)).toBe("data: [DONE]\n\n")
    expect(chunks.length).toBe(100 + Answers.eventsBesides)
    expect(chunks.at(-3)?.choices[0]?.delta.content).toBe(Answers.lastPiece)
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop")
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(100)
  })

  it("answers in whole as the API does", () => {
    const answer = Schema.decodeUnknownSync(Chat.ChatCompletion, { onExcessProperty: "error" })(
      JSON.parse(Answers.wholeJson)
    )
    expect(answer.choices[0]?.message.content).toHaveLength(Answers.expectedOfWhole(1).characters)
    expect(answer.usage?.total_tokens).toBe(Answers.expectedOfWhole(1).tokens)
  })

  it.each([
    [2, 1],
    [64, 1],
    [65, 1],
    [1000, 1],
    [2, 32],
    [4000, 32],
    [6161, 7]
  ])("sends every event of %i texts in order, %i a write", async (pieces, eventsPerWrite) => {
    const response = await post(`stream-${pieces}-${eventsPerWrite}`)
    expect(response.headers.get("content-type")).toBe("text/event-stream")
    expect(await response.text()).toBe(Answers.events(pieces).join(""))
  })

  it.each(["pause-5-2", "turns-5-2", "turns-5-0", "pace-5-2", "pace-5-1"])(
    "sends the same at another pace: %s",
    async (target) => {
      expect(await (await post(target)).text()).toBe(Answers.events(5).join(""))
    }
  )

  it("puts as many events into an HTTP chunk as it was asked for", () => {
    const { block } = Answers.stream(10_000, 32)
    const size = Number.parseInt(block.toString("latin1"), 16)
    const first = block.subarray(block.indexOf("\r\n") + 2).subarray(0, size)
    expect(first.toString().match(/data: /g)).toHaveLength(32)
  })

  it("keeps the pace of each stream, and spreads the streams over it", async () => {
    const begun = performance.now()
    const beginnings: Array<number> = []
    const ends: Array<number> = []
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { body } = await post("pace-9-40")
        let first = true
        for await (const _ of body as unknown as AsyncIterable<Uint8Array>) {
          if (first) beginnings.push(performance.now() - begun)
          first = false
        }
        ends.push(performance.now() - begun)
      })
    )
    // 13 events, and the end in place of a fourteenth
    for (const [at, end] of ends.entries()) expect(end - beginnings[at]!).toBeGreaterThan(11 * 40)
    expect(Math.max(...beginnings) - Math.min(...beginnings)).toBeGreaterThan(4)
  })

  it("tells what streams at a pace have cost it", async () => {
    await Promise.all(Array.from({ length: 20 }, async () => (await post("pace-20-10")).text()))
    const { late, share } = (await (await fetch(url("usage"))).json()) as Usage
    expect(late).toBeGreaterThan(0)
    expect(share).toBeGreaterThan(0)
    expect(share).toBeLessThan(200)
  })

  it.each([
    ["json", 0, 60_000, /^\{"detail":\[.*\]\}$/],
    ["json", 1, 1_000_000, /^\{"detail":\[.*\]\}$/],
    ["page", 1, 1_000_000, /^<html>[^]*<\/html>$/]
  ] as const)("rejects with a body of a certain size: %s, %i MB", async (kind, megabytes, length, form) => {
    const response = await post(`rejection-${megabytes}-${kind}`)
    expect(response.status).toBe(422)
    const text = await response.text()
    expect(Math.abs(Buffer.byteLength(text) / length - 1)).toBeLessThan(0.5)
    expect(text).toMatch(form)
    expect(kind === "page" || Array.isArray((JSON.parse(text) as { readonly detail: unknown }).detail)).toBe(true)
  })

  it("answers a task as the API does: calls of tools, then the report", async () => {
    const decode = Schema.decodeUnknownSync(Chat.ChatCompletion, { onExcessProperty: "error" })
    const answer = async (body: object) => {
      const response = await fetch(url("task"), { method: "POST", body: JSON.stringify(body) })
      return decode(await response.json()).choices[0]
    }
    expect((await answer({ tools: [] }))?.message.tool_calls?.map((call) => call.function.name)).toEqual([
      "get_weather",
      "search_places"
    ])
    const reported = await answer({ response_format: {} })
    expect(Object.keys(JSON.parse(reported?.message.content ?? "") as object)).toEqual(["title", "days", "summary"])
  })

  it("counts connections", async () => {
    const before = server.connections()
    for (const count of [1, 2]) {
      const socket = Net.connect(server.port, "127.0.0.1")
      for (const _ of ["one request", "another on the same connection"]) {
        socket.write("POST /whole/v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        await once(socket, "data")
      }
      expect(server.connections() - before).toBe(count)
      socket.destroy()
    }
  })
})

describe("contenders", () => {
  it.each(Object.keys(contenders) as Array<ContenderName>)("%s reads all there is", async (name) => {
    const { make } = await contenders[name].load()
    const whole = make(url("whole"))
    const calls = new Consumption()
    await whole.complete(3, 2, calls)
    calls.check(Answers.expectedOfWhole(3))
    await whole.close()

    const working = make(url("task"))
    const tasks = new Consumption()
    await working.task(3, 2, tasks)
    tasks.check(Task.expectedOfTasks(3))
    await working.close()

    for (const kind of ["json", "page"]) {
      const rejected = make(url(`rejection-0-${kind}`))
      const rejections = new Consumption()
      await rejected.reject(2, rejections)
      rejections.check(Answers.expectedOfRejections(2))
      await rejected.close()
    }

    for (const target of ["stream-70-1", "stream-70-32"]) {
      const streaming = make(url(target))
      const streams = new Consumption()
      await streaming.stream(3, 2, streams)
      streams.check(Answers.expectedOfStreams(3, 70))
      await streaming.close()
    }
  })
})

describe("the tally", () => {
  const read = (...texts: ReadonlyArray<string>): Consumption => {
    const tally = new Consumption()
    for (const text of texts) tally.piece(text)
    tally.usage(Answers.expectedOfStreams(1, 2).tokens)
    return tally
  }

  it("accepts what was sent, with empty texts or without", () => {
    expect(() => read("", " the", Answers.lastPiece).check(Answers.expectedOfStreams(1, 2))).not.toThrow()
    expect(() => read(" the", Answers.lastPiece).check(Answers.expectedOfStreams(1, 2))).not.toThrow()
  })

  it.each([
    ["a missing text", [" the"]],
    ["another text", [" a", Answers.lastPiece]],
    ["texts glued together", [` the${Answers.lastPiece}`]],
    ["a text twice", [" the", " the", Answers.lastPiece]]
  ])("notices %s", (_, texts) => {
    expect(() => read(...texts).check(Answers.expectedOfStreams(1, 2))).toThrow(/^read \d+/)
  })

  it("notices a rejection that did not come, and another failure", () => {
    const tally = new Consumption()
    tally.rejection(422)
    expect(() => tally.check(Answers.expectedOfRejections(1))).not.toThrow()
    expect(() => tally.check(Answers.expectedOfRejections(2))).toThrow("read 1 rejections of 2")
    expect(() => tally.rejection(500)).toThrow("500")
    expect(() => tally.rejection(undefined)).toThrow()
  })

  it("notices a usage that was not read", () => {
    const tally = new Consumption()
    tally.piece(" the")
    tally.piece(Answers.lastPiece)
    expect(() => tally.check(Answers.expectedOfStreams(1, 2))).toThrow("read 0 tokens")
  })
})
