/**
 * Options: where they can be set, which one wins, and that each of them does something.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Deployment from "effect-friendli/Deployment"
import * as Friendli from "effect-friendli/Friendli"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as RequestOptions from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import type { ChatRequest } from "effect-friendli/schema/ChatRequest"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { attempts, collect, type Deployed, field, over, request, serverless, token } from "../support.js"
import {
  type Call,
  calls,
  good,
  lastHeader,
  type Options,
  precedenceTests,
  wrongTests
} from "./RequestOptions.support.js"

const sentBody = Effect.map(MockHttpClient.requests, (requests) => requests.at(-1)?.json)

describe("precedence", () => {
  precedenceTests("examples")

  it.effect("headers merge by name and body fields one by one", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request, { headers: { "X-C": "call" }, body: { c: 3, shared: "call" } }).pipe(
        Friendli.withHeaders({ "x-b": "region" }),
        Friendli.withBody({ b: 2, shared: "region" }),
        Friendli.withBody({ a: 1, b: 1 })
      )
      const [sent] = yield* MockHttpClient.requests
      assert.deepInclude(sent?.headers, { "x-a": "layer", "x-b": "region", "x-c": "call" })
      assert.deepInclude(sent?.json, { a: 1, b: 2, c: 3, shared: "call", messages: request.messages })
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"))], { headers: { "X-A": "layer" } })))
  )

  it.effect.each(Object.keys(calls))("a default header that is undefined is left out of %s", (kind) =>
    Effect.gen(function* () {
      const call = calls[kind]!
      const sent = Effect.map(MockHttpClient.requests, (requests) => requests.at(-1)!)
      const names = Effect.map(sent, ({ authorization, headers }) => [
        ...Object.keys(headers).filter((name) => !/^(?:b3|traceparent|content-type|authorization)$/.test(name)),
        ...(authorization === undefined ? [] : ["authorization"])
      ])
      const run = (
        settings: Options,
        use: (call: Call) => Effect.Effect<unknown, FriendliStreamError, Chat.Chat>
      ): Effect.Effect<ReadonlyArray<string>, unknown> =>
        Effect.zipRight(use(call), names).pipe(Effect.provide(serverless([good(kind)], { team: "t", ...settings })))
      const all = ["accept", "authorization", "user-agent", "x-friendli-team"]

      assert.sameMembers([...(yield* run({}, (it) => it()))], all)
      for (const name of all) {
        const headers = { [name === "user-agent" ? "User-Agent" : name]: undefined }
        const rest = all.filter((it) => it !== name)
        assert.sameMembers([...(yield* run({ headers }, (it) => it()))], rest, `${name} by the layer`)
        assert.sameMembers(
          [...(yield* run({}, (it) => it().pipe(Friendli.withHeaders(headers))))],
          rest,
          `${name} by a region`
        )
        assert.sameMembers([...(yield* run({}, (it) => it({ headers })))], rest, `${name} by the call`)
      }
      // call over region over layer, in both directions
      const off = { headers: { "user-agent": undefined, "x-a": undefined } }
      const on = { headers: { "user-agent": "mine", "x-a": "1" } }
      assert.notInclude(yield* run(on, (it) => it(off)), "x-a")
      assert.notInclude(yield* run(on, (it) => it().pipe(Friendli.withOptions(off))), "user-agent")
      assert.includeMembers([...(yield* run(off, (it) => it(on)))], ["user-agent", "x-a"])
      assert.includeMembers([...(yield* run(off, (it) => it().pipe(Friendli.withOptions(on))))], ["user-agent", "x-a"])
    })
  )

  it.effect("headers of the body cannot be left out", () =>
    Effect.gen(function* () {
      for (const name of ["content-type", "Content-Length"]) {
        for (const call of Object.values(calls)) {
          const error = yield* Effect.flip(call({ headers: { [name]: undefined } }))
          assert.match(error.message, /options\.headers\["content-\w+"\]: belongs to the body and cannot be left out/)
        }
      }
      const layer = yield* Effect.flip(
        Deployment.make(Serverless.kind, { token, headers: { "content-type": undefined } })
      )
      assert.match(String(layer), /belongs to the body/)
    }).pipe(Effect.provide(serverless([])))
  )

  it.effect("a body field wins over the request's own", () =>
    Effect.gen(function* () {
      yield* Chat.complete({ ...request, temperature: 0.5 }, { body: { temperature: 0.9 } })
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(field(sent?.json, "temperature"), 0.9)
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"))])))
  )

  it.effect("no option reaches the body", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request, {
        team: "t",
        retry: Retry.never,
        timeout: "1 minute",
        headersTimeout: "1 minute",
        idleTimeout: "1 minute",
        idleReset: "events",
        headers: { "x-a": "1" }
      })
      const [sent] = yield* MockHttpClient.requests
      assert.deepStrictEqual(sent?.json, { model: "default-model", messages: request.messages })
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"))])))
  )

  it("merge is a plain function", () => {
    assert.deepStrictEqual(RequestOptions.merge({ team: "a" }, undefined, { team: undefined, timeout: 5 }), {
      team: "a",
      timeout: 5
    })
    const merged = RequestOptions.merge({ body: { a: 1 } }, { body: JSON.parse(`{"__proto__":{"b":2}}`) })
    assert.deepStrictEqual(Object.keys(merged.body ?? {}), ["a", "__proto__"])
    assert.isUndefined(merged.body?.["b"])
  })
})

describe("combinators", () => {
  const reads: ReadonlyArray<readonly [string, Friendli.Region, Options]> = [
    ["withOptions", Friendli.withOptions({ team: "a", timeout: 1 }), { team: "a", timeout: 1 }],
    ["withTeam", Friendli.withTeam("a"), { team: "a" }],
    ["withRetry", Friendli.withRetry(Retry.never), { retry: Retry.never }],
    ["withTimeout", Friendli.withTimeout("1 second"), { timeout: "1 second" }],
    ["withHeadersTimeout", Friendli.withHeadersTimeout("2 seconds"), { headersTimeout: "2 seconds" }],
    [
      "withIdleTimeout",
      Friendli.withIdleTimeout("3 seconds", { reset: "events" }),
      { idleTimeout: "3 seconds", idleReset: "events" }
    ],
    ["withIdleTimeout alone", Friendli.withIdleTimeout("3 seconds"), { idleTimeout: "3 seconds" }],
    ["withHeaders", Friendli.withHeaders({ "X-A": "1" }), { headers: { "x-a": "1" } }],
    ["withBody", Friendli.withBody({ a: 1 }), { body: { a: 1 } }]
  ]
  for (const [name, region, options] of reads) {
    it.effect(`${name} sets its option for effects and for streams`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* region(RequestOptions.CurrentRequestOptions), options)
        const inside = Stream.fromEffect(Effect.map(RequestOptions.CurrentRequestOptions, (current) => current))
        assert.deepStrictEqual(yield* collect(region(inside)), [options])
        assert.deepStrictEqual(yield* region(collect(inside)), [options])
        assert.deepStrictEqual(yield* RequestOptions.CurrentRequestOptions, {})
      })
    )
  }

  it.effect("a region around the run of a stream counts, one around the making of it does not", () =>
    Effect.gen(function* () {
      const made = yield* Friendli.withTeam("made")(Effect.succeed(Chat.stream(request)))
      yield* Stream.runDrain(made)
      yield* Stream.runDrain(made).pipe(Friendli.withTeam("run"))
      yield* Stream.runDrain(made.pipe(Friendli.withTeam("stream"))).pipe(Friendli.withTeam("run"))
      const requests = yield* MockHttpClient.requests
      assert.deepStrictEqual(
        requests.map((sent) => sent.headers["x-friendli-team"]),
        [undefined, "run", "stream"]
      )
    }).pipe(Effect.provide(serverless(() => Reply.sse(Wire.chatChunks("Hi!")))))
  )

  it.effect("a plain provideService works too", () =>
    Effect.gen(function* () {
      yield* Effect.provideService(Chat.complete(request), RequestOptions.CurrentRequestOptions, { team: "given" })
      assert.strictEqual(yield* lastHeader("x-friendli-team"), "given")
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"))])))
  )
})

describe("the model", () => {
  const completion = Reply.json(Wire.chatCompletion("Hi!"))

  it.effect("is the deployment's default where the request names none", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      assert.strictEqual(field(yield* sentBody, "model"), "default-model")
      yield* Chat.complete({ ...request, model: null })
      assert.strictEqual(field(yield* sentBody, "model"), "default-model")
      yield* Chat.complete({ ...request, model: "own" })
      assert.strictEqual(field(yield* sentBody, "model"), "own")
    }).pipe(Effect.provide(serverless([completion, completion, completion])))
  )

  it.effect("is the default of every operation", () =>
    Effect.gen(function* () {
      yield* Effect.exit(Completions.complete({ prompt: "a" }))
      yield* Effect.exit(collect(Completions.stream({ tokens: [1] })))
      yield* Effect.exit(Tokens.tokenize({ prompt: "a" }))
      yield* Effect.exit(Tokens.detokenize({ tokens: [1] }))
      const requests = yield* MockHttpClient.requests
      assert.deepStrictEqual(
        requests.map((sent) => [sent.url, field(sent.json, "model")]),
        ["completions", "completions", "tokenize", "detokenize"].map((path) => [
          `https://api.friendli.ai/serverless/v1/${path}`,
          "default-model"
        ])
      )
    }).pipe(Effect.provide(serverless(() => Reply.status(400))))
  )

  for (const [name, deployment] of [
    ["serverless", Layer.provide(Chat.layer, Serverless.layerClient({ token }))],
    ["dedicated", Layer.provide(Chat.layer, Dedicated.layerClient({ token }))]
  ] as const) {
    it.effect(`is missed on ${name} before anything is sent`, () =>
      Effect.gen(function* () {
        for (const model of [undefined, null]) {
          const error = yield* Effect.flip(Chat.complete({ ...request, model }))
          assert.strictEqual(error._tag, "InvalidRequestError")
          assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues[0]?.path, ["model"])
          assert.include(error.message, "model")
          assert.strictEqual(error.status, undefined)
        }
        assert.strictEqual((yield* MockHttpClient.requests).length, 0)
      }).pipe(Effect.provide(over([])(deployment)))
    )
  }

  it.effect("may be missing on a container, but not empty", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      assert.notProperty(yield* sentBody, "model")
      const error = yield* Effect.flip(Chat.complete({ ...request, model: "" }))
      assert.strictEqual(error._tag, "InvalidRequestError")
      assert.strictEqual((yield* MockHttpClient.requests).length, 1)
    }).pipe(Effect.provide(over([completion])(Container.layer())))
  )
})

describe("stream", () => {
  it.effect("is set by the function that is called, and body cannot contradict it", () =>
    Effect.gen(function* () {
      const cases = [
        [Chat.complete(request, { body: { stream: true } }), false],
        [collect(Chat.stream(request, { body: { stream: false } })), false],
        [collect(Chat.stream(request, { body: { stream: true } })), true],
        [Tokens.tokenize({ prompt: "a" }, { body: { stream: true } }), false]
      ] as const
      for (const [call, sent] of cases) {
        const before = (yield* MockHttpClient.requests).length
        const exit = yield* Effect.either<unknown, FriendliStreamError, Chat.Chat | Tokens.Tokens>(call)
        assert.strictEqual((yield* MockHttpClient.requests).length - before, sent ? 1 : 0)
        if (sent) continue
        const error = exit._tag === "Left" ? exit.left : undefined
        assert.strictEqual(error?._tag, "InvalidRequestError")
        assert.deepStrictEqual(error?._tag === "InvalidRequestError" && error.issues.map((issue) => issue.path), [
          ["options", "body", "stream"]
        ])
      }
    }).pipe(Effect.provide(serverless(() => Reply.sse(Wire.chatChunks("Hi!")))))
  )

  it.effect("asks for usage unless that was declined", () =>
    Effect.gen(function* () {
      const options = (extra: Partial<ChatRequest>, option?: Options) =>
        Effect.zipRight(
          Stream.runDrain(Chat.stream({ ...request, ...extra }, option)),
          Effect.map(sentBody, (body) => field(body, "stream_options"))
        )
      assert.deepStrictEqual(yield* options({}), { include_usage: true })
      assert.deepStrictEqual(yield* options({ stream_options: {} }), { include_usage: true })
      assert.deepStrictEqual(yield* options({ stream_options: { include_usage: true } }), { include_usage: true })
      assert.deepStrictEqual(yield* options({ stream_options: { include_usage: false } }), { include_usage: false })
      assert.deepStrictEqual(yield* options({ stream_options: null }), null)
      assert.deepStrictEqual(yield* options({}, { body: { stream_options: null } }), null)
      yield* Stream.runDrain(Completions.stream({ prompt: "a" }))
      assert.deepInclude(yield* sentBody, { stream: true, stream_options: { include_usage: true } })
    }).pipe(
      Effect.provide(serverless(() => Reply.sse(Wire.completionChunks("Hi!").map((it) => ({ ...it, choices: [] })))))
    )
  )

  it.effect("of a whole answer nothing is said", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      assert.notProperty(yield* sentBody, "stream")
      assert.notProperty(yield* sentBody, "stream_options")
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"))])))
  )
})

describe("headers", () => {
  it.effect("say what is accepted, who asks and that the body is JSON", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      yield* Stream.runDrain(Chat.stream(request))
      const [whole, stream] = yield* MockHttpClient.requests
      assert.strictEqual(whole?.headers["accept"], "application/json")
      assert.strictEqual(stream?.headers["accept"], "text/event-stream")
      for (const sent of [whole, stream]) {
        assert.match(sent?.headers["user-agent"] ?? "", /^effect-friendli\/\d+\.\d+\.\d+/)
        assert.match(sent?.headers["content-type"] ?? "", /^application\/json/)
      }
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!")), Reply.sse(Wire.chatChunks("Hi!"))])))
  )

  it.effect("can be replaced", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request, { headers: { "User-Agent": "mine/1", Accept: "*/*" } })
      assert.strictEqual(yield* lastHeader("user-agent"), "mine/1")
      assert.strictEqual(yield* lastHeader("accept"), "*/*")
    }).pipe(Effect.provide(serverless([Reply.json(Wire.chatCompletion("Hi!"))])))
  )

  it.effect("name the team on serverless and dedicated, never on a container", () =>
    Effect.gen(function* () {
      const deployments: ReadonlyArray<readonly [Deployed, string | undefined]> = [
        [Serverless.layer({ token, team: "t" }), "t"],
        [Dedicated.layer({ token, team: "t" }), "t"],
        [Container.layer({ team: "t" }), undefined]
      ]
      for (const [deployment, team] of deployments) {
        const seen = yield* Effect.zipRight(
          Chat.complete({ ...request, model: "m" }, { team: "t" }),
          lastHeader("x-friendli-team")
        ).pipe(Effect.provide(over([Reply.json(Wire.chatCompletion("Hi!"))])(deployment)))
        assert.strictEqual(seen, team)
      }
    })
  )

  it.effect("have no authorization if a container has no token", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      const [sent] = yield* MockHttpClient.requests
      assert.strictEqual(sent?.authorization, undefined)
    }).pipe(Effect.provide(over([Reply.json(Wire.chatCompletion("Hi!"))])(Container.layer())))
  )
})

describe("options that are invalid", () => {
  wrongTests("examples")

  it.effect("a cyclic body is rejected, not a defect", () =>
    Effect.gen(function* () {
      const cycle: Record<string, unknown> = {}
      cycle["self"] = cycle
      const error = yield* Effect.flip(Chat.complete(request, { body: { cycle } }))
      assert.strictEqual(error._tag, "InvalidRequestError")
    }).pipe(Effect.provide(serverless([])))
  )
})

describe("a request that is invalid", () => {
  const wrong: ReadonlyArray<readonly [string, unknown, ReadonlyArray<string | number>]> = [
    ["a role that does not exist", { messages: [{ role: "wizard", content: "a" }] }, ["messages", 0, "role"]],
    ["no messages", { messages: [] }, ["messages"]],
    ["a temperature that is no number", { ...request, temperature: Number.NaN }, ["temperature"]],
    ["a field that does not exist", { ...request, temprature: 1 }, ["temprature"]],
    ["no request at all", undefined, []]
  ]
  for (const [name, value, path] of wrong) {
    it.effect(`${name} is rejected before anything is sent`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Chat.complete(value as ChatRequest))
        assert.strictEqual(error._tag, "InvalidRequestError")
        assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues[0]?.path, path)
        assert.include(error.message, "was not sent")
        assert.strictEqual((yield* MockHttpClient.requests).length, 0)
      }).pipe(Effect.provide(serverless([])))
    )
  }

  it.effect("is not repeated by any policy", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete({ messages: [] }, { retry: Schedule.forever }))
      assert.strictEqual(error._tag, "InvalidRequestError")
      assert.deepStrictEqual(yield* attempts, [])
    }).pipe(Effect.provide(serverless([])))
  )
})

it.effect("a client made by hand runs the same operations", () =>
  Effect.gen(function* () {
    const gateway: Deployment.Definition = {
      name: "gateway",
      defaultBaseUrl: "https://llm.example.com/base/",
      pathPrefix: "/p",
      requiresToken: false,
      requiresModel: false,
      supportsTeams: false
    }
    const deployment = yield* Deployment.make(gateway, {})
    const client = yield* FriendliClient.make(deployment)
    yield* client.execute(Chat.completeOperation, request)
    const [sent] = yield* MockHttpClient.requests
    assert.strictEqual(sent?.url, "https://llm.example.com/base/p/v1/chat/completions")
  }).pipe(Effect.provide(MockHttpClient.layer([Reply.json(Wire.chatCompletion("Hi!"))])))
)
