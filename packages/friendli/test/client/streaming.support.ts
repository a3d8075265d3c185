/**
 * What the unit tests and the exhaustive tests of `streaming` share.
 */
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import { Reply, Wire } from "effect-friendli/testing"
import { request, serverless, untilFailure } from "../support.js"

export const chunks = Wire.chatChunks("one two three")

export const [one, two] = chunks

const final = Wire.chatChunk({}, { finishReason: "stop" })

export const frame = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`

export const chat = Chat.stream(request, { retry: Retry.never })

/** Elements and failure of a stream that is answered with this. */
export const answered = (reply: Reply.Reply, stream = chat) => Effect.provide(untilFailure(stream), serverless([reply]))

type Outcome = "ends" | FriendliStreamError["_tag"]

interface Row {
  readonly name: string
  readonly reply: Reply.Reply
  readonly elements: number
  readonly outcome: Outcome
  readonly message?: RegExp
}

export const rows: ReadonlyArray<Row> = [
  // what decodes
  { name: "events and [DONE]", reply: Reply.sse(chunks), elements: chunks.length, outcome: "ends" },
  { name: "no events but [DONE]", reply: Reply.sse([]), elements: 0, outcome: "ends" },
  {
    name: "[DONE] as an unterminated last line",
    reply: Reply.sse(`${frame(one)}data: [DONE]`),
    elements: 1,
    outcome: "ends"
  },
  {
    name: "[DONE] with spaces around it",
    reply: Reply.sse(`${frame(one)}data:  [DONE] \n\n`),
    elements: 1,
    outcome: "ends"
  },
  {
    name: "CRLF line ends",
    reply: Reply.sse(`${frame(one)}data: [DONE]\n\n`.replaceAll("\n", "\r\n")),
    elements: 1,
    outcome: "ends"
  },
  {
    name: "comments and empty blocks between",
    reply: Reply.sse([": hello\n\n", "\n\n", one, ": bye\n\n"]),
    elements: 1,
    outcome: "ends"
  },
  {
    name: "a chunk with an event name",
    reply: Reply.sse([`event: chunk\n${frame(one)}`]),
    elements: 1,
    outcome: "ends"
  },
  {
    name: "fields that the SDK does not know",
    reply: Reply.sse([{ ...one, a_new_field: { deep: [1] } }]),
    elements: 1,
    outcome: "ends"
  },
  { name: "an error field that is null", reply: Reply.sse([{ ...one, error: null }]), elements: 1, outcome: "ends" },
  // names nobody knows
  {
    name: "an unknown name with text",
    reply: Reply.sse([one, "event: keepalive\ndata: ping\n\n"]),
    elements: 1,
    outcome: "ends"
  },
  {
    name: "an unknown name with JSON of another shape",
    reply: Reply.sse([one, 'event: metrics\ndata: {"load":1}\n\n']),
    elements: 1,
    outcome: "ends"
  },
  // errors inside
  {
    name: "an error frame",
    reply: Reply.sse([one, { error: { message: "no memory left" } }]),
    elements: 1,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "an error frame of one sentence",
    reply: Reply.sse([one, { error: "no memory left" }]),
    elements: 1,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "event: error with JSON",
    reply: Reply.sse([one, 'event: error\ndata: {"message":"no memory left"}\n\n']),
    elements: 1,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "event: error with text",
    reply: Reply.sse([one, "event: error\ndata: no memory left\n\n"]),
    elements: 1,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "object: error",
    reply: Reply.sse([one, { object: "error", message: "no memory left", code: 40_303 }]),
    elements: 1,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "type: error with an error of a kind",
    reply: Reply.sse([one, { type: "error", error: { type: "overloaded_error", message: "full" }, request_id: "r" }]),
    elements: 1,
    outcome: "OverloadedError",
    message: /full/
  },
  {
    name: "an error frame with a status",
    reply: Reply.sse([one, { error: { message: "slow down", code: 429 } }]),
    elements: 1,
    outcome: "RateLimitError"
  },
  {
    name: "an error frame with a type",
    reply: Reply.sse([one, { error: { message: "too long", type: "invalid_request_error", param: "messages" } }]),
    elements: 1,
    outcome: "InvalidRequestError"
  },
  ...["constructor", "toString", "__proto__", "hasOwnProperty"].map((type) => ({
    name: `an error frame whose type is ${type}`,
    reply: Reply.sse([one, { error: { message: "no memory left", type, code: type } }]),
    elements: 1,
    outcome: "ServerError" as const,
    message: /no memory left/
  })),
  {
    name: "a message where a chunk was due",
    reply: Reply.sse([one, { message: "no memory left" }]),
    elements: 1,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "a detail where a chunk was due",
    reply: Reply.sse([one, { detail: "no memory left" }]),
    elements: 1,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "an error as the unterminated last line",
    reply: Reply.sse(`${frame(one)}data: {"error":{"message":"no memory left"}}`),
    elements: 1,
    outcome: "ServerError"
  },
  // what is no chunk
  { name: "text", reply: Reply.sse([one, "data: hello\n\n"]), elements: 1, outcome: "ResponseDecodeError" },
  { name: "null", reply: Reply.sse([one, "data: null\n\n"]), elements: 1, outcome: "ResponseDecodeError" },
  { name: "a string", reply: Reply.sse([one, 'data: "hello"\n\n']), elements: 1, outcome: "ResponseDecodeError" },
  { name: "a number", reply: Reply.sse([one, "data: 1\n\n"]), elements: 1, outcome: "ResponseDecodeError" },
  { name: "a list", reply: Reply.sse([one, "data: []\n\n"]), elements: 1, outcome: "ResponseDecodeError" },
  {
    name: "no choices",
    reply: Reply.sse([one, { id: "1" }]),
    elements: 1,
    outcome: "ResponseDecodeError",
    message: /choices/
  },
  {
    name: "choices of another type",
    reply: Reply.sse([one, { choices: "none" }]),
    elements: 1,
    outcome: "ResponseDecodeError",
    message: /choices/
  },
  {
    name: "broken JSON",
    reply: Reply.sse([one, 'data: {"choices":[\n\n']),
    elements: 1,
    outcome: "ResponseDecodeError"
  },
  // ends
  {
    name: "the end after a final event",
    reply: Reply.sse([one, final], { done: false }),
    elements: 2,
    outcome: "ends"
  },
  {
    name: "the end after the usage",
    reply: Reply.sse([one, final, { choices: [], usage: Wire.usage(1, 1) }], { done: false }),
    elements: 3,
    outcome: "ends"
  },
  {
    name: "the end after the usage of an answer that has not finished",
    reply: Reply.sse([one, { choices: [], usage: Wire.usage(1, 1) }], { done: false }),
    elements: 2,
    outcome: "StreamTruncatedError"
  },
  {
    name: "the end after a preview of the usage and a piece",
    reply: Reply.sse([{ choices: [], usage: Wire.usage(1, 0) }, one], { done: false }),
    elements: 2,
    outcome: "StreamTruncatedError"
  },
  {
    name: "the end after pieces whose finish reason is empty",
    reply: Reply.sse([{ choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "" }] }], { done: false }),
    elements: 1,
    outcome: "StreamTruncatedError"
  },
  {
    name: "the end after a final event without its line end",
    reply: Reply.sse(`${frame(one)}data: ${JSON.stringify(final)}`),
    elements: 2,
    outcome: "ends"
  },
  {
    name: "the end without a final event",
    reply: Reply.sse([one, two], { done: false }),
    elements: 2,
    outcome: "StreamTruncatedError"
  },
  {
    name: "a finish reason that says null",
    reply: Reply.sse([Wire.chatChunk({ content: "a" }, { finishReason: "null" })], { done: false }),
    elements: 1,
    outcome: "StreamTruncatedError"
  },
  {
    name: "the end in the middle of a line",
    reply: Reply.sse(chunks, { after: { bytes: frame(one).length + 20 } }),
    elements: 1,
    outcome: "StreamTruncatedError"
  },
  {
    name: "the end in the middle of a line after a final event",
    reply: Reply.sse(`${frame(final)}data: {"choices":[{"ind`),
    elements: 1,
    outcome: "StreamTruncatedError"
  },
  { name: "an event stream without anything", reply: Reply.sse(""), elements: 0, outcome: "StreamTruncatedError" },
  { name: "comments alone", reply: Reply.sse(": a\n\n: b\n\n"), elements: 0, outcome: "StreamTruncatedError" },
  {
    name: "a reset",
    reply: Reply.sse(chunks, { after: { frames: 2 }, ending: "reset" }),
    elements: 2,
    outcome: "ConnectionError",
    message: /middle of the answer/
  },
  {
    name: "a reset after a final event",
    reply: Reply.sse([one, final], { done: false, ending: "reset" }),
    elements: 2,
    outcome: "ConnectionError"
  },
  // no event stream
  {
    name: "a whole answer",
    reply: Reply.json(Wire.chatCompletion("Hi!")),
    elements: 0,
    outcome: "ResponseDecodeError",
    message: /application\/json/
  },
  {
    name: "an error as JSON",
    reply: Reply.json({ error: { message: "no memory left" } }),
    elements: 0,
    outcome: "ServerError",
    message: /no memory left/
  },
  {
    name: "an error as JSON with a type",
    reply: Reply.json({ error: { message: "who?", type: "authentication_error" } }),
    elements: 0,
    outcome: "AuthenticationError"
  },
  {
    name: "a page",
    reply: Reply.text("<html>Sign in</html>", { headers: { "content-type": "text/html" } }),
    elements: 0,
    outcome: "ResponseDecodeError",
    message: /text\/html/
  },
  {
    name: "nothing at all, of another type",
    reply: Reply.text("", { headers: { "content-type": "application/json" } }),
    elements: 0,
    outcome: "ResponseDecodeError"
  },
  { name: "a body that may not be there", reply: Reply.status(204), elements: 0, outcome: "StreamTruncatedError" }
]
