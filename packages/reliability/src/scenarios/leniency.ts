import { always, type Steps } from "../RawServer.js"
import { complete, type Expected, type Family, one, overAnyLayer, type Scenario } from "../Scenario.js"
import { chunk, completion, event, head, lastPiece, piece, sse, text, usage, whole, whole200, words } from "../wire.js"

type Json = Readonly<Record<string, unknown>>
type Row = Pick<Scenario, "id" | "server" | "why"> & { readonly peers?: Scenario["peers"] }

const answer = JSON.parse(completion()) as Json & { readonly choices: ReadonlyArray<Json> }
const [choice] = answer.choices as readonly [Json]

const without = (json: Json, ...fields: ReadonlyArray<string>): Json =>
  Object.fromEntries(Object.entries(json).filter(([field]) => !fields.includes(field)))

/** A whole answer. */
const unary = (described: Row, json: Json): Scenario =>
  one({
    shows: "the answer",
    ...described,
    kind: "unary",
    script: () => always(...whole200(JSON.stringify(json))),
    expected: complete
  })

const stream = (described: Row, steps: Steps, expected: Expected = complete, shows = "the whole text"): Scenario =>
  one({ shows, ...described, kind: "stream", script: () => always(...steps), expected })

const done = event("[DONE]")

/** A stream with this event among its events, and after the last one. */
const among = (described: Row, json: Json | string): Scenario => {
  const frame = event(typeof json === "string" ? json : JSON.stringify(json))
  const pieces = words.map((word) => event(chunk(word)))
  return stream(described, sse(...pieces.slice(0, 2), frame, ...pieces.slice(2), event(chunk("", "stop")), frame, done))
}

/** A stream in which every event is changed. */
const each = (described: Row, change: (json: Json & { readonly choices: ReadonlyArray<Json> }) => Json): Scenario =>
  stream(described, sse(...whole.map((data) => event(JSON.stringify(change(JSON.parse(data) as never)))), done))

const inChoices =
  (change: (choice: Json) => Json) =>
  (json: Json & { readonly choices: ReadonlyArray<Json> }): Json => ({ ...json, choices: json.choices.map(change) })

const typed = (described: Row, contentType: string | undefined): Scenario =>
  stream(described, [
    head("200 OK", {
      ...(contentType === undefined ? {} : { "content-type": contentType }),
      "transfer-encoding": "chunked"
    }),
    ...whole.map((data) => piece(event(data))),
    piece(done),
    lastPiece
  ])

/** A body that is not an event stream, with a content type that does not show this. */
const other = (described: Row, ended: string, body: string, contentType: string): Scenario =>
  stream(described, whole200(body, contentType), { ended, text: "", events: 0, attempts: 1 }, ended)

const details = { prompt_tokens_details: { cached_tokens: 3 } }
const logprobs = (entry: Json): Json => ({ content: [{ token: "a", logprob: -0.5, bytes: [97], ...entry }] })

/** Clients that treat a missing finish reason as a normal end. */
const tellsNothing = ["ai-sdk"]

/** Values of the field `error` when there is no error. */
const noErrors: ReadonlyArray<readonly [name: string, value: unknown]> = [
  ["object", {}],
  ["text", ""],
  ["false", false],
  ["list", []],
  ["zero", 0]
]

export const family: Family = {
  name: "leniency",
  title: "Answers without optional fields",
  about:
    "The text is complete and paid for, but another field is missing, null or empty. The caller must get the answer. `docs/guides/answers.md` lists the required fields of an answer.",
  scenarios: overAnyLayer([
    unary(
      {
        id: "lenient-bare",
        server: "answers only with a choice that has a message",
        why: "The text has arrived.",
        peers: tellsNothing
      },
      { choices: [{ message: { content: text } }] }
    ),
    unary(
      {
        id: "lenient-created",
        server: "answers with `created` of a fraction of a second",
        why: "Python's `time.time()`."
      },
      { ...answer, created: 1_700_000_000.123 }
    ),
    unary(
      {
        id: "lenient-head-null",
        server: "answers with `id`, `created`, `model` and `object` that are null",
        why: "Proxies lose them."
      },
      { ...answer, id: null, created: null, model: null, object: null }
    ),
    unary(
      { id: "lenient-usage-null", server: "answers with `usage: null`", why: "It was not counted." },
      { ...answer, usage: null }
    ),
    unary(
      { id: "lenient-usage-empty", server: "answers with `usage: {}`", why: "As for `lenient-usage-null`." },
      { ...answer, usage: {} }
    ),
    unary(
      {
        id: "lenient-usage-part",
        server: "answers with details of usage, and no counts",
        why: "As for `lenient-usage-null`."
      },
      { ...answer, usage: details }
    ),
    unary(
      {
        id: "lenient-finish-null",
        server: "answers with `finish_reason: null`",
        why: "Complete JSON is a complete answer.",
        peers: tellsNothing
      },
      { ...answer, choices: [{ ...choice, finish_reason: null }] }
    ),
    unary(
      { id: "lenient-index", server: "answers with a choice without `index`", why: "There is only one." },
      { ...answer, choices: [without(choice, "index")] }
    ),
    unary(
      {
        id: "lenient-logprobs",
        server: "answers with `top_logprobs: null` and `logprob: null`",
        why: "Minus infinity is not JSON."
      },
      { ...answer, choices: [{ ...choice, logprobs: logprobs({ logprob: null, top_logprobs: null }) }] }
    ),
    unary(
      {
        id: "lenient-call",
        server: "answers with a tool call without `id`, `type` and `arguments`, and with text",
        why: "The name says what to call."
      },
      {
        ...answer,
        choices: [
          { ...choice, message: { role: "assistant", content: text, tool_calls: [{ function: { name: "now" } }] } }
        ]
      }
    ),
    ...noErrors.map(([name, error]) =>
      unary(
        {
          id: `lenient-error-${name}`,
          server: `answers with \`error: ${JSON.stringify(error)}\``,
          why: "There is no error."
        },
        { ...answer, error }
      )
    ),
    each(
      {
        id: "lenient-stream-created",
        server: "sends `created` of a fraction of a second in every event",
        why: "As for `lenient-error-zero`."
      },
      (json) => ({ ...json, created: 1_700_000_000.5 })
    ),
    each(
      {
        id: "lenient-stream-head-null",
        server: "sends `id`, `created`, `model` and `object` that are null",
        why: "As for `lenient-error-zero`."
      },
      (json) => ({ ...json, id: null, created: null, model: null, object: null })
    ),
    each(
      { id: "lenient-stream-index", server: "sends choices without `index`", why: "There is only one." },
      inChoices((choice) => without(choice, "index"))
    ),
    each(
      {
        id: "lenient-stream-delta",
        server: "ends with a choice that has a finish reason, and no `delta`",
        why: "It adds no text."
      },
      inChoices((choice) => (choice["finish_reason"] === null ? choice : without(choice, "delta")))
    ),
    each(
      { id: "lenient-stream-logprobs", server: "sends `top_logprobs: null`", why: "They were not requested." },
      inChoices((choice) => ({ ...choice, logprobs: logprobs({ top_logprobs: null }) }))
    ),
    among(
      {
        id: "lenient-delta-null",
        server: "sends a choice with `delta: null`",
        why: "As for `lenient-stream-logprobs`."
      },
      { choices: [{ index: 0, delta: null }] }
    ),
    among(
      {
        id: "lenient-usage-frame",
        server: "sends usage without `choices`, in the middle and after the end",
        why: "Running counts."
      },
      { usage }
    ),
    among(
      {
        id: "lenient-usage-frame-part",
        server: "sends details of usage without counts",
        why: "As for `lenient-usage-frame`."
      },
      { ...without(JSON.parse(chunk("")) as Json, "choices"), choices: [], usage: details }
    ),
    among(
      {
        id: "lenient-usage-frame-empty",
        server: "sends `usage: {}` in an event with an empty text",
        why: "As for `lenient-usage-frame`."
      },
      { ...(JSON.parse(chunk("")) as Json), usage: {} }
    ),
    among(
      {
        id: "lenient-cost-frame",
        server: "sends the cost, without `choices`",
        why: "Gateways report the cost."
      },
      { id: "chatcmpl-1", object: "chat.completion.chunk", cost: 0.00012, provider: "p" }
    ),
    among(
      {
        id: "lenient-ping",
        server: 'sends `{"type":"ping"}` without an event name',
        why: "It keeps the connection alive."
      },
      { type: "ping" }
    ),
    among(
      { id: "lenient-no-data", server: "sends events without data", why: "As for `lenient-ping`.", peers: false },
      ""
    ),
    ...noErrors.map(([name, error]) =>
      among(
        {
          id: `lenient-stream-error-${name}`,
          server: `sends \`error: ${JSON.stringify(error)}\` in an event`,
          why: "There is no error."
        },
        { ...(JSON.parse(chunk("")) as Json), error }
      )
    ),
    typed(
      { id: "lenient-type-none", server: "streams without a content type", why: "The events have arrived." },
      undefined
    ),
    typed(
      { id: "lenient-type-empty", server: "streams with an empty content type", why: "As for `lenient-type-none`." },
      ""
    ),
    typed(
      { id: "lenient-type-text", server: "streams as `text/plain`", why: "As for `lenient-type-none`." },
      "text/plain; charset=utf-8"
    ),
    typed(
      { id: "lenient-type-bytes", server: "streams as `application/octet-stream`", why: "As for `lenient-type-none`." },
      "application/octet-stream"
    ),
    other(
      {
        id: "lenient-type-page",
        server: "answers with a page without a content type",
        why: "No line of it is an event.",
        peers: false
      },
      "ResponseDecodeError",
      "<html><body>Please sign in</body></html>",
      ""
    ),
    other(
      {
        id: "lenient-type-answer",
        server: "answers with a whole answer as `text/plain`",
        why: "As for `lenient-type-page`.",
        peers: false
      },
      "ResponseDecodeError",
      completion(),
      "text/plain"
    ),
    other(
      {
        id: "lenient-type-error",
        server: "answers with a JSON error as `text/plain`",
        why: "It says what is wrong.",
        peers: false
      },
      "OverloadedError",
      '{"error":{"message":"no room","type":"overloaded_error"}}',
      "text/plain"
    ),
    stream(
      {
        id: "lenient-lost",
        server: "sends usage together with a text where no text should be",
        why: "Unread text must not be skipped.",
        peers: false
      },
      sse(event(chunk("Streams ")), event(JSON.stringify({ usage, text: "that " })), event(chunk("", "stop")), done),
      { ended: "ResponseDecodeError", text: "Streams ", events: 1, attempts: 1 },
      "the first event, then ResponseDecodeError"
    ),
    stream(
      {
        id: "lenient-lost-named",
        server: "sends a chunk of another kind in an event with a name",
        why: "As for `lenient-lost`.",
        peers: false
      },
      sse(
        event(chunk("Streams ")),
        `event: chunk\n${event('{"choices":[{"index":0,"delta":{"content":7}}]}')}`,
        event(chunk("", "stop")),
        done
      ),
      { ended: "ResponseDecodeError", text: "Streams ", events: 1, attempts: 1 },
      "the first event, then ResponseDecodeError"
    )
  ])
}
