/** The layer of management: what it provides next to a deployment, where its requests go, and its settings. */
import { assert, describe } from "@effect/vitest"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Endpoints from "effect-friendli/Endpoints"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Management from "effect-friendli/Management"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { request, token, withEnvironment } from "./support.js"

const answers: MockHttpClient.Script = ({ url }) =>
  Reply.json(url.includes("/endpoint/") ? Wire.endpointStatus() : Wire.chatCompletion("Hi!"))

const http = MockHttpClient.layer(answers)

const urls = Effect.map(MockHttpClient.requests, (requests) => requests.map(({ url }) => url))

describe("next to a deployment", () => {
  const serverless = Serverless.layer({ token, model: "m" })
  const management = Management.layer({ token })

  it.effect.each([
    ["before", Layer.merge(management, serverless)],
    ["after", Layer.merge(serverless, management)]
  ] as const)("it leaves the client of the deployment in its place, merged %s it", ([, layer]) =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      yield* Endpoints.status("ep")
      const client = yield* FriendliClient.FriendliClient
      assert.strictEqual(client.deployment.name, "serverless")
      assert.deepStrictEqual(yield* urls, [
        "https://api.friendli.ai/serverless/v1/chat/completions",
        "https://api.friendli.ai/dedicated/beta/endpoint/ep/status"
      ])
    }).pipe(Effect.provide(layer), Effect.provide(http))
  )

  it.effect("has no client of its own", () =>
    Effect.gen(function* () {
      const client = yield* Effect.serviceOption(FriendliClient.FriendliClient)
      assert.isTrue(Option.isNone(client))
      assert.strictEqual((yield* Endpoints.status("ep")).status, "RUNNING")
    }).pipe(Effect.provide(management), Effect.provide(http))
  )
})

describe("its client", () => {
  it.effect("can be had alone, and is that of the capabilities", () =>
    Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      assert.strictEqual(client.deployment.name, "management")
      yield* Endpoints.status("ep")
      yield* client.execute(Endpoints.statusOperation, { endpoint_id: "ep" })
      assert.lengthOf(yield* urls, 2)
    }).pipe(
      Effect.provide(Endpoints.layer.pipe(Layer.provideMerge(Management.layerClient({ token })))),
      Effect.provide(http)
    )
  )

  it.effect("is one of the plain services", () =>
    Effect.gen(function* () {
      const { client, endpoints } = yield* Management.make({ token })
      assert.strictEqual(client.deployment.name, "management")
      assert.strictEqual((yield* endpoints.status("ep")).status, "RUNNING")
    }).pipe(Effect.provide(http))
  )

  it.effect("is read from the environment as that of a deployment is", () =>
    Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      yield* client.execute(Endpoints.statusOperation, { endpoint_id: "ep" })
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(sent?.headers["x-friendli-team"], "research")
      assert.strictEqual(Redacted.value(sent!.authorization!), `Bearer ${token}`)
      assert.strictEqual(sent?.url, "https://gw.example.com/dedicated/beta/endpoint/ep/status")
    }).pipe(
      Effect.provide(Management.layerClientConfig()),
      Effect.provide(http),
      withEnvironment({
        FRIENDLI_TOKEN: token,
        FRIENDLI_TEAM: "research",
        FRIENDLI_BASE_URL: "https://gw.example.com/dedicated/v1"
      })
    )
  )
})

describe("the base URL", () => {
  it.effect.each([
    ["https://api.friendli.ai", "https://api.friendli.ai"],
    ["https://api.friendli.ai/dedicated/v1", "https://api.friendli.ai"],
    ["https://api.friendli.ai/serverless/v1/", "https://api.friendli.ai"],
    ["https://api.friendli.ai/serverless/v1/chat/completions", "https://api.friendli.ai"],
    ["https://gw.example.com/team/serverless", "https://gw.example.com/team"],
    ["https://gw.example.com/team/dedicated/v1", "https://gw.example.com/team"],
    ["http://localhost:4000/v1", "http://localhost:4000"],
    ["http://localhost:4000", "http://localhost:4000"]
  ] as const)("%s of any layer means %s", ([given, used]) =>
    Effect.gen(function* () {
      yield* Endpoints.status("ep")
      assert.deepStrictEqual(yield* urls, [`${used}/dedicated/beta/endpoint/ep/status`])
    }).pipe(
      Effect.provide(Management.layerConfig({ token: Config.redacted("T"), baseUrl: Config.string("U") })),
      Effect.provide(http),
      withEnvironment({ T: token, U: given })
    )
  )

  it.effect.each([
    ["https://api.friendli.ai/elsewhere", "write https://api.friendli.ai"],
    ["ftp://api.friendli.ai", "http"]
  ] as const)("%s is rejected with what to write", ([baseUrl, text]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.provide(Endpoints.status("ep"), Management.layer({ token, baseUrl })))
      assert.include(String(error), text)
    }).pipe(Effect.provide(http))
  )
})

it.effect("a token is needed", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Effect.provide(Endpoints.status("ep"), Management.layerConfig()))
    assert.include(String(error), "the management deployment needs a token")
  }).pipe(Effect.provide(http), withEnvironment({}))
)

it.effect("operations of one place are in it from the client of any deployment, and others are not", () =>
  Effect.gen(function* () {
    const client = yield* FriendliClient.FriendliClient
    yield* client.execute(Endpoints.wakeOperation, { endpoint_id: "ep" })
    yield* client.execute(Endpoints.listOperation, {})
    yield* Chat.complete(request)
    assert.deepStrictEqual(yield* urls, [
      "https://gw.example.com/a/dedicated/beta/endpoint/ep/wake",
      "https://gw.example.com/a/dedicated/beta/endpoint",
      "https://gw.example.com/a/serverless/v1/chat/completions"
    ])
  }).pipe(
    Effect.provide(Serverless.layer({ token, model: "m", baseUrl: "https://gw.example.com/a" })),
    Effect.provide(
      MockHttpClient.layer((sent) =>
        sent.url.endsWith("/endpoint")
          ? Reply.json(Wire.endpoints({}))
          : (answers as (r: typeof sent) => Reply.Reply)(sent)
      )
    )
  )
)

it.effect("an error shows where an operation of one place was called, also where it was not sent", () =>
  Effect.gen(function* () {
    yield* Effect.flip(Endpoints.status("ep"))
    const error = yield* Effect.flip(Endpoints.status("ep"))
    assert.deepStrictEqual(
      [error._tag === "OverloadedError" && error.code, error.url],
      ["circuit_open", "https://api.friendli.ai/dedicated/beta/endpoint/ep/status"]
    )
    const invalid = yield* Effect.flip(Endpoints.status(7 as never))
    assert.include(String(invalid.url), "https://api.friendli.ai/dedicated/beta")
  }).pipe(
    Effect.provide(
      Management.layer({ token, retry: Retry.never }).pipe(
        Layer.provide(Resilience.layerCircuitBreaker({ failureThreshold: 1 }))
      )
    ),
    Effect.provide(MockHttpClient.layer([Reply.status(500)]))
  )
)

it.effect("the wake-up of a dedicated deployment goes where it went", () =>
  Effect.gen(function* () {
    const client = yield* FriendliClient.FriendliClient
    yield* client.execute(Endpoints.wakeOperation, { endpoint_id: "ep" })
    assert.deepStrictEqual(yield* urls, ["https://gw.example.com/a/dedicated/beta/endpoint/ep/wake"])
  }).pipe(
    Effect.provide(Dedicated.layer({ token, model: "m", baseUrl: "https://gw.example.com/a/dedicated/v1" })),
    Effect.provide(http)
  )
)
