import { gzipSync } from "node:zlib"
import { always, halfClose, repeat, reset, type Steps, untilClosed, wait, write } from "../RawServer.js"
import { type Expected, type Family, one, overAnyLayer, type Scenario, type Settings } from "../Scenario.js"
import {
  begun,
  begunText,
  chunk,
  completion,
  event,
  head,
  lastPiece,
  piece,
  sse,
  sseHead,
  sseUntilClose,
  text as wholeAnswer,
  usage,
  usageChunk,
  whole,
  whole200,
  wholeText
} from "../wire.js"

/** Both events, with another finish reason than null. */
const begunWith = (reason: string): string => begun.replaceAll('"finish_reason":null', `"finish_reason":"${reason}"`)

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  readonly peers?: Scenario["peers"]
  readonly settings?: Settings
  readonly expected?: Partial<Expected>
}

/** A stream that begins normally, followed by this fault. */
const row = (described: Row, ended: string | ReadonlyArray<string>, answer: Steps): Scenario =>
  one({
    shows: `both events, then ${typeof ended === "string" ? ended : ended.join(" or ")}`,
    ...described,
    kind: "stream",
    script: () => always(...answer),
    expected: { ended, text: begunText, events: 2, attempts: 1, ...described.expected }
  })

/** An event that is not a chunk, in the middle of a stream that continues normally. */
const bad = (described: Row, ended: string, frame: string): Scenario =>
  row(described, ended, sse(begun, frame, event(chunk("", "stop")), event("[DONE]")))

/** No event at all. */
const none = { text: "", events: 0 } as const

const packed = gzipSync(begun)

const broken = ["ConnectionError (body)", "StreamTruncatedError"] as const

export const family: Family = {
  name: "streamFaults",
  title: "Faults in the middle of a stream",
  about:
    "When the fault occurs, two events have arrived. They must be delivered, and then the stream must fail: a truncated answer that looks complete is the worst outcome.",
  scenarios: overAnyLayer(
    [
      bad(
        {
          id: "frame-error",
          server: "sends `{error: {message}}` as an event, then continues to `[DONE]`",
          why: "The status has been sent; an error can only be an event.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        event('{"error":{"message":"out of memory"}}')
      ),
      bad(
        {
          id: "frame-error-text",
          server: 'sends `{error: "…"}`',
          why: "Some servers send only the sentence.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        event('{"error":"out of memory"}')
      ),
      bad(
        {
          id: "frame-error-status",
          server: "sends `{error: {message, code: 429}}`",
          why: "A rate limit is a rate limit wherever it appears."
        },
        "RateLimitError",
        event('{"error":{"message":"slow down","code":429}}')
      ),
      bad(
        {
          id: "frame-error-type",
          server: 'sends `{error: {message, type: "overloaded_error"}}`',
          why: "The type stands for a status."
        },
        "OverloadedError",
        event('{"error":{"message":"full","type":"overloaded_error"}}')
      ),
      bad(
        {
          id: "frame-message",
          server: "sends `{message}`, with no choices",
          why: "Friendli's own error body, as an event.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        event('{"message":"out of memory"}')
      ),
      bad(
        {
          id: "frame-object-error",
          server: 'sends `{object: "error", message}`',
          why: "vLLM and similar servers send errors in this form.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        event('{"object":"error","message":"out of memory","code":40303}')
      ),
      bad(
        {
          id: "frame-event-error",
          server: "sends `event: error` with JSON",
          why: "The name decides, whatever the data is.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        'event: error\ndata: {"message":"out of memory"}\n\n'
      ),
      bad(
        {
          id: "frame-event-error-text",
          server: "sends `event: error` with text",
          why: "As for `frame-event-error`.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        "event: error\ndata: out of memory\n\n"
      ),
      bad(
        {
          id: "frame-detail",
          server: 'sends `{detail: "…"}`, with no choices',
          why: "FastAPI's error body, as an event.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        event('{"detail":"out of memory"}')
      ),
      bad(
        {
          id: "frame-error-choices",
          server: "sends `{error: {message}}` with `choices: []` next to it",
          why: "Gateways keep the shape of a chunk; it is still an error.",
          expected: { message: /out of memory/ }
        },
        "ServerError",
        event('{"id":"1","object":"chat.completion.chunk","choices":[],"error":{"message":"out of memory"}}')
      ),
      row(
        {
          id: "frame-error-first",
          server: "sends an error as its first event, and `[DONE]`",
          shows: "ServerError",
          why: "Without it, the answer would look empty.",
          expected: { ...none, message: /out of memory/ }
        },
        "ServerError",
        sse(event('{"error":{"message":"out of memory"}}'), event("[DONE]"))
      ),
      row(
        {
          id: "frame-error-late",
          server: "sends an error after the finish reason, before `[DONE]`",
          shows: "all events, then ServerError",
          why: "For the server the answer is not complete.",
          expected: { events: 3, message: /out of memory/ }
        },
        "ServerError",
        sse(begun, event(chunk("", "stop")), event('{"error":{"message":"out of memory"}}'), event("[DONE]"))
      ),
      row(
        {
          id: "frame-error-cut",
          server: "sends an error as its last line, without a line end, and closes",
          why: "A crashing server may still send the reason."
        },
        "ServerError",
        sse(begun, 'data: {"error":{"message":"out of memory"}}')
      ),
      bad(
        {
          id: "event-bad-json",
          server: "sends an event that is not JSON",
          why: "An incomplete event must not be skipped: text would be missing."
        },
        "ResponseDecodeError",
        'data: {"choices":[{"index":0,"delta":{"con\n\n'
      ),
      bad(
        { id: "event-text", server: "sends an event of plain text", why: "As for `event-bad-json`." },
        "ResponseDecodeError",
        event("upstream timed out")
      ),
      bad(
        {
          id: "event-bad-schema",
          server: "sends `choices` that is a string",
          why: "An unexpected shape breaks the caller's code later, in an unexpected place."
        },
        "ResponseDecodeError",
        event('{"id":"1","choices":"none"}')
      ),
      bad(
        { id: "event-null", server: "sends `null` as an event", why: "JSON, but without fields." },
        "ResponseDecodeError",
        event("null")
      ),
      bad(
        { id: "event-no-choices", server: "sends JSON without `choices`", why: "As for `event-null`." },
        "ResponseDecodeError",
        event('{"id":"1"}')
      ),
      bad(
        {
          id: "event-two-in-one",
          server: "sends two events without a blank line between them",
          why: "By the standard they are one event of two lines; half of it must not be lost silently."
        },
        "ResponseDecodeError",
        `data: ${chunk("cannot ")}\ndata: ${chunk("lie.")}\n\n`
      ),
      bad(
        { id: "event-number", server: "sends a number, and a list, as events", why: "The same as `null`." },
        "ResponseDecodeError",
        `${event("7")}${event("[]")}`
      ),
      bad(
        {
          id: "event-choice-null",
          server: "sends `choices: [null]`",
          why: "The same as the string: callers read `choices[0].delta`."
        },
        "ResponseDecodeError",
        event('{"id":"1","object":"chat.completion.chunk","choices":[null]}')
      ),
      bad(
        {
          id: "event-content-number",
          server: "sends `content: 7`",
          why: "`+=` would turn it into text."
        },
        "ResponseDecodeError",
        event('{"id":"1","choices":[{"index":0,"delta":{"content":7}}]}')
      ),
      row(
        {
          id: "event-over-cap",
          server: "sends an event of 17 MiB that ends, then continues",
          shows: "both events, then ResponseDecodeError; the connection is closed",
          why: "The limit applies to data that arrives at once, too.",
          peers: false,
          expected: { closed: true }
        },
        "ResponseDecodeError",
        [sseHead(), piece(begun), piece(event(chunk("x".repeat(17 * 2 ** 20)))), piece(event("[DONE]")), untilClosed]
      ),
      row(
        {
          id: "event-over-cap-lines",
          server: "sends lines of data without an end, and no blank line",
          shows: "both events, then ResponseDecodeError; the connection is closed",
          why: "Each line is small, but the event grows.",
          peers: false,
          expected: { closed: true }
        },
        "ResponseDecodeError",
        [sseHead(), piece(begun), repeat(chunkOf(`data: ${"x".repeat(65_536)}\n`)), untilClosed]
      ),
      row(
        {
          id: "event-too-large",
          server: "sends an event that never ends",
          shows: "both events, then ResponseDecodeError at 16 Mi characters; the connection is closed",
          why: "Memory is limited.",
          peers: false,
          expected: { closed: true }
        },
        "ResponseDecodeError",
        [sseHead(), piece(begun), piece("data: "), repeat("100000\r\n" + "x".repeat(0x10_0000) + "\r\n"), untilClosed]
      ),
      row(
        {
          id: "reset",
          server: "resets the connection (RST)",
          why: "A process that is killed; a proxy that is restarted."
        },
        "ConnectionError (body)",
        [sseHead(), piece(begun), reset]
      ),
      row(
        {
          id: "reset-first",
          server: "resets the connection between the head and the first event",
          shows: "ConnectionError (body)",
          why: "As for `reset`, but nothing has been delivered yet.",
          expected: none
        },
        "ConnectionError (body)",
        [sseHead(), reset]
      ),
      row(
        {
          id: "fin-first",
          server: "closes (FIN) between the head and the first event",
          shows: broken.join(" or "),
          why: "As for `reset`.",
          expected: none
        },
        broken,
        [sseHead(), halfClose]
      ),
      row(
        {
          id: "fin",
          server: "closes the connection (FIN) without the end of the chunked body",
          why: "A server whose process ends."
        },
        broken,
        [sseHead(), piece(begun), halfClose]
      ),
      row({ id: "fin-in-chunk", server: "closes in the middle of an HTTP chunk", why: "As for `fin`." }, broken, [
        sseHead(),
        piece(begun),
        write("1000\r\ndata: {"),
        halfClose
      ]),
      row(
        {
          id: "chunk-garbage",
          server: "sends a chunk size that is not a number",
          why: "Proxies that mix up two answers."
        },
        broken,
        [sseHead(), piece(begun), wait(50), write("zz\r\nwhat\r\n"), untilClosed]
      ),
      row(
        {
          id: "chunk-size-large",
          server: "announces a chunk size beyond the range of numbers",
          why: "As for `chunk-garbage`."
        },
        broken,
        [sseHead(), piece(begun), wait(50), write(`${"F".repeat(17)}1\r\ndata: `), untilClosed]
      ),
      row(
        {
          id: "end-clean",
          server: "ends the body correctly for HTTP, without a final event",
          why: "For HTTP the body is correct: only the missing final event shows it."
        },
        "StreamTruncatedError",
        sse(begun)
      ),
      row(
        {
          id: "end-connection-close",
          server: "says `Connection: close`, and closes",
          why: "Then the end of the connection is the end of the body: no transport can notice a cut."
        },
        "StreamTruncatedError",
        sseUntilClose(begun)
      ),
      row(
        {
          id: "end-half-line",
          server: "ends the body in the middle of a line",
          why: "The missing part must not be guessed."
        },
        "StreamTruncatedError",
        sse(begun, 'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"can')
      ),
      row(
        {
          id: "end-half-line-after-final",
          server: "ends in the middle of a line that follows a final event",
          shows: "all events, then StreamTruncatedError",
          why: "More data would have followed.",
          peers: false,
          expected: { events: 3 }
        },
        "StreamTruncatedError",
        sse(begun, event(chunk("", "stop")), 'data: {"id":"chatc')
      ),
      row(
        {
          id: "end-one-of-two",
          server: "ends without `[DONE]` when one of two choices (`n: 2`) has finished",
          why: "The other half is missing.",
          peers: ["openai"],
          settings: { request: { n: 2 } },
          expected: { events: 3 }
        },
        "StreamTruncatedError",
        sse(begun, event(chunk("", "stop")))
      ),
      row(
        {
          id: "end-finish-empty",
          server: 'sends `finish_reason: ""` in every event, and ends without a final one',
          why: "An empty reason is not an end; a truncated answer would look complete."
        },
        "StreamTruncatedError",
        sse(begunWith(""))
      ),
      row(
        {
          id: "end-finish-blank",
          server: "sends a blank as `finish_reason` in every event, and ends without a final one",
          why: "As for `end-finish-empty`."
        },
        "StreamTruncatedError",
        sse(begunWith(" "))
      ),
      row(
        {
          id: "end-finish-null-word",
          server: 'sends `finish_reason: "null"` in every event, and ends without a final one',
          why: "As for `end-finish-empty`."
        },
        "StreamTruncatedError",
        sse(begunWith("null"))
      ),
      row(
        {
          id: "end-usage-first",
          server: "counts tokens in a first event without choices, and ends in the middle of the answer",
          shows: "all events, then StreamTruncatedError",
          why: "A preview of the usage says nothing about the end.",
          expected: { events: 3 }
        },
        "StreamTruncatedError",
        sse(event(usageChunk), begun)
      ),
      row(
        {
          id: "end-usage-between",
          server: "counts tokens in events without choices between and after the parts, none of which is final",
          shows: "all events, then StreamTruncatedError",
          why: "The choice has begun, but has not finished.",
          expected: { events: 4 }
        },
        "StreamTruncatedError",
        sse(event(usageChunk), begun, event(usageChunk))
      ),
      row(
        {
          id: "end-usage-each",
          server: "counts tokens in every event, and ends without a final one",
          why: "Running counts say nothing about the end."
        },
        "StreamTruncatedError",
        sse(begun.replaceAll('"model":', `"usage":${JSON.stringify(usage)},"model":`))
      ),
      row(
        {
          id: "end-usage-alone",
          server: "counts tokens, and ends",
          shows: "the event, then StreamTruncatedError",
          why: "There is no answer that the counts could complete.",
          expected: { text: "", events: 1 }
        },
        "StreamTruncatedError",
        sse(event(usageChunk))
      ),
      row(
        {
          id: "end-usage-one-open",
          server: "finishes one of two choices (`n: 2`) that have begun, counts tokens, and ends",
          shows: "all events, then StreamTruncatedError",
          why: "Usage marks the end only if no choice is open.",
          peers: ["openai"],
          settings: { request: { n: 2 } },
          expected: { events: 5 }
        },
        "StreamTruncatedError",
        sse(begun, event(chunk("").replace('"index":0', '"index":1')), event(chunk("", "stop")), event(usageChunk))
      ),
      row(
        {
          id: "end-usage-one-of-two",
          server:
            "finishes the one choice that has begun, of two that were requested, counts tokens, and ends without `[DONE]`",
          shows: "all events, and success",
          why: "Some servers ignore `n` and give one answer; the counts after it mark the end.",
          peers: false,
          settings: { request: { n: 2 } },
          expected: { events: 4 }
        },
        "complete",
        sse(begun, event(chunk("", "stop")), event(usageChunk))
      ),
      row(
        {
          id: "content-length-short",
          server: "announces a length, and closes before it",
          why: "Proxies that buffer announce lengths."
        },
        broken,
        [head("200 OK", { "content-type": "text/event-stream", "content-length": 100_000 }), write(begun), halfClose]
      ),
      row(
        {
          id: "stall",
          server: "sends nothing more",
          shows: "both events, then RequestTimeoutError (idle); the connection is closed",
          why: "A worker that hangs keeps its connections open forever.",
          settings: { clocks: { idle: 300 } },
          expected: { closed: true }
        },
        "RequestTimeoutError (idle)",
        [sseHead(), piece(begun), untilClosed]
      ),
      row(
        {
          id: "stall-half-event",
          server: "stops in the middle of an event",
          shows: "both events, then RequestTimeoutError (idle); the connection is closed",
          why: "As for `stall`.",
          settings: { clocks: { idle: 300 } },
          expected: { closed: true }
        },
        "RequestTimeoutError (idle)",
        [sseHead(), piece(begun), piece('data: {"choices"'), untilClosed]
      ),
      row(
        {
          id: "stall-comments",
          server: "sends comments forever, and no event; only events reset the idle timeout",
          shows: "both events, then RequestTimeoutError (idle); the connection is closed",
          why: "A gateway keeps the connection alive although the server behind it has failed.",
          settings: { clocks: { idle: 300, idleReset: "events" } },
          expected: { closed: true }
        },
        "RequestTimeoutError (idle)",
        [sseHead(), piece(begun), repeat("b\r\n: waiting\n\n\r\n", Infinity, 40), untilClosed]
      ),
      row(
        {
          id: "stall-comments-total",
          server: "sends comments forever, and no event; the call has a total timeout",
          shows: "both events, then RequestTimeoutError (total); the connection is closed",
          why: "Bytes reset the idle timeout, but not the total timeout.",
          settings: { clocks: { idle: 400, total: 800 } },
          expected: { closed: true }
        },
        "RequestTimeoutError (total)",
        [sseHead(), piece(begun), repeat("b\r\n: waiting\n\n\r\n", Infinity, 40), untilClosed]
      ),
      row(
        {
          id: "comments-alive",
          server: "sends comments for longer than the idle timeout, then the rest; any bytes reset it",
          shows: "the whole text, and success",
          why: "That is what keep-alive comments are for: a long prompt is not a stall.",
          peers: false,
          settings: { clocks: { idle: 300 } },
          expected: { text: wholeAnswer, events: whole.length }
        },
        "complete",
        [
          sseHead(),
          piece(begun),
          repeat("b\r\n: waiting\n\n\r\n", 12, 50),
          piece(
            whole
              .slice(2)
              .map((data) => event(data))
              .join("") + event("[DONE]")
          ),
          lastPiece
        ]
      ),
      row(
        {
          id: "slow-events",
          server: "takes longer than the idle timeout in total, but never between two events",
          shows: "the whole text, and success",
          why: "An idle timeout that is not reset is a total timeout.",
          settings: { clocks: { idle: 300, idleReset: "events" } },
          expected: { text: wholeAnswer, events: whole.length }
        },
        "complete",
        [sseHead(), ...whole.flatMap((data) => [piece(event(data)), wait(100)]), piece(event("[DONE]")), lastPiece]
      ),
      row(
        {
          id: "endless",
          server: "sends events forever; the call has a total timeout",
          shows: "events, then RequestTimeoutError (total); the connection is closed",
          why: "A model that repeats itself may never end.",
          settings: { clocks: { total: 500 } },
          expected: { text: undefined, events: undefined, closed: true }
        },
        "RequestTimeoutError (total)",
        [sseHead(), repeat(chunkOf(event(chunk("again "))), Infinity, 10), untilClosed]
      ),
      row(
        {
          id: "stall-first",
          server: "sends the head, and no event",
          shows: "RequestTimeoutError (idle); the connection is closed",
          why: "Some servers send the head while the request is still in a queue.",
          settings: { clocks: { idle: 300 } },
          expected: { ...none, closed: true }
        },
        "RequestTimeoutError (idle)",
        [sseHead(), untilClosed]
      ),
      row(
        {
          id: "json-error-200",
          server: "answers 200 with a JSON error instead of a stream",
          shows: "the failure that the error names (AuthenticationError)",
          why: "Gateways put every status into a 200.",
          expected: none
        },
        "AuthenticationError",
        whole200('{"error":{"message":"no such key","type":"authentication_error"}}')
      ),
      row(
        {
          id: "json-answer-200",
          server: "answers 200 with a whole JSON answer instead of a stream",
          shows: "ResponseDecodeError",
          why: "A proxy that dropped `stream: true`; an empty success would hide this.",
          expected: none
        },
        "ResponseDecodeError",
        whole200(completion())
      ),
      row(
        {
          id: "html-200",
          server: "answers 200 with a page",
          shows: "ResponseDecodeError",
          why: "Login pages of proxies.",
          expected: none
        },
        "ResponseDecodeError",
        whole200("<html><body>Please sign in</body></html>", "text/html")
      ),
      row(
        {
          id: "html-chunked-200",
          server: "answers 200 with a page that never ends",
          shows: "ResponseDecodeError; the connection is closed",
          why: "The head says that it is not a stream, so there is no reason to continue.",
          peers: false,
          expected: { ...none, closed: true }
        },
        "ResponseDecodeError",
        [
          head("200 OK", { "content-type": "text/html", "transfer-encoding": "chunked" }),
          repeat(chunkOf("<p>Please sign in</p>".repeat(500))),
          untilClosed
        ]
      ),
      row(
        {
          id: "text-200",
          server: "answers 200 with a sentence of plain text",
          shows: "ResponseDecodeError",
          why: "The same as a page.",
          expected: none
        },
        "ResponseDecodeError",
        whole200("upstream connect error", "text/plain")
      ),
      row(
        {
          id: "json-message-200",
          server: "answers 200 with `{message}` instead of a stream",
          shows: "ServerError, with the message",
          why: "Friendli's own error body, with the wrong status.",
          expected: { ...none, message: /out of memory/ }
        },
        "ServerError",
        whole200('{"message":"out of memory"}')
      ),
      row(
        {
          id: "gzip-lie",
          server: "claims that the stream is gzip, but sends plain text",
          shows: "a failure, soon; or the whole text, if the client does not decompress",
          why: "A decoder that never ends would block the call forever; a timeout must end it.",
          settings: { clocks: { idle: 500 } },
          expected: { text: undefined, events: undefined }
        },
        ["complete", "ConnectionError (body)", "RequestTimeoutError (idle)", "StreamTruncatedError"],
        [sseHead({ "content-encoding": "gzip" }), piece(wholeText()), lastPiece]
      ),
      row(
        {
          id: "gzip-cut",
          server: "cuts a gzip stream after two events, and ends correctly for HTTP",
          shows: "a failure",
          why: "The end of the body is not the end of the compressed stream.",
          settings: { clocks: { idle: 500 } },
          expected: { text: undefined, events: undefined }
        },
        ["ConnectionError (body)", "RequestTimeoutError (idle)", "StreamTruncatedError"],
        [sseHead({ "content-encoding": "gzip" }), piece(packed.subarray(0, packed.length - 12)), lastPiece]
      ),
      row(
        {
          id: "html-as-stream",
          server: "answers with a page that says it is an event stream",
          shows: "StreamTruncatedError or ResponseDecodeError",
          why: "No line of it is an event.",
          expected: none
        },
        ["StreamTruncatedError", "ResponseDecodeError"],
        sse("<html>\n<body>Please sign in</body>\n</html>\n")
      ),
      row(
        {
          id: "empty-200",
          server: "answers 200 with an event stream of no bytes",
          shows: "StreamTruncatedError",
          why: "An empty success would be wrong.",
          expected: none
        },
        "StreamTruncatedError",
        sse()
      ),
      row(
        {
          id: "empty-length-0",
          server: "answers 200 with `Content-Length: 0`",
          shows: "StreamTruncatedError",
          why: "As for `empty-200`.",
          expected: none
        },
        "StreamTruncatedError",
        [head("200 OK", { "content-type": "text/event-stream", "content-length": 0 })]
      ),
      row(
        {
          id: "no-content-204",
          server: "answers 204",
          shows: "StreamTruncatedError",
          why: "A success without an answer.",
          expected: none
        },
        "StreamTruncatedError",
        [head("204 No Content")]
      ),
      row(
        {
          id: "comments-alone",
          server: "sends comments, and ends",
          shows: "StreamTruncatedError",
          why: "As for `no-content-204`.",
          expected: none
        },
        "StreamTruncatedError",
        [sseHead(), piece(": one\n\n"), piece(": two\n\n"), lastPiece]
      ),
      row(
        {
          id: "reset-after-final",
          server: "resets the connection after a final event, without `[DONE]`",
          shows: "all events, then ConnectionError (body)",
          why: "The usage was missing; the caller decides whether that matters.",
          peers: false,
          expected: { events: 3 }
        },
        "ConnectionError (body)",
        [sseHead(), piece(begun), piece(event(chunk("", "stop"))), reset]
      )
    ],
    /^(?:frame-|event-(?!over-cap|too-large)|end-(?:finish|usage|one-of)|json-|html-200|html-as|text-200)/
  )
}

function chunkOf(body: string): string {
  return `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`
}
