/** Invalid answers of servers of the Messages API. Other clients do not have this API. */
import type { Call } from "../Contender.js"
import { always, inTurn, type Steps } from "../RawServer.js"
import { type Expected, type Family, one, overAnyLayer, type Scenario, type Settings } from "../Scenario.js"
import { model, sse, text, whole200, words } from "../wire.js"

interface Json {
  readonly [field: string]: unknown
}

/** An event with its name, or without. */
const frame = (name: string | undefined, data: string): string =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${data}\n\n`

const event = (type: string, fields: Json = {}): string => frame(type, JSON.stringify({ type, ...fields }))

const start = (usage: unknown = { input_tokens: 9, output_tokens: 0 }): string =>
  event("message_start", { message: { id: "msg_1", type: "message", role: "assistant", model, content: [], usage } })
const begin = (index: number, content_block: Json): string => event("content_block_start", { index, content_block })
const delta = (index: number, given: Json): string => event("content_block_delta", { index, delta: given })
const said = (piece: unknown): string => delta(0, { type: "text_delta", text: piece })
const end = (index: number): string => event("content_block_stop", { index })
const reason = (usage: unknown = { output_tokens: 4 }): string =>
  event("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage })
const stop = event("message_stop")

const block = begin(0, { type: "text", text: "" })
const pieces = words.map(said)
const tail = [end(0), reason(), stop]
const whole = [start(), block, ...pieces, ...tail]

/** Two pieces of text, then an unexpected event, then the rest of a normal stream. */
const amid = (...odd: ReadonlyArray<string>): Steps =>
  sse(start(), block, ...pieces.slice(0, 2), ...odd, ...pieces.slice(2), ...tail)
/** The same, but the unexpected event replaces the third piece. */
const instead = (odd: string): Steps => sse(start(), block, ...pieces.slice(0, 2), odd, ...pieces.slice(3), ...tail)
const begunText = words.slice(0, 2).join("")

type Described = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  readonly kind?: Call["kind"]
  readonly expected?: Partial<Expected>
  readonly fold?: boolean
  readonly calls?: ReadonlyArray<readonly [id: string, name: string, args: string]>
  readonly tokens?: number
}

const row = ({ calls, expected, fold, tokens, ...described }: Described, ended: string, script: Steps): Scenario => {
  const settings: Settings = { api: "messages", ...(fold === true ? { fold: {} } : {}) }
  return one({
    shows: ended === "complete" ? "the whole text, and success" : `what had arrived, then ${ended}`,
    kind: "stream",
    peers: false,
    ...described,
    settings,
    script: () => always(...script),
    expected: { ended, attempts: 1, text, ...expected },
    also: (_, { answer }) => {
      const wrong: Array<string> = []
      const compare = (what: string, wanted: unknown, got: unknown): void => {
        const [due, seen] = [JSON.stringify(wanted), JSON.stringify(got)]
        if (wanted !== undefined && due !== seen) wrong.push(`${what}: \`${seen}\`, expected \`${due}\``)
      }
      compare("tokens", tokens, answer?.tokens)
      compare(
        "calls",
        calls,
        answer?.calls.map((call) => [call.id, call.name, call.arguments])
      )
      return wrong
    }
  })
}

/** A broken event instead of the third piece: the client must give two pieces, then a failure. */
const broken = (described: Pick<Scenario, "id" | "server" | "why">, message: RegExp, odd: string): Scenario =>
  row({ ...described, expected: { text: begunText, events: 4, message } }, "ResponseDecodeError", instead(odd))

const unary = (described: Described, ended: string, answer: Json): Scenario =>
  row(
    {
      shows: ended === "complete" ? "the answer" : ended,
      ...described,
      kind: "unary",
      expected: { text: ended === "complete" ? text : "", ...described.expected }
    },
    ended,
    whole200(JSON.stringify(answer))
  )

const answer: Json = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model,
  content: [{ type: "text", text }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 9, output_tokens: 4 }
}

/** An answer of these blocks, whole and streamed, that is sent back: the next request must have this content. */
const turn = (
  described: Pick<Scenario, "id" | "server" | "why">,
  content: ReadonlyArray<Json>,
  back: unknown
): ReadonlyArray<Scenario> =>
  (["unary", "stream"] as const).map((kind) =>
    one({
      ...described,
      id: `messages-turn-${described.id}-${kind}`,
      server: `answers with ${described.server}${kind === "stream" ? ", in events" : ""}; then the answer is sent back`,
      shows: `the next request has \`${JSON.stringify(back)}\``,
      kind,
      peers: false,
      script: () =>
        inTurn(
          kind === "unary"
            ? whole200(JSON.stringify({ ...answer, content }))
            : sse(start(), ...content.flatMap((given, index) => [begin(index, given), end(index)]), reason(), stop),
          whole200(JSON.stringify(answer))
        ),
      settings: { api: "messages", replay: true, ...(kind === "stream" ? { fold: {} } : {}) },
      expected: { ended: "complete", text, attempts: 2 },
      also: ({ requests }) => {
        const body = JSON.parse(requests[1]?.body.toString() ?? "{}") as { readonly messages?: ReadonlyArray<Json> }
        const given = body.messages?.find((message) => message["role"] === "assistant")?.["content"]
        const [due, seen] = [JSON.stringify(back), JSON.stringify(given)]
        return due === seen ? [] : [`the next request has \`${seen}\``]
      }
    })
  )

const call = (input: unknown): Json => ({ type: "tool_use", id: "toolu_1", name: "now", input })

export const family: Family = {
  name: "messages",
  title: "Messages",
  about:
    "The Messages API names its events. A documented event must decode, otherwise part of the answer would be missing. Optional fields may be missing.",
  scenarios: overAnyLayer([
    row(
      {
        id: "messages-whole",
        server: "sends a whole answer",
        why: "The reference for the other rows.",
        expected: { events: whole.length }
      },
      "complete",
      sse(...whole)
    ),
    row(
      {
        id: "messages-no-names",
        server: "omits the `event:` lines",
        why: "Some servers do this; each event has its type.",
        expected: { events: whole.length }
      },
      "complete",
      sse(...whole.map((it) => it.replace(/^event: .*\n/, "")))
    ),
    row(
      {
        id: "messages-no-types",
        server: "omits `type` in the data, and has it in the `event:` lines",
        why: "The name says the type.",
        expected: { events: whole.length }
      },
      "complete",
      sse(...whole.map((it) => it.replace(/"type":"(?:message|content_block)_\w+",?/, "")))
    ),
    row(
      {
        id: "messages-ping",
        server: "sends pings with and without data, JSON and not",
        why: "A heartbeat has no content."
      },
      "complete",
      amid(event("ping"), frame("ping", "{}"), frame("ping", "still here"), frame(undefined, '{"type":"ping"}'))
    ),
    row(
      {
        id: "messages-vendor-events",
        server: "sends events with its own names, with and without JSON",
        why: "An event that is newer than the client is not a failure."
      },
      "complete",
      amid(event("queue_position", { at: 3 }), frame("note", "nearly there"), frame("metrics", '{"text":42}'))
    ),
    row(
      {
        id: "messages-newer-blocks",
        server: "sends blocks and deltas of types that are newer than the client",
        why: "As for `messages-vendor-events`; the text is known."
      },
      "complete",
      sse(
        start(),
        block,
        ...pieces,
        delta(0, { type: "citations_delta", citation: { url: 7 } }),
        end(0),
        begin(1, { type: "server_tool_use", id: 7, name: null }),
        delta(1, { type: "later_delta", text: 42 }),
        end(1),
        reason(),
        stop
      )
    ),
    broken(
      {
        id: "messages-cut-json",
        server: "cuts the JSON of a delta, and continues",
        why: "If it were skipped, the stream would succeed with less text."
      },
      /not JSON/,
      frame("content_block_delta", '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","te')
    ),
    broken(
      {
        id: "messages-cut-json-no-name",
        server: "cuts the JSON of a delta that has no `event:` line, and continues",
        why: "As for `messages-cut-json`."
      },
      /no(?:t)? JSON/,
      frame(undefined, '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","te')
    ),
    broken(
      {
        id: "messages-text-number",
        server: "sends a number instead of text",
        why: "The meaning must not be guessed."
      },
      /delta\.text: expected a string, got 42/,
      said(42)
    ),
    broken(
      { id: "messages-index-text", server: 'sends `index: "0"`', why: "As for `messages-text-number`." },
      /index: expected/,
      event("content_block_delta", { index: "0", delta: { type: "text_delta", text: words[2] } })
    ),
    broken(
      {
        id: "messages-count-text",
        server: 'sends `output_tokens: "5"` in the middle',
        why: "As for `messages-text-number`."
      },
      /usage\.output_tokens: expected/,
      reason({ output_tokens: "5" })
    ),
    broken(
      {
        id: "messages-name-and-type",
        server: "names an event `content_block_delta` and types it `message_stop`",
        why: "One of the two is wrong; trusting the type would end the answer in success."
      },
      /name of one type/,
      frame("content_block_delta", '{"type":"message_stop"}')
    ),
    broken(
      {
        id: "messages-no-name-no-type",
        server: "sends an event with neither a name nor a type",
        why: "It may be any part of the answer."
      },
      /does not match the API/,
      frame(undefined, JSON.stringify({ index: 0, delta: { text: words[2] } }))
    ),
    row(
      {
        id: "messages-wrong-name",
        server: "sends text under the name `ping`",
        why: "The text arrived, whatever its name is."
      },
      "complete",
      instead(said(words[2]).replace("event: content_block_delta", "event: ping"))
    ),
    row(
      {
        id: "messages-error-event",
        server: "sends `event: error` in the middle",
        why: "The API's own form of failure.",
        expected: { text: begunText, events: 4, message: /come back later/ }
      },
      "OverloadedError",
      instead(event("error", { error: { type: "overloaded_error", message: "come back later" } }))
    ),
    row(
      {
        id: "messages-no-stop",
        server: "ends after the stop reason, without `message_stop`",
        why: "The end is missing.",
        expected: { events: whole.length - 1 }
      },
      "StreamTruncatedError",
      sse(...whole.slice(0, -1))
    ),
    row(
      {
        id: "messages-cut",
        server: "ends in the middle of the text",
        why: "As for `messages-no-stop`.",
        expected: { text: begunText, events: 4 }
      },
      "StreamTruncatedError",
      sse(start(), block, ...pieces.slice(0, 2))
    ),
    row(
      {
        id: "messages-no-blocks",
        server: "omits the events that begin and end blocks, and that begin the message",
        why: "The text is complete without them.",
        fold: true
      },
      "complete",
      sse(...pieces, reason(), stop)
    ),
    row(
      {
        id: "messages-usage-zero",
        server: "says `input_tokens: 9` first, and `input_tokens: 0` at the end",
        shows: "text, and the higher count",
        why: "A last event that knows only the answer's tokens; the request was paid for.",
        fold: true,
        tokens: 13
      },
      "complete",
      sse(start(), block, ...pieces, end(0), reason({ input_tokens: 0, output_tokens: 4 }), stop)
    ),
    row(
      {
        id: "messages-usage-null",
        server: "has null instead of usage and counts",
        shows: "text, and the counts that arrived",
        why: "Null says nothing.",
        fold: true,
        tokens: 13
      },
      "complete",
      sse(
        start({ input_tokens: 9, output_tokens: null, cache_read_input_tokens: null }),
        block,
        ...pieces,
        event("message_delta", { delta: null, usage: { input_tokens: null, output_tokens: 4 } }),
        reason(null),
        stop
      )
    ),
    row(
      {
        id: "messages-bare",
        server: "omits ids, indexes, roles, usage, and the stop reason",
        why: "The text and the end have arrived.",
        fold: true
      },
      "complete",
      sse(
        event("message_start"),
        event("content_block_start", { content_block: { type: "text" } }),
        ...words.map((word) => event("content_block_delta", { delta: { type: "text_delta", text: word } })),
        event("content_block_stop"),
        event("message_delta"),
        stop
      )
    ),
    ...[
      ["empty-text", "an empty text", ""],
      ["null", "null", null],
      ["missing", "nothing", undefined]
    ].map(([id, what, input]) =>
      row(
        {
          id: `messages-input-${String(id)}`,
          server: `begins a call of a tool without arguments, with ${String(what)} as its input`,
          shows: "text and call, with an empty object",
          why: "No arguments are an empty object.",
          fold: true,
          calls: [["toolu_1", "now", "{}"]]
        },
        "complete",
        sse(start(), block, ...pieces, end(0), begin(1, call(input)), end(1), reason(), stop)
      )
    ),
    row(
      {
        id: "messages-input-pieces",
        server: "begins a call with an empty text as its input, then sends the input in parts",
        shows: "text and call",
        why: "As for `messages-input-missing`.",
        fold: true,
        calls: [["toolu_1", "now", '{"zone":"UTC"}']]
      },
      "complete",
      sse(
        start(),
        block,
        ...pieces,
        end(0),
        begin(1, call("")),
        delta(1, { type: "input_json_delta", partial_json: '{"zone":' }),
        delta(1, { type: "input_json_delta", partial_json: '"UTC"}' }),
        end(1),
        reason(),
        stop
      )
    ),
    unary(
      { id: "messages-answer", server: "sends a whole answer", why: "The reference for the next rows.", tokens: 13 },
      "complete",
      answer
    ),
    unary(
      {
        id: "messages-answer-bare",
        server: "answers only with the text: no id, type, role, model, usage or stop reason",
        why: "The text has arrived, and has been paid for."
      },
      "complete",
      { content: answer["content"] }
    ),
    unary(
      {
        id: "messages-answer-nulls",
        server: "has null for id, type, role, model, usage and stop reason",
        why: "Null is absent."
      },
      "complete",
      { ...answer, id: null, type: null, role: null, model: null, usage: null, stop_reason: null }
    ),
    unary(
      {
        id: "messages-answer-usage",
        server: "counts only the answer's tokens, with null from the cache",
        why: "An incomplete count is no reason to reject an answer.",
        tokens: 4
      },
      "complete",
      { ...answer, usage: { output_tokens: 4, cache_read_input_tokens: null } }
    ),
    ...[
      ["empty-text", "an empty text", ""],
      ["null", "null", null],
      ["missing", "nothing", undefined]
    ].map(([id, what, input]) =>
      unary(
        {
          id: `messages-answer-input-${String(id)}`,
          server: `calls a tool without arguments, with ${String(what)} as its input`,
          shows: "text and call, with an empty object",
          why: "No arguments are an empty object.",
          calls: [["toolu_1", "now", "{}"]]
        },
        "complete",
        { ...answer, content: [{ type: "text", text }, call(input)] }
      )
    ),
    unary(
      {
        id: "messages-answer-newer-block",
        server: "answers with a block of a type that is newer than the client, and thinking that is null",
        why: "The text is known."
      },
      "complete",
      {
        ...answer,
        content: [
          { type: "thinking", thinking: null },
          { type: "later", text: 7 },
          { type: "text", text }
        ]
      }
    ),
    unary(
      { id: "messages-answer-text-number", server: "answers with a number as its text", why: "No text arrived." },
      "ResponseDecodeError",
      { ...answer, content: [{ type: "text", text: 42 }] }
    ),
    unary(
      {
        id: "messages-answer-input-list",
        server: "calls a tool with a list as its input",
        why: "Not the intended call."
      },
      "ResponseDecodeError",
      { ...answer, content: [call([])] }
    ),
    unary(
      {
        id: "messages-answer-no-content",
        server: "answers without `content`",
        why: "Without text and calls there is no answer."
      },
      "ResponseDecodeError",
      { ...answer, content: null }
    ),
    ...turn(
      {
        id: "empty-blocks",
        server: "an empty text, empty thinking and a call",
        why: "Servers that check requests reject blocks without content."
      },
      [{ type: "thinking", thinking: "", signature: "" }, { type: "text", text: "" }, call({})],
      [call({})]
    ),
    ...turn(
      {
        id: "signature",
        server: "thinking with its signature, and text",
        why: "The server recognizes its thinking by the signature."
      },
      [
        { type: "thinking", thinking: "Hm.", signature: "sig" },
        { type: "thinking", thinking: "", signature: "hidden" },
        { type: "text", text }
      ],
      [
        { type: "thinking", thinking: "Hm.", signature: "sig" },
        { type: "thinking", thinking: "", signature: "hidden" },
        { type: "text", text }
      ]
    ),
    ...turn(
      { id: "nothing", server: "nothing", why: "An empty list of blocks is not a message." },
      [{ type: "text", text: "" }],
      ""
    ),
    ...turn(
      {
        id: "input",
        server: "a call with an empty text as its input",
        why: "The API takes only an object."
      },
      [call("")],
      [call({})]
    )
  ])
}
