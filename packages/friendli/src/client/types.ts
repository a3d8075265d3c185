/** What the stages of a request hand to each other, and what stands around them. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Deployment } from "../core/Deployment.js"
import type { Any, JsonRecord, RequestBody, Streaming, Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import type * as Retry from "../core/Retry.js"
import type { Location } from "../core/url.js"
import type { FriendliError, FriendliStreamError, Issue } from "../errors/FriendliError.js"
import type * as errors from "./errors.js"
import type { Attributes } from "./telemetry.js"

/** Response metadata: what an answer says apart from its body. */
export interface ResponseInfo {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The server's id of the request, where it gave one. */
  readonly requestId: string | undefined
}

/** A decoded answer with its response metadata. */
export interface WithResponse<out A> {
  readonly value: A
  readonly response: ResponseInfo
}

/**
 * The two functions that run every operation. All methods of a client are derived from them, and middleware wraps them.
 */
export interface Interpreter {
  /** Where requests go. The token is `Redacted`. */
  readonly deployment: Deployment
  /** Runs an operation with one answer. */
  readonly call: <Request, Response>(
    operation: Unary<Request, Response>,
    request: Request,
    options?: RequestOptions
  ) => Effect.Effect<WithResponse<Response>, FriendliError>
  /**
   * Opens an operation that answers with events: succeeds with the first of them. The stream belongs to the scope, and can be run once.
   * Raw streams (`Operation.raw`) come here too.
   */
  readonly open: <Request, Event>(
    operation: Streaming<Request, Event>,
    request: Request,
    options?: RequestOptions
  ) => Effect.Effect<WithResponse<Stream.Stream<Event, FriendliStreamError>>, FriendliStreamError, Scope.Scope>
}

/**
 * A wrapper around the two functions that run operations: it sees every operation of every capability, in every form.
 *
 * **Details**: `next` is what it wraps, other middleware included. `direct` is the client below all middleware, for requests that the
 * middleware makes itself: they pass by limits, so that an operation never waits for a permit that it holds.
 */
export interface Middleware {
  (next: Interpreter, direct: Interpreter): Interpreter
}

/** What all requests of a client share. */
export interface Environment {
  readonly deployment: Deployment
  readonly http: HttpClient.HttpClient
  /** What every span says of the server. */
  readonly serverAttributes: Attributes
  /** Whether the base URL has a key in it. */
  readonly hidesUrl: boolean
  /** Made once for each operation, since most calls set nothing of their own. */
  readonly routeOf: (operation: Any<never, unknown>, accept: string) => Route
}

/** What the requests of one operation share when a call sets nothing of its own. */
export interface Route {
  /** Absent where the URL depends on the request. */
  readonly fixed: (Location & { readonly request: HttpClientRequest.HttpClientRequest }) | undefined
  /** What options are merged over. */
  readonly defaults: RequestOptions
  readonly base: Resolved
}

/** Options, with every timeout as a duration. */
export interface Settings {
  readonly retry: Retry.Policy
  readonly headersTimeout: Duration.Duration
  readonly idleTimeout: Duration.Duration
  readonly idleReset: "bytes" | "events"
  readonly timeout: Duration.Duration
}

/** Options, merged and checked. */
export interface Resolved {
  /** The option `body`. */
  readonly extra: JsonRecord
  readonly issues: ReadonlyArray<Issue>
  readonly settings: Settings
  readonly headers: Readonly<Record<string, string>>
  /** What no error and no span may show: values of headers, the token among them, and keys in the base URL. */
  readonly credentials: () => ReadonlyArray<string>
  /** Whether the header `accept` is sent. */
  readonly accepts: boolean
}

/** A request that has passed every check that needs no network. */
export interface Prepared {
  readonly callContext: errors.CallContext
  readonly settings: Settings
  readonly body: JsonRecord
  /** Lacks its body where each attempt makes its own. */
  readonly request: HttpClientRequest.HttpClientRequest
  /** How each attempt makes its body; absent for JSON. */
  readonly content: RequestBody | undefined
}
