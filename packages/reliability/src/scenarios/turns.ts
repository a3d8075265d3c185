import { inTurn, type Steps } from "../RawServer.js"
import { type Family, one, overAnyLayer, type Scenario } from "../Scenario.js"
import { completion, event, model, sse, text, usageChunk, whole200, words } from "../wire.js"

type Fields = Readonly<Record<string, unknown>>

const head = { id: "chatcmpl-1", created: 1_700_000_000, model }

const unary = (message: Fields, finish: string): Steps =>
  whole200(
    JSON.stringify({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
      usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }
    })
  )

const stream = (deltas: ReadonlyArray<Fields>, finish: string): Steps => {
  const piece = (delta: Fields, reason: string | null = null): string =>
    event(
      JSON.stringify({
        ...head,
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta, finish_reason: reason }]
      })
    )
  return sse(
    piece({ role: "assistant" }),
    ...deltas.map((delta) => piece(delta)),
    piece({}, finish),
    event(usageChunk),
    event("[DONE]")
  )
}

interface Row {
  readonly id: string
  readonly server: string
  readonly why: string
  /** The message of a whole answer. */
  readonly message: Fields
  /** The same message as deltas. */
  readonly deltas: ReadonlyArray<Fields>
  /** The message that is sent back. */
  readonly back: Fields
  readonly finish?: string
}

/** The same answer, whole and streamed: the next request must contain the same message for both. */
const rows = ({ back, deltas, finish = "stop", id, message, server, why }: Row): ReadonlyArray<Scenario> =>
  (["unary", "stream"] as const).map((kind) =>
    one({
      id: `turn-${id}-${kind}`,
      server: `${server}${kind === "stream" ? ", in parts" : ""}; then the answer is sent back`,
      shows: `the next request has \`${JSON.stringify(back)}\``,
      why,
      kind,
      peers: false,
      script: () => inTurn(kind === "unary" ? unary(message, finish) : stream(deltas, finish), whole200(completion())),
      settings: { replay: true, ...(kind === "stream" ? { fold: {} } : {}) },
      expected: { ended: "complete", text, attempts: 2 },
      also: ({ requests }) => {
        const body = JSON.parse(requests[1]?.body.toString() ?? "{}") as { readonly messages?: ReadonlyArray<Fields> }
        const given = body.messages?.find((one) => one["role"] === "assistant")
        const [due, seen] = [{ role: "assistant", ...back }, given ?? {}].map((one) =>
          JSON.stringify(Object.entries(one).toSorted(([a], [b]) => a.localeCompare(b)))
        )
        return due === seen ? [] : [`the next request has \`${JSON.stringify(given)}\``]
      }
    })
  )

const spoken = words.map((content) => ({ content }))
const call = (arguments_: string): Fields => ({
  id: "call_a",
  type: "function",
  function: { name: "now", arguments: arguments_ }
})

export const family: Family = {
  name: "turns",
  title: "Answers sent back",
  about:
    "In a conversation the answer becomes part of the next request, as `Chat.toAssistantMessage` makes it. Each field must be sent back under its own name, and servers must accept the message: many reject `tool_calls: []`, arguments that are not JSON, and messages with neither text nor calls.",
  scenarios: overAnyLayer([
    ...rows({
      id: "text",
      server: "answers with text",
      why: "As the documentation shows it.",
      message: { content: text },
      deltas: spoken,
      back: { content: text }
    }),
    ...rows({
      id: "no-calls",
      server: "answers with text and `tool_calls: []`",
      why: "No call was made; servers that check requests reject an empty list.",
      message: { content: text, tool_calls: [] },
      deltas: spoken.map((delta) => ({ ...delta, tool_calls: [] })),
      back: { content: text }
    }),
    ...rows({
      id: "calls",
      server: "calls a function without text",
      why: "An empty text next to a call is not a text.",
      message: { content: "", tool_calls: [call("{}")] },
      deltas: [{ content: "" }, { tool_calls: [{ index: 0, ...call("{}") }] }],
      back: { tool_calls: [call("{}")] },
      finish: "tool_calls"
    }),
    ...rows({
      id: "no-arguments",
      server: "calls a function with empty arguments",
      why: "Servers parse the arguments that are sent back.",
      message: { content: null, tool_calls: [call("")] },
      deltas: [{ tool_calls: [{ index: 0, ...call("") }] }],
      back: { tool_calls: [call("{}")] },
      finish: "tool_calls"
    }),
    ...rows({
      id: "empty",
      server: "answers with neither text nor calls",
      why: "The API requires at least one of the two; gateways reject null.",
      message: { content: null },
      deltas: [],
      back: { content: "" }
    }),
    ...rows({
      id: "reasoning-content",
      server: "sends reasoning as `reasoning_content`",
      why: "Models that think between calls need their reasoning.",
      message: { reasoning_content: "Let me think.", content: text },
      deltas: [{ reasoning_content: "Let me " }, { reasoning_content: "think." }, ...spoken],
      back: { reasoning_content: "Let me think.", content: text }
    }),
    ...rows({
      id: "reasoning",
      server: "sends reasoning as `reasoning`",
      why: "vLLM and others use this name; a server reads its own name.",
      message: { reasoning: "Let me think.", content: text },
      deltas: [{ reasoning: "Let me " }, { reasoning: "think." }, ...spoken],
      back: { reasoning: "Let me think.", content: text }
    }),
    ...rows({
      id: "reasoning-both",
      server: "sends the same reasoning as `reasoning` and as `reasoning_content`",
      why: "The reasoning exists once; sent twice it is paid for twice.",
      message: { reasoning: "Let me think.", reasoning_content: "Let me think.", content: text },
      deltas: [
        { reasoning: "Let me ", reasoning_content: "Let me " },
        { reasoning: "think.", reasoning_content: "think." },
        ...spoken
      ],
      back: { reasoning_content: "Let me think.", content: text }
    })
  ])
}
