/**
 * One row for each error: everything that the SDK decides by the kind of an error, in one place. A new class does not compile until it
 * has a row here.
 */
import type { FriendliStreamError } from "./classes.js"
import { isFinal } from "./codes.js"

/**
 * The kind of failure.
 *
 * - `"request"`: the request is wrong, and another one is needed
 * - `"access"`: the caller may not do this, or it does not exist
 * - `"limit"`: too many requests
 * - `"outage"`: the deployment has a problem, or cannot be reached
 * - `"answer"`: the answer is not one that the API documents
 */
export type Category = "request" | "access" | "limit" | "outage" | "answer"

type Tag = FriendliStreamError["_tag"]

interface Row<E> {
  readonly category: Category
  /** The statuses that mean this error. */
  readonly statuses: ReadonlyArray<number>
  /** Whether the same request may succeed when it is sent again. */
  readonly isTransient: (error: E) => boolean
  /** Whether the server certainly did not process the request, so that even a write may be sent again. */
  readonly isNotProcessed: (error: E) => boolean
  /** Whether another deployment may answer: transient failures, and failures that only prevent a retry on the same deployment. */
  readonly isAnswerableElsewhere: (error: E) => boolean
  /** The message for clients of a server that passes on an answer: no data of the request, the account or the deployment. */
  readonly publicMessage: string
}

const always = (): boolean => true
const never = (): boolean => false

/**
 * The statuses after which the same inference request may succeed (529 is the overload status of some gateways). 409, 425 and 501 are not
 * among them, as in the official SDK.
 */
const transientStatuses: ReadonlySet<number> = /*#__PURE__*/ new Set([408, 429, 500, 502, 503, 504, 529])

/** Codes of Node, undici, Bun and Deno for a connection that was never made. */
const neverConnected: ReadonlySet<string> = /*#__PURE__*/ new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused"
])

/** The row of a permanent failure, which another deployment would have, too: only category and message differ. */
const permanent = (category: Category, publicMessage: string, statuses: ReadonlyArray<number> = []): Row<unknown> => ({
  category,
  statuses,
  isTransient: never,
  isNotProcessed: never,
  isAnswerableElsewhere: never,
  publicMessage
})

type Table = { readonly [T in Tag]: Row<Extract<FriendliStreamError, { readonly _tag: T }>> }

const table: Table = {
  InvalidRequestError: permanent("request", "The request is not valid.", [400, 413, 422]),
  AuthenticationError: permanent("access", "The service is not authorized.", [401]),
  PermissionDeniedError: permanent("access", "The service may not do this.", [403]),
  NotFoundError: permanent("access", "The model was not found.", [404]),
  RateLimitError: {
    category: "limit",
    statuses: [429],
    // waiting does not restore exhausted quotas and credits
    isTransient: (error) => !isFinal(error.code),
    isNotProcessed: always,
    isAnswerableElsewhere: always,
    publicMessage: "Too many requests for now."
  },
  OverloadedError: {
    category: "outage",
    statuses: [503, 529],
    isTransient: always,
    isNotProcessed: always,
    isAnswerableElsewhere: always,
    publicMessage: "The service is overloaded."
  },
  ServerError: {
    category: "outage",
    statuses: [],
    // without a status: a generation that failed inside its answer, which is transient only before its first event
    isTransient: ({ received, status }) =>
      status === undefined ? received === undefined || received.events === 0 : transientStatuses.has(status),
    isNotProcessed: never,
    isAnswerableElsewhere: ({ status }) => status === undefined || transientStatuses.has(status),
    publicMessage: "The service failed."
  },
  UnexpectedStatusError: {
    category: "answer",
    statuses: [],
    isTransient: ({ status }) => transientStatuses.has(status),
    isNotProcessed: never,
    // 402: the credits of this deployment are exhausted
    isAnswerableElsewhere: ({ status }) => status === 402 || transientStatuses.has(status),
    publicMessage: "The service answered unexpectedly."
  },
  ConnectionError: {
    category: "outage",
    statuses: [],
    isTransient: ({ phase }) => phase === "connect",
    isNotProcessed: ({ cause, phase }) =>
      phase === "connect" && cause?.code !== undefined && neverConnected.has(cause.code),
    isAnswerableElsewhere: ({ phase }) => phase === "connect",
    publicMessage: "The connection to the service failed."
  },
  RequestTimeoutError: {
    category: "outage",
    statuses: [],
    // a generation without an answer in time may be billed, and is not repeated here
    isTransient: ({ kind, mayBeBilled }) => kind === "headers" && mayBeBilled !== true,
    isNotProcessed: never,
    isAnswerableElsewhere: ({ kind }) => kind === "headers",
    publicMessage: "The service took too long."
  },
  ResponseDecodeError: permanent("answer", "The service's answer could not be read."),
  StreamTruncatedError: permanent("answer", "The answer was cut short.")
}

/** The row of an error. */
export const rowOf = <E extends FriendliStreamError>(error: E): Row<E> => table[error._tag] as Row<E>

/** Errors that a status can mean; all others need more than a status. */
export type StatusTag =
  | "InvalidRequestError"
  | "AuthenticationError"
  | "PermissionDeniedError"
  | "NotFoundError"
  | "RateLimitError"
  | "OverloadedError"
  | "ServerError"
  | "UnexpectedStatusError"

/** The error that a status means. Any other status from 500 on is the server's failure, any other one is unexpected. */
export const tagOfStatus = (status: number): StatusTag => {
  for (const [tag, { statuses }] of Object.entries(table)) if (statuses.includes(status)) return tag as StatusTag
  return status >= 500 ? "ServerError" : "UnexpectedStatusError"
}
