/**
 * The way of a request to the head of its answer: merge options, complete and check the body, build the HTTP request, send it,
 * turn statuses into errors. Shared by unary and streaming operations.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Chunk from "effect/Chunk"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import type * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import type { Deployment } from "../core/Deployment.js"
import {
  type FriendliError,
  type FriendliStreamError,
  type InvalidRequestError,
  type Issue,
  isNotProcessed
} from "../errors/FriendliError.js"
import type { ResponseInfo } from "./FriendliClient.js"
import type { Attributes, Any, RequestBody, JsonRecord } from "../core/Operation.js"
import {
  CurrentRequestOptions,
  defaults,
  generationDefaults,
  merge,
  type RequestOptions
} from "../core/RequestOptions.js"
import * as Retry from "../core/Retry.js"
import { formatIssues } from "../internal/issues.js"
import { jsonIssues } from "../schema/primitives.js"
import { type Activity, within } from "../internal/watchdog.js"
import * as failures from "./errors.js"
import { optionIssues } from "../core/optionIssues.js"
import * as secrets from "../internal/secrets.js"
import { runForEachChunk } from "../internal/streams.js"
import * as telemetry from "./telemetry.js"
import { transmit } from "./body.js"
import { shownUrlOf, urlOf } from "../internal/url.js"
import { version } from "../internal/version.js"
import { halvesIn, mayHaveHalves } from "./surrogates.js"

export interface Environment {
  readonly deployment: Deployment
  readonly http: HttpClient.HttpClient
  /** What every span tells. */
  readonly serverAttributes: Attributes
  /** Whether the base URL has a key in it. */
  readonly hidesUrl: boolean
  readonly routeOf: (operation: Any<never, unknown>, accept: string) => Route
}

/** What a stream accepts, and nothing else does. */
export const eventStream = "text/event-stream"

/** Options with every clock as a duration. */
export interface Settings {
  readonly retry: Retry.Policy
  readonly headersTimeout: Duration.Duration
  readonly idleTimeout: Duration.Duration
  readonly idleReset: "bytes" | "events"
  readonly timeout: Duration.Duration
}

/** A request that has passed every check that needs no network. */
export interface Prepared {
  readonly callContext: failures.CallContext
  readonly settings: Settings
  readonly body: JsonRecord
  /** Lacks its body where that is made for each attempt. */
  readonly request: HttpClientRequest.HttpClientRequest
  readonly content: RequestBody | undefined
}

const decodeDuration = (input: Duration.DurationInput | undefined): Duration.Duration =>
  input === undefined ? Duration.infinity : Duration.decode(input)

const under = (root: string, issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) => ({ path: [root, ...issue.path], message: issue.message }))

/** The request with the deployment's default model, and what is wrong when there is none. */
const withModel = (deployment: Deployment, request: unknown): Either.Either<unknown, Issue> => {
  if (!Predicate.isRecord(request)) return Either.right(request)
  const model = request["model"]
  if (model !== undefined && model !== null && model !== "") return Either.right(request)
  if (deployment.model !== undefined && model !== "") return Either.right({ ...request, model: deployment.model })
  if (!deployment.requiresModel && model !== "") return Either.right(request)
  return Either.left({
    path: ["model"],
    message:
      model === ""
        ? "expected the name of a model, got an empty string"
        : `missing; name one in the request, or set a default with the option model of the ${deployment.name} layer`
  })
}

/** Fields that the operation decides can not be contradicted through the `body` option; `stream` is one wherever it is absent. */
const contradictions = (fixed: JsonRecord, extra: JsonRecord): ReadonlyArray<Issue> =>
  Object.keys(extra)
    .filter((field) =>
      Object.hasOwn(fixed, field) ? extra[field] !== fixed[field] : field === "stream" && extra[field] === true
    )
    .map((field) => ({
      path: ["options", "body", field],
      message: "the function that is called decides this field"
    }))

/** Options merged and checked, in the form in which a call uses them. */
interface Resolved {
  readonly extra: JsonRecord
  readonly issues: ReadonlyArray<Issue>
  readonly settings: Settings
  readonly headers: Readonly<Record<string, string>>
  /** What no error and no span may show: what headers say, the token among them, and keys in the base URL. */
  readonly credentials: () => ReadonlyArray<string>
  /** Whether the header `accept` is sent. */
  readonly accepts: boolean
}

const settingsOf = (options: RequestOptions): Settings => ({
  retry: options.retry ?? defaults.retry!,
  headersTimeout: decodeDuration(options.headersTimeout),
  idleTimeout: decodeDuration(options.idleTimeout),
  idleReset: options.idleReset ?? "bytes",
  timeout: decodeDuration(options.timeout)
})

/** Names are in lower case since options were merged. One that is `undefined` leaves a default header out. */
const headersOf = (deployment: Deployment, options: RequestOptions): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = { "user-agent": `effect-friendli/${version}` }
  if (Option.isSome(deployment.token)) headers["authorization"] = `Bearer ${Redacted.value(deployment.token.value)}`
  if (deployment.supportsTeams && options.team !== undefined) headers["x-friendli-team"] = options.team.trim()
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === undefined) delete headers[name]
    else headers[name] = value
  }
  return headers
}

const resolve = (
  deployment: Deployment,
  base: RequestOptions,
  ...more: ReadonlyArray<RequestOptions | undefined>
): Resolved => {
  const options = merge(base, deployment.options, ...more)
  const extra = options.body ?? {}
  const wrong = optionIssues(options)
  const headers = wrong.length === 0 ? headersOf(deployment, options) : {}
  let credentials: ReadonlyArray<string> | undefined
  return {
    extra,
    issues: under("options", [...wrong, ...under("body", jsonIssues(extra))]),
    // what is wrong can not be decoded, and will not be used
    settings: settingsOf(wrong.length === 0 ? options : base),
    headers,
    credentials: () => (credentials ??= secrets.secretsOf(headers, undefined, secrets.keysOf(deployment.baseUrl))),
    accepts: !Object.hasOwn(options.headers ?? {}, "accept") || options.headers?.["accept"] !== undefined
  }
}

/** What the requests of an operation have in common when a call sets nothing of its own. */
interface Route {
  readonly url: string
  /** As errors show it. */
  readonly shown: string
  readonly request: HttpClientRequest.HttpClientRequest
  /** What options are merged over. */
  readonly defaults: RequestOptions
  /** What holds for a call that sets nothing of its own: resolved once, since most calls are so. */
  readonly base: Resolved
}

const requestTo = (
  operation: Any<never, unknown>,
  url: string,
  accept: string,
  { accepts, headers }: Resolved
): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.make(operation.method)(url, { headers: accepts ? { accept, ...headers } : headers })

export const makeEnvironment = (deployment: Deployment, http: HttpClient.HttpClient): Environment => {
  const base = resolve(deployment, defaults)
  const generationBase = resolve(deployment, generationDefaults)
  const routes = new WeakMap<object, Route>()
  return {
    deployment,
    http,
    serverAttributes: telemetry.placeAttributes(deployment),
    hidesUrl: secrets.keysOf(deployment.baseUrl).length > 0,
    routeOf: (operation, accept) => {
      const known = routes.get(operation)
      if (known !== undefined) return known
      const url = urlOf(deployment, operation)
      const request = requestTo(operation, url, accept, base)
      const isWhole = operation.generates && accept !== eventStream
      const route: Route = {
        url,
        shown: shownUrlOf(deployment, operation),
        request,
        defaults: isWhole ? generationDefaults : defaults,
        base: isWhole ? generationBase : base
      }
      routes.set(operation, route)
      return route
    }
  }
}

/** As a string: when fetch follows a redirect it can send a string again, while Node 20's fails over bytes. */
const jsonBody = (json: string): HttpBody.HttpBody => HttpBody.raw(json, { contentType: "application/json" })

/** Untyped callers can pass values whose own methods throw while a schema looks at them. */
const encode = <Request>(
  operation: Pick<Any<Request, unknown>, "encode">,
  request: unknown
): Either.Either<JsonRecord, ReadonlyArray<Issue>> => {
  try {
    return Either.mapLeft(operation.encode(request as Request), formatIssues)
  } catch {
    return Either.left([{ path: [], message: "could not be read; pass plain data" }])
  }
}

/** Merges, completes and checks. Fails before any byte is sent. */
export const prepare = <Request, Result>(
  environment: Environment,
  operation: Any<Request, Result>,
  accept: string,
  request: Request,
  callOptions: RequestOptions | undefined
): Effect.Effect<Prepared, InvalidRequestError> =>
  Effect.flatMap(CurrentRequestOptions, (region) => {
    const { deployment } = environment
    const route = environment.routeOf(operation, accept)
    const plain = callOptions === undefined && Object.keys(region).length === 0
    const resolved = plain ? route.base : resolve(deployment, route.defaults, region, callOptions)
    const hasHeaders = region.headers !== undefined || callOptions?.headers !== undefined
    const { extra } = resolved
    const site: failures.CallContext = {
      operation: operation.name,
      deployment: deployment.name,
      method: operation.method,
      url: route.shown,
      generates: operation.generates,
      isStream: accept === eventStream,
      secrets: secrets.make(hasHeaders ? resolved.credentials : route.base.credentials, [request, extra])
    }
    const completed = operation.model ? withModel(deployment, request) : Either.right<unknown>(request)
    const encoded = encode(operation, Either.isRight(completed) ? completed.right : request)
    const issues = [
      ...resolved.issues,
      ...contradictions(operation.bodyOverrides, extra),
      ...(Either.isLeft(completed) ? [completed.left] : []),
      ...(Either.isLeft(encoded) ? encoded.left : [])
    ]
    if (issues.length > 0 || Either.isLeft(encoded)) return Effect.fail(failures.ofIssues(site, issues))

    const body: JsonRecord = { ...operation.withBodyDefaults(encoded.right), ...extra, ...operation.bodyOverrides }
    const blank = plain ? route.request : requestTo(operation, route.url, accept, resolved)
    const json = operation.method !== "GET" && operation.encodeBody === undefined ? JSON.stringify(body) : undefined
    if (json === undefined || mayHaveHalves(json)) {
      const halves = [...halvesIn(encoded.right), ...under("options", halvesIn(extra, ["body"]))]
      if (halves.length > 0) return Effect.fail(failures.ofIssues(site, halves))
    }
    return Effect.succeed({
      callContext: site,
      body,
      settings: resolved.settings,
      request: json === undefined ? blank : HttpClientRequest.setBody(blank, jsonBody(json)),
      content: operation.encodeBody?.(body)
    })
  })

/** A write is repeated only when it was surely not accepted, whatever the policy says. */
export const replaying = (operation: Pick<Any<never, unknown>, "retryMode">, policy: Retry.Policy): Retry.Policy =>
  operation.retryMode === "safe"
    ? policy
    : Schedule.whileInput(policy, (error: FriendliStreamError) => isNotProcessed(error))

/** What can be read once is sent once. */
export const policyOf = (
  operation: Pick<Any<never, unknown>, "retryMode">,
  { content, settings }: Prepared
): Retry.Policy => (content !== undefined && !content.repeatable ? Retry.never : replaying(operation, settings.retry))

/** Told of every failure after which a request is sent again, when that happens: for what stands around operations. Asked only then. */
export class OnRetry extends Context.Reference<OnRetry>()("effect-friendli/internal/OnRetry", {
  defaultValue: (): ((error: FriendliStreamError) => void) => () => {}
}) {}

/** As `Effect.retry`; the schedule is only started, under the operation's span, when there is a failure to judge. */
export const retrying = <A, E extends FriendliStreamError>(
  once: Effect.Effect<A, E>,
  policy: Retry.Policy,
  span: Tracer.Span
): Effect.Effect<A, E> =>
  Effect.catchAll(once, (first) =>
    Effect.flatMap(Effect.zip(Schedule.driver(policy), OnRetry), ([driver, onRetry]) => {
      const judge = (error: E): Effect.Effect<A, E> =>
        Effect.matchEffect(driver.next(error), {
          onFailure: () => Effect.fail(error),
          onSuccess: () => {
            onRetry(error)
            return Effect.catchAll(once, judge)
          }
        })
      return judge(first)
    }).pipe(Effect.withParentSpan(span))
  )

/** The head of an answer. Its headers are read once: every look at the platform's copies them. */
export interface Head extends failures.Answer {
  /** When the request was sent, in milliseconds. */
  readonly sentAt: number
  readonly response: HttpClientResponse.HttpClientResponse
}

/**
 * Headers of which spans and logs of the transport do not show the value: all but one that can only be a number. A server can echo the
 * token or the prompt in any header of its answer, as echo servers and debug proxies do, and what the user sends besides is unknown.
 */
const hiddenHeaders = /^(?!content-length$)/

/**
 * What is otherwise for the fiber that sends than for the one that waits: headers that no log may show, and no span of the transport
 * where nobody would see it.
 */
export const refsOf =
  (fiber: Fiber.RuntimeFiber<unknown, unknown>, span: Tracer.Span, { hidesUrl }: Environment) =>
  (refs: FiberRefs.FiberRefs, fiberId: FiberId.Runtime): FiberRefs.FiberRefs => {
    const names = fiber.getFiberRef(Headers.currentRedactedNames)
    let updated = names.includes(hiddenHeaders)
      ? refs
      : FiberRefs.updateAs(refs, {
          fiberId,
          fiberRef: Headers.currentRedactedNames,
          value: [...names, hiddenHeaders]
        })
    // the platform's span shows the URL with the key that is in it
    if (!telemetry.isTraced(fiber, span) || hidesUrl) {
      updated = FiberRefs.updateAs(updated, { fiberId, fiberRef: FiberRef.currentTracerEnabled, value: false })
    }
    return updated
  }

/** How much of a refusal is read, and how long it may take. Its status is known already. */
const refusalLimit = { bytes: 65_536, patience: Duration.seconds(5) }

/**
 * Sends once and waits for the head of a successful answer. The answer of a refusal is read and released, so that its connection is
 * free before the next attempt.
 */
export const send = (
  environment: Environment,
  prepared: Prepared,
  activity: Activity,
  clock: Clock.Clock
): Effect.Effect<Head, FriendliError> => {
  const { content, request, callContext } = prepared
  const sentAt = clock.unsafeCurrentTimeMillis()
  const sending =
    content === undefined
      ? environment.http.execute(request)
      : transmit(environment.http, prepared, content, activity, clock)
  return sending.pipe(
    Effect.catchAll((error): Effect.Effect<HttpClientResponse.HttpClientResponse, FriendliError> => {
      if (error._tag === "InvalidRequestError") return Effect.fail(error)
      // A client with `filterStatusOk` in it reports statuses as failures; the response is there all the same.
      return HttpClientError.isHttpClientError(error) && error._tag === "ResponseError"
        ? Effect.succeed(error.response)
        : Effect.fail(failures.ofTransport(callContext, "connect", error, waited(activity, clock, sentAt)))
    }),
    Effect.flatMap((response) => {
      activity.since = clock.unsafeCurrentTimeMillis()
      const head: Head = { status: response.status, headers: response.headers, response, sentAt }
      if (head.status >= 200 && head.status < 300) {
        activity.phase = "body"
        return Effect.succeed(head)
      }
      // The failure is certain; reading why has a patience of its own.
      activity.phase = "paused"
      return Effect.flatMap(readBounded(head), (body) =>
        Effect.zipRight(
          inParts(() => failures.searchingOfStatus(callContext, head, body)),
          Effect.suspend(() => Effect.fail(failures.ofStatus(callContext, head, body, clock.unsafeCurrentTimeMillis())))
        )
      )
    })
  )
}

/** A turn of the event loop. A timer of the platform: the clock of the program may stand still. */
const turn = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 0)
  return Effect.sync(() => clearTimeout(timer))
})

/** Does a long work in parts, of which the last answers true. */
const inParts = (begin: () => () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const step = begin()
    const loop: Effect.Effect<void> = Effect.suspend(() => (step() ? Effect.void : Effect.zipRight(turn, loop)))
    return loop
  })

/** How long an attempt has waited by now. What is granted to an upload lies ahead. */
export const waited = (activity: Activity, clock: Clock.Clock, sentAt: number): failures.Waited => {
  const now = clock.unsafeCurrentTimeMillis()
  return { idle: Math.max(0, now - activity.since), total: now - sentAt }
}

/** The beginning of a body as text, whatever comes of the rest. Releases the connection. */
export const readBounded = (
  { response }: Head,
  body: HttpClientResponse.HttpClientResponse["stream"] = response.stream
): Effect.Effect<string> =>
  Effect.suspend(() => {
    const reader = makeTextReader()
    let size = 0
    const reading = runForEachChunk(body, (chunk) => {
      size += reader.add(chunk)
      return size < refusalLimit.bytes ? undefined : Effect.fail(undefined)
    })
    // what fails does so in this fiber: of another it would be logged, and the platform's errors show the whole URL
    return within(Effect.ignore(reading), refusalLimit.patience, () => undefined).pipe(
      Effect.ignore,
      Effect.map(() => reader.text())
    )
  })

/** Collects bytes as text. */
export interface TextReader {
  /** Says how many bytes were added. */
  readonly add: (chunk: Chunk.Chunk<Uint8Array>) => number
  readonly text: () => string
}

export const makeTextReader = (): TextReader => {
  const decoder = new TextDecoder()
  const parts: Array<string> = []
  return {
    add: (chunk) => {
      let size = 0
      for (const bytes of chunk) {
        size += bytes.length
        parts.push(decoder.decode(bytes, { stream: true }))
      }
      return size
    },
    text: () => parts.join("") + decoder.decode()
  }
}

/** A body is missing, as in a 204: the platform reports it as an error of its own. */
export const isEmptyBody = (error: HttpClientError.ResponseError): boolean => error.reason === "EmptyBody"

export const responseInfo = (head: Head): ResponseInfo => ({
  status: head.status,
  headers: { ...head.headers },
  requestId: failures.requestIdOf(head.headers)
})
