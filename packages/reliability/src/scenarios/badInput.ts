import { run } from "../Contender.js"
import { always } from "../RawServer.js"
import { and, type Family, judge, overAnyLayer, plural, type Scenario, type Settings, withServer } from "../Scenario.js"
import { prompt, whole200 } from "../wire.js"

const cyclic: Record<string, unknown> = { type: "object" }
cyclic["properties"] = { self: cyclic }

const messages = [{ role: "user", content: prompt }]

const tool = (parameters: unknown) => ({ tools: [{ type: "function", function: { name: "f", parameters } }] })

const hostile = (): object =>
  Object.defineProperty({ role: "user" }, "content", {
    enumerable: true,
    get: () => {
      throw new Error("no")
    }
  })

const row = (
  described: Pick<Scenario, "id" | "server" | "why"> & { readonly peers?: Scenario["peers"]; readonly names: RegExp },
  settings: Settings
): Scenario => ({
  peers: false,
  shows: "InvalidRequestError that names the field; no connection is made",
  ...described,
  run: async (client) => {
    for (const kind of ["unary", "stream"] as const) {
      const verdict = await withServer(always(...whole200()), async (server) => {
        const outcome = await run(client, { kind, baseUrl: server.url, ...settings })
        const { accepted } = server.connections
        const sent = server.requests[0]?.body.toString("utf8") ?? ""
        const got = /"\w+":null/.exec(sent)?.[0] ?? ""
        return and(
          await judge(client, outcome, server, { ended: "InvalidRequestError", message: described.names }),
          accepted === 0
            ? []
            : [
                sent === ""
                  ? plural(accepted, "connection")
                  : got === ""
                    ? "the value was left out"
                    : `the server was sent \`${got}\``
              ]
        )
      })
      if (verdict.ok !== true) return verdict
    }
    return { ok: true, seen: "rejected before any byte" }
  }
})

export const family: Family = {
  name: "badInput",
  title: "Invalid requests",
  about:
    "The caller's input is invalid, in a call and in a stream. In this table the second column is the input of the caller. Other clients are tested only if JSON cannot express the value and would change it silently.",
  scenarios: overAnyLayer([
    row(
      {
        id: "input-nan",
        server: "`temperature: NaN`",
        why: "JSON turns it into `null`, and the server into its default.",
        peers: true,
        names: /temperature/
      },
      { request: { temperature: Number.NaN } }
    ),
    row(
      {
        id: "input-infinity",
        server: "`temperature: Infinity`",
        why: "The same as NaN.",
        peers: true,
        names: /temperature/
      },
      { request: { temperature: Infinity } }
    ),
    row(
      {
        id: "input-cyclic",
        server: "a tool whose schema contains itself",
        why: "A thrown TypeError is not a typed failure.",
        peers: ["openai"],
        names: /tools/
      },
      { request: tool(cyclic) }
    ),
    row(
      {
        id: "input-bigint",
        server: "`max_tokens: 10n`",
        why: "The same as a cycle.",
        peers: ["openai"],
        names: /max_tokens/
      },
      { request: { max_tokens: 10n } }
    ),
    row(
      {
        id: "input-nan-deep",
        server: "NaN deep inside a tool's schema",
        why: "Types do not check there.",
        peers: ["openai"],
        names: /tools/
      },
      { request: tool({ type: "object", properties: { a: { maximum: Number.NaN } } }) }
    ),
    row(
      {
        id: "input-function",
        server: "a function inside a tool's schema",
        why: "JSON omits it.",
        peers: ["openai"],
        names: /tools/
      },
      { request: tool({ type: "object", properties: { a: () => 1 } }) }
    ),
    row(
      {
        id: "input-undefined",
        server: "`undefined` inside a list of a tool's schema",
        why: "JSON turns it into `null`.",
        peers: ["openai"],
        names: /tools/
      },
      { request: tool({ type: "string", enum: ["a", undefined] }) }
    ),
    row(
      {
        id: "input-symbol",
        server: "a symbol inside a list of a tool's schema",
        why: "As for `input-undefined`.",
        peers: ["openai"],
        names: /tools/
      },
      { request: tool({ type: "string", enum: ["a", Symbol("b")] }) }
    ),
    row(
      {
        id: "input-map",
        server: "a `Map` as a tool's schema",
        why: "JSON turns it into `{}`.",
        peers: ["openai"],
        names: /tools/
      },
      { request: tool(new Map([["type", "object"]])) }
    ),
    row(
      {
        id: "input-max-tokens",
        server: "`max_tokens: 1.5`",
        why: "Half a token is impossible; the server would report it only after a round trip.",
        names: /max_tokens/
      },
      { request: { max_tokens: 1.5 } }
    ),
    row(
      { id: "input-null", server: "`messages: null`", why: "As for `input-max-tokens`.", names: /messages/ },
      { request: { messages: null } }
    ),
    row(
      {
        id: "input-messages-type",
        server: "`messages` that is a string",
        why: "Callers without types.",
        names: /messages/
      },
      { request: { messages: "hello" } }
    ),
    row(
      {
        id: "input-messages-empty",
        server: "`messages: []`",
        why: "The API requires at least one.",
        names: /messages/
      },
      { request: { messages: [] } }
    ),
    row(
      {
        id: "input-message-null",
        server: "`messages: [null]`",
        why: "As for `input-messages-empty`.",
        names: /messages/
      },
      { request: { messages: [null] } }
    ),
    row(
      {
        id: "input-hostile",
        server: "a message whose getter throws",
        why: "Any input must give a typed failure.",
        names: /plain data|messages/
      },
      { request: { messages: [hostile()] } }
    ),
    row(
      {
        id: "input-half-pair",
        server: "a prompt that was cut inside an emoji",
        why: "UTF-8 cannot encode half of a surrogate pair: the server would get other text, or reject the request.",
        peers: ["openai"],
        names: /messages/
      },
      { request: { messages: [{ role: "user", content: "cut \ud83d" }] } }
    ),
    row(
      {
        id: "input-half-pair-deep",
        server: "the same in a name deep inside a tool's schema",
        why: "Types do not check there.",
        peers: ["openai"],
        names: /tools/
      },
      { request: tool({ type: "object", properties: { "\ud83d": { type: "string" } } }) }
    ),
    row(
      {
        id: "input-effort-empty",
        server: '`reasoning_effort: ""`',
        why: "Enums accept new words, but not an empty one.",
        names: /reasoning_effort/
      },
      { request: { reasoning_effort: "" } }
    ),
    row(
      { id: "input-model-empty", server: '`model: ""`', why: "No server can serve it.", names: /model/ },
      { request: { model: "" } }
    ),
    row(
      { id: "input-model-type", server: "`model: 7`", why: "As for `input-model-empty`.", names: /model/ },
      { request: { model: 7 } }
    ),
    row(
      { id: "input-range", server: "`top_p: 2`", why: "The API's own limit, without a round trip.", names: /top_p/ },
      { request: { top_p: 2 } }
    ),
    row(
      {
        id: "input-unknown",
        server: "`temprature: 1`",
        why: "Otherwise a typo would be ignored silently.",
        names: /temprature/
      },
      { request: { messages, temprature: 1 } }
    ),
    row(
      {
        id: "input-clock-nan",
        server: "`timeout: NaN`",
        why: "A timer treats it as zero.",
        names: /timeout/
      },
      { clocks: { total: Number.NaN } }
    ),
    row(
      {
        id: "input-clock",
        server: "`idleTimeout: -1`",
        why: "An invalid limit would otherwise apply forever, or never.",
        names: /idleTimeout/
      },
      { clocks: { idle: -1 } }
    )
  ])
}
