/**
 * What the unit tests and the exhaustive tests of `secrets` share.
 */
import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Chat from "effect-friendli/Chat"
import type * as Deployment from "effect-friendli/Deployment"
import * as Friendli from "effect-friendli/Friendli"
import type * as FriendliError from "effect-friendli/FriendliError"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import { type MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { inspect } from "node:util"
import { collect, request, serverless, token } from "../support.js"
import { inMemoryTracer } from "../tracing.js"
import { type Part, rowsOf } from "../parts.js"

/** Everything that shows how a call ended: the failure, what was logged at any level, and what spans say. */
const shown = async (
  call: Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat>,
  script: MockHttpClient.Script,
  settings?: Partial<Deployment.Settings>
): Promise<string> => {
  const { spans, tracer } = inMemoryTracer()
  const lines: Array<string> = []
  const logger = Logger.make((options) => {
    lines.push(Logger.stringLogger.log(options), Logger.jsonLogger.log(options))
  })
  const exit = await call.pipe(
    Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
    Effect.withSpan("caller"),
    Effect.provide(Layer.mergeAll(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.All))),
    Effect.withTracer(tracer),
    Effect.provide(serverless(script, { retry: Retry.never, ...settings })),
    Effect.runPromiseExit
  )
  return [
    ...(Exit.isFailure(exit)
      ? [
          JSON.stringify(exit),
          inspect(exit, { depth: Infinity, showHidden: true }),
          Cause.pretty(exit.cause, { renderErrorCause: true }),
          inspect(Cause.squash(exit.cause), { depth: Infinity })
        ]
      : []),
    ...spans.map((span) =>
      inspect(
        [
          span.name,
          [...span.attributes],
          span.events,
          // what an exporter writes of a failure
          span.status._tag === "Ended" && Exit.isFailure(span.status.exit)
            ? Cause.pretty(span.status.exit.cause, { renderErrorCause: true })
            : ""
        ],
        { depth: 12 }
      )
    ),
    ...lines
  ].join("\n")
}

export const headers = {
  "x-api-key": "gw-key-0123456789abcdef",
  cookie: "theme=dark; sid=c-0123456789xyz",
  authorization: "Bearer other-token-13579",
  "proxy-authorization": "Basic cHJveHk6cGFzc3dvcmQ=",
  "x-any-header": "any-value-of-mine"
} as const

export const values = [
  "gw-key-0123456789abcdef",
  "c-0123456789xyz",
  "other-token-13579",
  "cHJveHk6cGFzc3dvcmQ=",
  "any-value-of-mine"
]

const said = values.join(" and ")

/** A server that repeats what it was sent, in each of the places where it can. */
const echoes: Readonly<Record<string, (value: string) => Reply.Reply>> = {
  "a message": (value) => Reply.status(401, { body: { error: { message: `no ${value}` } } }),
  "a code": (value) =>
    Reply.status(401, { body: { error: { message: "no", code: value, type: value, param: value } } }),
  issues: (value) => Reply.status(422, { body: { detail: [{ loc: ["body", value], msg: value, input: value }] } }),
  "a page": (value) => Reply.status(502, { body: `<pre>${value}</pre>`, headers: { "content-type": "text/html" } }),
  headers: (value) => Reply.status(500, { headers: { "x-request-id": value, server: value, "retry-after": value } }),
  "JSON in JSON": (value) =>
    Reply.status(400, { body: { error: { message: JSON.stringify({ a: JSON.stringify(value) }) } } }),
  "an answer of another shape": (value) => Reply.json({ echo: value }),
  "a body that breaks off": (value) => Reply.json({ echo: value }, { ending: "reset" }),
  "a good answer": (value) =>
    Reply.json({ ...Wire.chatCompletion("Hi"), id: value, model: value }, { headers: { "x-request-id": value } }),
  "an error frame": (value) =>
    Reply.sse([Wire.chatChunk({ role: "assistant" }), { request_id: value, error: { message: value, code: value } }]),
  "a name of an event": (value) =>
    Reply.sse(
      [`event: ${value}\ndata: ping\n\n`, { ...Wire.chatChunk({ role: "assistant" }), id: value, model: value }],
      {
        done: false
      }
    ),
  "a stream that is a page": (value) => Reply.text(value, { headers: { "content-type": `text/html; a="${value}"` } })
}

const calls = {
  unary: (options: RequestOptions) => Chat.complete(request, options),
  stream: (options: RequestOptions) => collect(Chat.stream(request, options))
} as const

const places: Readonly<
  Record<string, (call: (typeof calls)["unary" | "stream"], reply: Reply.Reply) => Promise<string>>
> = {
  call: (call, reply) => shown(call({ headers }), [reply]),
  region: (call, reply) => shown(Friendli.withHeaders(headers)(call({})), [reply]),
  layer: (call, reply) => shown(call({}), [reply], { headers }),
  "layer, with other headers of the call": (call, reply) =>
    shown(call({ headers: { "x-more": "more-0123456789" } }), [reply], { headers })
}

const echoed = Object.entries(echoes)

export const headerTests = (part: Part): void => {
  const rows = rowsOf(part, echoed, ["a message", "an error frame"])

  for (const [place, run] of Object.entries(places)) {
    for (const [echo, reply] of rows) {
      it(`of the ${place}, repeated in ${echo}, are shown nowhere`, async () => {
        for (const call of Object.values(calls)) {
          const all = await run(call, reply(said))
          assert.isAbove(all.length, 100)
          for (const value of values) assert.notInclude(all, value)
          assert.notInclude(all, token)
        }
      })
    }
  }
}

const key = "gw-key-0123456789abcdef"

export const baseUrl = `https://gateway.example/k/${key}/llm`

export const keyTests = (part: Part): void => {
  const rows = rowsOf(part, echoed, ["a message", "an error frame"])

  for (const [echo, reply] of rows) {
    it(`repeated in ${echo}, is shown nowhere`, async () => {
      for (const call of Object.values(calls)) {
        const all = await shown(call({}), [reply(`https://gateway.example/k/${key}`)], { baseUrl })
        assert.notInclude(all, key)
        if (all.includes("_tag"))
          assert.include(all, "https://gateway.example/k/<redacted>/llm/serverless/v1/chat/completions")
      }
    })
  }
}
