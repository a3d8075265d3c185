/**
 * `Contract`: finds nothing on the emulator, and each fault of a mock that has it.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Contract, Failures, MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import { during, field } from "../support.js"

const emulated = (): Layer.Layer<HttpClient.HttpClient> =>
  FetchHttpClient.layer.pipe(Layer.provide(Layer.succeed(FetchHttpClient.Fetch, makeEmulator().fetch)))

const four = [
  "Chat.complete",
  "Chat.stream",
  "Completions.complete",
  "Completions.stream",
  "Tokens.tokenize",
  "Tokens.detokenize"
]

describe("the emulator", () => {
  const everywhere = [...four, "Messages.create", "Messages.stream", "Audio.transcribe", "Audio.stream"]
  const images = ["Images.generate", "Images.edit"]
  const more = {
    serverless: ["ChatRender.render"],
    dedicated: ["ChatRender.render", "Embeddings.create", "Classification.classify", ...images],
    container: ["Classification.classify", ...images]
  }
  for (const deployment of ["serverless", "dedicated", "container"] as const) {
    it.live(`keeps the contract of ${deployment}`, () =>
      Effect.gen(function* () {
        const report = yield* Effect.provide(Contract.verify({ deployment }), emulated())
        assert.deepStrictEqual(report.findings, [])
        assert.deepStrictEqual(report.missing, [])
        assert.sameMembers([...report.checked], [...everywhere, ...more[deployment]])
      })
    )
  }
})

/** A mock of the four operations that keeps the contract. */
const good = (request: MockHttpClient.RecordedRequest): Reply.Reply => {
  if (request.authorization === undefined) return Failures.authentication()
  const path = new URL(request.url).pathname.replace("/serverless/v1", "")
  const streams = field(request.json ?? {}, "stream") === true
  const has = (name: string) => field(request.json ?? {}, name) !== undefined
  const answers: Readonly<Record<string, readonly [string, Reply.Reply]>> = {
    "/chat/completions": [
      "messages",
      streams ? Reply.sse(Wire.chatChunks("Hi!")) : Reply.json(Wire.chatCompletion("Hi!"))
    ],
    "/completions": ["prompt", streams ? Reply.sse(Wire.completionChunks("Hi!")) : Reply.json(Wire.completion("Hi!"))],
    "/tokenize": ["prompt", Reply.json({ tokens: [1] })],
    "/detokenize": ["tokens", Reply.json({ text: "Hi!" })]
  }
  const found = answers[path]
  if (found === undefined) return Failures.notFound()
  return has(found[0]) ? found[1] : Failures.invalidRequest({ path: [found[0]], message: "Field required" })
}

/** The good mock, with another reply to what a good request to this operation gets. */
const broken = (path: string, reply: Reply.Reply) =>
  MockHttpClient.layer((request) => {
    const answer = good(request)
    return new URL(request.url).pathname.endsWith(path) && answer._tag === "BodyReply" && answer.status === 200
      ? reply
      : answer
  })

const check = (http: Layer.Layer<HttpClient.HttpClient>) =>
  during(Effect.provide(Contract.check({ timeout: "5 seconds" }), http), "10 minutes")

describe("a mock", () => {
  it.effect("that has the four operations keeps the contract, and lacks the rest", () =>
    Effect.gen(function* () {
      const report = yield* check(MockHttpClient.layer(good))
      assert.deepStrictEqual(report.findings, [])
      assert.deepStrictEqual(report.checked, four)
      assert.deepStrictEqual(report.missing, [
        "Messages.create",
        "Messages.stream",
        "Audio.transcribe",
        "Audio.stream",
        "ChatRender.render"
      ])
    })
  )

  it.effect("that lacks one of the four does not", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(broken("/detokenize", Failures.notFound()))
      assert.lengthOf(findings, 1)
      assert.deepInclude(findings[0], {
        _tag: "WrongStatus",
        operation: "Tokens.detokenize",
        attempt: "a good request",
        status: 404,
        expected: [200]
      })
    })
  )

  it.effect("whose answers have another shape", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(broken("/tokenize", Reply.json({ tokens: ["1"] })))
      const [finding] = findings
      assert.lengthOf(findings, 1)
      assert.deepInclude(finding, { _tag: "Undecodable", operation: "Tokens.tokenize" })
      assert.isTrue(finding?._tag === "Undecodable" && finding.issues[0]?.startsWith("tokens[0]: "))
    })
  )

  const streams: ReadonlyArray<readonly [string, Reply.Reply, Contract.Finding["_tag"], object]> = [
    ["is cut short", Failures.streamTruncated(Wire.chatChunks("Hi!").slice(0, 1)), "Endless", { events: 1 }],
    ["breaks", Failures.connection({ events: Wire.chatChunks("Hi!") }), "Endless", { events: 3 }],
    ["stays open", Reply.sse(Wire.chatChunks("Hi!"), { done: false, ending: "stall" }), "Endless", { events: 3 }],
    ["has events of another shape", Reply.sse([{ choices: 1 }]), "Undecodable", {}],
    ["has no events", Reply.sse([]), "Undecodable", { issues: [] }],
    ["is none", Reply.json(Wire.chatCompletion("Hi!")), "Undecodable", {}],
    ["is an error", Reply.sse([{ error: { message: "no", type: "api_error" } }]), "WrongStatus", { status: 500 }]
  ]
  for (const [what, reply, tag, more] of streams) {
    it.effect(`whose stream ${what}`, () =>
      Effect.gen(function* () {
        const { findings } = yield* check(broken("/chat/completions", reply))
        const ofStream = findings.filter(({ operation }) => operation === "Chat.stream")
        assert.lengthOf(ofStream, 1)
        assert.deepInclude(ofStream[0], { _tag: tag, attempt: "a good request", ...more })
      })
    )
  }

  it.effect("that does not answer", () =>
    Effect.gen(function* () {
      for (const reply of [Reply.never, Reply.refused()]) {
        const { findings } = yield* check(broken("/tokenize", reply))
        assert.lengthOf(findings, 1)
        assert.deepInclude(findings[0], { _tag: "NoAnswer", operation: "Tokens.tokenize" })
      }
      const silent = yield* check(MockHttpClient.layer(() => Reply.never))
      assert.isTrue(silent.findings.every(({ _tag }) => _tag === "NoAnswer"))
      assert.include(
        silent.findings.map(({ attempt }) => attempt),
        "a request without a token"
      )
    })
  )

  it.effect("that takes bad requests for good ones", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(
        MockHttpClient.layer((request) =>
          request.url.endsWith("/tokenize") ? Reply.json({ tokens: [1] }) : good(request)
        )
      )
      assert.deepStrictEqual(
        findings.map((finding) => [finding._tag, finding.operation, finding.attempt, field(finding, "expected")]),
        [
          ["WrongStatus", "Tokens.tokenize", "a body that is not JSON", [400, 422]],
          ["WrongStatus", "Tokens.tokenize", "a request that lacks its required fields", [400, 422]],
          ["WrongStatus", "Tokens.tokenize", "a request without a token", [401, 403]]
        ]
      )
      assert.include(findings[0]!.message, "200")
    })
  )

  it.effect("that fails over bad requests", () =>
    Effect.gen(function* () {
      const { findings } = yield* check(
        MockHttpClient.layer((request) =>
          request.json === undefined && request.form === undefined ? Failures.server() : good(request)
        )
      )
      assert.isNotEmpty(findings)
      for (const finding of findings) {
        assert.deepInclude(finding, { _tag: "WrongStatus", status: 500, attempt: "a body that is not JSON" })
      }
    })
  )

  it.effect("is checked completely by verify", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.provide(Contract.verify(), broken("/tokenize", Reply.json({ tokens: ["1"] })))
      )
      assert.strictEqual(error._tag, "ContractBroken")
      assert.lengthOf(error.findings, 1)
      assert.match(error.message, /^Undecodable: Tokens\.tokenize, a good request: .*tokens\[0\]/)
    })
  )
})
