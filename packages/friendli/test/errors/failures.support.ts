/**
 * What the unit tests and the exhaustive tests of `failures` share.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import { Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { inspect } from "node:util"
import { it, underTest } from "../it.js"
import { during, prompt, request, serverless, token } from "../support.js"
import { inMemoryTracer } from "../tracing.js"
import { type Part, rowsOf } from "../parts.js"

export type Tag = FriendliError.FriendliStreamError["_tag"]

export const once = { retry: Retry.never } as const

export const rejected = (reply: Reply.Reply) =>
  during(Effect.flip(Chat.complete(request, once)), "10 minutes").pipe(Effect.provide(serverless([reply])))

export const table: ReadonlyArray<readonly [number, Tag]> = [
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
      underTest,
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

export const statusTests = (part: Part): void => {
  const rows = rowsOf(part, table, [302, 400, 401, 403, 404, 418, 429, 500, 503])

  for (const [status, tag] of rows) {
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
}

/** The failures that repeat secrets, by their place in the list. */
export const kinds = echoing({ prompt, token }).map((_, at) => at)

export const titleOf = (kind: number): string =>
  `failure ${kind + 1} of ${kinds.length} shows neither the token nor the prompt, although the server repeats both`

export const showsNoSecret = async (
  kind: number,
  secrets: { readonly token: string; readonly prompt: string }
): Promise<void> => {
  const all = await printed(echoing(secrets)[kind]!, secrets)
  assert.notInclude(all, secrets.token)
  assert.notInclude(all, secrets.prompt)
  // the beginning, which has no character that any quoting changes
  assert.notInclude(all, secrets.prompt.slice(0, 8))
}
