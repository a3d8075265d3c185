/**
 * Endpoints: creates, changes, watches, wakes and deletes dedicated endpoints.
 *
 * With the layer of `Management`. Source: "Endpoint" of the API reference, below `/dedicated/beta/endpoint`.
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
  /** The schema of what to change. See `schema/Endpoint`. */
  EndpointChanges,
  /** The schema of the request of `create`. See `schema/Endpoint`. */
  EndpointCreateRequest,
  /** The schema of a page of endpoints. See `schema/Endpoint`. */
  EndpointList,
  /** The schema of how an endpoint is set up. See `schema/Endpoint`. */
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
    /** How an endpoint is set up. */
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
    /** What an endpoint does now. */
    readonly status: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly statusWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Sends an endpoint to sleep. */
    readonly sleep: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly sleepWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Begins to wake an endpoint. */
    readonly wake: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly wakeWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Begins to terminate an endpoint. */
    readonly terminate: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly terminateWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** Begins to restart an endpoint. */
    readonly restart: (id: string, options?: RequestOptions) => Answer<EndpointStatus>
    readonly restartWithResponse: (id: string, options?: RequestOptions) => Whole<EndpointStatus>
    /** The statuses of an endpoint, until it has one of those that are waited for. */
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
 * **Details**: answers at once; the endpoint then initializes, which `watch` shows. A write: it is sent again only if the server certainly
 * did not process it. Fails with a `FriendliError`.
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
 * Creates an endpoint, and finds its id: the endpoint of the project that was not there before and has its name.
 *
 * **Details**: lists the endpoints of the project before and after, and asks for the names of the new ones. While the list does not show it, or
 * such a request fails, it is looked for again for about 16 seconds. Then it fails with a `NotFoundError` that says that the endpoint exists.
 * Otherwise as `create`.
 *
 * **Gotchas**: give each endpoint a name of its own. Two programs that create endpoints of one name at the same moment may not be able to
 * tell them apart, and fail. If it is interrupted after the endpoint was created, its id is lost: run it uninterruptibly, as
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
 * **Details**: with a `projectId` each call gets an `idempotencyKey`, unless the request has one: a call that is retried, after a timeout
 * too, creates one endpoint. Give a key of your own, such as the id of a job, to create one endpoint with several calls. Without a
 * `projectId` it is a write as `create`. Fails with a `FriendliError`.
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
 * One page of endpoints: their statuses by their ids, and `nextCursor`, with which the next page begins.
 *
 * **When to use**: where a user turns pages. `all` gives all endpoints.
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
 * All endpoints with their statuses and ids. A page is loaded when its endpoints are asked for; `limit` is the size of a page (default: 100).
 *
 * **Details**: fails with a `FriendliError`, with a `ResponseDecodeError` also when the server repeats a page.
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
 * How an endpoint is set up: its model's limits, GPUs and replicas.
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
 * Changes an endpoint, and makes a new version of it. What is absent stays.
 *
 * **Details**: an endpoint that runs may be `UPDATING` for a while. A write: it is sent again only if the server certainly did not process it.
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
 * Deletes an endpoint. Its id is a 404 afterwards.
 *
 * **Details**: a write: it is sent again only if the server certainly did not process it. Fails with a `FriendliError`.
 * @category accessors
 */
const delete_ = (id: string, options?: RequestOptions): Answer<void, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.delete(id, options))

export { delete_ as delete }

/**
 * As `delete`, with the response metadata. The value is whatever the server says: the API does not describe it.
 * @category accessors
 */
export const deleteWithResponse = (id: string, options?: RequestOptions): Whole<unknown, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.deleteWithResponse(id, options))

/**
 * One page of the versions of an endpoint: how each was set up, by its number as text.
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
 * All versions of an endpoint. A page is loaded when its versions are asked for; see `all`. The versions of a page come in the order of their
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
 * What an endpoint does now. Fails with a `NotFoundError` if there is none with the id.
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
 * Sends an endpoint to sleep: it costs nothing, and answers nothing until it is woken. The API rejects it (400) for one that initializes.
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
 * Begins to wake an endpoint, and answers at once. `ready` also waits until it runs.
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
 * Begins to terminate an endpoint. It stays in the list, and `restart` starts it again; `delete` removes it.
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
 * Begins to start an endpoint again, also one that failed or was terminated. It initializes anew.
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
 * The statuses of an endpoint: what it does now, and then each change of its status, its phase or its error, until it has a status that is
 * waited for, which is the last element.
 *
 * **Details**: fails with an `EndpointWaitError` when the endpoint failed or was terminated and cannot get there by itself, when `timeout` is
 * over (default: 1 hour), or when `schedule` ends. Requests that fail in passing are repeated with the schedule, at most five in a row;
 * other failures of a request end it. To interrupt it, or to take no more elements, ends the requests.
 *
 * **Gotchas**: an endpoint that sleeps is not woken by this; see `ready`.
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
 * Waits until an endpoint has a status, or one of several. As `watch`, without the statuses on the way.
 * @category accessors
 */
export const waitUntil = (
  id: string,
  until: Until,
  options?: WaitOptions
): Effect.Effect<EndpointStatus, WaitError, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.waitUntil(id, until, options))

/**
 * Waits until an endpoint runs, and wakes it if it sleeps. Answers at once if it runs.
 *
 * **When to use**: before a job, so that its first request need not wait. For requests that find the endpoint asleep, see
 * `Resilience.layerColdStart`.
 *
 * **Details**: however many wait for an endpoint at the same time, one request wakes it. A wake-up that fails in passing is repeated; one
 * that the API rejects (401, 403, 404) fails all that wait, with its error. Otherwise as `waitUntil(id, ["RUNNING", "READY"])`.
 * @category accessors
 */
export const ready = (id: string, options?: WaitOptions): Effect.Effect<EndpointStatus, WaitError, Endpoints> =>
  Effect.flatMap(Endpoints, (service) => service.ready(id, options))
