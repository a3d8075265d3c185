/**
 * Deployments: settings from the program and from the environment, checked before anything is sent.
 */
import { assert, describe } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Deployment from "effect-friendli/Deployment"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { it } from "../it.js"
import { type Everywhere, fromEnvironment, over, request, withEnvironment } from "../support.js"

const deployments = { serverless: Serverless, dedicated: Dedicated, container: Container } as const

const tokenOf = (deployment: Deployment.Deployment) =>
  deployment.token._tag === "Some" ? Redacted.value(deployment.token.value) : undefined

describe("where requests go", () => {
  const urls = {
    serverless: "https://api.friendli.ai/serverless/v1/chat/completions",
    dedicated: "https://api.friendli.ai/dedicated/v1/chat/completions",
    container: "http://localhost:8000/v1/chat/completions"
  } as const
  for (const name of ["serverless", "dedicated", "container"] as const) {
    it.effect(`${name} has its path, and takes another origin`, () =>
      Effect.gen(function* () {
        const send = (settings: Deployment.Settings) =>
          Effect.zipRight(
            Chat.complete({ ...request, model: "m" }),
            Effect.map(MockHttpClient.requests, ([sent]) => sent)
          ).pipe(
            Effect.provide(
              over([Reply.json(Wire.chatCompletion("Hi!"))])<Everywhere, ConfigError.ConfigError>(
                deployments[name].layer(settings)
              )
            )
          )
        assert.strictEqual((yield* send({ token: "flp_example" }))?.url, urls[name])
        const moved = yield* send({ token: "flp_example", baseUrl: "https://gateway.example.com/llm//" })
        assert.strictEqual(moved?.url, `https://gateway.example.com/llm${new URL(urls[name]).pathname}`)
        assert.strictEqual(Redacted.value(moved!.authorization!), "Bearer flp_example")
      })
    )

    it.effect(`${name} as plain services does the same`, () =>
      Effect.gen(function* () {
        const { chat, client, completions, tokens } = yield* deployments[name].make({ token: "flp_example" })
        assert.strictEqual(client.deployment.name, name)
        yield* chat.complete({ ...request, model: "m" }, { retry: Retry.never }).pipe(Effect.exit)
        yield* completions.complete({ prompt: "a", model: "m" }, { retry: Retry.never }).pipe(Effect.exit)
        yield* tokens.tokenize({ prompt: "a", model: "m" }, { retry: Retry.never }).pipe(Effect.exit)
        const requests = yield* MockHttpClient.requests
        assert.deepStrictEqual(
          requests.map((sent) => sent.url),
          ["chat/completions", "completions", "tokenize"].map((path) => urls[name].replace("chat/completions", path))
        )
      }).pipe(Effect.provide(MockHttpClient.layer(() => Reply.status(400))))
    )
  }
})

describe("the environment", () => {
  it.effect("FRIENDLI_TOKEN, FRIENDLI_TEAM and FRIENDLI_BASE_URL", () =>
    Effect.gen(function* () {
      const deployment = yield* fromEnvironment(Serverless.kind, {
        FRIENDLI_TOKEN: "flp_one",
        FRIENDLI_BEARER_AUTH: "flp_two",
        FRIENDLI_TEAM: "research",
        FRIENDLI_BASE_URL: "https://gateway.example.com"
      })
      assert.strictEqual(tokenOf(deployment), "flp_one")
      assert.strictEqual(deployment.options.team, "research")
      assert.strictEqual(deployment.baseUrl, "https://gateway.example.com")
    })
  )

  it.effect("FRIENDLI_BEARER_AUTH where FRIENDLI_TOKEN is missing or empty", () =>
    Effect.gen(function* () {
      for (const first of [{}, { FRIENDLI_TOKEN: "" }, { FRIENDLI_TOKEN: "  " }]) {
        const deployment = yield* fromEnvironment(Dedicated.kind, { ...first, FRIENDLI_BEARER_AUTH: "flp_two" })
        assert.strictEqual(tokenOf(deployment), "flp_two")
      }
    })
  )

  it.effect("what is empty counts as missing", () =>
    Effect.gen(function* () {
      const deployment = yield* fromEnvironment(Serverless.kind, {
        FRIENDLI_TOKEN: "flp_one",
        FRIENDLI_TEAM: "",
        FRIENDLI_BASE_URL: " "
      })
      assert.strictEqual(deployment.options.team, undefined)
      assert.strictEqual(deployment.baseUrl, "https://api.friendli.ai")
    })
  )

  it.effect("a missing token is a ConfigError that names the variables, on all but a container", () =>
    Effect.gen(function* () {
      for (const kind of [Serverless.kind, Dedicated.kind]) {
        for (const environment of [{}, { FRIENDLI_TOKEN: "", FRIENDLI_BEARER_AUTH: "" }]) {
          const error = yield* Effect.flip(fromEnvironment(kind, environment))
          assert.match(String(error), /FRIENDLI_(TOKEN|BEARER_AUTH)/)
        }
      }
      assert.strictEqual(tokenOf(yield* fromEnvironment(Container.kind, {})), undefined)
      assert.strictEqual(tokenOf(yield* fromEnvironment(Container.kind, { FRIENDLI_TOKEN: "" })), undefined)
      assert.strictEqual(tokenOf(yield* fromEnvironment(Container.kind, { FRIENDLI_TOKEN: "flp_one" })), "flp_one")
    })
  )

  it.effect("other configs take their place", () =>
    Effect.gen(function* () {
      const deployment = yield* fromEnvironment(
        Serverless.kind,
        { MY_TOKEN: "flp_mine", MY_MODEL: "m", MY_URL: "https://a.example", FRIENDLI_TOKEN: "flp_one" },
        {
          token: Config.redacted("MY_TOKEN"),
          model: Config.string("MY_MODEL"),
          baseUrl: Config.string("MY_URL"),
          team: Config.succeed("t"),
          timeout: "7 seconds",
          headers: { "x-a": "1" }
        }
      )
      assert.strictEqual(tokenOf(deployment), "flp_mine")
      assert.strictEqual(deployment.model, "m")
      assert.strictEqual(deployment.baseUrl, "https://a.example")
      assert.deepStrictEqual(deployment.options, { team: "t", timeout: "7 seconds", headers: { "x-a": "1" } })
    })
  )

  it.effect("layerConfig of every deployment reads it", () =>
    Effect.gen(function* () {
      for (const { layerConfig } of [Serverless, Dedicated, Container]) {
        const client = yield* FriendliClient.FriendliClient.pipe(
          Effect.provide(over([])<Everywhere, ConfigError.ConfigError>(layerConfig())),
          withEnvironment({ FRIENDLI_TOKEN: "flp_one", FRIENDLI_BASE_URL: "https://a.example/x" })
        )
        assert.strictEqual(client.deployment.baseUrl, "https://a.example/x")
        assert.strictEqual(tokenOf(client.deployment), "flp_one")
      }
    })
  )
})

describe("the token", () => {
  for (const [name, given] of [
    ["spaces around it", "  flp_one \n"],
    ["a Bearer prefix", "Bearer flp_one"],
    ["a bearer prefix in lower case", "bearer   flp_one"]
  ] as const) {
    it.effect(`may have ${name}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(tokenOf(yield* Deployment.make(Serverless.kind, { token: given })), "flp_one")
        assert.strictEqual(tokenOf(yield* Deployment.make(Serverless.kind, { token: Redacted.make(given) })), "flp_one")
        assert.strictEqual(tokenOf(yield* fromEnvironment(Serverless.kind, { FRIENDLI_TOKEN: given })), "flp_one")
      })
    )
  }

  for (const [name, given] of [
    ["a line break", "flp_secret\nx-evil: 1"],
    ["a carriage return", "flp_secret\rmore"],
    ["a NUL", "flp_secret\0more"],
    ["a tab", "flp_secret\tmore"],
    ["a space", "flp_secret more"],
    ["a letter beyond ASCII", "flp_secretü"],
    ["a quotation mark from a word processor", "“flp_secret”"]
  ] as const) {
    it.effect(`with ${name} in it is rejected, and not repeated`, () =>
      Effect.gen(function* () {
        for (const token of [given, Redacted.make(given)]) {
          const exit = yield* Effect.exit(Layer.build(over([])(Serverless.layer({ token }))))
          assert.strictEqual(exit._tag, "Failure")
          const all = `${String(exit)} ${JSON.stringify(exit)} ${inspect(exit, { depth: Infinity, showHidden: true })} ${
            exit._tag === "Failure" ? Cause.pretty(exit.cause) : ""
          }`
          assert.include(all, "token")
          assert.notInclude(all, "flp_secret")
        }
        const error = yield* Effect.flip(fromEnvironment(Serverless.kind, { FRIENDLI_TOKEN: given }))
        assert.notInclude(inspect(error, { depth: Infinity, showHidden: true }) + String(error), "flp_secret")
      }).pipe(Effect.scoped)
    )
  }

  for (const given of ["", "   ", "Bearer "]) {
    it.effect(`is rejected when it is ${JSON.stringify(given)}`, () =>
      Effect.gen(function* () {
        for (const kind of [Serverless.kind, Dedicated.kind, Container.kind]) {
          const error = yield* Effect.flip(Deployment.make(kind, { token: given }))
          assert.include(String(error), "token")
        }
      })
    )
  }

  it.effect("is Redacted from then on", () =>
    Effect.gen(function* () {
      const deployment = yield* Deployment.make(Serverless.kind, { token: "flp_secret" })
      assert.notInclude(
        JSON.stringify(deployment) + inspect(deployment, { depth: Infinity, showHidden: true }),
        "flp_secret"
      )
    })
  )

  it.effect("missing in the program's own settings is a ConfigError", () =>
    Effect.gen(function* () {
      assert.include(String(yield* Effect.flip(Deployment.make(Serverless.kind, {}))), "token")
      assert.strictEqual((yield* Deployment.make(Container.kind, {})).token._tag, "None")
    })
  )
})

describe("other settings", () => {
  for (const baseUrl of [
    "",
    "api.friendli.ai",
    "ftp://api.friendli.ai",
    "https://",
    "https://user:secret@api.friendli.ai",
    "https://api.friendli.ai?x=1",
    "https://api.friendli.ai#x",
    "https://api.friendli.ai\n"
  ]) {
    it.effect(`the base URL ${JSON.stringify(baseUrl)} is ${baseUrl.endsWith("\n") ? "trimmed" : "rejected"}`, () =>
      Effect.gen(function* () {
        const made = yield* Effect.either(Deployment.make(Serverless.kind, { token: "flp_one", baseUrl }))
        if (baseUrl.endsWith("\n")) {
          assert.strictEqual(made._tag === "Right" && made.right.baseUrl, "https://api.friendli.ai")
          return
        }
        assert.strictEqual(made._tag, "Left")
        const text = String(made._tag === "Left" && made.left)
        assert.include(text, "baseUrl")
        assert.notInclude(text, "secret")
      })
    )
  }

  it.effect("an empty model is rejected", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Deployment.make(Serverless.kind, { token: "flp_one", model: " " }))
      assert.include(String(error), "model")
    })
  )
})

describe("choosing at run time", () => {
  it.effect("an unwrapped layer serves a program that needs what both deployments have", () =>
    Effect.gen(function* () {
      const choose = (name: "dedicated" | "container") =>
        Layer.unwrapEffect(
          Effect.succeed(name === "dedicated" ? Dedicated.layer({ token: "flp_one" }) : Container.layer())
        )
      for (const name of ["dedicated", "container"] as const) {
        const client = yield* Effect.provide(FriendliClient.FriendliClient, over([])(choose(name)))
        assert.strictEqual(client.deployment.name, name)
      }
    })
  )
})

it.effect("the version in the User-Agent is the package's", () =>
  Effect.gen(function* () {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string
    }
    yield* Effect.exit(Chat.complete(request))
    const [sent] = yield* MockHttpClient.requests
    const [name, told] = sent!.headers["user-agent"]!.split("/")
    assert.strictEqual(name, "effect-friendli")
    // 0.0.0 stands until the first release has a number
    if (version === "0.0.0") assert.match(told!, /^\d+\.\d+\.\d+$/)
    else assert.strictEqual(told, version)
  }).pipe(Effect.provide(over([Reply.status(400)])(Container.layer())))
)
