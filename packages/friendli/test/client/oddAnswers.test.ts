/**
 * Answers of servers that leave out what nobody needs, end to end: what is given, what is filled, and what stays a failure.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as Embeddings from "effect-friendli/Embeddings"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import * as Tokens from "effect-friendli/Tokens"
import * as Dedicated from "effect-friendli/Dedicated"
import { Reply } from "effect-friendli/testing"
import { collect, during, over, request, serverless, untilFailure } from "../support.js"

type Tag = FriendliStreamError["_tag"]

const once = { retry: Retry.never } as const

// ---------------------------------------------------------------------------
// whole answers
// ---------------------------------------------------------------------------

const choice = { index: 0, message: { role: "assistant", content: "Hi!" }, finish_reason: "stop" }
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
const head = { id: "c-1", object: "chat.completion", created: 1_767_225_600, model: "m" }
const answer = { ...head, choices: [choice], usage }

const complete = (json: unknown) => Effect.provide(Chat.complete(request, once), serverless([Reply.json(json)]))

describe("a chat answer is given", () => {
  const rows: ReadonlyArray<readonly [name: string, json: unknown]> = [
    ["with nothing but its text", { choices: [{ message: { content: "Hi!" } }] }],
    ["with a fraction of a second in created", { ...answer, created: 1_767_225_600.123 }],
    ["with created null", { ...answer, created: null }],
    ["with id null", { ...answer, id: null }],
    ["with usage null", { ...answer, usage: null }],
    ["with usage {}", { ...answer, usage: {} }],
    ["with usage of details alone", { ...answer, usage: { prompt_tokens_details: { cached_tokens: 3 } } }],
    ["with counts that are null", { ...answer, usage: { prompt_tokens: null, total_tokens: 11 } }],
    ["with finish_reason null", { ...answer, choices: [{ ...choice, finish_reason: null }] }],
    ["without finish_reason", { ...answer, choices: [{ index: 0, message: choice.message }] }],
    ["with index null", { ...answer, choices: [{ ...choice, index: null }] }],
    [
      "with top_logprobs null",
      {
        ...answer,
        choices: [{ ...choice, logprobs: { content: [{ token: "Hi!", logprob: -0.5, top_logprobs: null }] } }]
      }
    ],
    [
      "with log probabilities that are no numbers",
      { ...answer, choices: [{ ...choice, logprobs: { content: [{ token: "Hi!", logprob: null }] } }] }
    ],
    ...[{}, "", " ", false, [], 0, null, { message: "", code: null }].map(
      (error) => [`with error ${JSON.stringify(error)}`, { ...answer, error }] as const
    )
  ]
  it.effect.each(rows)("%s", ([, json]) =>
    Effect.gen(function* () {
      const given = yield* complete(json)
      assert.strictEqual(given.choices[0]?.message.content, "Hi!")
      assert.strictEqual(given.choices[0]?.index, 0)
      // What came is kept as it came; what was filled stands beside it.
      const sent = json as typeof answer
      assert.deepStrictEqual<unknown>({ ...given, choices: [] }, { ...sent, choices: [] })
      assert.deepInclude<unknown>({ ...given.choices[0], index: null }, { ...sent.choices[0], index: null })
    })
  )
})

describe("what is certain is filled", () => {
  it.effect("indexes by position", () =>
    Effect.gen(function* () {
      const given = yield* complete({ choices: [{ message: { content: "a" } }, { message: { content: "b" } }] })
      assert.deepStrictEqual(
        given.choices.map(({ index, message }) => [index, message.content]),
        [
          [0, "a"],
          [1, "b"]
        ]
      )
    })
  )

  it.effect("no index where another one contradicts its position", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(complete({ choices: [{ message: { content: "a" } }, { ...choice, index: 0 }] }))
      assert.strictEqual(error._tag, "ResponseDecodeError")
      assert.match(error.message, /choices\[0\]\.index/)
    })
  )

  const withCall = (call: unknown) => ({
    choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: "tool_calls" }]
  })

  it.effect("of a tool call: type, arguments, and an empty id", () =>
    Effect.gen(function* () {
      const given = yield* complete(withCall({ function: { name: "now" }, extra: 1 }))
      assert.deepStrictEqual<unknown>(given.choices[0]?.message.tool_calls, [
        { id: "", type: "function", function: { name: "now", arguments: "{}" }, extra: 1 }
      ])
      const nulls = yield* complete(withCall({ id: null, type: null, function: { name: "now", arguments: null } }))
      assert.deepStrictEqual<unknown>(nulls.choices[0]?.message.tool_calls, [
        { id: "", type: "function", function: { name: "now", arguments: "{}" } }
      ])
    })
  )

  it.effect("no arguments of a call that was cut before them", () =>
    Effect.gen(function* () {
      for (const [reason, args] of [
        ["length", ""],
        ["content_filter", ""],
        [null, "{}"]
      ] as const) {
        const message = { tool_calls: [{ id: "a", function: { name: "now" } }] }
        const given = yield* complete({ choices: [{ message, finish_reason: reason }] })
        assert.strictEqual(given.choices[0]?.message.tool_calls?.[0]?.function.arguments, args)
      }
    })
  )

  it.effect("no name of a function", () =>
    Effect.gen(function* () {
      for (const call of [{ id: "a" }, { function: {} }, { function: { name: null, arguments: "{}" } }]) {
        assert.strictEqual((yield* Effect.flip(complete(withCall(call))))._tag, "ResponseDecodeError")
      }
    })
  )

  it.effect("null as the text of a completion, and nothing for a text that is not there", () =>
    Effect.gen(function* () {
      const run = (json: unknown) =>
        Effect.provide(Completions.complete({ prompt: "Once" }, once), serverless([Reply.json(json)]))
      const given = yield* run({ choices: [{ text: null, finish_reason: "length" }] })
      assert.deepStrictEqual<unknown>(given.choices, [{ text: "", finish_reason: "length", index: 0 }])
      assert.strictEqual(
        (yield* Effect.flip(run({ choices: [{ finish_reason: "length" }] })))._tag,
        "ResponseDecodeError"
      )
      const probable = yield* run({
        choices: [
          {
            text: "a b",
            logprobs: {
              tokens: ["a", " b"],
              token_logprobs: [null, -1],
              top_logprobs: [null, { " b": -1, " c": null }]
            }
          }
        ]
      })
      assert.deepStrictEqual(probable.choices[0]?.logprobs?.token_logprobs, [null, -1])
    })
  )

  it.effect("vectors by position", () =>
    Effect.gen(function* () {
      const layer = over([Reply.json({ data: [{ embedding: [1] }, { embedding: [2], index: null }] })])(
        Dedicated.layer({ token: "t", model: "m" })
      )
      const { data } = yield* Effect.provide(Embeddings.create({ input: ["a", "b"] }, once), layer)
      assert.deepStrictEqual<unknown>(data, [
        { embedding: [1], index: 0 },
        { embedding: [2], index: 1 }
      ])
    })
  )

  it("by operations, not by the schema: `decode` of an operation does what a call does", () => {
    const lean = { choices: [{ message: { content: "Hi!" } }] }
    assert.isFalse(Schema.is(Chat.ChatCompletion)(lean))
    assert.deepStrictEqual<unknown>(Either.getOrThrow(Chat.completeOperation.decode(lean)), {
      choices: [{ index: 0, message: { content: "Hi!" } }]
    })
    assert.deepStrictEqual(lean, { choices: [{ message: { content: "Hi!" } }] })
  })
})

describe("an answer in a 200 stays a failure", () => {
  const rows: ReadonlyArray<readonly [name: string, json: unknown, tag: Tag, message: RegExp]> = [
    ["without choices", head, "ResponseDecodeError", /choices/],
    ["with an empty list of choices", { ...answer, choices: [] }, "ResponseDecodeError", /at least one choice/],
    ["without a message", { choices: [{ index: 0 }] }, "ResponseDecodeError", /message/],
    ["with a number for text", { choices: [{ message: { content: 7 } }] }, "ResponseDecodeError", /content/],
    ["with a list for usage", { ...answer, usage: [] }, "ResponseDecodeError", /usage/],
    ["with a text for created", { ...answer, created: "now" }, "ResponseDecodeError", /created/],
    ["with a number for id", { ...answer, id: 7 }, "ResponseDecodeError", /id/],
    ["with error {} and no choices", { error: {} }, "ResponseDecodeError", /choices/],
    ["that is an error", { error: { message: "no room", type: "overloaded_error" } }, "OverloadedError", /no room/],
    ["that is a message", { message: "out of memory" }, "ServerError", /out of memory/]
  ]
  it.effect.each(rows)("%s", ([, json, tag, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(complete(json))
      assert.strictEqual(error._tag, tag)
      assert.match(error.message, message)
    })
  )

  it.effect("whatever the operation", () =>
    Effect.gen(function* () {
      const rejected = (json: unknown) =>
        Effect.flip(Effect.provide(Tokens.detokenize({ tokens: [1] }, once), serverless([Reply.json(json)])))
      assert.strictEqual(
        (yield* rejected({ error: { message: "no such key", type: "authentication_error" } }))._tag,
        "AuthenticationError"
      )
      assert.strictEqual((yield* rejected({ text: null, error: "" }))._tag, "ResponseDecodeError")
    })
  )
})

// ---------------------------------------------------------------------------
// streams
// ---------------------------------------------------------------------------

const chat = Chat.stream(request, once)
const said = (content: string) => ({ choices: [{ index: 0, delta: { content } }] })
const stop = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }

const read = (frames: ReadonlyArray<unknown>, stream = chat) =>
  Effect.provide(untilFailure(stream), serverless([Reply.sse(frames as ReadonlyArray<string>)]))

const textOf = (elements: ReadonlyArray<Chat.ChatChunk>): string =>
  elements.map(({ choices }) => choices[0]?.delta.content ?? "").join("")

describe("a stream goes on", () => {
  const counts = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
  const rows: ReadonlyArray<readonly [name: string, frame: unknown, elements: number]> = [
    ["over created with a fraction", { ...said(""), created: 1.5 }, 1],
    ["over nulls in its head", { ...said(""), id: null, created: null, model: null, object: null }, 1],
    ["over usage null", { ...said(""), usage: null }, 1],
    ["over usage {}", { ...said(""), usage: {} }, 1],
    ["over usage of details alone", { ...said(""), usage: { prompt_tokens_details: { cached_tokens: 1 } } }, 1],
    ["over usage without choices", { usage: counts }, 1],
    ["over usage beside choices null", { choices: null, usage: counts }, 1],
    ["over a cost without choices", { id: "c-1", cost: 0.0001, provider: "p" }, 1],
    ["over timings without choices", { timings: { predicted_ms: 3 } }, 1],
    ["over a head without choices", { ...head, object: "chat.completion.chunk" }, 1],
    ["over a choice without delta", { choices: [{ index: 0, finish_reason: null }] }, 1],
    ["over delta null", { choices: [{ index: 0, delta: null }] }, 1],
    ["over a choice without index", { choices: [{ delta: { content: "" } }] }, 1],
    ["over the whole message at the end", { choices: [{ index: 0, message: { content: "Hi!" } }] }, 1],
    [
      "over top_logprobs null",
      { choices: [{ index: 0, delta: {}, logprobs: { content: [{ token: "a", logprob: -1, top_logprobs: null }] } }] },
      1
    ],
    ...[{}, "", false, [], 0, null, { message: null }].map(
      (error) => [`over error ${JSON.stringify(error)}`, { ...said(""), error }, 1] as const
    ),
    ["over a heartbeat", { type: "ping" }, 0],
    ["over a heartbeat that says so", { type: "keepalive", message: "still here" }, 0],
    ["over a heartbeat by object", { object: "heartbeat", time: 1 }, 0],
    ["over an event without data", "data:\n\n", 0],
    ["over an event that is named message", `event: message\ndata: ${JSON.stringify(said(""))}\n\n`, 1]
  ]
  for (const [where, frames] of [
    ["in the middle", (frame: unknown) => [said("Hi"), frame, said("!"), stop]],
    ["after the end", (frame: unknown) => [said("Hi"), said("!"), stop, frame]]
  ] as const) {
    it.effect.each(rows)(`%s, ${where}`, ([, frame, elements]) =>
      Effect.gen(function* () {
        const seen = yield* read(frames(frame))
        assert.isUndefined(seen.error)
        assert.lengthOf(seen.elements, 3 + elements)
        assert.strictEqual(textOf(seen.elements), "Hi!")
        for (const element of seen.elements) {
          for (const choice of element.choices) {
            assert.strictEqual(choice.index, 0)
            assert.isObject(choice.delta)
          }
        }
      })
    )
  }

  it.effect("and is folded with the usage that came without choices", () =>
    Effect.gen(function* () {
      const layer = serverless([Reply.sse([said("Hi!"), stop, { usage: counts, cost: 1 }])])
      const whole = yield* Effect.provide(ChatStream.fold(chat), layer)
      assert.deepStrictEqual(whole.usage, counts)
      assert.strictEqual(whole.choices[0]?.message.content, "Hi!")
    })
  )

  it.effect("in completions too", () =>
    Effect.gen(function* () {
      const frames = [
        { choices: [{ text: "a" }] },
        { choices: [{ index: 0, text: null }] },
        { type: "ping" },
        { choices: [{ index: 0, finish_reason: "stop" }] },
        { usage: counts }
      ]
      const layer = serverless([Reply.sse(frames)])
      const chunks = yield* Effect.provide(collect(Completions.stream({ prompt: "Once" }, once)), layer)
      assert.deepStrictEqual(
        chunks.map(({ choices }) => choices.map(({ index, text }) => [index, text])),
        [[[0, "a"]], [[0, ""]], [[0, ""]], []]
      )
    })
  )

  it.effect("with two choices without index, where two were asked for", () =>
    Effect.gen(function* () {
      const frames = [{ choices: [{ delta: { content: "a" } }, { delta: { content: "b" } }] }]
      const seen = yield* read(frames, Chat.stream({ ...request, n: 2 }, once))
      assert.deepStrictEqual(
        seen.elements[0]?.choices.map(({ index, delta }) => [index, delta.content]),
        [
          [0, "a"],
          [1, "b"]
        ]
      )
    })
  )
})

describe("a stream fails, after what had come", () => {
  const rows: ReadonlyArray<readonly [name: string, frame: unknown, tag: Tag, message: RegExp]> = [
    ["over {}", {}, "ResponseDecodeError", /choices/],
    ["over choices null alone", { choices: null }, "ResponseDecodeError", /choices/],
    ["over an id alone", { id: "c-1" }, "ResponseDecodeError", /choices/],
    ["over nothing but error {}", { error: {} }, "ResponseDecodeError", /choices/],
    ["over usage beside text at the top", { usage, text: "lost" }, "ResponseDecodeError", /choices/],
    ["over usage beside a delta at the top", { usage, delta: { content: "lost" } }, "ResponseDecodeError", /choices/],
    ["over usage of another kind", { usage: [] }, "ResponseDecodeError", /usage/],
    ["over usage beside a reason", { usage, message: "out of memory" }, "ServerError", /out of memory/],
    ["over usage beside a detail", { usage, detail: "out of memory" }, "ServerError", /out of memory/],
    ["over usage beside an error", { usage, error: { message: "out of memory" } }, "ServerError", /out of memory/],
    ["over error true", { ...said("a"), error: true }, "ServerError", /inside its answer/],
    ["over delta of another kind", { choices: [{ index: 0, delta: "a" }] }, "ResponseDecodeError", /delta/],
    ["over a choice of a completion", { choices: [{ index: 0, text: "lost" }] }, "ResponseDecodeError", /delta/],
    ["over two choices without index", { choices: [{ delta: {} }, { delta: {} }] }, "ResponseDecodeError", /index/],
    ["over a heartbeat with choices", { type: "ping", choices: "none" }, "ResponseDecodeError", /choices/],
    [
      "over a broken chunk with a name",
      'event: chunk\ndata: {"choices":[{"index":0,"delta":{"content":7}}]}\n\n',
      "ResponseDecodeError",
      /content/
    ],
    ["over text that is named message", "event: message\ndata: lost\n\n", "ResponseDecodeError", /not JSON/]
  ]
  it.effect.each(rows)("%s", ([, frame, tag, message]) =>
    Effect.gen(function* () {
      const { elements, error } = yield* read([said("Hi"), frame, stop])
      assert.lengthOf(elements, 1)
      assert.strictEqual(error?._tag, tag)
      assert.match(error?.message ?? "", message)
      assert.strictEqual(error?.received?.events, 1)
    })
  )

  it.effect("over the whole answer as the first event", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* read([answer])
      assert.lengthOf(elements, 0)
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    })
  )

  it.effect("over a choice without index, where several were asked for", () =>
    Effect.gen(function* () {
      const frame = { choices: [{ delta: { content: "a" } }] }
      const { error } = yield* read([frame], Chat.stream({ ...request, n: 2 }, once))
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    })
  )

  it.effect("over a choice of a chat in a completion", () =>
    Effect.gen(function* () {
      const layer = serverless([Reply.sse([{ choices: [{ index: 0, delta: { content: "lost" } }] }])])
      const { error } = yield* Effect.provide(untilFailure(Completions.stream({ prompt: "Once" }, once)), layer)
      assert.strictEqual(error?._tag, "ResponseDecodeError")
    })
  )
})

// ---------------------------------------------------------------------------
// content types
// ---------------------------------------------------------------------------

const events = [said("Hi"), said("!"), stop].map((json) => `data: ${JSON.stringify(json)}\n\n`).join("")

const typed = (contentType: string | undefined, body: string | Uint8Array, options?: Reply.BodyOptions) => {
  const reply = Reply.text(body, options)
  const { "content-type": _, ...headers } = reply.headers
  return { ...reply, headers: contentType === undefined ? headers : { ...headers, "content-type": contentType } }
}

const open = (reply: Reply.Reply) => Effect.provide(untilFailure(chat), serverless([reply]))

const vague = [
  undefined,
  "",
  " ",
  ";charset=utf-8",
  "text/plain",
  "Text/Plain; charset=utf-8",
  "application/octet-stream",
  "binary/octet-stream"
]

describe.each(vague.map((type) => [type ?? "none", type] as const))("content type %j", (_, type) => {
  const bodies: ReadonlyArray<readonly [name: string, body: string]> = [
    ["events", `${events}data: [DONE]\n\n`],
    ["events without [DONE]", events],
    ["a byte order mark", `\uFEFF${events}`],
    ["blank lines first", `\r\n\n${events}`],
    ["a comment first", `: hello\n\n${events}`],
    ["other lines first", `retry: 10\nid: 1\nevent: chunk\n${events}`]
  ]
  for (const cuts of ["whole", "bytes"] as const) {
    it.effect.each(bodies)(`%s is a stream, sent ${cuts}`, ([, body]) =>
      Effect.gen(function* () {
        const seen = yield* open(typed(type, body, { cuts }))
        assert.isUndefined(seen.error)
        assert.strictEqual(textOf(seen.elements), "Hi!")
      })
    )
  }

  const failures: ReadonlyArray<readonly [name: string, body: string, tag: Tag, message: RegExp]> = [
    ["a sentence", "upstream connect error", "ResponseDecodeError", /where an event stream was expected/],
    [
      "a sentence that begins as an event does",
      "dated error",
      "ResponseDecodeError",
      /where an event stream was expected/
    ],
    ["a page", "<html>Please sign in</html>", "ResponseDecodeError", /where an event stream was expected/],
    ["an answer", JSON.stringify(answer), "ResponseDecodeError", /where an event stream was expected/],
    ["an error", '{"error":{"message":"no room","type":"overloaded_error"}}', "OverloadedError", /no room/],
    ["nothing", "", "StreamTruncatedError", /cut short/],
    ["half a line", "da", "StreamTruncatedError", /cut short/]
  ]
  for (const cuts of ["whole", "bytes"] as const) {
    it.effect.each(failures)(`%s is a failure, sent ${cuts}`, ([, body, tag, message]) =>
      Effect.gen(function* () {
        const { elements, error } = yield* open(typed(type, body, { cuts }))
        assert.lengthOf(elements, 0)
        assert.strictEqual(error?._tag, tag)
        assert.match(error?.message ?? "", message)
        if (tag !== "StreamTruncatedError") assert.strictEqual(error?.body, body)
      })
    )
  }
})

describe("a body with an uninformative content type", () => {
  it.effect("is waited for as long as a stream, and no longer", () =>
    Effect.gen(function* () {
      const stalled = yield* during(open(typed("text/plain", "\n\n", { ending: "stall" })), "61 seconds")
      assert.strictEqual(stalled.error?._tag, "RequestTimeoutError")
    })
  )

  it.effect("is read for a short time if it is not a stream, and then released", () =>
    Effect.gen(function* () {
      const stalled = yield* during(open(typed("text/plain", "no upstream", { ending: "stall" })), "6 seconds")
      assert.strictEqual(stalled.error?._tag, "ResponseDecodeError")
      assert.strictEqual(stalled.error?.body, "no upstream")
    })
  )

  it.effect("fails with the connection", () =>
    Effect.gen(function* () {
      for (const body of ["da", events]) {
        const { error } = yield* open(typed("", body, { ending: "reset" }))
        assert.strictEqual(error?._tag, "ConnectionError")
      }
    })
  )

  it.effect("comes as it arrives", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const layer = serverless([typed("text/plain", events, { cuts: "frames", delay: "1 second" })])
      const running = Stream.runForEach(chat, (chunk) => Effect.sync(() => void seen.push(textOf([chunk]))))
      const fiber = yield* Effect.fork(Effect.provide(running, layer))
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(seen, ["Hi", "!"])
      yield* TestClock.adjust("2 seconds")
      yield* fiber
    })
  )
})

describe("an informative content type", () => {
  const rows: ReadonlyArray<readonly [type: string, body: string]> = [
    ["text/html", events],
    ["application/json", events],
    ["text/csv", events]
  ]
  it.effect.each(rows)("%s is believed", ([type, body]) =>
    Effect.gen(function* () {
      const { error } = yield* open(typed(type, body))
      assert.strictEqual(error?._tag, "ResponseDecodeError")
      assert.include(error?.message, type)
    })
  )
})
