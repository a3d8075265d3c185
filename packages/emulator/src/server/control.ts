/**
 * The management paths of dedicated endpoints. In: a request to wake an endpoint, to put it to sleep, or for
 * its status. Out: the state of the endpoint, and whether it can answer requests now. An endpoint that is
 * woken runs after a while, as a real one does.
 */
import type { JsonRecord } from "../base/json.js"
import type { EndpointOptions } from "../base/types.js"

/** A management request for one endpoint. */
export interface ControlCall {
  readonly deployment: "dedicated"
  readonly id: string
  readonly action: "wake" | "sleep" | "status"
  readonly method: "PUT" | "GET"
}

/** The endpoints and their states. Every id is an endpoint, and it runs unless it was put to sleep. */
export interface Endpoints {
  /** Carries out a management request and returns the state of the endpoint after it. */
  readonly control: (call: ControlCall) => JsonRecord
  /** Why the endpoint of this `model` cannot answer now, and the headers of that 503; `undefined` when it runs. */
  readonly unavailable: (
    model: unknown
  ) => { readonly reason: string; readonly headers: Readonly<Record<string, string>> } | undefined
  /** Returns all endpoints to their states at the start. */
  readonly reset: () => void
}

/** Paths such as `/dedicated/beta/endpoint/my-endpoint/wake`. */
const pattern = /^\/dedicated\/beta\/endpoint\/([^/]+)\/(wake|sleep|status)$/

/** The management request that a path stands for, if it is one. */
export const controlCallAt = (path: string): ControlCall | undefined => {
  const match = pattern.exec(path)
  if (match === null) return undefined
  const action = match[2] as ControlCall["action"]
  try {
    return {
      deployment: "dedicated",
      id: decodeURIComponent(match[1]!),
      action,
      method: action === "status" ? "GET" : "PUT"
    }
  } catch {
    return undefined
  }
}

/** In milliseconds: long enough to be seen in a test, and short enough not to slow it down. */
const defaultWakeTime = 100

interface State {
  /** The date that the API shows. It is not used to measure time. */
  readonly updatedAt: string
  /** When the endpoint runs, on the monotonic clock in milliseconds; `Infinity` while it sleeps. */
  readonly runsAt: number
}

/** Makes the endpoints. Only those that were put to sleep once are stored. */
export const makeEndpoints = ({ asleep = [], retryAfter, wakeTime = defaultWakeTime }: EndpointOptions): Endpoints => {
  const createdAt = new Date().toISOString()
  const states = new Map<string, State>()
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }

  /** Changes a state, and the date that tells when it changed. */
  const setRunsAt = (id: string, runsAt: number): void => {
    states.set(id, { updatedAt: new Date().toISOString(), runsAt })
  }

  /** The state is computed from the time, so that no timer is needed. */
  const statusOf = (id: string): "SLEEPING" | "AWAKING" | "RUNNING" => {
    const runsAt = states.get(id)?.runsAt ?? -Infinity
    return runsAt === Infinity ? "SLEEPING" : runsAt > performance.now() ? "AWAKING" : "RUNNING"
  }

  const reset = (): void => {
    states.clear()
    for (const id of asleep) setRunsAt(id, Infinity)
  }
  reset()

  return {
    control: ({ action, id }) => {
      if (action === "sleep") setRunsAt(id, Infinity)
      // An endpoint that runs or wakes up already is left as it is: a second request must not prolong the
      // wait.
      if (action === "wake" && statusOf(id) === "SLEEPING") setRunsAt(id, performance.now() + wakeTime)
      const status = statusOf(id)
      return {
        status,
        errorCode: null,
        createdAt,
        updatedAt: states.get(id)?.updatedAt ?? null,
        phase: status === "AWAKING" ? "ENGINE_INITIALIZING" : null
      }
    },
    unavailable: (model) => {
      if (typeof model !== "string") return undefined
      const status = statusOf(model.split(":", 1)[0]!)
      if (status === "RUNNING") return undefined
      return { reason: status === "SLEEPING" ? "The endpoint sleeps" : "The endpoint is waking up", headers }
    },
    reset
  }
}
