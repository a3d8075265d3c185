/**
 * The files of cassettes: when they are written, how their text is laid out, and what a broken one says.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { Cassette, MockHttpClient, Reply } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { token, friendli } from "./cassettes.js"

describe("files", () => {
  it.scopedLive("are written when the layer is closed, folders and all, and replayed", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const file = `${yield* files.makeTempDirectoryScoped()}/tapes/tokens.json`
      const call = friendli(Tokens.tokenize({ prompt: "Hello!" }))
      const { client, service } = yield* MockHttpClient.make([Reply.json({ tokens: [1] })])
      const first = yield* Effect.provide(
        call,
        Cassette.record(file).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))
      )
      assert.notInclude(yield* files.readFileString(file), token)
      assert.deepStrictEqual(yield* Effect.provide(call, Cassette.replay(file)), first)
      assert.lengthOf(yield* service.requests, 1)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.scopedLive("that cannot be written or read are typed failures, before anything is sent", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      const { client, service } = yield* MockHttpClient.make([Reply.json({ tokens: [1] })])
      const call = friendli(Tokens.tokenize({ prompt: "Hello!" }))
      const unwritable = yield* Effect.flip(
        Effect.provide(call, Cassette.record(folder).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client))))
      )
      assert.strictEqual(unwritable._tag, "SystemError")
      assert.lengthOf(yield* service.requests, 0)
      const file = `${folder}/hello.json`
      const replayed = Effect.flip(Effect.provide(call, Cassette.replay(file)))
      const absent = yield* replayed
      assert.deepInclude(absent, { _tag: "CassetteUnreadable", reason: "missing", file })
      assert.strictEqual(absent.message, `There is no cassette ${file}. Record it first, with Cassette.record.`)
      yield* files.writeFileString(file, `{ "version": 2 }`)
      const other = yield* replayed
      assert.deepInclude(other, { _tag: "CassetteUnreadable", reason: "version", file })
      assert.include(other.message, `${file} has format 2`)
      // what is no file is another matter
      const unreadable = yield* Effect.flip(Effect.provide(call, Cassette.replay(folder)))
      assert.strictEqual(unreadable._tag, "SystemError")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  const good = {
    request: { method: "GET", url: "http://localhost/a", headers: {} },
    outcome: { wait: 0, status: 200, headers: {}, body: [], ending: "end" }
  }
  const whole = { ...Cassette.empty, exchanges: [good] }
  const corrupt: ReadonlyArray<readonly [text: string, message: string]> = [
    ["", "The cassette is empty: its recording was not finished. Record it again."],
    [JSON.stringify(whole).slice(0, -20), "The cassette is not JSON: it was cut short or edited. Record it again."],
    ["[]", "The cassette cannot be read."],
    [JSON.stringify({ ...whole, version: "1" }), "version: Expected 1"],
    [JSON.stringify({ ...whole, rules: {} }), "rules.requestHeaders: is missing"],
    [JSON.stringify({ ...whole, exchanges: [{ ...good, request: {} }] }), "exchanges[0].request.method: is missing"],
    [
      JSON.stringify({
        ...whole,
        exchanges: [{ ...good, outcome: { ...good.outcome, body: [{ after: 0, base64: "~" }] } }]
      }),
      "exchanges[0].outcome.body[0].base64: Expected base64"
    ]
  ]
  for (const [text, message] of corrupt) {
    it(`that are corrupt say where: ${message}`, () => {
      const read = Either.flip(Cassette.parse(text))
      assert.isTrue(Either.isRight(read))
      const error = Either.getOrThrow(read)
      assert.strictEqual(error.reason, "corrupt")
      assert.include(error.message, message)
    })
  }

  it("that are whole are read", () => {
    assert.isTrue(Either.isRight(Cassette.parse(JSON.stringify(whole))))
  })
})

describe("the text of a file", () => {
  const tapeOf = (...outcomes: ReadonlyArray<Cassette.TapeExchange["outcome"]>): Cassette.Tape => ({
    ...Cassette.empty,
    exchanges: outcomes.map((outcome) => ({
      request: { method: "POST", url: "http://localhost/a", headers: {}, body: { text: "one\ntwo\n" } },
      outcome
    }))
  })

  const bodyLines = (tape: Cassette.Tape) =>
    (/"outcome": [^]*"body": \[\n([^]*?)\n {8}\]/.exec(Cassette.format(tape))?.[1] ?? "")
      .split("\n")
      .map((line) => line.trim())

  it("has one chunk a line", () => {
    const body = [
      { after: 80, text: ": hello\n\n" },
      { after: 20, text: 'data: {"a":1}\n\n' },
      { after: 0, base64: "/w==" }
    ]
    assert.deepStrictEqual(bodyLines(tapeOf({ wait: 1, status: 200, headers: {}, body, ending: "end" })), [
      '{ "after": 80, "text": ": hello\\n\\n" },',
      '{ "after": 20, "text": { "data": {"a":1} } },',
      '{ "after": 0, "base64": "/w==" }'
    ])
  })

  it("has one line of text a line", () => {
    const body = [{ after: 0, text: "<html>\r\n  Bad Gateway\n\n</html>" }]
    assert.deepStrictEqual(bodyLines(tapeOf({ wait: 1, status: 502, headers: {}, body, ending: "end" })), [
      "{",
      '"after": 0,',
      '"text": [',
      '"<html>\\r\\n",',
      '"  Bad Gateway\\n\\n",',
      '"</html>"',
      "]",
      "}"
    ])
    const [, request] = /"text": \[\n([^]*?)\]/.exec(Cassette.format(tapeOf({ wait: 0, failure: "X" }))) ?? []
    assert.deepStrictEqual(request?.trim().split(/,\s+/), ['"one\\n"', '"two\\n"'])
  })
})
