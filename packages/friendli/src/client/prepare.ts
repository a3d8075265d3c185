/**
 * The first stage. In: an operation, its request and options. Out: a request that is ready to be sent, or an `InvalidRequestError` with
 * all problems of the request, before any byte is sent.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import type { Deployment } from "../core/Deployment.js"
import type { Any, JsonRecord } from "../core/Operation.js"
import { CurrentRequestOptions, defaults, generationDefaults, type RequestOptions } from "../core/RequestOptions.js"
import { locate, shownUrlOf } from "../core/url.js"
import type { InvalidRequestError, Issue } from "../errors/FriendliError.js"
import { formatIssues } from "../internal/issues.js"
import * as secrets from "../internal/secrets.js"
import * as errors from "./errors.js"
import { resolve, under } from "./settings.js"
import { halvesIn, mayHaveHalves } from "./surrogates.js"
import * as telemetry from "./telemetry.js"
import type { Environment, Prepared, Resolved, Route } from "./types.js"

/** The `accept` header of streams only. */
export const eventStream = "text/event-stream"

/** The request with the deployment's default model, or the issue if there is no model. */
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

/** The option `body` cannot change fields that the operation sets. `stream` is one of them, even if the operation leaves it out. */
const contradictions = (overrides: JsonRecord, extra: JsonRecord): ReadonlyArray<Issue> =>
  Object.keys(extra)
    .filter((field) =>
      Object.hasOwn(overrides, field) ? extra[field] !== overrides[field] : field === "stream" && extra[field] === true
    )
    .map((field) => ({
      path: ["options", "body", field],
      message: "the called function sets this field"
    }))

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
    serverAttributes: telemetry.serverAttributes(deployment),
    hidesUrl: secrets.keysOf(deployment.baseUrl).length > 0,
    routeOf: (operation, accept) => {
      const made = routes.get(operation)
      if (made !== undefined) return made
      const isWhole = operation.generates && accept !== eventStream
      const isFixed = typeof operation.path === "string" && operation.query === undefined
      const location = isFixed ? Either.getOrUndefined(locate(deployment, operation, undefined as never)) : undefined
      const route: Route = {
        fixed: location && { ...location, request: requestTo(operation, location.url, accept, base) },
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

/** Untyped callers can pass values whose methods throw while a schema reads them. */
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

/** The encoded request without the fields that are in the path or the query. */
const withoutParameters = (encoded: JsonRecord, parameters: ReadonlyArray<string>): JsonRecord =>
  parameters.length === 0
    ? encoded
    : Object.fromEntries(Object.entries(encoded).filter(([field]) => !parameters.includes(field)))

const badSegment = (segment: string): Issue => ({
  path: [],
  message: `${segment === "" ? "an empty id" : `the id "${segment}"`} cannot be part of a path: it would name another resource`
})

const isEmpty = (options: RequestOptions): boolean => {
  for (const _ in options) return false
  return true
}

/** Not an effect, since every call and every stream runs this; the options of the region come from the fiber. */
export const prepare = <Request, Result>(
  environment: Environment,
  operation: Any<Request, Result>,
  accept: string,
  request: Request,
  callOptions: RequestOptions | undefined,
  fiber: Fiber.RuntimeFiber<unknown, unknown>
): Either.Either<Prepared, InvalidRequestError> => {
  const region = Context.get(fiber.currentContext as Context.Context<CurrentRequestOptions>, CurrentRequestOptions)
  const { deployment } = environment
  const route = environment.routeOf(operation, accept)
  const isPlain = callOptions === undefined && isEmpty(region)
  const resolved = isPlain ? route.base : resolve(deployment, route.defaults, region, callOptions)
  const hasHeaders = region.headers !== undefined || callOptions?.headers !== undefined
  const { extra } = resolved
  const withDefault = operation.model ? withModel(deployment, request) : Either.right<unknown>(request)
  const completed = (Either.isRight(withDefault) ? withDefault.right : request) as Request
  const callContext: errors.CallContext = {
    operation: operation.name,
    deployment: deployment.name,
    method: operation.method,
    url: route.fixed?.shown ?? shownUrlOf(deployment, operation, completed),
    generates: operation.generates,
    isStream: accept === eventStream,
    advice: operation.advice,
    secrets: secrets.make(hasHeaders ? resolved.credentials : route.base.credentials, [request, extra])
  }
  const invalid = (issues: ReadonlyArray<Issue>) => Either.left(errors.ofIssues(callContext, issues))

  const encoded = encode(operation, completed)
  const issues = [
    ...resolved.issues,
    ...contradictions(operation.bodyOverrides, extra),
    ...(Either.isLeft(withDefault) ? [withDefault.left] : []),
    ...(Either.isLeft(encoded) ? encoded.left : [])
  ]
  if (issues.length > 0 || Either.isLeft(encoded)) return invalid(issues)

  const located = route.fixed === undefined ? locate(deployment, operation, completed) : Either.right(route.fixed)
  if (Either.isLeft(located)) return invalid([badSegment(located.left)])
  const blank =
    isPlain && route.fixed !== undefined
      ? route.fixed.request
      : requestTo(operation, located.right.url, accept, resolved)
  const { bodyOverrides, parameters, withBodyDefaults } = operation
  const body: JsonRecord = {
    ...withBodyDefaults(withoutParameters(encoded.right, parameters)),
    ...extra,
    ...bodyOverrides
  }
  const json = operation.hasBody && operation.encodeBody === undefined ? JSON.stringify(body) : undefined
  if (json === undefined || parameters.length > 0 || mayHaveHalves(json)) {
    const halves = [...halvesIn(encoded.right), ...under("options", halvesIn(extra, ["body"]))]
    if (halves.length > 0) return invalid(halves)
  }
  return Either.right({
    callContext,
    body,
    settings: resolved.settings,
    request: json === undefined ? blank : HttpClientRequest.setBody(blank, jsonBody(json)),
    content: operation.encodeBody?.(body)
  })
}
