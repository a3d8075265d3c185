/**
 * What the unit tests and the exhaustive tests of `Contract` share.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { Contract, Failures, MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { during, field } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export const four = [
  "Chat.complete",
  "Chat.stream",
  "Completions.complete",
  "Completions.stream",
  "Tokens.tokenize",
  "Tokens.detokenize"
]

/** A mock of the four operations that keeps the contract. */
export const good = (request: MockHttpClient.RecordedRequest): Reply.Reply => {
  if (request.authorization === undefined) return Failures.authentication()
  const path = new URL(request.url).pathname.replace("/serverless/v1", "")
  const streams = field(request.json ?? {}, "stream") === true
  const has = (name: string) => field(request.json ?? {}, name) !== undefined
  const answers: Readonly<Record<string, readonly [string, Reply.Reply]>> = {
    "/chat/completions": [
      "messages",
      streams ? Reply.sse(Wire.chatChunks("Hi!")) : Reply.json(Wire.chatCompletion("Hi!"))
    ],
    "/completions": ["prompt", streams ? Reply.sse(Wire.completionChunks("Hi!")) : Reply.json(Wire.completion("Hi!"))],
    "/tokenize": ["prompt", Reply.json({ tokens: [1] })],
    "/detokenize": ["tokens", Reply.json({ text: "Hi!" })]
  }
  const found = answers[path]
  if (found === undefined) return Failures.notFound()
  return has(found[0]) ? found[1] : Failures.invalidRequest({ path: [found[0]], message: "Field required" })
}

/** The good mock, with another reply to what a good request to this operation gets. */
export const broken = (path: string, reply: Reply.Reply) =>
  MockHttpClient.layer((request) => {
    const answer = good(request)
    return new URL(request.url).pathname.endsWith(path) && answer._tag === "BodyReply" && answer.status === 200
      ? reply
      : answer
  })

export const check = (http: Layer.Layer<HttpClient.HttpClient>) =>
  during(Effect.provide(Contract.check({ timeout: "5 seconds" }), http), "10 minutes")

const streams: ReadonlyArray<readonly [string, Reply.Reply, Contract.Finding["_tag"], object]> = [
  ["is cut short", Failures.streamTruncated(Wire.chatChunks("Hi!").slice(0, 1)), "IncompleteStream", { events: 1 }],
  ["breaks", Failures.connection({ events: Wire.chatChunks("Hi!") }), "IncompleteStream", { events: 3 }],
  [
    "stays open",
    Reply.sse(Wire.chatChunks("Hi!"), { done: false, ending: "stall" }),
    "IncompleteStream",
    { events: 3 }
  ],
  ["has events of another shape", Reply.sse([{ choices: 1 }]), "Undecodable", {}],
  ["has no events", Reply.sse([]), "Undecodable", { issues: [] }],
  ["is none", Reply.json(Wire.chatCompletion("Hi!")), "Undecodable", {}],
  ["is an error", Reply.sse([{ error: { message: "no", type: "api_error" } }]), "WrongStatus", { status: 500 }]
]

export const streamTests = (part: Part): void => {
  const rows = rowsOf(part, streams, ["is cut short"])

  for (const [what, reply, tag, more] of rows) {
    it.effect(`whose stream ${what}`, () =>
      Effect.gen(function* () {
        const { findings } = yield* check(broken("/chat/completions", reply))
        const ofStream = findings.filter(({ operation }) => operation === "Chat.stream")
        assert.lengthOf(ofStream, 1)
        assert.deepInclude(ofStream[0], { _tag: tag, attempt: "a good request", ...more })
      })
    )
  }
}
