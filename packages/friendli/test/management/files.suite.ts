/**
 * What holds for files over every HTTP layer, over real sockets: the bytes, the headers that a foreign host sees, and what an interruption
 * leaves.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Files from "effect-friendli/Files"
import * as Friendli from "effect-friendli/Friendli"
import * as Management from "effect-friendli/Management"
import * as Retry from "effect-friendli/Retry"
import * as Upload from "effect-friendli/Upload"
import { createHash } from "node:crypto"
import { inMemoryTracer } from "../tracing.js"
import { eventually, formOf, json, type Received, serve } from "./servers.js"

const token = "flp_A1b2C3d4E5f6G7h8"

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`

export const suite = (httpLayer: Layer.Layer<HttpClient.HttpClient>): void => {
  const over = (baseUrl: string) =>
    Files.layer.pipe(
      Layer.provide(
        Management.layerClient({
          token,
          baseUrl,
          team: "team-1",
          retry: Retry.never,
          headers: { "x-company-key": "0123456789abcdef" }
        })
      ),
      Layer.provide(httpLayer),
      Layer.orDie
    )

  /** An API whose files are in another store. */
  const api = (storeUrl: string, info: () => object = () => ({})) =>
    serve(({ method, path }, response) => {
      if (method === "POST") {
        json(response, {
          fileId: "file-1",
          uploadUrl: `${storeUrl}/bucket?X-Signature=abc%2Bdef`,
          aws: { key: "k", policy: "p" }
        })
      } else if (path.endsWith("download_url")) {
        json(response, { fileId: "file-1", s3Uri: "s3://b/k", downloadUrl: `${storeUrl}/file-1?sig=0123456789abcdef` })
      } else if (method === "GET") json(response, info())
      else json(response, null)
    })

  const stored = serve((_, response) => {
    response.writeHead(204)
    response.end()
  })

  const assertForeign = ({ headers }: Received): void => {
    const names = Object.keys(headers)
    for (const name of ["authorization", "x-friendli-team", "x-company-key", "traceparent", "b3", "cookie"]) {
      assert.notInclude(names, name)
    }
    const values = JSON.stringify(headers)
    for (const secret of [token, "0123456789abcdef", "team-1"]) assert.notInclude(values, secret)
  }

  it.scopedLive(
    "a store gets the form and the file, and nothing of the program: no token, no team, no header, no trace",
    () =>
      Effect.gen(function* () {
        const store = yield* stored
        const { received, url } = yield* api(store.url)
        const { spans, tracer } = inMemoryTracer()
        const bytes = new TextEncoder().encode("Hello!")
        yield* Files.upload({ file: Upload.fromBytes(bytes, { name: "a.txt" }), projectId: "p" }).pipe(
          Friendli.withOptions({ headers: { cookie: "session=0123456789abcdef" } }),
          Effect.withSpan("outer"),
          Effect.withTracer(tracer),
          Effect.provide(over(url))
        )
        for (const request of received) assert.strictEqual(request.headers.authorization, `Bearer ${token}`)
        assert.lengthOf(store.received, 1)
        const [request] = store.received
        assertForeign(request!)
        assert.strictEqual(request!.path, "/bucket?X-Signature=abc%2Bdef")
        const form = yield* formOf(request!)
        assert.deepStrictEqual([...form.keys()], ["key", "policy", "file"])
        assert.strictEqual(yield* Effect.promise(() => (form.get("file") as File).text()), "Hello!")
        // one of the SDK, which says where it went, and none of the transport, which would show the signature
        const seen = JSON.stringify(spans.map(({ attributes, name }) => [name, [...attributes]]))
        assert.include(seen, "Files.upload")
        assert.notInclude(seen, "X-Signature")
      })
  )

  it.scopedLive("a store that is asked for bytes learns as little", () =>
    Effect.gen(function* () {
      const store = yield* serve((_, response) => {
        response.writeHead(200, { "content-type": "text/plain" })
        response.end("Hello!")
      })
      const digest = sha256(new TextEncoder().encode("Hello!"))
      const { url } = yield* api(store.url, () => ({ id: "file-1", name: "a", size: 6, digest, status: "UPLOADED" }))
      const { spans, tracer } = inMemoryTracer()
      const chunks = yield* Stream.runCollect(Files.download({ file_id: "file-1" })).pipe(
        Effect.withSpan("outer"),
        Effect.withTracer(tracer),
        Effect.provide(over(url))
      )
      assert.strictEqual(Buffer.concat([...chunks]).toString(), "Hello!")
      assertForeign(store.received[0]!)
      assert.notInclude(JSON.stringify(spans.map(({ attributes }) => [...attributes])), "0123456789abcdef")
    })
  )

  describe("an interruption closes the connection", () => {
    const endless = Stream.schedule(Stream.repeatValue(new Uint8Array(16_384)), Schedule.spaced("1 millis"))
    const never = () => {}

    it.scopedLive("while the upload is begun", () =>
      Effect.gen(function* () {
        const { received, url } = yield* serve(never)
        const file = Upload.fromBytes(new Uint8Array(8), { name: "a" })
        const fiber = yield* Effect.fork(Effect.provide(Files.upload({ file, projectId: "p" }), over(url)))
        yield* eventually("the request", () => received.length === 1)
        yield* Fiber.interrupt(fiber)
        yield* eventually("the end of the connection", () => received[0]!.state === "aborted")
      })
    )

    it.scopedLive("while the bytes are sent, and the source is let go", () =>
      Effect.gen(function* () {
        const store = yield* serve(never)
        const { received, url } = yield* api(store.url)
        let isClosed = false
        const stream = Stream.ensuring(
          endless,
          Effect.sync(() => (isClosed = true))
        )
        const file = Upload.fromStream(stream, { name: "a", size: 1_000_000_000 })
        const uploading = Files.upload({ file, projectId: "p", digest: "sha256:00" })
        const fiber = yield* Effect.fork(Effect.provide(uploading, over(url)))
        yield* eventually("some bytes", () => (store.received[0]?.size ?? 0) > 0)
        yield* Fiber.interrupt(fiber)
        yield* eventually("the end of the connection", () => store.received[0]!.state === "aborted")
        yield* eventually("the end of the source", () => isClosed)
        // and the API hears of no completion
        assert.deepStrictEqual(
          received.map(({ method }) => method),
          ["POST"]
        )
      })
    )

    it.scopedLive("while the upload is completed", () =>
      Effect.gen(function* () {
        const store = yield* stored
        const { received, url } = yield* serve(({ method }, response) => {
          if (method === "POST") json(response, { fileId: "file-1", uploadUrl: `${store.url}/b`, aws: {} })
        })
        const file = Upload.fromBytes(new Uint8Array(8), { name: "a" })
        const fiber = yield* Effect.fork(Effect.provide(Files.upload({ file, projectId: "p" }), over(url)))
        yield* eventually("the completion", () => received.length === 2)
        yield* Fiber.interrupt(fiber)
        yield* eventually("the end of the connection", () => received[1]!.state === "aborted")
      })
    )

    it.scopedLive("while bytes arrive", () =>
      Effect.gen(function* () {
        const store = yield* serve((_, response) => {
          response.writeHead(200)
          response.write("Hello!")
        })
        const { url } = yield* api(store.url, () => ({
          id: "file-1",
          name: "a",
          size: 9,
          digest: "sha256:00",
          status: "UPLOADED"
        }))
        const first = Stream.runHead(Files.download({ file_id: "file-1" }))
        assert.isTrue((yield* Effect.provide(first, over(url)))._tag === "Some")
        yield* eventually("the end of the connection", () => store.received[0]?.state === "aborted")

        const fiber = yield* Effect.fork(
          Effect.provide(Stream.runDrain(Files.download({ file_id: "file-1" })), over(url))
        )
        yield* eventually("the request", () => store.received.length === 2)
        yield* Fiber.interrupt(fiber)
        yield* eventually("the end of the connection", () => store.received[1]!.state === "aborted")
      })
    )
  })

  it.scopedLive("a download that is cut fails, with and without an announced length", () =>
    Effect.gen(function* () {
      for (const headers of [{ "content-length": "6" }, {}]) {
        const store = yield* serve((_, response) => {
          response.writeHead(200, headers)
          response.write("Hel")
          setTimeout(() => response.destroy(), 20)
        })
        const { url } = yield* api(store.url, () => ({
          id: "file-1",
          name: "a",
          size: 6,
          digest: "sha256:00",
          status: "UPLOADED"
        }))
        const error = yield* Effect.flip(
          Effect.provide(Stream.runDrain(Files.download({ file_id: "file-1" })), over(url))
        )
        assert.deepInclude(error, { _tag: "ConnectionError", phase: "body" })
      }
    })
  )

  it.scopedLive("a store that hangs up is a connection that failed", () =>
    Effect.gen(function* () {
      const store = yield* serve((_, response) => void response.destroy())
      const { url } = yield* api(store.url)
      const file = Upload.fromBytes(new Uint8Array(8), { name: "a" })
      const error = yield* Effect.flip(Effect.provide(Files.upload({ file, projectId: "p" }), over(url)))
      assert.strictEqual(error._tag, "ConnectionError")
      assert.strictEqual(error.operation, "Files.upload")
    })
  )
}
