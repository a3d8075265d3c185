/**
 * Records the real API on a cassette, and answers from one. In: the file, and the address of the API. Out: an
 * `Upstream`. The cassettes are those of `effect-friendli/testing`: a recording made here is replayed by a test in
 * process, and the reverse.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Cassette } from "effect-friendli/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { type Upstream, type UpstreamAnswer, UpstreamError, type UpstreamRequest } from "../server/upstream.js"

/** The real API. */
export const friendliApi = "https://api.friendli.ai"

/**
 * Headers of one connection, which are not those of the next. The body arrives decoded, so its encoding and its length are no longer true, and the
 * accepted encodings are those of the HTTP client in use.
 */
const hopHeaders: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

const forwarded = (headers: Iterable<readonly [string, string]>): Array<[string, string]> =>
  [...headers].flatMap(([name, value]) => (hopHeaders.has(name.toLowerCase()) ? [] : [[name, value]]))

const requestOf = (upstream: string, { body, headers, method, target }: UpstreamRequest) => {
  const request = HttpClientRequest.make(method as "POST")(upstream + target, {
    headers: Object.fromEntries(forwarded(headers))
  })
  return body.length === 0
    ? request
    : HttpClientRequest.setBody(request, HttpBody.uint8Array(body, headers.get("content-type") ?? undefined))
}

/** The headers of the upstream, without those of the emulator itself: it sets its own request id. */
const answerHeaders = (headers: Readonly<Record<string, string>>): Headers =>
  new Headers(forwarded(Object.entries(headers)))

/** Why there is no answer. A request that is not on the cassette is the client's: a 5xx would be retried. */
const refusal = (error: HttpClientError.HttpClientError): UpstreamError =>
  error.cause instanceof Cassette.CassetteMismatch
    ? new UpstreamError(404, error.cause.message, { cause: error })
    : new UpstreamError(502, "The upstream cannot be reached", { cause: error })

/** Sends requests through an `HttpClient`, and calls `onEnd` after every answer, however it ends. */
const through = (
  runtime: ManagedRuntime.ManagedRuntime<HttpClient.HttpClient, never>,
  upstream: string,
  onEnd: () => void
): Upstream["answer"] => {
  const answer = (request: UpstreamRequest) =>
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const response = yield* client.execute(requestOf(upstream, request))
      const body = response.stream.pipe(Stream.ensuring(Effect.sync(onEnd)))
      const answered: UpstreamAnswer = {
        status: response.status,
        headers: answerHeaders(response.headers),
        body: Stream.toReadableStreamRuntime(body, yield* Effect.runtime<never>())
      }
      return answered
    }).pipe(
      Effect.tapErrorCause(() => Effect.sync(onEnd)),
      Effect.mapError(refusal),
      Effect.either
    )
  return async (request) => {
    const answered = await runtime.runPromise(answer(request), { signal: request.signal })
    if (Either.isLeft(answered)) throw answered.left
    return answered.right
  }
}

/** The file of a recording, and the API that is recorded. */
export interface RecordUpstream {
  readonly file: string
  /** The URL of the API, without a path. */
  readonly upstream: string
  /** Paths of fields whose values are redacted, as in `Cassette.record`. */
  readonly redact?: Cassette.RecordOptions["redact"]
}

/**
 * Forwards everything to the API, and records it. The file is written after each answer and when the upstream closes, so that a process that ends
 * suddenly loses no complete answer. It rejects if the file cannot be written.
 */
export const recordUpstream = async ({ file, redact, upstream }: RecordUpstream): Promise<Upstream> => {
  const tape = Effect.runSync(Ref.make<Cassette.Tape>(Cassette.empty))
  const runtime = ManagedRuntime.make(
    Layer.provide(Cassette.record(tape, redact === undefined ? {} : { redact }), FetchHttpClient.layer)
  )
  let writing: Promise<void> = Promise.resolve()
  // one save at a time, each with the recording at its start
  const save = (): Promise<void> => {
    writing = writing.then(() => writeFile(file, Cassette.format(Effect.runSync(Ref.get(tape)))))
    return writing
  }
  // fails before a request is paid for, if the file cannot be written
  await mkdir(dirname(file), { recursive: true })
  await save()
  return {
    answer: through(runtime, upstream, () => void save().catch(() => undefined)),
    close: async () => {
      await runtime.dispose()
      await save()
    }
  }
}

/**
 * Answers from a cassette, without a network. Requests are compared without the host, so that a recording of the real API answers here. It rejects
 * when the file is not a cassette.
 */
export const replayUpstream = async (file: string): Promise<Upstream> => {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`There is no cassette ${file}`, { cause })
  })
  const tape = Either.getOrElse(Cassette.parse(text), (error): never => {
    throw new Error(`${file} is not a cassette: ${error.message}`, { cause: error })
  })
  const runtime = ManagedRuntime.make(
    Cassette.replay(tape, { match: ["method", "path", "body"], onMismatch: "fail", timing: "recorded" })
  )
  return { answer: through(runtime, friendliApi, () => undefined), close: () => runtime.dispose() }
}
