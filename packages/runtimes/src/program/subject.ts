/** The subject of the checks: an HTTP layer and an emulator, over the network or in the same process. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Emulator } from "effect-friendli-emulator/Emulator"

/** The record of a request in the emulator, as far as the checks need it. */
export interface Recorded {
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly status?: number | null | undefined
  readonly aborted: boolean
  readonly finished: boolean
}

export interface Subject {
  readonly http: Layer.Layer<HttpClient.HttpClient>
  readonly baseUrl: string
  /** A URL without a listener. */
  readonly closedUrl: string
  /** The requests of a scope that the emulator has received. */
  readonly recorded: (scope: string) => Effect.Effect<ReadonlyArray<Recorded>>
}

/** An emulator that listens on a socket. Its records are read over HTTP. */
export const remote = (http: Subject["http"], baseUrl: string, closedUrl: string): Subject => ({
  http,
  baseUrl,
  closedUrl,
  recorded: (scope) =>
    Effect.promise(async () => {
      const response = await fetch(`${baseUrl}/_emulator/requests?scope=${encodeURIComponent(scope)}`)
      const { requests } = (await response.json()) as { readonly requests: ReadonlyArray<Recorded> }
      return requests
    })
})

/** An emulator in the same process. */
export const local = (http: Subject["http"], emulator: Emulator): Subject => ({
  http,
  baseUrl: "http://emulator.test",
  closedUrl: "http://emulator.test",
  recorded: (scope) => Effect.sync(() => emulator.scope(scope).requests)
})
