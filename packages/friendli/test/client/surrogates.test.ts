/**
 * Texts that were cut inside an emoji: rejected with their path before anything is sent, wherever in a request they stand.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatRender from "effect-friendli/ChatRender"
import * as Classification from "effect-friendli/Classification"
import * as Completions from "effect-friendli/Completions"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Embeddings from "effect-friendli/Embeddings"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Friendli from "effect-friendli/Friendli"
import * as Images from "effect-friendli/Images"
import * as Messages from "effect-friendli/Messages"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Upload from "effect-friendli/Upload"
import { halvesIn, mayHaveHalves } from "../../src/client/surrogates.js"
import { over } from "../support.js"

const half = "a secret \ud83d"
const messages = [{ role: "user", content: "Hello!" }] as const
const file = Upload.fromBytes(new Uint8Array(4), { name: "a.wav" })
const deployed = (script: MockHttpClient.Script) => over(script)(Dedicated.layer({ token: "flp_example", model: "m" }))

type Call = Effect.Effect<unknown, FriendliStreamError, Dedicated.Capabilities>
const drained = (stream: Stream.Stream<unknown, FriendliStreamError, Dedicated.Capabilities>): Call =>
  Stream.runDrain(stream)

const chat = (extra: object): ReadonlyArray<Call> => {
  const request = { messages, ...extra } as never
  return [Chat.complete(request), drained(Chat.stream(request))]
}
const anthropic = (extra: object): ReadonlyArray<Call> => {
  const request = { messages, ...extra } as never
  return [Messages.create(request), drained(Messages.stream(request))]
}
const tool = (extra: object) => ({
  tools: [{ type: "function", function: { name: "f", parameters: { type: "object" }, ...extra } }]
})

/** Where the half stands, and every call that has it there. */
const cases: ReadonlyArray<readonly [path: string, calls: ReadonlyArray<Call>]> = [
  ["messages.0.content", chat({ messages: [{ role: "user", content: half }] })],
  ["messages.0.content", chat({ messages: [{ role: "user", content: `\ude00${half.slice(0, -1)}` }] })],
  ["messages.0.content", chat({ messages: [{ role: "user", content: "\ude00\ud83d" }] })],
  [
    "messages.1.content.0.text",
    chat({ messages: [...messages, { role: "user", content: [{ type: "text", text: half }] }] })
  ],
  ["messages.0.name", chat({ messages: [{ ...messages[0], name: half }] })],
  ["model", chat({ model: half })],
  ["stop.1", chat({ stop: ["a", half] })],
  ["reasoning_effort", chat({ reasoning_effort: half })],
  ["tools.0.function.description", chat(tool({ description: half }))],
  [
    "tools.0.function.parameters.properties.a.enum.1",
    chat(tool({ parameters: { properties: { a: { enum: ["b", half] } } } }))
  ],
  ["tools.0.function.parameters.properties.a\ufffd", chat(tool({ parameters: { properties: { "a\ud83d": {} } } }))],
  ["logit_bias.\ufffd", chat({ logit_bias: { "\udfff": 1 } })],
  ["chat_template_kwargs.a", chat({ chat_template_kwargs: { a: half } })],
  ["response_format.schema", chat({ response_format: { type: "regex", schema: half } })],
  ["messages.0.content", anthropic({ messages: [{ role: "user", content: half }] })],
  ["system", anthropic({ system: half })],
  ["tools.0.input_schema.title", anthropic({ tools: [{ name: "f", input_schema: { title: half } }] })],
  ["prompt", [Completions.complete({ prompt: half }), drained(Completions.stream({ prompt: half }))]],
  ["prompt.1", [Completions.complete({ prompt: ["a", half] }), drained(Completions.stream({ prompt: ["a", half] }))]],
  ["prompt", [Tokens.tokenize({ prompt: half })]],
  ["input.1", [Embeddings.create({ input: ["a", half] }), Classification.classify({ input: ["a", half] })]],
  ["prompt", [Images.generate({ prompt: half }), Images.edit({ prompt: half, image: { image: "AA==" } })]],
  ["messages.0.content", [ChatRender.render({ messages: [{ role: "user", content: half }] })]],
  ["language", [Audio.transcribe({ file, language: half }), drained(Audio.stream({ file, language: half }))]],
  ["file.name", [Audio.transcribe({ file: Upload.fromBytes(new Uint8Array(4), { name: "\ud83d.wav" }) })]],
  ["options.body.newer.a", [Chat.complete({ messages }, { body: { newer: { a: half } } })]],
  ["options.body.\ufffd", [drained(Chat.stream({ messages }).pipe(Friendli.withBody({ "\ud83d": 1 })))]]
]

describe("a half of a pair", () => {
  it.effect.each(cases)("at %s is rejected, and nothing is sent", ([path, calls]) =>
    Effect.gen(function* () {
      for (const call of calls) {
        const error = yield* Effect.flip(call)
        assert.strictEqual(error._tag, "InvalidRequestError")
        if (error._tag !== "InvalidRequestError") return
        assert.deepStrictEqual(
          error.issues.map((issue) => issue.path.join(".")),
          [path]
        )
        assert.match(error.message, /half of a surrogate pair/)
        assert.notInclude(JSON.stringify(error), "secret")
        assert.isUndefined(error.status)
      }
      assert.lengthOf(yield* MockHttpClient.requests, 0)
    }).pipe(Effect.provide(Layer.provideMerge(ChatRender.layer, deployed([]))))
  )

  it.effect("emoji, pairs and what only looks like an escape are sent", () =>
    Effect.gen(function* () {
      const contents = ["👋🏽", "\ud83d\ude00", "\\ud83d", "print('\\ud83d')", '"\\ud83d"', "안녕", "\u0000\u2028"]
      for (const content of contents) yield* Chat.complete({ messages: [{ role: "user", content }] })
      const sent = (yield* MockHttpClient.requests).map(({ json }) => (json as Chat.ChatRequest).messages[0]?.content)
      assert.deepStrictEqual(sent, contents)
    }).pipe(Effect.provide(deployed(() => Reply.json(Wire.chatCompletion("Hi!")))))
  )

  it.effect("in a field that the option body replaces is not sent, and not rejected", () =>
    Effect.gen(function* () {
      yield* Chat.complete({ messages, user: half } as never, { body: { messages } }).pipe(Effect.flip)
      yield* Chat.complete({ messages: [{ role: "user", content: half }] }, { body: { messages } })
      assert.lengthOf(yield* MockHttpClient.requests, 1)
    }).pipe(Effect.provide(deployed(() => Reply.json(Wire.chatCompletion("Hi!")))))
  )
})

describe("the search", () => {
  const text = fc.oneof(
    fc.fullUnicodeString(),
    fc.string16bits(),
    fc.stringOf(fc.constantFrom("\ud83d", "\ude00", "\\", "u", "d", "a", '"'))
  )
  it("finds in JSON what is in the value", () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.array(text)), (value) => {
        const found = halvesIn(value)
        const texts = [...Object.keys(value), ...Object.values(value).flat()]
        const expected = texts.some((it) => !(it as string & { isWellFormed: () => boolean }).isWellFormed())
        assert.strictEqual(found.length > 0, expected)
        if (expected) assert.isTrue(mayHaveHalves(JSON.stringify(value)))
      }),
      { numRuns: 500 }
    )
  })

  it("names no more than twenty, and no long key", () => {
    assert.lengthOf(halvesIn(Array.from({ length: 1000 }, () => half)), 20)
    assert.deepStrictEqual(halvesIn({ ["k".repeat(70) + "\ud83d"]: 1 })[0]?.path, ["<key of 71 characters>"])
  })
})
