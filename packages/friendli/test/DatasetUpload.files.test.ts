/** Datasets from files over mocks of the capabilities: the media of samples, and what a failure or an interruption leaves. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as DatasetUpload from "effect-friendli/DatasetUpload"
import * as FriendliError from "effect-friendli/FriendliError"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { call, fileOf, line, place, world } from "./DatasetUpload.support.js"
import { it } from "./it.js"
import { untilFailure } from "./support.js"

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
