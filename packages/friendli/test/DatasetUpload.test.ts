/** Uploads of many samples over mocks of the capabilities: batches, lines of errors, progress, and what is left after a failure. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Datasets from "effect-friendli/Datasets"
import * as DatasetUpload from "effect-friendli/DatasetUpload"
import * as FriendliError from "effect-friendli/FriendliError"
import { Wire } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import { call, fileOf, line, place, sample, secret, world } from "./DatasetUpload.support.js"
import { it } from "./it.js"
import { untilFailure } from "./support.js"

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
        Stream.take(200),
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
      assert.strictEqual(stored, 200 * bytes.length)
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
