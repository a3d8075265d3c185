import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Vectors from "effect-friendli-vectors"
import { ChatChunk } from "../../src/schema/ChatChunk.js"
import { ChatCompletion } from "../../src/schema/ChatCompletion.js"
import { ChatRequest } from "../../src/schema/ChatRequest.js"
import { Completion } from "../../src/schema/Completion.js"
import { CompletionChunk } from "../../src/schema/CompletionChunk.js"
import { CompletionRequest } from "../../src/schema/CompletionRequest.js"
import { ErrorBody, HTTPValidationError, MessagesErrorResponse } from "../../src/schema/ErrorBody.js"
import { ResponsesEvent } from "../../src/schema/ResponsesEvent.js"
import { ResponsesRequest } from "../../src/schema/ResponsesRequest.js"
import { ResponsesResponse } from "../../src/schema/ResponsesResponse.js"
import { Detokenized, DetokenizeRequest, Tokenized, TokenizeRequest } from "../../src/schema/Tokens.js"

const strict = { errors: "all", onExcessProperty: "error" } as const
const tolerant = { errors: "all", onExcessProperty: "preserve" } as const

type Wire<A> = Schema.Schema<A>
/** Whether a value comes through decoding and encoding as it was; the assertions say where it did not. */
const whole = <A>(schema: Wire<A>, value: unknown, options: typeof strict | typeof tolerant): true => {
  const decoded = Schema.decodeUnknownEither(schema, options)(value)
  if (Either.isLeft(decoded)) throw decoded.left
  assert.deepStrictEqual<unknown>(decoded.right, value)
  assert.deepStrictEqual<unknown>(Schema.encodeUnknownSync(schema, options)(decoded.right), value)
  return true
}

const operations = {
  "chat.complete": { request: ChatRequest, response: ChatCompletion, event: ChatCompletion },
  "chat.stream": { request: ChatRequest, response: ChatChunk, event: ChatChunk },
  "completions.complete": { request: CompletionRequest, response: Completion, event: Completion },
  "completions.stream": { request: CompletionRequest, response: CompletionChunk, event: CompletionChunk },
  "responses.create": { request: ResponsesRequest, response: ResponsesResponse, event: ResponsesResponse },
  "responses.stream": { request: ResponsesRequest, response: ResponsesEvent, event: ResponsesEvent },
  "token.tokenize": { request: TokenizeRequest, response: Tokenized, event: Tokenized },
  "token.detokenize": { request: DetokenizeRequest, response: Detokenized, event: Detokenized }
} as const

const isObject = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null && !Array.isArray(u)

/** Adds a field to every object, except to maps whose keys are tokens. */
const withUnknownFields = (value: unknown, key = ""): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => withUnknownFields(item, key))
  if (!isObject(value)) return value
  if (key === "top_logprobs" && Object.values(value).every((item) => typeof item === "number")) return value
  const entries = Object.entries(value).map(([name, item]) => [name, withUnknownFields(item, name)] as const)
  return { ...Object.fromEntries(entries), field_of_next_year: { list: [1, null, "x"] } }
}

describe("contract vectors", () => {
  for (const deployment of ["serverless", "dedicated", "container"]) {
    for (const [operation, schemas] of Object.entries(operations)) {
      const prefix = `${deployment}.${operation}`
      const requests = Vectors.names.filter((file) => file.startsWith(`${prefix}.request`))
      it(`${prefix}: has vectors`, () => {
        assert.isAtLeast(requests.length, 2)
      })
      for (const file of requests) {
        it(`${file} is accepted and sent as it is`, () => {
          const { stream: _stream, ...body } = Vectors.json(file) as Record<string, unknown>
          assert.isTrue(whole<unknown>(schemas.request as Wire<unknown>, body, strict))
        })
      }
      for (const file of Vectors.names.filter((file) => file.startsWith(`${prefix}.response.`))) {
        it(`${file} is unchanged by decoding and encoding, with unknown fields at every level`, () => {
          assert.isTrue(whole<unknown>(schemas.response as Wire<unknown>, Vectors.json(file), tolerant))
          assert.isTrue(
            whole<unknown>(schemas.response as Wire<unknown>, withUnknownFields(Vectors.json(file)), tolerant)
          )
        })
      }
      for (const file of Vectors.names.filter(
        (file) => file.startsWith(`${prefix}.stream.`) && file.endsWith(".json")
      )) {
        it(`${file} is unchanged by decoding and encoding, with unknown fields at every level`, () => {
          const events = Vectors.json(file) as ReadonlyArray<unknown>
          assert.isAtLeast(events.length, 3)
          for (const event of events) {
            assert.isTrue(whole<unknown>(schemas.event as Wire<unknown>, event, tolerant))
            assert.isTrue(whole<unknown>(schemas.event as Wire<unknown>, withUnknownFields(event), tolerant))
          }
        })
      }
    }
  }

  it("error bodies are unchanged by decoding and encoding, alone and in the union", () => {
    const validation = Vectors.json("_error.422.HTTPValidationError.json")
    assert.isTrue(whole(HTTPValidationError, validation, tolerant))
    assert.isTrue(whole(ErrorBody, withUnknownFields(validation), tolerant))
    const messages = Vectors.json("_error.422.MessagesErrorResponse.json")
    assert.isTrue(whole(MessagesErrorResponse, messages, tolerant))
    assert.isTrue(whole(ErrorBody, withUnknownFields(messages), tolerant))
    for (const body of [
      { error: { message: "no", type: "t", code: "c", param: null } },
      { error: { message: "no", code: 429 } },
      { error: "no" },
      { detail: "no" },
      { message: "no" }
    ]) {
      assert.isTrue(whole(ErrorBody, body, tolerant))
    }
    assert.isFalse(Schema.is(ErrorBody)({ reason: "no" }))
    assert.isTrue(Schema.is(ErrorBody)(JSON.parse('{"type":{"toString":1,"valueOf":1},"message":"no"}')))
  })
})

describe("answers of unusual servers", () => {
  it("a tool call delta needs nothing", () => {
    for (const call of [{}, { index: null, id: null, type: null, function: null }, { function: { name: null } }]) {
      assert.isTrue(whole(ChatChunk, { choices: [{ index: 0, delta: { tool_calls: [call] } }] }, tolerant))
    }
  })

  it("null tool calls, reasoning and new enum values pass", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, prompt_tokens_details: null }
    const message = { content: null, reasoning_content: "hm", reasoning: null, tool_calls: null, role: "oracle" }
    assert.isTrue(
      whole(
        ChatCompletion,
        { id: "1", object: "new", created: 1, choices: [{ index: 0, message, finish_reason: "new" }], usage },
        tolerant
      )
    )
    assert.isTrue(
      whole(ChatChunk, { choices: [{ index: 0, delta: message, finish_reason: "new" }], usage: null }, tolerant)
    )
  })

  it("a 64-bit seed does not cost the answer", () => {
    const seed = Number("18446744073709551615")
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
    const choice = { index: 0, text: "", seed, finish_reason: "stop", tokens: [] }
    assert.isTrue(whole(Completion, { id: "1", choices: [choice], usage }, tolerant))
  })

  it("a token named __proto__ keeps its probability", () => {
    const logprobs: unknown = JSON.parse(
      '{"text_offset":[0],"token_logprobs":[-1],"tokens":["__proto__"],"top_logprobs":[{"__proto__":-1}]}'
    )
    const chunk = { choices: [{ index: 0, text: "", logprobs }] }
    const decoded = Schema.decodeUnknownSync(CompletionChunk, tolerant)(chunk)
    assert.strictEqual(JSON.stringify(decoded.choices[0]?.logprobs?.top_logprobs), '[{"__proto__":-1}]')
  })

  it("what is not a chunk is rejected", () => {
    for (const value of [null, "x", {}, { choices: null }, { choices: {} }, { choices: [null] }]) {
      assert.isFalse(Schema.is(ChatChunk)(value))
      assert.isFalse(Schema.is(CompletionChunk)(value))
    }
  })
})
