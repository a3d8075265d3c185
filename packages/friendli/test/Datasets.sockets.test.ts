/** Datasets over a socket: their whole life, several pages, uploads of many samples, and an interruption in the middle. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Datasets from "effect-friendli/Datasets"
import * as DatasetUpload from "effect-friendli/DatasetUpload"
import type * as Files from "effect-friendli/Files"
import * as Management from "effect-friendli/Management"
import * as Retry from "effect-friendli/Retry"
import * as Upload from "effect-friendli/Upload"
import { emulated } from "./emulated.js"
import { eventually, json, serve } from "./management/servers.js"
import { collect } from "./support.js"

const layerOf = (baseUrl: string) =>
  Management.layer({ token: "flp_test", baseUrl, retry: Retry.never }).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.orDie
  )

const sample = (content: string): Datasets.Sample => ({
  messages: [
    { role: "user", content },
    { role: "assistant", content: "Pong" }
  ]
})

const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => JSON.stringify(sample(String(at + 1)))).join("\n")

const fileOf = (text: string) => Upload.fromBytes(new TextEncoder().encode(text), { name: "talks.jsonl" })

describe("with the emulator", async () => {
  const server = await emulated()

  const live = <A, E>(effect: Effect.Effect<A, E, Datasets.Datasets | Files.Files>) =>
    Effect.provide(
      effect,
      Layer.suspend(() => layerOf(server.url))
    )

  it.live("a dataset, its splits, versions and samples live and end", () =>
    Effect.gen(function* () {
      const modality = { input_modals: ["TEXT"], output_modals: ["TEXT"] }
      const dataset = yield* Datasets.create({ name: "talks", projectId: "p", modality })
      const dataset_id = dataset.id
      assert.deepStrictEqual(yield* Datasets.get({ dataset_id }), dataset)

      const split = yield* Datasets.createSplit({ dataset_id, name: "train" })
      const place = { dataset_id, split_id: split.id }
      const { samples } = yield* Datasets.addSamples({ ...place, samples: [sample("a"), JSON.stringify(sample("b"))] })
      const more = yield* Datasets.updateSamples({ ...place, file: fileOf(`${JSON.stringify(sample("c"))}\n`) })
      assert.lengthOf([...samples, ...more.samples], 3)
      const version = yield* Datasets.createVersion({ dataset_id, comment: "before cleanup" })
      assert.deepStrictEqual(yield* Datasets.getVersion({ dataset_id, version_id: version.id }), version)
      assert.deepStrictEqual((yield* Datasets.listVersions({ dataset_id })).versions, [version])

      const { data } = yield* Datasets.listSamples(place)
      const gone = yield* Datasets.deleteSamples({ ...place, samples: data.slice(0, 2).map(([id]) => id) })
      assert.lengthOf(gone.sampleIds, 2)
      const left = yield* collect(Datasets.allSamples(place))
      assert.deepStrictEqual(
        left.map((stored) => Option.getOrThrow(Datasets.sampleOf(stored))),
        [sample("c")]
      )
      assert.lengthOf(yield* collect(Datasets.allSamples({ ...place, versionId: version.id })), 3)

      yield* Datasets.deleteVersion({ dataset_id, version_id: version.id })
      yield* Datasets.deleteSplit(place)
      assert.strictEqual((yield* Effect.flip(Datasets.getSplit(place)))._tag, "NotFoundError")
      assert.strictEqual((yield* Effect.flip(Datasets.listSamples(place)))._tag, "NotFoundError")
      yield* Datasets.delete({ dataset_id })
      assert.strictEqual((yield* Effect.flip(Datasets.get({ dataset_id })))._tag, "NotFoundError")
    }).pipe(live)
  )

  it.live("lists have as many pages as they need, in both directions, and load those that are read", () =>
    Effect.gen(function* () {
      for (const name of ["a", "b", "c", "d", "e"]) yield* Datasets.create({ name, projectId: "p", modality: {} })
      const asked = () => server.requests.filter(({ method }) => method === "GET").length
      const names = Stream.map(Datasets.all({ projectId: "p", limit: 2 }), ({ name }) => name)
      assert.deepStrictEqual(yield* collect(names), ["a", "b", "c", "d", "e"])
      assert.strictEqual(asked(), 3)
      assert.deepStrictEqual(yield* collect(Stream.take(names, 2)), ["a", "b"])
      assert.strictEqual(asked(), 4)
      const newest = Datasets.all({ projectId: "p", limit: 3, direction: "desc" })
      assert.deepStrictEqual(yield* collect(Stream.map(newest, ({ name }) => name)), ["e", "d", "c", "b", "a"])
      assert.lengthOf((yield* Datasets.list({ projectId: "p", nameSearch: "C" })).data, 1)
      const wrong = yield* Effect.flip(Datasets.list({ projectId: "p", cursor: "?" }))
      assert.strictEqual(wrong._tag, "InvalidRequestError")
    }).pipe(live)
  )

  it.live("a file becomes a dataset, in batches, with its media in the store", () =>
    Effect.gen(function* () {
      const picture = Buffer.from("a picture").toString("base64")
      const looking = JSON.stringify({
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What is it?" },
              { type: "image_url", image_url: { url: `data:image/png;base64,${picture}` } }
            ]
          },
          { role: "assistant", content: "A cat." }
        ]
      })
      const steps: Array<number> = []
      const created = yield* DatasetUpload.createFromFile({
        name: "talks",
        projectId: "p",
        file: fileOf(`${lines(250)}\n${looking}\n${looking}\n`),
        onProgress: ({ samples }) => Effect.sync(() => void steps.push(samples))
      })
      assert.deepInclude(created, { samples: 252, media: 1 })
      assert.deepStrictEqual(steps, [252, 100, 200, 252])
      assert.deepStrictEqual(created.dataset.modality?.input_modals, ["TEXT", "IMAGE"])
      const { dataset_id, split_id } = created
      const stored = yield* collect(Datasets.allSamples({ dataset_id, split_id, limit: 100 }))
      assert.lengthOf(stored, 252)
      assert.deepStrictEqual(Option.getOrThrow(Datasets.sampleOf(stored[100]!)), sample("101"))
      // the same picture: sent once, and named twice
      assert.match(stored[250]![1], /"image":"s3:\/\/emulator\//)
      assert.strictEqual(stored[250]![1], stored[251]![1])
      assert.lengthOf(
        server.requests.filter(({ path }) => path.startsWith("/files/uploads/")),
        1
      )
    }).pipe(live)
  )
})

describe("with an API that breaks", () => {
  const place = { dataset_id: "ds-1", split_id: "sp-1" }

  it.scopedLive("a failure in the middle of many batches says what is stored", () =>
    Effect.gen(function* () {
      let batches = 0
      const { received, url } = yield* serve((_, response) => {
        if (++batches <= 5) json(response, { samples: [] })
        else response.destroy()
      })
      const error = yield* Effect.flip(
        Effect.provide(
          DatasetUpload.samples({ ...place, source: fileOf(lines(100)), batch: { samples: 10 } }),
          layerOf(url)
        )
      )
      assert.deepInclude(error, { stored: 50, uncertain: 10 })
      assert.strictEqual(error.reason._tag, "ConnectionError")
      assert.lengthOf(received, 6)
      const sent = JSON.parse(received[5]!.body.toString()) as ReadonlyArray<string>
      assert.deepStrictEqual(sent.map((text) => JSON.parse(text) as unknown)[0], sample("51"))
    })
  )

  it.scopedLive("an interruption in the middle closes the connection, and sends no more", () =>
    Effect.gen(function* () {
      let batches = 0
      const { received, url } = yield* serve((_, response) => {
        if (++batches <= 2) json(response, { samples: [] })
      })
      const endless = Stream.repeatValue(sample("a"))
      const fiber = yield* Effect.fork(
        Effect.provide(DatasetUpload.samples({ ...place, source: endless, batch: { samples: 10 } }), layerOf(url))
      )
      yield* eventually("the third batch", () => received.length === 3 && received[2]!.body.length > 0)
      yield* Fiber.interrupt(fiber)
      yield* eventually("the end of the connection", () => received[2]!.state === "aborted")
      assert.lengthOf(received, 3)
    })
  )

  it.scopedLive("a file of samples is released by an interruption in the middle", () =>
    Effect.gen(function* () {
      const { received, url } = yield* serve(() => {})
      let isClosed = false
      const stream = Stream.ensuring(
        Stream.concat(Stream.make(new Uint8Array(16_384).fill(10)), Stream.never),
        Effect.sync(() => (isClosed = true))
      )
      const file = Upload.fromStream(stream, { name: "talks.jsonl" })
      const fiber = yield* Effect.fork(Effect.provide(Datasets.updateSamples({ ...place, file }), layerOf(url)))
      yield* eventually("some bytes", () => (received[0]?.size ?? 0) > 0)
      yield* Fiber.interrupt(fiber)
      yield* eventually("the end of the connection", () => received[0]!.state === "aborted")
      yield* eventually("the end of the source", () => isClosed)
    })
  )
})
