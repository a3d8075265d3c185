/**
 * The emulator on a socket, as an Effect resource.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { listen, type ListenOptions, type RunningEmulator } from "./NodeServer.js"

/**
 * The server could not start; `cause` is the system's error.
 *
 * @category errors
 */
export class EmulatorError extends Data.TaggedError("EmulatorError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/**
 * A running emulator in the context.
 *
 * **When to use** when several parts of a program or a test share one emulator.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as EmulatorServer from "effect-friendli-emulator/EmulatorServer"
 *
 * const program = Effect.map(EmulatorServer.EmulatorServer, (server) => server.url)
 * const url = await Effect.runPromise(Effect.provide(program, EmulatorServer.layer()))
 * console.log(url.startsWith("http://127.0.0.1:")) // true
 * ```
 * @category tags
 */
export class EmulatorServer extends Context.Tag("effect-friendli-emulator/EmulatorServer")<
  EmulatorServer,
  RunningEmulator
>() {}

/**
 * Starts an emulator that stops with the scope.
 *
 * **When to use** inside `Effect.scoped`. Fails with `EmulatorError` when the address cannot be had.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { make } from "effect-friendli-emulator/EmulatorServer"
 *
 * const program = Effect.gen(function* () {
 *   const server = yield* make({ tokensPerSecond: 50 })
 *   return server.port > 0
 * })
 * console.log(await Effect.runPromise(Effect.scoped(program))) // true
 * ```
 * @category constructors
 */
export const make = (options?: ListenOptions): Effect.Effect<RunningEmulator, EmulatorError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => listen(options),
      catch: (cause) =>
        new EmulatorError({
          message: `The emulator cannot listen: ${cause instanceof Error ? cause.message : String(cause)}`,
          cause
        })
    }),
    (server) => Effect.promise(() => server.close())
  )

/**
 * An emulator for as long as the layer lives.
 *
 * **When to use** with `Effect.provide` or a test's shared layer. Fails with `EmulatorError` when the address cannot be had.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { EmulatorServer, layer } from "effect-friendli-emulator/EmulatorServer"
 *
 * const program = Effect.gen(function* () {
 *   const server = yield* EmulatorServer
 *   server.faults.enqueue({ status: 503, retryAfter: 0 })
 *   return server.faults.pending.length
 * })
 * console.log(await Effect.runPromise(Effect.provide(program, layer()))) // 1
 * ```
 * @category layers
 */
export const layer = (options?: ListenOptions): Layer.Layer<EmulatorServer, EmulatorError> =>
  Layer.scoped(EmulatorServer, make(options))
