/** Uploads of many samples over mocks of the capabilities: batches, lines of errors, media, and what is left after a failure. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Datasets from "effect-friendli/Datasets"
import * as DatasetUpload from "effect-friendli/DatasetUpload"
import * as Files from "effect-friendli/Files"
import * as FriendliError from "effect-friendli/FriendliError"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { it } from "./it.js"
import { untilFailure } from "./support.js"

const secret = "Why do zebras yawn?"
const sample = (content: string): Datasets.Sample => ({ messages: [{ role: "user", content }] })
const line = (content: string): string => JSON.stringify(sample(content))

const fileOf = (text: string, name = "talks.jsonl"): Upload.Upload =>
  Upload.fromBytes(new TextEncoder().encode(text), { name })

const place = { dataset_id: "ds-1", split_id: "sp-1" }

const call = { operation: "Datasets.addSamples", deployment: "management", message: "The service failed." }

interface World {
  readonly datasets?: Partial<Datasets.Datasets.Service>
  readonly files?: Partial<Files.Files.Service>
}

/** A world that keeps what it is told, in order. */
const world = ({ datasets, files }: World = {}) => {
  const added: Array<ReadonlyArray<string>> = []
  const told: Array<string> = []
  let uploads = 0
  const layer = Layer.mergeAll(
    Layer.mock(Datasets.Datasets, {
      create: ({ modality, name }) => {
        told.push(`create ${name} for ${modality.input_modals?.join("+") ?? "nothing"}`)
        return Effect.succeed(Wire.dataset("ds-1"))
      },
      createSplit: ({ name }) => {
        told.push(`split ${name}`)
        return Effect.succeed(Wire.split({ id: "sp-1", name }))
      },
      delete: ({ dataset_id }) => Effect.sync(() => void told.push(`delete ${dataset_id}`)),
      addSamples: ({ samples }) => {
        const texts = samples.map(String)
        added.push(texts)
        return Effect.succeed(Wire.addedSamples(texts))
      },
      ...datasets
    }),
    Layer.mock(Files.Files, {
      upload: ({ file }) => {
        told.push(`upload ${file.name}`)
        return Effect.succeed({
          fileId: `file-${++uploads}`,
          size: file.size ?? 0,
          digest: "sha256:00",
          wasStored: false
        })
      },
      getDownloadUrl: ({ file_id }) =>
        Effect.succeed({ fileId: file_id, s3Uri: `s3://bucket/${file_id}`, downloadUrl: "https://store.example" }),
      ...files
    })
  )
  return { added, told, layer }
}

describe("samples", () => {
  const run = <E = never, R = never, R2 = never, R3 = never>(
    request: Omit<DatasetUpload.SamplesRequest<E, R, R2, R3>, "dataset_id" | "split_id">
  ) => DatasetUpload.samples({ ...place, ...request })

  it.effect("of a file are sent as they are, in batches, without blank lines", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      const odd = `{"note": "kept", "messages": [{"content":"c","role":"user"}]}`
      const file = fileOf(`\ufeff${line("a")}\r\n\n${line("b")}\n${odd}`)
      const uploaded = yield* Effect.provide(run({ source: file, batch: { samples: 2 } }), layer)
      assert.deepStrictEqual(uploaded, { ...place, samples: 3, media: 0 })
      assert.deepStrictEqual(added, [[line("a"), line("b")], [odd]])
    })
  )

  it.effect("of a stream are sent as JSON, and texts as they are", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      const source = Stream.make<Array<Datasets.Sample | string>>(sample("a"), ` ${line("b")}`)
      yield* Effect.provide(run({ source }), layer)
      assert.deepStrictEqual(added, [[line("a"), ` ${line("b")}`]])
    })
  )

  it.effect("fill batches by number and by bytes; a large one goes alone", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      const size = line("1").length
      const file = fileOf(["1", "2", "3", "x".repeat(size * 5), "4", "5"].map(line).join("\n"))
      yield* Effect.provide(run({ source: file, batch: { samples: 2, bytes: size * 3 } }), layer)
      assert.deepStrictEqual(
        added.map((batch) => batch.map((text) => text.length)),
        [[size, size], [size], [size * 6 - 1], [size, size]]
      )
    })
  )

  it.effect("of nothing are nothing", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      for (const source of [fileOf(""), fileOf("\n \n"), Stream.empty]) {
        assert.deepInclude(yield* Effect.provide(run({ source }), layer), { samples: 0 })
      }
      assert.deepStrictEqual(added, [])
    })
  )

  it.effect("are read when they are sent, one batch ahead at most", () =>
    Effect.gen(function* () {
      let read = 0
      let sent = 0
      const source = Stream.range(1, 100).pipe(
        Stream.rechunk(1),
        Stream.map((n) => {
          read++
          assert.isAtMost(read - sent, 20)
          return sample(String(n))
        })
      )
      const { layer } = world({
        datasets: {
          addSamples: ({ samples }) =>
            Effect.sync(() => {
              sent += samples.length
              return Wire.addedSamples([])
            })
        }
      })
      yield* Effect.provide(run({ source, batch: { samples: 10 } }), layer)
      assert.strictEqual(sent, 100)
    })
  )

  it.effect("of a file of any size are read no further than one batch ahead", () =>
    Effect.gen(function* () {
      let read = 0
      let stored = 0
      let ahead = 0
      const bytes = new TextEncoder().encode(`${line("x".repeat(10_000))}\n`)
      const pieces = Stream.repeatValue(bytes).pipe(
        Stream.take(1000),
        Stream.rechunk(1),
        Stream.tap(() =>
          Effect.sync(() => {
            read += bytes.length
            ahead = Math.max(ahead, read - stored)
          })
        )
      )
      const { layer } = world({
        datasets: {
          addSamples: ({ samples }) =>
            Effect.sync(() => {
              stored += samples.length * bytes.length
              return Wire.addedSamples([])
            })
        }
      })
      const source = Upload.fromStream(pieces, { name: "large.jsonl" })
      yield* Effect.provide(run({ source, batch: { bytes: 100_000 } }), layer)
      assert.strictEqual(stored, 1000 * bytes.length)
      assert.isAtMost(ahead, 120_000)
    })
  )

  describe("an invalid one", () => {
    const cases: ReadonlyArray<readonly [what: string, text: string, line: number, path: string | undefined]> = [
      ["is not JSON", `${line("a")}\n{"messages": [`, 2, undefined],
      ["is no object", `\n\n[]`, 3, ""],
      ["has no messages", `{"message":"${secret}"}`, 1, "messages"],
      ["has an empty list of messages", `{"messages":[]}`, 1, "messages"],
      [
        "has a role that does not exist",
        `{"messages":[{"role":"oracle","content":"${secret}"}]}`,
        1,
        "messages.0.role"
      ],
      ["has no content", `{"messages":[{"role":"user"}]}`, 1, "messages.0.content"],
      [
        "has a part of a type that does not exist",
        `{"messages":[{"role":"user","content":[{"type":"smell"}]}]}`,
        1,
        "messages.0.content.0.type"
      ],
      [
        "has an image without a URL",
        `{"messages":[{"role":"user","content":[{"type":"image"}]}]}`,
        1,
        "messages.0.content.0.image"
      ],
      ["has a name that throws", `{"messages":[{"role":{"toString":null},"content":""}]}`, 1, ""]
    ]
    it.effect.each(cases)("%s: the error has its line and its field, and nothing of its text", ([, text, at, path]) =>
      Effect.gen(function* () {
        const { added, layer } = world()
        const error = yield* Effect.flip(Effect.provide(run({ source: fileOf(text) }), layer))
        const { reason } = error
        assert(reason._tag === "InvalidSampleError")
        assert.strictEqual(reason.line, at)
        assert.strictEqual(reason.issues[0]?.path.join("."), path)
        assert.include(error.message, `line ${at}`)
        assert.notInclude(JSON.stringify(error) + error.message, secret)
        assert.deepInclude(error, { stored: 0, uncertain: 0, wasDeleted: false, ...place })
        assert.deepStrictEqual(added, [])
      })
    )

    it.effect("in a stream has its number", () =>
      Effect.gen(function* () {
        const source = Stream.make(sample("a"), { messages: [] } as unknown as Datasets.Sample)
        const error = yield* Effect.flip(Effect.provide(run({ source }), world().layer))
        assert(error.reason._tag === "InvalidSampleError")
        assert.strictEqual(error.reason.line, 2)
      })
    )

    it.effect("leaves the batches before it stored, whatever the pieces of the file are", () =>
      Effect.gen(function* () {
        const bytes = new TextEncoder().encode(`${["a", "b", "c", "d", "e"].map(line).join("\n")}\n{`)
        for (const size of [1, 7, 1000]) {
          const { added, layer } = world()
          const stream = Stream.range(0, Math.ceil(bytes.length / size) - 1).pipe(
            Stream.map((at) => bytes.subarray(at * size, (at + 1) * size))
          )
          const source = Upload.fromStream(stream, { name: "a.jsonl" })
          const error = yield* Effect.flip(Effect.provide(run({ source, batch: { samples: 2 } }), layer))
          assert.strictEqual(error.stored, 4)
          assert.lengthOf(added, 2)
        }
      })
    )
  })

  describe("a failure in the middle", () => {
    const failing = (error: FriendliError.FriendliError) => {
      let batches = 0
      return world({
        datasets: {
          addSamples: ({ samples }) => (++batches < 4 ? Effect.succeed(Wire.addedSamples(samples)) : Effect.fail(error))
        }
      })
    }
    const many = fileOf(Array.from({ length: 50 }, (_, at) => line(String(at))).join("\n"))

    const cases: ReadonlyArray<readonly [FriendliError.FriendliError, uncertain: number]> = [
      [new FriendliError.InvalidRequestError({ ...call, status: 422, issues: [] }), 0],
      [new FriendliError.NotFoundError({ ...call, status: 404 }), 0],
      [new FriendliError.RateLimitError({ ...call, status: 429 }), 0],
      [new FriendliError.OverloadedError({ ...call, status: 503 }), 0],
      [new FriendliError.ServerError({ ...call, status: 500 }), 10],
      [new FriendliError.ConnectionError({ ...call, phase: "body" }), 10],
      [new FriendliError.ResponseDecodeError({ ...call, status: 200, issues: [] }), 10]
    ]
    it.effect.each(cases)("says how many are stored, and of how many nothing is known", ([reason, uncertain]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          Effect.provide(run({ source: many, batch: { samples: 10 } }), failing(reason).layer)
        )
        assert.strictEqual(error._tag, "DatasetUploadError")
        assert.strictEqual(error.reason, reason)
        assert.deepInclude(error, { stored: 30, uncertain, ...place })
        assert.include(error.message, "after 30 samples")
        assert.include(error.message, "in dataset ds-1, split sp-1")
      })
    )

    it.effect("of the source is about the file", () =>
      Effect.gen(function* () {
        const bytes = new TextEncoder().encode(`${line("a")}\n`)
        const stream = Stream.concat(Stream.make(bytes), Stream.fail(new Error("the cable was pulled")))
        for (const source of [
          Upload.fromStream(stream, { name: "a" }),
          Stream.concat(Stream.make(sample("a")), Stream.fail("no more"))
        ]) {
          const { reason, stored } = yield* Effect.flip(
            Effect.provide(run({ source, batch: { samples: 1 } }), world().layer)
          )
          assert(reason._tag === "InvalidRequestError")
          assert.deepStrictEqual(reason.issues[0]?.path, ["file"])
          assert.strictEqual(stored, 1)
        }
      })
    )
  })

  it.effect("tell their progress after each batch, with ids, and wait for who hears it", () =>
    Effect.gen(function* () {
      const { layer } = world()
      const file = fileOf(["a", "b", "c"].map(line).join("\n"))
      const steps: Array<DatasetUpload.Progress> = []
      const onProgress = (step: DatasetUpload.Progress) => Effect.sync(() => void steps.push(step))
      yield* Effect.provide(run({ source: file, batch: { samples: 2 }, onProgress }), layer)
      const common = { _tag: "Stored", ...place, media: 0, bytes: file.size, totalBytes: file.size }
      assert.deepStrictEqual<unknown>(steps, [
        { ...common, samples: 2, batch: Wire.addedSamples([line("a"), line("b")]).samples },
        { ...common, samples: 3, batch: Wire.addedSamples([line("c")]).samples }
      ])
    })
  )

  it.effect("tell it as a stream, which runs the upload and fails as it does", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      const source = fileOf(`${line("a")}\n${line("b")}\n{`)
      const steps = DatasetUpload.progress((onProgress) => run({ source, batch: { samples: 1 }, onProgress }))
      const { elements, error } = yield* Effect.provide(untilFailure(steps), layer)
      assert.deepStrictEqual(
        elements.map(({ samples }) => samples),
        [1, 2]
      )
      assert.strictEqual(error?.reason._tag, "InvalidSampleError")
      assert.lengthOf(added, 2)
      const whole = DatasetUpload.progress((onProgress) => run({ source: fileOf(line("a")), onProgress }))
      assert.strictEqual(yield* Effect.provide(Stream.runCount(whole), layer), 1)
    })
  )

  it.effect("whose progress is no longer heard are stopped", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      const endless = Stream.repeatValue(sample("a"))
      const steps = DatasetUpload.progress((onProgress) => run({ source: endless, batch: { samples: 1 }, onProgress }))
      assert.strictEqual(yield* Effect.provide(Stream.runCount(Stream.take(steps, 3)), layer), 3)
      const sent = added.length
      yield* Effect.yieldNow()
      assert.strictEqual(added.length, sent)
    })
  )
})

describe("media", () => {
  const picture = "data:image/png;base64,AAEC"
  const looking = (...urls: ReadonlyArray<string>) =>
    JSON.stringify({ messages: [{ role: "user", content: urls.map((url) => ({ type: "image", image: url })) }] })
  const imagesOf = (text: string): ReadonlyArray<string> =>
    (JSON.parse(text) as { messages: [{ content: ReadonlyArray<{ image: string }> }] }).messages[0].content.map(
      ({ image }) => image
    )
  const upload = <R>(text: string, load: DatasetUpload.MediaLoader<R>) =>
    DatasetUpload.samples({ ...place, source: fileOf(text), media: { projectId: "p", load } })

  it.effect("in samples are uploaded, and named by their place in the store; others stay as they are", () =>
    Effect.gen(function* () {
      const { added, layer, told } = world()
      const text = looking(picture, "s3://other/b.png", "https://a.example/c.png")
      const { media } = yield* Effect.provide(upload(text, DatasetUpload.dataUrls), layer)
      assert.deepStrictEqual(imagesOf(added[0]![0]!), [
        "s3://bucket/file-1",
        "s3://other/b.png",
        "https://a.example/c.png"
      ])
      assert.deepStrictEqual(told, ["upload image.png"])
      assert.strictEqual(media, 1)
    })
  )

  it.effect("stay without a loader", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      yield* Effect.provide(DatasetUpload.samples({ ...place, source: fileOf(looking(picture)) }), layer)
      assert.deepStrictEqual(added, [[looking(picture)]])
    })
  )

  it.effect("of one URL are loaded once, and the samples keep their order", () =>
    Effect.gen(function* () {
      const { added, layer, told } = world()
      const loaded: Array<string> = []
      const load: DatasetUpload.MediaLoader = ({ url }) =>
        Effect.sync(() => {
          loaded.push(url)
          return Option.some(Upload.fromBytes(new Uint8Array(1), { name: url.slice(-5) }))
        })
      const urls = ["https://a/1.png", "https://a/2.png", "https://a/1.png", "https://a/3.png"]
      yield* Effect.provide(upload(urls.map((url) => looking(url)).join("\n"), load), layer)
      assert.deepStrictEqual(loaded.toSorted(), ["https://a/1.png", "https://a/2.png", "https://a/3.png"])
      assert.lengthOf(told, 3)
      const places = added.flat().map((text) => imagesOf(text)[0])
      assert.strictEqual(places[0], places[2])
      assert.lengthOf([...new Set(places)], 3)
    })
  )

  const broken: ReadonlyArray<readonly [what: string, url: string, load: DatasetUpload.MediaLoader]> = [
    ["is no base64", "data:image/png;base64,*", DatasetUpload.dataUrls],
    ["is a name that no loader has", "cat.png", DatasetUpload.dataUrls],
    ["has a loader that fails", "https://a/1.png", () => Effect.fail("no")]
  ]
  it.effect.each(broken)("one that %s is an error with its line and place", ([, url, load]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.provide(upload(`${line("a")}\n${looking(url)}`, load), world().layer))
      assert(error.reason._tag === "InvalidSampleError")
      assert.strictEqual(error.reason.line, 2)
      assert.deepStrictEqual(error.reason.issues[0]?.path, ["messages", 0, "content", 0])
      assert.notInclude(error.message + JSON.stringify(error), url)
    })
  )

  it.effect("that the store refuses end the upload with its error", () =>
    Effect.gen(function* () {
      const reason = new FriendliError.PermissionDeniedError({ ...call, operation: "Files.upload", status: 403 })
      const { layer } = world({ files: { upload: () => Effect.fail(reason) } })
      const error = yield* Effect.flip(Effect.provide(upload(looking(picture), DatasetUpload.dataUrls), layer))
      assert.strictEqual(error.reason, reason)
      assert.strictEqual(error.stored, 0)
    })
  )

  it.effect("of a directory are found in it, and nowhere else", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "media-")))
      const photos = Path.join(folder, "photos")
      yield* Effect.promise(async () => {
        await Fs.mkdir(Path.join(photos, "cats"), { recursive: true })
        await Fs.writeFile(Path.join(photos, "cats", "a.png"), "Hello!")
        await Fs.writeFile(Path.join(folder, "secret.txt"), "secret")
        await Fs.mkdir(`${photos}-2`)
        await Fs.writeFile(Path.join(`${photos}-2`, "b.png"), "secret")
        await Fs.symlink(Path.join(folder, "secret.txt"), Path.join(photos, "link.png"))
        await Fs.symlink(Path.join(`${photos}-2`, "b.png"), Path.join(photos, "other.png"))
      })
      const load = DatasetUpload.firstOf(DatasetUpload.dataUrls, DatasetUpload.directory(photos))
      const { layer, told } = world()
      yield* Effect.provide(upload(looking(picture, "cats/a.png"), load), layer)
      assert.deepStrictEqual(told, ["upload image.png", "upload a.png"])
      for (const url of [
        "../secret.txt",
        `${photos}/cats/a.png`,
        "link.png",
        "other.png",
        "cats/../../secret.txt",
        "none.png"
      ]) {
        const error = yield* Effect.flip(Effect.provide(upload(looking(url), load), layer))
        assert.strictEqual(error.reason._tag, "InvalidSampleError", url)
      }
      yield* Effect.promise(() => Fs.rm(folder, { recursive: true }))
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.effect("of the web are fetched without a token, up to a size", () =>
    Effect.gen(function* () {
      const { layer, told } = world()
      const load = DatasetUpload.web({ maxBytes: 5 })
      yield* Effect.provide(upload(looking("https://a.example/dir/cat.png?size=1"), load), layer)
      assert.deepStrictEqual(told, ["upload cat.png"])
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(sent?.url, "https://a.example/dir/cat.png?size=1")
      assert.isUndefined(sent?.authorization)
      const large = yield* Effect.flip(Effect.provide(upload(looking("https://a.example/large.png"), load), layer))
      assert.strictEqual(large.reason._tag, "ResponseDecodeError")
      const absent = yield* Effect.flip(Effect.provide(upload(looking("https://a.example/no.png"), load), layer))
      assert.strictEqual(absent.reason._tag, "NotFoundError")
    }).pipe(
      Effect.provide(
        MockHttpClient.layer([
          Reply.text("12345", { headers: { "content-type": "image/png" } }),
          Reply.text("123456"),
          Reply.status(404)
        ])
      )
    )
  )
})

describe("createFromFile", () => {
  const common = { name: "talks", projectId: "p" }
  const good = ["a", "b", "c"].map(line).join("\n")
  const looking = JSON.stringify({
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAEC" } }] }]
  })

  it.effect("checks the file, creates dataset and split, and adds the samples", () =>
    Effect.gen(function* () {
      const { added, layer, told } = world()
      const created = yield* Effect.provide(DatasetUpload.createFromFile({ ...common, file: fileOf(good) }), layer)
      assert.deepStrictEqual(told, ["create talks for TEXT", "split train"])
      assert.deepStrictEqual(added, [["a", "b", "c"].map(line)])
      assert.deepInclude(created, { ...place, samples: 3, media: 0 })
      assert.strictEqual(created.dataset.id, "ds-1")
      assert.strictEqual(created.split.name, "train")
    })
  )

  it.effect("finds what the samples contain, and uploads it", () =>
    Effect.gen(function* () {
      const { added, layer, told } = world()
      const file = fileOf(`${line("a")}\n${looking}`)
      const created = yield* Effect.provide(DatasetUpload.createFromFile({ ...common, file, split: "test" }), layer)
      assert.deepStrictEqual(told, ["create talks for TEXT+IMAGE", "split test", "upload image.png"])
      assert.strictEqual(created.media, 1)
      assert.include(added[0]?.[1], "s3://bucket/file-1")
    })
  )

  it.effect("keeps what the samples refer to, if it is told so", () =>
    Effect.gen(function* () {
      const { added, layer } = world()
      yield* Effect.provide(DatasetUpload.createFromFile({ ...common, file: fileOf(looking), media: "keep" }), layer)
      assert.deepStrictEqual(added, [[looking]])
    })
  )

  it.effect("creates nothing for a file with a wrong line, or with what the dataset is not for", () =>
    Effect.gen(function* () {
      const { layer, told } = world()
      const wrong = yield* Effect.flip(
        Effect.provide(DatasetUpload.createFromFile({ ...common, file: fileOf(`${good}\n{`) }), layer)
      )
      assert(wrong.reason._tag === "InvalidSampleError")
      assert.strictEqual(wrong.reason.line, 4)
      assert.isUndefined(wrong.dataset_id)
      const modality = { input_modals: ["TEXT"] }
      const other = yield* Effect.flip(
        Effect.provide(DatasetUpload.createFromFile({ ...common, file: fileOf(looking), modality }), layer)
      )
      assert(other.reason._tag === "InvalidSampleError")
      assert.deepStrictEqual(other.reason.issues[0]?.path, ["messages", 0, "content", 0])
      assert.deepStrictEqual(told, [])
    })
  )

  it.effect("does not check a file first that can be read once, or that it is told not to", () =>
    Effect.gen(function* () {
      const bytes = new TextEncoder().encode(`${line("a")}\n{`)
      const files = [
        { file: Upload.fromStream(Stream.make(bytes), { name: "a", repeatable: false }) },
        { file: fileOf(`${line("a")}\n{`), checkFirst: false }
      ]
      for (const each of files) {
        const { added, layer, told } = world()
        const request = { ...common, ...each, batch: { samples: 1 } }
        const error = yield* Effect.flip(Effect.provide(DatasetUpload.createFromFile(request), layer))
        assert.deepStrictEqual(told, ["create talks for TEXT", "split train"])
        assert.deepInclude(error, { ...place, stored: 1, wasDeleted: false })
        assert.lengthOf(added, 1)
      }
    })
  )

  it.effect("tells its progress from the check on", () =>
    Effect.gen(function* () {
      const { layer } = world()
      const steps = DatasetUpload.progress((onProgress) =>
        DatasetUpload.createFromFile({ ...common, file: fileOf(good), batch: { samples: 2 }, onProgress })
      )
      const told = yield* Effect.provide(untilFailure(steps), layer)
      assert.deepStrictEqual(
        told.elements.map(({ _tag, samples }) => [_tag, samples]),
        [
          ["Checked", 3],
          ["Stored", 2],
          ["Stored", 3]
        ]
      )
      assert.isUndefined(told.error)
    })
  )

  describe("after a failure", () => {
    const reason = new FriendliError.ServerError({ ...call, status: 500 })
    const request = { ...common, file: fileOf(good) }

    it.effect("the dataset is kept, and the error has its id", () =>
      Effect.gen(function* () {
        const { layer, told } = world({ datasets: { addSamples: () => Effect.fail(reason) } })
        const error = yield* Effect.flip(Effect.provide(DatasetUpload.createFromFile(request), layer))
        assert.deepInclude(error, { ...place, stored: 0, uncertain: 3, wasDeleted: false })
        assert.notInclude(told, "delete ds-1")
      })
    )

    it.effect("it is deleted, if that was asked for", () =>
      Effect.gen(function* () {
        const { layer, told } = world({ datasets: { createSplit: () => Effect.fail(reason) } })
        const error = yield* Effect.flip(
          Effect.provide(DatasetUpload.createFromFile({ ...request, onFailure: "delete" }), layer)
        )
        assert.deepInclude(error, { dataset_id: "ds-1", wasDeleted: true, reason })
        assert.include(told, "delete ds-1")
      })
    )

    it.effect("the error says so if it could not be deleted", () =>
      Effect.gen(function* () {
        const { layer } = world({
          datasets: { addSamples: () => Effect.fail(reason), delete: () => Effect.fail(reason) }
        })
        const error = yield* Effect.flip(
          Effect.provide(DatasetUpload.createFromFile({ ...request, onFailure: "delete" }), layer)
        )
        assert.isFalse(error.wasDeleted)
      })
    )

    it.effect("a dataset that could not be created leaves nothing to delete", () =>
      Effect.gen(function* () {
        const { layer, told } = world({ datasets: { create: () => Effect.fail(reason) } })
        const error = yield* Effect.flip(
          Effect.provide(DatasetUpload.createFromFile({ ...request, onFailure: "delete" }), layer)
        )
        assert.isUndefined(error.dataset_id)
        assert.deepStrictEqual(told, [])
      })
    )

    it.effect.each([
      ["keep", []],
      ["delete", ["delete ds-1"]]
    ] as const)("an interruption leaves what was asked for: %s", ([onFailure, deleted]) =>
      Effect.gen(function* () {
        const isSending = yield* Deferred.make<void>()
        const { layer, told } = world({
          datasets: { addSamples: () => Effect.zipRight(Deferred.succeed(isSending, undefined), Effect.never) }
        })
        const fiber = yield* Effect.fork(Effect.provide(DatasetUpload.createFromFile({ ...request, onFailure }), layer))
        yield* Deferred.await(isSending)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(
          told.filter((each) => each.startsWith("delete")),
          [...deleted]
        )
      })
    )
  })
})
