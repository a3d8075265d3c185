/**
 * Failures: which error stands for which answer, what it says, and what it never says.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestContext from "effect/TestContext"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as fc from "fast-check"
import { inspect } from "node:util"
import { collect, during, prompt, request, serverless, token } from "../support.js"
import { inMemoryTracer } from "../tracing.js"

type Tag = FriendliError.FriendliStreamError["_tag"]

const once = { retry: Retry.never } as const

const rejected = (reply: Reply.Reply) =>
  during(Effect.flip(Chat.complete(request, once)), "10 minutes").pipe(Effect.provide(serverless([reply])))

const table: ReadonlyArray<readonly [number, Tag]> = [
  [100, "UnexpectedStatusError"],
  [199, "UnexpectedStatusError"],
  [300, "UnexpectedStatusError"],
  [302, "UnexpectedStatusError"],
  [304, "UnexpectedStatusError"],
  [307, "UnexpectedStatusError"],
  [400, "InvalidRequestError"],
  [401, "AuthenticationError"],
  [402, "UnexpectedStatusError"],
  [403, "PermissionDeniedError"],
  [404, "NotFoundError"],
  [405, "UnexpectedStatusError"],
  [408, "UnexpectedStatusError"],
  [409, "UnexpectedStatusError"],
  [413, "InvalidRequestError"],
  [418, "UnexpectedStatusError"],
  [422, "InvalidRequestError"],
  [425, "UnexpectedStatusError"],
  [429, "RateLimitError"],
  [499, "UnexpectedStatusError"],
  [500, "ServerError"],
  [501, "ServerError"],
  [502, "ServerError"],
  [503, "OverloadedError"],
  [504, "ServerError"],
  [520, "ServerError"],
  [529, "OverloadedError"],
  [599, "ServerError"],
  [999, "ServerError"]
]

describe("the status table", () => {
  for (const [status, tag] of table) {
    it.effect(`${status} is ${tag}`, () =>
      Effect.gen(function* () {
        const error = yield* rejected(Reply.status(status, { headers: { "x-request-id": "req-1" } }))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(error.status, status)
        assert.strictEqual(error.requestId, "req-1")
        assert.strictEqual(error.operation, "Chat.complete")
        assert.strictEqual(error.deployment, "serverless")
        assert.strictEqual(error.method, "POST")
        assert.strictEqual(error.url, "https://api.friendli.ai/serverless/v1/chat/completions")
        assert.include(error.message, String(status))
        assert.match(error.message, /\.$/)
      })
    )
  }

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
    ["null", Reply.json(null), "ResponseDecodeError", /shape/],
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

// ---------------------------------------------------------------------------
// properties
// ---------------------------------------------------------------------------

const statuses = fc.oneof(
  fc.integer({ min: 100, max: 599 }),
  fc.constantFrom(200, 400, 401, 403, 404, 408, 413, 422, 429, 500, 503)
)

const bodies = fc.oneof(
  fc.string(),
  fc.uint8Array({ maxLength: 200 }),
  fc.json(),
  fc
    .record(
      {
        error: fc.oneof(
          fc.jsonValue(),
          fc.record({ message: fc.jsonValue(), code: fc.jsonValue(), type: fc.jsonValue() })
        )
      },
      { requiredKeys: [] }
    )
    .map((value) => JSON.stringify(value)),
  fc
    .record({ detail: fc.array(fc.record({ loc: fc.jsonValue(), msg: fc.jsonValue() })) })
    .map((value) => JSON.stringify(value)),
  // members of every object, as values that are none of what they are for
  fc
    .tuple(
      fc.constantFrom("error", "message", "type", "code", "choices", "detail", "object", "id", "data"),
      fc.dictionary(
        fc.constantFrom("toString", "valueOf", "toJSON", "then", "constructor"),
        fc.constantFrom(null, 1, {})
      )
    )
    .map(([name, odd]) => JSON.stringify({ ...odd, [name]: odd, choices: [odd] }))
)

const contentTypes = fc.constantFrom("application/json", "text/event-stream", "text/html", "")

const isTyped = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isSuccess(exit) ||
  Option.match(Cause.failureOption(exit.cause), { onNone: () => false, onSome: FriendliError.isFriendliError })

describe("any answer", () => {
  it("whatever its status and body, ends in a value or a typed failure", async () => {
    await fc.assert(
      fc.asyncProperty(
        statuses,
        bodies,
        contentTypes,
        fc.integer({ min: 1, max: 50 }),
        async (status, body, type, cuts) => {
          const reply = Reply.text(body, { status, cuts, headers: { "content-type": type } })
          const calls = [
            Chat.complete(request, once),
            collect(Chat.stream(request, once)),
            Tokens.tokenize({ prompt: "a" }, once)
          ]
          for (const call of calls) {
            const exit = await Effect.runPromiseExit(
              Effect.provide(
                call as Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat | Tokens.Tokens>,
                serverless([reply])
              )
            )
            assert.isTrue(isTyped(exit), String(exit))
          }
        }
      ),
      { numRuns: 20 }
    )
  })

  it("whatever the bytes of its event stream, ends in a value or a typed failure", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "data: ",
        "data:",
        "event: error\n",
        "event: x\n",
        "\n",
        "\r\n",
        "\n\n",
        ": c\n",
        "[DONE]",
        "id: 1\n",
        "retry: 5\n"
      ),
      fc.constantFrom(...Wire.chatChunks("a b").map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)),
      fc.jsonValue().map((value) => `data: ${JSON.stringify(value)}\n\n`),
      fc.string()
    )
    const stream = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => new TextEncoder().encode(pieces.join(""))),
      fc.uint8Array({ maxLength: 300 })
    )
    const ending = fc.constantFrom("end" as const, "reset" as const)
    await fc.assert(
      fc.asyncProperty(stream, ending, fc.integer({ min: 1, max: 40 }), async (bytes, end, cuts) => {
        const run = (reply: Reply.Reply) =>
          Effect.runPromiseExit(Effect.provide(collect(Chat.stream(request, once)), serverless([reply])))
        const headers = { "content-type": "text/event-stream" }
        const cut = await run(Reply.text(bytes, { headers, ending: end, cuts }))
        assert.isTrue(isTyped(cut), String(cut))
        // the cuts are of no account
        const whole = await run(Reply.text(bytes, { headers, ending: end }))
        const plain = (exit: Exit.Exit<unknown, unknown>) =>
          JSON.stringify(Exit.isSuccess(exit) ? exit.value : Cause.squash(exit.cause))
        assert.strictEqual(plain(cut), plain(whole))
      }),
      { numRuns: 25 }
    )
  })
})

/** Everything that a user can print of a failed call, its log and its spans included. */
const printed = async (reply: Reply.Reply, secrets: { readonly token: string; readonly prompt: string }) => {
  const { spans, tracer } = inMemoryTracer()
  const lines: Array<string> = []
  const logger = Logger.make((options) => {
    lines.push(Logger.stringLogger.log(options), Logger.jsonLogger.log(options), Logger.logfmtLogger.log(options))
  })
  const body = {
    messages: [
      { role: "system" as const, content: secrets.prompt },
      { role: "user" as const, content: [{ type: "text" as const, text: secrets.prompt }] }
    ]
  }
  const outputs: Array<string> = []
  const calls: ReadonlyArray<
    Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat | Completions.Completions | Tokens.Tokens>
  > = [
    Chat.complete(body, once),
    ChatStream.fold(Chat.stream(body, once)),
    Completions.complete({ prompt: secrets.prompt }, once),
    Tokens.tokenize({ prompt: secrets.prompt }, once)
  ]
  for (const call of calls) {
    const exit = await call.pipe(
      Effect.tapErrorCause((cause) =>
        Effect.zipRight(Effect.logError("failed", cause), Effect.logError(Cause.squash(cause)))
      ),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.withTracer(tracer),
      Effect.provide(serverless([reply], { token: secrets.token })),
      (it) => during(it, "11 minutes"),
      Effect.provide(TestContext.TestContext),
      Effect.runPromiseExit
    )
    if (Exit.isSuccess(exit)) continue
    const error = Option.getOrThrow(Cause.failureOption(exit.cause))
    if (!FriendliError.isFriendliError(error)) throw new Error("the layer failed")
    outputs.push(
      JSON.stringify(error),
      JSON.stringify(Schema.encodeSync(FriendliError.FriendliStreamError)(error)),
      inspect(error, { depth: Infinity, showHidden: true, maxStringLength: null, maxArrayLength: null }),
      inspect(exit, { depth: Infinity, showHidden: true, maxStringLength: null, maxArrayLength: null }),
      JSON.stringify(exit),
      String(error),
      String(error.stack),
      Cause.pretty(exit.cause, { renderErrorCause: true })
    )
    const fiberFailure = await Effect.runPromise(Effect.failCause(exit.cause)).catch((thrown: unknown) => thrown)
    outputs.push(
      JSON.stringify(fiberFailure),
      String(fiberFailure),
      inspect(fiberFailure, { depth: Infinity, showHidden: true, maxStringLength: null })
    )
  }
  for (const span of spans) {
    outputs.push(
      span.name,
      JSON.stringify([...span.attributes]),
      // what an exporter writes: events, and the failure as text
      inspect(span.events, { depth: Infinity }),
      span.status._tag === "Ended" && Exit.isFailure(span.status.exit)
        ? inspect(
            Cause.prettyErrors(span.status.exit.cause).map(({ message, name, stack }) => [name, message, stack]),
            { depth: Infinity }
          ) + Cause.pretty(span.status.exit.cause, { renderErrorCause: true })
        : ""
    )
  }
  assert.isAbove(outputs.length, calls.length * 5)
  assert.isAbove(lines.length, 0)
  return [...outputs, ...lines].join("\n")
}

const secretToken = fc.stringMatching(/^flp_[A-Za-z0-9_.~+/-]{12,40}$/)
/** Begins with letters that no message has, and may hold anything behind. */
const secretPrompt = fc
  .tuple(
    fc.stringMatching(/^[QXZ][qxz]{7,12}$/),
    fc.string({ maxLength: 30 }),
    fc.string({ unit: "grapheme", maxLength: 10 })
  )
  .map((parts) => parts.join('\n"\\é'))

const echoing = ({
  prompt,
  token
}: {
  readonly prompt: string
  readonly token: string
}): ReadonlyArray<Reply.Reply> => {
  const said = `${token} asked: ${prompt}`
  const error = { error: { message: said, type: said, code: said, param: said } }
  const headers = { "x-request-id": "req-1" }
  const chunk = Wire.chatChunk({ role: "assistant" })
  return [
    ...[307, 400, 401, 403, 404, 408, 413, 422, 429, 500, 503].map((status) =>
      Reply.status(status, { body: error, headers })
    ),
    Reply.status(422, {
      body: { detail: [{ loc: ["body", "messages"], msg: said, type: "x", input: said, ctx: { said } }] }
    }),
    Reply.status(500, { body: said }),
    Reply.status(500, {
      body: JSON.stringify(said).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    }),
    Reply.text(said),
    Reply.text(said, { headers: { "content-type": "text/html" } }),
    Reply.json({ id: said, choices: [{ message: said }], object: said }),
    Reply.json({ echo: said }),
    Reply.json({ echo: said }, { ending: "reset" }),
    Reply.json({ echo: said }, { ending: "stall" }),
    Reply.sse([chunk, error]),
    Reply.sse([chunk, `event: error\ndata: ${JSON.stringify(said)}\n\n`]),
    Reply.sse([chunk, { said }]),
    Reply.sse([chunk, { choices: said }]),
    Reply.sse(`data: ${JSON.stringify(chunk)}\n\ndata: {"said":${JSON.stringify(said)}`),
    Reply.sse([chunk, { message: said }], { ending: "stall" }),
    Reply.sse([chunk], { ending: "reset", done: false }),
    Reply.sse([chunk], { ending: "stall", done: false }),
    Reply.refused(),
    Reply.never
  ]
}

describe("secrets", () => {
  const kinds = echoing({ prompt, token }).length
  for (let kind = 0; kind < kinds; kind++) {
    it(`failure ${kind + 1} of ${kinds} shows neither the token nor the prompt, although the server repeats both`, async () => {
      await fc.assert(
        fc.asyncProperty(secretToken, secretPrompt, async (token, prompt) => {
          const all = await printed(echoing({ prompt, token })[kind]!, { prompt, token })
          assert.notInclude(all, token)
          assert.notInclude(all, prompt)
          // the beginning, which has no character that any quoting changes
          assert.notInclude(all, prompt.slice(0, 8))
        }),
        { numRuns: 1 }
      )
    })
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
