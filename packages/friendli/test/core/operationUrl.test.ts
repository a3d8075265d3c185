/**
 * Paths and queries of operations: functions of the request, checked before anything is sent, and without their fields in the body.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Endpoints from "effect-friendli/Endpoints"
import * as FriendliClient from "effect-friendli/FriendliClient"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Operation from "effect-friendli/Operation"
import * as Resilience from "effect-friendli/Resilience"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { request, token } from "../support.js"

const Row = Schema.Struct({
  dataset: Schema.String,
  row: Schema.Int,
  limit: Schema.optional(Schema.Int),
  tags: Schema.optional(Schema.Array(Schema.String)),
  text: Schema.optional(Schema.String)
})

const place = {
  prefix: "/beta",
  model: false,
  request: Row,
  response: Schema.Struct({ ok: Schema.Boolean })
} as const

const located = {
  ...place,
  path: ({ dataset, row }: typeof Row.Type) => ["dataset", dataset, "row", row],
  query: ({ limit, tags }: typeof Row.Type) => ({ limit, tag: tags, none: undefined }),
  parameters: ["dataset", "row", "limit", "tags"]
} as const

const getRow = Operation.unary({ ...located, name: "Example.getRow", method: "GET" })
const putRow = Operation.unary({ ...located, name: "Example.putRow", method: "PUT" })
const deleteRow = Operation.unary({ ...located, name: "Example.deleteRow", method: "DELETE" })
const followRow = Operation.streaming({
  ...located,
  name: "Example.followRow",
  event: Schema.Struct({ ok: Schema.Boolean })
})

const deployed = (replies: ReadonlyArray<Reply.Reply>) =>
  Dedicated.layer({ token, baseUrl: "https://llm.example.com" }).pipe(Layer.provideMerge(MockHttpClient.layer(replies)))

const ok = Reply.json({ ok: true })

const run = <A>(operation: Operation.Unary<typeof Row.Type, A>, row: typeof Row.Type) =>
  Effect.flatMap(FriendliClient.FriendliClient, (client) => client.execute(operation, row))

const sent = Effect.map(MockHttpClient.requests, (requests) => requests.at(-1)!)

const base = "https://llm.example.com/dedicated/beta/dataset"

describe("a path that is a function of the request", () => {
  it.effect("is percent-encoded, segment by segment", () =>
    Effect.gen(function* () {
      yield* run(getRow, { dataset: "a/b c?d#é", row: 7 })
      assert.strictEqual((yield* sent).url, `${base}/a%2Fb%20c%3Fd%23%C3%A9/row/7`)
    }).pipe(Effect.provide(deployed([ok])))
  )

  it.effect("differs from call to call, also through one client", () =>
    Effect.gen(function* () {
      yield* run(getRow, { dataset: "one", row: 1 })
      assert.strictEqual((yield* sent).url, `${base}/one/row/1`)
      yield* run(getRow, { dataset: "two", row: 2 })
      assert.strictEqual((yield* sent).url, `${base}/two/row/2`)
    }).pipe(Effect.provide(deployed([ok, ok])))
  )

  for (const dataset of ["", ".", ".."]) {
    it.effect(`rejects ${JSON.stringify(dataset)}, which would name another resource, before anything is sent`, () =>
      Effect.gen(function* () {
        const client = yield* FriendliClient.FriendliClient
        const row = { dataset, row: 1 }
        const calls: ReadonlyArray<Effect.Effect<unknown, FriendliStreamError, FriendliClient.FriendliClient>> = [
          run(getRow, row),
          run(putRow, row),
          Effect.scoped(client.streamWithResponse(followRow, row))
        ]
        for (const call of calls) {
          const error = yield* Effect.flip(call)
          assert.strictEqual(error._tag, "InvalidRequestError")
          assert.include(error.message, "cannot be part of a path")
        }
        assert.deepStrictEqual(yield* MockHttpClient.requests, [])
      }).pipe(Effect.provide(deployed([])))
    )
  }

  it.effect("rejects half of a surrogate pair, which cannot be encoded", () =>
    Effect.gen(function* () {
      for (const operation of [getRow, putRow, deleteRow]) {
        const error = yield* Effect.flip(run(operation, { dataset: "\ud83d", row: 1 }))
        assert.strictEqual(error._tag, "InvalidRequestError")
        assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues[0]?.path, ["dataset"])
      }
    }).pipe(Effect.provide(deployed([])))
  )

  it.effect("is in the URL that errors show; the query is not", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(run(getRow, { dataset: "one", row: 1, tags: ["secret-tag"] }))
      assert.deepStrictEqual([error._tag, error.url], ["NotFoundError", `${base}/one/row/1`])
      assert.notInclude(JSON.stringify(error), "secret-tag")
    }).pipe(Effect.provide(deployed([Reply.status(404)])))
  )

  it.effect("never fails in another way when a request is not what its type says", () =>
    Effect.gen(function* () {
      for (const wrong of [undefined, null, 7, {}, { dataset: 7 }]) {
        assert.strictEqual((yield* Effect.flip(run(getRow, wrong as never)))._tag, "InvalidRequestError")
      }
    }).pipe(Effect.provide(deployed([])))
  )
})

describe("a query that is a function of the request", () => {
  it.effect("leaves out what is absent, and repeats the name of a list", () =>
    Effect.gen(function* () {
      yield* run(getRow, { dataset: "one", row: 1, limit: 20, tags: ["a b", "ü"] })
      assert.strictEqual((yield* sent).url, `${base}/one/row/1?limit=20&tag=a+b&tag=%C3%BC`)
    }).pipe(Effect.provide(deployed([ok])))
  )
})

describe("a body", () => {
  it.effect("has no fields of path and query", () =>
    Effect.gen(function* () {
      yield* run(putRow, { dataset: "one", row: 1, limit: 20, text: "Hello!" })
      const { json, url } = yield* sent
      assert.deepStrictEqual([json, url], [{ text: "Hello!" }, `${base}/one/row/1?limit=20`])
    }).pipe(Effect.provide(deployed([ok])))
  )

  it.effect("is not sent by GET and DELETE, nor where the operation has none", () =>
    Effect.gen(function* () {
      yield* run(getRow, { dataset: "one", row: 1, text: "Hello!" })
      assert.deepStrictEqual([(yield* sent).method, (yield* sent).body], ["GET", ""])
      yield* run(deleteRow, { dataset: "one", row: 1, text: "Hello!" })
      assert.deepStrictEqual([(yield* sent).method, (yield* sent).body], ["DELETE", ""])
      const client = yield* FriendliClient.FriendliClient
      yield* client.execute(Endpoints.wakeOperation, { endpoint_id: "ep 1" })
      const { body, method, url } = yield* sent
      assert.deepStrictEqual(
        [method, body, url],
        ["PUT", "", "https://llm.example.com/dedicated/beta/endpoint/ep%201/wake"]
      )
    }).pipe(Effect.provide(deployed([ok, ok, Reply.json({ status: "RUNNING" })])))
  )
})

it.effect("a stream is located as an answer is", () =>
  Effect.gen(function* () {
    const client = yield* FriendliClient.FriendliClient
    yield* Effect.scoped(client.streamWithResponse(followRow, { dataset: "one", row: 1, limit: 2 }))
    assert.strictEqual((yield* sent).url, `${base}/one/row/1?limit=2`)
  }).pipe(Effect.provide(deployed([Reply.sse([{ ok: true }])])))
)

it.effect("a rejection by a limit names the URL of the operation that was not sent", () =>
  Effect.gen(function* () {
    yield* Effect.flip(Chat.complete(request))
    const error = yield* Effect.flip(run(getRow, { dataset: "one", row: 1 }))
    assert.deepStrictEqual([error.code, error.url], ["circuit_open", `${base}/one/row/1`])
  }).pipe(
    Effect.provide(
      Dedicated.layer({ token, baseUrl: "https://llm.example.com", model: "m", retry: undefined }).pipe(
        Layer.provide(Resilience.layerCircuitBreaker({ failureThreshold: 1 })),
        Layer.provideMerge(MockHttpClient.layer([Reply.status(501), Reply.json(Wire.chatCompletion("Hi"))]))
      )
    )
  )
)
