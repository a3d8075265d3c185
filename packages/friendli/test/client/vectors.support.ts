/**
 * What the unit tests and the exhaustive tests of `vectors` share.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Serverless from "effect-friendli/Serverless"
import * as Tokens from "effect-friendli/Tokens"
import * as Vectors from "effect-friendli-vectors"
import { it } from "../it.js"
import type { Deployed } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: unknown
}

/** An HTTP layer that answers with the vector and keeps what was sent. */
const answering = (body: string, contentType: string) => {
  const sent: Array<Sent> = []
  const fetch = async (input: URL | RequestInfo, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    sent.push({
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: JSON.parse(await request.text())
    })
    return new Response(body, { headers: { "content-type": contentType } })
  }
  const layer = FetchHttpClient.layer.pipe(
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch as typeof globalThis.fetch))
  )
  return { layer, sent }
}

const deployments: Readonly<Record<"serverless" | "dedicated" | "container", Deployed>> = {
  serverless: Serverless.layer({ token: "test-token" }),
  dedicated: Dedicated.layer({ token: "test-token" }),
  container: Container.layer({ token: "test-token" })
}

type Request = Record<string, unknown>

type Run = (
  request: Request,
  options?: RequestOptions
) => Effect.Effect<unknown, unknown, Chat.Chat | Completions.Completions | Tokens.Tokens>

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

// The requests come from files; their types are what this test is about.
const operations: Readonly<Record<string, Run>> = {
  "chat.complete": (request, options) => Chat.complete(request as never, options),
  "chat.stream": (request, options) => collect(Chat.stream(request as never, options)),
  "completions.complete": (request, options) => Completions.complete(request as never, options),
  "completions.stream": (request, options) => collect(Completions.stream(request as never, options)),
  "token.tokenize": (request, options) => Tokens.tokenize(request as never, options),
  "token.detokenize": (request, options) => Tokens.detokenize(request as never, options)
}

/** `stream` is no field of our requests: the function that is called decides. */
const withoutStream = (request: Request): Request =>
  Object.fromEntries(Object.entries(request).filter(([field]) => field !== "stream"))

const names = Object.keys(deployments) as ReadonlyArray<keyof typeof deployments>

export const deploymentTests = (part: Part): void => {
  const rows = rowsOf(part, names, ["serverless"])

  describe.each(rows)("%s", (deployment) => {
    describe.each(Object.keys(operations))("%s", (operation) => {
      const name = `${deployment}.${operation}`
      const isStream = operation.endsWith(".stream")
      const http = Vectors.requests(name)
      const [body, contentType] = isStream
        ? [Vectors.text(`${name}.stream.txt`), "text/event-stream"]
        : [Vectors.text(`${name}.response.json`), "application/json"]
      const result = Vectors.json(isStream ? `${name}.stream.json` : `${name}.response.json`)

      const cases = [
        { kind: "minimal", wire: http.minimal, file: http.minimal.body.file },
        { kind: "full", wire: http.full, file: http.full.body.file },
        ...(Vectors.has(`${name}.request.tokens.json`)
          ? [{ kind: "tokens", wire: http.minimal, file: `${name}.request.tokens.json` }]
          : [])
      ]

      it.effect.each(cases)("$kind: sends the vector and decodes the answer without loss", ({ file, wire }) =>
        Effect.gen(function* () {
          const vector = Vectors.json(file) as Request
          const team = wire.headers["x-friendli-team"]
          const { layer, sent } = answering(body, contentType)
          const answer = yield* operations[operation]!(withoutStream(vector), team === undefined ? {} : { team }).pipe(
            Effect.provide(deployments[deployment]),
            Effect.provide(layer)
          )
          assert.deepStrictEqual(JSON.parse(JSON.stringify(answer)), result)

          assert.strictEqual(sent.length, 1)
          const request = sent[0]!
          assert.strictEqual(request.method, wire.method)
          assert.strictEqual(request.url, wire.url)
          for (const [header, value] of Object.entries(wire.headers))
            assert.strictEqual(request.headers[header], value, header)
          if (team === undefined) assert.notProperty(request.headers, "x-friendli-team")

          const expected = withoutStream(vector)
          if (isStream) {
            expected["stream"] = true
            // usage is asked for unless the caller decides
            expected["stream_options"] = vector["stream_options"] ?? { include_usage: true }
          }
          assert.deepStrictEqual(request.body, expected)
        })
      )
    })
  })
}
