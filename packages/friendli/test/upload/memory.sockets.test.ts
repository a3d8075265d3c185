/**
 * A file that is larger than memory should be: what is in memory at a time does not grow with it.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Container from "effect-friendli/Container"
import * as Upload from "effect-friendli/Upload"
import { spawn } from "node:child_process"

/** A server that counts what it is sent, in a process of its own: its memory is not ours. */
const sink = `
  const server = require("node:http").createServer((request, response) => {
    let bytes = 0
    request.on("data", (chunk) => { bytes += chunk.length })
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/json", "x-received": String(bytes) })
      response.end(JSON.stringify({ text: "", usage: {
        type: "tokens", input_tokens: 0, output_tokens: 0, total_tokens: 0,
        input_audio_length_ms: 0, processed_audio_length_ms: 0
      } }))
    })
  })
  server.listen(0, "127.0.0.1", () => console.log(server.address().port))
`

const serve = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly stop: () => void }>((resume) => {
    const child = spawn(process.execPath, ["-e", sink], { stdio: ["ignore", "pipe", "inherit"] })
    child.stdout.once("data", (port: Buffer) =>
      resume(
        Effect.succeed({ url: `http://127.0.0.1:${port.toString().trim()}`, stop: () => void child.kill("SIGKILL") })
      )
    )
  }),
  ({ stop }) => Effect.sync(stop)
)

/** Else Node's fetch keeps a copy of every body, for a redirect. */
const withoutRedirects = Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error", window: null })

const mebibyte = 1024 * 1024

/** Each in memory of its own: what is held back can be seen. */
const chunks = Stream.repeatEffect(Effect.sync(() => new Uint8Array(mebibyte).fill(42)))

const upload = (mebibytes: number, httpLayer: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.gen(function* () {
    const { url } = yield* serve
    const size = mebibytes * mebibyte
    const before = process.memoryUsage().rss
    let peak = before
    let last = 0
    const file = Upload.fromStream(Stream.take(chunks, mebibytes), { name: "a.wav", size }).pipe(
      Upload.withProgress(({ sent }) =>
        Effect.sync(() => {
          last = sent
          peak = Math.max(peak, process.memoryUsage.rss())
        })
      )
    )
    const layer = Audio.layer.pipe(Layer.provide(Container.layerClient({ baseUrl: url })), Layer.provide(httpLayer))
    const { response } = yield* Audio.transcribeWithResponse({ file }).pipe(Effect.provide(layer))
    return { size, last, received: Number(response.headers["x-received"]), grown: peak - before }
  })

describe("an upload keeps memory flat", () => {
  const cases = [
    ["2 GiB over undici", 2048, NodeHttpClient.layerUndici],
    ["2 GiB over fetch that does not follow redirects", 2048, Layer.provide(FetchHttpClient.layer, withoutRedirects)]
  ] as const
  for (const [name, mebibytes, layer] of cases) {
    it.scopedLive(
      name,
      () =>
        Effect.gen(function* () {
          const { grown, last, received, size } = yield* upload(mebibytes, layer)
          assert.strictEqual(last, size)
          // the form around the file is a few hundred bytes
          assert.isAtLeast(received, size)
          assert.isAtMost(received, size + 1000)
          assert.isBelow(grown / mebibyte, 250)
        }),
      120_000
    )
  }
})
