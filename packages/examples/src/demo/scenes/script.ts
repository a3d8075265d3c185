/** Answers of the emulator that a scene needs word for word. A real model is not told anything. */
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
