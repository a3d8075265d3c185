/** Endpoints over a socket: the life of an endpoint, lists in pages, waits and wake-ups, against the emulator. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Endpoints from "effect-friendli/Endpoints"
import * as Management from "effect-friendli/Management"
import * as Retry from "effect-friendli/Retry"
import { listen, type RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { collect } from "./support.js"

type Listen = Parameters<typeof listen>[0]

const emulator = (endpoints: NonNullable<Listen>["endpoints"]) =>
  Effect.acquireRelease(
    Effect.promise(() => listen({ port: 0, ...(endpoints === undefined ? {} : { endpoints }) })),
    (server) => Effect.promise(() => server.close())
  )

const over = (server: RunningEmulator) =>
  Layer.merge(
    Management.layer({ token: "flp_test", baseUrl: server.url }),
    Dedicated.layer({ token: "flp_test", baseUrl: server.url, retry: Retry.never })
  ).pipe(Layer.provide(FetchHttpClient.layer))

const request = (name: string, projectId = "project-1") => ({
  projectId,
  name,
  instanceOptionId: "H100-x2",
  hfModelRepo: "example-lab/sparrow-7b",
  advanced: { tokenizer_skip_special_tokens: true, tokenizer_add_special_tokens: false }
})

/** Often, since the endpoints of the emulator take a tenth of a second. */
const often: Endpoints.WaitOptions = { schedule: Schedule.spaced("5 millis"), timeout: "20 seconds" }

const sentTo = (server: RunningEmulator, method: string, end: string): number =>
  server.requests.filter((sent) => sent.method === method && sent.path.endsWith(end)).length

describe("over a socket", () => {
  it.scopedLive("an endpoint is created, changed, put to sleep, woken, terminated, restarted and deleted", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ existing: [] })
      yield* Effect.gen(function* () {
        const { id, status } = yield* Endpoints.createAndFind(request("mine"))
        assert.strictEqual(status, "INITIALIZING")
        assert.strictEqual((yield* Endpoints.get(id)).name, "mine")
        yield* Endpoints.waitUntil(id, "RUNNING", often)

        const { choices } = yield* Chat.complete({
          model: id,
          messages: [{ role: "user", content: "Hello!" }],
          max_tokens: 3
        })
        assert.lengthOf(choices, 1)

        const changed = yield* Endpoints.update(id, { name: "renamed", newVersionComment: "a better name" })
        assert.strictEqual(changed.name, "renamed")
        const versions = yield* collect(Endpoints.allVersions(id, { limit: 1 }))
        assert.deepStrictEqual(
          versions.map(({ name, version }) => [version, name]),
          [
            ["0", "mine"],
            ["1", "renamed"]
          ]
        )

        assert.strictEqual((yield* Endpoints.sleep(id)).status, "SLEEPING")
        assert.strictEqual((yield* Endpoints.ready(id, often)).status, "RUNNING")
        yield* Endpoints.terminate(id)
        yield* Endpoints.waitUntil(id, "TERMINATED", often)
        const refused = yield* Effect.flip(Endpoints.wake(id))
        assert.strictEqual(refused._tag, "InvalidRequestError")
        assert.include(refused.message, "state")
        assert.strictEqual((yield* Endpoints.restart(id)).status, "INITIALIZING")
        yield* Endpoints.waitUntil(id, ["RUNNING"], often)
        yield* Endpoints.delete(id)
        assert.strictEqual((yield* Effect.flip(Endpoints.status(id)))._tag, "NotFoundError")
      }).pipe(Effect.provide(over(server)))
    })
  )

  it.scopedLive("the progress of a start is a stream", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ existing: [], wakeTime: 300 })
      yield* Effect.gen(function* () {
        const { id } = yield* Endpoints.createAndFind(request("mine"))
        const statuses = yield* collect(Endpoints.watch(id, "RUNNING", often))
        const shown = statuses.map(({ phase, status }) => phase ?? status)
        const all = ["REQUESTING_VIRTUAL_MACHINE", "DOWNLOADING_MODEL", "ENGINE_INITIALIZING", "RUNNING"]
        // the first phases may be over before the first question
        assert.deepStrictEqual(shown, all.slice(-shown.length))
        assert.isAtLeast(shown.length, 2)
      }).pipe(Effect.provide(over(server)))
    })
  )

  it.scopedLive("a list in pages loads what is asked for", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ existing: [] })
      yield* Effect.gen(function* () {
        const names = ["a", "b", "c", "d", "e"]
        yield* Effect.forEach(names, (name) => Endpoints.create(request(name)))
        yield* Endpoints.create(request("other", "project-2"))
        const lists = () => sentTo(server, "GET", "/endpoint")

        const mine = { project_id: "project-1", limit: 2 }
        const entries = yield* collect(Endpoints.all(mine))
        assert.strictEqual(new Set(entries.map(({ id }) => id)).size, 5)
        assert.strictEqual(lists(), 3)
        assert.lengthOf(yield* collect(Stream.take(Endpoints.all(mine), 2)), 2)
        assert.strictEqual(lists(), 4)
        assert.lengthOf(yield* collect(Endpoints.all()), 6)
        assert.strictEqual(lists(), 5)

        const { data, nextCursor } = yield* Endpoints.list(mine)
        assert.lengthOf(Object.keys(data), 2)
        const second = yield* Endpoints.list({ ...mine, cursor: nextCursor })
        assert.deepStrictEqual(
          Object.keys(second.data),
          entries.slice(2, 4).map(({ id }) => id)
        )
        const wrong = yield* Effect.flip(Endpoints.list({ cursor: "no cursor" }))
        assert.deepInclude(wrong, { _tag: "InvalidRequestError", status: 422 })
      }).pipe(Effect.provide(over(server)))
    })
  )

  it.scopedLive("many that want an endpoint at once send one wake-up", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ existing: ["running"], asleep: ["asleep"], wakeTime: 200 })
      yield* Effect.gen(function* () {
        const all = yield* Effect.all(
          Array.from({ length: 12 }, () => Endpoints.ready("asleep", often)),
          { concurrency: "unbounded" }
        )
        assert.isTrue(all.every(({ status }) => status === "RUNNING"))
        assert.strictEqual(sentTo(server, "PUT", "/wake"), 1)

        const before = server.requests.length
        yield* Endpoints.ready("running", often)
        assert.strictEqual(server.requests.length, before + 1)
      }).pipe(Effect.provide(over(server)))
    })
  )

  it.scopedLive("nothing more is sent after a wait was interrupted", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ existing: [], asleep: ["asleep"] })
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.fork(Endpoints.waitUntil("asleep", "RUNNING", often))
        yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => server.requests.length > 2 })
        yield* Fiber.interrupt(fiber)
        const before = server.requests.length
        yield* Effect.sleep("100 millis")
        assert.isAtMost(server.requests.length, before + 1)
      }).pipe(Effect.provide(over(server)))
    })
  )

  it.scopedLive("requests with one key create one endpoint for an artifact", () =>
    Effect.gen(function* () {
      const server = yield* emulator({ existing: [] })
      yield* Effect.gen(function* () {
        const artifact = { wandbArtifactVersionName: "acme/models/sparrow:v3", projectId: "p" }
        const keyed = { ...artifact, idempotencyKey: "job-7" }
        const [first, second] = yield* Effect.all([
          Endpoints.createFromWandbArtifact(keyed),
          Endpoints.createFromWandbArtifact(keyed)
        ])
        assert.strictEqual(second.endpointId, first.endpointId)
        const another = yield* Endpoints.createFromWandbArtifact(artifact)
        assert.notStrictEqual(another.endpointId, first.endpointId)
        assert.strictEqual(Chunk.size(yield* Stream.runCollect(Endpoints.all())), 2)
      }).pipe(Effect.provide(over(server)))
    })
  )
})
