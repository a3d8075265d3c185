/** Scripted answers of the emulator for scenes that need exact texts. They have no effect on a real model. */
import { Effect } from "effect"
import { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import type { ScriptRule } from "effect-friendli-emulator/Scripts"

export const scripted =
  (rules: ReadonlyArray<ScriptRule>) =>
  <A, E, R>(scene: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | EmulatorServer> =>
    Effect.flatMap(EmulatorServer, (server) =>
      Effect.acquireUseRelease(
        Effect.sync(() => server.script(rules)),
        () => scene,
        () => Effect.sync(() => server.script([]))
      )
    )
