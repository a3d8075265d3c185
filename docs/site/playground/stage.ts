/**
 * The common parts of each scene: its part of the emulator, a recorder, and its program. One program runs at a time.
 */
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cause from "effect/Cause"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import type { OutputRejectedError } from "effect-friendli/StructuredOutput"
import { type Capabilities, type Connection, layer } from "./connection.js"
import { type EmulatorNotLoadedError, emulatorOf, type SceneEmulator } from "./emulator.js"
import { makeRecorder, type Recorder } from "./recorder.js"

/** The errors of the programs of all scenes. */
export type Failure = FriendliStreamError | OutputRejectedError | ConfigError.ConfigError | EmulatorNotLoadedError

/** The state of the program of a scene. */
export type Phase =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Running" }
  | { readonly _tag: "Done" }
  | { readonly _tag: "Stopped" }
  | { readonly _tag: "Failed"; readonly failure: Failure }

export const ready: Phase = { _tag: "Ready" }

/** The result of `stageFor`. */
export interface Stage {
  readonly emulator: SceneEmulator
  readonly recorder: Recorder
  readonly connection: SubscriptionRef.SubscriptionRef<Connection>
  readonly phase: SubscriptionRef.SubscriptionRef<Phase>
  /** Runs a program. If another program is running, it is interrupted first, which cancels its request. */
  readonly start: (program: Effect.Effect<unknown, Failure, Capabilities>) => void
  /** Interrupts the running program. */
  readonly stop: () => void
  /** Interrupts the program, and clears the recorder. `more` resets the state of the scene. */
  readonly clear: (more: Effect.Effect<void>) => void
}

const phaseOf = (exit: Exit.Exit<unknown, Failure>): Phase =>
  Exit.match(exit, {
    onSuccess: () => ({ _tag: "Done" }),
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onNone: () => ({ _tag: "Stopped" }),
        onSome: (failure) => ({ _tag: "Failed", failure })
      })
  })

export const stageFor = (name: string, connection: SubscriptionRef.SubscriptionRef<Connection>): Stage => {
  const emulator = emulatorOf(name)
  const recorder = Effect.runSync(makeRecorder)
  const phase = Effect.runSync(SubscriptionRef.make<Phase>(ready))
  let running: Fiber.RuntimeFiber<unknown, unknown> = Effect.runFork(Effect.void)

  const start: Stage["start"] = (program) => {
    const before = running
    running = Effect.gen(function* () {
      yield* Fiber.interrupt(before)
      yield* SubscriptionRef.set(phase, { _tag: "Running" })
      const capabilities = layer(yield* SubscriptionRef.get(connection), emulator, recorder)
      yield* program.pipe(
        Effect.provide(capabilities),
        Effect.onExit((exit) => SubscriptionRef.set(phase, phaseOf(exit)))
      )
    }).pipe(Effect.exit, Effect.runFork)
  }
  const stop = (): void => {
    Effect.runFork(Fiber.interrupt(running))
  }
  const clear: Stage["clear"] = (more) => {
    Effect.runFork(
      Fiber.interrupt(running).pipe(
        Effect.zipRight(more),
        Effect.zipRight(recorder.clear),
        Effect.zipRight(SubscriptionRef.set(phase, ready))
      )
    )
  }
  return { emulator, recorder, connection, phase, start, stop, clear }
}
