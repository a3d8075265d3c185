/**
 * Dedicated endpoints and their states. In: requests that create, change, wake, or remove an endpoint. Out: its status and its specification, and
 * whether it can answer requests now. A status is computed from the time, so that no timer is needed: an endpoint that is created or woken runs after
 * some time, like a real one.
 */
import { newId } from "../base/ids.js"
import type { JsonRecord } from "../base/json.js"
import type { EndpointOptions } from "../base/types.js"
import { answered, type CallAnswer, type CallRequest, invalidCall, notFound, type Outcome, refused } from "./call.js"
import {
  type EndpointBody,
  type EndpointSpec,
  needsNewReplicas,
  replicasOf,
  usualSpec,
  versionValue,
  withBody
} from "./endpointSpec.js"
import { type Numbered, pageOf } from "./pages.js"

type EndpointCalls = Readonly<
  Record<
    | `dedicated.endpoint.${"create" | "list" | "get_spec" | "update" | "delete" | "get_version_history" | "get_status"}`
    | `dedicated.endpoint.${"sleep" | "wake" | "terminate" | "restart" | "wandb_artifact_create"}`,
    CallAnswer
  >
>

/** The seconds that an endpoint has run, for its costs. */
export interface GpuTime {
  readonly endpoint: string
  readonly gpuType: string
  readonly gpus: number
  /** Unix milliseconds. The end of an endpoint that still runs is the current time. */
  readonly from: number
  readonly to: number
}

/** The endpoints of an emulator. */
export interface Endpoints {
  readonly calls: EndpointCalls
  /** Why the endpoint of this `model` cannot answer now, with the status and the headers of the error; `undefined` if it runs. */
  readonly unavailable: (
    model: unknown
  ) =>
    | { readonly status: 404 | 503; readonly reason: string; readonly headers: Readonly<Record<string, string>> }
    | undefined
  /** When the endpoints of this emulator ran. Endpoints that were not created or changed by a request cost nothing. */
  readonly gpuTimes: () => ReadonlyArray<GpuTime>
  /** Returns all endpoints to their states at the start. */
  readonly reset: () => void
}

/** Milliseconds: long enough to be observed in a test, and short enough not to slow it down. */
const defaultWakeTime = 100

/** A change of state that takes time, and the state after it. */
type Movement =
  | { readonly to: "RUNNING"; readonly by: "INITIALIZING" | "AWAKING" | "UPDATING"; readonly from: number }
  | { readonly to: "SLEEPING" }
  | { readonly to: "TERMINATED"; readonly from: number }

interface Endpoint extends Numbered {
  readonly id: string
  readonly createdAt: string
  updatedAt: string | null
  movement: Movement
  spec: EndpointSpec
  readonly versions: Array<Numbered & { readonly spec: EndpointSpec }>
  /** Unix milliseconds when it began to use its GPUs, or `undefined` while it uses none. */
  busySince: number | undefined
}

/** The status of an endpoint now, and its phase while it starts. */
interface Now {
  readonly status: "INITIALIZING" | "AWAKING" | "UPDATING" | "RUNNING" | "SLEEPING" | "TERMINATING" | "TERMINATED"
  readonly phase: string | null
}

/** The phases of an initialization, in order. */
const phases = ["REQUESTING_VIRTUAL_MACHINE", "DOWNLOADING_MODEL", "ENGINE_INITIALIZING"] as const

/** The name of an artifact of W&B: `entity/project/name:version`. */
const artifact = /^[^/\s]+\/[^/\s]+\/([^/:\s]+):[^/:\s]+$/

const now = (): string => new Date().toISOString()

/** Makes the endpoints. Only endpoints that were created, changed or listed are stored. */
export const makeEndpoints = ({
  asleep = [],
  existing = "any",
  retryAfter,
  wakeTime = defaultWakeTime
}: EndpointOptions): Endpoints => {
  const startedAt = now()
  const stored = new Map<string, Endpoint>()
  /** Deleted ids, needed if any other id exists. */
  const deleted = new Set<string>()
  const wandb = new Map<string, Endpoint>()
  const times: Array<GpuTime> = []
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }
  let order = 0

  const store = (id: string, spec: EndpointSpec, movement: Movement, createdAt = now()): Endpoint => {
    const endpoint: Endpoint = {
      id,
      order: order++,
      createdAt,
      updatedAt: null,
      movement,
      spec,
      versions: [{ order: 0, spec }],
      busySince: undefined
    }
    stored.set(id, endpoint)
    deleted.delete(id)
    return endpoint
  }

  const nowOf = ({ movement }: Endpoint): Now => {
    if (movement.to === "SLEEPING") return { status: "SLEEPING", phase: null }
    const share = wakeTime === 0 ? 1 : (performance.now() - movement.from) / wakeTime
    if (share >= 1) return { status: movement.to, phase: null }
    if (movement.to === "TERMINATED") return { status: "TERMINATING", phase: null }
    if (movement.by === "UPDATING") return { status: "UPDATING", phase: null }
    const phase = movement.by === "AWAKING" ? phases[2] : phases[Math.max(0, Math.floor(share * phases.length))]!
    return { status: movement.by, phase }
  }

  /** Records the end of the time in which an endpoint uses its GPUs. */
  const settle = (endpoint: Endpoint): void => {
    const { busySince: from, id, spec } = endpoint
    if (from === undefined) return
    const gpus = spec.numGpu * replicasOf(spec)
    times.push({ endpoint: id, gpuType: spec.gpuType, gpus, from, to: Date.now() })
    endpoint.busySince = undefined
  }

  /** Begins a change of state, or puts an endpoint to sleep. */
  const move = (endpoint: Endpoint, movement: Movement): void => {
    settle(endpoint)
    if (movement.to === "RUNNING") endpoint.busySince = Date.now()
    endpoint.movement = movement
    endpoint.updatedAt = now()
  }

  const start = (endpoint: Endpoint, by: "INITIALIZING" | "AWAKING" | "UPDATING"): void =>
    move(endpoint, { to: "RUNNING", by, from: performance.now() })

  const running: Movement = { to: "RUNNING", by: "INITIALIZING", from: -Infinity }

  /** The endpoint of an id. If any id exists, an endpoint that is not stored has been running since the start. */
  const find = (id: string, team: string): Endpoint | undefined => {
    const endpoint = stored.get(id)
    if (endpoint !== undefined || existing !== "any" || deleted.has(id)) return endpoint
    return store(id, usualSpec(id, team), running, startedAt)
  }

  const reset = (): void => {
    stored.clear()
    deleted.clear()
    wandb.clear()
    times.length = 0
    order = 0
    for (const id of existing === "any" ? [] : existing) store(id, usualSpec(id, "team-emulator"), running, startedAt)
    for (const id of asleep) {
      store(id, usualSpec(id, "team-emulator"), { to: "SLEEPING" }, startedAt).updatedAt = startedAt
    }
  }
  reset()

  const statusValue = (endpoint: Endpoint): JsonRecord => {
    const { phase, status } = nowOf(endpoint)
    return { status, errorCode: null, createdAt: endpoint.createdAt, updatedAt: endpoint.updatedAt, phase }
  }

  const specValue = (endpoint: Endpoint): JsonRecord => {
    const { status } = nowOf(endpoint)
    const desired = ["SLEEPING", "TERMINATING", "TERMINATED"].includes(status) ? 0 : replicasOf(endpoint.spec)
    const isStarting = status === "INITIALIZING" || status === "AWAKING"
    return {
      ...versionValue(endpoint.spec),
      currReplicaCnt: isStarting ? 0 : desired,
      desiredReplicaCnt: desired,
      updatedReplicaCnt: isStarting || status === "UPDATING" ? 0 : desired
    }
  }

  /** An operation on the endpoint that the path names. */
  const onEndpoint =
    (operation: (endpoint: Endpoint, request: CallRequest) => Outcome): CallAnswer =>
    (request) => {
      const endpoint = find(request.parameters["endpoint_id"] ?? "", request.team)
      return endpoint === undefined ? notFound("endpoint") : operation(endpoint, request)
    }

  /** An operation that changes the state of an endpoint. Returns the new status, or why the change is not possible. */
  const transition = (change: (endpoint: Endpoint, status: Now["status"]) => string | undefined): CallAnswer =>
    onEndpoint((endpoint) => {
      const reason = change(endpoint, nowOf(endpoint).status)
      return reason === undefined ? answered(statusValue(endpoint)) : refused(400, reason)
    })

  const isGone = (status: Now["status"]): boolean => status === "TERMINATING" || status === "TERMINATED"

  const policyProblem = ({ autoscalingPolicy }: EndpointBody): Outcome | undefined => {
    const { maxReplica = 1, minReplica = 0 } = autoscalingPolicy ?? {}
    return minReplica > maxReplica
      ? invalidCall(["body", "autoscalingPolicy", "minReplica"], "'minReplica' must be at most 'maxReplica'")
      : undefined
  }

  const created = (body: EndpointBody, name: string, team: string): Endpoint => {
    const endpoint = store(newId("ep").slice(0, 14), withBody(usualSpec(name, team), body), running)
    start(endpoint, "INITIALIZING")
    endpoint.updatedAt = null
    return endpoint
  }

  const calls: EndpointCalls = {
    "dedicated.endpoint.create": ({ body, team }) => {
      const fields = body as EndpointBody
      return policyProblem(fields) ?? answered(statusValue(created(fields, fields.name ?? "", team)))
    },
    "dedicated.endpoint.list": ({ query }) => {
      const project = query["project_id"]
      const all = [...stored.values()].filter(({ spec }) => project === "" || spec.projectId === project)
      const page = pageOf(all, query)
      if (page === undefined) return invalidCall(["query", "cursor"], "Input should be the cursor of a page")
      const data = Object.fromEntries(page.entries.map((endpoint) => [endpoint.id, statusValue(endpoint)]))
      return answered({ data, nextCursor: page.nextCursor })
    },
    "dedicated.endpoint.get_spec": onEndpoint((endpoint) => answered(specValue(endpoint))),
    "dedicated.endpoint.get_status": onEndpoint((endpoint) => answered(statusValue(endpoint))),
    "dedicated.endpoint.update": onEndpoint((endpoint, { body }) => {
      const fields = body as EndpointBody
      const problem = policyProblem(fields)
      if (problem !== undefined) return problem
      const before = endpoint.spec
      const after = withBody(before, fields)
      if (JSON.stringify(before) === JSON.stringify(after)) return answered(specValue(endpoint))
      // The time until now belongs to the replicas of the old specification.
      const isBusy = endpoint.busySince !== undefined
      settle(endpoint)
      if (isBusy) endpoint.busySince = Date.now()
      endpoint.spec = after
      endpoint.versions.push({ order: endpoint.versions.length, spec: after })
      endpoint.updatedAt = now()
      if (nowOf(endpoint).status === "RUNNING" && needsNewReplicas(before, after)) start(endpoint, "UPDATING")
      return answered(specValue(endpoint))
    }),
    "dedicated.endpoint.delete": onEndpoint((endpoint) => {
      settle(endpoint)
      stored.delete(endpoint.id)
      deleted.add(endpoint.id)
      return answered(null)
    }),
    "dedicated.endpoint.get_version_history": onEndpoint((endpoint, { query }) => {
      const page = pageOf(endpoint.versions, query)
      if (page === undefined) return invalidCall(["query", "cursor"], "Input should be the cursor of a page")
      const data = Object.fromEntries(page.entries.map(({ order: version, spec }) => [version, versionValue(spec)]))
      return answered({ data, nextCursor: page.nextCursor })
    }),
    "dedicated.endpoint.sleep": transition((endpoint, status) => {
      if (status === "INITIALIZING") return "The endpoint is initializing: it can be put to sleep when it runs"
      if (isGone(status)) return "The endpoint is terminated"
      if (status !== "SLEEPING") move(endpoint, { to: "SLEEPING" })
      return undefined
    }),
    "dedicated.endpoint.wake": transition((endpoint, status) => {
      if (isGone(status)) return "The endpoint is terminated: restart it first"
      // An endpoint that already runs or wakes up does not change: a second request must not prolong the wait.
      if (status === "SLEEPING") start(endpoint, "AWAKING")
      return undefined
    }),
    "dedicated.endpoint.terminate": transition((endpoint, status) => {
      if (!isGone(status)) move(endpoint, { to: "TERMINATED", from: performance.now() })
      return undefined
    }),
    "dedicated.endpoint.restart": transition((endpoint, status) => {
      if (status === "TERMINATING") return "The endpoint is terminating: it can be restarted when it is terminated"
      start(endpoint, "INITIALIZING")
      return undefined
    }),
    "dedicated.endpoint.wandb_artifact_create": ({ body, team }) => {
      const { accelerator, idempotencyKey, name, wandbArtifactVersionName, ...others } = body as Omit<
        EndpointBody,
        "projectId"
      > & {
        readonly wandbArtifactVersionName: string
        readonly projectId?: string | null
        readonly idempotencyKey?: string | null
        readonly accelerator?: { readonly type: string; readonly count: number } | null
      }
      const artifactName = artifact.exec(wandbArtifactVersionName)?.[1]
      if (artifactName === undefined) {
        return invalidCall(["body", "wandbArtifactVersionName"], "Input should be 'entity/project/name:version'")
      }
      const problem = policyProblem(others as EndpointBody)
      if (problem !== undefined) return problem
      const projectId = others.projectId ?? "project-emulator"
      // The same key in the same project is the same endpoint, as long as it exists.
      const key = typeof idempotencyKey === "string" ? `${projectId}\n${idempotencyKey}` : undefined
      const known = key === undefined ? undefined : wandb.get(key)
      const option = accelerator ? { instanceOptionId: `${accelerator.type}-x${accelerator.count}` } : {}
      const endpoint =
        known !== undefined && stored.has(known.id)
          ? known
          : created(
              { ...others, ...option, projectId, hfModelRepo: wandbArtifactVersionName },
              name ?? artifactName,
              team
            )
      if (key !== undefined) wandb.set(key, endpoint)
      return answered({
        endpointId: endpoint.id,
        endpointName: endpoint.spec.name,
        projectId: endpoint.spec.projectId,
        projectName: endpoint.spec.projectId,
        teamId: endpoint.spec.teamId,
        teamName: null
      })
    }
  }

  return {
    calls,
    unavailable: (model) => {
      if (typeof model !== "string") return undefined
      const id = model.split(":", 1)[0]!
      const endpoint = stored.get(id)
      if (endpoint === undefined) {
        const exists = existing === "any" && !deleted.has(id)
        return exists ? undefined : { status: 404, reason: "There is no such endpoint", headers: {} }
      }
      switch (nowOf(endpoint).status) {
        // The old replicas answer while new ones are made.
        case "RUNNING":
        case "UPDATING":
          return undefined
        case "SLEEPING":
          return { status: 503, reason: "The endpoint sleeps", headers }
        case "AWAKING":
          return { status: 503, reason: "The endpoint is waking up", headers }
        case "INITIALIZING":
          return { status: 503, reason: "The endpoint is initializing", headers }
        case "TERMINATING":
        case "TERMINATED":
          return { status: 503, reason: "The endpoint is terminated", headers }
      }
    },
    gpuTimes: () => [
      ...times,
      ...[...stored.values()].flatMap(({ busySince, id, spec }) => {
        const { gpuType, numGpu } = spec
        return busySince === undefined
          ? []
          : [{ endpoint: id, gpuType, gpus: numGpu * replicasOf(spec), from: busySince, to: Date.now() }]
      })
    ],
    reset
  }
}
