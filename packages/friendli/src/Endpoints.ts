/**
 * Management of dedicated endpoints, as operations for `FriendliClient`. They have paths of their own, below `/dedicated/beta`.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as Schema from "effect/Schema"
import { encodePathSegment } from "./internal/url.js"
import * as Operation from "./core/Operation.js"
import { EndpointStatus } from "./schema/EndpointStatus.js"

/**
 * A request that says everything with its path.
 * @category models
 */
export interface NoBody {}

/** An id that can be no path segment would name another resource: refused before anything is sent. */
const noBody = (isAddressed: boolean): Schema.Schema<NoBody> =>
  Schema.Struct({}).pipe(
    Schema.filter(() => isAddressed || "the id of the endpoint is empty, or a path of its own: nothing was sent")
  )

/**
 * Asks the API to wake an endpoint that sleeps. It answers at once; the endpoint takes its time.
 *
 * **When to use**: before a job that needs the endpoint. For operations that meet a sleeping endpoint there is
 * `Resilience.layerColdStart`.
 *
 * **Details**: `PUT /dedicated/beta/endpoint/{id}/wake` without a body, with a client of `Dedicated`. The id is percent-encoded, and without
 * an adapter route. It writes, and so is repeated only where it was surely not accepted. An id that is empty, `.` or `..` fails with
 * `InvalidRequestError`. The token needs the right to manage the endpoint, which inference does not: else `PermissionDeniedError`.
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
