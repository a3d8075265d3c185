import * as Net from "node:net"
import * as Tls from "node:tls"
import { gzipSync } from "node:zlib"
import { selfSigned } from "../certificate.js"
import { type Call, type Contender, type Outcome, run } from "../Contender.js"
import {
  always,
  halfClose,
  type RawServer,
  repeat,
  reset,
  type Script,
  type Steps,
  untilClosed,
  wait,
  write
} from "../RawServer.js"
import {
  and,
  type Expected,
  type Family,
  judge,
  one,
  overAnyLayer,
  type Scenario,
  type Settings,
  type Verdict,
  withServer
} from "../Scenario.js"
import { answer, completion, head, text, token, whole200, wholeStream } from "../wire.js"

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  readonly kind?: Call["kind"]
  readonly peers?: Scenario["peers"]
  readonly fails?: string
  readonly settings?: Settings
  readonly expected?: Partial<Expected>
  readonly also?: (server: RawServer, outcome: Outcome) => ReadonlyArray<string>
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
  [400, "InvalidRequestError", "The request is wrong; a retry would be, too."],
  [401, "AuthenticationError", "The token is wrong."],
  [402, "UnexpectedStatusError", "There is no separate error for it; the error has the status."],
  [403, "PermissionDeniedError", "The token is valid, but not allowed."],
  [404, "NotFoundError", "The model or the address is wrong."],
  [405, "UnexpectedStatusError", "A wrong base URL."],
  [408, "UnexpectedStatusError", "May be transient."],
  [409, "UnexpectedStatusError", "Has no meaning for inference."],
  [413, "InvalidRequestError", "The request is too large."],
  [418, "UnexpectedStatusError", "Proxies invent statuses."],
  [422, "InvalidRequestError", "The request is invalid."],
  [429, "RateLimitError", "The client must wait."],
  [451, "UnexpectedStatusError", "The same as 418."],
  [500, "ServerError", "The server failed."],
  [501, "ServerError", "The server does not support it."],
  [502, "ServerError", "A gateway failed."],
  [503, "OverloadedError", "No capacity, or an endpoint that wakes up."],
  [504, "ServerError", "A gateway waited too long."],
  [520, "ServerError", "Cloudflare's own."],
  [529, "OverloadedError", "Overload, in some gateways."],
  [599, "ServerError", "The last 5xx."]
]

/** The error of a status, by the table above or by its class (4xx, 5xx). */
const errorOf = (status: number): string =>
  statuses.find(([other]) => other === status)?.[1] ?? (status >= 500 ? "ServerError" : "UnexpectedStatusError")

const range = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

/** Without 407 and 421, which the fetch standard handles specially. */
const errorStatuses = range(400, 599).filter((status) => status !== 407 && status !== 421)

/** Each status in its own call; the model of the request selects the status. */
const every = (
  described: Pick<Scenario, "id" | "server" | "shows" | "why">,
  kind: Call["kind"],
  all: ReadonlyArray<number>,
  wrongWith: (client: Contender, status: number, outcome: Outcome) => boolean
): Scenario => ({
  peers: true,
  // hundreds of calls keep the process busy for longer than the timeouts of other rows last
  slow: true,
  ...described,
  run: (client) => {
    const script: Script = {
      request: ({ body }) => {
        const status = Number(/"model":"status-(\d+)"/.exec(body.toString("utf8"))?.[1] ?? 500)
        return status === 304
          ? [head("304 Not Modified")]
          : status < 300
            ? whole200().with(
                0,
                head(status, { "content-type": "application/json", "content-length": completion().length })
              )
            : answer(status)
      }
    }
    return withServer(script, async (server): Promise<Verdict> => {
      const wrong: Array<string> = []
      const one = async (status: number): Promise<void> => {
        const outcome = await run(client, { kind, baseUrl: server.url, request: { model: `status-${status}` } })
        if (wrongWith(client, status, outcome)) wrong.push(`${status}: ${outcome.ended}, ${outcome.status}`)
      }
      for (let at = 0; at < all.length; at += 20) await Promise.all(all.slice(at, at + 20).map(one))
      const asked = server.requests.length
      if (asked !== all.length) wrong.push(`${asked} requests where ${all.length} were due`)
      return wrong.length === 0
        ? { ok: true, seen: `${all.length} statuses` }
        : { ok: false, seen: wrong.slice(0, 8).join("; ") }
    })
  }
})

/** Whether a failure with this status is missing; for ours, also with its name. */
const misses = (client: Contender, status: number, { ended, status: seen }: Outcome): boolean =>
  seen !== status || (client.isOurs ? ended !== errorOf(status) : ended === "complete" || ended === "hang")

/** All renderings of the failure must be small. */
const small = (_: RawServer, { renderings = [] }: Outcome): ReadonlyArray<string> => {
  const longest = Math.max(0, ...renderings.map((text) => text.length))
  return longest > 65_536 ? [`the failure is shown in ${longest} characters`] : []
}

const large = "0123456789".repeat(1_048_576)

const endsWith = (end: string): Buffer => Buffer.from(end, "latin1")

/** A port without a listener. */
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

/** A TLS server that the client must not trust. */
const tls = (described: Pick<Scenario, "id" | "server" | "why">, options: () => Tls.TlsOptions): Scenario => ({
  shows: "ConnectionError (connect); no request is sent",
  peers: true,
  ...described,
  run: async (client) => {
    let asked = 0
    let connections = 0
    const server = Tls.createServer(options(), (socket) => {
      socket.on("data", () => asked++).on("error", () => {})
    })
    server.on("connection", () => connections++).on("tlsClientError", () => {})
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    try {
      const { port } = server.address() as Net.AddressInfo
      const outcome = await run(client, { kind: "unary", baseUrl: `https://127.0.0.1:${port}` })
      return and(await judge(client, outcome, undefined, { ended: "ConnectionError (connect)", text: "" }), [
        ...(asked === 0 ? [] : ["the request was sent"]),
        ...(connections === 0 ? ["no connection came"] : [])
      ])
    } finally {
      server.close()
    }
  }
})

const redirect = (kind: Call["kind"], status: number): Scenario => ({
  id: `redirect-${status}-${kind}`,
  server: `redirects ${kind === "stream" ? "a request for a stream " : ""}to another origin with ${status}; that origin answers 401`,
  shows: "a failure; the token never arrives there",
  why: "Otherwise a server that redirects could collect tokens.",
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
  title: "Whole answers",
  about:
    "Calls without retries, so that each request has one outcome. For an error status other clients must fail, too, with that status.",
  scenarios: overAnyLayer(
    [
      row({ id: "answer", server: "answers", why: "Without it the rows below prove nothing." }, "complete", whole200()),
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
      every(
        {
          id: "status-every",
          server: "answers every status from 400 to 599 except 407 and 421",
          shows:
            "the failure for the status, with that status; any other 4xx is UnexpectedStatusError, any other 5xx is ServerError",
          why: "The list of statuses is never finished; the last row of the table is “other”."
        },
        "unary",
        errorStatuses,
        misses
      ),
      every(
        {
          id: "status-every-stream",
          server: "answers every one of these statuses to requests for streams",
          shows: "the same",
          why: "An error status means the same for both."
        },
        "stream",
        errorStatuses,
        misses
      ),
      every(
        {
          id: "status-3xx",
          server: "answers every status from 300 to 399, without a location",
          shows: "UnexpectedStatusError, with that status",
          why: "Not a success, and no redirect target."
        },
        "unary",
        range(300, 399),
        misses
      ),
      every(
        {
          id: "status-2xx",
          server: "answers with 200, 201, 202, 203, 206, 207, 226 and 299, and the answer",
          shows: "the answer",
          why: "Any 2xx is a success."
        },
        "unary",
        [200, 201, 202, 203, 206, 207, 226, 299],
        (_, __, { ended, text: seen }) => ended !== "complete" || seen !== text
      ),
      ...[401, 429, 503].map((status) =>
        row(
          {
            id: `status-${status}-stream`,
            server: `answers ${status} to a request for a stream`,
            why: "An error status means the same for both.",
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
            why: "Not a success, and no redirect target.",
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
          id: "status-407",
          server: "answers 407",
          shows: "UnexpectedStatusError; over fetch, ConnectionError (connect)",
          why: "The fetch standard hides a 407: pages must not see what a proxy asks of a browser."
        },
        ["UnexpectedStatusError", "ConnectionError (connect)"],
        answer(407)
      ),
      row(
        {
          id: "status-421",
          server: "answers 421",
          shows: "UnexpectedStatusError; over fetch, after a second request",
          why: "The fetch standard asks again on another connection.",
          expected: { status: 421, attempts: undefined },
          also: ({ requests: { length } }) => (length === 1 || length === 2 ? [] : [`${length} requests`])
        },
        "UnexpectedStatusError",
        answer(421)
      ),
      row(
        {
          id: "status-100",
          server: "sends an unrequested 100 Continue before its answer",
          shows: "the answer, or ConnectionError (connect)",
          why: "HTTP says to ignore it; some transports fail, but none takes it for the answer.",
          expected: { text: undefined },
          also: (_, { ended, text: seen }) => (ended === "complete" && seen !== text ? ["another text"] : [])
        },
        ["complete", "ConnectionError (connect)"],
        [head("100 Continue"), ...whole200()]
      ),
      ...["000", "600"].map((status) =>
        row(
          { id: `status-${status}`, server: `answers ${status}`, shows: "a typed failure", why: "The same as 999." },
          ["ServerError", "UnexpectedStatusError", "ConnectionError (connect)"],
          answer(`${status} Odd`)
        )
      ),
      row(
        {
          id: "status-101",
          server: "answers with an unrequested 101, and speaks another protocol",
          why: "A proxy that takes the call for a WebSocket."
        },
        "ConnectionError (connect)",
        [
          head("101 Switching Protocols", { connection: "upgrade", upgrade: "websocket" }),
          write("\u0081\u0002hi"),
          untilClosed
        ]
      ),
      row(
        {
          id: "status-interim",
          server: "sends 102 and 103, twenty of each, before its answer",
          why: "There may be any number of interim answers."
        },
        "complete",
        [...Array.from({ length: 20 }, () => [head("102 Processing"), head("103 Early Hints")]).flat(), ...whole200()]
      ),
      row(
        {
          id: "status-interim-alone",
          server: "sends 103, and no answer",
          shows: "RequestTimeoutError (headers); the connection is closed",
          why: "A hint does not stop the timeout.",
          settings: { clocks: { headers: 400 } },
          expected: { closed: true }
        },
        "RequestTimeoutError (headers)",
        [head("103 Early Hints"), untilClosed]
      ),
      row({ id: "status-205", server: "answers 205, without a body", why: "The same as 204." }, "ResponseDecodeError", [
        head("205 Reset Content", { "content-length": 0 })
      ]),
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
        { id: "status-204", server: "answers 204, without a body", why: "An empty success would be wrong." },
        "ResponseDecodeError",
        [head("204 No Content")]
      ),
      row(
        {
          id: "html-502",
          server: "answers 502 with a page",
          why: "Load balancers send this.",
          expected: { status: 502 }
        },
        "ServerError",
        answer(502, "<html><h1>502 Bad Gateway</h1></html>", { "content-type": "text/html" })
      ),
      row(
        {
          id: "empty-500",
          server: "answers 500 with nothing",
          why: "The status is enough.",
          expected: { status: 500 }
        },
        "ServerError",
        answer(500, "")
      ),
      row(
        {
          id: "large-500",
          server: "answers 500 with 10 MB",
          shows: "ServerError, with the beginning of the body",
          why: "Errors are logged and passed on, so they must be small.",
          expected: { status: 500 },
          also: small
        },
        "ServerError",
        answer(500, large)
      ),
      row(
        {
          id: "endless-500",
          server: "answers 500 with a body that never ends",
          shows: "ServerError; the connection is closed",
          why: "The status is known, so there is no reason to wait.",
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
          why: "The status has arrived.",
          peers: false,
          expected: { status: 401 }
        },
        "AuthenticationError",
        [head(401, { "content-type": "application/json", "content-length": 1000 }), write('{"error"'), reset]
      ),
      row(
        {
          id: "binary-500",
          server: "answers 500 with bytes that are not text",
          why: "The same as a page.",
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
        { id: "empty-200-unary", server: "answers 200 with nothing", why: "The same as 204." },
        "ResponseDecodeError",
        whole200("")
      ),
      row(
        {
          id: "large-page-200",
          server: "answers 200 with a page of 10 MB",
          shows: "ResponseDecodeError, with the beginning of the body",
          why: "The same as a 500 with 10 MB.",
          also: small
        },
        "ResponseDecodeError",
        whole200(`<html>${large}</html>`, "text/html")
      ),
      row(
        {
          id: "large-json-cut",
          server: "answers 200 with 10 MB of JSON that is cut",
          shows: "ResponseDecodeError, with the beginning of the body",
          why: "As for `large-page-200`.",
          also: small
        },
        "ResponseDecodeError",
        whole200(completion(large).slice(0, -20))
      ),
      row(
        {
          id: "sse-as-answer",
          server: "answers 200 with an event stream instead of one answer",
          why: "The same as a page."
        },
        "ResponseDecodeError",
        wholeStream
      ),
      row(
        {
          id: "json-as-text",
          server: "answers with JSON, and says that it is `text/plain`",
          why: "Servers forget the header; the answer is valid."
        },
        "complete",
        whole200(completion(), "text/plain")
      ),
      row(
        {
          id: "json-bom",
          server: "begins its JSON with a byte order mark",
          why: "Servers on other systems do this."
        },
        "complete",
        whole200(`\uFEFF${completion()}`)
      ),
      row(
        {
          id: "json-spaces",
          server: "sends blanks and line ends before and after the JSON",
          why: "Servers keep connections alive with them."
        },
        "complete",
        whole200(`\n\n  ${completion()}\r\n\n`)
      ),
      row(
        {
          id: "json-proto",
          server: "sends `__proto__` as a field of its answer",
          shows: "the answer; `Object.prototype` is unchanged",
          why: "Names from outside are copied into objects.",
          also: () => (Object.hasOwn(Object.prototype, "polluted") ? ["`Object.prototype` was written to"] : [])
        },
        "complete",
        whole200(completion().replace("{", '{"__proto__":{"polluted":true},'))
      ),
      row(
        {
          id: "json-deep",
          server: "sends a field that is nested 20,000 deep, together with its answer",
          shows: "the answer, or ResponseDecodeError",
          why: "A recursive walk exhausts the stack; a thrown RangeError is not a typed failure.",
          expected: { text: undefined }
        },
        ["complete", "ResponseDecodeError"],
        whole200(completion().replace("{", `{"deep":${"[".repeat(20_000)}${"]".repeat(20_000)},`))
      ),
      row(
        {
          id: "json-trailing",
          server: "sends garbage after the JSON",
          why: "Two answers in one body; one of them may be another user's."
        },
        "ResponseDecodeError",
        whole200(`${completion()}${completion("Another.")}`)
      ),
      row(
        {
          id: "json-cut",
          server: "answers 200 with JSON that is cut, and a length that fits it",
          why: "For HTTP the body is correct."
        },
        "ResponseDecodeError",
        whole200(completion().slice(0, -20))
      ),
      row(
        { id: "json-null", server: "answers 200 with `null`", why: "JSON, but not an answer." },
        "ResponseDecodeError",
        whole200("null")
      ),
      row(
        {
          id: "json-schema",
          server: "answers 200 with `choices` that is a string",
          why: "An unexpected shape breaks the caller's code later."
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
        {
          id: "utf8-invalid",
          server: "answers 200 with JSON of broken UTF-8 between its tokens",
          why: "The same as cut JSON."
        },
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
          why: "The announced length is the body: incomplete JSON.",
          peers: true
        },
        ["ResponseDecodeError", "ConnectionError (body)"],
        [head(200, { "content-type": "application/json", "content-length": 50 }), write(completion()), halfClose]
      ),
      row(
        {
          id: "length-two",
          server: "announces two lengths that differ",
          shows: "ConnectionError, or the failure of an answer that one of them cuts",
          why: "Proxies that disagree on where an answer ends mix up users."
        },
        ["ConnectionError (connect)", "ConnectionError (body)", "ResponseDecodeError"],
        [
          write(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\ncontent-length: 30\r\n\r\n"
          ),
          write(completion()),
          halfClose
        ]
      ),
      row(
        {
          id: "length-negative",
          server: "announces a length of -5",
          shows: "ConnectionError",
          why: "As for `length-two`."
        },
        ["ConnectionError (connect)", "ConnectionError (body)"],
        [head(200, { "content-type": "application/json", "content-length": -5 }), write(completion()), halfClose]
      ),
      row({ id: "http-10", server: "answers in HTTP/1.0, and closes", why: "Old proxies do this." }, "complete", [
        write(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${completion()}`),
        halfClose
      ]),
      row(
        {
          id: "http-09",
          server: "answers with the JSON alone, without a head",
          why: "A port that belongs to something else."
        },
        "ConnectionError (connect)",
        [write(completion()), halfClose]
      ),
      row(
        {
          id: "trailers",
          server: "sends trailers after the last chunk",
          why: "Checksums and timings arrive in this way."
        },
        "complete",
        [
          head(200, { "content-type": "application/json", "transfer-encoding": "chunked", trailer: "x-checksum" }),
          write(`${completion().length.toString(16)}\r\n${completion()}\r\n0\r\nx-checksum: 1\r\n\r\n`)
        ]
      ),
      row(
        {
          id: "gzip",
          server: "compresses its answer with gzip if the client accepts that",
          why: "A client that accepts gzip may get it."
        },
        "complete",
        {
          request: ({ headers }) => {
            const packed = gzipSync(completion())
            return headers["accept-encoding"]?.includes("gzip") === true
              ? answer(200, packed, { "content-encoding": "gzip" })
              : whole200()
          }
        }
      ),
      row(
        {
          id: "gzip-lie-unary",
          server: "claims that its answer is gzip, but sends plain JSON",
          shows: "a failure, soon; or the answer, if the client does not decompress",
          why: "A decoder that never ends would block the call forever; a timeout must end it.",
          settings: { clocks: { idle: 500 } },
          expected: { text: undefined }
        },
        ["complete", "ConnectionError (body)", "RequestTimeoutError (idle)", "ResponseDecodeError"],
        answer(200, completion(), { "content-encoding": "gzip" })
      ),
      row(
        {
          id: "gzip-cut-unary",
          server: "cuts a gzip body, with a length that fits",
          shows: "a failure",
          why: "For HTTP the body is correct.",
          settings: { clocks: { idle: 500 } }
        },
        ["ConnectionError (body)", "RequestTimeoutError (idle)", "ResponseDecodeError"],
        answer(200, gzipSync(completion()).subarray(0, 150), { "content-encoding": "gzip" })
      ),
      row(
        {
          id: "reset-in-body",
          server: "resets the connection within the body",
          why: "The work may have been done, and paid for."
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
          why: "No transport can notice it; the JSON shows it."
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
          why: "As for `reset-before-head`.",
          expected: { attempts: undefined }
        },
        "ConnectionError (connect)",
        [halfClose]
      ),
      row(
        { id: "half-head", server: "closes within the head", why: "As for `reset-before-head`." },
        "ConnectionError (connect)",
        [write("HTTP/1.1 200 OK\r\ncontent-ty"), halfClose]
      ),
      row(
        { id: "no-http", server: "speaks another protocol", why: "A port that belongs to something else." },
        "ConnectionError (connect)",
        [write("SSH-2.0-OpenSSH_9.6\r\n"), untilClosed]
      ),
      row(
        { id: "head-large", server: "sends a head of 1 MB", shows: "a typed failure", why: "Memory is limited." },
        ["ConnectionError (connect)"],
        [write(`HTTP/1.1 200 OK\r\nx-large: ${"x".repeat(1_048_576)}\r\n\r\n`), untilClosed]
      ),
      unreachable(
        {
          id: "refused",
          server: "does not exist: the port refuses the connection",
          why: "The most common failure during development."
        },
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
        why: "A wrong scheme; a fallback must not leak anything.",
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
      tls(
        {
          id: "tls-untrusted",
          server: "has a self-signed certificate",
          why: "Otherwise a machine in the middle could read token and prompt."
        },
        selfSigned
      ),
      tls(
        {
          id: "tls-no-certificate",
          server: "speaks TLS, and has no certificate",
          why: "As for `tls-untrusted`: no handshake, no request."
        },
        () => ({})
      ),
      {
        id: "tls-reset",
        server: "resets the connection within the handshake",
        shows: "ConnectionError (connect)",
        why: "Proxies that block a host.",
        peers: true,
        run: (client) =>
          withServer({ connection: () => [wait(30), reset], request: () => [] }, async (server) => {
            const outcome = await run(client, { kind: "unary", baseUrl: server.url.replace("http:", "https:") })
            return and(
              await judge(client, outcome, server, { ended: "ConnectionError (connect)", text: "" }),
              server.connections.accepted === 0 ? ["no connection came"] : []
            )
          })
      },
      {
        id: "tls-stall",
        server: "accepts the connection, and never answers the handshake",
        shows: "RequestTimeoutError (headers)",
        why: "Connecting is part of the wait for the answer.",
        peers: true,
        run: (client) =>
          withServer({ connection: () => [untilClosed], request: () => [] }, async (server) => {
            const outcome = await run(client, {
              kind: "unary",
              baseUrl: server.url.replace("http:", "https:"),
              clocks: { headers: 300 }
            })
            return and(
              await judge(client, outcome, server, { ended: "RequestTimeoutError (headers)", text: "" }),
              server.connections.accepted === 0 ? ["no connection came"] : []
            )
          })
      },
      row(
        {
          id: "headers-slow",
          server: "reads the request, and sends nothing",
          shows: "RequestTimeoutError (headers); the connection is closed",
          why: "An endless queue.",
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
          shows: "RequestTimeoutError (headers); the connection is closed",
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
          shows: "RequestTimeoutError (idle); the connection is closed",
          why: "Like a stream that sends no data.",
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
          why: "It takes longer than the idle timeout, but never stops sending.",
          peers: false,
          settings: { clocks: { idle: 500 } }
        },
        "complete",
        [
          head(200, { "content-type": "application/json", "transfer-encoding": "chunked" }),
          ...[...completion().matchAll(/.{1,30}/gs)].flatMap(([part]) => [
            write(`${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`),
            wait(60)
          ]),
          write("0\r\n\r\n")
        ]
      ),
      ...[301, 302, 303, 307, 308].flatMap((status) => [redirect("unary", status), redirect("stream", status)]),
      row(
        {
          id: "redirect-loop",
          server: "redirects to itself, always",
          shows: "a failure, after no more than 25 requests",
          why: "A loop must end.",
          expected: { attempts: undefined },
          also: ({ requests }) => (requests.length >= 1 && requests.length <= 25 ? [] : [`${requests.length} requests`])
        },
        ["UnexpectedStatusError", "ConnectionError (connect)"],
        { request: ({ path }) => answer(307, "", { location: path }) }
      ),
      row(
        {
          id: "redirect-same-origin",
          server: "redirects to another path of the same origin with 307, and answers there",
          shows: "the answer, after a second identical request; or UnexpectedStatusError",
          why: "The transport decides whether to follow, but the request must not change.",
          expected: { attempts: undefined, text: undefined },
          also: ({ requests: [first, second, ...others] }) => [
            ...(first === undefined || others.length > 0 ? ["one or two requests were due"] : []),
            ...(second === undefined || (second.method === "POST" && second.body.equals(first!.body))
              ? []
              : ["the second request is another one"])
          ]
        },
        ["complete", "UnexpectedStatusError"],
        {
          request: ({ path }) => (path.includes("elsewhere") ? whole200() : answer(307, "", { location: "/elsewhere" }))
        }
      )
    ],
    /^(?:status-(?!407|421)[45]\d\d(?:-stream)?$|json-|sse-as|html-|empty-|binary-|utf8-)/
  )
}
