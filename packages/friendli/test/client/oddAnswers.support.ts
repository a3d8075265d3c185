/**
 * What the unit tests and the exhaustive tests of `oddAnswers` share.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import { Reply } from "effect-friendli/testing"
import { it } from "../it.js"
import { request, serverless, untilFailure } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

type Tag = FriendliStreamError["_tag"]

export const once = { retry: Retry.never } as const

// ---------------------------------------------------------------------------
// whole answers
// ---------------------------------------------------------------------------

export const choice = { index: 0, message: { role: "assistant", content: "Hi!" }, finish_reason: "stop" }

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }

const head = { id: "c-1", object: "chat.completion", created: 1_767_225_600, model: "m" }

export const answer = { ...head, choices: [choice], usage }

export const complete = (json: unknown) => Effect.provide(Chat.complete(request, once), serverless([Reply.json(json)]))

// ---------------------------------------------------------------------------
// streams
// ---------------------------------------------------------------------------

export const chat = Chat.stream(request, once)

export const said = (content: string) => ({ choices: [{ index: 0, delta: { content } }] })

export const stop = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }

export const read = (frames: ReadonlyArray<unknown>, stream = chat) =>
  Effect.provide(untilFailure(stream), serverless([Reply.sse(frames as ReadonlyArray<string>)]))

export const textOf = (elements: ReadonlyArray<Chat.ChatChunk>): string =>
  elements.map(({ choices }) => choices[0]?.delta.content ?? "").join("")

// ---------------------------------------------------------------------------
// content types
// ---------------------------------------------------------------------------

export const events = [said("Hi"), said("!"), stop].map((json) => `data: ${JSON.stringify(json)}\n\n`).join("")

export const typed = (contentType: string | undefined, body: string | Uint8Array, options?: Reply.BodyOptions) => {
  const reply = Reply.text(body, options)
  const { "content-type": _, ...headers } = reply.headers
  return { ...reply, headers: contentType === undefined ? headers : { ...headers, "content-type": contentType } }
}

export const open = (reply: Reply.Reply) => Effect.provide(untilFailure(chat), serverless([reply]))

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

const vagueTypes = vague.map((type) => [type ?? "none", type] as const)

const givenAnswers: ReadonlyArray<readonly [name: string, json: unknown]> = [
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

export const givenTests = (part: Part): void => {
  const rows = rowsOf(part, givenAnswers, [
    "with nothing but its text",
    "with created null",
    "with usage {}",
    "without finish_reason",
    "with index null",
    "with error {}"
  ])

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
}

const rejectedAnswers: ReadonlyArray<readonly [name: string, json: unknown, tag: Tag, message: RegExp]> = [
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

export const rejectedTests = (part: Part): void => {
  const rows = rowsOf(part, rejectedAnswers, [
    "without choices",
    "with a number for text",
    "that is an error",
    "that is a message"
  ])

  it.effect.each(rows)("%s", ([, json, tag, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(complete(json))
      assert.strictEqual(error._tag, tag)
      assert.match(error.message, message)
    })
  )
}

export const counts = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }

const passing: ReadonlyArray<readonly [name: string, frame: unknown, elements: number]> = [
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

export const passingTests = (part: Part): void => {
  const rows = rowsOf(part, passing, [
    "over created with a fraction",
    "over usage null",
    "over usage without choices",
    "over a choice without delta",
    "over a choice without index",
    "over error {}",
    "over a heartbeat",
    "over an event without data"
  ])

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
}

const failing: ReadonlyArray<readonly [name: string, frame: unknown, tag: Tag, message: RegExp]> = [
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

export const failingTests = (part: Part): void => {
  const rows = rowsOf(part, failing, [
    "over {}",
    "over usage beside a reason",
    "over error true",
    "over delta of another kind",
    "over two choices without index",
    "over text that is named message"
  ])

  it.effect.each(rows)("%s", ([, frame, tag, message]) =>
    Effect.gen(function* () {
      const { elements, error } = yield* read([said("Hi"), frame, stop])
      assert.lengthOf(elements, 1)
      assert.strictEqual(error?._tag, tag)
      assert.match(error?.message ?? "", message)
      assert.strictEqual(error?.received?.events, 1)
    })
  )
}

export const vagueTests = (part: Part): void => {
  const rows = rowsOf(part, vagueTypes, ["none"])

  describe.each(rows)("content type %j", (_, type) => {
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
}
