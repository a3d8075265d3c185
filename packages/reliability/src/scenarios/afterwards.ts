import { type Call, run } from "../Contender.js"
import { halfClose, repeat, reset, type Steps, untilClosed, wait, write } from "../RawServer.js"
import { type Family, judge, type Scenario, type Settings, type Verdict, withServer } from "../Scenario.js"
import { answer, begun, chunk, completion, event, head, lastPiece, piece, sse, sseHead, wholeText } from "../wire.js"

const again = "The next answer."

/** The answer to every request except the first. */
const next = (kind: Call["kind"]): Steps =>
  kind === "stream"
    ? sse(event(chunk("The next ")), event(chunk("answer.")), event(chunk("", "stop")), event("[DONE]"))
    : answer(200, completion(again))

const rest = ["stale ", "words "].map((word) => event(chunk(word))).join("")

/** A call with a fault, then two calls without: immediately, and a little later. */
const row = (
  described: Pick<Scenario, "id" | "server" | "why"> & {
    readonly kind: Call["kind"]
    readonly peers?: Scenario["peers"]
  },
  fault: Steps,
  { ends, settings }: { readonly ends?: string; readonly settings?: Settings } = {}
): Scenario => ({
  shows: `${ends === undefined ? "a failure" : "the first result"}; then “${again}”, twice, and nothing of the first answer`,
  peers: true,
  ...described,
  run: (client) =>
    withServer({ request: (_, at) => (at === 0 ? fault : next(described.kind)) }, async (server): Promise<Verdict> => {
      const call: Call = { kind: described.kind, baseUrl: server.url, ...settings }
      const first = await run(client, call)
      const right =
        ends === undefined ? !["complete", "hang"].includes(first.ended) : first.ended === ends || !client.isOurs
      if (!right) return { ok: false, seen: `the first call: ${first.ended}` }
      for (let at = 1; at <= 2; at++) {
        const outcome = await run(client, { kind: described.kind, baseUrl: server.url })
        const verdict = await judge(client, outcome, server, { ended: "complete", text: again, attempts: at + 1 })
        if (verdict.ok !== true) return { ok: verdict.ok, seen: `call ${at + 1}: ${verdict.seen}` }
        await new Promise((resolve) => setTimeout(resolve, 40))
      }
      return { ok: true, seen: `${first.ended}, then as it should` }
    })
})

export const family: Family = {
  name: "afterwards",
  title: "The call after a fault",
  about:
    "Connections are reused. A fault occurs in one call. The next call, with the same client and connections, must work and must not see a byte of the earlier answer, which may be another user's.",
  scenarios: [
    row(
      {
        id: "after-error-frame",
        server: "sends an error, and continues its answer",
        why: "Data still arrives after the client has stopped reading.",
        kind: "stream"
      },
      [sseHead(), piece(begun), piece(event('{"error":{"message":"out of memory"}}')), wait(20), piece(rest), lastPiece]
    ),
    row(
      {
        id: "after-bad-json",
        server: "sends an event that is not JSON, and continues",
        why: "As for `after-error-frame`.",
        kind: "stream"
      },
      [sseHead(), piece(begun), piece("data: {\n\n"), wait(20), piece(rest), piece(event("[DONE]")), lastPiece]
    ),
    row(
      {
        id: "after-end-clean",
        server: "ends the body early, as HTTP says",
        why: "HTTP keeps the connection.",
        kind: "stream"
      },
      sse(begun)
    ),
    row(
      {
        id: "after-reset",
        server: "resets the connection",
        why: "A pool may return dead connections.",
        kind: "stream"
      },
      [sseHead(), piece(begun), reset]
    ),
    row(
      {
        id: "after-chunk-garbage",
        server: "sends a chunk size that is not a number",
        why: "As for `after-reset`.",
        kind: "stream"
      },
      [sseHead(), piece(begun), write("zz\r\nwhat\r\n"), untilClosed]
    ),
    row(
      {
        id: "after-stall",
        server: "sends no data until the client cancels, then continues",
        why: "The rest of a late answer belongs to no request.",
        kind: "stream"
      },
      [sseHead(), piece(begun), wait(400), piece(rest), lastPiece],
      { settings: { clocks: { idle: 200 } } }
    ),
    row(
      {
        id: "after-headers-timeout",
        server: "answers after the client has given up waiting for its head",
        why: "The late answer does not belong to the next request.",
        kind: "unary"
      },
      [wait(400), ...answer(200, completion("stale words"))],
      { settings: { clocks: { headers: 200 } } }
    ),
    row(
      {
        id: "after-done-rest",
        server: "sends another event after `[DONE]`, late",
        why: "Otherwise it would become the beginning of the next answer.",
        kind: "stream"
      },
      [sseHead(), piece(wholeText()), wait(30), piece(rest), lastPiece],
      { ends: "complete" }
    ),
    row(
      {
        id: "after-take",
        server: "continues to send when the consumer has stopped",
        why: "As for `after-done-rest`.",
        kind: "stream"
      },
      [sseHead(), piece(begun), repeat(`6\r\n: on\n\n\r\n`, 50, 5), piece(rest), lastPiece],
      { ends: "left", settings: { take: 2 } }
    ),
    row(
      {
        id: "after-excess",
        server: "announces less than it sends; what is left over looks like an answer",
        why: "Response smuggling: bytes after an answer belong to no request.",
        kind: "unary"
      },
      [
        write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n${completion().slice(0, 20)}HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${completion("stale words").length}\r\n\r\n${completion("stale words")}`
        )
      ]
    ),
    row(
      {
        id: "after-length-long",
        server: "announces more than it sends, and closes",
        why: "The same as a reset.",
        kind: "unary"
      },
      [head(200, { "content-type": "application/json", "content-length": 5000 }), write(completion("stale")), halfClose]
    ),
    row(
      {
        id: "after-500",
        server: "answers 500 with 1 MB",
        why: "An error body that is not read to its end blocks the connection.",
        kind: "unary"
      },
      answer(500, "0123456789".repeat(104_858))
    ),
    row(
      {
        id: "after-endless-500",
        server: "answers 500 with a body that never ends",
        why: "As for `after-500`.",
        kind: "unary",
        peers: false
      },
      [
        head(500, { "content-type": "text/plain", "transfer-encoding": "chunked" }),
        repeat(`400\r\n${"x".repeat(1024)}\r\n`),
        untilClosed
      ]
    ),
    row(
      {
        id: "after-204",
        server: "answers 204 instead of an answer",
        why: "There is no body whose end could be noticed.",
        kind: "unary"
      },
      [head("204 No Content")]
    ),
    row(
      {
        id: "after-half-head",
        server: "closes within the head",
        why: "The same as a reset.",
        kind: "unary"
      },
      [write("HTTP/1.1 200 OK\r\ncontent-ty"), halfClose]
    )
  ]
}
