/**
 * Records what a real `HttpClient` exchanged, and answers from the recording.
 *
 * **When to use**: for tests that need the answers of the real service, without its price, its moods and the network: record once, commit
 * the file, replay everywhere.
 *
 * **Details**: a cassette is JSON for people to read and compare: first what was asked and then what was answered, the fields of bodies
 * sorted, one chunk of a stream a line, long text line by line, base64 only for bytes that are no text. Of headers only those that are listed
 * are kept, and never those that hold secrets (`authorization`, `cookie`, `x-api-key`, …). What such headers, cookies, the password in a
 * URL and parameters like `key` or `token` hold is redacted in URLs and bodies too, as are uncommon values of other headers that are not kept;
 * the option `secrets` names more. Files that were
 * uploaded are kept as their name, type, size and SHA-256. Streams keep their chunks and the milliseconds between them.
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
import { makeRecorder, named, rulesOf, settled, type RecordOptions } from "./internal/cassette/record.js"
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
 * The text of a cassette's file, made to be compared line by line: JSON in a fixed order, the fields of bodies sorted, one piece of a body a
 * line.
 *
 * **Details**: text of several lines is a list of its lines, and events with JSON are written as `{ "data": … }`, no quotes escaped; numbers in
 * a row (tokens, vectors) share a line. `parse` gives back the same tape.
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
 * An `HttpClient` that passes everything on to the real one, and records it: to a file, which is written when the layer is closed, or to a
 * `Ref`.
 *
 * **Details**: the file is replaced, and folders on the way to it are made. Exchanges stand in the order in which requests were sent, failed
 * connections, broken answers and requests that were interrupted among them.
 *
 * **Gotchas**: prompts and answers are kept unless `redact` names them. A field that is redacted in an answer has to be text, or the answer
 * will not decode. A client that fails by status (`HttpClient.filterStatusOk`) belongs around this one, not under it.
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
  const known = named(options?.secrets)
  if (typeof target !== "string") {
    return Layer.scoped(
      HttpClient.HttpClient,
      Effect.flatMap(HttpClient.HttpClient, (upstream) => {
        const recorder = makeRecorder(upstream, rules, known, timing, (snapshot) =>
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
      // better now than after a recording that was paid for
      yield* Effect.scoped(files.open(target, { flag: "a" }))
      const recorder = makeRecorder(upstream, rules, known, timing, () => {})
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
 * **Details**: each exchange is given once, and those of equal requests in the order in which they were recorded. JSON is given with its
 * fields sorted and in one piece, everything else byte for byte and chunk by chunk; failed and broken connections fail and break again. A
 * request that was not recorded dies with a `CassetteMismatch`, which tells what is different from the nearest one. A file that is
 * missing, corrupt or of another format is a `CassetteUnreadable` before anything is asked.
 *
 * **Gotchas**: requests are compared with their secrets and redacted fields blotted out, so that the token may be another. A request that
 * the client gave up before its answer, by a timeout or a hedge, is replayed with `timing: "recorded"` alone.
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
 * The exchanges that no request has asked for yet: a test that expects none finds calls that its program no longer makes.
 * @category accessors
 */
export const unused: Effect.Effect<ReadonlyArray<TapeExchange>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.unused
)

/**
 * The requests that no exchange was found for, each with its differences from the nearest.
 * @category accessors
 */
export const mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>, never, Replay> = /*#__PURE__*/ Effect.flatMap(
  Replay,
  (player) => player.mismatches
)
