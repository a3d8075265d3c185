/**
 * MCP servers as programs and behind addresses.
 */
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import * as Agent from "../src/Agent.js"
import * as McpHttp from "../src/McpHttp.js"
import * as McpStdio from "../src/McpStdio.js"
import * as McpToolkit from "../src/McpToolkit.js"
import * as ScriptedModel from "../src/ScriptedModel.js"
import { serve, weather } from "./fixtures/mcpServer.js"

const program = fileURLToPath(new URL("fixtures/mcpServer.ts", import.meta.url))

const ask = (toolkit: McpToolkit.McpToolkit) =>
  Agent.run({ prompt: "Look.", toolkit }).pipe(
    Effect.map(({ steps }) => steps[0]?.outcomes[0]),
    Effect.provide(ScriptedModel.layer([{ calls: [{ name: "weather", params: { city: "Oslo" } }] }, { text: "Done." }]))
  )

describe("an MCP server", () => {
  it.scopedLive(
    "as a program",
    () =>
      Effect.gen(function* () {
        const toolkit = yield* McpToolkit.make({
          transport: McpStdio.make({ command: process.execPath, args: ["--import", "tsx", program] })
        })
        assert.deepStrictEqual(Object.keys(toolkit.tools), ["weather", "broken"])
        assert.deepInclude(yield* ask(toolkit), { _tag: "Succeeded", result: "clear over Oslo" })
      }),
    // a process loads everything for itself
    120_000
  )

  it.scopedLive("that does not start", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        McpToolkit.make({ transport: McpStdio.make({ command: "no-such-program-anywhere" }) })
      )
      assert.deepInclude(error, { _tag: "McpError", reason: "Connection" })
    })
  )

  it.scopedLive("behind an address, with a secret and a session, which is ended", () =>
    Effect.gen(function* () {
      const { ended, seen, url } = yield* behindAnAddress
      yield* Effect.gen(function* () {
        const toolkit = yield* McpToolkit.make({
          transport: McpHttp.make({ url, headers: { authorization: Redacted.make("Bearer one") } })
        })
        assert.deepInclude(yield* ask(toolkit), { _tag: "Succeeded", result: "clear over Oslo" })
        assert.lengthOf(ended, 0)
      }).pipe(Effect.scoped)
      assert.isAbove(seen.length, 2)
      assert.isTrue(seen.every((header) => header === "Bearer one"))
      assert.lengthOf(ended, 1)
    })
  )

  it.scopedLive("whose address or headers are wrong is a failure without them", () =>
    Effect.gen(function* () {
      const wrong = [
        { url: "nowhere" },
        { url: "http://user:hunter2@127.0.0.1:1/mcp" },
        { url: "http://127.0.0.1:1/mcp", headers: { authorization: Redacted.make("Bearer hunter2\n") } },
        { url: "http://127.0.0.1:1/mcp", headers: { authorization: Redacted.make("Bearer hunter2") } }
      ]
      for (const options of wrong) {
        const error = yield* Effect.flip(McpToolkit.make({ transport: McpHttp.make(options) }))
        assert.deepInclude(error, { _tag: "McpError", reason: "Connection" })
        assert.notInclude(String(error) + JSON.stringify(error), "hunter2")
      }
    })
  )
})

/** A server with sessions on a socket of its own, until the test ends. */
const behindAnAddress = Effect.acquireRelease(
  Effect.async<{
    readonly url: string
    readonly seen: ReadonlyArray<string | undefined>
    readonly ended: ReadonlyArray<string>
    readonly close: () => void
  }>((resume) => {
    const seen: Array<string | undefined> = []
    const ended: Array<string> = []
    const sessions = new Map<string, StreamableHTTPServerTransport>()
    const begin = async () => {
      const transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, transport)
      })
      await serve(() => [[weather]]).server.connect(
        transport as Parameters<ReturnType<typeof serve>["server"]["connect"]>[0]
      )
      return transport
    }
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      const id = request.headers["mcp-session-id"]
      if (request.method === "DELETE") ended.push(String(id))
      const known = typeof id === "string" ? sessions.get(id) : undefined
      void Promise.resolve(known ?? begin()).then((transport) => transport.handleRequest(request, response))
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}/mcp`, seen, ended, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)
