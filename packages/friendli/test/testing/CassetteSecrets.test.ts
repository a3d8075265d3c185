/**
 * What a cassette does not keep: credentials, fields that are redacted, files, headers and parameters that are not listed.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Serverless from "effect-friendli/Serverless"
import { Cassette, MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import { createHash } from "node:crypto"
import { recorded, friendli, settings } from "./cassettes.js"

describe("what is not kept", () => {
  /** What is in the file, and in its base64. */
  const everything = (tape: Cassette.Tape): string =>
    [
      Cassette.format(tape),
      ...tape.exchanges
        .flatMap(({ outcome }) => ("body" in outcome ? outcome.body : []))
        .map((piece) => ("base64" in piece ? Buffer.from(piece.base64, "base64").toString("latin1") : ""))
    ].join("\n")

  it.live("fields that are redacted, in requests, answers and events", () =>
    Effect.gen(function* () {
      const answer = "The sky scatters blue light."
      const http = MockHttpClient.layer([Reply.json(Wire.chatCompletion(answer)), Reply.sse(Wire.chatChunks(answer))])
      const messages = [{ role: "user" as const, content: "my secret prompt" }]
      const call = friendli(
        Effect.all([
          Chat.complete({ messages, max_tokens: 8, seed: 1 }),
          Effect.map(ChatStream.fold(Chat.stream({ messages, max_tokens: 8, seed: 1 })), (answer) => answer)
        ])
      )
      const redact = {
        request: ["messages[].content"],
        response: ["choices.*.message.content", "choices.*.delta.content"]
      }
      const { tape, value } = yield* recorded(call, http, { redact })
      const text = Cassette.format(tape)
      assert.notInclude(text, "my secret prompt")
      const said = value[0].choices[0]!.message.content!
      assert.isNotEmpty(said)
      assert.notInclude(text, said)
      for (const word of said.split(" ").filter((part) => part.length > 3)) assert.notInclude(text, ` ${word}\\"`)
      // a prompt that is redacted matches any other
      const [whole, streamed] = yield* Effect.provide(call, Cassette.replay(tape))
      assert.strictEqual(whole.choices[0]?.message.content, "<redacted>")
      assert.match(streamed.choices[0]?.message.content ?? "", /^(<redacted>)+$/)
      assert.isDefined(value[1].usage)
      assert.strictEqual(streamed.usage?.completion_tokens, value[1].usage?.completion_tokens)
    })
  )

  it.live("cookies, keys in queries and passwords in base URLs, wherever they are echoed", () =>
    Effect.gen(function* () {
      const secrets = [
        "sid-0123456789",
        "csrf/abcdefgh",
        "key-456789abc",
        "pass-word-123",
        "set-cookie-9876",
        "x-auth-55555"
      ]
      const [sid, csrf, key, password, set, own] = secrets
      const echo = (body: string) =>
        HttpClient.execute(
          HttpClientRequest.post(`http://user-name:${password}@localhost/a?key=${key}&version=1`).pipe(
            HttpClientRequest.setHeaders({ cookie: `sid=${sid}; csrf=${csrf}`, "x-auth-token": own! }),
            HttpClientRequest.bodyText(body, "text/plain")
          )
        ).pipe(Effect.flatMap((response) => response.text))
      const said = secrets.join(" ")
      const headers = { "set-cookie": `session=${set}; Path=/; HttpOnly`, "x-auth-token": own! }
      const { tape } = yield* recorded(
        Effect.all([echo(`${sid} ${csrf} ${key} ${password} ${own}`), echo("json"), echo("bytes")]),
        MockHttpClient.layer([
          Reply.text(said, { headers, cuts: [30, 50] }),
          Reply.json({ said: secrets, nested: { [key!]: password } }, { headers }),
          Reply.text(new Uint8Array([255, ...new TextEncoder().encode(said)]), { headers })
        ]),
        {
          requestHeaders: ["cookie", "x-auth-token"],
          responseHeaders: ["set-cookie", "x-auth-token"],
          query: ["key", "version"]
        }
      )
      const text = everything(tape)
      for (const secret of secrets) assert.notInclude(text, secret)
      assert.include(text, "version=1")
    })
  )

  it.live("values of other headers, by the rule that errors follow, but not of headers that are kept", () =>
    Effect.gen(function* () {
      const headers = { "x-tenant": "acme-corporation", "x-stage": "stage-number-1", "x-channel": "nightly" }
      const { tape } = yield* recorded(
        HttpClient.execute(
          HttpClientRequest.post("http://localhost/a?tenant=acme-corporation").pipe(
            HttpClientRequest.setHeaders(headers),
            HttpClientRequest.bodyText("of acme-corporation, nightly", "text/plain")
          )
        ).pipe(Effect.flatMap((response) => response.text)),
        MockHttpClient.layer([Reply.text("acme-corporation, stage-number-1, nightly")]),
        { requestHeaders: ["x-stage"], query: ["tenant"] }
      )
      const text = everything(tape)
      assert.notInclude(text, "acme-corporation")
      assert.include(text, "of <redacted>, nightly")
      assert.include(text, "stage-number-1, nightly")
      assert.strictEqual(tape.exchanges[0]?.request.headers["x-stage"], "stage-number-1")
    })
  )

  it.live("what the option secrets names, in a path and in bodies; replayed with another", () =>
    Effect.gen(function* () {
      const through = (secret: string) =>
        Tokens.tokenize({ prompt: `Ask ${secret}, please` }).pipe(
          Effect.provide(Serverless.layer({ ...settings, baseUrl: `https://gateway.example/${secret}` }))
        )
      const { tape, value } = yield* recorded(
        through("gäte-1"),
        MockHttpClient.layer([Reply.json({ tokens: [1], gateway: "gäte-1" })]),
        { secrets: [Redacted.make("gäte-1")] }
      )
      const text = everything(tape)
      assert.notInclude(text, "gäte-1")
      assert.notInclude(text, encodeURIComponent("gäte-1"))
      assert.deepInclude(value, { tokens: [1] })
      const again = Effect.provide(through("other"), Cassette.replay(tape, { secrets: ["other"] }))
      assert.deepInclude(yield* again, { tokens: [1] })
    })
  )

  it.live("redacts answers and events, also incomplete ones and ones that are not JSON", () =>
    Effect.gen(function* () {
      const get = Effect.flatMap(HttpClient.get("http://localhost/a"), (response) => Effect.ignore(response.text))
      const replies = [
        Reply.json({ text: "private" }, { after: { bytes: 15 }, ending: "reset" }),
        Reply.text(`{"text":"private"}`),
        Reply.sse(["data: private\n\n", `data: {"text":"one\u2028private"}\r\n\r\n`, `data: {"text":"priva`], {
          done: false
        }),
        Reply.text(`data: {"text":"private"}\n\n`, { headers: { "content-type": "application/octet-stream" } })
      ]
      const { tape } = yield* recorded(Effect.all(replies.map(() => get)), MockHttpClient.layer(replies), {
        redact: { response: ["text"] }
      })
      assert.notInclude(everything(tape), "priv")
      assert.include(everything(tape), "<redacted>")
    })
  )

  it.live("the content of files", () =>
    Effect.gen(function* () {
      const file = new File(["the content of a file"], "a.wav", { type: "audio/wav" })
      const { tape } = yield* recorded(
        friendli(Audio.transcribe({ file })),
        MockHttpClient.layer([Reply.json(Wire.transcription("Hello."))])
      )
      assert.deepStrictEqual(tape.exchanges[0]?.request.body, {
        form: {
          file: {
            filename: "a.wav",
            sha256: createHash("sha256").update("the content of a file").digest("hex"),
            size: 21,
            type: "audio/wav"
          },
          model: "meta-llama-3.1-8b-instruct"
        }
      })
      assert.strictEqual(tape.exchanges[0]?.request.headers["content-type"], "multipart/form-data")
    })
  )

  it.live("query parameters that are not listed", () =>
    Effect.gen(function* () {
      const get = HttpClient.get("http://localhost/a?version=1&key=123#there")
      const { tape } = yield* recorded(get, MockHttpClient.layer([Reply.status(204)]), { query: ["version"] })
      assert.strictEqual(tape.exchanges[0]?.request.url, "http://localhost/a?version=1")
      assert.strictEqual((yield* Effect.provide(get, Cassette.replay(tape))).status, 204)
    })
  )
})
