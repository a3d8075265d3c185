import { json, type Json } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import type { EmulatorOptions } from "../../src/Emulator.js"
import { type Ask, origin, start, vectorRequests } from "./client.js"

interface Named {
  readonly id: string
  readonly name: string
  readonly updatedAt: number
}

interface Page<A> {
  readonly data: ReadonlyArray<A>
  readonly nextCursor: string | null
}

type Pair = readonly [id: string, text: string]

const ping = `{"messages":[{"role":"user","content":"Ping"},{"role":"assistant","content":"Pong"}]}`
const modality = { input_modals: ["TEXT"], output_modals: ["TEXT"] }

const begin = (options: EmulatorOptions = {}) => {
  const emulator = start(options)
  const { call } = emulator
  const create = (name: string, projectId = "p") =>
    call<Named>("dataset.create_dataset", { body: { name, projectId, modality } })
  const names = async (query: Ask["query"] = {}): Promise<ReadonlyArray<string>> =>
    (await call<Page<Named>>("dataset.list_datasets", { query: { projectId: "p", ...query } })).data.map(
      ({ name }) => name
    )
  /** A dataset with one split, and what can be done with its samples. */
  const filled = async (...samples: ReadonlyArray<string>) => {
    const dataset = await create("talks")
    const path = { dataset_id: dataset.id }
    const split = await call<Named>("dataset.create_split", { path, query: { name: "train" } })
    const at = { path: { ...path, split_id: split.id } }
    const add = (...more: ReadonlyArray<string>) =>
      call<{ readonly samples: ReadonlyArray<Pair> }>("dataset.add_samples", { ...at, body: more })
    if (samples.length > 0) await add(...samples)
    const list = (query: Ask["query"] = {}) => call<Page<Pair>>("dataset.list_samples", { ...at, query })
    const texts = async (query: Ask["query"] = {}) => (await list(query)).data.map(([, text]) => text)
    return { add, at, dataset, list, path, split, texts }
  }
  return { ...emulator, create, filled, names }
}

describe("datasets", () => {
  it("are created, read, listed by project and name, and deleted", async () => {
    const { ask, call, create, failure, names } = begin()
    const talks = await create("Talks")
    await create("notes")
    await create("other", "q")
    expect(talks).toMatchObject({ name: "Talks", modality })
    expect(await call("dataset.get_dataset", { path: { dataset_id: talks.id } })).toEqual(talks)
    expect(await names()).toEqual(["Talks", "notes"])
    expect(await names({ direction: "desc" })).toEqual(["notes", "Talks"])
    expect(await names({ nameSearch: "talk" })).toEqual(["Talks"])
    const deleted = await ask("dataset.delete_dataset", { path: { dataset_id: talks.id } })
    expect([deleted.status, await deleted.json()]).toEqual([200, null])
    expect(await names()).toEqual(["notes"])
    for (const name of ["get_dataset", "delete_dataset", "list_versions", "list_splits"]) {
      expect(await failure(`dataset.${name}`, { path: { dataset_id: talks.id } })).toEqual([404, "not_found_error"])
    }
  })

  it("have pages in both directions, which do not shift", async () => {
    const { ask, call, create, names } = begin()
    const all: Array<Named> = []
    for (let at = 0; at < 5; at++) all.push(await create(`d${at}`))
    const page = (query: Ask["query"]) =>
      call<Page<Named>>("dataset.list_datasets", { query: { projectId: "p", limit: 2, ...query } })
    for (const [direction, order] of [
      ["asc", ["d0", "d1", "d2", "d3", "d4"]],
      ["desc", ["d4", "d3", "d2", "d1", "d0"]]
    ] as const) {
      const found: Array<string> = []
      let cursor: string | null = null
      do {
        const next: Page<Named> = await page({ direction, ...(cursor === null ? {} : { cursor }) })
        found.push(...next.data.map(({ name }) => name))
        cursor = next.nextCursor
      } while (cursor !== null)
      expect(found).toEqual(order)
    }
    const first = await page({})
    await ask("dataset.delete_dataset", { path: { dataset_id: all[1]!.id } })
    expect(await names({ cursor: first.nextCursor! })).toEqual(["d2", "d3", "d4"])
  })

  it("of the options exist at the start and after a reset", async () => {
    const { call, create, names, reset } = begin({
      datasets: [{ id: "ds-1", name: "given", projectId: "p", splits: { train: [ping, { messages: [] }] } }]
    })
    await create("new")
    await call("dataset.get_dataset", { path: { dataset_id: "ds-1" } })
    expect(await names()).toEqual(["given", "new"])
    reset()
    expect(await names()).toEqual(["given"])
    const { data } = await call<Page<Named>>("dataset.list_splits", { path: { dataset_id: "ds-1" } })
    const samples = await call<Page<Pair>>("dataset.list_samples", {
      path: { dataset_id: "ds-1", split_id: data[0]!.id }
    })
    expect(samples.data.map(([, text]) => text)).toEqual([ping, `{"messages":[]}`])
  })
})

describe("samples", () => {
  it("have ids of dataset, version, split and number, and are listed in pages", async () => {
    const { filled } = begin()
    const { add, dataset, list, split, texts } = await filled()
    const { samples } = await add("a", "b", "c")
    expect(samples.map(([id]) => id.split(":").slice(2))).toEqual([
      [split.id, "1"],
      [split.id, "2"],
      [split.id, "3"]
    ])
    expect(samples[0]![0].startsWith(`${dataset.id}:`)).toBe(true)
    const first = await list({ limit: 2 })
    expect(first.data).toEqual(samples.slice(0, 2))
    expect(await texts({ limit: 2, cursor: first.nextCursor! })).toEqual(["c"])
    expect(await texts({ direction: "desc" })).toEqual(["c", "b", "a"])
  })

  it("come from a file of JSON Lines, too", async () => {
    const { call, failure, filled } = begin()
    const { at, texts } = await filled("a")
    const upload = (text: string) => {
      const form = new FormData()
      form.set("file", new File([text], "samples.jsonl", { type: "application/jsonl" }))
      return { ...at, body: form }
    }
    const { samples } = await call<{ samples: ReadonlyArray<Pair> }>(
      "dataset.update_samples",
      upload(`${ping}\r\n\n{"messages":[]}`)
    )
    expect(samples.map(([, text]) => text)).toEqual([ping, `{"messages":[]}`])
    expect(await texts()).toEqual(["a", ping, `{"messages":[]}`])
    for (const text of [`${ping}\n{"oops`, `${ping}\n[]`]) {
      expect(await failure("dataset.update_samples", upload(text))).toEqual([422, "body.file"])
    }
    expect(await failure("dataset.update_samples", { ...at, body: new FormData() })).toEqual([422, "body.file"])
    expect(await failure("dataset.update_samples", { ...at, body: {} })).toEqual([422, "header.content-type"])
    expect(await texts()).toHaveLength(3)
  })

  it("are deleted by number or full id, and their numbers are not given again", async () => {
    const { call, filled } = begin()
    const { add, at, list, texts } = await filled("a", "b", "c", "d")
    const [first] = (await list()).data
    const deleted = await call<{ readonly sampleIds: ReadonlyArray<string> }>("dataset.delete_samples", {
      ...at,
      body: [first![0], 3, "99", "nope"]
    })
    expect(deleted.sampleIds.map((id) => id.split(":").at(-1))).toEqual(["1", "3"])
    expect(await texts()).toEqual(["b", "d"])
    expect((await add("e")).samples[0]![0].endsWith(":5")).toBe(true)
  })
})

describe("versions", () => {
  it("keep the splits and samples that the dataset had", async () => {
    const { ask, call, failure, filled } = begin()
    const { add, at, list, path, split, texts } = await filled("a")
    const before = (await list()).data[0]![0]
    const version = await call<Named & { comment: string }>("dataset.create_version", {
      path,
      query: { comment: "before" }
    })
    expect(version.comment).toBe("before")
    // The samples have the ids that they had in the working copy, which the version has become.
    expect(before.split(":")[1]).toBe(version.id)
    await add("b")
    await call("dataset.delete_samples", { ...at, body: [1] })
    expect([await texts(), await texts({ versionId: version.id })]).toEqual([["b"], ["a"]])
    expect((await list({ versionId: version.id })).data[0]![0]).toBe(before)

    await ask("dataset.delete_split", at)
    expect(await failure("dataset.get_split", at)).toEqual([404, "not_found_error"])
    const splits = (query: Ask["query"] = {}) => call<Page<Named>>("dataset.list_splits", { path, query })
    expect((await splits()).data).toEqual([])
    expect((await splits({ versionId: version.id })).data.map(({ id }) => id)).toEqual([split.id])
    expect(await texts({ versionId: version.id })).toEqual(["a"])

    expect(await call("dataset.list_versions", { path })).toEqual({ versions: [version] })
    const here = { path: { ...path, version_id: version.id } }
    expect(await call("dataset.get_version", here)).toEqual(version)
    expect((await ask("dataset.delete_version", here)).status).toBe(200)
    expect(await failure("dataset.get_version", here)).toEqual([404, "not_found_error"])
    expect(await failure("dataset.list_samples", { ...at, query: { versionId: version.id } })).toEqual([
      404,
      "not_found_error"
    ])
  })
})

describe("the requests of the vectors", () => {
  const actions = [
    ...["create", "get", "delete"].flatMap((verb) => ["dataset", "version", "split"].map((noun) => `${verb}_${noun}`)),
    "list_datasets",
    "list_versions",
    "list_splits",
    "list_samples",
    "add_samples",
    "update_samples",
    "delete_samples"
  ]
  it.each(actions)("of %s are accepted", async (action) => {
    for (const { init, url } of vectorRequests(`dataset.${action}`)) {
      const { call, fetch } = begin({ datasets: [{ id: "ds-1", name: "talks", projectId: "proj-1" }] })
      const path = { dataset_id: "ds-1" }
      const split = await call<Named>("dataset.create_split", { path, query: { name: "train" } })
      const version = await call<Named>("dataset.create_version", { path, query: { comment: "one" } })
      // What the vector names exists here under other ids, and its cursor is one of another server.
      const here = new URL(url.replace("sp-1", split.id).replaceAll("ver-1", version.id))
      here.searchParams.delete("cursor")
      const response = await fetch(here, init)
      expect([action, response.status]).toEqual([action, 200])
    }
  })

  it("get what they ask for validated", async () => {
    const { ask, failure, fetch } = begin()
    expect(await failure("dataset.list_datasets")).toEqual([422, "query.projectId"])
    expect(await failure("dataset.list_datasets", { query: { projectId: "p", limit: 101, direction: "up" } })).toEqual([
      422,
      "query.limit query.direction"
    ])
    expect(
      await failure("dataset.create_dataset", {
        body: { name: "x", projectId: "p", modality: { input_modals: ["SMELL"] } }
      })
    ).toEqual([422, "body.modality.input_modals.0"])
    const sample = { path: { dataset_id: "d", split_id: "s" } }
    expect(await failure("dataset.add_samples", { ...sample, body: [1] })).toEqual([422, "body.0"])
    expect(await failure("dataset.delete_samples", { ...sample, body: [true] })).toEqual([422, "body.0"])
    expect(await failure("dataset.add_samples", { ...sample, body: ["x"] })).toEqual([404, "not_found_error"])
    expect((await ask("dataset.list_datasets", { headers: { authorization: "" } })).status).toBe(401)
    const wrong = await fetch(`${origin}/beta/dataset`, { method: "PUT", headers: { authorization: "Bearer t" } })
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST, GET"])
  })

  it("have the shape that the answers of the vectors have", async () => {
    const { create, filled } = begin()
    const keys = (value: object) => Object.keys(value).toSorted()
    expect(keys(await create("x"))).toEqual(keys(json<Json>("dataset.create_dataset.response.json")))
    const { list, split } = await filled("a")
    expect(keys(split)).toEqual(keys(json<Json>("dataset.create_split.response.json")))
    expect(keys(await list())).toEqual(keys(json<Json>("dataset.list_samples.response.json")))
  })
})
