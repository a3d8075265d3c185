import { run } from "../Contender.js"
import { always } from "../RawServer.js"
import { and, type Family, judge, overAnyLayer, type Scenario, withServer } from "../Scenario.js"
import { event, model, sse, text, usage, words } from "../wire.js"

type Delta = Readonly<Record<string, unknown>>

const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model }

/** The JSON of an event with one choice. */
const piece = (delta: Delta, more: Delta = {}, top: Delta = {}): string =>
  JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: null, ...more }], ...top })

const calls = (...deltas: ReadonlyArray<unknown>): string => piece({ tool_calls: deltas })

/** A piece of a function call, with the given fields. */
const part = (
  index: number | undefined,
  { args, id, name }: { readonly args?: string; readonly id?: string | null; readonly name?: string | null }
): Delta => ({
  ...(index === undefined ? {} : { index }),
  ...(id === undefined ? {} : { id, type: "function" }),
  function: { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args }) }
})

const ended = (reason: string): string => piece({}, { finish_reason: reason })

const counts = (top: Delta): string => JSON.stringify({ ...head, choices: [], ...top })

interface Expected {
  readonly texts?: ReadonlyArray<string>
  /** Id (if the server gave one), name and arguments, in the order of the server. For other clients, any order. */
  readonly calls?: ReadonlyArray<readonly [id: string | undefined, name: string, args: string]>
  readonly tokens?: number
}

type Row = Pick<Scenario, "id" | "server" | "why"> & {
  readonly shows?: string
  /** The first events. */
  readonly begin?: ReadonlyArray<string>
  readonly peers?: Scenario["peers"]
  readonly request?: Readonly<Record<string, unknown>>
}

const row = (
  { begin = [piece({ role: "assistant" })], request, ...described }: Row,
  expected: Expected,
  events: ReadonlyArray<string>
): Scenario => ({
  shows: expected.calls === undefined ? "the intended text" : "the intended calls",
  peers: true,
  ...described,
  run: (client) =>
    withServer(always(...sse(...[...begin, ...events].map((data) => event(data)), event("[DONE]"))), async (server) => {
      const tools = expected.calls === undefined ? undefined : [...new Set(expected.calls.map(([, name]) => name))]
      const outcome = await run(client, { kind: "stream", baseUrl: server.url, fold: { tools }, request })
      const verdict = await judge(client, outcome, server, { ended: "complete", attempts: 1 })
      const { answer } = outcome
      if (answer === undefined) return and(verdict, verdict.ok === true ? ["no answer"] : [])
      const wrong: Array<string> = []
      const compare = (what: string, wanted: unknown, got: unknown): void => {
        const [due, seen] = [JSON.stringify(wanted), JSON.stringify(got)]
        if (due !== seen) wrong.push(`${what}: \`${seen}\`, expected \`${due}\``)
      }
      if (expected.texts !== undefined) compare("text", expected.texts, answer.texts)
      if (expected.tokens !== undefined) compare("tokens", expected.tokens, answer.tokens)
      if (expected.calls !== undefined) {
        const ids = expected.calls.every(([id]) => id !== undefined)
        const shown = (all: ReadonlyArray<readonly [string | undefined, string, string]>): ReadonlyArray<string> => {
          const rendered = all.map(([id, name, args]) => `${ids ? `${id} ` : ""}${name}(${args})`)
          return client.isOurs ? rendered : rendered.toSorted()
        }
        compare(
          "calls",
          shown(expected.calls),
          shown(answer.calls.map(({ arguments: args, id, name }) => [id, name, args] as const))
        )
      }
      if (Object.hasOwn(Object.prototype, "polluted")) {
        wrong.push("`Object.prototype` was written to")
        delete (Object.prototype as { polluted?: unknown }).polluted
      }
      return and(verdict, wrong)
    })
})

const spoken = words.map((word) => piece({ content: word }))

export const family: Family = {
  name: "deltas",
  title: "Answers joined from parts",
  about:
    "An answer arrives in parts, and servers split it in different ways. In the end the caller must get the model's intended answer: text, function calls with their ids and arguments, token counts. Ours is called with `ChatStream.fold`, `openai` with `stream` and `finalChatCompletion`, `ai` with the parts of `fullStream`.",
  scenarios: overAnyLayer([
    row(
      {
        id: "calls-plain",
        server: "calls two functions, one after the other, in parts",
        why: "As the documentation shows it."
      },
      {
        calls: [
          ["call_a", "now", '{"zone":"UTC"}'],
          ["call_b", "add", '{"a":1,"b":2}']
        ]
      },
      [
        piece({ content: null }),
        calls(part(0, { id: "call_a", name: "now", args: "" })),
        calls(part(0, { args: '{"zone"' })),
        calls(part(0, { args: ':"UTC"}' })),
        calls(part(1, { id: "call_b", name: "add", args: "" })),
        calls(part(1, { args: '{"a":1,' })),
        calls(part(1, { args: '"b":2}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-interleaved",
        server: "mixes the parts of three calls, distinguished by their index",
        why: "That is the purpose of an index."
      },
      {
        calls: [
          ["call_a", "a", '{"x":1}'],
          ["call_b", "b", '{"y":2}'],
          ["call_c", "c", '{"z":3}']
        ]
      },
      [
        calls(part(0, { id: "call_a", name: "a", args: "" })),
        calls(part(1, { id: "call_b", name: "b", args: "" }), part(2, { id: "call_c", name: "c", args: '{"z"' })),
        calls(part(1, { args: '{"y"' }), part(0, { args: '{"x"' })),
        calls(part(2, { args: ":3}" })),
        calls(part(0, { args: ":1}" }), part(1, { args: ":2}" })),
        ended("tool_calls")
      ]
    ),
    row(
      { id: "calls-one-event", server: "sends two whole calls in one event", why: "Servers that buffer do this." },
      {
        calls: [
          ["call_a", "now", "{}"],
          ["call_b", "add", '{"a":1}']
        ]
      },
      [
        calls(
          part(0, { id: "call_a", name: "now", args: "{}" }),
          part(1, { id: "call_b", name: "add", args: '{"a":1}' })
        ),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-out-of-order",
        server: "begins the call of index 1 before that of index 0",
        why: "The index is the order."
      },
      {
        calls: [
          ["call_a", "a", '{"x":1}'],
          ["call_b", "b", '{"y":2}']
        ]
      },
      [
        calls(part(1, { id: "call_b", name: "b", args: '{"y":2}' })),
        calls(part(0, { id: "call_a", name: "a", args: '{"x":1}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-no-index",
        server: "gives no index; a call begins with its id and name",
        why: "Servers that translate from other APIs omit it."
      },
      {
        calls: [
          ["call_a", "now", '{"zone":"UTC"}'],
          ["call_b", "add", '{"a":1}']
        ]
      },
      [
        calls(part(undefined, { id: "call_a", name: "now", args: "" })),
        calls(part(undefined, { args: '{"zone":' })),
        calls(part(undefined, { args: '"UTC"}' })),
        calls(part(undefined, { id: "call_b", name: "add", args: '{"a"' })),
        calls(part(undefined, { args: ":1}" })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-index-repeated",
        server: "gives index 0 to two calls of different ids",
        shows: "two calls, each with its own arguments",
        why: "Servers that translate do this; joined arguments are not JSON or, worse, are."
      },
      {
        calls: [
          ["call_a", "now", '{"zone":"UTC"}'],
          ["call_b", "add", '{"a":1}']
        ]
      },
      [
        calls(part(0, { id: "call_a", name: "now", args: '{"zone":"UTC"}' })),
        calls(part(0, { id: "call_b", name: "add", args: '{"a":1}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-id-repeated",
        server: "repeats id and name in every part",
        why: "Stateless servers do this; joined names are not the name of a function."
      },
      { calls: [["call_a", "now", '{"zone":"UTC"}']] },
      [
        calls(part(0, { id: "call_a", name: "now", args: '{"zone"' })),
        calls(part(0, { id: "call_a", name: "now", args: ":" })),
        calls(part(0, { id: "call_a", name: "now", args: '"UTC"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-id-empty",
        server: 'sends `id: ""` and `name: ""` in later parts',
        why: "An empty id does not begin another call."
      },
      { calls: [["call_a", "now", '{"zone":"UTC"}']] },
      [
        calls(part(0, { id: "call_a", name: "now", args: '{"zone"' })),
        calls(part(0, { id: "", name: "", args: ':"UTC"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      { id: "calls-null-name", server: "sends `id: null` and `name: null` in later parts", why: "Null is absent." },
      { calls: [["call_a", "now", '{"zone":"UTC"}']] },
      [
        calls(part(0, { id: "call_a", name: "now", args: '{"zone"' })),
        calls(part(0, { id: null, name: null, args: ':"UTC"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-name-late",
        server: "sends a call's id first, and its name in the next part",
        why: "A field may arrive in any part."
      },
      { calls: [["call_a", "now", '{"zone":"UTC"}']] },
      [
        calls({ index: 0, id: "call_a", type: "function", function: { arguments: "" } }),
        calls(part(0, { name: "now", args: '{"zone":' })),
        calls(part(0, { args: '"UTC"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-no-id",
        server: "gives no id to a call",
        why: "Local servers omit it; it is still a call."
      },
      { calls: [[undefined, "now", '{"zone":"UTC"}']] },
      [
        calls({ index: 0, type: "function", function: { name: "now", arguments: '{"zone":' } }),
        calls(part(0, { args: '"UTC"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-id-changes",
        server: "gives another id to the next part of a call, without a name",
        why: "Stateless servers make an id for each part; a call has a name."
      },
      { calls: [["call_a", "now", '{"zone":"UTC"}']] },
      [
        calls(part(0, { id: "call_a", name: "now", args: "" })),
        calls(part(0, { id: "call_b", name: "", args: '{"zone":"UTC"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-id-each-piece",
        server: "gives another id to every part of a call",
        why: "As for `calls-id-changes`."
      },
      { calls: [["call_a", "now", '{"zone":"UTC"}']] },
      [
        calls(part(0, { id: "call_a", name: "now", args: "" })),
        calls(part(0, { id: "call_b", args: '{"zone"' })),
        calls(part(0, { id: "call_c", args: ':"UTC"}' })),
        calls(part(0, { id: "call_d", args: "" })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-name-pieces",
        server: "cuts the name of a function in two",
        why: "A name consists of tokens, too; half a name is not the name of a function."
      },
      { calls: [["call_a", "edit_existing_file", '{"path":"a"}']] },
      [
        calls(part(0, { id: "call_a", name: "edit_ex", args: "" })),
        calls(part(0, { name: "isting_file", args: "" })),
        calls(part(0, { args: '{"path":' })),
        calls(part(0, { args: '"a"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-index-only",
        server: "gives no ids, and index 0 to two calls of different names",
        shows: "two calls, each with its own arguments",
        why: "After complete arguments, a new name is another call."
      },
      {
        calls: [
          [undefined, "now", '{"zone":"UTC"}'],
          [undefined, "add", '{"a":1}']
        ]
      },
      [
        calls(part(0, { name: "now", args: '{"zone"' })),
        calls(part(0, { args: ':"UTC"}' })),
        calls(part(0, { name: "add", args: "" })),
        calls(part(0, { args: '{"a":1}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-whole-events",
        server: "sends whole calls, one in each event, without index and id",
        shows: "each call, two of the same function too",
        why: "Servers that translate from other APIs do this."
      },
      {
        calls: [
          [undefined, "add", '{"a":1}'],
          [undefined, "add", '{"a":2}'],
          [undefined, "now", "{}"]
        ]
      },
      [
        calls(part(undefined, { name: "add", args: '{"a":1}' })),
        calls(part(undefined, { name: "add", args: '{"a":2}' })),
        calls(part(undefined, { name: "now", args: "{}" })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-no-arguments",
        server: 'sends `arguments: ""` for a function without arguments, and nothing more',
        shows: "`{}`",
        why: "Callers parse arguments, and no text is not JSON."
      },
      { calls: [["call_a", "now", "{}"]] },
      [calls(part(0, { id: "call_a", name: "now", args: "" })), ended("tool_calls")]
    ),
    row(
      {
        id: "calls-arguments-absent",
        server: "sends no `arguments` for a function without arguments",
        shows: "`{}`",
        why: "As for `calls-no-arguments`."
      },
      { calls: [["call_a", "now", "{}"]] },
      [calls(part(0, { id: "call_a", name: "now" })), ended("tool_calls")]
    ),
    row(
      { id: "calls-null-list", server: "sends `tool_calls: null` with text", why: "Null is absent." },
      { texts: [text] },
      [...words.map((word) => piece({ content: word, tool_calls: null })), ended("stop")]
    ),
    row(
      { id: "calls-empty-list", server: "sends `tool_calls: []` with text", why: "No call was made." },
      { texts: [text] },
      [...words.map((word) => piece({ content: word, tool_calls: [] })), ended("stop")]
    ),
    row(
      {
        id: "calls-after-text",
        server: "says something, then calls a function",
        shows: "text and call",
        why: "One does not replace the other."
      },
      { texts: [text], calls: [["call_a", "now", "{}"]] },
      [...spoken, calls(part(0, { id: "call_a", name: "now", args: "{}" })), ended("tool_calls")]
    ),
    row(
      {
        id: "calls-huge-index",
        server: "gives the index 10,000,000 to a call",
        why: "A list of that length would exhaust the client's memory."
      },
      { calls: [["call_a", "now", "{}"]] },
      [calls(part(10_000_000, { id: "call_a", name: "now", args: "{}" })), ended("tool_calls")]
    ),
    row(
      {
        id: "calls-negative-index",
        server: "gives the index -1 to a call",
        why: "A list has no such index, but the call was made."
      },
      { calls: [["call_a", "now", '{"zone":"UTC"}']] },
      [
        calls(part(-1, { id: "call_a", name: "now", args: '{"zone":' })),
        calls(part(-1, { args: '"UTC"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-proto",
        server: "calls functions named `__proto__` and `constructor`, with ids of these names",
        shows: "both calls; `Object.prototype` is unchanged",
        why: "Names from outside are looked up in objects."
      },
      {
        calls: [
          ["__proto__", "__proto__", '{"polluted":true}'],
          ["constructor", "constructor", "{}"]
        ]
      },
      [
        calls(part(0, { id: "__proto__", name: "__proto__", args: '{"polluted":' })),
        calls(part(1, { id: "constructor", name: "constructor", args: "{}" })),
        calls(part(0, { args: "true}" })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "calls-cut-escape",
        server: "cuts arguments inside an escape and a surrogate pair",
        why: "Tokens end anywhere."
      },
      { calls: [["call_a", "say", JSON.stringify({ a: '"\n', b: "😀" })]] },
      [
        calls(part(0, { id: "call_a", name: "say", args: '{"a":"\\' })),
        calls(part(0, { args: '"\\' })),
        calls(part(0, { args: 'n","b":"\ud83d' })),
        calls(part(0, { args: '\ude00"}' })),
        ended("tool_calls")
      ]
    ),
    row(
      {
        id: "text-surrogates",
        server: "cuts a character in two, over two events",
        why: "Tokenizers cut inside characters; each half is `\\ud83d` in JSON."
      },
      { texts: ["a😀b"] },
      [
        ...['{"content":"a\\ud83d"}', '{"content":"\\ude00b"}'].map((delta) =>
          piece({}).replace('"delta":{}', `"delta":${delta}`)
        ),
        ended("stop")
      ]
    ),
    row(
      {
        id: "text-null",
        server: 'sends `content: null` and `content: ""` between parts',
        why: "Null is not the word “null”."
      },
      { texts: [text] },
      [
        piece({ role: "assistant", content: "" }),
        ...spoken.flatMap((said) => [said, piece({ content: null }), piece({ content: "" }), piece({})]),
        ended("stop")
      ]
    ),
    row(
      {
        id: "text-role-repeated",
        server: 'says `role: "assistant"` in every event',
        why: "It is the same message."
      },
      { texts: [text] },
      [...words.map((word) => piece({ role: "assistant", content: word })), ended("stop")]
    ),
    row(
      {
        id: "text-no-role",
        server: "never says `role`",
        why: "An answer can have only one role.",
        begin: []
      },
      { texts: [text] },
      [...spoken, ended("stop")]
    ),
    row(
      {
        id: "text-reasoning",
        server: "sends `reasoning_content` with and before the text",
        shows: "the text, and no reasoning in it",
        why: "Reasoning is not part of the answer."
      },
      { texts: [text] },
      [
        piece({ reasoning_content: "Let me think. " }),
        ...words.map((word) => piece({ content: word, reasoning_content: "Hm. " })),
        ended("stop")
      ]
    ),
    row(
      {
        id: "text-reasoning-name",
        server: "sends `reasoning` with and before the text, and `reasoning_content` with the same",
        shows: "the text, and no reasoning in it",
        why: "Other servers use this name; reasoning is not part of the answer."
      },
      { texts: [text] },
      [
        piece({ reasoning: "Let me think. " }),
        ...words.map((word) => piece({ content: word, reasoning: "Hm. ", reasoning_content: "Hm. " })),
        ended("stop")
      ]
    ),
    row(
      {
        id: "finish-null-word",
        server: 'sends `finish_reason: "null"` until the end',
        why: "Friendli's contract lists it next to null."
      },
      { texts: [text], tokens: usage.total_tokens },
      [...words.map((word) => piece({ content: word }, { finish_reason: "null" })), ended("stop"), counts({ usage })]
    ),
    row(
      {
        id: "finish-empty-word",
        server: 'sends `finish_reason: ""` until the end',
        why: "An empty text is not a reason."
      },
      { texts: [text], tokens: usage.total_tokens },
      [...words.map((word) => piece({ content: word }, { finish_reason: "" })), ended("stop"), counts({ usage })]
    ),
    row(
      {
        id: "usage-no-choices",
        server: "counts tokens in an event without choices, after the finish reason",
        shows: "text and count",
        why: "That is the purpose of `include_usage`."
      },
      { texts: [text], tokens: usage.total_tokens },
      [...spoken, ended("stop"), counts({ usage })]
    ),
    row(
      {
        id: "usage-with-finish",
        server: "counts tokens in the event with the finish reason",
        shows: "text and count",
        why: "Others send no separate event."
      },
      { texts: [text], tokens: usage.total_tokens },
      [...spoken, piece({}, { finish_reason: "stop" }, { usage })]
    ),
    row(
      {
        id: "usage-null",
        server: "sends `usage: null` in every event but the last",
        shows: "text and count",
        why: "OpenAI's own way."
      },
      { texts: [text], tokens: usage.total_tokens },
      [
        ...words.map((word) => piece({ content: word }, {}, { usage: null })),
        piece({}, { finish_reason: "stop" }, { usage: null }),
        counts({ usage })
      ]
    ),
    row(
      {
        id: "usage-each",
        server: "counts tokens in every event, more each time",
        shows: "the last count, not the sum",
        why: "vLLM's continuous counts; adding them up counts too much."
      },
      { texts: [text], tokens: usage.total_tokens },
      [
        ...words.map((word, at) =>
          piece({ content: word }, {}, { usage: { ...usage, completion_tokens: at + 1, total_tokens: 10 + at } })
        ),
        ended("stop"),
        counts({ usage })
      ]
    ),
    row(
      {
        id: "usage-twice",
        server: "counts tokens twice, the same",
        shows: "the count, once",
        why: "A server and its gateway may both count."
      },
      { texts: [text], tokens: usage.total_tokens },
      [...spoken, piece({}, { finish_reason: "stop" }, { usage }), counts({ usage })]
    ),
    row(
      {
        id: "usage-falls",
        server: "counts tokens, then sends an event whose counts are zero",
        shows: "the highest count",
        why: "Generated tokens have been paid for; a last event without counts does not change that."
      },
      { texts: [text], tokens: usage.total_tokens },
      [
        ...spoken,
        piece({}, { finish_reason: "stop" }, { usage }),
        counts({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } })
      ]
    ),
    row(
      {
        id: "usage-halves",
        server: "counts tokens by halves: the prompt first, details in the middle, then the rest with null",
        shows: "the whole count",
        why: "Each event adds counts; none removes earlier ones."
      },
      { texts: [text], tokens: usage.total_tokens },
      [
        counts({ usage: { prompt_tokens: 9 } }),
        ...spoken,
        counts({ usage: { prompt_tokens_details: { cached_tokens: 8 } } }),
        piece({}, { finish_reason: "stop" }, { usage: { ...usage, prompt_tokens: null } }),
        counts({ usage: {} })
      ]
    ),
    row(
      {
        id: "usage-preview",
        server: "counts the prompt in an event before the first part, and all at the end",
        shows: "text and the last count",
        why: "Some gateways do this."
      },
      { texts: [text], tokens: usage.total_tokens },
      [
        counts({ usage: { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 } }),
        ...spoken,
        ended("stop"),
        counts({ usage })
      ]
    ),
    row(
      {
        id: "choices-two",
        server: "mixes the parts of two answers (`n: 2`)",
        shows: "two texts, each complete",
        why: "They share a stream and nothing else.",
        peers: ["openai"],
        request: { n: 2 }
      },
      { texts: [text, "Another answer."] },
      [
        piece({ role: "assistant", content: "Another " }, { index: 1 }),
        ...spoken.slice(0, 2),
        JSON.stringify({
          ...head,
          choices: [
            { index: 1, delta: { content: "answer." }, finish_reason: null },
            { index: 0, delta: { content: words[2] }, finish_reason: null }
          ]
        }),
        piece({}, { index: 1, finish_reason: "stop" }),
        piece({ content: words[3] }),
        ended("stop"),
        counts({ usage })
      ]
    )
  ])
}
