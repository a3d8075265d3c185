/**
 * The emulator in process, as the `HttpClient` of an Effect program.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Layer from "effect/Layer"
import type { Emulator } from "./Emulator.js"

/**
 * An `HttpClient` whose requests an emulator in the same process answers, at any origin. It opens no socket.
 *
 * **When to use**: in tests of Effect programs, in place of `FetchHttpClient.layer`. Other programs call `emulator.fetch`, or `listen` of
 * `NodeServer`.
 *
 * **Details**: this is `FetchHttpClient.layer` over `emulator.fetch`. For tests that run in parallel, give it `emulator.scope(name)`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Serverless, Tokens } from "effect-friendli"
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 * import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
 *
 * const emulator = makeEmulator()
 *
 * Tokens.detokenize({ model: "meta-llama-3.1-8b-instruct", tokens: [15339, 0] }).pipe(
 *   Effect.provide(Serverless.layer({ token: "flp_example" })),
 *   Effect.provide(EmulatorHttpClient.layer(emulator)),
 *   Effect.runPromise
 * ).then(({ text }) => console.log(text, emulator.requests.length))
 * // => hello! 1
 * ```
 * @category layers
 */
export const layer = (emulator: Pick<Emulator, "fetch">): Layer.Layer<HttpClient.HttpClient> =>
  Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, emulator.fetch))
