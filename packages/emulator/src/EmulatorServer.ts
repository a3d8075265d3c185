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
 * The server could not start. `cause` is the error of the system.
 *
 * @category errors
 */
export class EmulatorError extends Data.TaggedError("EmulatorError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/**
 * The service of a running emulator.
 *
 * **When to use** when several parts of a program or a test share one emulator.
 *
 * @category tags
 */
export class EmulatorServer extends Context.Tag("effect-friendli-emulator/EmulatorServer")<
  EmulatorServer,
  RunningEmulator
>() {}

/**
 * Starts an emulator and stops it when the scope closes.
 *
 * **When to use** inside `Effect.scoped`. Fails with `EmulatorError` when it cannot listen on the address.
 *
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
 * Starts an emulator and stops it when the layer is released.
 *
 * **When to use** with `Effect.provide` or a test's shared layer. Fails with `EmulatorError` when it cannot listen on the address.
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
