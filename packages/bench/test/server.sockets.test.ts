import { Schema } from "effect"
import { Chat } from "effect-friendli"
import { once } from "node:events"
import * as Net from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Answers from "../src/answers.js"
import { type ContenderName, contenders } from "../src/contenders/index.js"
import { listen, type Server } from "../src/server.js"
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

  it.each(["pause-5-2", "turns-5-2", "turns-5-0"])("sends the same at another pace: %s", async (target) => {
    expect(await (await post(target)).text()).toBe(Answers.events(5).join(""))
  })

  it("puts as many events into an HTTP chunk as it was asked for", () => {
    const { block } = Answers.stream(10_000, 32)
    const size = Number.parseInt(block.toString("latin1"), 16)
    const first = block.subarray(block.indexOf("\r\n") + 2).subarray(0, size)
    expect(first.toString().match(/data: /g)).toHaveLength(32)
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

  it("notices a usage that was not read", () => {
    const tally = new Consumption()
    tally.piece(" the")
    tally.piece(Answers.lastPiece)
    expect(() => tally.check(Answers.expectedOfStreams(1, 2))).toThrow("read 0 tokens")
  })
})
