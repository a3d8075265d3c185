/** Files: what is sent and read, against the contract's vectors and a scripted client; digests, and downloads that are not whole. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Files from "effect-friendli/Files"
import type { WithResponse } from "effect-friendli/FriendliClient"
import type { FriendliError } from "effect-friendli/FriendliError"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import * as Vectors from "effect-friendli-vectors"
import { createHash } from "node:crypto"
import { over } from "./Files.support.js"
import { it } from "./it.js"
import { assertSent, vectorCases } from "./managed.js"
import { assertRejected } from "./sent.js"
import { collect, untilFailure } from "./support.js"

const once = { retry: Retry.never } as const
const encoder = new TextEncoder()
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`

type Run = (request: never, options?: RequestOptions) => Effect.Effect<unknown, FriendliError, Files.Files>

const rows: Readonly<
  Record<
    string,
    { readonly call: Run; readonly whole: Run; readonly files: ReadonlyArray<string>; readonly isSilent?: true }
  >
> = {
  init_upload: { call: Files.initUpload, whole: Files.initUploadWithResponse, files: ["response", "response.exists"] },
  complete_upload: {
    call: Files.completeUpload,
    whole: Files.completeUploadWithResponse,
    files: ["response"],
    isSilent: true
  },
  get_info: { call: Files.getInfo, whole: Files.getInfoWithResponse, files: ["response"] },
  get_download_url: { call: Files.getDownloadUrl, whole: Files.getDownloadUrlWithResponse, files: ["response"] }
}

describe.each(Object.entries(rows))("%s", (name, { call, files, isSilent, whole }) => {
  const cases = vectorCases(`file.${name}`, call).flatMap((one) => files.map((file) => ({ ...one, file })))

  it.effect.each(cases)(
    "$kind, $file: the vector is sent as it is, and the answer is read without loss",
    ({ body, file, run, wire }) => {
      const answer = Vectors.json(`file.${name}.${file}.json`)
      return Effect.gen(function* () {
        assert.deepStrictEqual<unknown>(yield* run, isSilent ? undefined : answer)
        yield* assertSent(wire, body)
      }).pipe(Effect.provide(over([Reply.json(answer)])))
    }
  )

  it.effect("the answer comes with its metadata, too", () => {
    const answer = Vectors.json(`file.${name}.response.json`)
    return Effect.gen(function* () {
      const [minimal] = vectorCases(`file.${name}`, whole)
      const { response, value } = (yield* minimal!.run) as WithResponse<unknown>
      assert.deepStrictEqual<unknown>(value, isSilent ? undefined : answer)
      assert.strictEqual(response.status, 200)
    }).pipe(Effect.provide(over([Reply.json(answer)])))
  })
})

it.effect("an accepted upload is begun, too", () =>
  Effect.gen(function* () {
    const ticket = yield* Files.initUpload(Vectors.json("file.init_upload.request.json") as never)
    assert.strictEqual(ticket.fileId, "file-1")
  }).pipe(Effect.provide(over([Reply.json({ fileId: "file-1" }, { status: 202 })])))
)

it.effect("a wrong request is rejected before anything is sent", () =>
  assertRejected(Files.initUpload, "Files.initUpload", "management", [
    ["digest", { name: "a", size: 1, digest: "334d016f", projectId: "p" }],
    ["digest", { name: "a", size: 1, digest: "sha256:xyz", projectId: "p" }],
    ["size", { name: "a", size: -1, digest: "sha256:00", projectId: "p" }],
    ["size", { name: "a", size: 1.5, digest: "sha256:00", projectId: "p" }],
    ["projectId", { name: "a", size: 1, digest: "sha256:00" }]
  ]).pipe(Effect.provide(over([])))
)

describe("upload", () => {
  const url = "https://uploads.example/bucket?X-Signature=0123456789abcdef"
  const ticket = { fileId: "file-1", uploadUrl: url, aws: { key: "team/file-1", policy: "cG9saWN5" } }
  const done = Reply.json(null)
  const stored = Reply.status(204)

  it.effect("tells size and digest, sends the form of the store, and completes", () =>
    Effect.gen(function* () {
      const file = Upload.fromBytes(encoder.encode("Hello!"), { name: "hello.txt", type: "text/plain" })
      const uploaded = yield* Files.upload({ file, projectId: "p" }, { team: "team-1" })
      const digest = Wire.file().digest
      assert.deepStrictEqual(uploaded, { fileId: "file-1", size: 6, digest, wasStored: false })
      const [init, sent, complete] = yield* MockHttpClient.requests
      assert.deepStrictEqual(init?.json, { name: "hello.txt", size: 6, digest, projectId: "p" })
      assert.strictEqual(init?.headers["x-friendli-team"], "team-1")
      assert.strictEqual(sent?.url, url)
      assert.strictEqual(sent?.method, "POST")
      assert.isUndefined(sent?.authorization)
      assert.isUndefined(sent?.headers["x-friendli-team"])
      assert.deepStrictEqual(
        sent?.form?.map((part) =>
          part._tag === "File" ? [part.name, part.filename, part.contentType] : [part.name, part.value]
        ),
        [
          ["key", "team/file-1"],
          ["policy", "cG9saWN5"],
          ["file", "hello.txt", "text/plain"]
        ]
      )
      assert.strictEqual(`${complete?.method} ${complete?.url}`, "PATCH https://api.friendli.ai/beta/file/file-1")
      assert.strictEqual(complete?.headers["x-friendli-team"], "team-1")
    }).pipe(Effect.provide(over([Reply.json(ticket), stored, done])))
  )

  it.effect("sends no byte of a file that is stored already, and completes it", () =>
    Effect.gen(function* () {
      const { wasStored } = yield* Files.upload({ file: new File(["Hello!"], "hello.txt"), projectId: "p" })
      assert.isTrue(wasStored)
      const sent = (yield* MockHttpClient.requests).map(({ method }) => method)
      assert.deepStrictEqual(sent, ["POST", "PATCH"])
    }).pipe(Effect.provide(over([Reply.json({ fileId: "file-1", uploadUrl: null, aws: null }), done])))
  )

  it.effect("takes what a store answers to a form: nothing, or XML", () =>
    Effect.gen(function* () {
      const file = Upload.fromBytes(encoder.encode("Hello!"), { name: "hello.txt" })
      for (const _ of [1, 2, 3]) yield* Files.upload({ file, projectId: "p" })
    }).pipe(
      Effect.provide(
        over(
          [
            Reply.text("<PostResponse/>", { status: 201 }),
            Reply.text(""),
            Reply.json({ error: { message: "no" } })
          ].flatMap((answer) => [Reply.json(ticket), answer, done])
        )
      )
    )
  )

  const sources: ReadonlyArray<readonly [what: string, upload: (stream: Stream.Stream<Uint8Array>) => Upload.Upload]> =
    [
      ["a small stream is read once", (stream) => Upload.fromStream(stream, { name: "a", repeatable: false })],
      [
        "a small stream is read once, also with progress",
        (stream) => Upload.withProgress(Upload.fromStream(stream, { name: "a" }), () => Effect.void)
      ]
    ]
  it.effect.each(sources)("%s", ([, make]) =>
    Effect.gen(function* () {
      let opened = 0
      const bytes = encoder.encode("Hello!")
      const stream = Stream.suspend(() => {
        opened++
        return Stream.make(bytes.subarray(0, 2), bytes.subarray(2))
      })
      const { digest, size } = yield* Files.upload({ file: make(stream), projectId: "p" })
      assert.deepStrictEqual([size, digest, opened], [6, sha256(bytes), 1])
      const [, sent] = yield* MockHttpClient.requests
      const part = sent?.form?.at(-1)
      assert.strictEqual(part?._tag === "File" ? Buffer.from(part.bytes).toString() : "", "Hello!")
    }).pipe(Effect.provide(over([Reply.json(ticket), stored, done])))
  )

  it.effect("a file that cannot be read is an error about the file, and nothing is sent", () =>
    Effect.gen(function* () {
      const broken: ReadonlyArray<readonly [Upload.Upload, RegExp]> = [
        [Upload.fromStream(Stream.fail(new Error("no disk")), { name: "a" }), /no disk/],
        [Upload.fromStream(Stream.make(encoder.encode("ab")), { name: "a", size: 3 }), /2 bytes, but its size is 3/]
      ]
      for (const [file, reason] of broken) {
        const error = yield* Effect.flip(Files.upload({ file, projectId: "p" }))
        assert(error._tag === "InvalidRequestError")
        assert.strictEqual(error.operation, "Files.upload")
        assert.deepStrictEqual(error.issues[0]?.path, ["file"])
        assert.match(error.cause?.message ?? "", reason)
      }
      assert.lengthOf(yield* MockHttpClient.requests, 0)
    }).pipe(Effect.provide(over([])))
  )

  it.effect("with a digest of one's own the file is read only to be sent", () =>
    Effect.gen(function* () {
      let opened = 0
      const stream = Stream.suspend(() => {
        opened++
        return Stream.make(encoder.encode("Hello!"))
      })
      const { digest } = Wire.file()
      const file = Upload.fromStream(stream, { name: "a", size: 6, repeatable: false })
      assert.deepInclude(yield* Files.upload({ file, projectId: "p", digest }), { digest, size: 6 })
      assert.strictEqual(opened, 1)
    }).pipe(Effect.provide(over([Reply.json(ticket), stored, done])))
  )

  it.effect("is sent to the store again after a transient failure, and to the API only if it was not processed", () =>
    Effect.gen(function* () {
      const file = Upload.fromBytes(encoder.encode("Hello!"), { name: "a" })
      const fiber = yield* Effect.fork(Files.upload({ file, projectId: "p" }))
      yield* TestClock.adjust("1 minute")
      yield* fiber
      const sent = (yield* MockHttpClient.requests).map(({ method, url: to }) => `${method} ${new URL(to).host}`)
      assert.deepStrictEqual(sent, [
        "POST api.friendli.ai",
        "POST uploads.example",
        "POST uploads.example",
        "PATCH api.friendli.ai",
        "PATCH api.friendli.ai"
      ])
    }).pipe(Effect.provide(over([Reply.json(ticket), Reply.status(500), stored, Reply.status(503), done])))
  )

  it.effect("a refusal of the store is typed, and shows neither the signature nor the fields", () =>
    Effect.gen(function* () {
      const file = Upload.fromBytes(encoder.encode("Hello!"), { name: "a" })
      const error = yield* Effect.flip(Files.upload({ file, projectId: "p" }, once))
      assert.strictEqual(error._tag, "PermissionDeniedError")
      assert.strictEqual(error.operation, "Files.upload")
      assert.strictEqual(error.url, "https://uploads.example/bucket")
      const shown = JSON.stringify(error) + error.message
      for (const secret of ["0123456789abcdef", "very-secret-policy-of-the-upload"]) assert.notInclude(shown, secret)
    }).pipe(
      Effect.provide(
        over([
          Reply.json({ ...ticket, aws: { policy: "very-secret-policy-of-the-upload" } }),
          Reply.text("<Error><Code>AccessDenied</Code><Policy>very-secret-policy-of-the-upload</Policy></Error>", {
            status: 403
          })
        ])
      )
    )
  )

  it.effect("an answer with something else than a URL is one that cannot be used", () =>
    Effect.gen(function* () {
      const file = Upload.fromBytes(encoder.encode("Hello!"), { name: "a" })
      for (const uploadUrl of ["bucket", "file:///etc/passwd", "javascript:alert(1)"]) {
        const error = yield* Effect.flip(Files.upload({ file, projectId: "p" }, once))
        assert(error._tag === "ResponseDecodeError", uploadUrl)
        assert.deepStrictEqual(error.issues[0]?.path, ["uploadUrl"])
      }
    }).pipe(
      Effect.provide(
        over(
          ["bucket", "file:///etc/passwd", "javascript:alert(1)"].map((uploadUrl) =>
            Reply.json({ ...ticket, uploadUrl })
          )
        )
      )
    )
  )
})

describe("download", () => {
  const bytes = encoder.encode("Hello!")
  const url = "https://uploads.example/file-1?sig=0123456789abcdef"
  const location = { fileId: "file-1", s3Uri: "s3://bucket/file-1", downloadUrl: url }

  /** The API, and a store with this answer. */
  const store =
    (answer: Reply.Reply, info = Wire.file()) =>
    (request: MockHttpClient.RecordedRequest): Reply.Reply => {
      const { host, pathname } = new URL(request.url)
      if (host === "uploads.example") return answer
      return Reply.json(pathname.endsWith("download_url") ? location : info)
    }

  const download = Files.download({ file_id: "file-1" }, once)
  const text = (chunks: ReadonlyArray<Uint8Array>): string => Buffer.concat(chunks).toString()

  it.effect("gives the bytes as they arrive, from a host that gets no token", () =>
    Effect.gen(function* () {
      assert.strictEqual(text(yield* collect(Files.download({ file_id: "file-1" }, { team: "t" }))), "Hello!")
      const sent = (yield* MockHttpClient.requests).find((request) => request.url === url)
      assert.isUndefined(sent?.authorization)
      assert.deepStrictEqual(Object.keys(sent?.headers ?? {}), ["user-agent"])
    }).pipe(Effect.provide(over(store(Reply.text(bytes, { cuts: "bytes" })))))
  )

  it.effect("fails after the bytes of a body that is too short or too long, announced or not", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Reply.Reply, string]> = [
        [Reply.text(bytes, { after: { bytes: 3 } }), "Hel"],
        [Reply.text(bytes, { after: { bytes: 3 }, headers: { "content-length": "6" } }), "Hel"],
        [Reply.text(bytes, { after: { bytes: 3 }, ending: "reset" }), "Hel"],
        [Reply.text(encoder.encode("Hello!!")), "Hello!!"]
      ]
      for (const [reply, came] of cases) {
        const { elements, error } = yield* Effect.provide(untilFailure(download), over(store(reply)))
        assert.strictEqual(text(elements), came)
        assert.deepInclude(error, { _tag: "ConnectionError", phase: "body", operation: "Files.download" })
      }
    })
  )

  it.effect("fails after bytes that are others than those that were uploaded", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(download)
      assert.strictEqual(text(elements), "Hallo!")
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    }).pipe(Effect.provide(over(store(Reply.text(encoder.encode("Hallo!"))))))
  )

  it.effect("a digest of another kind is not computed", () =>
    Effect.gen(function* () {
      assert.strictEqual(text(yield* collect(download)), "Hallo!")
    }).pipe(Effect.provide(over(store(Reply.text(encoder.encode("Hallo!")), Wire.file({ digest: "md5:00" })))))
  )

  it.effect("a refusal is typed, and does not show the signature", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain(download))
      assert.strictEqual(error._tag, "PermissionDeniedError")
      assert.strictEqual(error.url, "https://uploads.example/file-1")
      assert.notInclude(JSON.stringify(error) + error.message, "0123456789abcdef")
    }).pipe(Effect.provide(over(store(Reply.text("<Error>0123456789abcdef</Error>", { status: 403 })))))
  )

  it.effect("has the timeouts of the call", () =>
    Effect.gen(function* () {
      const failing = (reply: Reply.Reply, options: RequestOptions) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(
            Effect.flip(Stream.runDrain(Files.download({ file_id: "file-1" }, { ...once, ...options })))
          )
          yield* TestClock.adjust("10 minutes")
          return yield* Fiber.join(fiber)
        }).pipe(Effect.provide(over(store(reply))))
      const stalled = Reply.text(bytes, { after: { bytes: 3 }, ending: "stall" })
      assert.deepInclude(yield* failing(Reply.never, {}), { _tag: "RequestTimeoutError", kind: "headers" })
      assert.deepInclude(yield* failing(stalled, {}), { _tag: "RequestTimeoutError", kind: "idle" })
      assert.deepInclude(yield* failing(stalled, { timeout: "5 seconds" }), {
        _tag: "RequestTimeoutError",
        kind: "total"
      })
    })
  )

  it.effect("begins again after a transient failure of the store, before the first byte", () =>
    Effect.gen(function* () {
      let asked = 0
      const script = (request: MockHttpClient.RecordedRequest): Reply.Reply => {
        const isFirst = request.url === url && asked++ === 0
        return store(isFirst ? Reply.status(503) : Reply.text(bytes))(request)
      }
      const fiber = yield* Effect.fork(Effect.provide(collect(Files.download({ file_id: "file-1" })), over(script)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(text(yield* Fiber.join(fiber)), "Hello!")
    })
  )
})
