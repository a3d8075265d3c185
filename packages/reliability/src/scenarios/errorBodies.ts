import * as Retry from "effect-friendli/Retry"
import { always, type Steps } from "../RawServer.js"
import { type Expected, type Family, one, overAnyLayer, type Scenario, type Settings } from "../Scenario.js"
import { answer, begun, begunText, chunk, event, sse, text, usage, whole200 } from "../wire.js"

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  readonly peers?: Scenario["peers"]
  readonly settings?: Settings
  readonly expected?: Partial<Expected>
  readonly kind?: "stream" | "unary"
}

const why = "no such adapter"

const row = (described: Row, ended: string, steps: Steps): Scenario =>
  one({
    shows: ended,
    kind: "unary",
    ...described,
    script: () => always(...steps),
    expected: { ended, text: "", attempts: 1, ...described.expected }
  })

/** Forms of a reason. Other clients must fail, but their messages are not checked. */
const reasons: ReadonlyArray<readonly [id: string, form: string, body: unknown, says?: RegExp]> = [
  ["list", "`[{error: {message}}]`", [{ error: { message: why } }]],
  ["detail-message", "`{detail: {message}}`", { detail: { message: why } }],
  ["detail-error", "`{detail: {error}}`", { detail: { error: why } }],
  ["errors", "`{errors: [{message}]}`", { errors: [{ message: why }] }],
  ["errors-text", '`{errors: ["…"]}`', { errors: [why] }],
  ["error-error", "`{error: {error}}`", { error: { error: why } }],
  ["msg", "`{msg}`", { msg: why }],
  ["reason", "`{reason}`", { reason: why }],
  ["error-message", "`{error_message}`", { error_message: why }],
  ["capital", "`{Message}`", { Message: why }],
  ["message-object", "`{message: {message}}`", { message: { message: why } }],
  ["both", '`{error: "…", message: "…"}`', { error: "Not Found", message: why }, /404: Not Found: no such adapter\./],
  ["problem", "a problem of RFC 9457", { type: "about:blank", title: "Bad", detail: why, status: 404 }]
]

const page = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`

/** The places of a status in a frame. */
const places: ReadonlyArray<readonly [id: string, form: string, frame: unknown]> = [
  ["code", '`code: "429"` in `error`', { error: { message: why, code: "429" } }],
  ["status", "`status` in `error`", { error: { message: why, status: 429 } }],
  ["status-code", "`status_code` in `error`", { error: { message: why, status_code: 429 } }],
  ["statuscode", "`statusCode` in `error`", { error: { message: why, statusCode: "429" } }],
  ["http-status", "`http_status` in `error`", { error: { message: why, http_status: 429 } }],
  ["beside-status", "`status` next to `error`", { error: { message: why }, status: "429" }],
  ["beside-code", "`code` next to a text as `error`", { error: why, code: 429 }],
  ["bare", "`statusCode` next to `message`", { message: why, statusCode: 429 }],
  ["msg", "`code` next to `msg`", { msg: why, code: "429" }],
  ["type", '`type: "insufficient_quota"`', { error: { message: why, type: "insufficient_quota", code: null } }]
]

const stopped = (choice: object = {}): string =>
  JSON.stringify({
    ...(JSON.parse(chunk("", "error")) as object),
    choices: [{ index: 0, delta: {}, finish_reason: "error", ...choice }]
  })

const failedAnswer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "error" }],
  usage
})

const thrice: Settings = {
  retry: { policy: Retry.backoff({ initialInterval: "10 millis", maxInterval: "50 millis", maxRetries: 2 }), times: 2 }
}

const quota = (code: string): string =>
  JSON.stringify({ error: { message: "You exceeded your current quota", type: code, param: null, code } })

const advised: ReadonlyArray<readonly [status: number, ended: string, advice: RegExp]> = [
  [402, "UnexpectedStatusError", /credits/],
  [405, "UnexpectedStatusError", /does not offer/],
  [409, "UnexpectedStatusError", /state/],
  [413, "InvalidRequestError", /Shorten/],
  [451, "UnexpectedStatusError", /legal/],
  [504, "ServerError", /stream/]
]

export const family: Family = {
  name: "errorBodies",
  title: "What errors say",
  about:
    "Servers and gateways report errors in a dozen forms. The client must show the reason, use a status that is only in the body, and not retry when a quota is used up.",
  scenarios: overAnyLayer([
    ...reasons.map(([id, form, body, says = /404: no such adapter\./]) =>
      row(
        {
          id: `reason-${id}`,
          server: `answers 404 with ${form}`,
          shows: "NotFoundError with the server's reason",
          why: "A status alone misleads users.",
          peers: false,
          expected: { status: 404, message: says }
        },
        "NotFoundError",
        answer(404, JSON.stringify(body))
      )
    ),
    row(
      {
        id: "reason-page",
        server: "answers 502 with a page of nginx",
        shows: "ServerError with the page's title",
        why: "The title shows which machine failed.",
        peers: false,
        expected: { status: 502, message: /502: 502 Bad Gateway &c\. .*gateway/i }
      },
      "ServerError",
      answer(502, page("502 Bad Gateway &amp;c"), { "content-type": "text/html" })
    ),
    row(
      {
        id: "reason-text",
        server: "answers 503 with lines of text",
        shows: "OverloadedError with the first line",
        why: "Envoy and others give the reason in plain text.",
        peers: false,
        expected: { status: 503, message: /503: no healthy upstream\. / }
      },
      "OverloadedError",
      answer(503, "\r\nno healthy upstream\r\nreset reason: overflow\r\n", { "content-type": "text/plain" })
    ),
    ...advised.map(([status, ended, advice]) =>
      row(
        {
          id: `advice-${status}`,
          server: `answers ${status}`,
          shows: `${ended} that says what to do about a ${status}`,
          why: "“Check your proxies” is not advice for used-up credits.",
          peers: false,
          expected: { status, message: advice }
        },
        ended,
        answer(status)
      )
    ),
    ...places.map(([id, form, frame]) =>
      row(
        {
          id: `frame-names-${id}`,
          server: `sends two events, then an error with ${form}`,
          shows: "both events, then RateLimitError with status 429 and the reason",
          why: "The status has been sent; only the frame can name another one.",
          kind: "stream",
          expected: { text: begunText, events: 2, message: /no such adapter/ }
        },
        "RateLimitError",
        sse(begun, event(JSON.stringify(frame)), event("[DONE]"))
      )
    ),
    row(
      {
        id: "error-200-names-status",
        server: 'answers 200 with `{error: {message}, status: "503"}`',
        shows: "OverloadedError with the reason",
        why: "Gateways answer 200 before they know the outcome.",
        expected: { message: /no such adapter/ }
      },
      "OverloadedError",
      whole200(JSON.stringify({ error: { message: why }, status: "503" }))
    ),
    row(
      {
        id: "finish-error",
        server: 'sends two events, then a choice with `finish_reason: "error"`, and `[DONE]`',
        shows: "all events, then ServerError",
        why: "A failed generation is not an answer.",
        kind: "stream",
        expected: { text: begunText, events: 3 }
      },
      "ServerError",
      sse(begun, event(stopped()), event("[DONE]"))
    ),
    row(
      {
        id: "finish-error-named",
        server: "does the same, with the error in the choice",
        shows: "all events, then OverloadedError with the reason",
        why: "Routers give the reason of the model's failure there.",
        kind: "stream",
        expected: { text: begunText, events: 3, message: /no such adapter/ }
      },
      "OverloadedError",
      sse(begun, event(stopped({ error: { code: 503, message: why } })), event("[DONE]"))
    ),
    row(
      {
        id: "finish-error-unary",
        server: 'answers with `finish_reason: "error"` in the choice',
        shows: "ServerError after one request, though failures are retried",
        why: "Half an answer is useless, and a retry costs money.",
        settings: thrice
      },
      "ServerError",
      whole200(failedAnswer)
    ),
    ...["insufficient_quota", "billing_hard_limit_reached", "exceeded_current_quota_error"].map((code) =>
      row(
        {
          id: `quota-${code.replaceAll("_", "-")}`,
          server: `answers 429 with \`code: "${code}"\``,
          shows: "RateLimitError after one request, though rate limits are retried",
          why: "Waiting does not restore a used-up quota.",
          settings: thrice,
          expected: { status: 429, message: /billing/ }
        },
        "RateLimitError",
        answer(429, quota(code), { "retry-after-ms": 5 })
      )
    ),
    row(
      {
        id: "quota-stream",
        server:
          'answers a request for a stream with 200 and an error of `code: "insufficient_quota"` as its first event',
        shows: "RateLimitError after one request",
        why: "As for `quota-exceeded-current-quota-error`, inside a 200.",
        kind: "stream",
        settings: thrice,
        expected: { events: 0, message: /billing/ }
      },
      "RateLimitError",
      sse(event(quota("insufficient_quota")), event("[DONE]"))
    )
  ])
}
