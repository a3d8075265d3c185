/** The emulator for the scenes. It is loaded when it is needed, and each scene has its own part of it. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Emulator, EmulatorScope, RecordedRequest } from "effect-friendli-emulator/Emulator"
import type { Sending } from "./recorder.js"

/** The emulator could not be loaded: the page is older than the site, or the network is down. */
export class EmulatorNotLoadedError extends Data.TaggedError("EmulatorNotLoadedError")<{ readonly message: string }> {}

/** The part of the emulator for one scene: its own faults, its own script. */
export interface SceneEmulator {
  /** Answers a request, and returns what the emulator recorded about it. */
  readonly send: (input: RequestInfo | URL, init?: RequestInit) => Sending
  /** Changes how the next requests of the scene are answered. */
  readonly change: (change: (scope: EmulatorScope) => void) => Effect.Effect<void, EmulatorNotLoadedError>
  /** Starts to load the emulator, so that the first answer arrives sooner. */
  readonly preload: () => void
}

/** A speed at which a reader can follow: a short wait, then a few words per second, at an uneven pace. */
const pacing = { timeToFirstToken: 120, tokensPerSecond: 45, jitter: 0.4 }

/** Called when the answer to a request has ended, or when its client has disconnected. */
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
    // A failure is reported when the emulator is used.
    load().catch(() => {})
  }
})
