import * as Retry from "effect-friendli/Retry"
import { type Call, run } from "../Contender.js"
import { listen, type Received, reset, type Steps, untilClosed } from "../RawServer.js"
import {
  type Expected,
  type Family,
  judge,
  leaksOf,
  one,
  overAnyLayer,
  type Scenario,
  type Settings
} from "../Scenario.js"
import {
  answer,
  begun,
  completion,
  event,
  gatewayKey,
  head,
  model,
  piece,
  prompt,
  sse,
  sseHead,
  token,
  whole,
  whole200
} from "../wire.js"

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly kind?: Call["kind"]
  readonly peers?: Scenario["peers"]
  readonly settings?: Settings
  readonly fails?: string
  readonly secret?: Expected["secret"]
  readonly shows?: string
  readonly message?: RegExp
}

const row = (described: Row, ended: Expected["ended"], script: (request: Received) => Steps): Scenario =>
  one({
    kind: "unary",
    shows: `${typeof ended === "string" ? ended : ended.join(" or ")}, without token and prompt`,
    ...described,
    script: () => ({ request: script }),
    expected: { ended, secret: described.secret ?? true, message: described.message }
  })

/** Headers that users set for gateways. */
const gatewayHeaders = {
  "x-api-key": gatewayKey,
  cookie: `theme=dark; sid=${gatewayKey}`,
  authorization: `Bearer ${token}`,
  "proxy-authorization": `Basic ${gatewayKey}`,
  "x-tenant": `of ${gatewayKey}`
}

const headerRows: ReadonlyArray<Scenario> = (["call", "region", "layer"] as const).flatMap((at) => [
  row(
    {
      id: `echo-headers-${at}`,
      server: `answers 401, and repeats headers that were set for the ${at} in message, code, type, parameter and request id`,
      why: "Gateways have their own keys, and name the rejected one.",
      settings: { headers: { at, values: gatewayHeaders } },
      peers: false
    },
    "AuthenticationError",
    (request) =>
      answer(
        401,
        JSON.stringify({
          error: {
            message: `no such key: ${request.head}`,
            code: gatewayKey,
            type: request.headers["cookie"],
            param: gatewayKey
          }
        }),
        { "x-request-id": request.headers["x-api-key"] ?? "", "x-tenant": request.headers["x-tenant"] ?? "" }
      )
  ),
  row(
    {
      id: `echo-headers-${at}-stream`,
      server: `repeats headers that were set for the ${at} in the name of an event, in ids and in an error inside a stream`,
      why: `As for \`echo-headers-${at}\`.`,
      kind: "stream",
      settings: { headers: { at, values: gatewayHeaders } },
      peers: false
    },
    "ServerError",
    (request) =>
      sse(
        event(
          JSON.stringify({ ...(JSON.parse(whole[0]!) as object), id: gatewayKey, model: request.headers["cookie"] })
        ),
        `event: ${gatewayKey}\ndata: ping\n\n`,
        event(JSON.stringify({ request_id: gatewayKey, error: { message: request.head, code: gatewayKey } }))
      )
  )
])

const keyedRows: ReadonlyArray<Scenario> = (["unary", "stream"] as const).map((kind) =>
  row(
    {
      id: kind === "unary" ? "echo-key-in-path" : "echo-key-in-path-stream",
      server: `answers 404 to ${kind === "unary" ? "a call" : "a stream"} with its path, in which the base URL has a key`,
      why: "Errors name the URL, and gateways have keys in it.",
      kind,
      settings: { basePath: `/k/${gatewayKey}/llm` },
      message: /\/k\/<redacted>\/llm\//,
      peers: false
    },
    "NotFoundError",
    (request) => answer(404, JSON.stringify({ error: { message: `nothing at ${request.head.split("\r\n")[0]}` } }))
  )
)

/** Text that a reader needs must not be hidden. */
const readableRows: ReadonlyArray<Scenario> = [
  ...["llama", "model"].map((word) =>
    row(
      {
        id: `reason-word-${word}`,
        server: `answers 404, “model llama not found; available: llama-3”; the prompt is “${word}”`,
        shows: "NotFoundError that says so",
        why: "Words that occur in every message are not an echo.",
        settings: { request: { messages: [{ role: "user", content: word }] } },
        message: /model llama not found; available: llama-3/,
        peers: false
      },
      "NotFoundError",
      () => answer(404, JSON.stringify({ error: { message: "model llama not found; available: llama-3" } }))
    )
  ),
  row(
    {
      id: "reason-tool",
      server: "answers 400, “Invalid schema for function 'get_weather'”; the prompt mentions the tool",
      shows: "InvalidRequestError that names the tool",
      why: "Names of tools and fields are not secrets.",
      settings: {
        request: {
          messages: [{ role: "user", content: "Call the function get_weather, please" }],
          tools: [
            { type: "function", function: { name: "get_weather", parameters: { type: "object", properties: {} } } }
          ]
        }
      },
      message: /Invalid schema for function 'get_weather'/,
      peers: false
    },
    "InvalidRequestError",
    () => answer(400, JSON.stringify({ error: { message: "Invalid schema for function 'get_weather'" } }))
  ),
  row(
    {
      id: "reason-model",
      server: "answers 404 and names the model, which is also in the prompt",
      shows: "NotFoundError that names the model",
      why: "Names of models are not secrets.",
      settings: { request: { messages: [{ role: "user", content: `Is ${model} there?` }] } },
      message: new RegExp(`no model ${model}`),
      peers: false
    },
    "NotFoundError",
    () => answer(404, JSON.stringify({ error: { message: `no model ${model}` } }))
  )
]

const credentials = (request: Received): string => request.headers["authorization"] ?? ""

/** Head and body of the request, as debugging servers return them. */
const echo = (request: Received): string => `${request.head}\n\n${request.body.toString("utf8")}`

export const family: Family = {
  name: "secrecy",
  title: "Secrets",
  about:
    "Every output of a failure is searched for the token, the prompt, and a gateway's key in a header or the base URL: `JSON.stringify`, `util.inspect` to any depth, the message, the stack; for ours also `Cause.pretty`, the schema encoding, text and JSON logs, and attributes and exits of spans. For ours this is checked in every row of every table. Servers that echo the request are common: validators, debug pages.",
  scenarios: overAnyLayer(
    [
      row(
        {
          id: "secret-500",
          server: "answers 500, and echoes nothing",
          why: "The error must not reference the request."
        },
        "ServerError",
        () => answer(500)
      ),
      row(
        {
          id: "secret-500-stream",
          server: "answers 500 to a stream, and echoes nothing",
          why: "As for `secret-500`.",
          kind: "stream"
        },
        "ServerError",
        () => answer(500)
      ),
      row(
        {
          id: "secret-reset",
          server: "resets the connection",
          why: "Errors of transports often contain their request."
        },
        "ConnectionError (connect)",
        () => [reset]
      ),
      row(
        {
          id: "secret-timeout",
          server: "does not answer",
          why: "As for `secret-reset`.",
          settings: { clocks: { headers: 250 } }
        },
        "RequestTimeoutError (headers)",
        () => [untilClosed]
      ),
      row(
        { id: "secret-decode", server: "answers 200 with half of its JSON", why: "Parsers often quote their input." },
        "ResponseDecodeError",
        () => whole200(completion().slice(0, -9))
      ),
      row(
        { id: "secret-cut", server: "cuts a stream", why: "The same as a reset.", kind: "stream" },
        "ConnectionError (body)",
        () => [sseHead(), piece(begun), reset]
      ),
      {
        id: "secret-refused",
        server: "does not exist",
        shows: "ConnectionError (connect), without token and prompt",
        why: "The same as a reset.",
        peers: true,
        run: async (client) => {
          const closed = await listen({ request: () => [] })
          await closed.close()
          const outcome = await run(client, { kind: "unary", baseUrl: closed.url })
          return judge(client, outcome, undefined, { ended: "ConnectionError (connect)", secret: true })
        }
      },
      row(
        {
          id: "echo-message",
          server: "answers 400 with a message that quotes the whole request, including the token",
          why: "Debug pages do this."
        },
        "InvalidRequestError",
        (request) => answer(400, JSON.stringify({ error: { message: `bad request: ${echo(request)}` } }))
      ),
      row(
        {
          id: "echo-detail",
          server: "answers 422 in FastAPI's form, with the rejected `input`",
          why: "The default of a widespread framework."
        },
        "InvalidRequestError",
        (request) =>
          answer(
            422,
            JSON.stringify({
              detail: [
                {
                  type: "string_type",
                  loc: ["body", "messages", 0],
                  msg: `not so: ${prompt}`,
                  input: JSON.parse(request.body.toString("utf8"))
                }
              ]
            })
          )
      ),
      row(
        { id: "echo-page", server: "answers 502 with a page that shows the request", why: "Gateways in debug mode." },
        "ServerError",
        (request) => answer(502, `<html><pre>${echo(request)}</pre></html>`, { "content-type": "text/html" })
      ),
      row(
        {
          id: "echo-code",
          server: "puts the token into the code and the prompt into the type of an error",
          why: "Every field is text."
        },
        "AuthenticationError",
        (request) =>
          answer(
            401,
            JSON.stringify({ error: { message: "no", code: credentials(request), type: prompt, param: prompt } })
          )
      ),
      row(
        {
          id: "echo-request-id",
          server: "puts the token into `x-request-id`",
          why: "It is shown everywhere.",
          secret: "own"
        },
        "ServerError",
        (request) => answer(500, undefined, { "x-request-id": credentials(request) })
      ),
      row(
        {
          id: "echo-location",
          server: "answers 300 with a location that contains the token",
          why: "Redirects have queries.",
          secret: "own"
        },
        "UnexpectedStatusError",
        (request) => answer(300, "", { location: `/login?from=${encodeURIComponent(credentials(request))}` })
      ),
      row(
        {
          id: "echo-request-id-span",
          server: "puts the token into `x-request-id`, as before; spans of the HTTP client are checked, too",
          why: "Exporters export all spans.",
          peers: false
        },
        "ServerError",
        (request) => answer(500, undefined, { "x-request-id": credentials(request) })
      ),
      row(
        {
          id: "echo-location-span",
          server: "answers 300 with a location that contains the token; spans of the HTTP client are checked, too",
          why: "As for `echo-request-id-span`.",
          peers: false
        },
        "UnexpectedStatusError",
        (request) => answer(300, "", { location: `/login?from=${encodeURIComponent(credentials(request))}` })
      ),
      row(
        {
          id: "echo-content-type",
          server: "answers a stream with 200, and the token in the content type",
          why: "Every header is text.",
          kind: "stream"
        },
        "ResponseDecodeError",
        (request) => whole200("<html></html>", `text/html; from="${credentials(request)}"`)
      ),
      row(
        {
          id: "echo-content-type-unary",
          server: "answers with a page, and the token in its content type",
          why: "As for `echo-content-type`."
        },
        "ResponseDecodeError",
        (request) => whole200("<html></html>", `text/html; from="${credentials(request)}"`)
      ),
      row(
        {
          id: "echo-header",
          server: "answers 500, and returns every header of the request as its own",
          why: "Echo servers do this.",
          secret: true
        },
        "ServerError",
        (request) =>
          answer(500, undefined, {
            "x-authorization": credentials(request),
            "set-cookie": `last=${encodeURIComponent(prompt)}; token=${credentials(request)}`,
            server: credentials(request)
          })
      ),
      row(
        {
          id: "echo-header-known",
          server: "answers 503, with the token in `Retry-After` and `Date`",
          why: "Only headers with valid values may be shown."
        },
        "OverloadedError",
        (request) => answer(503, undefined, { "retry-after": credentials(request), date: credentials(request) })
      ),
      row(
        {
          id: "echo-event-name",
          server: "names an event after the token, with text that is not JSON, and then fails",
          why: "Unknown names are logged.",
          kind: "stream"
        },
        "ServerError",
        (request) =>
          sse(
            begun,
            `event: ${credentials(request)}\ndata: ping\n\n`,
            `event: ${prompt}\ndata: ping\n\n`,
            event('{"error":{"message":"out of memory"}}')
          )
      ),
      row(
        {
          id: "echo-request-id-frame",
          server: "sends an error inside a stream, with the token as `request_id`, code and type",
          why: "The same as in a 400.",
          kind: "stream"
        },
        "ServerError",
        (request) =>
          sse(
            begun,
            event(
              JSON.stringify({
                request_id: credentials(request),
                error: { message: "no", code: credentials(request), type: prompt, param: credentials(request) }
              })
            )
          )
      ),
      row(
        {
          id: "echo-retries",
          server: "answers 500 three times, each with the whole request in it",
          why: "Logs and traces between attempts are visible, too.",
          settings: {
            retry: {
              policy: Retry.backoff({ initialInterval: "5 millis", maxInterval: "10 millis", maxRetries: 2 }),
              times: 2
            }
          }
        },
        "ServerError",
        (request) => answer(500, JSON.stringify({ error: { message: echo(request) } }), { "retry-after-ms": 5 })
      ),
      row(
        {
          id: "echo-escaped",
          server: "quotes the request as JSON in JSON",
          why: "Gateways wrap the answers of the servers behind them."
        },
        "ServerError",
        (request) =>
          answer(502, JSON.stringify({ error: { message: JSON.stringify({ inner: JSON.stringify(echo(request)) }) } }))
      ),
      row(
        {
          id: "echo-frame",
          server: "echoes the request in an error inside a stream",
          why: "The same as in a 400.",
          kind: "stream"
        },
        "ServerError",
        (request) => sse(begun, event(JSON.stringify({ error: { message: echo(request) } })))
      ),
      row(
        {
          id: "echo-event-text",
          server: "sends the request as an event that is not JSON",
          why: "The same as in a 400.",
          kind: "stream"
        },
        "ResponseDecodeError",
        (request) => sse(begun, event(`failed: ${credentials(request)} ${prompt}`))
      ),
      row(
        {
          id: "echo-event-shape",
          server: "sends the request as an event of another shape",
          why: "The same as in a 400.",
          kind: "stream"
        },
        "ResponseDecodeError",
        (request) => sse(begun, event(JSON.stringify({ choices: { [prompt]: credentials(request) } })))
      ),
      row(
        {
          id: "echo-cut-line",
          server: "echoes the request in a last line that is cut",
          why: "The same as in a 400.",
          kind: "stream"
        },
        "StreamTruncatedError",
        (request) => sse(begun, `data: {"error": "${credentials(request)} ${prompt}`)
      ),
      row(
        { id: "echo-200", server: "answers 200 with the request instead of an answer", why: "Echo servers exist." },
        "ResponseDecodeError",
        (request) => whole200(request.body.toString("utf8"))
      ),
      row(
        {
          id: "echo-part",
          server: "quotes the middle of the prompt",
          why: "Validators quote the text around a mistake."
        },
        "InvalidRequestError",
        () => answer(400, JSON.stringify({ error: { message: `near “${prompt.slice(8, 40)}”` } }))
      ),
      row(
        {
          id: "echo-status-line",
          server: "puts the prompt into the reason after the status",
          why: "Transports put it into messages."
        },
        "ServerError",
        () => [head(`500 ${prompt}`, { "content-length": 0 })]
      ),
      ...headerRows,
      ...keyedRows,
      ...readableRows,
      {
        id: "secret-input",
        server: "gets nothing: the request is invalid",
        shows: "InvalidRequestError that names fields, without token and prompt",
        why: "Schemas often quote the rejected value.",
        peers: false,
        run: async (client) => {
          const outcome = await run(client, {
            kind: "unary",
            baseUrl: "http://127.0.0.1:9",
            request: { messages: [{ role: prompt, content: { text: prompt } }], stop: prompt, temperature: prompt }
          })
          const leaks = leaksOf(outcome)
          return outcome.ended === "InvalidRequestError" && leaks.length === 0
            ? { ok: true, seen: outcome.ended }
            : { ok: false, seen: `${outcome.ended} shows ${leaks.join(" and ")}: ${outcome.message}` }
        }
      }
    ],
    /^(?:reason-|echo-(?:message|detail|page|code|frame|event|cut-line|200|part|escaped|retries)|secret-(?:input|decode))/
  )
}
