/**
 * What failures show of credentials and of the request, in every place where they can be seen.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { inspect } from "node:util"
import { it } from "../it.js"
import { guarded, request, serverless, token } from "../support.js"
import { baseUrl, headers, headerTests, keyTests, values } from "./secrets.support.js"

describe("values of headers", () => {
  headerTests("examples")

  it.effect("that occur in many texts break no words", () =>
    Effect.gen(function* () {
      const message =
        "expected application/json, version 1, from the nightly or the production channel since 2023-06-01"
      const common = {
        accept: "application/json",
        "x-version": "1",
        "x-a": "nightly",
        "x-b": "production",
        "x-c": "2023-06-01"
      }
      const error = yield* Effect.flip(Chat.complete(request, { headers: common }))
      assert.include(error.message, message)
    }).pipe(
      Effect.provide(
        serverless([
          Reply.status(400, {
            body: {
              error: {
                message:
                  "expected application/json, version 1, from the nightly or the production channel since 2023-06-01"
              }
            }
          })
        ])
      )
    )
  )

  it.effect("leave the id of a request that the caller has set", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request, { headers: { "x-request-id": "my-request-0123456789" } }))
      assert.strictEqual(error.requestId, "my-request-0123456789")
    }).pipe(Effect.provide(serverless([Reply.status(400, { headers: { "x-request-id": "my-request-0123456789" } })])))
  )
})

describe("a key in the path of the base URL", () => {
  keyTests("examples")

  it("is sent all the same", async () => {
    const sent = await Effect.zipRight(Effect.exit(Chat.complete(request)), MockHttpClient.requests).pipe(
      Effect.provide(serverless([Reply.status(400)], { baseUrl })),
      Effect.runPromise
    )
    assert.strictEqual(sent[0]?.url, `${baseUrl}/serverless/v1/chat/completions`)
  })

  it.effect("is not shown by a rejection either", () =>
    Effect.gen(function* () {
      yield* Effect.exit(Chat.complete(request))
      const error = yield* Effect.flip(Chat.complete(request))
      assert.strictEqual(error.code, "circuit_open")
      assert.strictEqual(error.url, "https://gateway.example/k/<redacted>/llm/serverless/v1/chat/completions")
    }).pipe(
      Effect.provide(
        guarded(Resilience.layerCircuitBreaker({ failureThreshold: 1 }), () => Reply.status(500), { baseUrl })
      )
    )
  )
})

describe("a deployment that is printed", () => {
  const baseUrl = "https://gateway.example/k/gw-key-9876543210fedcba"
  const printed = (value: unknown): string =>
    [
      JSON.stringify(value),
      inspect(value, { depth: Infinity, showHidden: true }),
      inspect(value, { depth: Infinity, customInspect: false }),
      Inspectable.toStringUnknown(value)
    ].join("\n")

  it.effect("shows names of headers, and no value", () =>
    Effect.gen(function* () {
      const { deployment } = yield* FriendliClient.FriendliClient
      for (const value of [
        deployment,
        { ...deployment },
        deployment.options,
        deployment.options.headers,
        [deployment]
      ]) {
        const all = printed(value)
        for (const secret of [...values, token]) assert.notInclude(all, secret)
        assert.include(all, "x-any-header")
      }
      // they are there all the same
      assert.deepStrictEqual<unknown>({ ...deployment.options.headers }, headers)
      assert.strictEqual(deployment.options.headers?.["x-api-key"], headers["x-api-key"])
    }).pipe(Effect.provide(serverless([], { headers })))
  )

  it.effect("takes names of headers that objects have too", () =>
    Effect.gen(function* () {
      const { deployment } = yield* FriendliClient.FriendliClient
      assert.notInclude(printed(deployment), "value-0123456789")
      yield* Effect.exit(Chat.complete(request, { retry: Retry.never }))
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(sent?.headers["tojson"], "value-0123456789")
      assert.strictEqual(sent?.headers["constructor"], "value-0123456789x")
    }).pipe(
      Effect.provide(
        serverless(() => Reply.status(400), {
          headers: { toJSON: "value-0123456789", constructor: "value-0123456789x" }
        })
      )
    )
  )

  it.effect("shows no key in its base URL", () =>
    Effect.gen(function* () {
      const { deployment } = yield* FriendliClient.FriendliClient
      assert.strictEqual(deployment.baseUrl, baseUrl)
      for (const value of [JSON.stringify(deployment), inspect(deployment, { depth: Infinity, showHidden: true })]) {
        assert.notInclude(value, "gw-key-9876543210fedcba")
        assert.include(value, "https://gateway.example/k/<redacted>")
      }
    }).pipe(Effect.provide(serverless([], { baseUrl })))
  )
})

describe("the reason", () => {
  const rejection = (body: unknown, status = 404) => serverless([Reply.status(status, { body: body as never })])

  for (const words of ["llama", "model", "found"]) {
    it.effect(`stays readable when the prompt is ${words}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Completions.complete({ prompt: words }))
        assert.include(error.message, "model llama not found; available: llama-3")
        assert.strictEqual(error.code, "model_not_found")
      }).pipe(
        Effect.provide(
          rejection({ error: { message: "model llama not found; available: llama-3", code: "model_not_found" } })
        )
      )
    )
  }

  it.effect("names the tool", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Chat.complete({
          messages: [{ role: "user", content: "Use get_weather, please" }],
          tools: [
            {
              type: "function",
              function: { name: "get_weather", parameters: { type: "object", properties: { unit_of_measurement: {} } } }
            }
          ]
        })
      )
      assert.include(error.message, "Invalid schema for function 'get_weather': 'unit_of_measurement' has no type")
    }).pipe(
      Effect.provide(
        rejection(
          { error: { message: "Invalid schema for function 'get_weather': 'unit_of_measurement' has no type" } },
          400
        )
      )
    )
  )

  it.effect("keeps the code of an error that the prompt asks about", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Tokens.tokenize({ prompt: "What does rate_limit_exceeded mean?" }))
      assert.strictEqual(error.code, "rate_limit_exceeded")
    }).pipe(Effect.provide(rejection({ error: { message: "no", code: "rate_limit_exceeded" } }, 400)))
  )

  it.effect("keeps names of fields in the paths of issues", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Completions.complete({ prompt: "messages and max_tokens" }))
      assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues.map(({ path }) => path), [
        ["max_tokens"],
        ["messages", 0, "<redacted>"]
      ])
    }).pipe(
      Effect.provide(
        rejection(
          {
            detail: [
              { loc: ["body", "max_tokens"], msg: "too large" },
              { loc: ["body", "messages", 0, "messages and max_tokens"], msg: "no" }
            ]
          },
          422
        )
      )
    )
  )
})
