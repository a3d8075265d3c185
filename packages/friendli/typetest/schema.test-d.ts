import type * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import type { ChatChunk } from "../src/schema/ChatChunk.js"
import type { ChatCompletion, ChatFinishReason } from "../src/schema/ChatCompletion.js"
import type { ChatRequest } from "../src/schema/ChatRequest.js"
import type { Completion } from "../src/schema/Completion.js"
import type { CompletionChunk } from "../src/schema/CompletionChunk.js"
import type { CompletionRequest } from "../src/schema/CompletionRequest.js"
import type { ErrorBody } from "../src/schema/ErrorBody.js"
import type { FieldIssue } from "../src/internal/issues.js"
import type { Message } from "../src/schema/Message.js"
import type { ReasoningEffort } from "../src/schema/Sampling.js"
import type { Detokenized, DetokenizeRequest, Tokenized, TokenizeRequest } from "../src/schema/Tokens.js"

type IsAny<T> = 0 extends 1 & T ? true : false
type Primitive = string | number | boolean | bigint | symbol | null | undefined

/** True when `any` stands anywhere in a type of data. Stops at six levels, deeper than any wire type. */
type HasAny<T, Depth extends ReadonlyArray<0> = []> =
  IsAny<T> extends true
    ? true
    : Depth["length"] extends 6
      ? false
      : T extends Primitive
        ? false
        : T extends ReadonlyArray<infer Item>
          ? HasAny<Item, [...Depth, 0]>
          : T extends object
            ? true extends { [K in keyof T]-?: HasAny<T[K], [...Depth, 0]> }[keyof T]
              ? true
              : false
            : false

type Everything = {
  chatRequest: ChatRequest
  chatCompletion: ChatCompletion
  chatChunk: ChatChunk
  completionRequest: CompletionRequest
  completion: Completion
  completionChunk: CompletionChunk
  tokenize: TokenizeRequest
  tokenized: Tokenized
  detokenize: DetokenizeRequest
  detokenized: Detokenized
  errorBody: ErrorBody
  issue: FieldIssue
}

describe("wire types", () => {
  it("contain no any", () => {
    expectTypeOf<HasAny<{ a: { b: ReadonlyArray<{ c: ReturnType<typeof JSON.parse> }> } }>>().toEqualTypeOf<true>()
    expectTypeOf<{ [K in keyof Everything]: HasAny<Everything[K]> }[keyof Everything]>().toEqualTypeOf<false>()
  })

  it("are the same on both sides, and need nothing", () => {
    expectTypeOf<Schema.Schema.Encoded<typeof ChatRequest>>().toEqualTypeOf<Schema.Schema.Type<typeof ChatRequest>>()
    expectTypeOf<Schema.Schema.Encoded<typeof CompletionRequest>>().toEqualTypeOf<
      Schema.Schema.Type<typeof CompletionRequest>
    >()
    expectTypeOf<Schema.Schema.Encoded<typeof ChatCompletion>>().toEqualTypeOf<
      Schema.Schema.Type<typeof ChatCompletion>
    >()
    expectTypeOf<Schema.Schema.Context<typeof ChatRequest>>().toEqualTypeOf<never>()
    expectTypeOf<Schema.Schema.Context<typeof ChatCompletion>>().toEqualTypeOf<never>()
  })

  it("have open literals", () => {
    expectTypeOf<string>().toExtend<ChatFinishReason>()
    expectTypeOf<"stop">().toExtend<ChatFinishReason>()
    expectTypeOf<ChatFinishReason>().not.toEqualTypeOf<string>()
    expectTypeOf<"system" | "developer" | "user" | "assistant" | "tool">().toEqualTypeOf<Message["role"]>()
    expectTypeOf<ChatRequest["reasoning_effort"]>().toEqualTypeOf<ReasoningEffort | null | undefined>()
    expectTypeOf<"max">().toExtend<ReasoningEffort>()
    expectTypeOf<string>().toExtend<ReasoningEffort>()
    expectTypeOf<ReasoningEffort>().not.toEqualTypeOf<string>()
  })
})

const send = (request: ChatRequest): ChatRequest => request
const complete = (request: CompletionRequest): CompletionRequest => request

describe("requests", () => {
  it("take plain literals", () => {
    expectTypeOf(send({ messages: [{ role: "user", content: "Hello!" }] })).toEqualTypeOf<ChatRequest>()
    send({
      model: null,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: [{ type: "text", text: "Hello!" }] },
        { role: "assistant", tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }] },
        { role: "tool", tool_call_id: "1", content: "{}" }
      ],
      temperature: undefined,
      seed: [1, 2],
      logit_bias: { 1234: -100 },
      tool_choice: "auto",
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
      response_format: { type: "json_schema", json_schema: { schema: { type: "object" } } }
    })
    complete({ prompt: "Say this is a test!", top_k: 1 })
    complete({ prompt: ["a", "b"] })
    complete({ tokens: [1, 2] })
  })

  it("reject what the server would", () => {
    expectTypeOf<{ readonly messages: "Hello!" }>().not.toExtend<ChatRequest>()
    // @ts-expect-error a role that does not exist
    send({ messages: [{ role: "wizard", content: "Hello!" }] })
    // @ts-expect-error the function that is called decides
    send({ messages: [], stream: true })
    // @ts-expect-error the one optional field that is not nullable
    send({ messages: [], tool_choice: null })
    // @ts-expect-error messages are required
    send({ model: "m" })
    // @ts-expect-error either prompt or tokens
    complete({ prompt: "a", tokens: [1] })
    // @ts-expect-error one of them is required
    complete({ model: "m" })
  })
})
