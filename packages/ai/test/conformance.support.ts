/**
 * Recorded streams, and the parts that they become: the forms in which servers of this API write an answer, good and broken ones.
 *
 * A part is one line here: `text Hi` is a delta, `text-start` and `text-end` are its bounds, `params a {"x"` is a delta of the arguments of the call
 * `a`, `call a f {"x":1}` is a call that may be executed. The last line of a broken stream is its error with its cause.
 */
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import type * as Response from "@effect/ai/Response"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Reply } from "effect-friendli/testing"

export const toolkit = Toolkit.make(
  Tool.make("f", { parameters: { x: Schema.optional(Schema.Unknown) } }),
  Tool.make("get_weather", { parameters: { city: Schema.String } }),
  Tool.make("clock-now", {})
)

type Json = Readonly<Record<string, unknown>>

const top = { id: "c1", object: "chat.completion.chunk", created: 1_767_225_600, model: "m" }

/** A chunk with one choice. */
const chunk = (delta: unknown, reason: string | null = null, more: Json = {}): Json => ({
  ...top,
  choices: [{ index: 0, delta, finish_reason: reason }],
  ...more
})

const counts = (input: number, output: number, more: Json = {}): Json => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  ...more
})

/** The last chunk: only usage. */
const usage = (input: number, output: number, more: Json = {}): Json => ({
  ...top,
  choices: [],
  usage: counts(input, output, more)
})

const call = (index: number | undefined, id: string | undefined, name: string, text: string): Json => ({
  tool_calls: [
    {
      ...(index === undefined ? {} : { index }),
      ...(id === undefined ? {} : { id }),
      type: "function",
      function: { name, arguments: text }
    }
  ]
})

const text = (index: number | undefined, piece: string): Json => ({
  tool_calls: [{ ...(index === undefined ? {} : { index }), function: { arguments: piece } }]
})

const begin = chunk({ role: "assistant", content: "" })

export interface Row {
  readonly name: string
  /** Frames: JSON values, or text that is sent as it is. */
  readonly frames: string | ReadonlyArray<unknown>
  readonly reply?: Reply.BodyOptions & { readonly done?: boolean }
  readonly parts: ReadonlyArray<string>
}

const meta = "metadata c1 m 2026-01-01T00:00:00.000Z"

export const rows: ReadonlyArray<Row> = [
  // text
  {
    name: "text as vLLM writes it: a role first, usage in a chunk of its own",
    frames: [
      begin,
      chunk({ content: "Hi" }),
      chunk({ content: " there" }),
      chunk({ content: "" }, "stop"),
      usage(9, 3)
    ],
    parts: [meta, "text-start", "text Hi", "text  there", "text-end", "finish stop 9+3=12"]
  },
  {
    name: "text as SGLang writes it: null in unused fields, usage in each chunk",
    frames: [
      chunk({ role: "assistant", content: null, tool_calls: null, reasoning_content: null }, null, { usage: null }),
      chunk({ content: "Hi", tool_calls: null, reasoning_content: null }, null, { usage: counts(9, 1) }),
      chunk({ content: null, tool_calls: null }, "stop", { usage: counts(9, 2), matched_stop: 128009 })
    ],
    parts: [meta, "text-start", "text Hi", "text-end", "finish stop 9+2=11"]
  },
  {
    name: "usage in the chunk with the finish reason",
    frames: [chunk({ content: "Hi" }), chunk({}, "stop", { usage: counts(5, 1) })],
    parts: [meta, "text-start", "text Hi", "text-end", "finish stop 5+1=6"]
  },
  {
    name: "no usage",
    frames: [chunk({ content: "Hi" }), chunk({}, "stop")],
    parts: [meta, "text-start", "text Hi", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "usage that grows with each chunk",
    frames: [
      chunk({ content: "a" }, null, { usage: counts(5, 1) }),
      chunk({ content: "b" }, null, { usage: counts(5, 2) }),
      chunk({}, "stop", { usage: counts(5, 3) })
    ],
    parts: [meta, "text-start", "text a", "text b", "text-end", "finish stop 5+3=8"]
  },
  {
    name: "a last usage of zeros",
    frames: [chunk({ content: "a" }, "stop", { usage: counts(5, 2) }), usage(0, 0)],
    parts: [meta, "text-start", "text a", "text-end", "finish stop 5+2=7"]
  },
  {
    name: "usage with tokens of the cache and of reasoning",
    frames: [
      chunk({ content: "a" }, "stop"),
      usage(20, 9, { prompt_tokens_details: { cached_tokens: 16 }, completion_tokens_details: { reasoning_tokens: 7 } })
    ],
    parts: [meta, "text-start", "text a", "text-end", "finish stop 20+9=29 cached 16 reasoning 7"]
  },
  {
    name: "usage without a total",
    frames: [
      chunk({ content: "a" }, "stop"),
      { ...top, choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } }
    ],
    parts: [meta, "text-start", "text a", "text-end", "finish stop 3+4=7"]
  },
  {
    name: "empty deltas between the others",
    frames: [
      begin,
      chunk({}),
      chunk({ content: "" }),
      chunk({ content: "a" }),
      chunk({}),
      chunk({ content: "b" }),
      chunk({}, "stop")
    ],
    parts: [meta, "text-start", "text a", "text b", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "an answer without any text",
    frames: [begin, chunk({}, "stop"), usage(4, 1)],
    parts: [meta, "finish stop 4+1=5"]
  },
  {
    name: "a choice without delta and index",
    frames: [
      { ...top, choices: [{ finish_reason: null }] },
      chunk({ content: "a" }),
      { ...top, choices: [{ finish_reason: "stop" }] }
    ],
    parts: [meta, "text-start", "text a", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "chunks without id, model and time",
    frames: [
      { choices: [{ index: 0, delta: { content: "a" } }] },
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }
    ],
    parts: ["metadata - - -", "text-start", "text a", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "keep-alive comments",
    frames: [": ping\n\n", chunk({ content: "a" }), ": ping\n\n", chunk({}, "stop")],
    parts: [meta, "text-start", "text a", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "lines that end with CR LF",
    frames: `data: ${JSON.stringify(chunk({ content: "a" }))}\r\n\r\ndata: ${JSON.stringify(chunk({}, "stop"))}\r\n\r\ndata: [DONE]\r\n\r\n`,
    parts: [meta, "text-start", "text a", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "bytes one by one",
    frames: [chunk({ content: "안녕 👋" }), chunk({}, "stop")],
    reply: { cuts: "bytes" },
    parts: [meta, "text-start", "text 안녕 👋", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "no [DONE] after a final event",
    frames: [chunk({ content: "a" }), chunk({}, "stop"), usage(1, 1)],
    reply: { done: false },
    parts: [meta, "text-start", "text a", "text-end", "finish stop 1+1=2"]
  },
  {
    name: "a second choice, which nobody asked for",
    frames: [
      chunk({ content: "a" }),
      { ...top, choices: [{ index: 1, delta: { content: "other" }, finish_reason: null }] },
      chunk({}, "stop"),
      { ...top, choices: [{ index: 1, delta: {}, finish_reason: "stop" }] }
    ],
    parts: [meta, "text-start", "text a", "text-end", "finish stop ?+?=?"]
  },

  // ends
  {
    name: "an end by the limit of tokens",
    frames: [chunk({ content: "a" }), chunk({}, "length")],
    parts: [meta, "text-start", "text a", "text-end", "finish length ?+?=?"]
  },
  {
    name: "an end by a content filter",
    frames: [chunk({ content: "a" }), chunk({}, "content_filter")],
    parts: [meta, "text-start", "text a", "text-end", "finish content-filter ?+?=?"]
  },
  {
    name: "an end because the server has aborted the generation",
    frames: [chunk({ content: "a" }), chunk({}, "abort")],
    parts: [meta, "text-start", "text a", "text-end", "finish error ?+?=?"]
  },
  {
    name: "a reason that is new",
    frames: [chunk({ content: "a" }), chunk({}, "tired")],
    parts: [meta, "text-start", "text a", "text-end", "finish other ?+?=?"]
  },
  {
    name: 'the reasons "" and "null" before the last one',
    frames: [chunk({ content: "a" }, ""), chunk({ content: "b" }, "null"), chunk({}, "stop")],
    parts: [meta, "text-start", "text a", "text b", "text-end", "finish stop ?+?=?"]
  },
  {
    name: "no reason, and [DONE]",
    frames: [chunk({ content: "a" })],
    parts: [meta, "text-start", "text a", "text-end", "finish unknown ?+?=?"]
  },

  // reasoning
  {
    name: "reasoning before the text",
    frames: [
      chunk({ role: "assistant", reasoning_content: "" }),
      chunk({ reasoning_content: "Hm" }),
      chunk({ reasoning_content: "m." }),
      chunk({ content: "Yes" }),
      chunk({}, "stop")
    ],
    parts: [
      meta,
      "reasoning-start",
      "reasoning Hm",
      "reasoning m.",
      "reasoning-end",
      "text-start",
      "text Yes",
      "text-end",
      "finish stop ?+?=?"
    ]
  },
  {
    name: "reasoning under the name of vLLM",
    frames: [chunk({ reasoning: "Hm" }), chunk({ content: "Yes" }), chunk({}, "stop")],
    parts: [
      meta,
      "reasoning-start",
      "reasoning Hm",
      "reasoning-end",
      "text-start",
      "text Yes",
      "text-end",
      "finish stop ?+?=?"
    ]
  },
  {
    name: "reasoning under both names counts once",
    frames: [chunk({ reasoning: "Hm", reasoning_content: "Hm" }), chunk({ content: "Yes" }), chunk({}, "stop")],
    parts: [
      meta,
      "reasoning-start",
      "reasoning Hm",
      "reasoning-end",
      "text-start",
      "text Yes",
      "text-end",
      "finish stop ?+?=?"
    ]
  },
  {
    name: "reasoning and text in one delta",
    frames: [chunk({ reasoning_content: "Hm", content: "Yes" }), chunk({}, "stop")],
    parts: [
      meta,
      "reasoning-start",
      "reasoning Hm",
      "reasoning-end",
      "text-start",
      "text Yes",
      "text-end",
      "finish stop ?+?=?"
    ]
  },
  {
    name: "reasoning again after text",
    frames: [
      chunk({ reasoning_content: "1" }),
      chunk({ content: "a" }),
      chunk({ reasoning_content: "2" }),
      chunk({ content: "b" }, "stop")
    ],
    parts: [
      meta,
      "reasoning-start",
      "reasoning 1",
      "reasoning-end",
      "text-start",
      "text a",
      "text-end",
      "reasoning-start",
      "reasoning 2",
      "reasoning-end",
      "text-start",
      "text b",
      "text-end",
      "finish stop ?+?=?"
    ]
  },
  {
    name: "only reasoning, cut by the limit of tokens",
    frames: [chunk({ reasoning_content: "Hm" }), chunk({}, "length")],
    parts: [meta, "reasoning-start", "reasoning Hm", "reasoning-end", "finish length ?+?=?"]
  },

  // tool calls
  {
    name: "a call as vLLM writes it: name first, then pieces of the arguments",
    frames: [
      begin,
      chunk(call(0, "a", "f", "")),
      chunk(text(0, `{"x"`)),
      chunk(text(0, ":1}")),
      chunk({}, "tool_calls"),
      usage(9, 5)
    ],
    parts: [
      meta,
      "params-start a f",
      `params a {"x"`,
      "params a :1}",
      "params-end a",
      `call a f {"x":1}`,
      "finish tool-calls 9+5=14"
    ]
  },
  {
    name: "a call as SGLang writes it: in one delta",
    frames: [chunk(call(0, "a", "get_weather", `{"city":"Oslo"}`)), chunk({}, "tool_calls")],
    parts: [
      meta,
      "params-start a get_weather",
      `params a {"city":"Oslo"}`,
      "params-end a",
      `call a get_weather {"city":"Oslo"}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "calls one after another",
    frames: [
      chunk(call(0, "a", "f", `{"x":1}`)),
      chunk(call(1, "b", "f", "")),
      chunk(text(1, `{"x":2}`)),
      chunk({}, "tool_calls")
    ],
    parts: [
      meta,
      "params-start a f",
      `params a {"x":1}`,
      "params-start b f",
      `params b {"x":2}`,
      "params-end a",
      `call a f {"x":1}`,
      "params-end b",
      `call b f {"x":2}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "calls that are interleaved",
    frames: [
      chunk(call(0, "a", "f", `{"x":`)),
      chunk(call(1, "b", "f", `{"x":`)),
      chunk(text(0, "1}")),
      chunk(text(1, "2}")),
      chunk({}, "tool_calls")
    ],
    parts: [
      meta,
      "params-start a f",
      `params a {"x":`,
      "params-start b f",
      `params b {"x":`,
      "params a 1}",
      "params b 2}",
      "params-end a",
      `call a f {"x":1}`,
      "params-end b",
      `call b f {"x":2}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "two calls in one delta",
    frames: [
      chunk({
        tool_calls: [
          { index: 0, id: "a", function: { name: "f", arguments: "{}" } },
          { index: 1, id: "b", function: { name: "clock-now", arguments: "{}" } }
        ]
      }),
      chunk({}, "tool_calls")
    ],
    parts: [
      meta,
      "params-start a f",
      "params a {}",
      "params-start b clock-now",
      "params b {}",
      "params-end a",
      "call a f {}",
      "params-end b",
      "call b clock-now {}",
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "two calls at the same index, told apart by their ids",
    frames: [chunk(call(0, "a", "f", `{"x":1}`)), chunk(call(0, "b", "f", `{"x":2}`)), chunk({}, "tool_calls")],
    parts: [
      meta,
      "params-start a f",
      `params a {"x":1}`,
      "params-start b f",
      `params b {"x":2}`,
      "params-end a",
      `call a f {"x":1}`,
      "params-end b",
      `call b f {"x":2}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "calls without ids get some",
    frames: [chunk(call(0, undefined, "f", "{}")), chunk(call(1, "", "f", "{}")), chunk({}, "tool_calls")],
    parts: [
      meta,
      "params-start made_0 f",
      "params made_0 {}",
      "params-start made_1 f",
      "params made_1 {}",
      "params-end made_0",
      "call made_0 f {}",
      "params-end made_1",
      "call made_1 f {}",
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "two calls with the same id: the second gets another",
    frames: [chunk(call(0, "a", "f", `{"x":1}`)), chunk(call(1, "a", "f", `{"x":2}`)), chunk({}, "tool_calls")],
    parts: [
      meta,
      "params-start a f",
      `params a {"x":1}`,
      "params-start made_0 f",
      `params made_0 {"x":2}`,
      "params-end a",
      `call a f {"x":1}`,
      "params-end made_0",
      `call made_0 f {"x":2}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "a call without index",
    frames: [chunk(call(undefined, "a", "f", `{"x":`)), chunk(text(undefined, "1}")), chunk({}, "tool_calls")],
    parts: [
      meta,
      "params-start a f",
      `params a {"x":`,
      "params a 1}",
      "params-end a",
      `call a f {"x":1}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "id and name repeated in each delta",
    frames: [chunk(call(0, "a", "f", `{"x":`)), chunk(call(0, "a", "f", "1}")), chunk({}, "tool_calls")],
    parts: [
      meta,
      "params-start a f",
      `params a {"x":`,
      "params a 1}",
      "params-end a",
      `call a f {"x":1}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "null names and empty ids after the first delta",
    frames: [
      chunk(call(0, "a", "f", "")),
      chunk({ tool_calls: [{ index: 0, id: "", function: { name: null, arguments: "{" } }] }),
      chunk({ tool_calls: [{ index: 0, id: null, type: null, function: { name: "", arguments: "}" } }] }),
      chunk({}, "tool_calls")
    ],
    parts: [
      meta,
      "params-start a f",
      "params a {",
      "params a }",
      "params-end a",
      "call a f {}",
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "a name in two pieces",
    frames: [
      chunk(call(0, "a", "get_", "")),
      chunk({ tool_calls: [{ index: 0, function: { name: "weather" } }] }),
      chunk(text(0, `{"city":"Oslo"}`)),
      chunk({}, "tool_calls")
    ],
    parts: [
      meta,
      "params-start a get_weather",
      `params a {"city":"Oslo"}`,
      "params-end a",
      `call a get_weather {"city":"Oslo"}`,
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "a call without arguments: an empty text",
    frames: [chunk(call(0, "a", "clock-now", "")), chunk({}, "tool_calls")],
    parts: [meta, "params-start a clock-now", "params-end a", "call a clock-now {}", "finish tool-calls ?+?=?"]
  },
  {
    name: "a forced call, whose reason is stop",
    frames: [chunk(call(0, "a", "f", "{}")), chunk({}, "stop")],
    parts: [meta, "params-start a f", "params a {}", "params-end a", "call a f {}", "finish tool-calls ?+?=?"]
  },
  {
    name: "text before a call",
    frames: [chunk({ content: "Wait." }), chunk(call(0, "a", "f", "{}")), chunk({}, "tool_calls")],
    parts: [
      meta,
      "text-start",
      "text Wait.",
      "text-end",
      "params-start a f",
      "params a {}",
      "params-end a",
      "call a f {}",
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "reasoning before a call, and text after it",
    frames: [
      chunk({ reasoning_content: "Hm" }),
      chunk(call(0, "a", "f", "{}")),
      chunk({ content: "So." }),
      chunk({}, "tool_calls")
    ],
    parts: [
      meta,
      "reasoning-start",
      "reasoning Hm",
      "reasoning-end",
      "params-start a f",
      "params a {}",
      "text-start",
      "text So.",
      "text-end",
      "params-end a",
      "call a f {}",
      "finish tool-calls ?+?=?"
    ]
  },
  {
    name: "complete arguments in an answer that was cut by the limit of tokens",
    frames: [chunk(call(0, "a", "f", `{"x":1}`)), chunk({}, "length")],
    parts: [meta, "params-start a f", `params a {"x":1}`, "params-end a", `call a f {"x":1}`, "finish length ?+?=?"]
  },

  // calls that must not be executed
  {
    name: "arguments cut by the limit of tokens",
    frames: [chunk(call(0, "a", "f", `{"x":`)), chunk({}, "length")],
    parts: [meta, "params-start a f", `params a {"x":`, "params-end a", "fail MalformedOutput InvalidToolCallError"]
  },
  {
    name: "no arguments, and the limit of tokens",
    frames: [chunk(call(0, "a", "f", "")), chunk({}, "length")],
    parts: [meta, "params-start a f", "params-end a", "fail MalformedOutput InvalidToolCallError"]
  },
  {
    name: "arguments that are not JSON",
    frames: [chunk(call(0, "a", "f", "{x: 1}")), chunk({}, "tool_calls")],
    parts: [meta, "params-start a f", "params a {x: 1}", "params-end a", "fail MalformedOutput InvalidToolCallError"]
  },
  {
    name: "arguments that are not an object",
    frames: [chunk(call(0, "a", "f", "[1]")), chunk({}, "tool_calls")],
    parts: [meta, "params-start a f", "params a [1]", "params-end a", "fail MalformedOutput InvalidToolCallError"]
  },
  {
    name: "a call of a tool that does not exist",
    frames: [chunk(call(0, "a", "g", "{}")), chunk({}, "tool_calls")],
    parts: [meta, "params-start a g", "params a {}", "params-end a", "fail MalformedOutput InvalidToolCallError"]
  },
  {
    name: "the second of two calls is wrong: none is executed",
    frames: [chunk(call(0, "a", "f", "{}")), chunk(call(1, "b", "f", "{")), chunk({}, "tool_calls")],
    parts: [
      meta,
      "params-start a f",
      "params a {}",
      "params-start b f",
      "params b {",
      "params-end a",
      "params-end b",
      "fail MalformedOutput InvalidToolCallError"
    ]
  },

  // broken streams
  {
    name: "cut in the middle of the text",
    frames: [chunk({ content: "Hi" }), chunk({ content: " there" }), chunk({}, "stop")],
    reply: { after: { frames: 2 } },
    parts: [meta, "text-start", "text Hi", "text  there", "fail MalformedOutput StreamTruncatedError"]
  },
  {
    name: "cut in the middle of arguments",
    frames: [chunk(call(0, "a", "f", `{"x":`)), chunk(text(0, "1}")), chunk({}, "tool_calls")],
    reply: { after: { frames: 1 } },
    parts: [meta, "params-start a f", `params a {"x":`, "fail MalformedOutput StreamTruncatedError"]
  },
  {
    name: "cut after complete arguments: the call is not executed",
    frames: [chunk(call(0, "a", "f", `{"x":1}`)), chunk({}, "tool_calls")],
    reply: { after: { frames: 1 } },
    parts: [meta, "params-start a f", `params a {"x":1}`, "fail MalformedOutput StreamTruncatedError"]
  },
  {
    name: "the connection breaks",
    frames: [chunk({ content: "Hi" }), chunk({}, "stop")],
    reply: { after: { frames: 1 }, ending: "reset" },
    parts: [meta, "text-start", "text Hi", "fail HttpRequestError ConnectionError"]
  },
  {
    name: "the server stops sending",
    frames: [chunk({ content: "Hi" }), chunk({}, "stop")],
    reply: { after: { frames: 1 }, ending: "stall" },
    parts: [meta, "text-start", "text Hi", "fail HttpRequestError RequestTimeoutError"]
  },
  {
    name: "an error frame in the middle",
    frames: [chunk({ content: "Hi" }), { error: { message: "out of memory", type: "server_error" } }],
    parts: [meta, "text-start", "text Hi", "fail HttpResponseError ServerError"]
  },
  {
    name: "an error frame that says nothing of its kind",
    frames: [chunk({ content: "Hi" }), { error: { message: "oh" } }],
    parts: [meta, "text-start", "text Hi", "fail UnknownError ServerError"]
  },
  {
    name: "an error frame with a status",
    frames: [chunk({ content: "Hi" }), { error: { message: "slow down", code: 429 } }],
    parts: [meta, "text-start", "text Hi", "fail HttpResponseError RateLimitError"]
  },
  {
    name: "an error event",
    frames: [chunk({ content: "Hi" }), `event: error\ndata: {"message":"gone"}\n\n`],
    parts: [meta, "text-start", "text Hi", "fail UnknownError ServerError"]
  },
  {
    name: "an event that is not JSON",
    frames: [chunk({ content: "Hi" }), "data: {nope\n\n"],
    parts: [meta, "text-start", "text Hi", "fail MalformedOutput ResponseDecodeError"]
  },
  {
    name: "a chunk of another shape",
    frames: [chunk({ content: "Hi" }), { ...top, choices: "none" }],
    parts: [meta, "text-start", "text Hi", "fail MalformedOutput ResponseDecodeError"]
  }
]

const unknown = "-"

const usageLine = ({
  cachedInputTokens,
  inputTokens,
  outputTokens,
  reasoningTokens,
  totalTokens
}: Response.Usage): string =>
  [
    `${inputTokens ?? "?"}+${outputTokens ?? "?"}=${totalTokens ?? "?"}`,
    ...(cachedInputTokens === undefined ? [] : [`cached ${cachedInputTokens}`]),
    ...(reasoningTokens === undefined ? [] : [`reasoning ${reasoningTokens}`])
  ].join(" ")

/** A part as a line of the table. */
export const line = (part: Response.AnyPart): string => {
  switch (part.type) {
    case "response-metadata":
      return [
        "metadata",
        Option.getOrElse(part.id, () => unknown),
        Option.getOrElse(part.modelId, () => unknown),
        Option.match(part.timestamp, {
          onNone: () => unknown,
          onSome: (time) => new Date(time.epochMillis).toISOString()
        })
      ].join(" ")
    case "text-delta":
      return `text ${part.delta}`
    case "reasoning-delta":
      return `reasoning ${part.delta}`
    case "tool-params-start":
      return `params-start ${part.id} ${part.name}`
    case "tool-params-delta":
      return `params ${part.id} ${part.delta}`
    case "tool-params-end":
      return `params-end ${part.id}`
    case "tool-call":
      return `call ${part.id} ${part.name} ${JSON.stringify(part.params)}`
    case "finish":
      return `finish ${part.reason} ${usageLine(part.usage)}`
    default:
      return part.type
  }
}
