/**
 * What the unit tests and the exhaustive tests of `Audio` share.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe } from "@effect/vitest"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Audio from "effect-friendli/Audio"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as FriendliClient from "effect-friendli/FriendliClient"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as Upload from "effect-friendli/Upload"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { collect } from "./support.js"
import { type Part as TablePart, rowsOf } from "./parts.js"

type Client = Layer.Layer<FriendliClient.FriendliClient, ConfigError.ConfigError, HttpClient.HttpClient>

const deployments: Readonly<Record<string, (baseUrl?: string) => Client>> = {
  serverless: (baseUrl) => Serverless.layerClient({ token: "test-token", baseUrl, retry: Retry.never }),
  dedicated: (baseUrl) => Dedicated.layerClient({ token: "test-token", baseUrl, retry: Retry.never }),
  container: (baseUrl) => Container.layerClient({ token: "test-token", baseUrl, retry: Retry.never })
}

// --- the vectors ---------------------------------------------------------------

interface Part {
  readonly name: string
  readonly value?: string
  readonly filename?: string
  readonly contentType?: string
  readonly base64?: string
}

/** Reads a form part by part, headers and all: `FormData` would not tell the content types of text. */
export const partsOf = (body: Buffer, boundary: string): ReadonlyArray<Part> => {
  const text = body.toString("latin1")
  const blocks = text.split(`--${boundary}`)
  assert.strictEqual(blocks[0], "")
  assert.strictEqual(blocks.at(-1), "--\r\n")
  return blocks.slice(1, -1).map((block) => {
    const end = block.indexOf("\r\n\r\n")
    const head = block.slice(2, end)
    const content = Buffer.from(block.slice(end + 4, -2), "latin1")
    const name = /name="([^"]*)"/.exec(head)![1]!
    const filename = /filename="([^"]*)"/.exec(head)?.[1]
    const contentType = /^content-type: (.*)$/im.exec(head)?.[1]
    return {
      name,
      ...(filename === undefined
        ? { value: content.toString("utf8") }
        : { filename, base64: content.toString("base64") }),
      ...(contentType === undefined ? {} : { contentType })
    }
  })
}

export const byName = (parts: ReadonlyArray<Part>) => parts.toSorted((a, b) => a.name.localeCompare(b.name))

/** The request that a form came of: fields that are JSON or numbers are no text there. */
const requestOf = (parts: ReadonlyArray<Part>): Audio.TranscriptionRequest => {
  const fields = parts.flatMap((part): ReadonlyArray<readonly [string, unknown]> => {
    if (part.base64 !== undefined) {
      const bytes = Buffer.from(part.base64, "base64")
      return [[part.name, Upload.fromBytes(bytes, { name: part.filename!, type: part.contentType })]]
    }
    if (part.name === "stream") return []
    const isText = part.contentType === undefined && part.name !== "temperature"
    return [[part.name, isText ? part.value : JSON.parse(part.value!)]]
  })
  return Object.fromEntries(fields) as unknown as Audio.TranscriptionRequest
}

/** An HTTP layer that answers with the vector and keeps what was sent. */
export const answering = (body: string, contentType: string) => {
  const sent: Array<{ readonly request: Request; readonly body: Buffer }> = []
  const fetch = async (input: URL | RequestInfo, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    sent.push({ request, body: Buffer.from(await request.arrayBuffer()) })
    return new Response(body, { headers: { "content-type": contentType } })
  }
  const layer = FetchHttpClient.layer.pipe(
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch as typeof globalThis.fetch))
  )
  return { layer, sent }
}

const names = Object.keys(deployments)

export const answer = Vectors.json("serverless.audio.transcribe.response.json") as Audio.Transcription

export const events = Vectors.json("serverless.audio.stream.stream.json") as ReadonlyArray<Audio.TranscriptEvent>

export const deploymentTests = (part: TablePart): void => {
  const rows = rowsOf(part, names, ["serverless"])

  describe.each(rows)("%s", (deployment) => {
    describe.each(["transcribe", "stream"])("%s", (operation) => {
      const name = `${deployment}.audio.${operation}`
      const isStream = operation === "stream"
      const http = Vectors.requests(name)
      const body = isStream ? Vectors.text(`${name}.stream.txt`) : Vectors.text(`${name}.response.json`)
      const result = Vectors.json(isStream ? `${name}.stream.json` : `${name}.response.json`)

      const run = (
        request: Audio.TranscriptionRequest,
        options: RequestOptions
      ): Effect.Effect<unknown, unknown, Audio.Audio> =>
        isStream ? collect(Audio.stream(request, options)) : Audio.transcribe(request, options)

      it.effect.each(["minimal", "full"] as const)("%s: sends the vector and decodes the answer without loss", (kind) =>
        Effect.gen(function* () {
          const wire = http[kind]
          const { multipart } = Vectors.json(wire.body.file) as { readonly multipart: ReadonlyArray<Part> }
          const team = wire.headers["x-friendli-team"]
          // `stream` is no field of ours: a stream sends it by itself, and a caller who wants `false` on the wire says so
          const saysFalse = multipart.some((part) => part.name === "stream" && part.value === "false")
          const { layer, sent } = answering(body, isStream ? "text/event-stream" : "application/json")
          const answer = yield* run(requestOf(multipart), {
            ...(team === undefined ? {} : { team }),
            ...(saysFalse ? { body: { stream: false } } : {})
          }).pipe(Effect.provide(Audio.layer), Effect.provide(deployments[deployment]!()), Effect.provide(layer))
          assert.deepStrictEqual(JSON.parse(JSON.stringify(answer)), result)

          assert.lengthOf(sent, 1)
          const { body: form, request } = sent[0]!
          assert.strictEqual(request.method, wire.method)
          assert.strictEqual(request.url, wire.url)
          const { "content-type": contentType, ...headers } = wire.headers
          for (const [header, value] of Object.entries(headers)) assert.strictEqual(request.headers.get(header), value)
          assert.strictEqual(request.headers.has("x-friendli-team"), team !== undefined)
          const pattern = new RegExp(`^${contentType!.replace("*", "([\\w'()+,./:=?-]{1,70})")}$`)
          const boundary = pattern.exec(request.headers.get("content-type")!)
          assert.isNotNull(boundary)
          assert.deepStrictEqual(byName(partsOf(form, boundary![1]!)), byName(multipart))
        })
      )
    })

    it("schemas: what is accepted is sent as it is, what comes is kept, unknown fields too", () => {
      const events = Vectors.json(`${deployment}.audio.stream.stream.json`) as ReadonlyArray<object>
      const answer = Vectors.json(`${deployment}.audio.transcribe.response.json`) as { readonly usage: object }
      const grown = { ...answer, usage: { ...answer.usage, type: "minutes", new: [1] }, words: [] }
      const whole = (schema: Schema.Schema<unknown>, value: unknown) => {
        const options = { errors: "all", onExcessProperty: "preserve" } as const
        const decoded = Schema.decodeUnknownSync(schema, options)(value)
        assert.deepStrictEqual(decoded, value)
        assert.deepStrictEqual(Schema.encodeSync(schema, options)(decoded), value)
      }
      for (const value of [answer, grown]) whole(Audio.Transcription as never, value)
      for (const event of [...events, { type: "transcript.segment", segment: { id: 1 }, text: null }]) {
        whole(Audio.TranscriptEvent as never, event)
      }
    })
  })
}
