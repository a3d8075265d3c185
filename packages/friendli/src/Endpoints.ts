/** Management of dedicated endpoints, as operations for `FriendliClient`. Their paths are below `/dedicated/beta`. */
import * as Schema from "effect/Schema"
import * as Operation from "./core/Operation.js"
import { EndpointStatus } from "./schema/EndpointStatus.js"

/** The endpoint of an operation. Its id is percent-encoded; an id that is empty, `.` or `..` is rejected before anything is sent. */
export const EndpointRequest = Schema.Struct({ endpoint_id: Schema.String }).annotations({
  identifier: "EndpointRequest"
})

export interface EndpointRequest extends Schema.Schema.Type<typeof EndpointRequest> {}

/**
 * Asks the API to wake a sleeping endpoint. The API answers at once, before the endpoint is ready.
 *
 * **When to use**: before a job that needs the endpoint. `Resilience.layerColdStart` does it for operations that find
 * the endpoint asleep.
 *
 * **Details**: `PUT /dedicated/beta/endpoint/{id}/wake` without a body, with the client of `Dedicated`. The id has no
 * adapter route. The operation writes, so it is retried only if the server certainly did not process it. The token
 * needs permission to manage the endpoint, which inference does not need; without it the operation fails with a
 * `PermissionDeniedError`.
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
