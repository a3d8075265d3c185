/**
 * Friendli's inference API as a web handler: no socket, no network.
 */
import type { DeploymentName, EmulatorOptions, RecordedRequest } from "./base/types.js"
import type { ScriptRule } from "./base/script.js"
import { basePath } from "./contract/routes.js"
import type { FaultQueue } from "./faults/faultQueue.js"
import { makeHandler } from "./server/handler.js"

export type {
  DatasetOptions,
  DeploymentName,
  EmulatorOptions,
  EndpointOptions,
  ModelOptions,
  ModelPrice,
  Reasoning,
  RecordedRequest
} from "./base/types.js"

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
   * Says how certain requests are answered, in place of the model. Replaces the rules of an earlier call; those of the option
   * `script` stay, and are tried after them. Throws `ScriptError` for an invalid rule.
   */
  readonly script: (rules: ReadonlyArray<ScriptRule>) => void
  /** The received requests, oldest first. */
  readonly requests: ReadonlyArray<RecordedRequest>
  /**
   * Removes faults, requests and the rules of `script`, begins the counts of the other rules anew, and returns endpoints to their
   * states at the start. Answers in progress continue.
   */
  readonly reset: () => void
}

/**
 * Two model names: that of the API reference, and another. `makeEmulator({ models: serverlessModels })` accepts only these.
 *
 * @category constants
 */
export const serverlessModels: ReadonlyArray<string> = ["meta-llama-3.1-8b-instruct", "meta-llama-3.3-70b-instruct"]

/**
 * The path that the operations of a deployment begin with: `/serverless/v1`, `/dedicated/v1` or `/v1`.
 *
 * **When to use** to build a URL without the SDK.
 *
 * @category constants
 */
export const pathOf = (deployment: DeploymentName): string => basePath(deployment)

/**
 * Makes an emulator that runs in the process.
 *
 * **When to use** in tests and examples that need real answers but no socket. Use `NodeServer` for what needs a socket: an RST,
 * bytes on the wire, open connections. Requests can have any origin; only the path matters.
 *
 * @example
 * ```ts
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 *
 * const emulator = makeEmulator()
 * const response = await emulator.fetch("http://localhost/serverless/v1/tokenize", {
 *   method: "POST",
 *   headers: { authorization: "Bearer any", "content-type": "application/json" },
 *   body: JSON.stringify({ model: "meta-llama-3.1-8b-instruct", prompt: "What is generative AI?" })
 * })
 * console.log(await response.json()) // { tokens: [ 128000, 3923, 374, 1803, 1413, 15592, 30 ] }
 * ```
 * @category constructors
 */
export const makeEmulator = (options: EmulatorOptions = {}): Emulator => {
  const { faults, handle, journal, reset, scripts } = makeHandler(options)
  return {
    fetch: (input, init) => handle(input instanceof Request && init === undefined ? input : new Request(input, init)),
    faults,
    script: scripts.set,
    requests: journal.entries,
    reset
  }
}
