/** The emulator for the scenes: loaded when it is needed, and with a part of its own for each of them. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Emulator, EmulatorScope, RecordedRequest } from "effect-friendli-emulator/Emulator"
import type { Sending } from "./recorder.js"

/** The emulator could not be loaded: the page is older than the site, or the network is gone. */
export class EmulatorNotLoadedError extends Data.TaggedError("EmulatorNotLoadedError")<{ readonly message: string }> {}

/** The part of the emulator that one scene uses: its own faults, its own script. */
export interface SceneEmulator {
  /** Answers a request, and tells what the emulator recorded of it. */
  readonly send: (input: RequestInfo | URL, init?: RequestInit) => Sending
  /** Changes how the next requests of the scene are answered. */
  readonly change: (change: (scope: EmulatorScope) => void) => Effect.Effect<void, EmulatorNotLoadedError>
  /** Begins to load the emulator, so that the first answer comes sooner. */
  readonly preload: () => void
}

/** As fast as a model that one can follow: a short wait, then some words a second, not evenly. */
const pacing = { timeToFirstToken: 120, tokensPerSecond: 45, jitter: 0.4 }

/** Called when the answer to a request has ended, or when its client has left. */
const endings = new WeakMap<RecordedRequest, () => void>()

const make = async (): Promise<Emulator> => {
  const { makeEmulator } = await import("../run/emulator.js")
  return makeEmulator({ ...pacing, journalLimit: 100, onRequest: (request) => endings.get(request)?.() })
}

let loading: Promise<Emulator> | undefined

/** One emulator for the page. After a failure the next call tries again. */
const load = (): Promise<Emulator> =>
  (loading ??= make().catch((error: unknown) => {
    loading = undefined
    throw error
  }))

/** The emulator for a scene. */
export const emulatorOf = (scene: string): SceneEmulator => ({
  send: (input, init) => {
    let recorded: RecordedRequest | undefined
    let onEnd = (): void => {}
    const response = load().then((emulator) => {
      const answer = emulator.scope(scene).fetch(input, init)
      // A request is recorded before anything is awaited, so the last record is that of this request.
      recorded = emulator.requests.at(-1)
      if (recorded !== undefined) endings.set(recorded, () => onEnd())
      return answer
    })
    return {
      response,
      log: () => recorded && { ...recorded },
      onEnd: (listener) => {
        onEnd = listener
      }
    }
  },
  change: (change) =>
    Effect.tryPromise({
      try: async () => change((await load()).scope(scene)),
      catch: () =>
        new EmulatorNotLoadedError({ message: "The emulator could not be loaded. Reload the page, then try again." })
    }),
  preload: () => {
    // A failure shows when the emulator is used.
    load().catch(() => {})
  }
})
