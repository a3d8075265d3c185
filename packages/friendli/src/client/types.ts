/** The values that the stages of a request pass to each other, and their environment. */
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

/** Response metadata: everything in an answer except its body. */
export interface ResponseInfo {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The server's id of the request, if it sent one. */
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
   * Opens an operation that answers with events: succeeds when the first event has arrived. The stream belongs to the scope, and can be
   * run once. Raw streams (`Operation.raw`) are opened here, too.
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
 * **Details**: `next` is the wrapped interpreter, including other middleware. `direct` is the client below all middleware, for requests
 * that the middleware sends itself: they bypass limits, so that an operation never waits for its own permit.
 */
export interface Middleware {
  (next: Interpreter, direct: Interpreter): Interpreter
}

/** The environment of all requests of a client. */
export interface Environment {
  readonly deployment: Deployment
  readonly http: HttpClient.HttpClient
  /** The attributes of the server, for every span. */
  readonly serverAttributes: Attributes
  /** Whether the base URL contains a key. */
  readonly hidesUrl: boolean
  /** Made once for each operation, since most calls set no options. */
  readonly routeOf: (operation: Any<never, unknown>, accept: string) => Route
}

/** The common part of the requests of one operation, for calls without options. */
export interface Route {
  /** Absent if the URL depends on the request. */
  readonly fixed: (Location & { readonly request: HttpClientRequest.HttpClientRequest }) | undefined
  /** The options that other options are merged over. */
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
  /** The texts that no error and no span may show: values of headers, including the token, and keys in the base URL. */
  readonly credentials: () => ReadonlyArray<string>
  /** Whether the header `accept` is sent. */
  readonly accepts: boolean
}

/** A request that has passed every check that needs no network. */
export interface Prepared {
  readonly callContext: errors.CallContext
  readonly settings: Settings
  readonly body: JsonRecord
  /** Without its body if each attempt makes its own. */
  readonly request: HttpClientRequest.HttpClientRequest
  /** How each attempt makes its body; absent for JSON. */
  readonly content: RequestBody | undefined
}
