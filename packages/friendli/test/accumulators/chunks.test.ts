/**
 * Chunks of chats and completions, merged: texts, choices, log probabilities, usage, snapshots.
 */
import * as Vectors from "effect-friendli-vectors"
import { assert, describe, it } from "vitest"
import type { ChatChunkLike, CompletionChunkLike } from "../../src/accumulators/chunks.js"
import { makeChatAccumulator, makeCompletionAccumulator } from "../../src/accumulators/chunks.js"
import { merge } from "./merging.js"

const vector = <A>(name: string): ReadonlyArray<A> => Vectors.json(`${name}.json`)

describe("contract vectors", () => {
  it("chat", () => {
    const chunks = vector<ChatChunkLike>("serverless.chat.stream.stream")
    assert.deepStrictEqual(merge(chunks), {
      id: "chatcmpl-0002",
      object: "chat.completion",
      created: 1_767_225_601,
      model: "example-lab/sparrow-7b",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "Hi — 안녕 👋",
            tool_calls: [
              { id: "call_a", type: "function", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } },
              { id: "call_b", type: "function", function: { name: "clock-now", arguments: "{}" } }
            ]
          },
          finish_reason: "tool_calls",
          logprobs: { content: chunks[1]!.choices![0]!.logprobs!.content! }
        }
      ],
      usage: {
        prompt_tokens: 41,
        completion_tokens: 23,
        total_tokens: 64,
        prompt_tokens_details: { cached_tokens: 16 }
      }
    })
  })

  it("completion", () => {
    const accumulator = makeCompletionAccumulator()
    for (const chunk of vector<CompletionChunkLike>("serverless.completions.stream.stream")) accumulator.add(chunk)
    assert.strictEqual(accumulator.events, 4)
    assert.deepStrictEqual(accumulator.snapshot(), {
      id: "cmpl-0002",
      object: "text_completion",
      created: 1_767_225_602,
      model: "example-lab/sparrow-7b",
      choices: [
        {
          index: 0,
          text: " there was",
          tokens: [727, 471],
          finish_reason: "length",
          logprobs: {
            text_offset: [0],
            token_logprobs: [-0.5],
            tokens: [" there"],
            top_logprobs: [{ " there": -0.5 }]
          }
        }
      ],
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
    })
  })
})

describe("chat", () => {
  it("is an empty answer before the first chunk", () => {
    assert.deepStrictEqual(merge([]), { object: "chat.completion", choices: [] })
  })

  it("takes the first id, created and model, the last usage and finish reason", () => {
    const answer = merge([
      { id: "", created: null, model: null, choices: [{ finish_reason: null }], usage: { total_tokens: 1 } },
      { id: "a", created: 1, model: "m", choices: [{ finish_reason: "stop" }], usage: { total_tokens: 2 } },
      { id: "b", created: 2, model: "n", choices: [{ finish_reason: "length" }], usage: null },
      { choices: [{ finish_reason: null }] },
      { choices: [{ finish_reason: "null" }] },
      { choices: [{ finish_reason: "" }] },
      { choices: [{ finish_reason: " " }] },
      {}
    ])
    assert.deepStrictEqual(answer, {
      id: "a",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: null }, finish_reason: "length" }],
      usage: { total_tokens: 2 }
    })
  })

  it('keeps finish_reason null while only "null" came', () => {
    assert.isNull(merge([{ choices: [{ index: 0, delta: {}, finish_reason: "null" }] }]).choices[0]!.finish_reason)
  })

  it("tells no text, empty text, and empty text with tool calls apart", () => {
    const content = (...deltas: ReadonlyArray<NonNullable<NonNullable<ChatChunkLike["choices"]>[number]["delta"]>>) =>
      merge(deltas.map((delta) => ({ choices: [{ index: 0, delta }] }))).choices[0]!.message.content
    assert.isNull(content({}))
    assert.isNull(content({ content: null }))
    assert.strictEqual(content({ content: "" }), "")
    assert.isNull(content({ content: "" }, { tool_calls: [{ index: 0, id: "a" }] }))
    assert.strictEqual(content({ content: "x" }, { tool_calls: [{ index: 0, id: "a" }] }), "x")
    assert.strictEqual(content({ content: "a" }, { content: null }, { content: "b" }), "ab")
  })

  it("keeps reasoning apart from the text", () => {
    const { message } = merge([
      { choices: [{ delta: { reasoning_content: "think " } }] },
      { choices: [{ delta: { reasoning_content: "hard", content: null } }] },
      { choices: [{ delta: { reasoning_content: null, content: "42" } }] }
    ]).choices[0]!
    assert.deepStrictEqual(message, { role: "assistant", content: "42", reasoning_content: "think hard" })
  })

  it("gives reasoning back under the name under which it came", () => {
    const message = (...deltas: ReadonlyArray<object>) =>
      merge(deltas.map((delta) => ({ choices: [{ index: 0, delta }] }))).choices[0]!.message
    assert.deepStrictEqual(message({ reasoning: "think " }, { reasoning: "hard" }, { content: "42" }), {
      role: "assistant",
      content: "42",
      reasoning: "think hard"
    })
    // One beside the other is not the other's continuation.
    const both = { reasoning: "think", reasoning_content: "think" }
    assert.deepStrictEqual(message(both, both), {
      role: "assistant",
      content: null,
      reasoning_content: "thinkthink",
      reasoning: "thinkthink"
    })
    assert.notProperty(message({ reasoning: null, reasoning_content: "a" }), "reasoning")
  })

  it("orders choices by index, negative and huge ones too", () => {
    const indexes = [2 ** 31, 0, -1, Number.MAX_SAFE_INTEGER, 7]
    const { choices } = merge(indexes.map((index) => ({ choices: [{ index, delta: { content: String(index) } }] })))
    assert.deepStrictEqual(
      choices.map((choice) => [choice.index, choice.message.content]),
      [-1, 0, 7, 2 ** 31, Number.MAX_SAFE_INTEGER].map((index) => [index, String(index)])
    )
  })

  it("concatenates log probabilities per choice", () => {
    const { choices } = merge([
      {
        choices: [
          { index: 1, logprobs: { content: ["c"] } },
          { index: 0, logprobs: { content: ["a"] } }
        ]
      },
      { choices: [{ index: 0, logprobs: null }] },
      { choices: [{ index: 0, logprobs: { content: null } }] },
      {
        choices: [
          { index: 0, logprobs: { content: ["b"] } },
          { index: 2, logprobs: { content: null } }
        ]
      }
    ])
    assert.deepStrictEqual(
      choices.map((choice) => choice.logprobs),
      [{ content: ["a", "b"] }, { content: ["c"] }, undefined]
    )
    assert.notProperty(choices[2]!, "logprobs")
  })

  it("takes null and absent parts, and fields it does not know", () => {
    const answer = merge([
      { choices: null, usage: undefined },
      { choices: [{ delta: null }] },
      { choices: [{}] },
      JSON.parse(
        '{"__proto__":{"x":1},"new":1,"choices":[{"index":0,"delta":{"content":"x","__proto__":{"y":1},"refusal":null},"seed":3}]}'
      ) as ChatChunkLike
    ])
    assert.deepStrictEqual(answer.choices, [
      { index: 0, message: { role: "assistant", content: "x" }, finish_reason: null }
    ])
  })

  it("takes choices without index by their place, each for itself", () => {
    const { choices } = merge([
      { choices: [{ delta: { content: "a" } }, { index: null, delta: { content: "b" } }] },
      { choices: [{ index: 1, delta: { content: "c" } }] },
      { choices: [{ delta: { content: "d" }, finish_reason: "stop" }] }
    ])
    assert.deepStrictEqual(
      choices.map((choice) => [choice.index, choice.message.content, choice.finish_reason]),
      [
        [0, "ad", "stop"],
        [1, "bc", null]
      ]
    )
  })

  it("never lets usage go down", () => {
    const counts = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }
    const of = (...all: ReadonlyArray<unknown>) => merge(all.map((usage) => ({ choices: [], usage }))).usage
    assert.deepStrictEqual(of(counts, { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }), counts)
    assert.deepStrictEqual(of({ prompt_tokens: 9 }, null, { completion_tokens: 4 }, { total_tokens: 13 }), counts)
    assert.deepStrictEqual(of(counts, {}), counts)
  })

  it("counts chunks and gives copies at any time", () => {
    const accumulator = makeChatAccumulator()
    const chunk = (content: string): ChatChunkLike => ({
      choices: [
        {
          index: 0,
          delta: { content, tool_calls: [{ index: 0, id: "a", function: { arguments: content } }] },
          logprobs: { content: [content] }
        }
      ]
    })
    accumulator.add(chunk("a"))
    const first = accumulator.snapshot()
    const copy = structuredClone(first)
    assert.deepStrictEqual(accumulator.snapshot(), first)
    accumulator.add(chunk("b"))
    accumulator.add({})
    assert.deepStrictEqual(first, copy)
    assert.strictEqual(accumulator.events, 3)
    const { message, logprobs } = accumulator.snapshot().choices[0]!
    assert.strictEqual(message.content, "ab")
    assert.strictEqual(message.tool_calls![0]!.function.arguments, "ab")
    assert.deepStrictEqual(logprobs, { content: ["a", "b"] })
  })

  it("takes a long answer with many log probabilities in one chunk", () => {
    const content = Array.from({ length: 300_000 }, (_, i) => i)
    assert.strictEqual(merge([{ choices: [{ logprobs: { content } }] }]).choices[0]!.logprobs!.content.length, 300_000)
  })
})

describe("completion", () => {
  it("is an empty answer before the first chunk", () => {
    assert.deepStrictEqual(makeCompletionAccumulator().snapshot(), { object: "text_completion", choices: [] })
  })

  it("takes null and absent parts, the last usage and finish reason, and copies", () => {
    const accumulator = makeCompletionAccumulator()
    accumulator.add({ id: "a", created: 5, model: "m", usage: { total_tokens: 1 } })
    accumulator.add({
      id: "b",
      choices: [{ text: "x", token: 0, finish_reason: "stop", logprobs: { tokens: ["x"], token_logprobs: [null] } }]
    })
    accumulator.add({
      choices: [{ index: 0, text: null, token: null, finish_reason: "null", logprobs: null }],
      usage: null
    })
    const first = accumulator.snapshot()
    assert.deepStrictEqual(first, {
      id: "a",
      object: "text_completion",
      created: 5,
      model: "m",
      choices: [
        {
          index: 0,
          text: "x",
          tokens: [0],
          finish_reason: "stop",
          logprobs: { text_offset: [], token_logprobs: [null], tokens: ["x"], top_logprobs: [] }
        }
      ],
      usage: { total_tokens: 1 }
    })
    const copy = structuredClone(first)
    accumulator.add({
      choices: [{ index: 0, text: "y", token: 1, logprobs: { tokens: ["y"] } }],
      usage: { total_tokens: 2 }
    })
    assert.deepStrictEqual(first, copy)
    assert.deepStrictEqual(accumulator.snapshot().usage, { total_tokens: 2 })
    assert.strictEqual(accumulator.events, 4)
  })
})

describe("what a chunk may lack", () => {
  it("null tokens and top log probabilities do not throw", () => {
    const accumulator = makeCompletionAccumulator()
    accumulator.add({
      choices: [
        {
          index: 0,
          text: "a",
          logprobs: { text_offset: null, token_logprobs: null, tokens: null, top_logprobs: null }
        }
      ]
    })
    assert.deepStrictEqual(accumulator.snapshot().choices[0]?.logprobs, {
      text_offset: [],
      token_logprobs: [],
      tokens: [],
      top_logprobs: []
    })
    assert.deepStrictEqual(
      merge([{ choices: [{ index: 0, delta: { content: "a" }, logprobs: { content: null } }] }]).choices[0],
      { index: 0, message: { role: "assistant", content: "a" }, finish_reason: null }
    )
  })

  it("a chunk without choices adds no choice", () => {
    for (const choices of [undefined, null, []]) assert.deepStrictEqual(merge([{ choices }]).choices, [])
    const accumulator = makeCompletionAccumulator()
    for (const choices of [undefined, null, []]) accumulator.add({ choices })
    assert.deepStrictEqual(accumulator.snapshot().choices, [])
  })
})

describe("a snapshot", () => {
  it("is a copy that later chunks do not change, nor does it change what is merged", () => {
    const accumulator = makeChatAccumulator<string>()
    const add = (content: string) =>
      accumulator.add({ choices: [{ index: 0, delta: { content }, logprobs: { content: [content] } }] })
    add("a")
    const first = accumulator.snapshot()
    const before = JSON.stringify(first)
    add("b")
    assert.strictEqual(JSON.stringify(first), before)
    const tokens = first.choices[0]!.logprobs!.content as Array<string>
    tokens.push("changed")
    assert.deepStrictEqual(accumulator.snapshot().choices[0]?.logprobs?.content, ["a", "b"])
  })

  it("of a completion is a copy too", () => {
    const accumulator = makeCompletionAccumulator<string>()
    const add = (token: number) =>
      accumulator.add({
        choices: [
          {
            index: 0,
            text: "a",
            token,
            logprobs: { text_offset: [token], token_logprobs: [-1], tokens: ["a"], top_logprobs: ["t"] }
          }
        ]
      })
    add(1)
    const first = accumulator.snapshot()
    const before = JSON.stringify(first)
    add(2)
    assert.strictEqual(JSON.stringify(first), before)
    const [choice] = first.choices
    for (const list of [choice!.tokens, ...Object.values(choice!.logprobs!)] as Array<Array<unknown>>)
      list.push("changed")
    assert.notInclude(JSON.stringify(accumulator.snapshot()), "changed")
  })
})
