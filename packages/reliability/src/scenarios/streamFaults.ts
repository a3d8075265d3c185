import { always, halfClose, repeat, reset, type Steps, untilClosed, wait, write } from "../RawServer.js"
import { type Expected, type Family, one, type Scenario, type Settings } from "../Scenario.js"
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
  whole200
} from "../wire.js"

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  readonly peers?: Scenario["peers"]
  readonly settings?: Settings
  readonly expected?: Partial<Expected>
}

/** A stream that has begun, and then this. */
const row = (described: Row, ended: string | ReadonlyArray<string>, answer: Steps): Scenario =>
  one({
    shows: `both events, then ${typeof ended === "string" ? ended : ended.join(" or ")}`,
    ...described,
    kind: "stream",
    script: () => always(...answer),
    expected: { ended, text: begunText, events: 2, attempts: 1, ...described.expected }
  })

/** An event that is no chunk, in the middle of a stream that goes on as if nothing had been. */
const bad = (described: Row, ended: string, frame: string): Scenario =>
  row(described, ended, sse(begun, frame, event(chunk("", "stop")), event("[DONE]")))

/** No event at all. */
const none = { text: "", events: 0 } as const

const broken = ["ConnectionError (body)", "StreamTruncatedError"] as const

export const family: Family = {
  name: "streamFaults",
  title: "Faults in the middle of a stream",
  about:
    "Two events have come when the fault strikes. They are to be delivered, and what follows is to be a failure: an answer that is cut short and looks whole is the worst outcome there is.",
  scenarios: [
    bad(
      {
        id: "frame-error",
        server: "sends `{error: {message}}` as an event, then goes on to `[DONE]`",
        why: "The status is out; an error can only come as an event.",
        expected: { message: /out of memory/ }
      },
      "ServerError",
      event('{"error":{"message":"out of memory"}}')
    ),
    bad(
      {
        id: "frame-error-text",
        server: 'sends `{error: "…"}`',
        why: "Some servers give the sentence alone.",
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
        why: "A type stands for its status."
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
        why: "vLLM and servers like it send errors so.",
        expected: { message: /out of memory/ }
      },
      "ServerError",
      event('{"object":"error","message":"out of memory","code":40303}')
    ),
    bad(
      {
        id: "frame-event-error",
        server: "sends `event: error` with JSON",
        why: "The name says it, whatever the data look like.",
        expected: { message: /out of memory/ }
      },
      "ServerError",
      'event: error\ndata: {"message":"out of memory"}\n\n'
    ),
    bad(
      {
        id: "frame-event-error-text",
        server: "sends `event: error` with text",
        why: "As before.",
        expected: { message: /out of memory/ }
      },
      "ServerError",
      "event: error\ndata: out of memory\n\n"
    ),
    row(
      {
        id: "frame-error-cut",
        server: "sends an error as its last line, without a line end, and closes",
        why: "A server that dies says why in its last breath."
      },
      "ServerError",
      sse(begun, 'data: {"error":{"message":"out of memory"}}')
    ),
    bad(
      {
        id: "event-bad-json",
        server: "sends an event that is no JSON",
        why: "Half an event is not to be passed over: text would be missing."
      },
      "ResponseDecodeError",
      'data: {"choices":[{"index":0,"delta":{"con\n\n'
    ),
    bad(
      { id: "event-text", server: "sends an event of plain text", why: "As before." },
      "ResponseDecodeError",
      event("upstream timed out")
    ),
    bad(
      {
        id: "event-bad-schema",
        server: "sends `choices` that is a string",
        why: "A shape that is not promised breaks the caller's code later, where nobody expects it."
      },
      "ResponseDecodeError",
      event('{"id":"1","choices":"none"}')
    ),
    bad(
      { id: "event-null", server: "sends `null` as an event", why: "JSON, and nothing that one can read a field of." },
      "ResponseDecodeError",
      event("null")
    ),
    bad(
      { id: "event-no-choices", server: "sends JSON without `choices`", why: "As before." },
      "ResponseDecodeError",
      event('{"id":"1"}')
    ),
    row(
      {
        id: "event-too-large",
        server: "sends an event that never ends",
        shows: "both events, then ResponseDecodeError at 16 Mi characters; the connection is let go",
        why: "Memory has an end.",
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
        id: "fin",
        server: "closes the connection (FIN) without the end of the chunked body",
        why: "A server that crashes in an orderly way."
      },
      broken,
      [sseHead(), piece(begun), halfClose]
    ),
    row({ id: "fin-in-chunk", server: "closes in the middle of an HTTP chunk", why: "As before." }, broken, [
      sseHead(),
      piece(begun),
      write("1000\r\ndata: {"),
      halfClose
    ]),
    row(
      { id: "chunk-garbage", server: "sends a chunk size that is no number", why: "Proxies that mix up two answers." },
      broken,
      [sseHead(), piece(begun), wait(50), write("zz\r\nwhat\r\n"), untilClosed]
    ),
    row(
      {
        id: "end-clean",
        server: "ends the body as HTTP says, without a final event",
        why: "HTTP sees nothing wrong: only the stream's own end tells."
      },
      "StreamTruncatedError",
      sse(begun)
    ),
    row(
      {
        id: "end-connection-close",
        server: "says `Connection: close`, and closes",
        why: "There the end of the connection is the end of the body: no transport can tell a cut from an end."
      },
      "StreamTruncatedError",
      sseUntilClose(begun)
    ),
    row(
      {
        id: "end-half-line",
        server: "ends the body in the middle of a line",
        why: "What was cut is not to be guessed."
      },
      "StreamTruncatedError",
      sse(begun, 'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"can')
    ),
    row(
      {
        id: "end-half-line-after-final",
        server: "ends in the middle of a line that follows a final event",
        shows: "all events, then StreamTruncatedError",
        why: "Something was still to come.",
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
        shows: "both events, then RequestTimeoutError (idle); the connection is let go",
        why: "A worker that hangs keeps its connections open for ever.",
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
        shows: "both events, then RequestTimeoutError (idle); the connection is let go",
        why: "As before.",
        settings: { clocks: { idle: 300 } },
        expected: { closed: true }
      },
      "RequestTimeoutError (idle)",
      [sseHead(), piece(begun), piece('data: {"choices"'), untilClosed]
    ),
    row(
      {
        id: "stall-comments",
        server: "sends comments for ever, and no event; the caller counts events alone",
        shows: "both events, then RequestTimeoutError (idle); the connection is let go",
        why: "A gateway keeps the connection alive while nothing lives behind it.",
        settings: { clocks: { idle: 300, idleReset: "events" } },
        expected: { closed: true }
      },
      "RequestTimeoutError (idle)",
      [sseHead(), piece(begun), repeat("b\r\n: waiting\n\n\r\n", Infinity, 40), untilClosed]
    ),
    row(
      {
        id: "stall-comments-total",
        server: "sends comments for ever, and no event; the caller gives the call a total time",
        shows: "both events, then RequestTimeoutError (total); the connection is let go",
        why: "Bytes wind the idle clock up; the total clock holds whatever comes.",
        settings: { clocks: { idle: 800, total: 1500 } },
        expected: { closed: true }
      },
      "RequestTimeoutError (total)",
      [sseHead(), piece(begun), repeat("b\r\n: waiting\n\n\r\n", Infinity, 40), untilClosed]
    ),
    row(
      {
        id: "endless",
        server: "sends events for ever; the caller gives the call a total time",
        shows: "events, then RequestTimeoutError (total); the connection is let go",
        why: "A model that repeats itself has no end of its own.",
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
        shows: "RequestTimeoutError (idle); the connection is let go",
        why: "The head is quick where a queue is long.",
        settings: { clocks: { idle: 300 } },
        expected: { ...none, closed: true }
      },
      "RequestTimeoutError (idle)",
      [sseHead(), untilClosed]
    ),
    row(
      {
        id: "json-error-200",
        server: "answers 200 with a JSON error in the place of a stream",
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
        server: "answers 200 with a whole JSON answer in the place of a stream",
        shows: "ResponseDecodeError",
        why: "A proxy that dropped `stream: true`; an empty success would hide it.",
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
        why: "An empty success would be a lie.",
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
        why: "As before.",
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
        why: "A success without the thing that was asked for.",
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
        why: "As before.",
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
        why: "The usage was still to come; the caller decides whether that matters.",
        peers: false,
        expected: { events: 3 }
      },
      "ConnectionError (body)",
      [sseHead(), piece(begun), piece(event(chunk("", "stop"))), reset]
    )
  ]
}

function chunkOf(body: string): string {
  return `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`
}
