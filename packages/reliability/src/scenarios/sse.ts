import { run } from "../Contender.js"
import { always, inTurn, type Steps, untilClosed } from "../RawServer.js"
import { complete, type Family, judge, one, type Scenario, type Verdict, withServer } from "../Scenario.js"
import {
  chunk,
  event,
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

type Row = Pick<Scenario, "id" | "server" | "why"> & { readonly shows?: string; readonly peers?: Scenario["peers"] }

const row = (described: Row, answer: Steps): Scenario =>
  one({
    shows: "the whole text, and success",
    ...described,
    kind: "stream",
    script: () => always(...answer),
    expected: { ...complete, events: whole.length }
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

/** Numbers that look random and are the same each time. */
const pseudoRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** One call for each way to cut. */
const cuts = (described: Row, ways: ReadonlyArray<ReadonlyArray<Uint8Array>>): Scenario => ({
  shows: "the same text and success each time",
  peers: true,
  ...described,
  run: (client) =>
    withServer(inTurn(...ways.map((pieces) => sse(...pieces))), async (server): Promise<Verdict> => {
      for (let at = 0; at < ways.length; at++) {
        const outcome = await run(client, { kind: "stream", baseUrl: server.url })
        const verdict = await judge(client, outcome, undefined, { ended: "complete", text: trickyText })
        if (verdict.ok !== true) return { ok: false, seen: `way ${at + 1} of ${ways.length}: ${verdict.seen}` }
      }
      return { ok: true, seen: `${ways.length} ways` }
    })
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
    "The framing of the WHATWG HTML standard, over chunked bodies: each piece is a chunk of its own. Every row is a whole answer, so every row ends in success.",
  scenarios: [
    row({ id: "sse-lf", server: "ends lines with LF", why: "What most servers send." }, sse(wholeText("\n"))),
    row(
      { id: "sse-crlf", server: "ends lines with CR LF", why: "What servers on other systems, and proxies, send." },
      sse(wholeText("\r\n"))
    ),
    row(
      { id: "sse-cr", server: "ends lines with CR alone", why: "The standard's third line end." },
      sse(wholeText("\r"))
    ),
    row(
      {
        id: "sse-mixed",
        server: "mixes all three line ends, within one event too",
        why: "Frames that a gateway puts in have its own line ends."
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
        why: "Networks cut where they like: inside a CR LF, a character, a field's name."
      },
      everyCut
    ),
    cuts(
      {
        id: "sse-cut-many",
        server: "cuts it into many pieces, in 60 ways",
        why: "State has to survive more than one cut."
      },
      randomCuts
    ),
    row(
      { id: "sse-byte-wise", server: "sends a whole answer byte by byte", why: "The worst way to cut." },
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
      { id: "sse-bom", server: "begins with a byte order mark", why: "The standard says to pass over one." },
      sse(`\uFEFF${wholeText()}`)
    ),
    row(
      {
        id: "sse-comments",
        server: "puts comments between, and inside of, events",
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
        server: "sends `retry:` in a block of its own and inside of events",
        why: "It asks for a delay of reconnection. Nothing is to be lost by it."
      },
      sse("retry: 3000\n\n", ...whole.map((data) => `retry: 10\ndata: ${data}\n\nretry: x\n\n`), event("[DONE]"))
    ),
    row(
      {
        id: "sse-unknown-fields",
        server: "sends ids, fields that nobody knows, and lines without a colon",
        why: "The standard says to pass over them."
      },
      sse(...whole.map((data, at) => `id: ${at}\nx-trace: 1\ndata: ${data}\nnonsense\n\n`), event("[DONE]"))
    ),
    row(
      { id: "sse-no-space", server: "sends no space behind `data:`", why: "The space is optional." },
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
      why: "Images and logprobs come so; a buffer that is joined anew for each piece takes minutes.",
      kind: "stream",
      script: () => always(...sse(event(chunk(large)) + event(chunk("", "stop")) + event("[DONE]"))),
      expected: { ended: "complete", text: large, attempts: 1 }
    }),
    row(
      {
        id: "sse-done-open",
        server: "ends with `data: [DONE]` and no line end",
        why: "Servers leave the last line end out."
      },
      sse(...whole.map((data) => event(data)), "data: [DONE]")
    ),
    row(
      {
        id: "sse-done-one-line-end",
        server: "ends with `data: [DONE]` and one line end",
        why: "And the blank line too."
      },
      sse(...whole.map((data) => event(data)), "data: [DONE]\n")
    ),
    row(
      {
        id: "sse-no-done",
        server: "ends without `[DONE]`, after its final events",
        why: "Gateways leave it out; the answer is whole all the same."
      },
      sse(...whole.map((data) => event(data)))
    ),
    row(
      {
        id: "sse-close-delimited",
        server: "ends the body by closing the connection, after `[DONE]`",
        why: "HTTP/1.0 does so, and proxies that speak it."
      },
      sseUntilClose(wholeText())
    ),
    one({
      id: "sse-done-hold",
      server: "sends `[DONE]` and keeps the connection open",
      shows: "success at once, and lets the connection go",
      why: "Whoever waits for the end of the body waits until a proxy gives up.",
      kind: "stream",
      script: () => always(sseHead(), piece(wholeText()), untilClosed),
      expected: { ...complete, events: whole.length, closed: true }
    }),
    row(
      {
        id: "sse-after-done",
        server: "sends another event behind `[DONE]`",
        shows: "success without that event",
        why: "The answer had ended."
      },
      [sseHead(), piece(wholeText()), piece(event(chunk("more"))), lastPiece]
    ),
    row(
      {
        id: "sse-after-done-same-piece",
        server: "sends an event and garbage behind `[DONE]`, in the same piece",
        shows: "success without that event",
        why: "One read holds both."
      },
      sse(`${wholeText()}${event(chunk("more"))}data: {"garbage\n\n`)
    ),
    row(
      {
        id: "sse-unknown-event",
        server: "sends `event: keepalive` with text",
        shows: "the whole text, and success; the event is passed over",
        why: "A name says what an event is; one that nobody knows is for somebody else.",
        peers: false
      },
      sse(between("event: keepalive\ndata: ping\n\n"))
    ),
    row(
      {
        id: "sse-unknown-event-json",
        server: "sends `event: metrics` with JSON of another shape",
        shows: "the whole text, and success; the event is passed over",
        why: "As before.",
        peers: false
      },
      sse(between('event: metrics\ndata: {"load":0.5}\n\n'))
    ),
    row(
      {
        id: "sse-content-type-case",
        server: "says `Text/Event-Stream; charset=UTF-8`",
        why: "Media types have no case, and may have parameters."
      },
      [sseHead({ "content-type": "Text/Event-Stream; charset=UTF-8" }), piece(wholeText()), lastPiece]
    ),
    one({
      id: "sse-escapes",
      server: "sends text with escapes, lone surrogates, U+2028 and `data:` in it",
      shows: "the text as it was",
      why: "What looks like framing inside of JSON is text.",
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
  ]
}
