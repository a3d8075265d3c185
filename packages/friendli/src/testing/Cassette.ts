/**
 * Records the requests and answers of a real `HttpClient`, and replays them.
 *
 * **When to use**: for tests that need answers of the real service without its price and without the network: record
 * once, commit the file, replay everywhere.
 *
 * **Details**: a cassette is JSON that people can read and compare: each request before its answer, the fields of
 * bodies sorted, one line for each chunk of a stream, a list of lines for long text, base64 only for bytes that are not
 * text. Only listed headers are kept, and never those with secrets (`authorization`, `cookie`, `x-api-key`, …). The
 * values of such headers, of cookies, of the password in a URL and of parameters like `key` or `token` are also
 * redacted in URLs and bodies, and so are uncommon values of other headers that are not kept; the option `secrets` adds
 * more. Uploaded files are kept as name, type, size and SHA-256. Streams keep their chunks and the milliseconds between
 * them.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer, Ref } from "effect"
 * import { Serverless, Tokens } from "effect-friendli"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const call = Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" })
 *
 * const program = Effect.gen(function* () {
 *   const tape = yield* Ref.make(Cassette.empty)
 *   const recording = Cassette.record(tape).pipe(Layer.provide(FetchHttpClient.layer))
 *   const real = yield* Effect.provide(call, Serverless.layerConfig().pipe(Layer.provide(recording)))
 *
 *   // and now without a network
 *   const replaying = Cassette.replay(yield* Ref.get(tape))
 *   const again = yield* Effect.provide(call, Serverless.layerConfig().pipe(Layer.provide(replaying)))
 *   console.log(real.tokens.length, again.tokens.length)
 * })
 * Effect.runPromise(program)
 * // => 3 3
 * ```
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { Tape, type TapeExchange } from "./internal/cassette/model.js"
import { makeRecorder, secretValues, rulesOf, settled, type RecordOptions } from "./internal/cassette/record.js"
import { makePlayer, Replay, type CassetteMismatch, type ReplayOptions } from "./internal/cassette/replay.js"
import { CassetteUnreadable, read, textOfTape } from "./internal/cassette/text.js"

export {
  empty,
  type Piece,
  type RequestBody,
  type Rules,
  type TapeExchange,
  type TapeRequest
} from "./internal/cassette/model.js"
export type { RecordOptions } from "./internal/cassette/record.js"
export { CassetteMismatch, Replay, type ReplayOptions } from "./internal/cassette/replay.js"
export { CassetteUnreadable } from "./internal/cassette/text.js"
export { Tape }

/**
 * The text of a cassette's file, made for comparison by line: JSON in a fixed order, the fields of bodies sorted, one
 * line for each chunk of a body.
 *
 * **Details**: text of several lines is a list of lines, and events with JSON are written as `{ "data": … }` without
 * escaped quotes; lists of numbers (tokens, vectors) are on one line. `parse` returns the same tape.
 * @category conversions
 */
export const format = (recorded: Tape): string => textOfTape(recorded)

/**
 * Reads the text of a cassette's file.
 * @category conversions
 */
export const parse = (text: string): Either.Either<Tape, CassetteUnreadable> => read(text, undefined)

const folderOf = (file: string): string | undefined => /^(.*[^/\\])[/\\]+[^/\\]*$/.exec(file)?.[1]

/**
 * An `HttpClient` that forwards everything to the real one and records it: to a file, which is written when the layer
 * closes, or to a `Ref`.
 *
 * **Details**: an existing file is replaced, and missing folders are created. Exchanges are in the order in which the
 * requests were sent, including failed connections, broken answers and interrupted requests.
 *
 * **Gotchas**: prompts and answers are kept unless `redact` names them. Redact only text fields of an answer, otherwise
 * the replayed answer does not decode. Wrap a client that fails by status (`HttpClient.filterStatusOk`) around this
 * one, not under it.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer, Ref } from "effect"
 * import { Serverless, Tokens } from "effect-friendli"
 * import { Cassette } from "effect-friendli/testing"
 *
 * const program = Effect.gen(function* () {
 *   const tape = yield* Ref.make(Cassette.empty)
 *   const http = Cassette.record(tape, { redact: { request: ["prompt"] } }).pipe(Layer.provide(FetchHttpClient.layer))
 *   yield* Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "a secret" }).pipe(
 *     Effect.provide(Serverless.layerConfig().pipe(Layer.provide(http)))
 *   )
 *   const { exchanges } = yield* Ref.get(tape)
 *   console.log(exchanges[0]?.request.body)
 * })
 * Effect.runPromise(program)
 * // => { json: { model: 'meta-llama-3.1-8b-instruct', prompt: '<redacted>' } }
 * ```
 * @category layers
 */
export const record: {
  (
    file: string,
    options?: RecordOptions
  ): Layer.Layer<HttpClient.HttpClient, PlatformError, HttpClient.HttpClient | FileSystem.FileSystem>
  (ref: Ref.Ref<Tape>, options?: RecordOptions): Layer.Layer<HttpClient.HttpClient, never, HttpClient.HttpClient>
} = ((target: string | Ref.Ref<Tape>, options?: RecordOptions) => {
  const rules = rulesOf(options)
  const timing = options?.timing ?? true
  const namedSecrets = secretValues(options?.secrets)
  if (typeof target !== "string") {
    return Layer.scoped(
      HttpClient.HttpClient,
      Effect.flatMap(HttpClient.HttpClient, (upstream) => {
        const recorder = makeRecorder(upstream, rules, namedSecrets, timing, (snapshot) =>
          Effect.runSync(Ref.set(target, snapshot()))
        )
        return Effect.as(
          Effect.addFinalizer(() => settled(recorder.isOpen)),
          recorder.client
        )
      })
    )
  }
  return Layer.scoped(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const upstream = yield* HttpClient.HttpClient
      const files = yield* FileSystem.FileSystem
      const folder = folderOf(target)
      if (folder !== undefined) yield* files.makeDirectory(folder, { recursive: true })
      // fails before any request is billed if the file cannot be written
      yield* Effect.scoped(files.open(target, { flag: "a" }))
      const recorder = makeRecorder(upstream, rules, namedSecrets, timing, () => {})
      yield* Effect.addFinalizer(() =>
        Effect.zipRight(
          settled(recorder.isOpen),
          Effect.orDie(Effect.suspend(() => files.writeFileString(target, format(recorder.snapshot()))))
        )
      )
      return recorder.client
    })
  )
}) as never

/**
 * An `HttpClient` that answers from a cassette: a file, or a `Tape`. No network.
 *
 * **Details**: each exchange is used once; equal requests get their answers in the recorded order. JSON bodies come in
 * one chunk with sorted fields, all other bodies with the recorded bytes and chunks; failed and broken connections fail
 * and break again. A request that was not recorded dies with a `CassetteMismatch`, which has the differences from the
 * nearest recorded request. A file that is missing, corrupt or of another format fails the layer with a
 * `CassetteUnreadable`.
 *
 * **Gotchas**: requests are compared after redaction, so the token may be different. A request that the client cancelled before its
 * answer (a timeout or a hedge) is replayed only with `timing: "recorded"`.
 * @category layers
 */
export const replay: {
  (
    file: string,
    options?: ReplayOptions
  ): Layer.Layer<HttpClient.HttpClient | Replay, PlatformError | CassetteUnreadable, FileSystem.FileSystem>
  (recorded: Tape, options?: ReplayOptions): Layer.Layer<HttpClient.HttpClient | Replay>
} = ((source: string | Tape, options?: ReplayOptions) =>
  Layer.effectContext(
    typeof source === "string"
      ? Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(source)).pipe(
          Effect.catchIf(
            (error) => error._tag === "SystemError" && error.reason === "NotFound",
            () =>
              new CassetteUnreadable({
                message: `There is no cassette ${source}. Record it first, with Cassette.record.`,
                reason: "missing",
                file: source
              })
          ),
          Effect.flatMap((text) => read(text, source)),
          Effect.map((recorded) => makePlayer(recorded, options))
        )
      : Effect.sync(() => makePlayer(source, options))
  )) as never

/**
 * The exchanges that no request has used yet. A test that expects an empty list notices calls that its program no longer makes.
 * @category accessors
 */
export const unused: Effect.Effect<ReadonlyArray<TapeExchange>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.unused
)

/**
 * The requests without a matching exchange, each with its differences from the nearest one.
 * @category accessors
 */
export const mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.mismatches
)
