/**
 * Friendli's inference API as a web handler: no socket, no network.
 *
 * @since 0.1.0
 */
import type { FaultQueue } from "./Faults.js"
import { basePath, type DeploymentName } from "./internal/contract.js"
import { makeHandler } from "./internal/handler.js"

/**
 * Dedicated endpoints that sleep, and how they wake.
 *
 * **When to use** in tests and examples of cold starts. Any endpoint can be put to sleep and woken while the emulator runs, with
 * `PUT /dedicated/beta/endpoint/{id}/sleep` and `…/wake`; `GET …/status` tells.
 *
 * @category models
 * @since 0.1.0
 */
export interface EndpointOptions {
  /** The ids of endpoints that sleep from the start: they answer inference with a 503 until they are woken. Default: none. */
  readonly asleep?: ReadonlyArray<string>
  /** Milliseconds from the wake-up until the endpoint runs. Default: 100. */
  readonly wakeTime?: number
  /** `Retry-After` of these answers, in seconds. Default: none is sent. */
  readonly retryAfter?: number
}

/**
 * How an emulator behaves.
 *
 * @category models
 * @since 0.1.0
 */
export interface EmulatorOptions {
  /**
   * The bearer tokens that are accepted, on container paths too. Default: any token that is not empty on serverless and
   * dedicated paths, none needed on container paths.
   */
  readonly tokens?: ReadonlyArray<string>
  /** The model names that serverless paths know; others get a 404. Default: `"any"`. See `serverlessModels`. */
  readonly models?: "any" | ReadonlyArray<string>
  /** Dedicated endpoints that sleep. Default: all run, whatever their id. */
  readonly endpoints?: EndpointOptions
  /** Generated tokens per second, over all choices of a request. Default: as fast as they come. */
  readonly tokensPerSecond?: number
  /** Most generated tokens when a request sets no limit. Default: 512. */
  readonly defaultMaxTokens?: number
  /** Most tokens of prompt and answer together. Default: 131072. */
  readonly contextLength?: number
  /** Most bytes of a request body; more get a 413. Default: 32 MiB, which is 17 minutes of speech at 16 kHz and 16 bits. */
  readonly maxBodyBytes?: number
  /** How many requests `requests` remembers. Default: 1000. */
  readonly journalLimit?: number
  /** Called once for each request when its answer has ended or its client has left. */
  readonly onRequest?: (request: RecordedRequest) => void
}

/**
 * A request as it was received, and what became of it. The object changes while the answer is under way.
 *
 * **When to use** in tests: what did the client really send, did it close the connection, was generation stopped.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordedRequest {
  /** Counts up from 0 in the order of arrival. */
  readonly order: number
  /** `x-request-id` of the answer. */
  readonly requestId: string
  readonly method: string
  readonly path: string
  /** Names in lower case; those that hold secrets (`authorization`, `cookie`) are left out. */
  readonly headers: Readonly<Record<string, string>>
  /** Whether the request had a bearer token that is accepted. */
  readonly authorized: boolean
  /**
   * The JSON body, or the parts of a form by name: texts as they were sent, a file as `{ name, type, size }`, and a list where
   * a name came more than once. `undefined` when there was no body or it could not be read.
   */
  readonly body: unknown
  /** `undefined` until the answer begins, and when it never does. */
  readonly status: number | undefined
  /** `data:` events sent, `[DONE]` and error frames excluded. */
  readonly eventsSent: number
  /** Body bytes handed to the connection. */
  readonly bytesSent: number
  /** Tokens generated so far, over all choices. */
  readonly tokensGenerated: number
  /** The client left before the answer had ended. */
  readonly aborted: boolean
  /** The answer has ended, in whatever way. */
  readonly finished: boolean
}

/**
 * A running emulator without a socket.
 *
 * @category models
 * @since 0.1.0
 */
export interface Emulator {
  /**
   * Answers a request. Has the shape of the global `fetch`, so it can stand in for it; redirects are not followed. Rejects
   * when the request's signal fires, and with a `TypeError` when a fault resets the connection before the head.
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>
  /** Faults for the next requests. */
  readonly faults: FaultQueue
  /** The requests received, oldest first. */
  readonly requests: ReadonlyArray<RecordedRequest>
  /** Forgets faults and requests; endpoints are as at the start. Answers under way go on. */
  readonly reset: () => void
}

/**
 * Two names of models: the one of the API reference, and another. `makeEmulator({ models: serverlessModels })` knows these alone.
 *
 * @category constants
 * @since 0.1.0
 */
export const serverlessModels: ReadonlyArray<string> = ["meta-llama-3.1-8b-instruct", "meta-llama-3.3-70b-instruct"]

/**
 * The path under which a deployment's operations are: `/serverless/v1`, `/dedicated/v1` or `/v1`.
 *
 * **When to use** to build a URL by hand.
 *
 * @example
 * ```ts
 * import { pathOf } from "effect-friendli-emulator/Emulator"
 *
 * console.log(pathOf("dedicated") + "/tokenize") // /dedicated/v1/tokenize
 * ```
 * @category constants
 * @since 0.1.0
 */
export const pathOf = (deployment: DeploymentName): string => basePath(deployment)

/**
 * Makes an emulator that lives in the process.
 *
 * **When to use** in tests and examples that need real answers and no socket. What needs a socket (RST, bytes on the wire,
 * open connections) is in `NodeServer`. Requests take any origin; only the path counts.
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
 * @since 0.1.0
 */
export const makeEmulator = (options: EmulatorOptions = {}): Emulator => {
  const { faults, handle, journal, reset } = makeHandler(options)
  return {
    fetch: (input, init) => handle(input instanceof Request && init === undefined ? input : new Request(input, init)),
    faults,
    requests: journal.entries,
    reset
  }
}
