/**
 * Management of dedicated endpoints, as operations for `FriendliClient`. Their paths are below `/dedicated/beta`.
 */
import * as Schema from "effect/Schema"
import * as Operation from "./core/Operation.js"
import { EndpointStatus } from "./schema/EndpointStatus.js"

/**
 * The endpoint that an operation is about. Its id is percent-encoded; one that is empty, `.` or `..` is refused before anything is sent.
 *
 * @category models
 */
export const EndpointRequest = Schema.Struct({ endpoint_id: Schema.String }).annotations({
  identifier: "EndpointRequest"
})

/**
 * @category models
 */
export interface EndpointRequest extends Schema.Schema.Type<typeof EndpointRequest> {}

/**
 * Asks the API to wake an endpoint that sleeps. The API answers at once; the endpoint takes its time.
 *
 * **When to use**: before a job that needs the endpoint. For operations that meet a sleeping endpoint there is
 * `Resilience.layerColdStart`.
 *
 * **Details**: `PUT /dedicated/beta/endpoint/{id}/wake` without a body, with a client of `Dedicated`. The id is without an adapter route.
 * It writes, and so is repeated only where the server surely did not process it. The token needs the right to manage the endpoint, which
 * inference does not need: else `PermissionDeniedError`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Dedicated, Endpoints, FriendliClient } from "effect-friendli"
 *
 * const program = Effect.flatMap(FriendliClient.FriendliClient, (client) =>
 *   client.execute(Endpoints.wakeOperation, { endpoint_id: "endpoint-id" })
 * )
 *
 * program.pipe(
 *   Effect.provide(Dedicated.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(({ status }) => console.log(status))
 * // => RUNNING
 * ```
 *
 * @category operations
 */
export const wakeOperation: Operation.Unary<EndpointRequest, EndpointStatus> = /*#__PURE__*/ Operation.unary({
  name: "Endpoints.wake",
  method: "PUT",
  prefix: "/beta",
  path: ({ endpoint_id }) => ["endpoint", endpoint_id, "wake"],
  parameters: ["endpoint_id"],
  hasBody: false,
  model: false,
  retryMode: "ifNotProcessed",
  request: EndpointRequest,
  response: EndpointStatus
})
