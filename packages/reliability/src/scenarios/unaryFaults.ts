import * as Net from "node:net"
import { type Call, run } from "../Contender.js"
import { always, halfClose, repeat, reset, type Script, type Steps, untilClosed, wait, write } from "../RawServer.js"
import { type Expected, type Family, judge, one, type Scenario, type Settings, withServer } from "../Scenario.js"
import { answer, completion, head, text, token, whole200 } from "../wire.js"

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  readonly kind?: Call["kind"]
  readonly peers?: Scenario["peers"]
  readonly fails?: string
  readonly settings?: Settings
  readonly expected?: Partial<Expected>
}

const row = (described: Row, ended: string | ReadonlyArray<string>, script: Steps | Script): Scenario =>
  one({
    shows: typeof ended === "string" ? (ended === "complete" ? "the answer" : ended) : ended.join(" or "),
    kind: "unary",
    ...described,
    script: () => ("request" in script ? script : always(...(script as Steps))),
    expected: { ended, text: ended === "complete" ? text : "", attempts: 1, ...described.expected }
  })

const statuses: ReadonlyArray<readonly [status: number, ended: string, why: string]> = [
  [400, "InvalidRequestError", "The request is wrong; a repeat is too."],
  [401, "AuthenticationError", "The token is wrong."],
  [402, "UnexpectedStatusError", "No error of its own; the status tells."],
  [403, "PermissionDeniedError", "The token is right, and may not."],
  [404, "NotFoundError", "The model or the address is wrong."],
  [405, "UnexpectedStatusError", "A base URL that leads elsewhere."],
  [408, "UnexpectedStatusError", "May pass."],
  [409, "UnexpectedStatusError", "Has no meaning for inference."],
  [413, "InvalidRequestError", "The request is too large."],
  [418, "UnexpectedStatusError", "Proxies invent statuses."],
  [422, "InvalidRequestError", "The request does not validate."],
  [429, "RateLimitError", "Come back later."],
  [451, "UnexpectedStatusError", "As 418."],
  [500, "ServerError", "The server failed."],
  [501, "ServerError", "The server can not."],
  [502, "ServerError", "A gateway failed."],
  [503, "OverloadedError", "No room, or an endpoint wakes up."],
  [504, "ServerError", "A gateway waited too long."],
  [520, "ServerError", "Cloudflare's own."],
  [529, "OverloadedError", "Overload, as some gateways say it."],
  [599, "ServerError", "The last one there is."]
]

const large = "0123456789".repeat(1_048_576)

const endsWith = (end: string): Buffer => Buffer.from(end, "latin1")

/** A port that nobody listens on. */
const refusing = async (): Promise<string> => {
  const server = Net.createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as Net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

const unreachable = (
  described: Pick<Scenario, "id" | "server" | "why">,
  url: () => string | Promise<string>
): Scenario => ({
  ...described,
  shows: "ConnectionError (connect)",
  peers: true,
  run: async (client) => {
    const outcome = await run(client, { kind: "unary", baseUrl: await url() })
    return judge(client, outcome, undefined, { ended: "ConnectionError (connect)", text: "" })
  }
})

const redirect = (kind: Call["kind"], status: number): Scenario => ({
  id: `redirect-${status}-${kind}`,
  server: `redirects to another origin with ${status}${kind === "stream" ? ", asked for a stream" : ""}, which answers 401`,
  shows: "a failure; the token never arrives there",
  why: "Whoever can redirect would else collect tokens.",
  peers: true,
  run: (client) =>
    withServer(always(...answer(401)), (other) =>
      withServer(always(...answer(status, "", { location: `${other.url}/elsewhere` })), async (first) => {
        const outcome = await run(client, { kind, baseUrl: first.url })
        const verdict = await judge(client, outcome, first, {
          ended: ["AuthenticationError", "UnexpectedStatusError", "ConnectionError (connect)"],
          attempts: 1
        })
        const leaked = other.requests.some(({ body, head }) => head.includes(token) || body.includes(token))
        return leaked ? { ok: false, seen: "the token arrived at the other origin" } : verdict
      })
    )
})

export const family: Family = {
  name: "unaryFaults",
  title: "Answers in one piece",
  about:
    "Calls that are not tried again, so that one request is one outcome. Statuses bind other clients too: a failure, with that status.",
  scenarios: [
    row(
      { id: "answer", server: "answers", why: "The rows below are worth nothing without it." },
      "complete",
      whole200()
    ),
    ...statuses.map(([status, ended, why]) =>
      row(
        {
          id: `status-${status}`,
          server: `answers ${status}`,
          why,
          expected: { status, message: /the server's reason/ }
        },
        ended,
        answer(status)
      )
    ),
    ...[401, 429, 503].map((status) =>
      row(
        {
          id: `status-${status}-stream`,
          server: `answers ${status} to a request for a stream`,
          why: "A refusal is the same for both.",
          kind: "stream",
          expected: { status }
        },
        statuses.find(([other]) => other === status)![1],
        answer(status)
      )
    ),
    ...[300, 302, 304].map((status) =>
      row(
        {
          id: `status-${status}`,
          server: `answers ${status} without a location`,
          why: "No success, and nothing to follow.",
          expected: { status }
        },
        "UnexpectedStatusError",
        status === 304 ? [head("304 Not Modified")] : answer(status)
      )
    ),
    row(
      {
        id: "status-999",
        server: "answers 999",
        shows: "a typed failure",
        why: "Some transports throw on statuses that do not exist."
      },
      ["ServerError", "UnexpectedStatusError", "ConnectionError (connect)"],
      answer(999)
    ),
    row(
      {
        id: "status-103",
        server: "sends 103 Early Hints before its answer",
        why: "An interim answer is not the answer."
      },
      "complete",
      [head("103 Early Hints", { link: "</x>; rel=preload" }), ...whole200()]
    ),
    row({ id: "status-201", server: "answers 201", why: "Any 2xx is a success." }, "complete", [
      head("201 Created", { "content-type": "application/json", "content-length": Buffer.byteLength(completion()) }),
      write(completion())
    ]),
    row(
      { id: "status-204", server: "answers 204, without a body", why: "An empty success would be a lie." },
      "ResponseDecodeError",
      [head("204 No Content")]
    ),
    row(
      {
        id: "html-502",
        server: "answers 502 with a page",
        why: "What load balancers say.",
        expected: { status: 502 }
      },
      "ServerError",
      answer(502, "<html><h1>502 Bad Gateway</h1></html>", { "content-type": "text/html" })
    ),
    row(
      { id: "empty-500", server: "answers 500 with nothing", why: "The status is enough.", expected: { status: 500 } },
      "ServerError",
      answer(500, "")
    ),
    row(
      {
        id: "large-500",
        server: "answers 500 with 10 MB",
        shows: "ServerError, with the beginning of the body",
        why: "An error is kept, logged, sent on: it has to stay small.",
        expected: { status: 500 }
      },
      "ServerError",
      answer(500, large)
    ),
    row(
      {
        id: "endless-500",
        server: "answers 500 with a body that never ends",
        shows: "ServerError; the connection is let go",
        why: "The status is known; why should one wait.",
        peers: false,
        expected: { status: 500, closed: true }
      },
      "ServerError",
      [
        head(500, { "content-type": "text/plain", "transfer-encoding": "chunked" }),
        repeat(`400\r\n${"x".repeat(1024)}\r\n`),
        untilClosed
      ]
    ),
    row(
      {
        id: "broken-401",
        server: "answers 401, and resets the connection within the body",
        shows: "AuthenticationError",
        why: "The status has been said.",
        peers: false,
        expected: { status: 401 }
      },
      "AuthenticationError",
      [head(401, { "content-type": "application/json", "content-length": 1000 }), write('{"error"'), reset]
    ),
    row(
      {
        id: "binary-500",
        server: "answers 500 with bytes that are no text",
        why: "As the page.",
        expected: { status: 500 }
      },
      "ServerError",
      answer(500, endsWith("\xff\xfe\x00\x80\xc3"))
    ),
    row(
      { id: "html-200-unary", server: "answers 200 with a page", why: "Login pages of proxies." },
      "ResponseDecodeError",
      whole200("<html>Please sign in</html>", "text/html")
    ),
    row(
      { id: "empty-200-unary", server: "answers 200 with nothing", why: "As 204." },
      "ResponseDecodeError",
      whole200("")
    ),
    row(
      {
        id: "json-cut",
        server: "answers 200 with JSON that is cut, and a length that fits it",
        why: "HTTP sees nothing wrong."
      },
      "ResponseDecodeError",
      whole200(completion().slice(0, -20))
    ),
    row(
      { id: "json-null", server: "answers 200 with `null`", why: "JSON, and no answer." },
      "ResponseDecodeError",
      whole200("null")
    ),
    row(
      {
        id: "json-schema",
        server: "answers 200 with `choices` that is a string",
        why: "A shape that is not promised breaks the caller's code later."
      },
      "ResponseDecodeError",
      whole200('{"id":"1","object":"chat.completion","created":1,"model":"m","choices":"none"}')
    ),
    row(
      {
        id: "json-error-200-unary",
        server: "answers 200 with `{error}`",
        shows: "a typed failure",
        why: "Gateways put every status into a 200."
      },
      ["ResponseDecodeError", "ServerError", "AuthenticationError"],
      whole200('{"error":{"message":"no such key","type":"authentication_error"}}')
    ),
    row(
      { id: "utf8-invalid", server: "answers 200 with JSON of broken UTF-8 between its tokens", why: "As cut JSON." },
      "ResponseDecodeError",
      whole200(Buffer.concat([Buffer.from("{"), endsWith("\xc3\xff"), Buffer.from(completion().slice(1))]))
    ),
    row(
      {
        id: "large-200",
        server: "answers 200 with 10 MB of text",
        shows: "all of it",
        why: "Long answers exist.",
        expected: { text: large }
      },
      "complete",
      whole200(completion(large))
    ),
    row(
      { id: "length-long", server: "announces more than it sends, and closes", why: "The answer is cut." },
      "ConnectionError (body)",
      [head(200, { "content-type": "application/json", "content-length": 5000 }), write(completion()), halfClose]
    ),
    row(
      {
        id: "length-short",
        server: "announces less than it sends",
        why: "What was announced is the body: JSON that is cut.",
        peers: true
      },
      ["ResponseDecodeError", "ConnectionError (body)"],
      [head(200, { "content-type": "application/json", "content-length": 50 }), write(completion()), halfClose]
    ),
    row(
      {
        id: "reset-in-body",
        server: "resets the connection within the body",
        why: "The work may have been done, and paid."
      },
      "ConnectionError (body)",
      [
        head(200, { "content-type": "application/json", "transfer-encoding": "chunked" }),
        write('5\r\n{"id"\r\n'),
        reset
      ]
    ),
    row(
      {
        id: "close-delimited-cut",
        server: "says `Connection: close`, and closes within the JSON",
        why: "No transport can tell; the JSON does."
      },
      "ResponseDecodeError",
      [
        head(200, { "content-type": "application/json", connection: "close" }),
        write(completion().slice(0, 80)),
        halfClose
      ]
    ),
    row(
      {
        id: "reset-before-head",
        server: "reads the request, and resets the connection",
        why: "There was no answer.",
        expected: { attempts: undefined }
      },
      "ConnectionError (connect)",
      [reset]
    ),
    row(
      {
        id: "fin-before-head",
        server: "reads the request, and closes",
        why: "As before.",
        expected: { attempts: undefined }
      },
      "ConnectionError (connect)",
      [halfClose]
    ),
    row({ id: "half-head", server: "closes within the head", why: "As before." }, "ConnectionError (connect)", [
      write("HTTP/1.1 200 OK\r\ncontent-ty"),
      halfClose
    ]),
    row(
      { id: "no-http", server: "speaks another protocol", why: "A port that belongs to something else." },
      "ConnectionError (connect)",
      [write("SSH-2.0-OpenSSH_9.6\r\n"), untilClosed]
    ),
    row(
      { id: "head-large", server: "sends a head of 1 MB", shows: "a typed failure", why: "Memory has an end." },
      ["ConnectionError (connect)"],
      [write(`HTTP/1.1 200 OK\r\nx-large: ${"x".repeat(1_048_576)}\r\n\r\n`), untilClosed]
    ),
    unreachable(
      { id: "refused", server: "is not there: the port refuses", why: "The commonest failure while one develops." },
      refusing
    ),
    unreachable(
      { id: "unknown-host", server: "has a name that does not exist (`.invalid`)", why: "A wrong base URL." },
      () => "http://nobody.invalid"
    ),
    {
      id: "tls-to-plain",
      server: "speaks plain HTTP where the client speaks TLS",
      shows: "ConnectionError (connect), and no plain text on the wire",
      why: "A wrong scheme; nothing is to leak by falling back.",
      peers: true,
      run: (client) =>
        withServer(
          {
            connection: () => [wait(50), write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"), halfClose],
            request: () => []
          },
          async (server) => {
            const outcome = await run(client, { kind: "unary", baseUrl: server.url.replace("http:", "https:") })
            return judge(client, outcome, server, { ended: "ConnectionError (connect)", text: "", attempts: 0 })
          }
        )
    },
    row(
      {
        id: "headers-slow",
        server: "reads the request, and says nothing",
        shows: "RequestTimeoutError (headers); the connection is let go",
        why: "A queue without an end.",
        settings: { clocks: { headers: 300 } },
        expected: { closed: true }
      },
      "RequestTimeoutError (headers)",
      [untilClosed]
    ),
    row(
      {
        id: "headers-trickle",
        server: "sends its head letter by letter, without an end",
        shows: "RequestTimeoutError (headers); the connection is let go",
        why: "Bytes are not yet an answer.",
        settings: { clocks: { headers: 400 } },
        expected: { closed: true }
      },
      "RequestTimeoutError (headers)",
      [write("HTTP/1.1 200 OK\r\nx-slow: "), repeat("x", Infinity, 20), untilClosed]
    ),
    row(
      {
        id: "body-stall",
        server: "sends half a body, and stops",
        shows: "RequestTimeoutError (idle); the connection is let go",
        why: "As a stream that stands still.",
        settings: { clocks: { idle: 300 } },
        expected: { closed: true }
      },
      "RequestTimeoutError (idle)",
      [
        head(200, { "content-type": "application/json", "transfer-encoding": "chunked" }),
        write('5\r\n{"id"\r\n'),
        untilClosed
      ]
    ),
    row(
      {
        id: "body-slow",
        server: "sends its body slowly, never stopping for long",
        why: "It takes longer than the idle clock, and never stands still.",
        peers: false,
        settings: { clocks: { idle: 1000 } }
      },
      "complete",
      [
        head(200, { "content-type": "application/json", "transfer-encoding": "chunked" }),
        ...[...completion().matchAll(/.{1,30}/gs)].flatMap(([part]) => [
          write(`${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`),
          wait(100)
        ]),
        write("0\r\n\r\n")
      ]
    ),
    redirect("unary", 302),
    redirect("unary", 307),
    redirect("stream", 308)
  ]
}
