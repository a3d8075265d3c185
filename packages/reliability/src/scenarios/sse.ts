import { run } from "../Contender.js"
import * as Zlib from "node:zlib"
import { always, call, expect, reset, type Script, type Step, type Steps, untilClosed, write } from "../RawServer.js"
import {
  and,
  complete,
  type Family,
  judge,
  one,
  overAnyLayer,
  type Scenario,
  type Verdict,
  withServer
} from "../Scenario.js"
import {
  chunk,
  event,
  head,
  lastPiece,
  piece,
  sse,
  sseHead,
  sseUntilClose,
  text,
  usageChunk,
  whole,
  wholeText,
  words
} from "../wire.js"

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  readonly peers?: Scenario["peers"]
  readonly slow?: boolean
}

const row = (described: Row, answer: Steps): Scenario =>
  one({
    shows: "the whole text, and success",
    ...described,
    kind: "stream",
    script: () => always(...answer),
    expected: { ...complete, events: whole.length }
  })

/** The whole answer as pieces of a gzip body, each flushed. */
const gzipped = async (parts: ReadonlyArray<string>): Promise<ReadonlyArray<Uint8Array>> => {
  const gzip = Zlib.createGzip()
  const pieces: Array<Uint8Array> = []
  gzip.on("data", (bytes: Uint8Array) => pieces.push(bytes))
  for (const part of parts) {
    gzip.write(part)
    await new Promise<void>((resolve) => gzip.flush(Zlib.constants.Z_SYNC_FLUSH, () => resolve()))
  }
  await new Promise<void>((resolve) => gzip.once("end", () => resolve()).end())
  return pieces
}

/** The client must show an event before the next bytes are sent: the server waits for that. */
const promptly = (
  described: Pick<Scenario, "id" | "server" | "why">,
  pieces: ReadonlyArray<string>,
  rest: string
): Scenario => ({
  shows: "each event as soon as it arrives, then success",
  peers: true,
  ...described,
  run: (client) => {
    let shown = 0
    const until = (count: number): ReadonlyArray<Step> => [
      call(async () => {
        for (let at = 0; at < 100 && shown < count; at++) await new Promise((resolve) => setTimeout(resolve, 10))
      }),
      expect(`an event was not shown before more was sent`, () => shown >= count)
    ]
    const script = always(
      sseHead(),
      ...pieces.flatMap((bytes, at) => [piece(bytes), ...until(at + 1)]),
      piece(rest),
      lastPiece
    )
    return withServer(script, async (server): Promise<Verdict> => {
      const outcome = await run(client, {
        kind: "stream",
        baseUrl: server.url,
        consume: (count) => void (shown = count)
      })
      return and(await judge(client, outcome, server, complete), [])
    })
  }
})

const between = (insertion: string): string =>
  whole.map((data) => insertion + event(data)).join("") + insertion + event("[DONE]")

/** A short answer with characters of two, three and four bytes, and every kind of line end. */
const tricky = [
  `: hello\r\n\r\ndata: ${chunk("é→😀")}\n\n`,
  `data:${chunk("\u2028x")}\r\n\r\n`,
  `id: 1\rretry: 5\r\r`,
  `data: ${chunk("", "stop")}\r\rdata: [DONE]\n\n`
].join("")
const trickyText = "é→😀\u2028x"

/** Pseudorandom numbers that are the same in each run. */
const pseudoRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** One call for each way to split the bytes. */
const cuts = (described: Row, ways: ReadonlyArray<ReadonlyArray<Uint8Array>>): Scenario => ({
  shows: "the same text and success each time",
  peers: true,
  ...described,
  run: (client) =>
    withServer(
      {
        // the model of the request selects the way
        request: ({ body }) => sse(...ways[Number(/"model":"way-(\d+)"/.exec(body.toString("utf8"))?.[1] ?? 0)]!)
      },
      async (server): Promise<Verdict> => {
        const wrong: Array<string> = []
        const one = async (_: unknown, at: number): Promise<void> => {
          const outcome = await run(client, { kind: "stream", baseUrl: server.url, request: { model: `way-${at}` } })
          const verdict = await judge(client, outcome, undefined, { ended: "complete", text: trickyText })
          if (verdict.ok !== true) wrong.push(`way ${at + 1} of ${ways.length}: ${verdict.seen}`)
        }
        for (let at = 0; at < ways.length; at += 10) {
          await Promise.all(ways.slice(at, at + 10).map((way, offset) => one(way, at + offset)))
          if (wrong.length > 0) return { ok: false, seen: wrong[0]! }
        }
        return { ok: true, seen: `${ways.length} ways` }
      }
    )
})

const trickyBytes = Buffer.from(tricky)

const everyCut = Array.from({ length: trickyBytes.length - 1 }, (_, at) => [
  trickyBytes.subarray(0, at + 1),
  trickyBytes.subarray(at + 1)
])

const randomCuts = Array.from({ length: 60 }, (_, seed) => {
  const below = pseudoRandom(seed + 1)
  const pieces: Array<Uint8Array> = []
  for (let at = 0; at < trickyBytes.length;) {
    const size = 1 + below(below(2) === 0 ? 3 : 40)
    pieces.push(trickyBytes.subarray(at, at + size))
    at += size
  }
  return pieces
})

const emoji = "A 😀 of four bytes"
const emojiBytes = Buffer.from(event(chunk(emoji)))
const insideEmoji = emojiBytes.indexOf(Buffer.from("😀")) + 2

const large = "large ".repeat(873_814)

export const family: Family = {
  name: "sse",
  title: "Server-sent events",
  about:
    "The framing of the WHATWG HTML standard, over chunked bodies: each write is a separate chunk. Every row is a complete answer, so every row must end in success.",
  scenarios: overAnyLayer(
    [
      row({ id: "sse-lf", server: "ends lines with LF", why: "What most servers send." }, sse(wholeText("\n"))),
      row(
        { id: "sse-crlf", server: "ends lines with CR LF", why: "What servers on other systems, and proxies, send." },
        sse(wholeText("\r\n"))
      ),
      row(
        { id: "sse-cr", server: "ends lines only with CR", why: "The standard's third line end." },
        sse(wholeText("\r"))
      ),
      row(
        {
          id: "sse-mixed",
          server: "mixes all three line ends, also within one event",
          why: "Frames that a gateway adds have its own line ends."
        },
        sse(
          `data: ${whole[0]}\r\n\ndata: ${whole[1]}\n\rdata: ${whole[2]}\r\r`,
          `data: ${whole[3]}\r\n\r\ndata: ${whole[4]}\n\n`,
          `${event(usageChunk, "\r")}${event("[DONE]", "\r\n")}`
        )
      ),
      cuts(
        {
          id: "sse-cut-everywhere",
          server: "cuts a stream in two, once at every byte",
          why: "Networks cut anywhere: inside a CR LF, a character, a field's name.",
          slow: true
        },
        everyCut
      ),
      cuts(
        {
          id: "sse-cut-many",
          server: "cuts it into many parts, in 60 ways",
          why: "State must survive more than one cut.",
          slow: true
        },
        randomCuts
      ),
      row(
        // thousands of pieces: it runs alone, because it would wait for the other rows at each piece
        { id: "sse-byte-wise", server: "sends a whole answer byte by byte", why: "The worst way to cut.", slow: true },
        sse(...[...Buffer.from(wholeText())].map((byte) => Uint8Array.of(byte)))
      ),
      one({
        id: "sse-utf8-cut",
        server: "cuts inside a character of four bytes",
        shows: "the character, and no U+FFFD",
        why: "A decoder without state turns it into two replacement characters, silently.",
        kind: "stream",
        script: () =>
          always(
            ...sse(
              emojiBytes.subarray(0, insideEmoji),
              emojiBytes.subarray(insideEmoji),
              event(chunk("", "stop")) + event("[DONE]")
            )
          ),
        expected: { ended: "complete", text: emoji, attempts: 1 }
      }),
      row(
        { id: "sse-bom", server: "begins with a byte order mark", why: "The standard says to skip it." },
        sse(`\uFEFF${wholeText()}`)
      ),
      row(
        {
          id: "sse-comments",
          server: "puts comments between and inside events",
          why: "Proxies keep connections alive with them."
        },
        sse(
          ": hello\n\n:\n\n",
          ...whole.map((data) => `: before\ndata: ${data}\n: after\n\n: OPENROUTER PROCESSING\n\n`),
          event("[DONE]")
        )
      ),
      row(
        {
          id: "sse-retry",
          server: "sends `retry:` in a separate block and inside events",
          why: "It asks for a delay before reconnecting. Nothing may be lost."
        },
        sse("retry: 3000\n\n", ...whole.map((data) => `retry: 10\ndata: ${data}\n\nretry: x\n\n`), event("[DONE]"))
      ),
      row(
        {
          id: "sse-unknown-fields",
          server: "sends ids, unknown fields, and lines without a colon",
          why: "The standard says to skip them."
        },
        sse(...whole.map((data, at) => `id: ${at}\nx-trace: 1\ndata: ${data}\nnonsense\n\n`), event("[DONE]"))
      ),
      row(
        { id: "sse-no-space", server: "sends no space after `data:`", why: "The space is optional." },
        sse(...whole.map((data) => `data:${data}\n\n`), "data:[DONE]\n\n")
      ),
      row(
        {
          id: "sse-data-lines",
          server: "spreads the JSON of an event over several `data:` lines",
          why: "They are one event, joined by line feeds."
        },
        sse(
          ...whole.map((data) => `${JSON.stringify(JSON.parse(data), null, 1).replaceAll(/^/gm, "data: ")}\n\n`),
          event("[DONE]")
        )
      ),
      row(
        {
          id: "sse-empty-data",
          server: "sends blocks whose data is empty",
          why: "The standard dispatches no event for them: heartbeats of some gateways."
        },
        sse("data:\n\n", ...whole.map((data) => `event: ping\ndata: \n\n${event(data)}`), event("[DONE]"))
      ),
      one({
        id: "sse-large",
        server: "sends one event of 5 MB on one line",
        shows: "all of it",
        why: "Images and logprobs can be this large; a buffer that is joined again for each chunk takes minutes.",
        kind: "stream",
        script: () => always(...sse(event(chunk(large)) + event(chunk("", "stop")) + event("[DONE]"))),
        expected: { ended: "complete", text: large, attempts: 1 }
      }),
      row(
        {
          id: "sse-done-open",
          server: "ends with `data: [DONE]` and no line end",
          why: "Servers omit the last line end."
        },
        sse(...whole.map((data) => event(data)), "data: [DONE]")
      ),
      row(
        {
          id: "sse-done-one-line-end",
          server: "ends with `data: [DONE]` and one line end",
          why: "Servers omit the blank line, too."
        },
        sse(...whole.map((data) => event(data)), "data: [DONE]\n")
      ),
      row(
        {
          id: "sse-no-done",
          server: "ends without `[DONE]`, after its final events",
          why: "Gateways omit it; the answer is complete anyway."
        },
        sse(...whole.map((data) => event(data)))
      ),
      row(
        {
          id: "sse-close-delimited",
          server: "ends the body by closing the connection, after `[DONE]`",
          why: "HTTP/1.0 and its proxies do this."
        },
        sseUntilClose(wholeText())
      ),
      one({
        id: "sse-done-hold",
        server: "sends `[DONE]` and keeps the connection open",
        shows: "success at once, and the connection is closed",
        why: "A client that waits for the end of the body waits until a proxy times out.",
        kind: "stream",
        script: () => always(sseHead(), piece(wholeText()), untilClosed),
        expected: { ...complete, events: whole.length, closed: true }
      }),
      row(
        {
          id: "sse-after-done",
          server: "sends another event after `[DONE]`",
          shows: "success without that event",
          why: "The answer had ended."
        },
        [sseHead(), piece(wholeText()), piece(event(chunk("more"))), lastPiece]
      ),
      row(
        {
          id: "sse-after-done-same-piece",
          server: "sends an event and garbage after `[DONE]`, in the same chunk",
          shows: "success without that event",
          why: "One read contains both."
        },
        sse(`${wholeText()}${event(chunk("more"))}data: {"garbage\n\n`)
      ),
      row(
        {
          id: "sse-unknown-event",
          server: "sends `event: keepalive` with text",
          shows: "the whole text, and success; the event is skipped",
          why: "A name says what an event is; an unknown one is for other clients.",
          peers: false
        },
        sse(between("event: keepalive\ndata: ping\n\n"))
      ),
      row(
        {
          id: "sse-unknown-event-json",
          server: "sends `event: metrics` with JSON of another shape",
          shows: "the whole text, and success; the event is skipped",
          why: "As for `sse-unknown-event`.",
          peers: false
        },
        sse(between('event: metrics\ndata: {"load":0.5}\n\n'))
      ),
      row(
        {
          id: "sse-content-type-case",
          server: "says `Text/Event-Stream; charset=UTF-8`",
          why: "Media types are case-insensitive, and may have parameters."
        },
        [sseHead({ "content-type": "Text/Event-Stream; charset=UTF-8" }), piece(wholeText()), lastPiece]
      ),
      row(
        {
          id: "sse-crlf-split",
          server: "ends each chunk with CR, and begins the next with LF",
          why: "CR is a line end; the LF that follows is not another one."
        },
        sse(...wholeText("\r\n").split(/(?<=\r)/))
      ),
      promptly(
        {
          id: "sse-prompt",
          server: "sends an event, and the next when the consumer has seen it",
          why: "A client that waits for more bytes is one word behind the model."
        },
        whole.slice(0, 4).map((data) => event(data)),
        whole
          .slice(4)
          .map((data) => event(data))
          .join("") + event("[DONE]")
      ),
      promptly(
        {
          id: "sse-prompt-cr",
          server: "does the same, and ends its lines with CR",
          why: "An LF that may follow a CR is no reason to wait."
        },
        whole.slice(0, 4).map((data) => event(data, "\r")),
        whole
          .slice(4)
          .map((data) => event(data, "\r"))
          .join("") + event("[DONE]", "\r")
      ),
      row(
        {
          id: "sse-bom-cut",
          server: "cuts the byte order mark at the beginning into three parts",
          why: "It is one character of three bytes."
        },
        sse(Uint8Array.of(0xef), Uint8Array.of(0xbb), Uint8Array.of(0xbf), wholeText())
      ),
      row(
        {
          id: "sse-bom-middle",
          server: "puts a byte order mark before `data` in the middle, with garbage after it",
          shows: "the whole text, and success; that line is skipped",
          why: "It counts only at the beginning; later it makes an unknown field name."
        },
        sse(
          ...whole.map((data, at) => (at === 0 ? event(data) : `\uFEFFdata: {"rubbish\ndata: ${data}\n\n`)),
          event("[DONE]")
        )
      ),
      one({
        id: "sse-bom-text",
        server: "sends text that begins with U+FEFF, cut just before it",
        shows: "the text with it",
        why: "A new decoder for each chunk would take it for a byte order mark.",
        kind: "stream",
        script: () => {
          const [before = "", after = ""] = event(chunk("\uFEFFa")).split("\uFEFF")
          return always(...sse(before, `\uFEFF${after}`, event(chunk("", "stop")) + event("[DONE]")))
        },
        expected: { ended: "complete", text: "\uFEFFa", attempts: 1 }
      }),
      row(
        {
          id: "sse-id-nul",
          server: "sends ids with NUL in them, and empty ones",
          why: "The standard says to ignore an id with NUL."
        },
        sse(...whole.map((data, at) => `id: ${at}\u0000x\nid\ndata: ${data}\n\n`), event("[DONE]"))
      ),
      row(
        {
          id: "sse-data-no-colon",
          server: "sends `data` without a colon, before the JSON and as a separate block",
          why: "It is an empty line of data."
        },
        sse("data\n\n", ...whole.map((data) => `data\ndata: ${data}\n\n`), event("[DONE]"))
      ),
      row(
        {
          id: "sse-field-names",
          server: "sends `Data:`, `data :` and ` data:` with garbage in them",
          shows: "the whole text, and success; those lines are skipped",
          why: "Names are case-sensitive, without spaces."
        },
        sse(...whole.map((data) => `Data: {"a\ndata : {"b\n data: {"c\ndata: ${data}\n\n`), event("[DONE]"))
      ),
      row(
        {
          id: "sse-spaces",
          server: "sends two spaces, or a tab, after `data:`",
          why: "One space belongs to the field, and JSON may have more."
        },
        sse(...whole.map((data, at) => `data:${at % 2 === 0 ? "  " : "\t"}${data}\n\n`), event("[DONE]"))
      ),
      row(
        {
          id: "sse-event-message",
          server: "names its events `message`",
          why: "That is the name of events without a name."
        },
        sse(...whole.map((data) => `event: message\ndata: ${data}\n\n`), event("[DONE]"))
      ),
      row(
        {
          id: "sse-event-empty",
          server: "sends `event:` with nothing after it",
          why: "An empty name counts as no name."
        },
        sse(...whole.map((data) => `event:\ndata: ${data}\n\n`), event("[DONE]"))
      ),
      row(
        {
          id: "sse-error-null",
          server: "sends `error: null` in every event",
          why: "Null is absent: nothing went wrong."
        },
        sse(...whole.map((data) => event(`{"error":null,${data.slice(1)}`)), event("[DONE]"))
      ),
      row(
        {
          id: "sse-large-comment",
          server: "sends a comment of 5 MB on one line, and an unknown field of 5 MB",
          why: "Padding against proxies that buffer; it may cost only linear time."
        },
        sse(`: ${large}\n\n`, `padding: ${large}\n`, wholeText())
      ),
      one({
        id: "sse-large-cut",
        server: "sends one event of 5 MB in chunks of 4 KB",
        shows: "all of it",
        why: "A buffer that is searched from its beginning for each chunk takes quadratic time.",
        kind: "stream",
        script: () => {
          const bytes = Buffer.from(event(chunk(large)))
          const pieces = Array.from({ length: Math.ceil(bytes.length / 4096) }, (_, at) =>
            bytes.subarray(at * 4096, (at + 1) * 4096)
          )
          return always(...sse(...pieces, event(chunk("", "stop")) + event("[DONE]")))
        },
        expected: { ended: "complete", text: large, attempts: 1 }
      }),
      one({
        id: "sse-many",
        server: "sends 20,000 events at once",
        shows: "all of them",
        why: "A decoder that cuts its buffer after each event takes quadratic time.",
        kind: "stream",
        script: () => always(...sse(event(chunk("many ")).repeat(20_000), event(chunk("", "stop")) + event("[DONE]"))),
        expected: { ended: "complete", text: "many ".repeat(20_000), attempts: 1, events: 20_001 }
      }),
      row(
        {
          id: "sse-many-lines",
          server: "sends an event of 20,000 lines of data",
          why: "Data that is joined again for each line takes quadratic time."
        },
        sse(...whole.map((data, at) => `${at === 0 ? "data:\n".repeat(20_000) : ""}data: ${data}\n\n`), event("[DONE]"))
      ),
      one({
        id: "sse-below-cap",
        server: "sends one event of 15 MB",
        shows: "all of it: the bound is 16 Mi characters",
        why: "A limit applies exactly where it is documented.",
        peers: false,
        kind: "stream",
        script: () => always(...sse(event(chunk(large.repeat(3))) + event(chunk("", "stop")) + event("[DONE]"))),
        expected: { ended: "complete", text: large.repeat(3), attempts: 1 }
      }),
      row(
        {
          id: "sse-no-done-open",
          server: "ends without `[DONE]`, and without a line end after its last event",
          why: "The JSON is complete, and the finish reason has arrived."
        },
        sse(...whole.slice(0, -1).map((data) => event(data)), `data: ${usageChunk}`)
      ),
      row(
        {
          id: "sse-done-reset",
          server: "resets the connection after `[DONE]`",
          why: "The answer had ended; how the server closes the connection does not matter."
        },
        [sseHead(), piece(wholeText()), reset]
      ),
      row(
        {
          id: "sse-done-garbage",
          server: "breaks the chunked body after `[DONE]`",
          why: "As for `sse-done-reset`."
        },
        [sseHead(), piece(wholeText()), write("zz\r\nwhat\r\n"), untilClosed]
      ),
      row(
        {
          id: "sse-length",
          server: "announces the length of the whole stream",
          why: "Proxies that buffer do this."
        },
        [
          head("200 OK", { "content-type": "text/event-stream", "content-length": wholeText().length }),
          write(wholeText())
        ]
      ),
      row(
        {
          id: "sse-trailers",
          server: "sends trailers after the last chunk",
          why: "Checksums and timings arrive in this way."
        },
        [
          sseHead({ trailer: "x-checksum" }),
          piece(wholeText()),
          write("0\r\nx-checksum: 1\r\nserver-timing: a;dur=1\r\n\r\n")
        ]
      ),
      row(
        { id: "sse-chunk-extensions", server: "puts extensions after the sizes of chunks", why: "HTTP allows them." },
        [sseHead(), write(`${wholeText().length.toString(16)};sign=abc\r\n${wholeText()}\r\n`), lastPiece]
      ),
      row(
        {
          id: "sse-http-10",
          server: "answers in HTTP/1.0, and closes",
          why: "Old proxies, and test servers of some languages."
        },
        [write(`HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${wholeText()}`), { _tag: "HalfClose" }]
      ),
      row(
        {
          id: "sse-early-hints",
          server: "sends 102 and 103 before its answer",
          why: "An interim answer is not the answer."
        },
        [head("102 Processing"), head("103 Early Hints", { link: "</x>; rel=preload" }), ...sse(wholeText())]
      ),
      row({ id: "sse-no-content-type", server: "sends no content type", why: "The bytes are those of a stream." }, [
        head("200 OK", { "transfer-encoding": "chunked" }),
        piece(wholeText()),
        lastPiece
      ]),
      {
        id: "sse-gzip",
        server: "compresses the stream with gzip if the client accepts that, and flushes each event",
        shows: "the whole text, and success",
        why: "A client that accepts gzip may get it.",
        peers: true,
        run: async (client): Promise<Verdict> => {
          const pieces = await gzipped([...whole.map((data) => event(data)), event("[DONE]")])
          const script: Script = {
            request: ({ headers }) =>
              headers["accept-encoding"]?.includes("gzip") === true
                ? [sseHead({ "content-encoding": "gzip" }), ...pieces.map(piece), lastPiece]
                : sse(wholeText())
          }
          return withServer(script, async (server) =>
            judge(client, await run(client, { kind: "stream", baseUrl: server.url }), server, complete)
          )
        }
      },
      one({
        id: "sse-escapes",
        server: "sends text with escapes, lone surrogates, U+2028 and `data:` in it",
        shows: "the text as it was",
        why: "Text inside JSON may look like framing.",
        kind: "stream",
        script: () =>
          always(
            ...sse(event(chunk('a\n\ndata: [DONE]\n\n"\\\u2028\u0000')) + event(chunk("", "stop")) + event("[DONE]"))
          ),
        expected: { ended: "complete", text: 'a\n\ndata: [DONE]\n\n"\\\u2028\u0000', attempts: 1 }
      }),
      one({
        id: "sse-empty-answer",
        server: "sends an answer without text, then `[DONE]`",
        shows: "success without text",
        why: "An empty answer is an answer.",
        kind: "stream",
        script: () => always(...sse(event(chunk("", "stop")), event(usageChunk), event("[DONE]"))),
        expected: { ended: "complete", text: "", attempts: 1 }
      }),
      one({
        id: "sse-one-read",
        server: "sends head and whole answer at once",
        shows: "the whole text, and success",
        why: "The other extreme: everything in one read.",
        kind: "stream",
        script: () => ({
          request: () => {
            const steps = sse(wholeText())
            return [
              {
                _tag: "Write",
                bytes: Buffer.concat(steps.flatMap((step) => (step._tag === "Write" ? [step.bytes] : [])))
              }
            ]
          }
        }),
        expected: { ...complete, events: words.length + 2, text }
      })
    ],
    /^sse-(?!gzip|trailers|chunk-extensions|http-10|early-hints|length|done-(?:reset|garbage|hold)|close-delimited|prompt|one-read|large$|many$)/
  )
}
