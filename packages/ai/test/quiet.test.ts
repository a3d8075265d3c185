/**
 * Nothing of the conversation in spans: neither what `@effect/ai` writes to them itself, nor the errors that end them.
 */
import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Agent from "../src/Agent.js"
import type * as FriendliLanguageModel from "../src/FriendliLanguageModel.js"
import * as ScriptedModel from "../src/ScriptedModel.js"
import { keeping } from "./spans.js"
import { overHttp } from "./support.js"

const toolkit = Toolkit.make(
  Tool.make("whisper", { parameters: { words: Schema.String }, success: Schema.String }),
  Tool.make("shout", { parameters: { words: Schema.NumberFromString }, success: Schema.String })
)
const handlers = toolkit.toLayer({
  whisper: ({ words }) => Effect.withSpan(Effect.succeed(`heard ${words}`), "the handler's own"),
  shout: () => Effect.succeed("heard")
})

/** All that the spans of a program say, and the program's error. */
const spansOf = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const { spans, tracer } = keeping()
    const exit = yield* Effect.exit(Effect.withTracer(program, tracer))
    const said = JSON.stringify(spans.map(({ attributes, ended, name }) => [name, ...attributes, ended]))
    return { spans, said, error: Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "" }
  })

const overFriendli = (call: string, args: unknown, options?: FriendliLanguageModel.Options) => {
  const answer = { toolCalls: [Wire.toolCall(call, args)] }
  const script: MockHttpClient.Script = ({ json }) =>
    (json as { readonly stream?: boolean }).stream === true
      ? Reply.sse(Wire.chatChunks("", answer))
      : Reply.json(Wire.chatCompletion("", answer))
  return <A, E>(program: Effect.Effect<A, E, LanguageModel.LanguageModel | Tool.HandlersFor<typeof toolkit.tools>>) =>
    spansOf(Effect.provide(program, [handlers, overHttp(script, options)]))
}

const whole = LanguageModel.generateText({ prompt: "secret prompt", toolkit })
const streamed = Stream.runDrain(LanguageModel.streamText({ prompt: "secret prompt", toolkit }))

describe("the spans of @effect/ai over Friendli", () => {
  for (const [name, program] of [
    ["a whole answer", whole],
    ["a stream", streamed],
    [
      "a toolkit that is there",
      Effect.flatMap(toolkit, (made) => LanguageModel.generateText({ prompt: "", toolkit: made }))
    ]
  ] as const) {
    it.effect(`have no arguments of calls: ${name}`, () =>
      Effect.gen(function* () {
        const { error, said, spans } = yield* overFriendli("whisper", { words: "secret words" })(program)
        assert.strictEqual(error, "")
        const handled = spans.find((span) => span.name === "Toolkit.handle")
        assert.deepStrictEqual(Object.fromEntries(handled?.attributes ?? []), { tool: "whisper" })
        // what the program does itself is there
        assert.strictEqual(spans.find((span) => span.name === "the handler's own")?.parent, "Toolkit.handle")
        assert.notInclude(said, "secret")
      })
    )
  }

  it.effect("end without the values that do not match, which the program's error tells", () =>
    Effect.gen(function* () {
      for (const program of [whole, streamed]) {
        const { error, said, spans } = yield* overFriendli("shout", { words: "secret words" })(program)
        assert.include(error, "secret words")
        assert.isAbove(spans.filter(({ ended }) => ended !== "").length, 0)
        assert.notInclude(said, "secret")
      }
    })
  )

  it.effect("have them, if it is asked for", () =>
    Effect.gen(function* () {
      const options = { recordContents: true }
      const { said } = yield* overFriendli("whisper", { words: "secret words" }, options)(whole)
      assert.include(said, "secret words")
      const wrong = yield* overFriendli("shout", { words: "secret words" }, options)(whole)
      assert.include(wrong.said, "secret words")
    })
  )

  it.effect("of a stream are above those of its request", () =>
    Effect.gen(function* () {
      const { spans } = yield* overFriendli("whisper", { words: "words" })(streamed)
      assert.strictEqual(spans.find(({ name }) => name === "Chat.stream")?.parent, "LanguageModel.streamText")
    })
  )
})

describe("the spans of an agent", () => {
  it.effect("end without what a provider tells in its errors", () =>
    Effect.gen(function* () {
      const fail = new AiError.MalformedOutput({
        module: "LanguageModel",
        method: "streamText",
        description: "cannot read 'secret words'"
      })
      const run = (recordContents: boolean) =>
        spansOf(
          Agent.run({ prompt: "Hello!", recordContents }).pipe(
            Effect.provide(ScriptedModel.layer([{ text: "Hi", fail }]))
          )
        )
      const { error, said, spans } = yield* run(false)
      assert.include(error, "secret words")
      assert.deepStrictEqual(
        spans.filter(({ ended }) => ended !== "" && ended.includes("MalformedOutput")).map(({ name }) => name),
        ["invoke_agent agent", "agent.step", "LanguageModel.streamText"]
      )
      const own = JSON.stringify(spans.filter(({ name }) => name !== "LanguageModel.streamText"))
      assert.notInclude(own, "secret")
      assert.isNotEmpty(said)
    })
  )
})
