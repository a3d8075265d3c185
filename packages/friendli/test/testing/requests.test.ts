/**
 * What `MockHttpClient` says of the requests that were sent: recorded bodies of every kind, and expectations that explain themselves.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import { inspect } from "node:util"
import { it } from "../it.js"
import { request, serverless, token } from "../support.js"
import { ok, post } from "./requests.support.js"

/** Fails when the mismatch does not come. */
const mismatch = (expected: MockHttpClient.Expected) => Effect.flip(MockHttpClient.expectRequest(expected))

describe("what is recorded", () => {
  const bytes = Uint8Array.of(0, 255, 13, 10, 45, 45, 128)

  it.effect("bytes of every kind of body", () =>
    Effect.gen(function* () {
      yield* post(HttpBody.uint8Array(bytes))
      yield* post(HttpBody.raw(new Blob([bytes])))
      yield* post(HttpBody.stream(Stream.make(bytes.subarray(0, 3), bytes.subarray(3))))
      yield* post(HttpBody.raw("text"))
      yield* post(HttpBody.empty)
      const requests = yield* MockHttpClient.requests
      assert.deepStrictEqual(
        requests.map((sent) => [...sent.bytes]),
        [[...bytes], [...bytes], [...bytes], [...new TextEncoder().encode("text")], []]
      )
      assert.isTrue(requests.every((sent) => sent.form === undefined))
      assert.notInclude(inspect(requests), "bytes")
    }).pipe(Effect.provide(ok))
  )

  it.effect("forms, whichever client wrote them", () =>
    Effect.gen(function* () {
      const form = new FormData()
      form.set('a "quoted"\nname', "1")
      form.append("list", "x")
      form.append("list", "y")
      form.set("file", new File([bytes], "a b.bin", { type: "audio/wav" }))
      form.set("empty", new File([], "nothing.txt"))
      yield* post(HttpBody.formData(form))
      const { form: parts } = yield* MockHttpClient.lastRequest
      assert.deepStrictEqual(parts?.[0], {
        _tag: "Field",
        name: 'a "quoted"\r\nname',
        contentType: undefined,
        value: "1"
      })
      assert.deepStrictEqual(parts?.[3], {
        _tag: "File",
        name: "file",
        filename: "a b.bin",
        contentType: "audio/wav",
        bytes
      })
      assert.lengthOf(parts!, 5)
      assert.deepStrictEqual(yield* MockHttpClient.bodies, [
        {
          'a "quoted"\r\nname': "1",
          list: ["x", "y"],
          file: { filename: "a b.bin", type: "audio/wav", size: 7 },
          empty: { filename: "nothing.txt", type: "application/octet-stream", size: 0 }
        }
      ])
    }).pipe(Effect.provide(ok))
  )

  it.effect("a truncated form is not a form", () =>
    Effect.gen(function* () {
      for (const body of ["", "--b\r\n", '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx', "no boundary"]) {
        yield* post(HttpBody.text(body, "multipart/form-data; boundary=b"))
        assert.isUndefined((yield* MockHttpClient.lastRequest).form)
      }
    }).pipe(Effect.provide(ok))
  )
})

describe("expectRequest", () => {
  const chat = serverless(() => Reply.json(Wire.chatCompletion("Hi!")), { team: "research" })

  it.effect("passes, and gives the request", () =>
    Effect.gen(function* () {
      yield* Chat.complete({ ...request, temperature: 0 })
      const sent = yield* MockHttpClient.expectRequest({
        method: "post",
        url: "https://api.friendli.ai/serverless/v1/chat/completions",
        path: "/serverless/v1/chat/completions",
        headers: { "X-Friendli-Team": "research", "x-absent": undefined },
        token,
        json: { model: "default-model", temperature: 0, ...request, absent: undefined },
        fields: { temperature: 0 },
        body: JSON.stringify({ messages: request.messages, temperature: 0, model: "default-model" })
      })
      assert.strictEqual(sent, yield* MockHttpClient.lastRequest)
    }).pipe(Effect.provide(chat))
  )

  it.effect("reports every difference", () =>
    Effect.gen(function* () {
      yield* Chat.complete({ messages: [{ role: "user", content: "Hello!" }] })
      const error = yield* mismatch({
        method: "GET",
        path: "/v1/chat/completions",
        headers: { "x-friendli-team": undefined, "x-other": "1" },
        json: { messages: [{ role: "user", content: "Hallo!" }, { role: "user" }], n: 2 }
      })
      assert.strictEqual(error._tag, "RequestMismatch")
      assert.strictEqual(
        error.message,
        [
          "request 1 of 1 (POST https://api.friendli.ai/serverless/v1/chat/completions) is not what was expected (- expected, + sent):",
          '  method\n    - "GET"\n    + "POST"',
          '  path\n    - "/v1/chat/completions"\n    + "/serverless/v1/chat/completions"',
          '  headers.x-friendli-team\n    - nothing\n    + "research"',
          '  headers.x-other\n    - "1"\n    + nothing',
          '  json.messages[0].content\n    - "Hallo!"\n    + "Hello!"',
          '  json.messages[1]\n    - {"role":"user"}\n    + nothing',
          "  json.n\n    - 2\n    + nothing",
          '  json.model\n    - nothing\n    + "default-model"'
        ].join("\n")
      )
      assert.lengthOf(error.differences, 8)
    }).pipe(Effect.provide(chat))
  )

  it.effect("asks only for the fields that are named", () =>
    Effect.gen(function* () {
      yield* Chat.complete({ ...request, response_format: { type: "json_object" } })
      yield* MockHttpClient.expectRequest({ fields: { response_format: { type: "json_object" } } })
      const error = yield* mismatch({ fields: { response_format: { type: "text" } } })
      assert.deepStrictEqual(error.differences, [
        { path: "json.response_format.type", expected: '"text"', actual: '"json_object"' }
      ])
    }).pipe(Effect.provide(chat))
  )

  it.effect("shows long texts around their first difference", () =>
    Effect.gen(function* () {
      const text = "x".repeat(5000)
      yield* Chat.complete({ messages: [{ role: "user", content: `${text}a${text}` }] })
      const { differences } = yield* mismatch({ fields: { messages: [{ role: "user", content: `${text}b${text}` }] } })
      assert.lengthOf(differences, 1)
      assert.match(differences[0]!.expected, /^…x+bx+…$/)
      assert.match(differences[0]!.actual, /^…x+ax+…$/)
      assert.isBelow(differences[0]!.actual.length, 200)
    }).pipe(Effect.provide(chat))
  )

  it.effect("never repeats a token", () =>
    Effect.gen(function* () {
      yield* Chat.complete(request)
      for (const expected of [{ token: "flp_another" }, { headers: { Authorization: "Basic flp_another" } }]) {
        const error = yield* mismatch(expected)
        assert.deepStrictEqual(
          error.differences.map(({ path }) => path),
          ["headers.authorization"]
        )
        const printed = error.message + JSON.stringify(error) + inspect(error, { depth: Infinity, showHidden: true })
        assert.notInclude(printed, token)
        assert.notInclude(printed, "flp_another")
      }
      const none = yield* mismatch({ headers: { authorization: undefined } })
      assert.notInclude(none.message, token)
    }).pipe(Effect.provide(chat))
  )

  it.effect("describes a body that is not JSON", () =>
    Effect.gen(function* () {
      yield* post(HttpBody.text("plain"))
      assert.deepStrictEqual((yield* mismatch({ json: {} })).differences, [
        { path: "json", expected: "{}", actual: '"plain"' }
      ])
      assert.deepStrictEqual((yield* mismatch({ form: {} })).differences, [
        { path: "form", expected: "{}", actual: "nothing" }
      ])
    }).pipe(Effect.provide(ok))
  )

  it.effect("looks at the last request, or at the one that is asked for", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* mismatch({})).message, "no request was sent")
      assert.strictEqual((yield* Effect.flip(MockHttpClient.lastRequest)).message, "no request was sent")
      yield* HttpClient.get("http://localhost/1")
      yield* HttpClient.get("http://localhost/2")
      yield* MockHttpClient.expectRequest({ path: "/2" })
      yield* MockHttpClient.expectRequest({ path: "/1" }, { index: 0 })
      const error = yield* Effect.flip(MockHttpClient.expectRequest({}, { index: 2 }))
      assert.strictEqual(error.message, "request 3 was not sent: there were 2")
    }).pipe(Effect.provide(ok))
  )

  it.effect("all of them, in order", () =>
    Effect.gen(function* () {
      yield* HttpClient.get("http://localhost/1")
      yield* HttpClient.get("http://localhost/2")
      assert.lengthOf(yield* MockHttpClient.expectRequests([{ path: "/1" }, { path: "/2" }]), 2)
      const swapped = yield* Effect.flip(MockHttpClient.expectRequests([{ path: "/2" }, { path: "/1" }]))
      assert.include(swapped.message, "request 1 of 2")
      const more = yield* Effect.flip(MockHttpClient.expectRequests([{}, {}, {}]))
      assert.strictEqual(more.message, "request 3 was not sent: there were 2")
      const fewer = yield* Effect.flip(MockHttpClient.expectRequests([{}]))
      assert.include(fewer.message, "1 request was expected, and 2 were sent")
      assert.include(fewer.message, "GET http://localhost/2")
    }).pipe(Effect.provide(ok))
  )
})

describe("expectations of forms", () => {
  const audio = serverless(() => Reply.json(Wire.transcription("Hello.")))
  const bytes = Uint8Array.of(1, 2, 3)
  const chunking_strategy = { type: "server_vad", threshold: 0.5 } as const

  const sources = {
    file: new File([bytes], "a.wav", { type: "audio/wav" }),
    stream: Upload.fromStream(Stream.make(bytes), { name: "a.wav", type: "audio/wav" })
  }
  for (const [kind, file] of Object.entries(sources)) {
    it.effect(`fields, values and files of a ${kind}`, () =>
      Effect.gen(function* () {
        yield* Audio.transcribe({ file, temperature: 0, chunking_strategy })
        const form = { model: "default-model", temperature: 0, chunking_strategy }
        yield* MockHttpClient.expectRequest({
          form: { ...form, file: { filename: "a.wav", type: "audio/wav", size: 3, content: bytes } }
        })
        yield* MockHttpClient.expectRequest({ form: { ...form, file: { content: "\u0001\u0002\u0003" } } })
        const error = yield* mismatch({
          form: {
            ...form,
            temperature: 1,
            chunking_strategy: { type: "server_vad" },
            file: { filename: "b.wav", content: Uint8Array.of(1, 2) },
            language: "en"
          }
        })
        assert.sameDeepMembers(
          [...error.differences],
          [
            { path: "form.temperature", expected: "1", actual: '"0"' },
            { path: "form.chunking_strategy.threshold", expected: "nothing", actual: "0.5" },
            { path: "form.file.filename", expected: '"b.wav"', actual: '"a.wav"' },
            { path: "form.file.content", expected: "<2 bytes: 01 02>", actual: "<3 bytes: 01 02 03>" },
            { path: "form.language", expected: '"en"', actual: "nothing" }
          ]
        )
        const missing = yield* mismatch({ form: { ...form } })
        assert.deepStrictEqual(
          missing.differences.map(({ path }) => path),
          ["form.file"]
        )
      }).pipe(Effect.provide(audio))
    )
  }

  it.effect("lists where a name comes more than once", () =>
    Effect.gen(function* () {
      const form = new FormData()
      form.append("n", "1")
      form.append("n", "2")
      yield* post(HttpBody.formData(form))
      yield* MockHttpClient.expectRequest({ form: { n: [1, "2"] } })
      assert.deepStrictEqual((yield* mismatch({ form: { n: 1 } })).differences, [
        { path: "form.n", expected: "1", actual: '["1","2"]' }
      ])
    }).pipe(Effect.provide(ok))
  )
})
