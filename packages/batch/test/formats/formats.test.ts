import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ServerError } from "effect-friendli/FriendliError"
import { type Format, formatOf, type InputOptions, readRequests } from "../../src/formats/input.js"
import { parseLine, resultLine } from "../../src/formats/openai.js"
import { fillTemplate } from "../../src/formats/template.js"

const options = (format: Format, more: Partial<InputOptions> = {}): InputOptions => ({
  format,
  defaults: { model: "m" },
  template: "{{prompt}}",
  system: undefined,
  idColumn: undefined,
  ...more
})

/** The ids and requests of a file with this text. */
const read = (text: string, inputOptions: InputOptions) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* fs.makeTempDirectoryScoped()}/input`
    yield* fs.writeFileString(path, text)
    const requests = yield* Stream.runCollect(readRequests(path, inputOptions))
    return Chunk.toReadonlyArray(requests).map(({ id, operation, request }) => ({
      id,
      operation: operation.name,
      request
    }))
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))

const asked = (content: string) => ({ model: "m", messages: [{ role: "user", content }] })

describe("parseLine", () => {
  const line = { custom_id: "a", method: "POST", url: "/v1/chat/completions", body: { messages: [] } }

  it("reads the lines of OpenAI's batch files, on every deployment's paths", () => {
    for (const url of [
      "/v1/embeddings",
      "/serverless/v1/embeddings",
      "https://api.friendli.ai/dedicated/v1/embeddings"
    ]) {
      const parsed = Either.getOrThrow(
        parseLine(JSON.stringify({ ...line, url, body: { input: "x", stream: false } }), { model: "m" })
      )
      expect(parsed).toMatchObject({ id: "a", request: { model: "m", input: "x" } })
      expect(parsed.request).not.toHaveProperty("stream")
      expect(parsed.operation.name).toBe("Embeddings.create")
    }
  })

  it.each<readonly [string, string]>([
    ["secret {", "not JSON"],
    ["[]", "JSON object"],
    [JSON.stringify({ ...line, custom_id: "" }), "custom_id"],
    [JSON.stringify({ ...line, method: "GET" }), "method"],
    [JSON.stringify({ ...line, url: "/v1/images" }), "url"],
    [JSON.stringify({ ...line, body: [] }), "body"]
  ])("rejects %s", (text, message) => {
    const parsed = parseLine(text, {})
    expect(Either.isLeft(parsed) && parsed.left).toContain(message)
    expect(Either.isLeft(parsed) && parsed.left).not.toContain("secret")
  })
})

describe("resultLine", () => {
  it("writes answers and errors as OpenAI's batch API does", () => {
    const done = {
      _tag: "Done",
      id: "a",
      key: "k",
      answer: { text: "x" },
      tokens: Option.none(),
      cost: Option.none(),
      isNew: true
    } as const
    expect(JSON.parse(resultLine(done))).toEqual({
      id: "batch_req_k",
      custom_id: "a",
      response: { status_code: 200, request_id: "k", body: { text: "x" } },
      error: null
    })
    const error = new ServerError({
      operation: "Chat.complete",
      deployment: "serverless",
      message: "broken",
      status: 500
    })
    expect(JSON.parse(resultLine({ _tag: "Failed", id: "a", key: "k", error, isNew: true }))).toEqual({
      id: "batch_req_k",
      custom_id: "a",
      response: { status_code: 500, request_id: "k", body: { error: { code: "ServerError", message: "broken" } } },
      error: { code: "ServerError", message: "broken" }
    })
  })
})

describe("readRequests", () => {
  it.live("reads a prompt a line, with a template and a system message", () =>
    Effect.gen(function* () {
      const found = yield* read(
        "\ufeffOne\r\n\n  \nTwo\n",
        options("prompts", { template: "Translate: {{ prompt }}", system: "Be brief." })
      )
      expect(found).toEqual([
        {
          id: "row-1",
          operation: "Chat.complete",
          request: {
            model: "m",
            messages: [
              { role: "system", content: "Be brief." },
              { role: "user", content: "Translate: One" }
            ]
          }
        },
        {
          id: "row-4",
          operation: "Chat.complete",
          request: {
            model: "m",
            messages: [
              { role: "system", content: "Be brief." },
              { role: "user", content: "Translate: Two" }
            ]
          }
        }
      ])
    })
  )

  it.live("reads tables by the names of their columns", () =>
    Effect.gen(function* () {
      const csv = 'id,word,note\n7,"a, ""b""\nc",x\n8,d,\n'
      expect(yield* read(csv, options("csv", { template: "{{word}} ({{note}})" }))).toEqual([
        { id: "7", operation: "Chat.complete", request: asked('a, "b"\nc (x)') },
        { id: "8", operation: "Chat.complete", request: asked("d ()") }
      ])
      const tsv = 'name\tword\nx\t"a\ny\tb\n'
      expect(yield* read(tsv, options("tsv", { template: "{{word}}", idColumn: "name" }))).toEqual([
        { id: "x", operation: "Chat.complete", request: asked('"a') },
        { id: "y", operation: "Chat.complete", request: asked("b") }
      ])
    })
  )

  it.live("reads a long table in many pieces", () =>
    Effect.gen(function* () {
      const count = 5000
      const csv = `id,prompt\n${Array.from({ length: count }, (_, index) => `${index},"question ${index}\nwith a second line"`).join("\n")}\n`
      const found = yield* read(csv, options("csv"))
      expect(found).toHaveLength(count)
      expect(found.at(-1)).toMatchObject({ id: String(count - 1) })
    })
  )

  it.live.each<readonly [Format, string, Partial<InputOptions>, number | undefined, string]>([
    ["openai", '{"custom_id":"a","body":{}}\nnonsense\n', {}, 2, "not JSON"],
    ["prompts", "One\n", { template: "{{word}}" }, 1, '"word"'],
    ["csv", "id,word\n1,a\n", {}, 2, '"prompt"'],
    ["csv", 'id,prompt\n1,"a\n', {}, undefined, "damaged"],
    ["csv", "id,prompt\n1,a,b\n", {}, undefined, "damaged"]
  ])("names the line that is wrong (%s)", ([format, text, more, line, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read(text, options(format, more)))
      expect(error).toMatchObject({ _tag: "InputError", ...(line === undefined ? {} : { line }) })
      if (line !== undefined) expect(error.message).toContain(`, line ${line}: `)
      expect(error.message).toContain(message)
    })
  )
})

describe("fillTemplate", () => {
  it("puts values in as they are, also those that look like places", () => {
    expect(fillTemplate("{{a}} and {{b}}", { a: "{{b}}", b: "$&" })).toEqual(Either.right("{{b}} and $&"))
  })
})

describe("formatOf", () => {
  it.each([
    ["a.jsonl", "openai"],
    ["a.ndjson", "openai"],
    ["a.CSV", "csv"],
    ["a.tsv", "tsv"],
    ["a.txt", "prompts"],
    ["a", "prompts"]
  ])("%s is %s", (path, format) => expect(formatOf(path)).toBe(format))
})
