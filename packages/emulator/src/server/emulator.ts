/**
 * The interface of an emulator for programs. In: a handler. Out: the functions and values that are the same in process and on a socket.
 */
import type { Pacing } from "../base/pacing.js"
import { scopeHeader } from "../base/scope.js"
import type { ScriptRule } from "../base/script.js"
import type { RecordedRequest } from "../base/types.js"
import type { FaultQueue } from "../faults/faultQueue.js"
import type { Handler } from "./handler.js"

/**
 * The part of an emulator for one test, isolated from other tests: requests with its header have their own faults, rules, speed, limits and records.
 * It starts with the state of the options.
 *
 * **When to use** when tests that run at the same time share an emulator.
 *
 * @example
 * ```ts
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 *
 * const emulator = makeEmulator()
 * const mine = emulator.scope("my test")
 * mine.faults.enqueue({ status: 503 })
 * console.log(mine.headers, emulator.faults.pending.length) // { 'x-emulator-scope': 'my test' } 0
 * ```
 * @category models
 */
export interface EmulatorScope {
  /** The header that puts a request into this scope, for clients that do not accept a `fetch` function. */
  readonly headers: Readonly<Record<string, string>>
  /** Answers a request in this scope. It has the type of the global `fetch`. */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>
  /** The faults for the next requests of this scope. */
  readonly faults: FaultQueue
  /**
   * Sets how certain requests are answered, instead of the model. Replaces the rules of an earlier call; the rules of the option `script` stay, and
   * are tried after them. Throws `ScriptError` for an invalid rule.
   */
  readonly script: (rules: ReadonlyArray<ScriptRule>) => void
  /** Sets how fast generated tokens are sent, instead of the options; `undefined` returns to the options. Throws `TypeError`. */
  readonly setPacing: (pacing: Pacing | undefined) => void
  /** The received requests of this scope, oldest first. */
  readonly requests: ReadonlyArray<RecordedRequest>
  /** Returns the scope to its state at the start, and removes its records. Answers in progress continue. */
  readonly reset: () => void
}

/**
 * A running emulator without a socket.
 *
 * @category models
 */
export interface Emulator {
  /**
   * Answers a request. It has the type of the global `fetch` and can replace it; redirects are not followed. Rejects with the
   * signal's reason when the request is aborted, and with a `TypeError` when a fault resets the connection before the head.
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>
  /** The faults for the next requests. */
  readonly faults: FaultQueue
  /**
   * Sets how certain requests are answered, instead of the model. Replaces the rules of an earlier call; the rules of the option `script` stay, and
   * are tried after them. Throws `ScriptError` for an invalid rule.
   */
  readonly script: (rules: ReadonlyArray<ScriptRule>) => void
  /** Sets how fast generated tokens are sent, instead of the options; `undefined` returns to the options. Throws `TypeError`. */
  readonly setPacing: (pacing: Pacing | undefined) => void
  /** The received requests of all scopes, oldest first. */
  readonly requests: ReadonlyArray<RecordedRequest>
  /** The part of the emulator for requests with `x-emulator-scope` and this name. The same name gives the same part. */
  readonly scope: (name: string) => EmulatorScope
  /**
   * Removes faults, requests and the rules of `script` in all scopes, resets the counts of the other rules, and returns endpoints to their states at
   * the start. Answers in progress continue.
   */
  readonly reset: () => void
}

/** The request that the arguments of `fetch` describe. */
const requestOf = (input: Request | URL | string, init: RequestInit | undefined): Request =>
  input instanceof Request && init === undefined ? input : new Request(input, init)

/** Makes the emulator over a handler. */
export const makeEmulatorOf = ({ control, handle }: Handler): Emulator => ({
  fetch: (input, init) => handle(requestOf(input, init)),
  faults: control.scope(undefined).faults,
  script: (rules) => control.scope(undefined).scripts.set(rules),
  setPacing: (pacing) => control.scope(undefined).setPacing(pacing),
  requests: control.requests(),
  scope: (name) => ({
    headers: { [scopeHeader]: name },
    fetch: (input, init) => {
      const request = requestOf(input, init)
      // A copy, because the headers of a given request may be in use elsewhere.
      const headers = new Headers(request.headers)
      headers.set(scopeHeader, name)
      return handle(new Request(request, { headers }))
    },
    get faults() {
      return control.scope(name).faults
    },
    script: (rules) => control.scope(name).scripts.set(rules),
    setPacing: (pacing) => control.scope(name).setPacing(pacing),
    get requests() {
      return control.requests().filter((request) => request.scope === name)
    },
    reset: () => control.reset(name)
  }),
  reset: () => control.reset()
})
