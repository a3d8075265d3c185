import { HttpApiBuilder, HttpServer } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Layer, ManagedRuntime } from "effect"
import type { Fault } from "effect-friendli-emulator/Faults"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { ApiLive, layer } from "../src/server.js"
import { emulator, friendli, serving } from "./support.js"

const ask = (url: string, body: unknown = { prompt: "Hello!" }, signal?: AbortSignal) =>
  Effect.promise(() =>
    fetch(`${url}/ask`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal })
    })
  )

const textOf = (response: Response) => Effect.promise(() => response.text())

const eventually = (condition: () => boolean | undefined, limit: Duration.DurationInput = "15 seconds") =>
  Effect.sync(condition).pipe(
    Effect.delay("10 millis"),
    Effect.repeat({ until: (holds) => holds === true }),
    Effect.timeout(limit)
  )

describe("server", () => {
  it.scopedLive("answers with the events of the stream", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator()
      const response = yield* ask(yield* serving(layer, upstream))
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      const frames = (yield* textOf(response)).trimEnd().split("\n\n")
      assert.strictEqual(frames.at(-1), "data: [DONE]")
      assert.lengthOf(frames, (upstream.requests[0]?.eventsSent ?? 0) + 1)
      assert.match(frames[1] ?? "", /"content":"[^"]+"/)
    })
  )

  const statuses: ReadonlyArray<readonly [fault: Fault, status: number, tag: string, retryAfter: string | null]> = [
    [{ status: 422 }, 422, "Rejected", null],
    [{ status: 429, retryAfter: 2 }, 503, "Busy", "2"],
    [{ status: 503 }, 503, "Busy", "5"],
    [{ delayHeaders: 5000 }, 504, "TooSlow", null],
    [{ status: 401 }, 502, "Unavailable", null],
    [{ reset: { afterEvents: 0 } }, 502, "Unavailable", null],
    [{ errorFrame: { afterEvents: 0, status: 500 } }, 502, "Unavailable", null],
    [{ html: true }, 502, "Unavailable", null]
  ]
  for (const [fault, status, tag, retryAfter] of statuses) {
    it.scopedLive(`${JSON.stringify(fault)} before the first element is a ${status}`, () =>
      Effect.gen(function* () {
        const upstream = yield* emulator()
        upstream.faults.enqueue(fault)
        const response = yield* ask(yield* serving(layer, upstream, "1 second"))
        const body = yield* textOf(response)
        assert.strictEqual(response.status, status)
        assert.strictEqual(response.headers.get("retry-after"), retryAfter)
        assert.strictEqual((JSON.parse(body) as { readonly _tag: string })._tag, tag)
        assert.notInclude(body, upstream.url)
      })
    )
  }

  it.scopedLive("answers with 400 to a body without a prompt, and sends nothing to Friendli", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator()
      const response = yield* ask(yield* serving(layer, upstream), { prompt: " " })
      assert.strictEqual(response.status, 400)
      assert.isEmpty(upstream.requests)
    })
  )

  it.scopedLive("ends with an error frame when the stream fails later", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator()
      upstream.faults.enqueue({ truncate: { afterEvents: 3 } })
      const response = yield* ask(yield* serving(layer, upstream))
      const frames = (yield* textOf(response)).trimEnd().split("\n\n")
      assert.strictEqual(response.status, 200)
      assert.lengthOf(frames, 4)
      assert.include(frames[3] ?? "", "StreamTruncatedError")
    })
  )

  it.scopedLive("cancels the upstream request when the browser disconnects in the middle", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator({ tokensPerSecond: 20 })
      const browser = new AbortController()
      const response = yield* ask(yield* serving(layer, upstream), undefined, browser.signal)
      yield* Effect.promise(async () => {
        await response.body?.getReader().read()
        browser.abort()
      })
      yield* eventually(() => upstream.requests[0]?.aborted && upstream.openConnections === 0)
      assert.isBelow(upstream.requests[0]?.tokensGenerated ?? Infinity, 100)
    })
  )

  it.scopedLive("cancels the upstream request when the browser disconnects before the first byte", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator()
      upstream.faults.enqueue({ delayHeaders: 20_000 })
      const url = yield* serving(layer, upstream)
      const browser = new AbortController()
      yield* Effect.fork(Effect.exit(ask(url, undefined, browser.signal)))
      yield* eventually(() => upstream.requests.length === 1)
      browser.abort()
      yield* eventually(() => upstream.requests[0]?.aborted && upstream.openConnections === 0)
    })
  )

  it.scopedLive("runs in another framework as a web handler, on a shared ManagedRuntime", () =>
    Effect.gen(function* () {
      const upstream = yield* emulator({ tokensPerSecond: 20 })
      const runtime = ManagedRuntime.make(friendli(upstream))
      const { dispose, handler } = HttpApiBuilder.toWebHandler(
        Layer.mergeAll(Layer.provide(ApiLive, friendli(upstream)), HttpServer.layerContext),
        { memoMap: runtime.memoMap }
      )
      yield* Effect.addFinalizer(() => Effect.promise(() => dispose().then(() => runtime.dispose())))
      const request = () =>
        new Request("http://localhost/ask", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ prompt: "Hello!" })
        })
      const response = yield* Effect.promise(() => handler(request()))
      assert.strictEqual(response.status, 200)
      yield* Effect.promise(async () => {
        const reader = response.body!.getReader()
        await reader.read()
        await reader.cancel()
      })
      yield* eventually(() => upstream.requests[0]?.aborted && upstream.openConnections === 0)

      upstream.faults.enqueue({ status: 503, retryAfter: 3 })
      const refused = yield* Effect.promise(() => handler(request()))
      assert.strictEqual(refused.status, 503)
      assert.strictEqual(refused.headers.get("retry-after"), "3")
    })
  )

  it.scopedLive(
    "as a program, finishes the streams that are running before it ends at SIGTERM",
    () =>
      Effect.gen(function* () {
        const upstream = yield* emulator({ tokensPerSecond: 30 })
        const file = fileURLToPath(new URL("../src/server.ts", import.meta.url))
        const server = yield* Effect.acquireRelease(
          Effect.sync(() => {
            const child = spawn(process.execPath, ["--import", "tsx", file], {
              env: { ...process.env, PORT: "0", FRIENDLI_TOKEN: "flp_test", FRIENDLI_BASE_URL: upstream.url }
            })
            let printed = ""
            for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (printed += String(text)))
            return { child, printed: () => printed }
          }),
          ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
        )
        const port = () => /Listening on \S+:(\d+)/.exec(server.printed())?.[1]
        yield* eventually(() => port() !== undefined, "60 seconds")
        const response = yield* ask(`http://127.0.0.1:${port()}`)
        const exited = new Promise<number | null>((resolve) => server.child.once("exit", resolve))
        server.child.kill("SIGTERM")
        assert.include(yield* textOf(response), "data: [DONE]")
        assert.strictEqual(yield* Effect.promise(() => exited), 0)
      }),
    90_000
  )
})
