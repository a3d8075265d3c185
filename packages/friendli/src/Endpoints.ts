/**
 * Endpoints: creates, changes, watches, wakes and deletes dedicated endpoints.
 *
 * With the layer of `Management`. Source: "Endpoint" of the API reference, below `/dedicated/beta/endpoint`. All functions fail with a
 * `FriendliError`: a `NotFoundError` if there is no endpoint with the id.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { FriendliClient, type WithResponse } from "./client/FriendliClient.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import type { FriendliError } from "./errors/FriendliError.js"
import * as streams from "./internal/streams.js"
import {
  type EndpointQuery,
  type EndpointVersion,
  makeEndpoints,
  type Until,
  type VersionQuery,
  type WaitError,
  type WaitOptions
} from "./management/endpoints.js"
import type { EndpointEntry } from "./management/finding.js"
import { EndpointChanges, EndpointCreateRequest, EndpointList, EndpointSpec } from "./schema/Endpoint.js"
import { EndpointVersionList, WandbArtifactEndpoint, WandbArtifactRequest } from "./schema/Endpoint.js"
import { EndpointStatus } from "./schema/EndpointStatus.js"

export * from "./management/endpointOperations.js"
export type { EndpointEntry, EndpointQuery, EndpointVersion, Until, VersionQuery, WaitError, WaitOptions }
export { type EndpointState, EndpointWaitError } from "./management/waiting.js"
export { EndpointRequest } from "./schema/Endpoint.js"

export {
  /** The schema of the changes for `update`. See `schema/Endpoint`. */
  EndpointChanges,
  /** The schema of the request of `create`. See `schema/Endpoint`. */
  EndpointCreateRequest,
  /** The schema of a page of endpoints. See `schema/Endpoint`. */
  EndpointList,
  /** The schema of the configuration of an endpoint. See `schema/Endpoint`. */
  EndpointSpec,
  /** The schema of a status. See `schema/EndpointStatus`. */
  EndpointStatus,
  /** The schema of a page of versions. See `schema/Endpoint`. */
  EndpointVersionList,
  /** The schema of the answer of `createFromWandbArtifact`. See `schema/Endpoint`. */
  WandbArtifactEndpoint,
  /** The schema of the request of `createFromWandbArtifact`. See `schema/Endpoint`. */
  WandbArtifactRequest
}

/**
 * The capability: a program that manages endpoints has it in its `R`.
 *
 * **When to use**: call the accessors below; use the tag to provide a mock: `Layer.mock(Endpoints.Endpoints, { status: … })`.
 * @category tags
 */
export class Endpoints extends Context.Tag("effect-friendli/Endpoints")<Endpoints, Endpoints.Service>() {}

type Answer<A, R = never> = Effect.Effect<A, FriendliError, R>
type Whole<A, R = never> = Answer<WithResponse<A>, R>

export declare namespace Endpoints {
  /** What `Endpoints.layer` provides, and what a mock replaces. Each `…WithResponse` also has status, headers and request id. */
  export interface Service {
    /** Creates an endpoint for a model of Hugging Face. */
    readonly create: (request: EndpointCreateRequest, options?: RequestOptions) => Answer<EndpointStatus>
    readonly createWithResponse: (request: EndpointCreateRequest, options?: RequestOptions) => Whole<EndpointStatus>
    /** Creates an endpoint, and finds its id. */
    readonly createAndFind: (request: EndpointCreateRequest, options?: RequestOptions) => Answer<EndpointEntry>
    /** Creates an endpoint for an artifact of Weights & Biases. */
    readonly createFromWandbArtifact: (
      request: WandbArtifactRequest,
      options?: RequestOptions
    ) => Answer<WandbArtifactEndpoint>
    readonly createFromWandbArtifactWithResponse: (
      request: WandbArtifactRequest,
      options?: RequestOptions
    ) => Whole<WandbArtifactEndpoint>
    /** One page of endpoints. */
    readonly list: (query?: EndpointQuery, options?: RequestOptions) => Answer<EndpointList>
    readonly listWithResponse: (query?: EndpointQuery, options?: RequestOptions) => Whole<EndpointList>
    /** All endpoints, page by page. */
    readonly all: (query?: EndpointQuery, options?: RequestOptions) => Stream.Stream<EndpointEntry, FriendliError>
    /** The configuration of an endpoint. */
    readonly get: (id: string, options?: RequestOptions) => Answer<EndpointSpec>
    readonly getWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointSpec>
    /** Changes an endpoint. */
    readonly update: (id: string, changes: EndpointChanges, options?: RequestOptions) => Answer<EndpointSpec>
    readonly updateWithResponse: (id: string, changes: EndpointChanges, options?: RequestOptions) => Whole<EndpointSpec>
    /** Deletes an endpoint. */
    readonly delete: (id: string, options?: RequestOptions) => Answer<void>
    readonly deleteWithResponse: (id: string, options?: RequestOptions) => Whole<unknown>
    /** One page of the versions of an endpoint. */
    readonly versions: (id: string, query?: VersionQuery, options?: RequestOptions) => Answer<EndpointVersionList>
    readonly versionsWithResponse: (
      id: string,
      query?: VersionQuery,
      options?: RequestOptions
    ) => Whole<EndpointVersionList>
    /** All versions of an endpoint, page by page. */
    readonly allVersions: (
      id: string,
      query?: VersionQuery,
      options?: RequestOptions
    ) => Stream.Stream<EndpointVersion, FriendliError>
    /** The current status of an endpoint. */
    readonly status: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly statusWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Sends an endpoint to sleep. */
    readonly sleep: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly sleepWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Starts to wake an endpoint. */
    readonly wake: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly wakeWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Starts to terminate an endpoint. */
    readonly terminate: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly terminateWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Starts to restart an endpoint. */
    readonly restart: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly restartWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** The statuses of an endpoint, until it has one of the given statuses. */
    readonly watch: (id: string, until: Until, options?: WaitOptions) => Stream.Stream<EndpointStatus, WaitError>
    /** Waits until an endpoint has a status. */
    readonly waitUntil: (id: string, until: Until, options?: WaitOptions) => Effect.Effect<EndpointStatus, WaitError>
    /** Waits until an endpoint runs, and wakes it if it sleeps. */
    readonly ready: (id: string, options?: WaitOptions) => Effect.Effect<EndpointStatus, WaitError>
  }
}

/**
 * Makes the capability from a client.
 * @category constructors
 */
export const make: Effect.Effect<Endpoints.Service, never, FriendliClient> = /*#__PURE__*/ Effect.map(
  FriendliClient,
  (client): Endpoints.Service => makeEndpoints(client)
)

/**
 * The capability over the provided client. The layer of `Management` includes it.
 *
 * **When to use**: with `Management.layerClient`, for a bundle without the other capabilities. The client of `Dedicated` works, too.
 * @category layers
 */
export const layer: Layer.Layer<Endpoints, never, FriendliClient> = /*#__PURE__*/ Layer.effect(Endpoints, make)

/**
 * Creates an endpoint for a model of Hugging Face.
 *
 * **Details**: succeeds at once; the endpoint then initializes, as `watch` shows. It is a write: it is retried only if the server
 * certainly did not process it. Fails with a `FriendliError`.
 *
 * **Gotchas**: the answer has no id. `createAndFind` finds it.
 * @category accessors
 */
export const create = (request: EndpointCreateRequest, options?: RequestOptions): Answer<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.create(request, options))

/**
 * As `create`, with the response metadata: `{ value, response: { status, headers, requestId } }`.
 * @category accessors
 */
export const createWithResponse = (
  request: EndpointCreateRequest,
  options?: RequestOptions
): Whole<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.createWithResponse(request, options))

/**
 * Creates an endpoint, and finds its id: that of the new endpoint in the project with the same name.
 *
 * **Details**: lists the endpoints of the project before and after, and reads the names of the new endpoints. If the list does not show
 * the endpoint yet, or one of these requests fails, the search is repeated for about 16 seconds. Then it fails with a `NotFoundError`
 * whose message says that the endpoint exists. Otherwise as `create`.
 *
 * **Gotchas**: give each endpoint a unique name. Two programs that create endpoints with the same name at the same time may be unable to
 * tell them apart, and then fail. If it is interrupted after the endpoint was created, the id is lost: run it uninterruptibly, as
 * `Effect.acquireRelease` does.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Endpoints, Management } from "effect-friendli"
 *
 * const endpoint = Effect.acquireRelease(
 *   Endpoints.createAndFind({
 *     projectId: "project-id",
 *     name: "nightly-job",
 *     instanceOptionId: "instance-option-id",
 *     hfModelRepo: "meta-llama/Llama-3.1-8B-Instruct",
 *     advanced: { tokenizer_skip_special_tokens: true, tokenizer_add_special_tokens: false }
 *   }),
 *   ({ id }) => Effect.orDie(Endpoints.delete(id))
 * )
 *
 * const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const { id } = yield* endpoint
 *     const { status } = yield* Endpoints.waitUntil(id, "RUNNING")
 *     console.log(status)
 *   })
 * )
 *
 * program.pipe(Effect.provide(Management.layerConfig()), Effect.provide(FetchHttpClient.layer), Effect.runPromise)
 * // => RUNNING
 * ```
 * @category accessors
 */
export const createAndFind = (
  request: EndpointCreateRequest,
  options?: RequestOptions
): Answer<EndpointEntry, Endpoints> => Effect.flatMap(Endpoints, (service) => service.createAndFind(request, options))

/**
 * Creates an endpoint for an artifact of Weights & Biases.
 *
 * **Details**: with a `projectId` each call gets an `idempotencyKey`, unless the request has one: a retried call creates only one
 * endpoint, even after a timeout. Give your own key, such as the id of a job, so that several calls create one endpoint. Without a
 * `projectId` it is a write like `create`. Fails with a `FriendliError`.
 * @category accessors
 */
export const createFromWandbArtifact = (
  request: WandbArtifactRequest,
  options?: RequestOptions
): Answer<WandbArtifactEndpoint, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.createFromWandbArtifact(request, options))

/**
 * As `createFromWandbArtifact`, with the response metadata.
 * @category accessors
 */
export const createFromWandbArtifactWithResponse = (
  request: WandbArtifactRequest,
  options?: RequestOptions
): Whole<WandbArtifactEndpoint, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.createFromWandbArtifactWithResponse(request, options))

/**
 * One page of endpoints: statuses by endpoint id, and `nextCursor`, the cursor of the next page.
 *
 * **When to use**: for a user interface with pages. `all` gives all endpoints.
 * @category accessors
 */
export const list = (query?: EndpointQuery, options?: RequestOptions): Answer<EndpointList, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.list(query, options))

/**
 * As `list`, with the response metadata.
 * @category accessors
 */
export const listWithResponse = (query?: EndpointQuery, options?: RequestOptions): Whole<EndpointList, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.listWithResponse(query, options))

/**
 * All endpoints with their statuses and ids. A page is loaded when its endpoints are needed; `limit` is the size of a page (default:
 * 100).
 *
 * **Details**: fails with a `FriendliError`: with a `ResponseDecodeError` also if the server repeats a page.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Endpoints } from "effect-friendli"
 *
 * const sleeping = Endpoints.all({ project_id: "project-id" }).pipe(
 *   Stream.filter(({ status }) => status === "SLEEPING"),
 *   Stream.runForEach(({ createdAt, id }) => Effect.log(id, createdAt))
 * )
 * ```
 * @category accessors
 */
export const all = (
  query?: EndpointQuery,
  options?: RequestOptions
): Stream.Stream<EndpointEntry, FriendliError, Endpoints> =>
  streams.unwrap(Effect.map(Endpoints, (service) => service.all(query, options)))

/**
 * The configuration of an endpoint: limits of its model, GPUs and replicas.
 * @category accessors
 */
export const get = (id: string, options?: RequestOptions): Answer<EndpointSpec, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.get(id, options))

/**
 * As `get`, with the response metadata.
 * @category accessors
 */
export const getWithResponse = (id: string, options?: RequestOptions): Whole<EndpointSpec, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.getWithResponse(id, options))

/**
 * Changes an endpoint, which creates a new version of it. Absent fields are not changed.
 *
 * **Details**: a running endpoint may be `UPDATING` for a while. It is a write: it is retried only if the server certainly did not
 * process it.
 * @category accessors
 */
export const update = (
  id: string,
  changes: EndpointChanges,
  options?: RequestOptions
): Answer<EndpointSpec, Endpoints> => Effect.flatMap(Endpoints, (service) => service.update(id, changes, options))

/**
 * As `update`, with the response metadata.
 * @category accessors
 */
export const updateWithResponse = (
  id: string,
  changes: EndpointChanges,
  options?: RequestOptions
): Whole<EndpointSpec, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.updateWithResponse(id, changes, options))

/**
 * Deletes an endpoint. Later requests with its id fail with a `NotFoundError`.
 *
 * **Details**: it is a write: it is retried only if the server certainly did not process it. Fails with a `FriendliError`.
 * @category accessors
 */
const delete_ = (id: string, options?: RequestOptions): Answer<void, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.delete(id, options))

export { delete_ as delete }

/**
 * As `delete`, with the response metadata. The value is the server's answer, which the API does not document.
 * @category accessors
 */
export const deleteWithResponse = (id: string, options?: RequestOptions): Whole<unknown, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.deleteWithResponse(id, options))

/**
 * One page of the versions of an endpoint: the configuration of each, by its number as a string.
 * @category accessors
 */
export const versions = (
  id: string,
  query?: VersionQuery,
  options?: RequestOptions
): Answer<EndpointVersionList, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.versions(id, query, options))

/**
 * As `versions`, with the response metadata.
 * @category accessors
 */
export const versionsWithResponse = (
  id: string,
  query?: VersionQuery,
  options?: RequestOptions
): Whole<EndpointVersionList, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.versionsWithResponse(id, query, options))

/**
 * All versions of an endpoint. A page is loaded when its versions are needed; see `all`. The versions of a page are in the order of their
 * numbers.
 * @category accessors
 */
export const allVersions = (
  id: string,
  query?: VersionQuery,
  options?: RequestOptions
): Stream.Stream<EndpointVersion, FriendliError, Endpoints> =>
  streams.unwrap(Effect.map(Endpoints, (service) => service.allVersions(id, query, options)))

/**
 * The current status of an endpoint. Fails with a `NotFoundError` if there is no endpoint with the id.
 * @category accessors
 */
export const status = (id: string, options?: RequestOptions): Answer<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.status(id, options))

/**
 * As `status`, with the response metadata.
 * @category accessors
 */
export const statusWithResponse = (id: string, options?: RequestOptions): Whole<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.statusWithResponse(id, options))

/**
 * Sends an endpoint to sleep: it costs nothing, and answers nothing until it is woken. The API rejects this (400) while an endpoint
 * initializes.
 * @category accessors
 */
export const sleep = (id: string, options?: RequestOptions): Answer<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.sleep(id, options))

/**
 * As `sleep`, with the response metadata.
 * @category accessors
 */
export const sleepWithResponse = (id: string, options?: RequestOptions): Whole<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.sleepWithResponse(id, options))

/**
 * Starts to wake an endpoint, and succeeds at once. `ready` also waits until it runs.
 * @category accessors
 */
export const wake = (id: string, options?: RequestOptions): Answer<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.wake(id, options))

/**
 * As `wake`, with the response metadata.
 * @category accessors
 */
export const wakeWithResponse = (id: string, options?: RequestOptions): Whole<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.wakeWithResponse(id, options))

/**
 * Starts to terminate an endpoint. It stays in the list, and `restart` starts it again; `delete` removes it.
 * @category accessors
 */
export const terminate = (id: string, options?: RequestOptions): Answer<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.terminate(id, options))

/**
 * As `terminate`, with the response metadata.
 * @category accessors
 */
export const terminateWithResponse = (id: string, options?: RequestOptions): Whole<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.terminateWithResponse(id, options))

/**
 * Starts to restart an endpoint, even one that failed or was terminated. It initializes again.
 * @category accessors
 */
export const restart = (id: string, options?: RequestOptions): Answer<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.restart(id, options))

/**
 * As `restart`, with the response metadata.
 * @category accessors
 */
export const restartWithResponse = (id: string, options?: RequestOptions): Whole<EndpointStatus, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.restartWithResponse(id, options))

/**
 * The statuses of an endpoint: the current one, and then each change of its status, its phase or its error. The stream ends with the
 * first status that is in `until`.
 *
 * **Details**: fails with an `EndpointWaitError` if the endpoint failed or was terminated and cannot reach such a status by itself, if
 * `timeout` has passed (default: 1 hour), or if `schedule` ends. Requests with a transient failure are repeated with the schedule, at
 * most five in a row; any other failure of a request fails the stream. If you interrupt the stream or stop reading it, no more requests
 * are sent.
 *
 * **Gotchas**: this does not wake a sleeping endpoint; see `ready`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Console, Effect, Stream } from "effect"
 * import { Endpoints, Management } from "effect-friendli"
 *
 * const program = Endpoints.watch("endpoint-id", "RUNNING", { timeout: "30 minutes" }).pipe(
 *   Stream.runForEach(({ phase, status }) => Console.log(phase ?? status))
 * )
 *
 * program.pipe(Effect.provide(Management.layerConfig()), Effect.provide(FetchHttpClient.layer), Effect.runPromise)
 * // => RUNNING
 * ```
 * @category accessors
 */
export const watch = (
  id: string,
  until: Until,
  options?: WaitOptions
): Stream.Stream<EndpointStatus, WaitError, Endpoints> =>
  streams.unwrap(Effect.map(Endpoints, (service) => service.watch(id, until, options)))

/**
 * Waits until an endpoint has a status, or one of several. As `watch`, but gives only the last status.
 * @category accessors
 */
export const waitUntil = (
  id: string,
  until: Until,
  options?: WaitOptions
): Effect.Effect<EndpointStatus, WaitError, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.waitUntil(id, until, options))

/**
 * Waits until an endpoint runs, and wakes it if it sleeps. Succeeds at once if it runs already.
 *
 * **When to use**: before a job, so that its first request does not wait. For requests that find the endpoint asleep, see
 * `Resilience.layerColdStart`.
 *
 * **Details**: one request wakes an endpoint for all callers that wait for it at the same time. A wake-up with a transient failure is
 * retried; if the API rejects it (401, 403, 404), all waiting callers fail with that error. Otherwise as
 * `waitUntil(id, ["RUNNING", "READY"])`.
 * @category accessors
 */
export const ready = (id: string, options?: WaitOptions): Effect.Effect<EndpointStatus, WaitError, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.ready(id, options))
