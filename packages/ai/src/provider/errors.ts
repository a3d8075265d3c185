/** Converts the errors of the SDK to those of `@effect/ai`. Nothing is lost: the error of the SDK is the `cause`. */
import * as AiError from "@effect/ai/AiError"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { FriendliStreamError } from "effect-friendli/FriendliError"

/** The module name in the errors of the provider. */
export const moduleName = "FriendliLanguageModel"

const methods = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"] as const

const requestOf = (error: FriendliStreamError): typeof AiError.HttpRequestDetails.Type => ({
  method: methods.find((method) => method === error.method) ?? "POST",
  url: error.url ?? "",
  urlParams: [],
  hash: Option.none(),
  // the token is in a header
  headers: {}
})

/** The headers that a caller needs, also after the error was encoded. */
const headersOf = ({ requestId, retryAfter }: FriendliStreamError): Readonly<Record<string, string>> => ({
  ...(requestId === undefined ? {} : { "x-request-id": requestId }),
  ...(retryAfter === undefined
    ? {}
    : {
        "retry-after": String(Math.ceil(Duration.toSeconds(retryAfter))),
        "retry-after-ms": String(Duration.toMillis(retryAfter))
      })
})

const statusError = (error: FriendliStreamError, status: number, common: Common): AiError.AiError => {
  const made = new AiError.HttpResponseError({
    ...common,
    reason: "StatusCode",
    request: requestOf(error),
    response: { status, headers: headersOf(error) },
    description: error.message,
    ...(error.body === undefined ? {} : { body: error.body })
  })
  // The class has no field for a cause, but every error can have one.
  return Object.defineProperty(made, "cause", { value: error, enumerable: false, configurable: true, writable: true })
}

interface Common {
  readonly module: string
  readonly method: string
}

/**
 * The `AiError` for an error of the SDK; `method` is the function of the language model that failed.
 *
 * **Details**: an error with a status is an `HttpResponseError`, with the request id and the delay among its headers. A connection that failed and a
 * timeout are an `HttpRequestError`. A request that the SDK rejects is a `MalformedInput`; an answer that is cut short or cannot be read is a
 * `MalformedOutput`. All other errors are an `UnknownError`: an error that a stream reports without a status, and a rejection of a `Resilience`
 * layer.
 * @category conversions
 */
export const fromFriendliError = (
  error: FriendliStreamError,
  method: string,
  module: string = moduleName
): AiError.AiError => {
  const common: Common = { module, method }
  const described = { ...common, description: error.message, cause: error }
  switch (error._tag) {
    case "ConnectionError":
    case "RequestTimeoutError":
      return new AiError.HttpRequestError({ ...described, reason: "Transport", request: requestOf(error) })
    case "ResponseDecodeError":
    case "StreamTruncatedError":
      return new AiError.MalformedOutput(described)
    case "InvalidRequestError":
      if (error.status === undefined) return new AiError.MalformedInput(described)
      return statusError(error, error.status, common)
    default:
      if (error.status === undefined) return new AiError.UnknownError(described)
      return statusError(error, error.status, common)
  }
}

/** A request that cannot be sent. */
export const malformedInput = (method: string, description: string, cause?: unknown): AiError.MalformedInput =>
  new AiError.MalformedInput({
    module: moduleName,
    method,
    description,
    ...(cause === undefined ? {} : { cause })
  })

/** An answer that is not valid for its request. */
export const malformedOutput = (method: string, description: string, cause?: unknown): AiError.MalformedOutput =>
  new AiError.MalformedOutput({
    module: moduleName,
    method,
    description,
    ...(cause === undefined ? {} : { cause })
  })
