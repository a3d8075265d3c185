/**
 * `Cassette`: what the emulator answered is recorded, and replayed without it.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as Messages from "effect-friendli/Messages"
import type * as Serverless from "effect-friendli/Serverless"
import { Cassette } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Upload from "effect-friendli/Upload"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
import { it } from "../it.js"
import { collect } from "../support.js"
import { token, recorded, friendli } from "./cassettes.js"
import { chat } from "./Cassette.support.js"

describe("recorded from the emulator, and replayed", () => {
  const wav = Buffer.alloc(44 + 1600)

  // of two pieces, and read once
  const file = () => Upload.fromStream(Stream.make(wav.subarray(0, 100), wav.subarray(100)), { name: "a.wav" })

  const calls = {
    unary: Chat.complete(chat),
    stream: collect(Chat.stream(chat)),
    messages: collect(Messages.stream({ messages: chat.messages, max_tokens: 12 })),
    form: Effect.suspend(() => Audio.transcribe({ file: file(), language: "en" })),
    "refused request": Effect.map(
      Effect.flip(Chat.complete({ ...chat, model: "no-such-model" })),
      ({ _tag, message, requestId, status }) => ({ _tag, message, requestId, status })
    )
  }

  wav.write("RIFF\u0000\u0000\u0000\u0000WAVEfmt ", "latin1")

  for (const [at, value] of [
    [4, 1636],
    [16, 16],
    [24, 8000],
    [28, 16_000],
    [40, 1600]
  ] as const) {
    wav.writeUInt32LE(value, at)
  }

  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16]
  ] as const) {
    wav.writeUInt16LE(value, at)
  }

  wav.write("data", 36)

  for (const [name, call] of Object.entries(calls) as ReadonlyArray<
    [string, Effect.Effect<unknown, unknown, Serverless.Capabilities>]
  >) {
    it.live(`${name}: the same without a network, through the text of the file`, () =>
      Effect.gen(function* () {
        const emulator = makeEmulator({ models: ["meta-llama-3.1-8b-instruct"] })
        const http = EmulatorHttpClient.layer(emulator)
        const { tape, value } = yield* recorded(friendli(call), http, {
          responseHeaders: ["content-type", "x-request-id"]
        })
        assert.strictEqual(emulator.requests.length, 1)
        const text = Cassette.format(tape)
        assert.notInclude(text, token)
        const read = Either.getOrThrow(Cassette.parse(text))
        assert.deepStrictEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(tape)))
        const [exchange] = read.exchanges
        assert.isTrue(exchange !== undefined && "ending" in exchange.outcome && exchange.outcome.ending === "end")
        const { again, left } = yield* Effect.all({ again: friendli(call), left: Cassette.unused }).pipe(
          Effect.provide(Cassette.replay(read))
        )
        assert.deepStrictEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(value)))
        assert.deepStrictEqual(left, [])
        assert.strictEqual(emulator.requests.length, 1)
      })
    )
  }

  it.live("reads like what was said", () =>
    Effect.gen(function* () {
      const http = EmulatorHttpClient.layer(makeEmulator())
      const { tape } = yield* recorded(friendli(Tokens.tokenize({ prompt: "Hello!" })), http, { timing: false })
      assert.strictEqual(
        Cassette.format(tape),
        `{
  "version": 1,
  "rules": {
    "requestHeaders": [
      "accept",
      "content-type"
    ],
    "responseHeaders": [
      "content-type",
      "retry-after",
      "retry-after-ms"
    ],
    "query": [],
    "redactRequest": [],
    "redactResponse": []
  },
  "exchanges": [
    {
      "request": {
        "method": "POST",
        "url": "https://api.friendli.ai/serverless/v1/tokenize",
        "headers": {
          "accept": "application/json",
          "content-type": "application/json"
        },
        "body": {
          "json": {
            "model": "meta-llama-3.1-8b-instruct",
            "prompt": "Hello!"
          }
        }
      },
      "outcome": {
        "wait": 0,
        "status": 200,
        "headers": {
          "content-type": "application/json"
        },
        "body": [
          {
            "after": 0,
            "json": {
              "tokens": [128000, 9906, 0]
            }
          }
        ],
        "ending": "end"
      }
    }
  ]
}
`
      )
    })
  )

  it.live("the same call gives the same text", () =>
    Effect.gen(function* () {
      const once = Effect.map(
        recorded(friendli(collect(Chat.stream(chat))), EmulatorHttpClient.layer(makeEmulator()), {
          timing: false,
          redact: { response: ["id"] }
        }),
        ({ tape }) => Cassette.format(tape).replace(/"created":\d+/g, "")
      )
      assert.strictEqual(yield* once, yield* once)
    })
  )
})
