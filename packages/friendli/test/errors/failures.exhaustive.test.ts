/**
 * Failures: every other status, any answer at all, and every other way in which a server can repeat a secret.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Chat from "effect-friendli/Chat"
import * as FriendliError from "effect-friendli/FriendliError"
import { Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as fc from "fast-check"
import { collect, request, serverless } from "../support.js"
import { kinds, showsNoSecret, titleOf, once, statusTests } from "./failures.support.js"

// ---------------------------------------------------------------------------
// properties
// ---------------------------------------------------------------------------

const statuses = fc.oneof(
  fc.integer({ min: 100, max: 599 }),
  fc.constantFrom(200, 400, 401, 403, 404, 408, 413, 422, 429, 500, 503)
)

const anyBody = fc.oneof(
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

describe("the status table", () => {
  statusTests("others")
})

describe("any answer", () => {
  it("whatever its status and body, ends in a value or a typed failure", async () => {
    await fc.assert(
      fc.asyncProperty(
        statuses,
        anyBody,
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

const secretToken = fc.stringMatching(/^flp_[A-Za-z0-9_.~+/-]{12,40}$/)

/** Begins with letters that no message has, and may hold anything behind. */
const secretPrompt = fc
  .tuple(
    fc.stringMatching(/^[QXZ][qxz]{7,12}$/),
    fc.string({ maxLength: 30 }),
    fc.string({ unit: "grapheme", maxLength: 10 })
  )
  .map((parts) => parts.join('\n"\\é'))

describe("secrets", () => {
  for (const kind of kinds) {
    it(titleOf(kind), async () => {
      await fc.assert(
        fc.asyncProperty(secretToken, secretPrompt, (token, prompt) => showsNoSecret(kind, { token, prompt })),
        { numRuns: 1 }
      )
    })
  }
})
