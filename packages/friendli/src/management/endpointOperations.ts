/**
 * The operations of dedicated endpoints, as values. All are below `/dedicated`, whatever the deployment of the client. Writes are retried
 * only if the server certainly did not process them.
 */
import type * as Schema from "effect/Schema"
import * as missing from "../accumulators/missing.js"
import * as Operation from "../core/Operation.js"
import { AnyJson } from "../schema/anyJson.js"
import {
  EndpointCreateRequest,
  EndpointList,
  EndpointListRequest,
  EndpointRequest,
  EndpointSpec,
  EndpointUpdateRequest,
  EndpointVersionList,
  EndpointVersionsRequest,
  WandbArtifactEndpoint,
  WandbArtifactRequest
} from "../schema/Endpoint.js"
import { EndpointStatus } from "../schema/EndpointStatus.js"

const place = { pathPrefix: "/dedicated", prefix: "/beta", model: false } as const

const reading = { ...place, method: "GET", hasBody: false } as const

const writing = { ...place, retryMode: "ifNotProcessed" } as const

/** Advice for requests without content that could be changed: their 400 is about the state of the endpoint. */
const changingState = {
  ...writing,
  hasBody: false,
  advice: {
    400: "The state of the endpoint does not allow this: look at Endpoints.status, and wait or change it first.",
    200: "It may not have happened: look at Endpoints.status."
  }
} as const

type Page = { readonly cursor?: string | null | undefined; readonly limit?: number | null | undefined }

const pageOf = ({ cursor, limit }: Page) => ({ cursor, limit })

/** An operation on one endpoint that changes its state. */
const transition = (name: string): Operation.Unary<EndpointRequest, EndpointStatus> =>
  Operation.unary({
    ...changingState,
    name: `Endpoints.${name}`,
    method: "PUT",
    path: ({ endpoint_id }) => ["endpoint", endpoint_id, name],
    parameters: ["endpoint_id"],
    request: EndpointRequest,
    response: EndpointStatus
  })

/**
 * The operation of `create`, for `FriendliClient.execute`.
 * @category operations
 */
export const createOperation: Operation.Unary<EndpointCreateRequest, EndpointStatus> = /*#__PURE__*/ Operation.unary({
  ...writing,
  name: "Endpoints.create",
  path: "/endpoint",
  request: EndpointCreateRequest,
  response: EndpointStatus
})

/**
 * The operation of `createFromWandbArtifact`, for `FriendliClient.execute`. It adds no `idempotencyKey`.
 * @category operations
 */
export const createFromWandbArtifactOperation: Operation.Unary<WandbArtifactRequest, WandbArtifactEndpoint> =
  /*#__PURE__*/ Operation.unary({
    ...writing,
    prefix: "",
    name: "Endpoints.createFromWandbArtifact",
    path: "/endpoint/wandb-artifact-create",
    request: WandbArtifactRequest,
    response: WandbArtifactEndpoint
  })

/**
 * The operation of `list`, for `FriendliClient.execute`.
 * @category operations
 */
export const listOperation: Operation.Unary<EndpointListRequest, EndpointList> = /*#__PURE__*/ Operation.unary({
  ...reading,
  name: "Endpoints.list",
  path: "/endpoint",
  query: (request) => ({ ...pageOf(request), project_id: request.project_id }),
  parameters: ["cursor", "limit", "project_id"],
  request: EndpointListRequest,
  response: EndpointList,
  fillMissing: missing.mapOfPage
})

/**
 * The operation of `get`, for `FriendliClient.execute`.
 * @category operations
 */
export const getOperation: Operation.Unary<EndpointRequest, EndpointSpec> = /*#__PURE__*/ Operation.unary({
  ...reading,
  name: "Endpoints.get",
  path: ({ endpoint_id }) => ["endpoint", endpoint_id],
  parameters: ["endpoint_id"],
  request: EndpointRequest,
  response: EndpointSpec
})

/**
 * The operation of `update`, for `FriendliClient.execute`.
 * @category operations
 */
export const updateOperation: Operation.Unary<EndpointUpdateRequest, EndpointSpec> = /*#__PURE__*/ Operation.unary({
  ...writing,
  name: "Endpoints.update",
  method: "PUT",
  path: ({ endpoint_id }) => ["endpoint", endpoint_id],
  parameters: ["endpoint_id"],
  request: EndpointUpdateRequest,
  response: EndpointSpec
})

/**
 * The operation of `delete`, for `FriendliClient.execute`.
 * @category operations
 */
export const deleteOperation: Operation.Unary<
  EndpointRequest,
  Schema.Schema.Type<typeof AnyJson>
> = /*#__PURE__*/ Operation.unary({
  ...changingState,
  name: "Endpoints.delete",
  method: "DELETE",
  path: ({ endpoint_id }) => ["endpoint", endpoint_id],
  parameters: ["endpoint_id"],
  mayBeEmpty: true,
  request: EndpointRequest,
  response: AnyJson
})

/**
 * The operation of `versions`, for `FriendliClient.execute`.
 * @category operations
 */
export const versionsOperation: Operation.Unary<EndpointVersionsRequest, EndpointVersionList> =
  /*#__PURE__*/ Operation.unary({
    ...reading,
    name: "Endpoints.versions",
    path: ({ endpoint_id }) => ["endpoint", endpoint_id, "version"],
    query: pageOf,
    parameters: ["endpoint_id", "cursor", "limit"],
    request: EndpointVersionsRequest,
    response: EndpointVersionList,
    fillMissing: missing.mapOfPage
  })

/**
 * The operation of `status`, for `FriendliClient.execute`.
 * @category operations
 */
export const statusOperation: Operation.Unary<EndpointRequest, EndpointStatus> = /*#__PURE__*/ Operation.unary({
  ...reading,
  name: "Endpoints.status",
  path: ({ endpoint_id }) => ["endpoint", endpoint_id, "status"],
  parameters: ["endpoint_id"],
  request: EndpointRequest,
  response: EndpointStatus
})

/**
 * The operation of `sleep`, for `FriendliClient.execute`.
 * @category operations
 */
export const sleepOperation: Operation.Unary<EndpointRequest, EndpointStatus> = /*#__PURE__*/ transition("sleep")

/**
 * Asks the API to wake a sleeping endpoint. The API answers at once, before the endpoint is ready.
 *
 * **When to use**: with the client of `Dedicated`, to wake an endpoint before a job. With the layer of `Management`, call `Endpoints.wake`,
 * or `Endpoints.ready`, which also waits. `Resilience.layerColdStart` wakes for operations that find the endpoint asleep.
 *
 * **Details**: `PUT /dedicated/beta/endpoint/{id}/wake` without a body. The id has no adapter route. The operation writes, so it is retried
 * only if the server certainly did not process it. The token needs permission to manage the endpoint, which inference does not need;
 * without it the operation fails with a `PermissionDeniedError`.
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
export const wakeOperation: Operation.Unary<EndpointRequest, EndpointStatus> = /*#__PURE__*/ transition("wake")

/**
 * The operation of `terminate`, for `FriendliClient.execute`.
 * @category operations
 */
export const terminateOperation: Operation.Unary<EndpointRequest, EndpointStatus> =
  /*#__PURE__*/ transition("terminate")

/**
 * The operation of `restart`, for `FriendliClient.execute`.
 * @category operations
 */
export const restartOperation: Operation.Unary<EndpointRequest, EndpointStatus> = /*#__PURE__*/ transition("restart")
