/**
 * The schemas of messages and of chat render on the contract's vectors and on values of every kind.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as Vectors from "effect-friendli-vectors"
import { ChatRendered, ChatRenderRequest } from "../../src/schema/ChatRender.js"
import { MessagesRequest } from "../../src/schema/MessagesRequest.js"
import { MessagesResponse } from "../../src/schema/MessagesResponse.js"
import { formatIssues, formatPath } from "../../src/internal/issues.js"
import { accepts, assertWhole, strict, tolerant } from "./messages.support.js"

const withUnknownFields = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withUnknownFields)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).map(([name, item]) => [name, withUnknownFields(item)] as const)
  return { ...Object.fromEntries(entries), field_of_next_year: { list: [1, null, "x"] } }
}

const problems = (request: unknown): ReadonlyArray<string> => {
  const encoded = Schema.encodeUnknownEither(MessagesRequest as Schema.Schema<unknown>, strict)(request)
  return Either.isRight(encoded)
    ? []
    : formatIssues(encoded.left).map((issue) => `${formatPath(issue.path)}: ${issue.message}`)
}

const asking = (fields: object) => problems({ messages: [{ role: "user", content: "x" }], ...fields })

const saying = (...content: ReadonlyArray<unknown>) => problems({ messages: [{ role: "user", content }] })

describe("contract vectors", () => {
  const schemas = {
    "messages.messages": { request: MessagesRequest, response: MessagesResponse },
    "chat_render.render": { request: ChatRenderRequest, response: ChatRendered }
  } as const
  for (const [operation, { request, response }] of Object.entries(schemas)) {
    for (const file of Vectors.names.filter((name) => name.includes(`.${operation}.request`))) {
      it(`${file} is accepted and sent as it is`, () => {
        const { stream: _stream, ...body } = Vectors.json(file) as { readonly stream?: unknown }
        assertWhole(request, body, strict)
      })
    }
    for (const file of Vectors.names.filter((name) => name.endsWith(`.${operation}.response.json`))) {
      it(`${file} is unchanged by decoding and encoding, with unknown fields at every level`, () => {
        assertWhole(response, Vectors.json(file), tolerant)
        assertWhole(response, withUnknownFields(Vectors.json(file)), tolerant)
      })
    }
  }
  it("are there", () => {
    assert.lengthOf(
      Vectors.names.filter((name) => name.includes(".messages.messages.")),
      12
    )
    assert.lengthOf(
      Vectors.names.filter((name) => name.includes(".chat_render.render.")),
      8
    )
  })
})

describe("requests", () => {
  it("bounds and enums", () => {
    assert.deepStrictEqual(problems({ messages: [] }), ["messages: must have at least one message"])
    assert.deepStrictEqual(asking({ max_tokens: 1, top_p: 7, temperature: -3, top_k: -1 }), [])
    assert.deepStrictEqual(asking({ max_tokens: 0 }), ["max_tokens: expected a safe integer of at least 1, got 0"])
    assert.deepStrictEqual(asking({ top_k: 0.5, temperature: Number.NaN, top_p: Infinity }), [
      "temperature: expected a finite number, got NaN",
      "top_p: expected a finite number, got Infinity",
      "top_k: expected a safe integer, got 0.5"
    ])
    assert.deepStrictEqual(asking({ thinking: { type: "on" } }), [
      'thinking.type: expected "enabled" | "disabled" | "adaptive", got another string'
    ])
    assert.deepStrictEqual(asking({ tool_choice: { type: "required" } }), [
      'tool_choice.type: expected "auto" | "any" | "tool" | "none", got another string'
    ])
    assert.deepStrictEqual(asking({ thinking: { type: "enabled", budget_tokens: 0 } }), [
      "thinking.budget_tokens: expected a safe integer of at least 1, got 0"
    ])
    for (const source of [
      { type: "url", url: "" },
      { type: "base64", data: "", media_type: "image/png" },
      { type: "base64", data: "AA==", media_type: "" }
    ]) {
      assert.match(
        problems({ messages: [{ role: "user", content: [{ type: "image", source }] }] }).join(),
        /^messages\[0\]\.content\[0\]\.source\.(?:url|data|media_type): expected a string that is not empty, got an empty string$/
      )
    }
    assert.match(asking({ stream: true }).join(), /^stream: unknown field/)
    assert.match(
      problems({ messages: [{ role: "system", content: "x" }] }).join(),
      /^messages\[0\]\.role: expected "user"/
    )
  })

  it("every nullable field takes null", () => {
    const { messages: _messages, ...fields } = MessagesRequest.fields
    const nulls = Object.fromEntries(Object.keys(fields).map((name) => [name, null]))
    assert.deepStrictEqual(asking(nulls), [])
    assert.lengthOf(Object.keys(nulls), 17)
  })

  it("blocks name the field that is wrong", () => {
    assert.deepStrictEqual(saying({ type: "text" }), ["messages[0].content[0].text: missing; expected a string"])
    assert.deepStrictEqual(saying({ type: "tool_use", name: "f", input: "{}" }), [
      "messages[0].content[0].input: expected an object, got a string"
    ])
    assert.sameMembers(
      [...saying({ type: "image", source: { type: "url", data: "x" } })],
      [
        "messages[0].content[0].source.url: missing; expected a string that is not empty",
        'messages[0].content[0].source.data: unknown field; check its spelling, or use the "body" option to send fields newer than this SDK'
      ]
    )
    assert.match(saying({ type: "wizard" }).join(), /^messages\[0\]\.content\[0\]\.type: expected "text" \| "image"/)
    assert.match(saying({ type: "text", text: "x", cache_control: {} }).join(), /\.cache_control: unknown field/)
  })

  it("ignored blocks pass with all their fields, as far as JSON can express them", () => {
    const document = { type: "document", source: { type: "url", url: "https://files.example/a.pdf" }, title: undefined }
    assert.deepStrictEqual(saying(document, { type: "redacted_thinking", data: "…" }), [])
    assertWhole(MessagesRequest, { messages: [{ role: "user", content: [document] }] }, strict)
    assert.deepStrictEqual(saying({ type: "document", size: 1n }), [
      "messages[0].content[0].size: expected a JSON value, got a BigInt"
    ])
  })
})

describe("answers of unusual servers", () => {
  const answer = (...content: ReadonlyArray<unknown>) => ({
    id: "1",
    content,
    usage: { input_tokens: 1, output_tokens: 2 }
  })

  it("blocks of unknown types, new stop reasons and missing constants pass", () => {
    assertWhole(
      MessagesResponse,
      {
        ...answer({ type: "later", x: { y: 1 } }, { type: "thinking", thinking: "" }),
        stop_reason: "refusal",
        type: null
      },
      tolerant
    )
  })

  it("a block of a known type that lacks what it needs is rejected by its own field", () => {
    for (const [block, field] of [
      [{ type: "text" }, "text"],
      [{ type: "thinking", thinking: 1 }, "thinking"],
      [{ type: "tool_use", id: "1", name: "f", input: "{}" }, "input"]
    ] as const) {
      const decoded = Schema.decodeUnknownEither(MessagesResponse, tolerant)(answer(block))
      assert.isTrue(Either.isLeft(decoded))
      if (Either.isLeft(decoded)) {
        assert.deepStrictEqual(
          formatIssues(decoded.left).map((issue) => issue.path),
          [["content", 0, field]]
        )
      }
    }
    for (const block of [null, "text", { type: 1 }, {}]) {
      assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(MessagesResponse, tolerant)(answer(block))))
    }
  })

  it("an event without a name needs a type", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        assert.strictEqual(accepts({ data }), typeof (data as { readonly type?: unknown } | null)?.type === "string")
      })
    )
    assert.isTrue(accepts({ data: { type: "later" } }))
    assert.isTrue(accepts({ data: { type: "ping", index: "x" } }))
  })
})
