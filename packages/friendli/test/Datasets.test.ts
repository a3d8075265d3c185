/** Datasets: what is sent and read, against the contract's vectors and a scripted client; pages on demand. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Datasets from "effect-friendli/Datasets"
import type { WithResponse } from "effect-friendli/FriendliClient"
import type { FriendliError } from "effect-friendli/FriendliError"
import * as Management from "effect-friendli/Management"
import * as Retry from "effect-friendli/Retry"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertSent, vectorCases } from "./managed.js"
import { assertRejected } from "./sent.js"
import { collect, untilFailure } from "./support.js"

const over = (script: MockHttpClient.Script) =>
  Datasets.layer.pipe(
    Layer.provide(Management.layerClient({ token: "test-token" })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

const split = { dataset_id: "ds-1", split_id: "sp-1" }

type Run = (request: never, options?: RequestOptions) => Effect.Effect<unknown, FriendliError, Datasets.Datasets>

interface Row {
  readonly call: Run
  readonly whole: Run
  readonly ofBody?: (body: unknown) => object
  /** The answer says nothing, and is not given. */
  readonly isSilent?: true
}

const rows: Readonly<Record<string, Row>> = {
  create_dataset: { call: Datasets.create, whole: Datasets.createWithResponse },
  list_datasets: { call: Datasets.list, whole: Datasets.listWithResponse },
  get_dataset: { call: Datasets.get, whole: Datasets.getWithResponse },
  delete_dataset: { call: Datasets.delete, whole: Datasets.deleteWithResponse, isSilent: true },
  create_version: { call: Datasets.createVersion, whole: Datasets.createVersionWithResponse },
  list_versions: { call: Datasets.listVersions, whole: Datasets.listVersionsWithResponse },
  get_version: { call: Datasets.getVersion, whole: Datasets.getVersionWithResponse },
  delete_version: { call: Datasets.deleteVersion, whole: Datasets.deleteVersionWithResponse, isSilent: true },
  create_split: { call: Datasets.createSplit, whole: Datasets.createSplitWithResponse },
  list_splits: { call: Datasets.listSplits, whole: Datasets.listSplitsWithResponse },
  get_split: { call: Datasets.getSplit, whole: Datasets.getSplitWithResponse },
  delete_split: { call: Datasets.deleteSplit, whole: Datasets.deleteSplitWithResponse, isSilent: true },
  add_samples: {
    call: Datasets.addSamples,
    whole: Datasets.addSamplesWithResponse,
    ofBody: (samples) => ({ ...split, samples })
  },
  list_samples: { call: Datasets.listSamples, whole: Datasets.listSamplesWithResponse },
  delete_samples: {
    call: Datasets.deleteSamples,
    whole: Datasets.deleteSamplesWithResponse,
    ofBody: (samples) => ({ ...split, samples })
  }
}

describe.each(Object.entries(rows))("%s", (name, { call, isSilent, ofBody, whole }) => {
  const operation = `dataset.${name}`
  const answer = Vectors.json(`${operation}.response.json`)

  it.effect.each(vectorCases(operation, call, ofBody))(
    "$kind: the vector is sent as it is, and the answer is read without loss",
    ({ body, run, wire }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual<unknown>(yield* run, isSilent ? undefined : answer)
        yield* assertSent(wire, body)
      }).pipe(Effect.provide(over([Reply.json(answer)])))
  )

  it.effect("the answer comes with its metadata, too", () =>
    Effect.gen(function* () {
      const [minimal] = vectorCases(operation, whole, ofBody)
      const { response, value } = (yield* minimal!.run) as WithResponse<unknown>
      assert.deepStrictEqual<unknown>(value, isSilent ? undefined : answer)
      assert.deepInclude(response, { status: 200, requestId: "req-1" })
    }).pipe(Effect.provide(over([Reply.json(answer, { headers: { "x-request-id": "req-1" } })])))
  )

  it.effect("a failure is typed", () =>
    Effect.gen(function* () {
      const [minimal] = vectorCases(operation, (request: never) => call(request, { retry: Retry.never }), ofBody)
      for (const tag of ["NotFoundError", "RateLimitError", "ServerError", "ConnectionError"]) {
        assert.strictEqual((yield* Effect.flip(minimal!.run))._tag, tag)
      }
    }).pipe(Effect.provide(over([Reply.status(404), Reply.status(429), Reply.status(500), Reply.refused()])))
  )
})

describe("update_samples", () => {
  interface Form {
    readonly multipart: readonly [{ readonly filename: string; readonly contentType?: string; readonly base64: string }]
  }
  it.effect.each([
    { kind: "minimal", file: "dataset.update_samples.request.json" },
    { kind: "full", file: "dataset.update_samples.request.full.json" }
  ] as const)("$kind: the vector is sent as a form, and the answer is read without loss", ({ file, kind }) =>
    Effect.gen(function* () {
      const [part] = (Vectors.json(file) as Form).multipart
      const wire = Vectors.requests("dataset.update_samples")[kind]
      const bytes = Buffer.from(part.base64, "base64")
      const upload = Upload.fromBytes(bytes, { name: part.filename, type: part.contentType })
      const team = wire.headers["x-friendli-team"]
      const added = yield* Datasets.updateSamples({ ...split, file: upload }, team === undefined ? {} : { team })
      assert.deepStrictEqual<unknown>(added, Vectors.json("dataset.update_samples.response.json"))
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(sent?.method, wire.method)
      assert.strictEqual(sent?.url, wire.url)
      assert.strictEqual(sent?.headers["x-friendli-team"], team)
      assert.match(sent?.headers["content-type"] ?? "", /^multipart\/form-data; boundary=/)
      assert.lengthOf(sent?.form ?? [], 1)
      const [sentPart] = sent!.form!
      assert(sentPart?._tag === "File")
      assert.strictEqual(sentPart.name, "file")
      assert.strictEqual(sentPart.filename, part.filename)
      assert.strictEqual(sentPart.contentType, part.contentType)
      assert.strictEqual(Buffer.from(sentPart.bytes).toString("base64"), part.base64)
    }).pipe(Effect.provide(over([Reply.json(Vectors.json("dataset.update_samples.response.json"))])))
  )
})

describe("requests", () => {
  const messages = [{ role: "user", content: "Ping" }]
  const bad: ReadonlyArray<readonly [operation: string, call: Run, field: string, request: object]> = [
    ["Datasets.create", Datasets.create, "modality", { name: "a", projectId: "p" }],
    [
      "Datasets.create",
      Datasets.create,
      "modality.input_modals.0",
      { name: "a", projectId: "p", modality: { input_modals: [""] } }
    ],
    ["Datasets.create", Datasets.create, "team", { name: "a", projectId: "p", modality: {}, team: "t" }],
    ["Datasets.list", Datasets.list, "projectId", {}],
    ["Datasets.list", Datasets.list, "limit", { projectId: "p", limit: 101 }],
    ["Datasets.list", Datasets.list, "limit", { projectId: "p", limit: 0 }],
    ["Datasets.list", Datasets.list, "direction", { projectId: "p", direction: "up" }],
    ["Datasets.get", Datasets.get, "", { dataset_id: "" }],
    ["Datasets.get", Datasets.get, "", { dataset_id: ".." }],
    ["Datasets.addSamples", Datasets.addSamples, "samples", { ...split, samples: "{}" }],
    ["Datasets.addSamples", Datasets.addSamples, "samples.1.messages", { ...split, samples: ["{}", { messages: [] }] }],
    [
      "Datasets.addSamples",
      Datasets.addSamples,
      "samples.0.messages.0.role",
      { ...split, samples: [{ messages: [{ role: "oracle", content: "Ping" }] }] }
    ],
    [
      "Datasets.addSamples",
      Datasets.addSamples,
      "samples.0.note",
      { ...split, samples: [{ messages, note: "typed" }] }
    ],
    ["Datasets.deleteSamples", Datasets.deleteSamples, "samples.0", { ...split, samples: [1.5] }],
    ["Datasets.updateSamples", Datasets.updateSamples, "file", { ...split, file: "samples.jsonl" }]
  ]
  it.effect.each(bad)("%s rejects a wrong request before anything is sent", ([operation, call, field, request]) =>
    assertRejected(call, operation, "management", [[field, request]]).pipe(Effect.provide(over([])))
  )

  it.effect("ids are segments of the path, whatever is in them", () =>
    Effect.gen(function* () {
      yield* Datasets.getSplit({ dataset_id: "a/b", split_id: "c d?" })
      assert.deepStrictEqual(
        (yield* MockHttpClient.requests).map(({ url }) => url),
        ["https://api.friendli.ai/beta/dataset/a%2Fb/split/c%20d%3F"]
      )
    }).pipe(Effect.provide(over([Reply.json(Wire.split("train"))])))
  )

  it.effect("samples are sent as the JSON of each in one array, and texts as they are", () =>
    Effect.gen(function* () {
      const sample: Datasets.Sample = { messages: [{ role: "user", content: "Ping" }] }
      yield* Datasets.addSamples({ ...split, samples: [sample, '{"messages": []}'] })
      const [sent] = yield* MockHttpClient.requests
      assert.deepStrictEqual(sent?.json, [JSON.stringify(sample), '{"messages": []}'])
    }).pipe(Effect.provide(over([Reply.json(Wire.addedSamples([]))])))
  )

  it.effect("a deletion is done with or without a body", () =>
    Effect.gen(function* () {
      for (const call of [Datasets.delete, Datasets.delete, Datasets.delete]) {
        assert.isUndefined(yield* call({ dataset_id: "ds-1" }))
      }
    }).pipe(Effect.provide(over([Reply.json(null), Reply.text(""), Reply.json({ deleted: true })])))
  )
})

describe("writes", () => {
  const writes: ReadonlyArray<readonly [string, Effect.Effect<unknown, FriendliError, Datasets.Datasets>]> = [
    ["create", Datasets.create({ name: "a", projectId: "p", modality: {} })],
    ["delete", Datasets.delete({ dataset_id: "ds-1" })],
    ["createVersion", Datasets.createVersion({ dataset_id: "ds-1", comment: "c" })],
    ["deleteVersion", Datasets.deleteVersion({ dataset_id: "ds-1", version_id: "ver-1" })],
    ["createSplit", Datasets.createSplit({ dataset_id: "ds-1", name: "train" })],
    ["deleteSplit", Datasets.deleteSplit(split)],
    ["addSamples", Datasets.addSamples({ ...split, samples: [] })],
    ["updateSamples", Datasets.updateSamples({ ...split, file: new File(["{}"], "a.jsonl") })],
    ["deleteSamples", Datasets.deleteSamples({ ...split, samples: [] })]
  ]
  it.effect.each(writes)("%s is not repeated after a failure of the server", ([, call]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(call))._tag, "ServerError")
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(over([Reply.status(500), Reply.json({})])))
  )
})

describe("pages", () => {
  const page = (ids: ReadonlyArray<string>, nextCursor: string | null) => Reply.json(Wire.datasets(ids, nextCursor))

  it.effect("follow one another, unchanged cursor by cursor, and load when their items are asked for", () =>
    Effect.gen(function* () {
      const ids = Stream.map(Datasets.all({ projectId: "p", limit: 2 }), ({ id }) => id)
      assert.deepStrictEqual(yield* collect(Stream.take(ids, 2)), ["a", "b"])
      assert.lengthOf(yield* MockHttpClient.requests, 1)
      assert.deepStrictEqual(yield* collect(ids), ["a", "b", "c", "d"])
      const sent = (yield* MockHttpClient.requests).slice(1).map(({ url }) => new URL(url).searchParams)
      assert.deepStrictEqual(
        sent.map((query) => [query.get("projectId"), query.get("limit"), query.get("cursor")]),
        [
          ["p", "2", null],
          ["p", "2", "Y3Vyc29yLTE="],
          ["p", "2", "c+/ 2"]
        ]
      )
    }).pipe(
      Effect.provide(
        over([page(["a", "b"], "x"), page(["a", "b"], "Y3Vyc29yLTE="), page([], "c+/ 2"), page(["c", "d"], null)])
      )
    )
  )

  it.effect("fail after the items of those that came", () =>
    Effect.gen(function* () {
      const samples = Datasets.allSamples(split, { retry: Retry.never })
      const { elements, error } = yield* untilFailure(samples)
      assert.deepStrictEqual(elements, [["ds-1:ver-1:sp-1:1", "{}"]])
      assert.strictEqual(error?._tag, "NotFoundError")
    }).pipe(Effect.provide(over([Reply.json(Wire.samples(["{}"], "next")), Reply.status(404)])))
  )

  it.effect("of splits begin at the cursor of the request", () =>
    Effect.gen(function* () {
      const names = Stream.map(Datasets.allSplits({ dataset_id: "ds-1", cursor: "here" }), ({ name }) => name)
      assert.deepStrictEqual(yield* collect(names), ["train"])
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(new URL(sent!.url).search, "?cursor=here")
    }).pipe(Effect.provide(over([Reply.json(Wire.splits(["train"]))])))
  )
})

describe("sampleOf", () => {
  it("reads the conversation of a stored sample, with what is not known of it", () => {
    const sample = { messages: [{ role: "user", content: "Ping" }], note: 1 }
    assert.deepStrictEqual<unknown>(Datasets.sampleOf(["id", JSON.stringify(sample)]), Option.some(sample))
    for (const text of ["", "{", "[]", '{"messages":[]}', '{"messages":{"role":{"toString":null}}}']) {
      assert.deepStrictEqual(Datasets.sampleOf(["id", text]), Option.none())
    }
  })
})
