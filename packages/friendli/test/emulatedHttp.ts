/**
 * The emulator in process. Tests that use it are in files named `*.emulator.test.ts`: loading and running it takes longer than most tests
 * of the SDK alone.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import { type EmulatorOptions, makeEmulator } from "effect-friendli-emulator/Emulator"

/** An emulator, and the `HttpClient` whose requests it answers. */
export const emulatedHttp = (options?: EmulatorOptions) => {
  const emulator = makeEmulator(options)
  const http = FetchHttpClient.layer.pipe(Layer.provide(Layer.succeed(FetchHttpClient.Fetch, emulator.fetch)))
  return { emulator, http }
}
