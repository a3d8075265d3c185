/**
 * Failures: which error stands for which answer, what it says, and what it never says.
 */
import { assert, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as FriendliError from "effect-friendli/FriendliError"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { inspect } from "node:util"
import { it } from "../it.js"
import { collect, prompt, request, serverless, token } from "../support.js"
import { showsNoSecret, titleOf, once, rejected, statusTests, table, type Tag } from "./failures.support.js"

describe("the status table", () => {
  statusTests("examples")

  it.effect("a redirect that was not followed says so", () =>
    Effect.gen(function* () {
      const error = yield* rejected(Reply.status(307, { headers: { location: "https://elsewhere.example/" } }))
      assert.include(error.message, "redirect")
    })
  )

  for (const name of ["x-request-id", "request-id", "x-friendli-request-id"]) {
    it.effect(`the request id may come as ${name}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* rejected(Reply.status(500, { headers: { [name]: "r" } }))).requestId, "r")
      })
    )
  }

  it.effect("the operation that failed is named", () =>
    Effect.gen(function* () {
      const calls: ReadonlyArray<
        readonly [
          string,
          Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat | Completions.Completions | Tokens.Tokens>
        ]
      > = [
        ["Chat.complete", Chat.complete(request)],
        ["Chat.complete", Chat.completeWithResponse(request)],
        ["Chat.stream", collect(Chat.stream(request))],
        ["Chat.stream", Effect.scoped(Chat.streamWithResponse(request))],
        ["Completions.complete", Completions.complete({ prompt: "a" })],
        ["Completions.complete", Completions.completeWithResponse({ prompt: "a" })],
        ["Completions.stream", collect(Completions.stream({ prompt: "a" }))],
        ["Tokens.tokenize", Tokens.tokenize({ prompt: "a" })],
        ["Tokens.tokenize", Tokens.tokenizeWithResponse({ prompt: "a" })],
        ["Tokens.detokenize", Tokens.detokenize({ tokens: [1] })],
        ["Tokens.detokenize", Tokens.detokenizeWithResponse({ tokens: [1] })]
      ]
      for (const [name, call] of calls) {
        const error = yield* Effect.flip(call)
        assert.strictEqual(error.operation, name)
        assert.isTrue(error.message.startsWith(name))
      }
    }).pipe(Effect.provide(serverless(() => Reply.status(404))))
  )
})

describe("error bodies", () => {
  const bodies: ReadonlyArray<readonly [string, unknown, string, string | undefined]> = [
    ["error with message, type and code", { error: { message: "too many", type: "t", code: "c" } }, "too many", "c"],
    ["error with message and type", { error: { message: "too many", type: "t" } }, "too many", "t"],
    ["error with a number for a code", { error: { message: "too many", code: 7 } }, "too many", "7"],
    ["error as a sentence", { error: "too many" }, "too many", undefined],
    ["detail as a sentence", { detail: "too many" }, "too many", undefined],
    ["message", { message: "too many" }, "too many", undefined],
    ["object: error", { object: "error", message: "too many", type: "t" }, "too many", "t"],
    ["type: error", { type: "error", error: { type: "t", message: "too many" }, request_id: "r-1" }, "too many", "t"],
    ["a string", `"too many"`, "too many", undefined]
  ]
  for (const [name, body, message, code] of bodies) {
    it.effect(`${name}: its message and its code`, () =>
      Effect.gen(function* () {
        const error = yield* rejected(Reply.status(429, { body }))
        assert.strictEqual(error._tag, "RateLimitError")
        assert.include(error.message, message)
        assert.strictEqual(error.code, code)
        assert.include(error.body, message)
        if (name === "type: error") assert.strictEqual(error.requestId, "r-1")
      })
    )
  }

  it.effect("FastAPI's detail becomes issues, without the input that it repeats", () =>
    Effect.gen(function* () {
      const error = yield* rejected(
        Reply.status(422, {
          body: {
            detail: [
              { loc: ["body", "messages", 0, "role"], msg: "unexpected value", type: "value_error", input: prompt },
              { loc: ["query", "x"], msg: "too long", type: "value_error" }
            ]
          }
        })
      )
      assert.strictEqual(error._tag, "InvalidRequestError")
      assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues, [
        { path: ["messages", 0, "role"], message: "unexpected value" },
        { path: ["query", "x"], message: "too long" }
      ])
      assert.include(error.message, "messages[0].role: unexpected value")
    })
  )

  it.effect("a param becomes the path of an issue", () =>
    Effect.gen(function* () {
      const error = yield* rejected(
        Reply.status(400, {
          body: { error: { message: "too hot", param: "temperature", type: "invalid_request_error" } }
        })
      )
      assert.deepStrictEqual(error._tag === "InvalidRequestError" && error.issues, [
        { path: ["temperature"], message: "too hot" }
      ])
    })
  )

  for (const [name, body] of [
    ["nothing", ""],
    ["a page", "<html><body>Bad Gateway</body></html>"],
    ["broken JSON", `{"error":`],
    ["null", "null"],
    ["a number", "7"],
    ["a list", "[1]"],
    ["an empty object", "{}"],
    ["odd types", `{"error":{"message":{"a":1},"code":[]},"detail":[null,1,{"loc":1}]}`]
  ] as const) {
    it.effect(`${name}: the status is enough`, () =>
      Effect.gen(function* () {
        const error = yield* rejected(Reply.status(503, { body }))
        assert.strictEqual(error._tag, "OverloadedError")
        assert.strictEqual(error.body, body === "" ? undefined : body)
      })
    )
  }

  it.effect("of any length are cut, and endless ones are released", () =>
    Effect.gen(function* () {
      const long = yield* rejected(Reply.status(500, { body: "lorem ipsum ".repeat(100_000) }))
      assert.isAtMost(long.body!.length, 2048)
      assert.isAtMost(long.message.length, 6000)
      const endless = yield* rejected(Reply.status(500, { body: "sorry", ending: "stall" }))
      assert.strictEqual(endless._tag, "ServerError")
      assert.strictEqual(endless.body, "sorry")
    })
  )

  it.effect("that break off leave the status", () =>
    Effect.gen(function* () {
      const error = yield* rejected(Reply.status(401, { body: "sor", ending: "reset" }))
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.strictEqual(error.body, "sor")
    })
  )
})

describe("answers of another shape", () => {
  const rows: ReadonlyArray<readonly [string, Reply.Reply, Tag, RegExp]> = [
    ["nothing", Reply.text(""), "ResponseDecodeError", /empty body/],
    ["no content", Reply.status(204), "ResponseDecodeError", /empty body/],
    ["a page", Reply.text("<html>", { headers: { "content-type": "text/html" } }), "ResponseDecodeError", /text\/html/],
    ["JSON of another shape", Reply.json({ choices: "none" }), "ResponseDecodeError", /choices/],
    [
      "an answer without any choice",
      Reply.json({ ...Wire.chatCompletion("Hi"), choices: [] }),
      "ResponseDecodeError",
      /at least one choice/
    ],
    ["null", Reply.json(null), "ResponseDecodeError", /does not match the API/],
    ["an event stream", Reply.sse(Wire.chatChunks("Hi")), "ResponseDecodeError", /event-stream/],
    [
      "JSON that is cut",
      Reply.json(Wire.chatCompletion("Hi"), { after: { bytes: 40 } }),
      "ResponseDecodeError",
      /not valid JSON/
    ],
    ["a reset", Reply.json({}, { ending: "reset" }), "ConnectionError", /middle of the answer/],
    ["a refused connection", Reply.refused(), "ConnectionError", /ECONNREFUSED/]
  ]
  for (const [name, reply, tag, message] of rows) {
    it.effect(`${name}: ${tag}`, () =>
      Effect.gen(function* () {
        const error = yield* rejected(reply)
        assert.strictEqual(error._tag, tag)
        assert.match(error.message, message)
      })
    )
  }

  it.effect("name the fields that are wrong", () =>
    Effect.gen(function* () {
      const wrong = { ...Wire.chatCompletion("Hi"), usage: { prompt_tokens: "many" } }
      const error = yield* rejected(Reply.json(wrong))
      assert.deepStrictEqual(error._tag === "ResponseDecodeError" && error.issues[0]?.path, ["usage", "prompt_tokens"])
    })
  )

  it.effect("a key named __proto__ does not replace a field", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({ __proto__of: { choices: Wire.chatCompletion("Hi").choices } }).replace(
        "__proto__of",
        "__proto__"
      )
      const error = yield* rejected(Reply.text(body))
      assert.strictEqual(error._tag, "ResponseDecodeError")
    })
  )

  it.effect("a connection error says its phase and keeps a plain cause", () =>
    Effect.gen(function* () {
      const connect = yield* rejected(Reply.refused())
      assert.strictEqual(connect._tag === "ConnectionError" && connect.phase, "connect")
      assert.deepInclude(connect.cause, { code: "ECONNREFUSED", message: "connect ECONNREFUSED" })
      const body = yield* rejected(Reply.json({}, { ending: "reset" }))
      assert.strictEqual(body._tag === "ConnectionError" && body.phase, "body")
      assert.strictEqual(body.cause?.code, "ECONNRESET")
    })
  )
})

describe("secrets", () => {
  // a failure of each kind: a status, a body that is no error, an event of a stream, and an end of a stream
  for (const kind of [8, 13, 20, 26]) {
    it(titleOf(kind), () => showsNoSecret(kind, { token, prompt: 'Qxzqxzqxz asks:\n"\\é" 한국어 👋🏽' }))
  }

  it.effect("a request that is rejected here does not repeat the text that was in it", () =>
    Effect.gen(function* () {
      const text = "Zqxzqxzq secret text"
      const wrong = { messages: [{ role: text, content: text, [text]: text }], temperature: text, user: { text } }
      const error = yield* Effect.flip(Chat.complete(wrong as never))
      assert.strictEqual(error._tag, "InvalidRequestError")
      // names of unknown fields are paths, and paths are shown
      const { issues } = error as FriendliError.InvalidRequestError
      assert.notInclude(issues.map((issue) => issue.message).join("\n"), text)
    }).pipe(Effect.provide(serverless([])))
  )

  it.effect("an error of the HTTP client that contains the token does not put it into ours", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Chat.complete(request, once))
      const all = JSON.stringify(error) + inspect(error, { depth: Infinity, showHidden: true })
      assert.notInclude(all, token)
      assert.notInclude(all, "zebras")
    }).pipe(Effect.provide(Layer.fresh(serverless([Reply.refused()]))))
  )
})

describe("the guard", () => {
  it("takes anything", () => {
    for (const value of [null, 1, "x", [], {}, { _tag: "ServerError" }, { _tag: { toString: null } }]) {
      assert.isFalse(FriendliError.isFriendliError(value))
    }
  })
})

describe("the schema", () => {
  const errors: Effect.Effect<ReadonlyArray<FriendliError.FriendliStreamError>> = Effect.gen(function* () {
    const all: Array<FriendliError.FriendliStreamError> = []
    for (const [status] of table)
      all.push(yield* rejected(Reply.status(status, { body: { error: { message: "m", code: "c" } }, retryAfter: 3 })))
    for (const reply of [Reply.refused(), Reply.never, Reply.json({}), Reply.json({}, { ending: "reset" })])
      all.push(yield* rejected(reply))
    const cut = ChatStream.fold(Chat.stream(request, once)).pipe(
      Effect.flip,
      Effect.provide(serverless([Reply.sse(Wire.chatChunks("Hi there"), { after: { frames: 1 } })]))
    )
    all.push(yield* cut)
    return all
  }).pipe(Effect.orDie)

  it.effect("encodes every error to JSON and back", () =>
    Effect.gen(function* () {
      const codec = FriendliError.FriendliStreamError
      const all = yield* errors
      const tags = new Set(all.map((error) => error._tag))
      assert.strictEqual(tags.size, 12)
      for (const error of all) {
        const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(error)))
        const back = Schema.decodeUnknownSync(codec)(json)
        assert.strictEqual(back._tag, error._tag)
        assert.strictEqual(back.message, error.message)
        assert.isTrue(FriendliError.isFriendliError(back))
        assert.deepStrictEqual(Schema.encodeSync(codec)(back), Schema.encodeSync(codec)(error))
        assert.strictEqual(
          Option.map(FriendliError.retryAfter(back), Duration.toMillis).pipe(Option.getOrUndefined),
          Option.map(FriendliError.retryAfter(error), Duration.toMillis).pipe(Option.getOrUndefined)
        )
      }
    })
  )

  it.effect("errors are errors: they have a stack, can be thrown, and are caught by tag", () =>
    Effect.gen(function* () {
      for (const error of yield* errors) {
        assert.instanceOf(error, Error)
        assert.include(String(error), error._tag)
      }
      const caught = yield* Chat.complete(request, once).pipe(
        Effect.catchTag("RateLimitError", (error) => Effect.succeed(Duration.toMillis(error.retryAfter!)))
      )
      assert.strictEqual(caught, 5000)
    }).pipe(Effect.provide(serverless([Reply.status(429, { retryAfter: 5 })])))
  )

  it("knows its own from others", () => {
    for (const value of [undefined, null, "x", {}, new Error("x"), { _tag: "ServerError" }]) {
      assert.isFalse(FriendliError.isFriendliError(value))
    }
  })
})

it.effect("no request is made for what could not be sent", () =>
  Effect.gen(function* () {
    yield* Effect.flip(Stream.runDrain(Chat.stream({ messages: [] })))
    assert.strictEqual((yield* MockHttpClient.requests).length, 0)
  }).pipe(Effect.provide(serverless([])))
)
