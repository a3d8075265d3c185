/**
 * Structured answers: properties over any schema issues, limits, and attempts.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as ChatObject from "effect-friendli/ChatObject"
import { Wire } from "effect-friendli/testing"
import { standardMessage } from "../src/structured/outputRetries.js"
import { it } from "./it.js"
import { collect } from "./support.js"

const Box = Schema.Struct({ width: Schema.Int, tags: Schema.Array(Schema.Literal("a", "b")) })

/** Texts as a model writes them: right, of another type, broken, or no JSON. */
const text = fc.oneof(
  fc
    .record({ width: fc.integer(), tags: fc.array(fc.constantFrom("a", "b")) })
    .map((value) => ({ text: JSON.stringify(value), isRight: true })),
  fc
    .record({ width: fc.string(), tags: fc.array(fc.string(), { minLength: 1 }) })
    .map((value) => ({ text: JSON.stringify(value), isRight: false })),
  fc.constantFrom(`{"width":1,"tags":["a`, "", "Sorry, no.", "null", "[]").map((cut) => ({ text: cut, isRight: false }))
)

const request: ChatObject.Request = { messages: [{ role: "user", content: "?" }] }

/** Answers in order, and how many were given. */
const answering = (texts: ReadonlyArray<string>) => {
  let asked = 0
  const layer = Layer.mock(Chat.Chat, {
    complete: () => Effect.sync(() => Wire.chatCompletion(texts[asked++] ?? "")),
    stream: () => Stream.suspend(() => Stream.fromIterable(Wire.chatChunks(texts[asked++] ?? "")))
  })
  return { layer, asked: () => asked }
}

describe("any answers", () => {
  it("take no more attempts than allowed, and the first that fits is the value", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 5 }),
        fc.nat({ max: 4 }),
        async (texts, outputRetries) => {
          const { asked, layer } = answering(texts.map((each) => each.text))
          const first = texts.findIndex(({ isRight }) => isRight)
          const isAccepted = first !== -1 && first <= outputRetries
          const result = await Effect.runPromise(
            Effect.either(Effect.provide(ChatObject.complete(Box, request, { outputRetries }), layer))
          )
          assert.strictEqual(result._tag, isAccepted ? "Right" : "Left")
          assert.strictEqual(asked(), isAccepted ? first + 1 : outputRetries + 1)
          const attempts =
            result._tag === "Right"
              ? result.right.attempts
              : result.left._tag === "OutputRejectedError"
                ? result.left.attempts
                : []
          assert.lengthOf(attempts, asked())
        }
      )
    )
  })

  it("are the same whole and streamed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (texts) => {
        const whole = answering(texts.map((each) => each.text))
        const streamed = answering(texts.map((each) => each.text))
        const [a, b] = await Effect.runPromise(
          Effect.all([
            Effect.either(Effect.provide(ChatObject.complete(Box, request, { outputRetries: 3 }), whole.layer)),
            Effect.either(
              Effect.provide(collect(ChatObject.stream(Box, request, { outputRetries: 3 })), streamed.layer)
            )
          ])
        )
        assert.strictEqual(streamed.asked(), whole.asked())
        assert.strictEqual(a._tag, b._tag)
        if (a._tag !== "Right" || b._tag !== "Right") return
        const last = b.right.at(-1)
        assert(last?._tag === "Complete")
        assert.deepStrictEqual(last.value, a.right.value)
        assert.deepStrictEqual(
          last.attempts.map(({ issues, outcome }) => ({ issues, outcome })),
          a.right.attempts.map(({ issues, outcome }) => ({ issues, outcome }))
        )
      })
    )
  })
})

describe("the message of a retry", () => {
  it("is bounded, whatever is wrong, and names the first issue", () => {
    const path = fc.array(fc.oneof(fc.string(), fc.nat()), { maxLength: 6 })
    fc.assert(
      fc.property(
        fc.array(fc.record({ path, message: fc.string({ minLength: 1, maxLength: 3000 }) }), { minLength: 1 }),
        fc.jsonValue(),
        (issues, json) => {
          const message = standardMessage({ issues, json })
          assert.isBelow(message.length, 5000)
          assert.include(message, issues[0]!.message.slice(0, 10))
        }
      )
    )
  })
})
