/**
 * Any headers and tokens are not kept in a cassette.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Cassette, MockHttpClient, Reply } from "effect-friendli/testing"
import * as fc from "fast-check"
import { recorded } from "./cassettes.js"
import { name, value } from "./CassetteSecrets.support.js"

describe("what is not kept", () => {
  it.live("unlisted headers and tokens, in headers, URLs and bodies, both ways", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.dictionary(name, value, { maxKeys: 4 }),
          fc.dictionary(name, value, { maxKeys: 4 }),
          fc.stringMatching(/^[\x21-\x7e]{12,24}$/),
          fc.array(name, { maxLength: 2 }),
          fc.constantFrom("json" as const, "text" as const, "sse" as const, "binary" as const),
          (sent, received, secret, listed, kind) =>
            Effect.runPromise(
              Effect.gen(function* () {
                // the server echoes the token, cut in two where it can be
                const replies = {
                  json: Reply.json({ error: `Bearer ${secret}`, [secret]: 1 }, { headers: received }),
                  text: Reply.text(`no ${secret}`, { headers: received, cuts: [8] }),
                  sse: Reply.sse([{ secret }], { headers: received, cuts: 5 }),
                  binary: Reply.text(new Uint8Array([255, ...new TextEncoder().encode(secret)]), { headers: received })
                }
                const request = HttpClientRequest.post(`http://u:${encodeURIComponent(secret)}@localhost/a`).pipe(
                  HttpClientRequest.setUrlParam("key", secret),
                  HttpClientRequest.setHeaders({
                    ...sent,
                    authorization: `Bearer ${secret}`,
                    cookie: "sid=0123456789"
                  }),
                  HttpClientRequest.bodyText(JSON.stringify({ token: secret }), "application/json")
                )
                const { tape } = yield* recorded(
                  Effect.flatMap(HttpClient.execute(request), (response) => response.text),
                  MockHttpClient.layer([replies[kind]]),
                  { requestHeaders: ["authorization", "Cookie", ...listed], responseHeaders: ["set-cookie", ...listed] }
                )
                const text = Cassette.format(tape)
                const decoded = tape.exchanges
                  .flatMap(({ outcome }) => ("body" in outcome ? outcome.body : []))
                  .map((piece) => ("base64" in piece ? Buffer.from(piece.base64, "base64").toString("latin1") : ""))
                  .join("")
                for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
                  assert.notInclude(text, form)
                  assert.notInclude(decoded, form)
                }
                assert.notInclude(text, "0123456789")
                const { outcome, request: kept } = tape.exchanges[0]!
                const allowed = new Set(listed)
                for (const header of Object.keys(kept.headers)) assert.isTrue(allowed.has(header), header)
                const answered = "headers" in outcome ? Object.keys(outcome.headers) : []
                for (const header of answered) assert.isTrue(allowed.has(header), header)
                // what is listed is kept
                for (const header of listed) assert.strictEqual(kept.headers[header], sent[header])
              })
            )
        ),
        { numRuns: 25 }
      )
    )
  )
})
