import type { EndpointOptions } from "../Emulator.js"
import type { JsonRecord } from "./json.js"

/** What can be asked of an endpoint besides inference. */
export interface EndpointCall {
  readonly deployment: "dedicated"
  readonly id: string
  readonly action: "wake" | "sleep" | "status"
  readonly method: "PUT" | "GET"
}

export interface Endpoints {
  readonly answer: (call: EndpointCall) => JsonRecord
  /** Why a request for this `model` is not served now, and the headers of that answer. */
  readonly refusal: (
    model: unknown
  ) => { readonly why: string; readonly headers: Readonly<Record<string, string>> } | undefined
  readonly reset: () => void
}

const pattern = /^\/dedicated\/beta\/endpoint\/([^/]+)\/(wake|sleep|status)$/

export const endpointCallAt = (path: string): EndpointCall | undefined => {
  const match = pattern.exec(path)
  if (match === null) return undefined
  const action = match[2] as EndpointCall["action"]
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

const WAKE_TIME = 100

/** Dates tell when; the monotonic clock tells how long. */
interface State {
  readonly updatedAt: string
  /** `Infinity` for one that sleeps. */
  readonly runsAt: number
}

/** Any id is an endpoint, and runs unless it was put to sleep. */
export const makeEndpoints = ({ asleep = [], retryAfter, wakeTime = WAKE_TIME }: EndpointOptions): Endpoints => {
  const createdAt = new Date().toISOString()
  const states = new Map<string, State>()
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }

  const enter = (id: string, runsAt: number): void => {
    states.set(id, { updatedAt: new Date().toISOString(), runsAt })
  }

  const statusOf = (id: string): "SLEEPING" | "AWAKING" | "RUNNING" => {
    const runsAt = states.get(id)?.runsAt ?? -Infinity
    return runsAt === Infinity ? "SLEEPING" : runsAt > performance.now() ? "AWAKING" : "RUNNING"
  }

  const reset = (): void => {
    states.clear()
    for (const id of asleep) enter(id, Infinity)
  }
  reset()

  return {
    answer: ({ action, id }) => {
      if (action === "sleep") enter(id, Infinity)
      if (action === "wake" && statusOf(id) === "SLEEPING") enter(id, performance.now() + wakeTime)
      const status = statusOf(id)
      return {
        status,
        errorCode: null,
        createdAt,
        updatedAt: states.get(id)?.updatedAt ?? null,
        phase: status === "AWAKING" ? "ENGINE_INITIALIZING" : null
      }
    },
    refusal: (model) => {
      if (typeof model !== "string") return undefined
      const status = statusOf(model.split(":", 1)[0]!)
      if (status === "RUNNING") return undefined
      return { why: status === "SLEEPING" ? "The endpoint sleeps" : "The endpoint is waking up", headers }
    },
    reset
  }
}
