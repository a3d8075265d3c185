/**
 * The schemas of messages and of chat render against the contract, field by field and value by value.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as fc from "fast-check"
import { readdirSync, readFileSync } from "node:fs"
import { ChatRendered, ChatRenderRequest } from "../../src/schema/ChatRender.js"
import { MessagesEvent, MessagesStreamEvent } from "../../src/schema/MessagesEvent.js"
import { MessagesRequest } from "../../src/schema/MessagesRequest.js"
import { MessagesResponse } from "../../src/schema/MessagesResponse.js"
import { KnownValuesId } from "../../src/internal/annotations.js"
import { formatIssues, formatPath } from "../../src/internal/issues.js"

const strict = { errors: "all", onExcessProperty: "error" } as const
const tolerant = { errors: "all", onExcessProperty: "preserve" } as const

// ---------------------------------------------------------------------------
// field by field: both sides become a list of lines, one for each fact
// ---------------------------------------------------------------------------

interface Json {
  readonly [key: string]: unknown
}

const contract = JSON.parse(
  readFileSync(new URL("../../../emulator/contract/friendli-api.json", import.meta.url), "utf8")
) as { readonly components: { readonly schemas: Record<string, Json> } }

const rules = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "pattern",
  "minLength",
  "maxLength",
  "minItems"
]

const list = (values: ReadonlyArray<unknown>): string =>
  values
    .filter((value) => value !== null)
    .map(String)
    .toSorted()
    .join(" ")

const ofContract = (given: Json, path: string): ReadonlyArray<string> => {
  const reference = given["$ref"]
  if (typeof reference === "string") return ofContract(contract.components.schemas[reference.split("/").at(-1)!]!, path)
  const branches = (given["anyOf"] ?? given["oneOf"]) as ReadonlyArray<Json> | undefined
  if (branches !== undefined) return branches.flatMap((branch) => ofContract(branch, path))
  const types = [given["type"]].flat() as ReadonlyArray<string>
  const values = given["const"] === undefined ? (given["enum"] as ReadonlyArray<unknown> | undefined) : [given["const"]]
  const known = given["x-known-values"] as ReadonlyArray<unknown> | undefined
  return types.flatMap((type) => {
    if (type === "null") return [`${path}: null`]
    const bounds = rules.flatMap((rule) => (given[rule] === undefined ? [] : [`${rule}=${String(given[rule])}`]))
    const fact = (kind: string) => [kind, ...bounds].join(" ")
    if (type === "array") return [`${path}: ${fact("array")}`, ...ofContract(given["items"] as Json, `${path}[]`)]
    if (type === "object") {
      const properties = given["properties"] as Record<string, Json> | undefined
      if (properties === undefined) return [`${path}: map`]
      const required = (given["required"] ?? []) as ReadonlyArray<string>
      const tagName = tagNames.find((name) => name in properties)
      const tags = tagName === undefined ? [] : valuesOf(properties[tagName])
      return withTags(tags, path, (at, tag) =>
        Object.entries(properties).flatMap(([name, property]) => [
          ...(required.includes(name) ? [] : [`${at}.${name}: optional`]),
          ...(tag !== undefined && tagName === name
            ? [`${at}.${name}: only ${tag}`]
            : ofContract(property, `${at}.${name}`))
        ])
      )
    }
    if (values !== undefined) return [`${path}: only ${list(values)}`]
    return [known === undefined ? `${path}: ${fact(type)}` : `${path}: open ${list(known)}`]
  })
}

/** What a field must be one of. */
const valuesOf = (schema: Json | undefined): ReadonlyArray<unknown> => {
  const values = schema?.["const"] === undefined ? schema?.["enum"] : [schema["const"]]
  return Array.isArray(values) ? values : []
}

const tagNames = ["type", "role"] as const

/** Objects are told apart by their tag: one group of lines for each value that it may have. */
const withTags = (
  tags: ReadonlyArray<unknown>,
  path: string,
  lines: (at: string, tag?: string) => ReadonlyArray<string>
): ReadonlyArray<string> =>
  tags.length === 0 ? lines(path) : tags.flatMap((tag) => lines(`${path}(${String(tag)})`, String(tag)))

const literals = (ast: AST.AST): ReadonlyArray<unknown> => {
  if (AST.isLiteral(ast)) return [ast.literal]
  return AST.isUnion(ast) && ast.types.every(AST.isLiteral) ? ast.types.flatMap(literals) : []
}

const ofSchema = (ast: AST.AST, path: string): ReadonlyArray<string> => {
  switch (ast._tag) {
    case "UndefinedKeyword":
      return []
    case "Literal":
      return ast.literal === null ? [`${path}: null`] : [`${path}: only ${String(ast.literal)}`]
    case "Union": {
      const values = ast.types.flatMap((type) => (AST.isLiteral(type) && type.literal !== null ? [type.literal] : []))
      const rest = ast.types.filter((type) => !AST.isLiteral(type) || type.literal === null)
      return [
        ...(values.length === 0 ? [] : [`${path}: only ${list(values)}`]),
        ...rest.flatMap((type) => ofSchema(type, path))
      ]
    }
    case "StringKeyword": {
      const known = ast.annotations[KnownValuesId]
      return [known === undefined ? `${path}: string` : `${path}: open ${list(known as ReadonlyArray<string>)}`]
    }
    case "NumberKeyword":
      return [`${path}: number`]
    case "BooleanKeyword":
      return [`${path}: boolean`]
    case "Declaration":
      return [
        `${path}: ${String(ast.annotations[AST.IdentifierAnnotationId]).startsWith("MessagesOther") ? "other" : "map"}`
      ]
    case "TupleType":
      return [`${path}: array`, ...ofSchema(ast.rest[0]!.type, `${path}[]`)]
    case "TypeLiteral": {
      const tagName = tagNames.find((of) => ast.propertySignatures.some(({ name }) => name === of))
      const tagged = ast.propertySignatures.find(({ name }) => name === tagName)
      return withTags(tagged === undefined ? [] : literals(tagged.type), path, (at, tag) =>
        ast.propertySignatures.flatMap(({ isOptional, name, type }) => [
          ...(isOptional ? [`${at}.${String(name)}: optional`] : []),
          ...(tag !== undefined && tagName === name
            ? [`${at}.${String(name)}: only ${tag}`]
            : ofSchema(type, `${at}.${String(name)}`))
        ])
      )
    }
    case "Refinement": {
      const annotated = (ast.annotations[AST.JSONSchemaAnnotationId] ?? {}) as Json
      const { type, ...bounds } = annotated
      const inner = ofSchema(ast.from, path)
      // no enum has an empty value
      if (inner[0]?.startsWith(`${path}: open `)) return inner
      const facts = Object.entries(bounds).map(([rule, value]) => `${rule}=${String(value)}`)
      const [first = "", ...more] = inner
      const kind = typeof type === "string" ? `${path}: ${type}` : first
      return [[kind, ...facts].join(" "), ...more]
    }
    default:
      throw new Error(`no wire schema has a ${ast._tag}`)
  }
}

/** `-` is the contract's alone, `+` is ours. */
const differences = (name: string, schema: Schema.Schema.All): ReadonlyArray<string> => {
  // the constant of a whole answer tells nothing apart
  const facts = ofContract(contract.components.schemas[name]!, "").map((line) => line.replace(/^\(message\)/, ""))
  const theirs = new Set(facts)
  const ours = new Set(ofSchema(schema.ast, ""))
  return [
    ...[...theirs].filter((line) => !ours.has(line)).map((line) => `- ${line}`),
    ...[...ours].filter((line) => !theirs.has(line)).map((line) => `+ ${line}`)
  ].toSorted()
}

/** A deployment may have a default model. */
const modelIsTheDeployments = ["+ .model: null", "+ .model: optional"]
/** The function that is called decides. */
const streamIsTheFunctions = ["- .stream: boolean", "- .stream: null", "- .stream: optional"]
const softened = (path: string) => [`+ ${path}: null`, `+ ${path}: optional`]
const opened = (path: string, values: string) => [`- ${path}: only ${values}`, `+ ${path}: open ${values}`]
/** The vendor adds levels; the server refuses what it does not know. */
const effortIsOpen = opened(".output_config.effort", "high low max medium minimal ultracode xhigh")
/** Live servers take the role; the contract does not document it, and has the length of a name from prose. */
const renderTakesMore = [
  "+ .messages[](developer).content: string",
  "+ .messages[](developer).name: null",
  "+ .messages[](developer).name: optional",
  "+ .messages[](developer).name: string",
  "+ .messages[](developer).role: only developer",
  "+ .tools[](function).function.name: string pattern=^[A-Za-z0-9_-]+$",
  "- .tools[](function).function.name: string pattern=^[A-Za-z0-9_-]+$ maxLength=64"
]
const counts = [".usage.input_tokens", ".usage.output_tokens", ".usage.cache_read_input_tokens"]
const answerIsOpen = [
  // what a response may hold stays open
  "+ .content[]: other",
  ...opened(".stop_reason", "end_turn max_tokens stop_sequence tool_use"),
  // what nobody needs is no reason to refuse a paid answer
  ...opened(".type", "message"),
  ...opened(".role", "assistant"),
  ...[".id", ".type", ".role", ".usage", ".content[](thinking).signature"].flatMap(softened),
  ...counts.slice(0, 2).flatMap(softened),
  ...counts.flatMap((path) => [`- ${path}: integer minimum=0`, `+ ${path}: number`])
]

describe("the schemas agree with the contract", () => {
  it("the comparison notices", () => {
    assert.deepStrictEqual(differences("ServerlessChatRenderSuccess", ChatRenderRequest).at(-1), "- .text: string")
    assert.isAbove(differences("MessagesUsage", MessagesResponse).length, 10)
    assert.isAbove(ofContract(contract.components.schemas["ServerlessMessagesBody"]!, "").length, 80)
  })

  for (const deployment of ["Serverless", "Dedicated", "Container"]) {
    const model = deployment === "Container" ? [] : modelIsTheDeployments
    it(`${deployment}MessagesBody`, () => {
      const found = differences(`${deployment}MessagesBody`, MessagesRequest)
      assert.deepStrictEqual(found, [...model, ...streamIsTheFunctions, ...effortIsOpen].toSorted())
    })
    it(`${deployment}MessagesSuccess`, () => {
      assert.deepStrictEqual(differences(`${deployment}MessagesSuccess`, MessagesResponse), answerIsOpen.toSorted())
    })
    if (deployment === "Container") continue
    it(`${deployment}ChatRenderBody`, () => {
      assert.deepStrictEqual(
        differences(`${deployment}ChatRenderBody`, ChatRenderRequest),
        [...model, ...renderTakesMore].toSorted()
      )
    })
    it(`${deployment}ChatRenderSuccess`, () => {
      assert.deepStrictEqual(differences(`${deployment}ChatRenderSuccess`, ChatRendered), [])
    })
  }
})

// ---------------------------------------------------------------------------
// value by value
// ---------------------------------------------------------------------------

const folder = new URL("../vectors/", import.meta.url)
const files = readdirSync(folder)
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), "utf8"))

/** A value comes through decoding and encoding as it was. */
const assertWhole = (schema: Schema.Schema.AnyNoContext, value: unknown, options: typeof strict | typeof tolerant) => {
  const wire = schema as Schema.Schema<unknown>
  const decoded = Schema.decodeUnknownSync(wire, options)(value)
  assert.deepStrictEqual(decoded, value)
  assert.deepStrictEqual(Schema.encodeUnknownSync(wire, options)(decoded), value)
}

const withUnknownFields = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withUnknownFields)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).map(([name, item]) => [name, withUnknownFields(item)] as const)
  return { ...Object.fromEntries(entries), field_of_next_year: { list: [1, null, "x"] } }
}

describe("contract vectors", () => {
  const schemas = {
    "messages.messages": { request: MessagesRequest, response: MessagesResponse },
    "chat_render.render": { request: ChatRenderRequest, response: ChatRendered }
  } as const
  for (const [operation, { request, response }] of Object.entries(schemas)) {
    for (const file of files.filter((name) => name.includes(`.${operation}.request`))) {
      it(`${file} is accepted and sent as it is`, () => {
        const { stream: _stream, ...body } = read(file) as { readonly stream?: unknown }
        assertWhole(request, body, strict)
      })
    }
    for (const file of files.filter((name) => name.endsWith(`.${operation}.response.json`))) {
      it(`${file} comes back whole, with unknown fields at every level`, () => {
        assertWhole(response, read(file), tolerant)
        assertWhole(response, withUnknownFields(read(file)), tolerant)
      })
    }
  }
  it("are there", () => {
    assert.lengthOf(
      files.filter((name) => name.includes(".messages.messages.")),
      12
    )
    assert.lengthOf(
      files.filter((name) => name.includes(".chat_render.render.")),
      8
    )
  })
})

const problems = (request: unknown): ReadonlyArray<string> => {
  const encoded = Schema.encodeUnknownEither(MessagesRequest as Schema.Schema<unknown>, strict)(request)
  return Either.isRight(encoded)
    ? []
    : formatIssues(encoded.left).map((issue) => `${formatPath(issue.path)}: ${issue.message}`)
}

const asking = (fields: object) => problems({ messages: [{ role: "user", content: "x" }], ...fields })
const saying = (...content: ReadonlyArray<unknown>) => problems({ messages: [{ role: "user", content }] })

describe("requests", () => {
  it("bounds and enums", () => {
    assert.deepStrictEqual(problems({ messages: [] }), ["messages: must hold at least one message"])
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

  it("ignored blocks pass with all their fields, as far as JSON holds them", () => {
    const document = { type: "document", source: { type: "url", url: "https://files.example/a.pdf" }, title: undefined }
    assert.deepStrictEqual(saying(document, { type: "redacted_thinking", data: "…" }), [])
    assertWhole(MessagesRequest, { messages: [{ role: "user", content: [document] }] }, strict)
    assert.deepStrictEqual(saying({ type: "document", size: 1n }), [
      "messages[0].content[0].size: expected a JSON value, got a BigInt"
    ])
  })
})

describe("answers of odd servers", () => {
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

  it("a block of a known type that lacks what it needs is refused by its own field", () => {
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

  const accepts = Schema.is(MessagesStreamEvent)

  it("an event of any other name passes as it came, whatever it holds", () => {
    const types = MessagesEvent.members
      .map((member) => member.fields.type.literals[0])
      .filter((type) => type !== "ping")
    assert.lengthOf(types, 6)
    const isDocumented = (value: unknown) => types.some((type) => type === value)
    const typeOf = (data: unknown) => (data as { readonly type?: unknown } | null)?.type
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (name, data) => {
        fc.pre(!isDocumented(name) && !isDocumented(typeOf(data)))
        const event = { name, data }
        assert.deepStrictEqual<unknown>(Schema.decodeUnknownSync(MessagesStreamEvent, tolerant)(event), event)
        for (const type of types) {
          assert.isFalse(accepts({ name: type, data: type === "message_stop" ? [data] : data }))
          if (type !== "message_stop")
            assert.isFalse(accepts({ name, data: { type, index: "0", message: [], delta: 7 } }))
        }
      })
    )
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

describe("properties", () => {
  for (const [name, schema] of Object.entries({ MessagesRequest, ChatRenderRequest })) {
    it(`${name}: a valid request encodes to itself and decodes from it`, () => {
      const wire = schema as Schema.Schema<unknown>
      fc.assert(
        fc.property(Arbitrary.make(wire), (request) => {
          // a record of Schema loses this key: only the blocks that the server ignores have keys of any name
          fc.pre(!JSON.stringify(request).includes('"__proto__"'))
          assertWhole(wire, request, strict)
        }),
        { numRuns: 40 }
      )
    })
  }
})
