/**
 * Failures of operations that were not sent because a limit or a circuit rejected them. In: the operation and the reason. Out: an
 * `OverloadedError` or a `RateLimitError`, as a server would cause it, with its own code and without a status (decision 0017).
 */
import * as Duration from "effect/Duration"
import type { Deployment } from "../core/Deployment.js"
import { type FriendliStreamError, OverloadedError, RateLimitError } from "../errors/FriendliError.js"
import type { Any } from "../core/Operation.js"
import { shownUrlOf } from "../core/url.js"
import type { Rejected } from "./admission.js"

export type Code = "circuit_open" | "queue_full" | "queue_timeout"

const codes: ReadonlySet<string | undefined> = new Set<Code>(["circuit_open", "queue_full", "queue_timeout"])

/** Whether a layer of `Resilience` made this error. A server that uses the same codes also sends a status. */
export const isRejected = (error: FriendliStreamError): boolean =>
  (error._tag === "OverloadedError" || error._tag === "RateLimitError") &&
  error.status === undefined &&
  codes.has(error.code)

/** Whether nothing was sent: a layer or the check of the request rejected it. (A request that fails while it is sent has a cause.) */
export const isUnsent = (error: FriendliStreamError): boolean =>
  isRejected(error) || (error._tag === "InvalidRequestError" && error.status === undefined && error.cause === undefined)

/** The operation that was not run. */
export interface RejectedCall {
  readonly operation: Pick<Any<never, unknown>, "name" | "method" | "pathPrefix" | "prefix" | "path" | "query">
  readonly request: unknown
  readonly deployment: Deployment
}

/** The fields of every rejection. `wait` becomes `retryAfter`; without it the wait is unknown. */
const fields = ({ deployment, operation, request }: RejectedCall, code: Code, wait: number | undefined) => ({
  operation: operation.name,
  deployment: deployment.name,
  method: operation.method,
  url: shownUrlOf(deployment, operation, request as never),
  code,
  ...(wait === undefined ? {} : { retryAfter: Duration.millis(wait) })
})

/** A limit rejected the operation: its queue is full, or the wait would be too long. */
export const ofQueue = (call: RejectedCall, limit: string, { reason, wait }: Rejected): RateLimitError => {
  const why = {
    queue_full: `maxWaiting operations are already waiting for the ${limit}`,
    queue_timeout: `the wait for the ${limit} would be longer than maxWait`
  }[reason]
  return new RateLimitError({
    ...fields(call, reason, wait),
    message: `${call.operation.name} was not sent: ${why}. Send less at a time, or wait for retryAfter if it is set.`
  })
}

/** The circuit is open. `until` is absent while the one operation that tests the deployment is running. */
export const ofCircuit = (call: RejectedCall, until: number | undefined, now: number): OverloadedError =>
  new OverloadedError({
    ...fields(call, "circuit_open", until === undefined ? undefined : Math.max(0, until - now)),
    message: `${call.operation.name} was not sent: the circuit of ${call.deployment.name} is open ${
      until === undefined ? "while one operation tests it" : `until ${new Date(until).toISOString()}`
    }, since too many operations failed. Wait until then, or ask another deployment.`
  })
