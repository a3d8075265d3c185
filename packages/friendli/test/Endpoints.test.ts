/**
 * Endpoints: what is sent and read, against the contract's vectors and a scripted client; lists; what is sent again, and what is not.
 * How endpoints are waited for is in `management/waiting.test.ts`.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Endpoints from "effect-friendli/Endpoints"
import type { WithResponse } from "effect-friendli/FriendliClient"
import type { FriendliError } from "effect-friendli/FriendliError"
import * as Management from "effect-friendli/Management"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertRejected } from "./sent.js"
import { collect, during, field, untilFailure } from "./support.js"

const token = "test-token"
const id = "ep01abcxyz"

const over = (script: MockHttpClient.Script) =>
  Management.layer({ token }).pipe(Layer.provideMerge(MockHttpClient.layer(script)))

const once = { retry: Retry.never } as const

const sent = MockHttpClient.requests

/** What a vector asks for. */
interface Vector {
  readonly body: never
  readonly query: object
  readonly options: RequestOptions
}

type Call<A> = (vector: Vector) => Effect.Effect<A, FriendliError, Endpoints.Endpoints>

/** Each operation of the contract: with the whole answer, and with its value alone. */
const operations: Readonly<Record<string, readonly [Call<WithResponse<unknown>>, Call<unknown>]>> = {
  create: [
    ({ body, options }) => Endpoints.createWithResponse(body, options),
    ({ body, options }) => Endpoints.create(body, options)
  ],
  wandb_artifact_create: [
    ({ body, options }) => Endpoints.createFromWandbArtifactWithResponse(body, options),
    ({ body, options }) => Endpoints.createFromWandbArtifact(body, options)
  ],
  list: [
    ({ options, query }) => Endpoints.listWithResponse(query, options),
    ({ options, query }) => Endpoints.list(query, options)
  ],
  get_spec: [({ options }) => Endpoints.getWithResponse(id, options), ({ options }) => Endpoints.get(id, options)],
  update: [
    ({ body, options }) => Endpoints.updateWithResponse(id, body, options),
    ({ body, options }) => Endpoints.update(id, body, options)
  ],
  delete: [({ options }) => Endpoints.deleteWithResponse(id, options), ({ options }) => Endpoints.delete(id, options)],
  get_version_history: [
    ({ options, query }) => Endpoints.versionsWithResponse(id, query, options),
    ({ options, query }) => Endpoints.versions(id, query, options)
  ],
  get_status: [
    ({ options }) => Endpoints.statusWithResponse(id, options),
    ({ options }) => Endpoints.status(id, options)
  ],
  sleep: [({ options }) => Endpoints.sleepWithResponse(id, options), ({ options }) => Endpoints.sleep(id, options)],
  wake: [({ options }) => Endpoints.wakeWithResponse(id, options), ({ options }) => Endpoints.wake(id, options)],
  terminate: [
    ({ options }) => Endpoints.terminateWithResponse(id, options),
    ({ options }) => Endpoints.terminate(id, options)
  ],
  restart: [
    ({ options }) => Endpoints.restartWithResponse(id, options),
    ({ options }) => Endpoints.restart(id, options)
  ]
}

describe.each(Object.entries(operations))("%s", (name, [withResponse, plain]) => {
  const operation = `dedicated.endpoint.${name}`
  const http = Vectors.requests<Vectors.WireBody | null>(operation)
  const answer = Vectors.json(`${operation}.response.json`)

  const cases = [
    ["minimal", http.minimal, `${operation}.request.json`],
    ["full", http.full, `${operation}.request.full.json`]
  ] as const

  it.effect.each(cases)("%s: the vector is sent as it is, and the answer is read without loss", ([, wire, file]) => {
    const team = wire.headers["x-friendli-team"]
    const written = Vectors.json(file)
    const body = wire.body === null ? undefined : written
    const vector: Vector = {
      body: body as never,
      query: (field(written, "query") ?? {}) as object,
      options: team === undefined ? {} : { team }
    }
    return Effect.gen(function* () {
      const { response, value } = yield* withResponse(vector)
      assert.deepStrictEqual(value, answer)
      assert.deepStrictEqual([response.status, response.requestId], [200, "req-1"])
      assert.deepStrictEqual(yield* plain(vector), name === "delete" ? undefined : answer)
      const requests = yield* sent
      assert.lengthOf(requests, 2)
      for (const { authorization, body: text, headers, json, method, url } of requests) {
        assert.strictEqual(method, wire.method)
        const [path, search = ""] = url.split("?")
        assert.strictEqual(path, wire.url)
        assert.deepStrictEqual([...new URLSearchParams(search)], wire.query as unknown)
        assert.deepStrictEqual<unknown>(wire.body === null ? text : json, wire.body === null ? "" : body)
        assert.strictEqual(Redacted.value(authorization!), wire.headers["authorization"])
        for (const header of ["accept", "content-type", "x-friendli-team"]) {
          assert.strictEqual(headers[header], wire.headers[header], header)
        }
      }
    }).pipe(Effect.provide(over(() => Reply.json(answer, { headers: { "x-request-id": "req-1" } }))))
  })

  it.effect("fails typed, with what the server said", () => {
    const failures = [
      [400, "InvalidRequestError"],
      [401, "AuthenticationError"],
      [403, "PermissionDeniedError"],
      [404, "NotFoundError"],
      [422, "InvalidRequestError"],
      [500, "ServerError"]
    ] as const
    return Effect.forEach(failures, ([status, tag]) =>
      Effect.gen(function* () {
        const vector = { body: Vectors.json(`${operation}.request.full.json`) as never, query: {}, options: once }
        const valid = http.full.body === null ? { ...vector, body: {} as never } : vector
        const error = yield* Effect.flip(plain(valid))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(error.deployment, "management")
        assert.isTrue(error.operation.startsWith("Endpoints."))
        assert.include(error.message, "because of the zebra")
      }).pipe(Effect.provide(over([Reply.status(status, { body: { detail: "because of the zebra" } })])))
    )
  })
})

describe("errors", () => {
  it.effect("404 names what was called", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Endpoints.status("none"))
      assert.strictEqual(error._tag, "NotFoundError")
      assert.include(error.message, "GET https://api.friendli.ai/dedicated/beta/endpoint/none/status was called.")
      assert.include(error.message, "endpoint id")
    }).pipe(Effect.provide(over([Reply.status(404, { body: { detail: "There is no such endpoint" } })])))
  )

  it.effect("400 of a change of the state says that the state is why", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Endpoints.wake(id))
      assert.strictEqual(error._tag, "InvalidRequestError")
      assert.include(error.message, "The endpoint is terminated: restart it.")
      assert.include(error.message, "state")
      assert.notInclude(error.message, "Change the request")
    }).pipe(Effect.provide(over([Reply.status(400, { body: { detail: "The endpoint is terminated: restart it" } })])))
  )

  it.effect("422 names the fields, in the shape that the API declares and in others", () =>
    Effect.gen(function* () {
      const declared = yield* Effect.flip(Endpoints.delete(id))
      assert(declared._tag === "InvalidRequestError")
      assert.deepStrictEqual(
        declared.issues.map(({ path }) => path.slice(-2)),
        [[0, "role"]]
      )
      const plain = yield* Effect.flip(Endpoints.list({ cursor: "zzz" }))
      assert(plain._tag === "InvalidRequestError")
      assert.include(plain.message, "not a cursor")
    }).pipe(
      Effect.provide(
        over([
          Reply.status(422, { body: Vectors.json("_error.422.HTTPValidationError.json") }),
          Reply.status(422, { body: { message: "not a cursor" } })
        ])
      )
    )
  )
})

describe("requests that are wrong", () => {
  const advanced = { tokenizer_skip_special_tokens: true, tokenizer_add_special_tokens: false }
  const good = { projectId: "p", name: "n", instanceOptionId: "o", hfModelRepo: "a/b", advanced }

  const rejects = <R>(
    call: (request: never) => Effect.Effect<unknown, FriendliError, R>,
    operation: string,
    bad: ReadonlyArray<readonly [string, object]>
  ) => assertRejected(call, operation, "management", bad)

  it.effect("are rejected before anything is sent, and the error names the field", () =>
    Effect.gen(function* () {
      yield* rejects(Endpoints.create, "Endpoints.create", [
        ["projectId", { ...good, projectId: undefined }],
        ["advanced", { ...good, advanced: undefined }],
        ["advanced.tokenizer_add_special_tokens", { ...good, advanced: { tokenizer_skip_special_tokens: true } }],
        ["advanced.max_context_length", { ...good, advanced: { ...advanced, max_context_length: 0 } }],
        [
          "advanced.queue_backpressure_metric_threshold",
          {
            ...good,
            advanced: { ...advanced, queue_backpressure_metric_threshold: NaN }
          }
        ],
        ["simplescale.replicas", { ...good, simplescale: { replicas: 0 } }],
        ["autoscalingPolicy.minReplica", { ...good, autoscalingPolicy: { minReplica: -1 } }],
        ["autoscalingPolicy.maxReplica", { ...good, autoscalingPolicy: { maxReplica: 11 } }],
        ["gpu", { ...good, gpu: "H100" }]
      ])
      yield* rejects((changes: never) => Endpoints.update(id, changes), "Endpoints.update", [
        ["simplescale.replicas", { simplescale: { replicas: 1.5 } }],
        ["hfModel", { hfModel: "a/b" }]
      ])
      yield* rejects(Endpoints.list, "Endpoints.list", [
        ["limit", { limit: 0 }],
        ["limit", { limit: 101 }],
        ["cursor", { cursor: 7 }]
      ])
      yield* rejects((query: never) => Endpoints.versions(id, query), "Endpoints.versions", [["limit", { limit: 101 }]])
      yield* rejects(Endpoints.createFromWandbArtifact, "Endpoints.createFromWandbArtifact", [
        ["wandbArtifactVersionName", {}],
        ["projectId", { wandbArtifactVersionName: "a/b/c:v1", idempotencyKey: "k" }]
      ])
    }).pipe(Effect.provide(over([])))
  )

  it.effect("a field that is newer than the SDK goes through the option body", () =>
    Effect.gen(function* () {
      yield* Endpoints.create(good, { body: { gpu: "H100" } })
      assert.strictEqual(field((yield* sent)[0]?.json, "gpu"), "H100")
    }).pipe(Effect.provide(over([Reply.json(Wire.endpointStatus("INITIALIZING"))])))
  )

  it.effect.each(["", ".", ".."])("the id %j names another resource", (wrong) =>
    Effect.gen(function* () {
      for (const call of [Endpoints.get(wrong), Endpoints.delete(wrong), Endpoints.update(wrong, {})]) {
        assert.strictEqual((yield* Effect.flip(call))._tag, "InvalidRequestError")
      }
      assert.lengthOf(yield* sent, 0)
    }).pipe(Effect.provide(over([])))
  )
})

describe("an answer of delete", () => {
  const answers: ReadonlyArray<readonly [string, Reply.Reply, unknown]> = [
    ["null", Reply.json(null), null],
    ["an object", Reply.json({ deleted: true }), { deleted: true }],
    ["a text", Reply.json("ok"), "ok"],
    ["an empty body", Reply.text("", { headers: { "content-type": "application/json" } }), null],
    ["white space", Reply.text("\r\n"), null],
    ["204", Reply.status(204), null],
    ["202 without a body", Reply.status(202), null]
  ]

  it.effect.each(answers)("can be %s", ([, reply, value]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* Endpoints.deleteWithResponse(id)).value, value)
    }).pipe(Effect.provide(over([reply])))
  )

  it.effect("that is an error with a status of success is an error", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Endpoints.delete(id))
      assert.strictEqual(error._tag, "ServerError")
      assert.include(error.message, "cannot be deleted")
      assert.include(error.message, "It may not have happened")
      assert.lengthOf(yield* sent, 1)
    }).pipe(Effect.provide(over([Reply.json({ error: { message: "cannot be deleted" } })])))
  )

  it.effect("that is no JSON is an error", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(Endpoints.delete(id)))._tag, "ResponseDecodeError")
    }).pipe(Effect.provide(over([Reply.text("<html>")])))
  )

  it.effect("is needed elsewhere", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(Endpoints.sleep(id)))._tag, "ResponseDecodeError")
    }).pipe(Effect.provide(over([Reply.status(204)])))
  )
})

describe("what is sent again", () => {
  const calls: ReadonlyArray<readonly [string, Effect.Effect<unknown, FriendliError, Endpoints.Endpoints>]> = [
    ["update", Endpoints.update(id, { name: "n" })],
    ["delete", Endpoints.delete(id)],
    ["sleep", Endpoints.sleep(id)],
    ["terminate", Endpoints.terminate(id)],
    ["restart", Endpoints.restart(id)]
  ]

  it.effect.each(calls)("%s: only what was certainly not processed", ([, call]) =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(call), "1 minute")
      assert.strictEqual(error._tag, "ServerError")
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(over([Reply.status(503), Reply.status(500)])))
  )

  it.effect("reads: what failed in passing", () =>
    Effect.gen(function* () {
      yield* during(Endpoints.status(id), "1 minute")
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(over([Reply.status(500), Reply.json(Wire.endpointStatus())])))
  )
})

describe("an endpoint for an artifact", () => {
  const wandbArtifactVersionName = "acme/models/sparrow:v3"
  const created = Reply.json(Vectors.json("dedicated.endpoint.wandb_artifact_create.response.json"))
  const keys = Effect.map(sent, (requests) => requests.map(({ json }) => field(json, "idempotencyKey")))

  it.effect("in a project has one key for all attempts of a call, and another one for the next call", () =>
    Effect.gen(function* () {
      const request = { wandbArtifactVersionName, projectId: "p" }
      yield* during(Endpoints.createFromWandbArtifact(request), "1 minute")
      yield* Endpoints.createFromWandbArtifact(request)
      const [first, second, third] = yield* keys
      assert.match(String(first), /^effect-friendli-[0-9a-f]{32}$/)
      assert.strictEqual(second, first)
      assert.match(String(third), /^effect-friendli-[0-9a-f]{32}$/)
      assert.notStrictEqual(third, first)
    }).pipe(Effect.provide(over([Reply.status(500), created, created])))
  )

  it.effect("keeps the key of the request", () =>
    Effect.gen(function* () {
      const request = { wandbArtifactVersionName, projectId: "p", idempotencyKey: "job-7" }
      yield* during(Endpoints.createFromWandbArtifact(request), "1 minute")
      assert.deepStrictEqual(yield* keys, ["job-7", "job-7"])
    }).pipe(Effect.provide(over([Reply.status(502), created])))
  )

  it.effect("without a project is a write that is not sent again", () =>
    Effect.gen(function* () {
      const error = yield* during(
        Effect.flip(Endpoints.createFromWandbArtifact({ wandbArtifactVersionName })),
        "1 minute"
      )
      assert.strictEqual(error._tag, "ServerError")
      assert.deepStrictEqual(yield* keys, [undefined])
    }).pipe(Effect.provide(over([Reply.status(500)])))
  )
})

describe("lists", () => {
  it.effect("of endpoints: all pages, with ids and statuses", () =>
    Effect.gen(function* () {
      const entries = yield* collect(Endpoints.all({ project_id: "p" }))
      assert.deepStrictEqual(
        entries.map((entry) => [entry.id, entry.status]),
        [
          ["a", "RUNNING"],
          ["b", "SLEEPING"],
          ["c", "FAILED"]
        ]
      )
      assert.deepStrictEqual(
        (yield* sent).map(({ url }) => url.split("?")[1]),
        ["limit=100&project_id=p", "cursor=next+one%3D&limit=100&project_id=p"]
      )
    }).pipe(
      Effect.provide(
        over([
          Reply.json(Wire.endpoints({ a: "RUNNING", b: "SLEEPING" }, "next one=")),
          Reply.json(Wire.endpoints({ c: "FAILED" }))
        ])
      )
    )
  )

  it.effect("begin with the page of a cursor, and have the size that is asked for", () =>
    Effect.gen(function* () {
      yield* collect(Endpoints.all({ cursor: "c", limit: 2 }, { team: "t" }))
      const [request] = yield* sent
      assert.strictEqual(request?.url.split("?")[1], "cursor=c&limit=2")
      assert.strictEqual(request?.headers["x-friendli-team"], "t")
    }).pipe(Effect.provide(over([Reply.json(Wire.endpoints({}))])))
  )

  it.effect("of versions: all pages", () =>
    Effect.gen(function* () {
      const found = yield* collect(Endpoints.allVersions(id, { limit: 1 }))
      assert.deepStrictEqual(
        found.map(({ name, version }) => [version, name]),
        [
          ["0", "old"],
          ["1", "new"]
        ]
      )
    }).pipe(
      Effect.provide(
        over([
          Reply.json({ data: { 0: Wire.endpointSpec({ name: "old" }) }, nextCursor: "x" }),
          Reply.json({ data: { 1: Wire.endpointSpec({ name: "new" }) }, nextCursor: "" })
        ])
      )
    )
  )

  it.effect.each([{}, { nextCursor: null }, { data: null }])("are empty where the page is %j", (page) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* collect(Endpoints.all()), [])
      assert.deepStrictEqual((yield* Endpoints.list()).data, {})
    }).pipe(Effect.provide(over(() => Reply.json(page))))
  )

  it.effect.each([[{ error: { message: "no" } }], [{ endpoints: [] }], [[]]])(
    "are not empty where it is %j",
    ([page]) =>
      Effect.gen(function* () {
        yield* Effect.flip(Endpoints.list({}, once))
        assert.isDefined((yield* untilFailure(Endpoints.all({}, once))).error)
      }).pipe(Effect.provide(over(() => Reply.json(page))))
  )

  it.effect("stop when nothing more is asked for", () =>
    Effect.gen(function* () {
      yield* Stream.runHead(Endpoints.all())
      assert.lengthOf(yield* sent, 1)
    }).pipe(Effect.provide(over([Reply.json(Wire.endpoints({ a: "RUNNING", b: "RUNNING" }, "more"))])))
  )

  it.effect("fail where the server repeats a page", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* untilFailure(Endpoints.all())
      assert.lengthOf(elements, 2)
      assert.deepInclude(error, { _tag: "ResponseDecodeError", operation: "Endpoints.list", deployment: "management" })
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(over(() => Reply.json(Wire.endpoints({ a: "RUNNING" }, "same")))))
  )
})

describe("createAndFind", () => {
  const advanced = { tokenizer_skip_special_tokens: true, tokenizer_add_special_tokens: false }
  const request = { projectId: "p", name: "mine", instanceOptionId: "o", hfModelRepo: "a/b", advanced }
  const at = (createdAt: string) => Wire.endpointStatus("INITIALIZING", { createdAt })
  const create = Endpoints.createAndFind(request, once)

  /** A server with one endpoint, and those that appear with the one that is created. */
  const server = (appear: Readonly<Record<string, readonly [name: string, createdAt: string]>>, after = 0) => {
    let lists = 0
    return (({ method, url }) => {
      if (method === "POST") return Reply.json(at("now"))
      const path = new URL(url).pathname.split("/")
      const name = appear[path.at(-1)!]?.[0]
      if (path.at(-1) !== "endpoint")
        return name === undefined ? Reply.status(404) : Reply.json(Wire.endpointSpec({ name }))
      const isThere = lists++ > after
      const added = Object.entries(appear).map(([key, [, createdAt]]) => [key, at(createdAt)] as const)
      return Reply.json(Wire.endpoints({ old: "RUNNING", ...(isThere ? Object.fromEntries(added) : {}) }))
    }) satisfies MockHttpClient.Script
  }

  it.effect("gives the id of the one that is new and has the name", () =>
    Effect.gen(function* () {
      const { id: found, status } = yield* create
      assert.deepStrictEqual([found, status], ["new", "INITIALIZING"])
      assert.isTrue((yield* sent).every(({ url }) => !url.endsWith("/endpoint/old")))
    }).pipe(Effect.provide(over(server({ other: ["theirs", "now"], new: ["mine", "now"] }))))
  )

  it.effect("tells two of the same name apart by their moments", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* create).id, "new")
    }).pipe(Effect.provide(over(server({ other: ["mine", "before"], new: ["mine", "now"] }))))
  )

  it.effect("looks again until the list shows it", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* during(create, "30 seconds")).id, "new")
    }).pipe(Effect.provide(over(server({ new: ["mine", "now"] }, 3))))
  )

  it.effect.each([
    ["is not shown", {}, "does not show it"],
    ["cannot be told from another", { a: ["mine", "now"], b: ["mine", "now"] }, "2 new endpoints have its name"]
  ] as const)("fails where it %s, and says that it exists", ([, appear, text]) =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(create), "30 seconds")
      assert.strictEqual(error._tag, "NotFoundError")
      assert.include(error.message, text)
      assert.include(error.message, "created an endpoint")
      assert.lengthOf(
        (yield* sent).filter(({ method }) => method === "POST"),
        1
      )
    }).pipe(Effect.provide(over(server(appear))))
  )

  it.effect("says that it exists where a request for its id fails, and why", () =>
    Effect.gen(function* () {
      let isCreated = false
      const script = server({})
      const failing = over((request) => {
        if (isCreated) return Reply.status(500)
        isCreated = request.method === "POST"
        return script(request)
      })
      const error = yield* during(Effect.flip(create), "30 seconds").pipe(Effect.provide(failing))
      assert.strictEqual(error._tag, "NotFoundError")
      assert.include(error.message, "created an endpoint, but a request for its id failed")
      assert.strictEqual(error.cause?.name, "ServerError")
      assert.include(error.cause?.message ?? "", "Endpoints.list was answered with 500")
    })
  )

  it.effect("asks for its id again where that failed in passing", () =>
    Effect.gen(function* () {
      let failures = 2
      const script = server({ new: ["mine", "now"] })
      const found = during(create, "30 seconds").pipe(
        Effect.provide(
          over((request) => {
            const isSearch = request.method === "GET" && request.url.endsWith("/new")
            return isSearch && failures-- > 0 ? Reply.status(500) : script(request)
          })
        )
      )
      assert.strictEqual((yield* found).id, "new")
    })
  )

  it.effect("creates nothing where the list fails", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(create))._tag, "PermissionDeniedError")
      assert.lengthOf(yield* sent, 1)
    }).pipe(Effect.provide(over([Reply.status(403)])))
  )
})
