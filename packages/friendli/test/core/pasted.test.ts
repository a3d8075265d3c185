/**
 * Settings as people paste them: base URLs with the ends that the SDK appends, tokens and teams in quotation marks or as variables.
 */
import { assert, describe } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Deployment from "effect-friendli/Deployment"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { baseUrlOf } from "../../src/internal/baseUrl.js"
import { type Everywhere, fromEnvironment, over, request, withEnvironment } from "../support.js"
import { kinds, type Name, tokenTests, urlTests } from "./pasted.support.js"

describe("base URLs that are cut", () => {
  const endpoints = [
    "/chat/completions",
    "/chat/render",
    "/completions",
    "/messages",
    "/tokenize",
    "/detokenize",
    "/embeddings",
    "/audio/transcriptions",
    "/images/generations",
    "/images/edits",
    "/models",
    "/responses"
  ]
  const origins: Readonly<Record<Name, ReadonlyArray<string>>> = {
    serverless: [
      "https://api.friendli.ai",
      "http://localhost:8000",
      "https://gw.example.com/llm",
      "https://gw.example.com/a/b"
    ],
    dedicated: [
      "https://api.friendli.ai",
      "http://localhost:8000",
      "https://gw.example.com/llm",
      "https://gw.example.com/a/b"
    ],
    container: ["http://localhost:8000", "https://gw.example.com/llm", "https://gw.example.com/a/b"]
  }
  for (const name of ["serverless", "dedicated", "container"] as const) {
    const { pathPrefix: product } = kinds[name]
    for (const origin of origins[name]) {
      it(`${name}: ${origin}`, () => {
        const ends = [
          "",
          "/v1",
          product,
          `${product}/v1`,
          `${product}/classify`,
          ...endpoints.flatMap((it) => [`${product}/v1${it}`, `/v1${it}`])
        ]
        for (const end of ends) {
          for (const slashes of ["", "/", "///"]) {
            assert.deepStrictEqual(
              baseUrlOf(`${origin}${end}${slashes}`, product),
              { ok: true, url: origin },
              end + slashes
            )
          }
        }
      })
    }
  }

  it.each<[Name | "/friendli", string, string]>([
    // a "/v1" of the gateway's own, where the URL is written to its end
    ["serverless", "https://gw.example.com/v1/acc/gw/serverless/v1", "https://gw.example.com/v1/acc/gw"],
    ["dedicated", "https://gw.example.com/v1/acc/gw/dedicated/v1/messages", "https://gw.example.com/v1/acc/gw"],
    ["container", "https://gw.example.com/v1/acc/gw/v1", "https://gw.example.com/v1/acc/gw"],
    // a kind of one's own
    ["/friendli", "https://llm.example.com/friendli/v1/chat/completions", "https://llm.example.com"],
    ["/friendli", "https://llm.example.com/serverless", "https://llm.example.com/serverless"],
    // what only looks like it
    ["serverless", "https://gw.example.com/my-serverless", "https://gw.example.com/my-serverless"],
    ["serverless", "https://gw.example.com/v1beta", "https://gw.example.com/v1beta"],
    ["serverless", "https://gw.example.com/myv1", "https://gw.example.com/myv1"],
    ["container", "http://localhost:8000/completions", "http://localhost:8000/completions"],
    ["container", "https://gw.example.com/dedicated/v1", "https://gw.example.com/dedicated"]
  ])("%s: %s", (name, given, url) => {
    assert.deepStrictEqual(baseUrlOf(given, name === "/friendli" ? name : kinds[name].pathPrefix), { ok: true, url })
  })

  it.effect.each([
    ["serverless", "https://api.friendli.ai/serverless/v1/chat/completions"],
    ["dedicated", "https://api.friendli.ai/dedicated/v1/"],
    ["container", "http://localhost:8000/v1"]
  ] as const)("%s: a call to what %s makes of it goes to the right URL", ([name, baseUrl]) =>
    Effect.gen(function* () {
      const deployment = { serverless: Serverless, dedicated: Dedicated, container: Container }[name]
      const settings = { token: "flp_example", model: "m", baseUrl }
      const environment = { FRIENDLI_TOKEN: "flp_example", FRIENDLI_BASE_URL: baseUrl }
      for (const layer of [
        deployment.layer(settings),
        deployment.layerConfig({ model: Config.succeed("m") }),
        deployment.layerConfig({ model: Config.succeed("m"), baseUrl: Config.succeed(baseUrl) })
      ]) {
        const urls = yield* Effect.exit(Chat.complete(request)).pipe(
          Effect.zipRight(Effect.exit(Stream.runDrain(Chat.stream(request)))),
          Effect.zipRight(MockHttpClient.requests),
          Effect.map((sent) => sent.map(({ url }) => url)),
          Effect.provide(over(() => Reply.status(400))<Everywhere, unknown>(layer)),
          withEnvironment(environment)
        )
        const whole = `${kinds[name].defaultBaseUrl}${kinds[name].pathPrefix}/v1/chat/completions`
        assert.deepStrictEqual(urls, [whole, whole])
      }
    })
  )
})

describe("base URLs that are rejected", () => {
  urlTests("examples")

  it("no message repeats the gateway's path, which may contain a key", () => {
    for (const { pathPrefix: product } of Object.values(kinds)) {
      for (const path of [
        "/k3y/v1/x",
        "/k3y/serverless/v1",
        "/k3y/dedicated/v1",
        "/k3y/v1/v1",
        "/k3y/chat/completions"
      ]) {
        const checked = baseUrlOf(`https://gw.example.com${path}`, product)
        if (!checked.ok) assert.notInclude(checked.message, "k3y")
      }
    }
  })
})

describe("tokens and teams that are rejected", () => {
  tokenTests("examples")

  it.effect("a team is checked in a call too", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request, { team: "${FRIENDLI_TEAM}" }))
      assert.match(error.message, /options\.team: the team has a variable in it/)
      assert.lengthOf(yield* MockHttpClient.requests, 0)
    }).pipe(Effect.provide(over([])(Serverless.layer({ token: "flp_example", model: "m" }))))
  )

  it.effect("tokens of gateways are taken as they are", () =>
    Effect.gen(function* () {
      for (const token of ["sk-proj-abc.DEF_123~/+==", "1|aBc", "user:pass", "QUJDRA==", "a=b", "TOKEN"]) {
        const made = yield* Deployment.make(Container.kind, { token })
        assert.strictEqual(made.token._tag === "Some" && Redacted.value(made.token.value), token)
      }
    })
  )
})

describe("what is missing", () => {
  const count = (text: string, name: string) => text.split(name).length - 1
  it.effect.each([
    [{}, /^\(Missing data at FRIENDLI_TOKEN: "the \w+ deployment needs a token; set this variable/],
    [
      { FRIENDLI_TOKEN: "" },
      /^\(Missing data at FRIENDLI_TOKEN: "this variable is empty: the \w+ deployment needs a token/
    ],
    [{ FRIENDLI_TOKEN: " ", FRIENDLI_BEARER_AUTH: "" }, /^\(Missing data at FRIENDLI_TOKEN: "this variable is empty: /],
    [{ FRIENDLI_BEARER_AUTH: "" }, /^\(Missing data at FRIENDLI_TOKEN: "the /]
  ] as const)("the token: %j is one sentence that names each variable once", ([environment, says]) =>
    Effect.gen(function* () {
      for (const kind of [Serverless.kind, Dedicated.kind]) {
        const error = yield* Effect.flip(fromEnvironment(kind, environment))
        assert.match(String(error), says)
        assert.strictEqual(count(String(error), "FRIENDLI_TOKEN"), 1)
        assert.strictEqual(count(String(error), "FRIENDLI_BEARER_AUTH"), 1)
      }
      assert.strictEqual((yield* fromEnvironment(Container.kind, environment)).token._tag, "None")
    })
  )

  it.effect("the provider's own path is kept", () =>
    Effect.gen(function* () {
      const provider = ConfigProvider.nested(ConfigProvider.fromMap(new Map()), "APP")
      const error = yield* Effect.flip(Effect.withConfigProvider(Deployment.makeConfig(Serverless.kind), provider))
      assert.match(String(error), /^\(Missing data at APP\.FRIENDLI_TOKEN: /)
    })
  )

  it.effect("custom configs name their variable once, nested ones too", () =>
    Effect.gen(function* () {
      const nested = { token: Config.nested(Config.redacted("TOKEN"), "FRIENDLI") }
      const missing = yield* Effect.flip(fromEnvironment(Serverless.kind, {}, nested))
      assert.include(String(missing), "Missing data at FRIENDLI.TOKEN:")
      assert.strictEqual(count(String(missing), "TOKEN"), 1)
      const empty = yield* Effect.flip(fromEnvironment(Serverless.kind, { "FRIENDLI.TOKEN": "" }, nested))
      assert.strictEqual(count(String(empty), "token is empty"), 1)
      assert.match(String(empty), /^\(Invalid data at token: /)
      assert.strictEqual(
        (yield* fromEnvironment(Serverless.kind, { "FRIENDLI.TOKEN": "flp_one" }, nested)).token._tag,
        "Some"
      )
    })
  )

  it.effect("several are told at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(fromEnvironment(Serverless.kind, {}, { model: Config.string("MY_MODEL") }))
      assert.match(String(error), /FRIENDLI_TOKEN.* and .*MY_MODEL/)
    })
  )
})

describe("a 404", () => {
  it.effect.each(["unary", "stream"] as const)("names the URL that was called: %s", (kind) =>
    Effect.gen(function* () {
      const call = kind === "unary" ? Chat.complete(request) : Stream.runDrain(Chat.stream(request))
      const error = yield* Effect.flip(call as Effect.Effect<unknown, { readonly message: string }, Chat.Chat>)
      assert.include(error.message, "POST https://gw.example.com/llm/serverless/v1/chat/completions was called.")
    }).pipe(
      Effect.provide(
        over([Reply.status(404)])(
          Serverless.layer({ token: "flp_x", model: "m", baseUrl: "https://gw.example.com/llm" })
        )
      )
    )
  )
})
