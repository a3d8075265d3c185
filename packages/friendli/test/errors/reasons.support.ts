/**
 * What the unit tests and the exhaustive tests of `reasons` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import type * as FriendliError from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import { Reply } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { it } from "../it.js"
import { during, prompt, request, serverless } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

const once = { retry: Retry.never } as const

/** The failure of a whole answer, of a stream and of another operation: they say the same except for the operation. */
export const rejections = (reply: Reply.Reply) =>
  Effect.forEach(
    [Chat.complete(request, once), Stream.runDrain(Chat.stream(request, once)), Tokens.tokenize({ prompt }, once)],
    (call: Effect.Effect<unknown, FriendliError.FriendliStreamError, Chat.Chat | Tokens.Tokens>) =>
      during(Effect.flip(call), "10 minutes")
  ).pipe(Effect.provide(serverless(() => reply)))

type Row = readonly [name: string, body: unknown, reason: string, code?: string | undefined]

export const why = "no such adapter"

const bodies: ReadonlyArray<Row> = [
  ["a list with an error", [{ error: { message: why, code: "c" } }], why, "c"],
  ["a list with a sentence", [why], why],
  ["a list with a message", [{ message: why }], why],
  ["detail with a message", { detail: { message: why, code: "c" } }, why, "c"],
  ["detail with an error", { detail: { error: why } }, why],
  ["detail with an error that has a message", { detail: { error: { message: why, type: "t" } } }, why, "t"],
  ["a list of sentences as detail", { detail: [why, "and no model"] }, `${why}; and no model`],
  [
    "errors with messages",
    { errors: [{ message: why, code: "c" }, { message: "and no model" }] },
    `${why}; and no model`,
    "c"
  ],
  ["errors with sentences", { errors: [why] }, why],
  ["errors with places", { errors: [{ field: "model", message: why }] }, `model: ${why}`],
  ["errors by field", { errors: { model: [why] } }, `model: ${why}`],
  [
    "errors beside a message",
    { message: "Validation failed", errors: [{ path: ["model"], msg: why }] },
    `Validation failed: model: ${why}`
  ],
  ["an error in an error", { error: { error: why } }, why],
  ["an error with a message in an error", { error: { error: { message: why, code: "c" } } }, why, "c"],
  ["msg", { msg: why }, why],
  ["msg in an error", { error: { msg: why, code: 7 } }, why, "7"],
  ["reason", { reason: why }, why],
  ["error_message", { error_message: why }, why],
  ["errorMessage", { errorMessage: why }, why],
  ["Message", { Message: why }, why],
  ["a message with a message", { message: { message: why } }, why],
  ["a message with an error", { message: { error: { message: why, code: "c" } } }, why, "c"],
  ["a message with a list", { message: [why] }, why],
  ["an error and its message", { error: "Not Found", message: why }, `Not Found: ${why}`],
  ["an error that its message repeats", { error: "adapter", message: why }, why, "adapter"],
  [
    "an error as a code, and its message",
    { error: "adapter_unknown", message: why },
    `adapter_unknown: ${why}`,
    "adapter_unknown"
  ],
  [
    "an error and its description",
    { error: "invalid_request", error_description: why },
    `invalid_request: ${why}`,
    "invalid_request"
  ],
  ["an error of which it is only said that there is one", { error: true, message: why }, why],
  ["a problem (RFC 9457)", { type: "about:blank", title: "Bad", detail: why, status: 404 }, why],
  ["a title alone", { title: why }, why],
  ["an error beside the message of an error", { error: { message: why }, message: "failed" }, why],
  ["TGI's error", { error: why, error_type: "validation" }, why, "validation"],
  [
    "vLLM's error",
    { object: "error", message: why, type: "NotFoundError", param: null, code: 404 },
    why,
    "NotFoundError"
  ],
  ["Google's error", [{ error: { code: 404, message: why, status: "NOT_FOUND" } }], why, "NOT_FOUND"],
  ["a status as text beside a type", { error: { message: why, type: "t", code: "404" } }, why, "t"],
  ["white space around it", { message: `\n  ${why} \n` }, why],
  // forms that were read before
  ["error with message, type and code", { error: { message: why, type: "t", code: "c" } }, why, "c"],
  ["error as a sentence", { error: why }, why],
  ["detail as a sentence", { detail: why }, why],
  ["type: error", { type: "error", error: { type: "t", message: why } }, why, "t"],
  ["a string", JSON.stringify(why), why]
]

const nginx = `<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`

const pages: ReadonlyArray<readonly [name: string, body: string, reason: string | undefined]> = [
  ["nginx", nginx, "502 Bad Gateway"],
  [
    "a title over lines",
    "<!DOCTYPE html>\n<HTML><HEAD>\n<TITLE lang='en'>\n  The service &amp; its model\n are down &#8212; sorry</TITLE>",
    "The service & its model are down — sorry"
  ],
  [
    "a heading alone",
    "<html><style>h1 { color: red }</style><script>var h1 = '<h1>no</h1>'</script><!-- <h1>no</h1> --><body><h1>Down <b>for</b> repair</h1>",
    "Down for repair"
  ],
  ["an empty title", "<title> </title><h1>Down</h1>", "Down"],
  ["no title", "<html><body>\n\n<p>Down for repair.</p><p>Come back.</p></body></html>", "Down for repair"],
  [
    "XML",
    `<?xml version="1.0"?>\n<Error><Code>SlowDown</Code><Message>Down for repair</Message></Error>`,
    "Down for repair"
  ],
  [
    "text",
    "upstream connect error or disconnect/reset before headers\n\nreset reason: overflow",
    "upstream connect error or disconnect/reset before headers"
  ],
  ["text after empty lines", "\r\n \r\n\tno healthy upstream\r\n", "no healthy upstream"],
  [
    "entities that are none",
    "<h1>a &nosuch; b &#xfffffff; &lt;c&gt; &quot;d&quot; &#39;e&#x27;</h1>",
    "a &nosuch; b &#xfffffff; <c> \"d\" 'e'"
  ],
  ["a tag that never ends", "<html><h1 Down", undefined],
  ["a title that never ends", "<title>Down", "Down"],
  ["nothing but tags", "<html><body></body></html>", undefined],
  ["JSON that is cut", `{"error":{"message":"no`, undefined],
  ["bytes", "\u0000\u0001\u0002PNG\ufffd\ufffd", undefined],
  ["white space", " \n ", undefined]
]

const silent = [
  {},
  [],
  [[]],
  [null],
  { error: {} },
  { error: { message: "" } },
  { message: " " },
  { detail: [] },
  { errors: {} },
  { message: null, error: null }
].map((body) => [JSON.stringify(body), body] as const)

export const bodyTests = (part: Part): void => {
  const rows = rowsOf(part, bodies, [
    "a list with an error",
    "detail with a message",
    "errors by field",
    "msg",
    "an error and its message",
    "a problem (RFC 9457)",
    "vLLM's error",
    "a string"
  ])

  for (const [name, body, reason, code] of rows) {
    it.effect(`of ${name}`, () =>
      Effect.gen(function* () {
        for (const error of yield* rejections(Reply.status(404, { body: body as object }))) {
          assert.strictEqual(error._tag, "NotFoundError")
          assert.strictEqual(
            error.message,
            `${error.operation} was answered with 404: ${reason}. POST ${error.url} was called. Check the model or endpoint id and the deployment's base URL.`
          )
          assert.strictEqual(error.code, code)
        }
      })
    )
  }
}

export const silentTests = (part: Part): void => {
  const rows = rowsOf(part, silent, ["{}", '{"message":null,"error":null}'])

  for (const [text, body] of rows) {
    it.effect(`and if there is none, the status is enough: ${text}`, () =>
      Effect.gen(function* () {
        for (const error of yield* rejections(Reply.status(401, { body: body as object }))) {
          assert.include(error.message, "was answered with 401. Check the token")
        }
      })
    )
  }
}

export const pageTests = (part: Part): void => {
  const rows = rowsOf(part, pages, ["nginx", "XML", "text", "JSON that is cut"])

  for (const [name, body, reason] of rows) {
    it.effect(name, () =>
      Effect.gen(function* () {
        for (const error of yield* rejections(Reply.status(500, { body, headers: { "content-type": "text/html" } }))) {
          assert.strictEqual(error._tag, "ServerError")
          assert.strictEqual(
            error.message.split(" The fault is with the server")[0],
            `${error.operation} was answered with 500${reason === undefined ? "" : `: ${reason}`}.`
          )
          assert.strictEqual(error.body, body)
        }
      })
    )
  }
}

const advice: ReadonlyArray<readonly [number, RegExp]> = [
  [302, /base URL/],
  [400, /[Cc]hange the request/],
  [401, /token/],
  [402, /credits/],
  [403, /may use this/],
  [404, /model or endpoint id/],
  [405, /base URL.*does not offer/],
  [406, /gateway/],
  [407, /proxy/],
  [408, /send it again|connection/],
  [409, /state/],
  [410, /no longer/],
  [413, /[Ss]horten|smaller/],
  [415, /content type/],
  [418, /base URL/],
  [422, /[Cc]hange the request/],
  [425, /later/],
  [426, /protocol/],
  [429, /retryAfter/],
  [431, /headers/],
  [451, /legal/],
  [500, /support/],
  [501, /not support/],
  [502, /[Gg]ateway|gateway/],
  [503, /Retry\.coldStart/],
  [504, /[Ss]tream/],
  [505, /support/],
  [511, /network/],
  [520, /gateway/],
  [524, /[Ss]tream/],
  [529, /later/]
]

export const adviceTests = (part: Part): void => {
  const rows = rowsOf(part, advice, [302, 401, 429, 503, 504])

  for (const [status, expected] of rows) {
    it.effect(`of ${status}`, () =>
      Effect.gen(function* () {
        for (const error of yield* rejections(Reply.status(status))) {
          assert.match(error.message.split(`answered with ${status}`)[1] ?? "", expected)
          if (status >= 400 && ![407, 418, 426].includes(status)) assert.notInclude(error.message, "prox")
        }
      })
    )
  }
}
