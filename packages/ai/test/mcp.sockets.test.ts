/**
 * MCP servers as programs and behind addresses.
 */
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
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

  it.scopedLive("behind an address, with a secret", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const http = yield* Effect.acquireRelease(
        Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
          const server = createServer((request, response) => {
            seen.push(request.headers.authorization)
            const transport = new StreamableHTTPServerTransport({})
            void serve(() => [[weather]])
              .server.connect(transport as Parameters<ReturnType<typeof serve>["server"]["connect"]>[0])
              .then(() => transport.handleRequest(request, response))
          })
          server.listen(0, "127.0.0.1", () => {
            const { port } = server.address() as AddressInfo
            const close = () => {
              server.closeAllConnections()
              server.close()
            }
            resume(Effect.succeed({ url: `http://127.0.0.1:${port}/mcp`, close }))
          })
        }),
        ({ close }) => Effect.sync(close)
      )
      const toolkit = yield* McpToolkit.make({
        transport: McpHttp.make({ url: http.url, headers: { authorization: Redacted.make("Bearer one") } })
      })
      assert.deepInclude(yield* ask(toolkit), { _tag: "Succeeded", result: "clear over Oslo" })
      assert.isTrue(seen.every((header) => header === "Bearer one"))
      assert.deepInclude(yield* Effect.flip(McpToolkit.make({ transport: McpHttp.make({ url: "nowhere" }) })), {
        reason: "Connection"
      })
    })
  )
})
