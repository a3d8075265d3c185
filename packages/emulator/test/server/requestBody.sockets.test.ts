import * as net from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { listen, type RunningEmulator } from "../../src/NodeServer.js"
import { post } from "../support.js"

let server: RunningEmulator
const limit = 1024 * 1024

beforeAll(async () => {
  server = await listen({ maxBodyBytes: limit })
})
afterAll(() => server.close())

const piece = Buffer.alloc(1024 * 1024, "x")

interface Upload {
  readonly status: number
  /** How much the memory outside of the heap has grown at most. */
  readonly growth: number
  readonly answers: number
}

/** Sends pieces on a socket, whatever the server answers, and then a small request on the same socket. */
const upload = (pieces: number, framing: "content-length" | "chunked"): Promise<Upload> =>
  new Promise((resolve, reject) => {
    const before = process.memoryUsage().arrayBuffers
    let growth = 0
    let received = ""
    const socket = net.connect(server.port, "127.0.0.1", () => {
      const length = framing === "chunked" ? "transfer-encoding: chunked" : `content-length: ${pieces * piece.length}`
      socket.write(`POST /v1/tokenize HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${length}\r\n\r\n`)
      let sent = 0
      const next = (): void => {
        growth = Math.max(growth, process.memoryUsage().arrayBuffers - before)
        if (sent++ === pieces) {
          if (framing === "chunked") socket.write("0\r\n\r\n")
          socket.write(`GET /v1/tokenize HTTP/1.1\r\nhost: a\r\n\r\n`)
          return
        }
        if (framing === "chunked") socket.write(`${piece.length.toString(16)}\r\n`)
        socket.write(piece, next)
        if (framing === "chunked") socket.write("\r\n")
      }
      next()
    })
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1")
      const answers = received.split("HTTP/1.1 ").length - 1
      if (answers === 2) {
        socket.destroy()
        resolve({ status: Number(received.split(" ")[1]), growth, answers })
      }
    })
    socket.on("error", reject)
  })

describe("a body that is too large", () => {
  it.each(["content-length", "chunked"] as const)(
    "gets its 413 while it is sent, is not buffered (%s), and leaves the connection usable",
    async (framing) => {
      const { answers, growth, status } = await upload(200, framing)
      expect([status, answers]).toEqual([413, 2])
      expect(growth).toBeLessThan(64 * 1024 * 1024)
      expect(server.requests.at(-2)).toMatchObject({ status: 413, body: undefined, aborted: false })
    }
  )

  it("gets its 413 on a connection that closes after the answer, too", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let received = ""
      const socket = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true }, () => {
        socket.write(
          `POST /v1/tokenize HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${50 * piece.length}\r\n\r\n`
        )
        for (let sent = 0; sent < 50; sent++) socket.write(piece)
      })
      socket.on("data", (bytes) => (received += bytes.toString("latin1")))
      socket.on("end", () => {
        socket.destroy()
        resolve(received)
      })
      socket.on("error", reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  it("does not have to be sent by a client that asks before it sends", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let received = ""
      const socket = net.connect(server.port, "127.0.0.1", () => {
        socket.write(
          `POST /v1/tokenize HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${limit + 1}\r\n\r\n`
        )
      })
      socket.on("data", (bytes) => (received += bytes.toString("latin1")))
      socket.on("close", () => resolve(received))
      socket.on("error", reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  it("is cancelled in process, however its size is known", async () => {
    const emulator = makeEmulator({ maxBodyBytes: limit })
    let pulled = 0
    let cancelled = false
    const body = new ReadableStream({
      pull: (controller) => {
        pulled++
        controller.enqueue(piece)
      },
      cancel: () => {
        cancelled = true
      }
    })
    const response = await emulator.fetch("http://emulator.test/v1/tokenize", {
      method: "POST",
      body,
      duplex: "half"
    } as RequestInit)
    expect([response.status, cancelled]).toEqual([413, true])
    expect(pulled).toBeLessThan(5)
  })
})

describe("a body up to the limit", () => {
  it("is read; an empty one too", async () => {
    const prompt = "x".repeat(limit - 100)
    expect((await post(fetch, `${server.url}/v1/tokenize`, { prompt })).status).toBe(200)
    expect((await post(fetch, `${server.url}/v1/tokenize`, "")).status).toBe(422)
  })
})

describe("CORS of a server", () => {
  it("is on for the loopback address, and off for an address that others can reach", async () => {
    const headers = { origin: "http://localhost:5173" }
    const origin = async (url: string): Promise<string | null> =>
      (await post(fetch, `${url}/v1/tokenize`, { prompt: "a" }, { headers })).headers.get("access-control-allow-origin")
    expect(await origin(server.url)).toBe("*")
    const open = await listen({ host: "0.0.0.0" })
    expect(await origin(`http://127.0.0.1:${open.port}`)).toBeNull()
    await open.close()
    const chosen = await listen({ host: "0.0.0.0", cors: ["http://localhost:5173"] })
    expect(await origin(`http://127.0.0.1:${chosen.port}`)).toBe("http://localhost:5173")
    await chosen.close()
  })
})
