/**
 * Friendli's inference API as a web handler: no socket, no network.
 */
import type { DeploymentName, EmulatorOptions } from "./base/types.js"
import { basePath } from "./contract/routes.js"
import { type Emulator, makeEmulatorOf } from "./server/emulator.js"
import { makeHandler } from "./server/handler.js"

export type { Pacing } from "./base/pacing.js"
export type { Emulator, EmulatorScope } from "./server/emulator.js"
export type {
  DatasetOptions,
  DeploymentName,
  EmulatorOptions,
  EndpointOptions,
  KnowledgeDocument,
  ModelOptions,
  ModelPrice,
  Reasoning,
  RecordedRequest
} from "./base/types.js"

/**
 * Two names of serverless models, one of them from the API reference. `makeEmulator({ models: serverlessModels })` accepts only these.
 *
 * @category constants
 */
export const serverlessModels: ReadonlyArray<string> = ["meta-llama-3.1-8b-instruct", "meta-llama-3.3-70b-instruct"]

/**
 * The path prefix of the operations of a deployment: `/serverless/v1`, `/dedicated/v1` or `/v1`.
 *
 * **When to use** to build a URL without the SDK.
 *
 * @category constants
 */
export const pathOf = (deployment: DeploymentName): string => basePath(deployment)

/**
 * Makes an emulator that runs in the process.
 *
 * **When to use** in tests and examples that need real answers but no socket. Use `NodeServer` for tests that need a socket: an RST, bytes on the
 * wire, open connections. Throws a `ScriptError` for an invalid script. Requests can have any origin; only the path matters.
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
export const makeEmulator = (options: EmulatorOptions = {}): Emulator => makeEmulatorOf(makeHandler(options))
