/**
 * What the unit tests and the exhaustive tests of `surrogates` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
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
import * as Responses from "effect-friendli/Responses"
import { MockHttpClient } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Upload from "effect-friendli/Upload"
import { it } from "../it.js"
import { over } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export const half = "a secret \ud83d"

export const messages = [{ role: "user", content: "Hello!" }] as const

const file = Upload.fromBytes(new Uint8Array(4), { name: "a.wav" })

export const deployed = (script: MockHttpClient.Script) =>
  over(script)(Dedicated.layer({ token: "flp_example", model: "m" }))

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

const items = (extra: object): ReadonlyArray<Call> => {
  const request = { input: "Hello!", ...extra } as never
  return [Responses.create(request), drained(Responses.stream(request))]
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
  ["input", items({ input: half })],
  [
    "input.0.output.0.text",
    items({ input: [{ type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: half }] }] })
  ],
  ["input.0.newer", items({ input: [{ type: "later", newer: half }] })],
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

export const fieldTests = (part: Part): void => {
  const rows = rowsOf(part, cases, (_, at) => at % 6 === 0)

  it.effect.each(rows)("at %s is rejected, and nothing is sent", ([path, calls]) =>
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
}
