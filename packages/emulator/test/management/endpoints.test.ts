import { json, type Json } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import type { EmulatorOptions } from "../../src/Emulator.js"
import { eventually, mismatch, post } from "../support.js"
import { origin, start, vectorRequests } from "./client.js"

interface Status {
  readonly status: string
  readonly phase: string | null
  readonly updatedAt: string | null
}

interface Page<A> {
  readonly data: Readonly<Record<string, A>>
  readonly nextCursor: string | null
}

const days = 86_400_000
const body = json<Json>("dedicated.endpoint.create.request.full.json")

const begin = (options: EmulatorOptions["endpoints"] = {}) => {
  const emulator = start({ endpoints: { existing: [], ...options } })
  const { call, failure, fetch } = emulator
  const path = (endpoint_id: string) => ({ path: { endpoint_id } })
  /** Creates an endpoint. The answer has no id: the list has it. */
  const create = async (name = "one", more: Json = {}): Promise<string> => {
    const before = Object.keys((await call<Page<Status>>("dedicated.endpoint.list", { query: { limit: 100 } })).data)
    await call("dedicated.endpoint.create", { body: { ...body, name, ...more } })
    const { data } = await call<Page<Status>>("dedicated.endpoint.list", { query: { limit: 100 } })
    return Object.keys(data).find((id) => !before.includes(id))!
  }
  const status = (id: string) => call<Status>("dedicated.endpoint.get_status", path(id))
  const tell = (action: string, id: string) => call<Status>(`dedicated.endpoint.${action}`, path(id))
  const refused = (action: string, id: string) => failure(`dedicated.endpoint.${action}`, path(id))
  const spec = (id: string) => call<Json>("dedicated.endpoint.get_spec", path(id))
  const serves = async (model: string): Promise<number> =>
    (await post(fetch, `${origin}/dedicated/v1/tokenize`, { model, prompt: "Hi" })).status
  return { ...emulator, create, path, refused, serves, spec, status, tell }
}

describe("vectors", () => {
  it.each([
    "create",
    "list",
    "get_spec",
    "update",
    "get_version_history",
    "get_status",
    "sleep",
    "wake",
    "terminate",
    "restart",
    "delete",
    "wandb_artifact_create"
  ])("%s: the requests are accepted", async (action) => {
    const name = `dedicated.endpoint.${action}`
    for (const { init, url } of vectorRequests(name)) {
      // The cursor of the vector is one of another server.
      const target = new URL(url)
      target.searchParams.delete("cursor")
      const { fetch } = begin({ existing: ["ep01abcxyz"] })
      const response = await fetch(target, init)
      expect([name, response.status]).toEqual([name, 200])
    }
  })

  it("the specification of a created endpoint is that of the vector", async () => {
    const { create, spec } = begin({ wakeTime: 0 })
    const vector = json<Json>("dedicated.endpoint.get_spec.response.json")
    const made = await spec(await create("my-endpoint"))
    expect(Object.keys(made).toSorted()).toEqual(Object.keys(vector).toSorted())
    for (const key of ["name", "gpuType", "projectId", "autoscalingMin", "autoscalingMax", "maxContextLength"]) {
      expect([key, made[key]]).toEqual([key, vector[key]])
    }
  })
})

describe("an endpoint that is created", () => {
  it("goes through its phases until it runs, and answers from then on", async () => {
    const { create, serves, status } = begin({ wakeTime: 300, retryAfter: 1 })
    const id = await create()
    const seen: Array<string> = []
    expect(await serves(id)).toBe(503)
    await eventually(() => {
      void status(id).then(({ phase, status: now }) => {
        const text = phase ?? now
        if (seen.at(-1) !== text) seen.push(text)
      })
      return seen.at(-1) === "RUNNING"
    })
    // Which phases were seen depends on the machine; their order does not.
    const order = ["REQUESTING_VIRTUAL_MACHINE", "DOWNLOADING_MODEL", "ENGINE_INITIALIZING", "RUNNING"]
    expect(seen).toEqual(order.filter((phase) => seen.includes(phase)))
    expect(seen.length).toBeGreaterThan(2)
    expect(await serves(id)).toBe(200)
    expect(await serves(`${id}:route`)).toBe(200)
  })

  it("has a specification that updates change, and a version for each change", async () => {
    const { call, create, path, spec, status } = begin({ wakeTime: 0 })
    const id = await create("one", { instanceOptionId: "a100-x4", autoscalingPolicy: null })
    expect(await spec(id)).toMatchObject({
      gpuType: "NVIDIA A100",
      numGpu: 4,
      autoscalingMin: 2,
      autoscalingMax: 2,
      currReplicaCnt: 2
    })
    const update = (changes: Json) => call<Json>("dedicated.endpoint.update", { ...path(id), body: changes })
    const before = await spec(id)
    expect(await update({})).toEqual(before)
    expect(await update({ name: "two" })).toMatchObject({ name: "two", gpuType: "NVIDIA A100" })
    await update({ autoscalingPolicy: { maxReplica: 5 } })
    expect((await status(id)).updatedAt).not.toBeNull()
    const { data, nextCursor } = await call<Page<Json>>("dedicated.endpoint.get_version_history", path(id))
    expect(Object.entries(data).map(([version, one]) => [version, one["name"], one["autoscalingMax"]])).toEqual([
      ["0", "one", 2],
      ["1", "two", 2],
      ["2", "two", 5]
    ])
    expect(nextCursor).toBeNull()
    const first = await call<Page<Json>>("dedicated.endpoint.get_version_history", { ...path(id), query: { limit: 2 } })
    expect(Object.keys(first.data)).toEqual(["0", "1"])
    const second = await call<Page<Json>>("dedicated.endpoint.get_version_history", {
      ...path(id),
      query: { limit: 2, cursor: first.nextCursor! }
    })
    expect([Object.keys(second.data), second.nextCursor]).toEqual([["2"], null])
  })

  it("answers while an update replaces its replicas", async () => {
    const { call, path, serves, spec, status } = begin({ existing: ["ep"], wakeTime: days })
    const update = (changes: Json) => call("dedicated.endpoint.update", { ...path("ep"), body: changes })
    await update({ name: "renamed" })
    expect((await status("ep")).status).toBe("RUNNING")
    await update({ hfModelRepo: "example-lab/sparrow-13b" })
    expect((await status("ep")).status).toBe("UPDATING")
    expect(await spec("ep")).toMatchObject({ currReplicaCnt: 1, desiredReplicaCnt: 1, updatedReplicaCnt: 0 })
    expect(await serves("ep")).toBe(200)
  })

  it("sleeps, wakes, terminates and restarts, and refuses what its state does not allow", async () => {
    const { create, refused, serves, spec, status, tell } = begin({ wakeTime: days })
    const id = await create()
    expect(await refused("sleep", id)).toEqual([400, "invalid_request_error"])
    expect((await tell("wake", id)).status).toBe("INITIALIZING")
    const terminating = await tell("terminate", id)
    expect(terminating.status).toBe("TERMINATING")
    expect(await tell("terminate", id)).toEqual(terminating)
    for (const action of ["wake", "sleep", "restart"]) expect((await refused(action, id))[0]).toBe(400)
    expect(await serves(id)).toBe(503)

    const fast = begin({ wakeTime: 0, asleep: ["ep"] })
    expect((await fast.tell("terminate", "ep")).status).toBe("TERMINATED")
    expect(await fast.serves("ep")).toBe(503)
    expect(await fast.spec("ep")).toMatchObject({ currReplicaCnt: 0, desiredReplicaCnt: 0 })
    expect((await fast.tell("restart", "ep")).status).toBe("RUNNING")
    expect(await fast.serves("ep")).toBe(200)
    expect(await spec(id)).toMatchObject({ desiredReplicaCnt: 0 })
    expect((await status(id)).status).toBe("TERMINATING")
  })

  it("is gone after it was deleted, and comes back by a reset if it was there at the start", async () => {
    const { ask, call, create, path, refused, reset, serves } = begin({ existing: ["ep"], wakeTime: 0 })
    const id = await create()
    for (const one of [id, "ep"]) {
      const response = await ask("dedicated.endpoint.delete", path(one))
      expect([response.status, await response.json()]).toEqual([200, null])
      expect(await serves(one)).toBe(404)
      for (const action of ["get_spec", "get_status", "get_version_history", "wake", "delete"]) {
        expect(await refused(action, one)).toEqual([404, "not_found_error"])
      }
    }
    expect(Object.keys((await call<Page<Status>>("dedicated.endpoint.list")).data)).toEqual([])
    reset()
    expect([await serves("ep"), await serves(id)]).toEqual([200, 404])

    const any = start()
    expect((await any.ask("dedicated.endpoint.delete", path("x"))).status).toBe(200)
    expect(await any.failure("dedicated.endpoint.get_status", path("x"))).toEqual([404, "not_found_error"])
    expect((await any.call<Json>("dedicated.endpoint.get_spec", path("y")))["name"]).toBe("y")
  })
})

describe("the list of endpoints", () => {
  it("has pages of a project, which do not shift when an endpoint is deleted", async () => {
    const { ask, call, create, path } = begin()
    const ids: Array<string> = []
    for (let at = 0; at < 5; at++) ids.push(await create(`e${at}`, { projectId: at === 2 ? "other" : "proj" }))
    const list = (query: Readonly<Record<string, string | number>>) =>
      call<Page<Status>>("dedicated.endpoint.list", { query })
    const first = await list({ project_id: "proj", limit: 2 })
    expect(Object.keys(first.data)).toEqual([ids[0], ids[1]])
    await ask("dedicated.endpoint.delete", path(ids[1]!))
    const second = await list({ project_id: "proj", limit: 2, cursor: first.nextCursor! })
    expect([Object.keys(second.data), second.nextCursor]).toEqual([[ids[3], ids[4]], null])
    expect(Object.keys((await list({})).data)).toHaveLength(4)
  })
})

describe("an endpoint of an artifact", () => {
  it("has the name of the artifact, and is made once for a key", async () => {
    const { call, failure, spec } = begin({ wakeTime: 0 })
    const create = (fields: Json = {}) =>
      call<Readonly<Record<string, string>>>("dedicated.endpoint.wandb_artifact_create", {
        body: { wandbArtifactVersionName: "acme/models/sparrow:v3", ...fields }
      })
    const one = await create({ projectId: "p", idempotencyKey: "k", accelerator: { type: "H200", count: 2 } })
    expect(one).toMatchObject({ endpointName: "sparrow", projectId: "p" })
    expect(await create({ projectId: "p", idempotencyKey: "k" })).toEqual(one)
    expect((await create({ projectId: "q", idempotencyKey: "k" }))["endpointId"]).not.toBe(one["endpointId"])
    expect(await spec(one["endpointId"]!)).toMatchObject({ gpuType: "NVIDIA H200", numGpu: 2 })
    const wrong = (fields: Json) => failure("dedicated.endpoint.wandb_artifact_create", { body: fields })
    expect(await wrong({ wandbArtifactVersionName: "sparrow" })).toEqual([422, "body.wandbArtifactVersionName"])
    expect(await wrong({ wandbArtifactVersionName: "a/b/c:v1", idempotencyKey: "k" })).toEqual([
      422,
      "body.idempotencyKey"
    ])
  })
})

describe("errors", () => {
  it("of invalid requests are 422 with their places", async () => {
    const { ask, failure, path } = begin({ existing: ["ep"] })
    expect(await failure("dedicated.endpoint.create", { body: {} })).toEqual([
      422,
      "body.projectId body.name body.instanceOptionId body.advanced body.hfModelRepo"
    ])
    expect(
      await failure("dedicated.endpoint.create", {
        body: { ...body, autoscalingPolicy: { minReplica: 3, maxReplica: 2 } }
      })
    ).toEqual([422, "body.autoscalingPolicy.minReplica"])
    expect(await failure("dedicated.endpoint.update", path("ep"))).toEqual([422, "body"])
    expect(await failure("dedicated.endpoint.list", { query: { limit: 0 } })).toEqual([422, "query.limit"])
    expect(await failure("dedicated.endpoint.list", { query: { limit: "ten", cursor: "!" } })).toEqual([
      422,
      "query.limit"
    ])
    expect(await failure("dedicated.endpoint.list", { query: { cursor: "Y3Vyc29yLTE=" } })).toEqual([
      422,
      "query.cursor"
    ])
    expect((await ask("dedicated.endpoint.list", { headers: { authorization: "" } })).status).toBe(401)
  })

  it("can be faults: of the status, of the body, and of its shape", async () => {
    const { ask, faults } = begin({ existing: ["ep"] })
    const status = () => ask("dedicated.endpoint.get_status", { path: { endpoint_id: "ep" } })
    faults.enqueue({ status: 429 }, { emptyBody: true }, { badSchema: true }, { truncateBody: 5 })
    expect((await status()).status).toBe(429)
    expect(await (await status()).text()).toBe("")
    const wrong = (await (await status()).json()) as object
    expect(mismatch("DedicatedEndpointStatus", wrong)).toContain("status")
    await expect((await status()).text()).rejects.toThrow()
    expect((await status()).status).toBe(200)
  })
})
