/**
 * Tool calls of the emulator while they are written: the last reading of each is what its whole text is.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
import { it } from "../it.js"
import { collect, token } from "../support.js"
import { lasts, tools } from "./calls.support.js"

describe("over the emulator", () => {
  const friendli = Dedicated.layer({ token, model: "meta-llama-3.1-8b-instruct" }).pipe(
    Layer.provide(EmulatorHttpClient.layer(makeEmulator()))
  )

  const parameters = {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer" } },
    required: ["city", "days"]
  }

  it.effect("a forced call is complete, and equals the one of the whole answer", () =>
    Effect.gen(function* () {
      const stream = Chat.stream({
        messages: [{ role: "user", content: "What is the weather like?" }],
        tools: [{ type: "function", function: { name: "weather", parameters } }],
        tool_choice: { type: "function", function: { name: "weather" } },
        seed: 1
      })
      const [call] = lasts(yield* collect(ChatStream.partialToolCalls(stream, tools)))
      const [whole] = yield* ChatStream.toolCalls(stream)
      assert.strictEqual(call?.reading._tag, "Complete")
      assert.deepStrictEqual<unknown>(call?.reading.value, JSON.parse(whole!.function.arguments))
    }).pipe(Effect.provide(friendli))
  )

  it.effect("in messages too", () =>
    Effect.gen(function* () {
      const stream = Messages.stream({
        max_tokens: 200,
        messages: [{ role: "user", content: "What is the weather like?" }],
        tools: [{ name: "weather", input_schema: parameters }],
        tool_choice: { type: "tool", name: "weather" }
      })
      const calls = lasts(yield* collect(MessageStream.partialToolUses(stream, tools)))
      assert.deepStrictEqual(
        calls.map(({ name, reading }) => [name, reading._tag]),
        [["weather", "Complete"]]
      )
    }).pipe(Effect.provide(friendli))
  )
})
