/** Pauses of the whole process, and the layers over which they are tested. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as FetchTransport from "effect-friendli/FetchTransport"
import * as UndiciTransport from "effect-friendli/UndiciTransport"

/**
 * Keeps the whole process busy, as a machine under load does. In Node, timers run next: they expire before what has arrived meanwhile is
 * read.
 */
export const pause = (millis: number) =>
  Effect.async<void>((resume) => {
    setImmediate(() => {
      const until = Date.now() + millis
      while (Date.now() < until);
      resume(Effect.void)
    })
  })

export const layers = {
  fetch: FetchHttpClient.layer,
  FetchTransport: FetchTransport.layer,
  UndiciTransport: UndiciTransport.layer
}
