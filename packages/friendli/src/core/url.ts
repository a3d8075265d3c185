/**
 * The URL of an operation of a deployment. In: the deployment, the operation and its request. Out: the URL, and the URL as errors show
 * it.
 */
import * as Either from "effect/Either"
import { encodePathSegment, joinUrl, withoutCredentials } from "../internal/url.js"
import { withoutKeys } from "../internal/secrets.js"
import type { Deployment } from "./Deployment.js"
import type { Any, QueryParameters } from "./Operation.js"

/** The parts of an operation that its URL depends on. */
type Located<Request> = Pick<Any<Request, unknown>, "path" | "pathPrefix" | "prefix" | "query">

/** The base of the paths of the deployment, or of an operation that does not depend on it. */
const baseOf = (
  { baseUrl, pathPrefix }: Pick<Deployment, "baseUrl" | "pathPrefix">,
  operation: Pick<Any<never, unknown>, "pathPrefix" | "prefix">
): string => joinUrl(baseUrl, operation.pathPrefix ?? pathPrefix, operation.prefix)

/** The URL of a call, in the form that is sent and in the form that may be shown. */
export interface Location {
  readonly url: string
  /** As errors and spans show it: without query, and without keys in the base URL. */
  readonly shown: string
}

/**
 * The path below the prefix, or the invalid segment. Every segment of a path that depends on the request is encoded, so that an id such
 * as `a/b` stays one segment; `..` would refer to another resource, and is rejected.
 */
const pathOf = <Request>({ path }: Located<Request>, request: Request): Either.Either<string, string> => {
  if (typeof path === "string") return Either.right(path)
  const encoded: Array<string> = []
  for (const segment of path(request)) {
    const text = encodePathSegment(String(segment))
    if (text === undefined) return Either.left(String(segment))
    encoded.push(text)
  }
  return Either.right(`/${encoded.join("/")}`)
}

/**
 * The query, with its question mark. A list becomes one parameter for each item, and absent values are left
 * out.
 */
const searchOf = (query: QueryParameters): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each))
  }
  const text = search.toString()
  return text === "" ? "" : `?${text}`
}

/** The URL of a call. Left: a segment of the path that would refer to another resource. */
export const locate = <Request>(
  deployment: Pick<Deployment, "baseUrl" | "pathPrefix">,
  operation: Located<Request>,
  request: Request
): Either.Either<Location, string> =>
  Either.map(pathOf(operation, request), (path) => {
    const url = joinUrl(baseOf(deployment, operation), path)
    return {
      url: operation.query === undefined ? url : url + searchOf(operation.query(request)),
      shown: withoutKeys(withoutCredentials(url), deployment.baseUrl)
    }
  })

/**
 * The URL that errors show for an operation that is not sent. Its request may be anything; if no URL can be made from it, the base and
 * the prefix are shown.
 */
export const shownUrlOf = <Request>(
  deployment: Pick<Deployment, "baseUrl" | "pathPrefix">,
  operation: Located<Request>,
  request: Request
): string => {
  try {
    const located = locate(deployment, operation, request)
    if (Either.isRight(located)) return located.right.shown
  } catch {
    // The request does not have its type; the error that rejects it says why.
  }
  return withoutKeys(baseOf(deployment, operation), deployment.baseUrl)
}
