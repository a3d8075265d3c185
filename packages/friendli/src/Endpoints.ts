/** Management of dedicated endpoints, as operations for `FriendliClient`. Their paths are below `/dedicated/beta`. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as Schema from "effect/Schema"
import { encodePathSegment } from "./internal/url.js"
import * as Operation from "./core/Operation.js"
import { EndpointStatus } from "./schema/EndpointStatus.js"

/**
 * The request is complete with its path: it has no body.
 * @category models
 */
export interface NoBody {}

/** An id that cannot be a path segment would name another resource, so it is rejected before anything is sent. */
const noBody = (isAddressed: boolean): Schema.Schema<NoBody> =>
  Schema.Struct({}).pipe(
    Schema.filter(() => isAddressed || "the id of the endpoint is empty, or a path of its own: nothing was sent")
  )

/**
 * Asks the API to wake a sleeping endpoint. The API answers at once, before the endpoint is ready.
 *
 * **When to use**: before a job that needs the endpoint. `Resilience.layerColdStart` does it for operations that find
 * the endpoint asleep.
 *
 * **Details**: `PUT /dedicated/beta/endpoint/{id}/wake` without a body, with the client of `Dedicated`. The id is
 * percent-encoded and has no adapter route. The operation writes, so it is retried only if the server certainly did not
 * accept it. An id that is empty, `.` or `..` fails with `InvalidRequestError`. The token needs permission to manage
 * the endpoint, which inference does not need; without it the operation fails with a `PermissionDeniedError`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Dedicated, Endpoints, FriendliClient } from "effect-friendli"
 *
 * const program = Effect.flatMap(FriendliClient.FriendliClient, (client) =>
 *   client.execute(Endpoints.wakeOperation("endpoint-id"), {})
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
export const wakeOperation = (endpointId: string): Operation.Unary<NoBody, EndpointStatus> => {
  const segment = encodePathSegment(endpointId)
  return Operation.unary({
    name: "Endpoints.wake",
    method: "PUT",
    prefix: "/beta",
    path: `/endpoint/${segment ?? ""}/wake`,
    model: false,
    retryMode: "ifNotProcessed",
    request: noBody(segment !== undefined),
    encodeBody: () => ({ repeatable: true, make: () => HttpBody.empty }),
    response: EndpointStatus
  })
}
