/**
 * What holds for uploads over every HTTP layer, over real sockets.
 *
 * The layers have a file each: importing npm's undici changes how Node's own fetch treats cut bodies.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Container from "effect-friendli/Container"
import * as Retry from "effect-friendli/Retry"
import type { UploadSource } from "effect-friendli/schema/UploadSource"
import * as Upload from "effect-friendli/Upload"
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"

interface Received {
  readonly headers: Http.IncomingHttpHeaders
  body: Uint8Array<ArrayBuffer>
  size: number
  state: "open" | "whole" | "aborted"
}

const answer = {
  text: "Hello out there.",
  usage: {
    type: "tokens",
    input_tokens: 21,
    output_tokens: 6,
    total_tokens: 27,
    input_audio_length_ms: 1500,
    processed_audio_length_ms: 2000
  }
}

/** A server that keeps what it is sent. It answers after the body; with `early`, as soon as something of it has come. */
const serve = (options?: { readonly statuses?: ReadonlyArray<number>; readonly early?: boolean }) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly received: Array<Received>; readonly server: Http.Server }>(
      (resume) => {
        const received: Array<Received> = []
        const server = Http.createServer((request, response) => {
          const entry: Received = { headers: request.headers, body: new Uint8Array(0), size: 0, state: "open" }
          const status = options?.statuses?.[received.length] ?? 200
          received.push(entry)
          const chunks: Array<Buffer> = []
          const reply = () => {
            if (response.headersSent) return
            response.writeHead(status, { "content-type": "application/json" })
            response.end(JSON.stringify(status === 200 ? answer : { message: "no" }))
          }
          request.on("data", (chunk: Buffer) => {
            chunks.push(chunk)
            entry.size += chunk.length
            if (options?.early === true && entry.size > 1000) reply()
          })
          request.on("end", () => {
            entry.body = new Uint8Array(Buffer.concat(chunks))
            entry.state = "whole"
            reply()
          })
          request.on("error", () => {})
          request.socket.on("close", () => {
            if (entry.state === "open") entry.state = "aborted"
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, server }))
        })
      }
    ),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

const formOf = (received: Received) =>
  Effect.promise(() =>
    new Response(received.body, { headers: { "content-type": received.headers["content-type"]! } }).formData()
  )

const fileOf = (received: Received) =>
  Effect.flatMap(formOf(received), (form) =>
    Effect.promise(async () => {
      const file = form.get("file") as File
      return { name: file.name, type: file.type, bytes: Buffer.from(await file.arrayBuffer()) }
    })
  )

/** Waits for something that another party brings about. */
const eventually = (what: string, holds: () => boolean) =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail(`${what} did not come about`))).pipe(
    Effect.retry(Schedule.spaced("10 millis").pipe(Schedule.upTo("8 seconds")))
  )

const piece = new Uint8Array(16_384).fill(7)

/** A source that says how far it was read and whether it was let go of. */
const source = (stream: Stream.Stream<Uint8Array, unknown>) => {
  const seen = { pieces: 0, opened: 0, closed: 0 }
  return {
    seen,
    stream: Stream.unwrapScoped(
      Effect.as(
        Effect.acquireRelease(
          Effect.sync(() => seen.opened++),
          () => Effect.sync(() => seen.closed++)
        ),
        Stream.tap(stream, () => Effect.sync(() => seen.pieces++))
      )
    )
  }
}

export const suite = (
  httpLayer: Layer.Layer<HttpClient.HttpClient>,
  /** Whether this layer says the length of a stream. */
  saysLength: boolean
) => {
  const over = (url: string, retry: Retry.Policy = Retry.never) =>
    Audio.layer.pipe(Layer.provide(Container.layerClient({ baseUrl: url, retry })), Layer.provide(httpLayer))

  const promptly = Retry.transient(Schedule.recurs(2))

  const transcribe = (url: string, file: UploadSource, retry?: Retry.Policy) =>
    Audio.transcribe({ file, language: "en" }).pipe(Effect.provide(over(url, retry)))

  const bytes = randomBytes(300_001)
  const parts = [bytes.subarray(0, 1), bytes.subarray(1, 100_000), bytes.subarray(100_000)]

  const sources: Record<string, Effect.Effect<{ readonly file: UploadSource; readonly known: boolean }>> = {
    bytes: Effect.succeed({ file: Upload.fromBytes(bytes, { name: "a.wav", type: "audio/wav" }), known: true }),
    "an ArrayBuffer": Effect.succeed({
      file: Upload.fromBytes(new Uint8Array(bytes).buffer, { name: "a.wav", type: "audio/wav" }),
      known: true
    }),
    "a File": Effect.succeed({ file: new File([bytes], "a.wav", { type: "audio/wav" }), known: true }),
    "a Blob": Effect.succeed({
      file: Upload.fromBlob(new Blob([bytes], { type: "audio/wav" }), { name: "a.wav" }),
      known: true
    }),
    "a path": Effect.gen(function* () {
      const folder = yield* Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "upload-")))
      yield* Effect.promise(() => Fs.writeFile(Path.join(folder, "a.wav"), bytes))
      const file = yield* Upload.fromPath(Path.join(folder, "a.wav"), { type: "audio/wav" })
      return { file, known: saysLength }
    }).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie),
    "a stream of known size": Effect.succeed({
      file: Upload.fromStream(Stream.fromIterable(parts), { name: "a.wav", type: "audio/wav", size: bytes.length }),
      known: saysLength
    }),
    "a stream of unknown size": Effect.succeed({
      file: Upload.fromStream(Stream.fromIterable(parts), { name: "a.wav", type: "audio/wav" }),
      known: false
    }),
    "a File with progress": Effect.succeed({
      file: Upload.fromBlob(new File([bytes], "a.wav", { type: "audio/wav" })).pipe(
        Upload.withProgress(() => Effect.void)
      ),
      known: saysLength
    })
  }

  describe("arrives byte for byte", () => {
    for (const [name, make] of Object.entries(sources)) {
      it.scopedLive(name, () =>
        Effect.gen(function* () {
          const { file, known } = yield* make
          const { received, url } = yield* serve()
          const { text } = yield* transcribe(url, file)
          assert.strictEqual(text, answer.text)
          const [request] = received
          const sent = yield* fileOf(request!)
          assert.deepStrictEqual([sent.name, sent.type], ["a.wav", "audio/wav"])
          assert.isTrue(sent.bytes.equals(bytes))
          assert.strictEqual((yield* formOf(request!)).get("language"), "en")
          assert.strictEqual(request!.headers["content-length"], known ? String(request!.size) : undefined)
          assert.strictEqual(request!.headers["transfer-encoding"], known ? undefined : "chunked")
        })
      )
    }

    it.scopedLive("an empty file", () =>
      Effect.gen(function* () {
        const { received, url } = yield* serve()
        yield* transcribe(url, Upload.fromBytes(new Uint8Array(0), { name: "empty.wav" }))
        yield* transcribe(url, Upload.fromStream(Stream.empty, { name: "empty.wav", size: 0 }))
        for (const request of received) assert.strictEqual((yield* fileOf(request)).bytes.length, 0)
        assert.lengthOf(received, 2)
      })
    )
  })

  it.scopedLive("tells how far it has come", () =>
    Effect.gen(function* () {
      const { url } = yield* serve()
      const told: Array<Upload.Progress> = []
      const upload = Upload.fromStream(Stream.fromIterable(parts), { name: "a.wav", size: bytes.length })
      yield* transcribe(
        url,
        Upload.withProgress(upload, (progress) => Effect.sync(() => void told.push(progress)))
      )
      assert.deepStrictEqual(told, [
        { sent: 1, total: bytes.length },
        { sent: 100_000, total: bytes.length },
        { sent: bytes.length, total: bytes.length }
      ])
    })
  )

  describe("a retry", () => {
    for (const name of ["bytes", "a File", "a path", "a stream of known size", "a stream of unknown size"]) {
      it.scopedLive(`sends ${name} again, whole`, () =>
        Effect.gen(function* () {
          const { file } = yield* sources[name]!
          const { received, url } = yield* serve({ statuses: [503, 429, 200] })
          yield* transcribe(url, file, promptly)
          assert.lengthOf(received, 3)
          for (const request of received) assert.isTrue((yield* fileOf(request)).bytes.equals(bytes))
        })
      )
    }

    it.scopedLive("is not made for a file that can be read only once", () =>
      Effect.gen(function* () {
        const { received, url } = yield* serve({ statuses: [503] })
        const upload = Upload.fromStream(Stream.make(piece), { name: "a.wav", repeatable: false })
        const error = yield* Effect.flip(transcribe(url, upload, promptly))
        assert.strictEqual(error._tag, "OverloadedError")
        assert.lengthOf(received, 1)
      })
    )
  })

  describe("a file that cannot be read", () => {
    const failing: Record<string, readonly [Upload.Upload, message: RegExp]> = {
      "fails at once": [Upload.fromStream(Stream.fail(new Error("no microphone")), { name: "a.wav" }), /no microphone/],
      "fails later": [
        Upload.fromStream(
          Stream.concat(
            Stream.repeatValue(piece).pipe(Stream.take(20)),
            Stream.fromEffect(Effect.delay(Effect.fail(new Error("the cable was pulled")), "50 millis"))
          ),
          { name: "a.wav" }
        ),
        /cable/
      ],
      "has a defect": [
        Upload.fromStream(Stream.concat(Stream.make(piece), Stream.dieMessage("a bug")), { name: "a.wav" }),
        /a bug/
      ],
      "is shorter than it was said to be": [
        Upload.fromStream(Stream.make(piece), { name: "a.wav", size: piece.length + 1 }),
        /ended after 16384 bytes, but its size is 16385/
      ],
      "is longer than it was said to be": [
        Upload.fromStream(Stream.make(piece, piece), { name: "a.wav", size: piece.length }),
        /more bytes than its size of 16384/
      ]
    }
    for (const [name, [file, message]] of Object.entries(failing)) {
      it.scopedLive(name, () =>
        Effect.gen(function* () {
          const { received, url } = yield* serve()
          const error = yield* Effect.flip(transcribe(url, file, promptly))
          assert.strictEqual(error._tag, "InvalidRequestError")
          if (error._tag !== "InvalidRequestError") return
          assert.deepStrictEqual(
            error.issues.map((issue) => issue.path),
            [["file"]]
          )
          assert.match(error.cause?.message ?? "", message)
          assert.isUndefined(error.status)
          // whatever had been sent is taken back: no part of a file passes for the whole
          assert.isAtMost(received.length, 1)
          yield* eventually("the end of the connection", () => received.every(({ state }) => state === "aborted"))
        })
      )
    }
  })

  describe("is released", () => {
    const endless = Stream.schedule(Stream.repeatValue(piece), Schedule.spaced("1 millis"))
    const stalled = Stream.concat(Stream.make(piece), Stream.never)
    for (const [name, stream] of [
      ["a source that goes on", endless],
      ["a source that stops sending data", stalled]
    ] as const) {
      it.scopedLive(`${name}, by an interruption`, () =>
        Effect.gen(function* () {
          const { received, url } = yield* serve()
          const { seen, stream: file } = source(stream)
          const fiber = yield* Effect.fork(transcribe(url, Upload.fromStream(file, { name: "a.wav" })))
          yield* eventually("the upload", () => (received[0]?.size ?? 0) > 0 && seen.pieces > 0)
          yield* Fiber.interrupt(fiber)
          yield* eventually("the end of the source", () => seen.closed === 1)
          yield* eventually("the end of the connection", () => received[0]!.state === "aborted")
          const { pieces } = seen
          yield* Effect.sleep("30 millis")
          assert.strictEqual(seen.pieces, pieces)
        })
      )

      it.scopedLive(`${name}, by a rejection that does not wait for it`, () =>
        Effect.gen(function* () {
          const { received, url } = yield* serve({ statuses: [413], early: true })
          const { seen, stream: file } = source(stream)
          const error = yield* Effect.flip(transcribe(url, Upload.fromStream(file, { name: "a.wav" })))
          assert.strictEqual(error._tag === "InvalidRequestError" && error.status, 413)
          yield* eventually("the end of the source", () => seen.closed === seen.opened)
          assert.strictEqual(seen.opened, 1)
          yield* eventually("the end of the connection", () => received[0]!.state === "aborted")
        })
      )
    }

    it.scopedLive("by an early answer too, which counts", () =>
      Effect.gen(function* () {
        const { url } = yield* serve({ early: true })
        const { seen, stream: file } = source(stalled)
        const { text } = yield* transcribe(url, Upload.fromStream(file, { name: "a.wav" }))
        assert.strictEqual(text, answer.text)
        yield* eventually("the end of the source", () => seen.closed === 1)
      })
    )
  })

  it.scopedLive("keeps names and contents that look like a form", () =>
    Effect.gen(function* () {
      const { received, url } = yield* serve()
      const names = ['say "hi".wav', "ひと声.wav", "semi;colon=.wav", "back\\slash.wav", "per%cent.wav"]
      const hostile = (boundary: string) =>
        Buffer.from(`\r\n--${boundary}--\r\n\r\n--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nx`)
      for (const name of names) yield* transcribe(url, Upload.fromBytes(piece, { name }))
      // what another request used as its boundary
      const boundary = /boundary=(.*)$/.exec(received[0]!.headers["content-type"]!)![1]!
      yield* transcribe(url, Upload.fromBytes(hostile(boundary), { name: "\r\nX-Evil: 1.wav" }))

      for (const [index, name] of names.entries()) {
        const raw = Buffer.from(received[index]!.body).toString("utf8")
        assert.include(raw, `filename="${name.replaceAll('"', "%22")}"`)
      }
      const last = received.at(-1)!
      assert.include(Buffer.from(last.body).toString("utf8"), 'filename="%0D%0AX-Evil: 1.wav"')
      assert.isTrue((yield* fileOf(last)).bytes.equals(hostile(boundary)))
      assert.deepStrictEqual([...(yield* formOf(last)).keys()].toSorted(), ["file", "language"])
      assert.strictEqual(new Set(received.map(({ headers }) => headers["content-type"])).size, received.length)
    })
  )
}
