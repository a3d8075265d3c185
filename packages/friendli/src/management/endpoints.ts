/**
 * The functions of `Endpoints` that need more than one request: lists page by page, waits, wake-ups for all waiting callers, and keys
 * with which a request can be sent again. In: a client. Out: the functions of the service.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { FriendliClient, WithResponse } from "../client/FriendliClient.js"
import { optionIssues } from "../core/optionIssues.js"
import type { Unary } from "../core/Operation.js"
import * as pages from "../core/pages.js"
import { CurrentRequestOptions, type RequestOptions } from "../core/RequestOptions.js"
import { type FriendliError, InvalidRequestError } from "../errors/FriendliError.js"
import { optionsOf } from "../resilience/guards.js"
import { makeWakeUps, targetOf } from "../resilience/wakeUps.js"
import type {
  EndpointChanges,
  EndpointCreateRequest,
  EndpointListRequest,
  EndpointRequest,
  EndpointSpec,
  EndpointVersionsRequest,
  WandbArtifactRequest
} from "../schema/Endpoint.js"
import type { EndpointStatus } from "../schema/EndpointStatus.js"
import * as operations from "./endpointOperations.js"
import * as finding from "./finding.js"
import * as waiting from "./waiting.js"

type Client = FriendliClient.Service
type Answer<A> = Effect.Effect<A, FriendliError>

/** A version of an endpoint. */
export interface EndpointVersion extends EndpointSpec {
  /** Its number, as a string. */
  readonly version: string
}

/** Which endpoints are listed, and the size of a page. */
export interface EndpointQuery extends EndpointListRequest {}

/** Which versions are listed, and the size of a page. */
export interface VersionQuery extends Pick<EndpointVersionsRequest, "cursor" | "limit"> {}

/** One status, or several, of which any one is enough. */
export type Until = waiting.EndpointState | ReadonlyArray<waiting.EndpointState>

/** The options of a wait. */
export interface WaitOptions {
  /**
   * When to ask for the status again; its input is the last status. Default: after 1 second, then with growing delays of up to 15
   * seconds, with jitter. A schedule that ends fails the wait.
   */
  readonly schedule?: Schedule.Schedule<unknown, EndpointStatus> | undefined
  /** How long the wait may take in total. Default: 1 hour; `Infinity` for no limit. */
  readonly timeout?: Duration.DurationInput | undefined
  /** The options of each request. */
  readonly request?: RequestOptions | undefined
}

/** The failure of a wait: a request failed, or the endpoint did not reach the status. */
export type WaitError = FriendliError | waiting.EndpointWaitError

// ---------------------------------------------------------------------------
// lists
// ---------------------------------------------------------------------------

/** As few requests as possible: the largest pages, unless the caller sets another size. */
const largest = { limit: 100 } as const

const makeLists = ({ deployment, execute }: Client) => ({
  all: (query?: EndpointQuery, options?: RequestOptions): Stream.Stream<finding.EndpointEntry, FriendliError> =>
    pages.streamOf(
      { operation: operations.listOperation.name, deployment: deployment.name, field: "nextCursor" },
      (cursor) =>
        Effect.map(
          execute(operations.listOperation, { ...largest, ...query, cursor }, options),
          ({ data, nextCursor }) => ({
            items: Object.entries(data).map(([id, status]) => ({ ...status, id })),
            next: nextCursor
          })
        ),
      query?.cursor ?? undefined
    ),
  allVersions: (
    endpoint_id: string,
    query?: VersionQuery,
    options?: RequestOptions
  ): Stream.Stream<EndpointVersion, FriendliError> =>
    pages.streamOf(
      { operation: operations.versionsOperation.name, deployment: deployment.name, field: "nextCursor" },
      (cursor) =>
        Effect.map(
          execute(operations.versionsOperation, { ...largest, ...query, endpoint_id, cursor }, options),
          ({ data, nextCursor }) => ({
            items: Object.entries(data).map(([version, spec]) => ({ ...spec, version })),
            next: nextCursor
          })
        ),
      query?.cursor ?? undefined
    )
})

// ---------------------------------------------------------------------------
// requests that can be sent again
// ---------------------------------------------------------------------------

type CreateFromWandbArtifact = typeof operations.createFromWandbArtifactOperation

/** With a key, a request creates only one endpoint, even if it is sent several times. */
const repeatable: CreateFromWandbArtifact = /*#__PURE__*/ (() => ({
  ...operations.createFromWandbArtifactOperation,
  retryMode: "safe" as const
}))()

/** 128 random bits; `randomUUID` is missing in pages without HTTPS. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** The request with a key if it can have one, so that all attempts of a call create one endpoint. */
const withKey = (request: WandbArtifactRequest): WandbArtifactRequest =>
  typeof request.projectId === "string" && (request.idempotencyKey ?? null) === null
    ? { ...request, idempotencyKey: `effect-friendli-${randomKey()}` }
    : request

/** Runs the request with the retry mode that it allows. */
const withRepeats = <A>(
  request: WandbArtifactRequest,
  run: (operation: CreateFromWandbArtifact, request: WandbArtifactRequest) => Answer<A>
): Answer<A> =>
  Effect.suspend(() => {
    const keyed = withKey(request)
    const hasKey = typeof keyed.idempotencyKey === "string"
    return run(hasKey ? repeatable : operations.createFromWandbArtifactOperation, keyed)
  })

// ---------------------------------------------------------------------------
// waits
// ---------------------------------------------------------------------------

/** The statuses in which an endpoint serves requests. */
const serving: ReadonlyArray<waiting.EndpointState> = ["RUNNING", "READY"]

const manyOf = (until: Until): ReadonlyArray<waiting.EndpointState> => (typeof until === "string" ? [until] : until)

/** How long a wake-up request counts, and how soon a failed one is repeated, in milliseconds. */
const wakeTimes = { maxWait: 600_000, interval: 5000 } as const

const makeWaits = ({ deployment, execute, executeWithResponse }: Client) => {
  const wakeUps = makeWakeUps(wakeTimes, { deployment, call: executeWithResponse }, operations.wakeOperation)

  /** Checks the options, and waits as they say. */
  const changes = (
    wait: Pick<waiting.Wait, "operation" | "endpoint" | "until" | "onWaiting">,
    options: WaitOptions | undefined
  ): Stream.Stream<EndpointStatus, WaitError> => {
    const [issue] = optionIssues({ timeout: options?.timeout })
    if (issue !== undefined) {
      return Stream.fail(
        new InvalidRequestError({
          operation: wait.operation,
          deployment: deployment.name,
          message: `${wait.operation} was not started: the option timeout is invalid: ${issue.message}.`,
          issues: [{ path: ["options", ...issue.path], message: issue.message }]
        })
      )
    }
    return waiting.changes({
      ...wait,
      limits: {
        schedule: options?.schedule ?? waiting.defaultSchedule,
        timeout: Duration.toMillis(options?.timeout ?? "1 hour")
      },
      ask: execute(operations.statusOperation, { endpoint_id: wait.endpoint }, options?.request)
    })
  }

  return {
    watch: (endpoint: string, until: Until, options?: WaitOptions): Stream.Stream<EndpointStatus, WaitError> =>
      changes({ operation: "Endpoints.watch", endpoint, until: manyOf(until) }, options),

    waitUntil: (endpoint: string, until: Until, options?: WaitOptions): Effect.Effect<EndpointStatus, WaitError> =>
      waiting.lastOf(changes({ operation: "Endpoints.waitUntil", endpoint, until: manyOf(until) }, options)),

    /** A sleeping endpoint is woken, by one request for all waiting callers. */
    ready: Effect.fnUntraced(function* (endpoint: string, options?: WaitOptions) {
      const merged = optionsOf(deployment.options, yield* CurrentRequestOptions, options?.request)
      const target = targetOf(endpoint, merged)
      return yield* Effect.acquireUseRelease(
        Effect.sync(() => wakeUps.join(target)),
        (wakeUp) => {
          const wake = Effect.flatMap(wakeUps.wake(wakeUp, target), () =>
            wakeUp.rejection === undefined ? Effect.void : Effect.fail(wakeUp.rejection)
          )
          const onWaiting = ({ status }: EndpointStatus) => (status === "SLEEPING" ? wake : Effect.void)
          return waiting.lastOf(changes({ operation: "Endpoints.ready", endpoint, until: serving, onWaiting }, options))
        },
        (wakeUp) => Effect.sync(() => wakeUps.leave(target, wakeUp))
      )
    }) satisfies (endpoint: string, options?: WaitOptions) => Effect.Effect<EndpointStatus, WaitError>
  }
}

// ---------------------------------------------------------------------------
// the service
// ---------------------------------------------------------------------------

/** The functions of the service, over a client. */
export const makeEndpoints = (client: Client) => {
  const { execute, executeWithResponse } = client
  const lists = makeLists(client)

  const on =
    <A>(operation: Unary<EndpointRequest, A>) =>
    (endpoint_id: string, options?: RequestOptions): Answer<A> =>
      execute(operation, { endpoint_id }, options)
  const onWithResponse =
    <A>(operation: Unary<EndpointRequest, A>) =>
    (endpoint_id: string, options?: RequestOptions): Answer<WithResponse<A>> =>
      executeWithResponse(operation, { endpoint_id }, options)

  const create = (request: EndpointCreateRequest, options?: RequestOptions) =>
    execute(operations.createOperation, request, options)
  const get = on(operations.getOperation)

  return {
    create,
    createWithResponse: (request: EndpointCreateRequest, options?: RequestOptions) =>
      executeWithResponse(operations.createOperation, request, options),
    createAndFind: (request: EndpointCreateRequest, options?: RequestOptions) =>
      finding.createAndFind({
        deployment: client.deployment.name,
        name: request.name,
        list: lists.all({ project_id: request.projectId }, options),
        get: (id) => get(id, options),
        create: create(request, options)
      }),
    createFromWandbArtifact: (request: WandbArtifactRequest, options?: RequestOptions) =>
      withRepeats(request, (operation, keyed) => execute(operation, keyed, options)),
    createFromWandbArtifactWithResponse: (request: WandbArtifactRequest, options?: RequestOptions) =>
      withRepeats(request, (operation, keyed) => executeWithResponse(operation, keyed, options)),
    list: (query?: EndpointQuery, options?: RequestOptions) => execute(operations.listOperation, { ...query }, options),
    listWithResponse: (query?: EndpointQuery, options?: RequestOptions) =>
      executeWithResponse(operations.listOperation, { ...query }, options),
    get,
    getWithResponse: onWithResponse(operations.getOperation),
    update: (endpoint_id: string, changes: EndpointChanges, options?: RequestOptions) =>
      execute(operations.updateOperation, { ...changes, endpoint_id }, options),
    updateWithResponse: (endpoint_id: string, changes: EndpointChanges, options?: RequestOptions) =>
      executeWithResponse(operations.updateOperation, { ...changes, endpoint_id }, options),
    delete: (endpoint_id: string, options?: RequestOptions) =>
      Effect.asVoid(execute(operations.deleteOperation, { endpoint_id }, options)),
    deleteWithResponse: onWithResponse(operations.deleteOperation),
    versions: (endpoint_id: string, query?: VersionQuery, options?: RequestOptions) =>
      execute(operations.versionsOperation, { ...query, endpoint_id }, options),
    versionsWithResponse: (endpoint_id: string, query?: VersionQuery, options?: RequestOptions) =>
      executeWithResponse(operations.versionsOperation, { ...query, endpoint_id }, options),
    status: on(operations.statusOperation),
    statusWithResponse: onWithResponse(operations.statusOperation),
    sleep: on(operations.sleepOperation),
    sleepWithResponse: onWithResponse(operations.sleepOperation),
    wake: on(operations.wakeOperation),
    wakeWithResponse: onWithResponse(operations.wakeOperation),
    terminate: on(operations.terminateOperation),
    terminateWithResponse: onWithResponse(operations.terminateOperation),
    restart: on(operations.restartOperation),
    restartWithResponse: onWithResponse(operations.restartOperation),
    ...lists,
    ...makeWaits(client)
  }
}
