import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { ChatRequest } from "../../src/schema/ChatRequest.js"
import { CompletionRequest } from "../../src/schema/CompletionRequest.js"
import { TranscriptionRequest } from "../../src/schema/Audio.js"
import { EmbeddingsRequest } from "../../src/schema/Embeddings.js"
import { ContainerGenerateImageRequest, GenerateImageRequest } from "../../src/schema/Images.js"
import { MessagesRequest } from "../../src/schema/MessagesRequest.js"
import { formatPath } from "../../src/internal/issues.js"
import { JsonObject, jsonIssues } from "../../src/schema/primitives.js"
import { problems } from "./requests.support.js"

const chat = { messages: [{ role: "user", content: "x" }] }

const ofChat = (extra: object) => problems(ChatRequest as Schema.Schema<unknown>, { ...chat, ...extra })

const ofMessages = (extra: object) => problems(MessagesRequest as Schema.Schema<unknown>, { ...chat, ...extra })

const ofCompletion = (extra: object) => problems(CompletionRequest as Schema.Schema<unknown>, extra)

const ofPrompt = (extra: object) => ofCompletion({ prompt: "x", ...extra })

const ofTokens = (extra: object) => ofCompletion({ tokens: [1], ...extra })

const tiny = Number.MIN_VALUE

const unit = { good: [0, 1, 0.5], bad: [-tiny, 1 + Number.EPSILON] }

const penalty = { good: [-2, 2, 0], bad: [-2.000001, 2.000001] }

const positive = { good: [tiny, 1e9], bad: [0, -tiny] }

const free = { good: [-1e300, 0, 1e300], bad: [] }

const whole = { good: [Number.MIN_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER], bad: [0.5, 2 ** 53] }

/** Field, edges inside and outside of its range. */
const shared: Record<string, { good: ReadonlyArray<number>; bad: ReadonlyArray<number> }> = {
  temperature: free,
  top_k: { good: [0, 1], bad: [-1, 0.5] },
  top_p: { good: [tiny, 1], bad: [0, 1 + Number.EPSILON] },
  min_p: unit,
  xtc_threshold: unit,
  xtc_probability: unit,
  frequency_penalty: penalty,
  presence_penalty: penalty,
  repetition_penalty: positive,
  seed: whole,
  n: whole,
  max_tokens: whole,
  min_tokens: whole
}

const chatOnly = { top_logprobs: whole, reasoning_budget: { good: [-1, 0, 1], bad: [1.5] } }

const completionOnly = {
  logprobs: whole,
  max_total_tokens: whole,
  min_total_tokens: whole,
  no_repeat_ngram: whole,
  encoder_no_repeat_ngram: whole,
  encoder_repetition_penalty: positive
}

const unknownField = 'unknown field; check its spelling, or use the "body" option to send fields newer than this SDK'

describe("numbers of a request", () => {
  const run = (table: typeof shared, of: (extra: object) => ReadonlyArray<string>): number => {
    for (const [field, { bad, good }] of Object.entries(table)) {
      for (const value of good) assert.deepStrictEqual(of({ [field]: value }), [], `${field} = ${value}`)
      for (const value of [...bad, Number.NaN, Infinity, -Infinity]) {
        const [problem, ...more] = of({ [field]: value })
        assert.deepStrictEqual(more, [], `${field} = ${value}`)
        assert.match(problem ?? "", new RegExp(`^${field}: expected a .*(number|integer).*, got ${value}$`))
      }
      assert.match(of({ [field]: "0.5" })[0] ?? "", new RegExp(`^${field}: expected .*null, got a string$`))
      assert.deepStrictEqual(of({ [field]: null }), [])
      assert.deepStrictEqual(of({ [field]: undefined }), [])
    }
    return Object.keys(table).length
  }
  it("chat: edges, NaN and infinities", () => {
    assert.strictEqual(run({ ...shared, ...chatOnly }, ofChat), 15)
  })
  it("prompt: edges, NaN and infinities", () => {
    assert.strictEqual(run({ ...shared, ...completionOnly }, ofPrompt), 19)
  })
  it("tokens: edges, NaN and infinities", () => {
    assert.strictEqual(run({ ...shared, ...completionOnly }, ofTokens), 19)
  })

  it("inside lists and maps, with the path", () => {
    assert.deepStrictEqual(ofChat({ logit_bias: { "7": Number.NaN } }), [
      'logit_bias["7"]: expected a finite number, got NaN'
    ])
    assert.deepStrictEqual(ofChat({ seed: [1, Infinity] }), ["seed[1]: expected a safe integer, got Infinity"])
    assert.deepStrictEqual(ofPrompt({ embedding_to_replace: [0, Number.NaN] }), [
      "embedding_to_replace[1]: expected a finite number, got NaN"
    ])
    assert.deepStrictEqual(ofPrompt({ stop_tokens: [{ tokens: [1.5] }] }), [
      "stop_tokens[0].tokens[0]: expected a safe integer, got 1.5"
    ])
  })
})

describe("what is wrong is said in one sentence a field", () => {
  const ofMessage = (message: unknown) => ofChat({ messages: [message] })

  it("messages", () => {
    assert.deepStrictEqual(ofChat({ messages: [] }), ["messages: must have at least one message"])
    assert.deepStrictEqual(ofChat({ messages: "secret" }), ["messages: expected an array, got a string"])
    assert.deepStrictEqual(ofMessage({ role: "wizard", content: "secret" }), [
      'messages[0].role: expected "system" | "developer" | "user" | "assistant" | "tool", got another string'
    ])
    assert.deepStrictEqual(ofMessage({ content: "secret" }), [
      'messages[0].role: missing; expected "system" | "developer" | "user" | "assistant" | "tool"'
    ])
    assert.deepStrictEqual(ofMessage({ role: "user", content: "x", extra: "secret" }), [
      `messages[0].extra: ${unknownField}`
    ])
    assert.deepStrictEqual(ofMessage({ role: "user", content: [{ type: "text", text: "x", extra: 1 }] }), [
      `messages[0].content[0].extra: ${unknownField}`
    ])
    assert.deepStrictEqual(ofMessage({ role: "user", content: [{ type: "image" }] }), [
      'messages[0].content[0].type: expected "text" | "image_url" | "audio_url" | "video_url", got another string'
    ])
    assert.deepStrictEqual(ofMessage({ role: "tool", content: "x" }), [
      "messages[0].tool_call_id: missing; expected a string"
    ])
  })

  it("the top level", () => {
    assert.deepStrictEqual(ofChat({ stream: true }), [`stream: ${unknownField}`])
    assert.deepStrictEqual(ofChat({ tool_choice: null }), [
      `tool_choice: expected an object | "none" | "auto" | "required" | another string that is not empty, got null`
    ])
    assert.deepStrictEqual(ofChat({ temperature: Number.NaN, top_k: -1 }).length, 2)
  })

  it("function names, of any length", () => {
    const tool = (name: string) => ofChat({ tools: [{ type: "function", function: { name, parameters: {} } }] })
    const choice = (name: string) => ofChat({ tool_choice: { type: "function", function: { name } } })
    for (const name of ["a", "a".repeat(65), "mcp__".repeat(40), "Get_weather-2"]) {
      assert.deepStrictEqual([...tool(name), ...choice(name)], [])
    }
    for (const name of ["", "get weather", "naïve", "a\n"]) {
      const wrong = `expected a name of letters, digits, "_" or "-", got ${name === "" ? "an empty string" : "another string"}`
      assert.deepStrictEqual(tool(name), [`tools[0].function.name: ${wrong}`])
      assert.deepStrictEqual(choice(name), [`tool_choice.function.name: ${wrong}`])
    }
  })

  it("either prompt or tokens", () => {
    assert.deepStrictEqual(ofCompletion({}), [': missing; one of "prompt", "tokens" is required'])
    assert.deepStrictEqual(ofPrompt({ extra: 1 }), [`extra: ${unknownField}`])
    assert.deepStrictEqual(ofTokens({ extra: 1 }), [`extra: ${unknownField}`])
    assert.deepStrictEqual(ofPrompt({ tokens: [1] }), ["tokens: prompt and tokens cannot be given together"])
    assert.deepStrictEqual(ofCompletion({ prompt: 5 }), ["prompt: expected a string | an array, got 5"])
    assert.deepStrictEqual(ofCompletion({ tokens: "secret" }), ["tokens: expected an array, got a string"])
  })
})

describe("what the vendor adds to", () => {
  const levels = ["minimal", "low", "medium", "high", "xhigh", "max", "ultracode", "none", "a_level_of_next_year"]
  /** Where an enum of a request stands: its known values, one of the future, and a request with it. */
  const enums: ReadonlyArray<readonly [path: string, values: ReadonlyArray<string>, of: (value: string) => unknown]> = [
    ["reasoning_effort", levels, (value) => ofChat({ reasoning_effort: value })],
    ["tool_choice", ["none", "auto", "required", "validated"], (value) => ofChat({ tool_choice: value })],
    ["output_config.effort", levels, (value) => ofMessages({ output_config: { effort: value } })],
    [
      "tools[0].type",
      ["custom", "web_search_20250305"],
      (value) => ofMessages({ tools: [{ name: "f", type: value }] })
    ],
    [
      "chunking_strategy",
      ["auto", "sentences"],
      (value) => problems(TranscriptionRequest as never, { file: new File([], "a.wav"), chunking_strategy: value })
    ]
  ]
  it.each(enums)("%s takes any word but the empty one", (path, values, of) => {
    for (const value of values) assert.deepStrictEqual(of(value), [], value)
    const [problem, ...more] = of("") as ReadonlyArray<string>
    assert.deepStrictEqual(more, [])
    assert.match(problem!, /another string that is not empty(?: \| null)?, got an empty string$/)
    assert.isTrue(problem!.startsWith(`${path}: expected `))
    assert.match((of(7 as never) as ReadonlyArray<string>)[0]!, /, got 7$/)
  })

  it("fields that distinguish shapes, of the request or of its answer, are closed", () => {
    assert.match(
      problems(EmbeddingsRequest as never, { encoding_format: "int8" })[0]!,
      /^encoding_format: expected "float" \| "base64"/
    )
    assert.match(
      problems(GenerateImageRequest as never, { prompt: "x", response_format: "webp" })[0]!,
      /^response_format: expected "url"/
    )
    assert.match(ofChat({ messages: [{ role: "critic", content: "x" }] })[0]!, /^messages\[0\]\.role: /)
    assert.match(ofChat({ tools: [{ type: "grammar" }] })[0]!, /^tools\[0\]/)
    assert.match(ofChat({ response_format: { type: "xml" } })[0]!, /^response_format\.type: /)
    assert.match(ofMessages({ thinking: { type: "auto" } })[0]!, /^thinking\.type: expected "enabled"/)
    assert.match(ofMessages({ tool_choice: { type: "some" } })[0]!, /^tool_choice\.type: expected "auto"/)
    assert.match(ofMessages({ output_config: { format: { type: "regex" } } })[0]!, /^output_config\.format\.type: /)
    assert.match(
      problems(ContainerGenerateImageRequest as never, { prompt: "x", response_format: "png" })[0]!,
      /^response_format: expected "raw" \| "jpeg"/
    )
  })

  it("a message of the role developer, and a format with a name and a description", () => {
    const schema = { type: "object" }
    assert.deepStrictEqual(
      ofChat({
        messages: [
          { role: "developer", content: "Be brief.", name: "ops" },
          { role: "user", content: "x" }
        ],
        response_format: { type: "json_schema", json_schema: { schema, name: "answer", description: null } }
      }),
      []
    )
    assert.match(
      ofChat({ response_format: { type: "json_schema", json_schema: { schema, nmae: "answer" } } })[0]!,
      /^response_format\.json_schema\.nmae: unknown field/
    )
  })
})

describe("open objects", () => {
  const kwargs = (value: unknown) => ofChat({ chat_template_kwargs: value })

  it("what JSON cannot express is rejected with its path", () => {
    const cycle: Record<string, unknown> = {}
    cycle["a"] = { b: [cycle] }
    assert.deepStrictEqual(kwargs(cycle), [
      "chat_template_kwargs.a.b[0]: refers to an object that contains it, which is not possible in JSON"
    ])
    assert.deepStrictEqual(kwargs({ a: 1n, b: { c: () => 1 }, d: [Number.NaN] }), [
      "chat_template_kwargs.a: expected a JSON value, got a BigInt",
      "chat_template_kwargs.b.c: expected a JSON value, got a function",
      "chat_template_kwargs.d[0]: expected a finite number, got NaN"
    ])
    assert.match(kwargs({ at: new Date(0) })[0] ?? "", /^chat_template_kwargs\.at: has a toJSON method/)
    assert.match(kwargs({ at: new Map() })[0] ?? "", /^chat_template_kwargs\.at: expected a plain object/)
    assert.match(kwargs({ at: [undefined] })[0] ?? "", /^chat_template_kwargs\.at\[0\]: expected a JSON value/)
    const getter = Object.defineProperty({}, "x", { enumerable: true, get: () => assert.fail("secret") })
    assert.deepStrictEqual(kwargs(getter), ["chat_template_kwargs: could not be read: its getter threw"])
    let deep: unknown = 1
    for (let i = 0; i < 50_000; i++) deep = [deep]
    assert.deepStrictEqual(kwargs({ deep }), ["chat_template_kwargs: is nested deeper than 1000 levels"])
  })

  it("the same object twice is no cycle, and undefined is left out", () => {
    const twice = { a: 1 }
    assert.deepStrictEqual(kwargs({ x: twice, y: [twice, twice], z: undefined }), [])
    assert.deepStrictEqual(jsonIssues({ x: twice }), [])
    assert.deepStrictEqual(jsonIssues({ x: 1n }), [{ path: ["x"], message: "expected a JSON value, got a BigInt" }])
  })

  it("__proto__ is a key like any other", () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":true},"a":1}')
    const decoded = Schema.decodeUnknownSync(JsonObject)(value)
    assert.strictEqual(decoded, value)
    assert.strictEqual(JSON.stringify(decoded), '{"__proto__":{"polluted":true},"a":1}')
    assert.isUndefined(decoded["polluted"])
    assert.isFalse("polluted" in {})
    assert.deepStrictEqual(ofChat({ logit_bias: JSON.parse('{"__proto__":"x"}') }), [
      "logit_bias.__proto__: expected a finite number, got a string"
    ])
  })
})

describe("formatPath", () => {
  it("writes what JavaScript would", () => {
    assert.strictEqual(formatPath([]), "")
    assert.strictEqual(formatPath(["messages", 0, "role"]), "messages[0].role")
    assert.strictEqual(formatPath([0, "a b", "c"]), '[0]["a b"].c')
  })
})
