import type { Issue } from "./types.js"

/** The error types of statuses that have their own type. */
const errorTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "method_not_allowed",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error"
}

/** The JSON body of every error except 422, whose body lists issues, and except those of messages. */
export const errorBody = (
  status: number,
  message: string
): { error: { message: string; type: string; code: number } } => ({
  error: {
    message,
    type: errorTypes[status] ?? (status >= 500 ? "server_error" : "invalid_request_error"),
    code: status
  }
})

/** Issues as one sentence, with the field of each one. */
export const issuesText = (issues: ReadonlyArray<Issue>): string =>
  issues
    .map(({ loc, msg }) => {
      const isField = loc[0] === "body" && typeof loc[1] === "string"
      return `${(isField ? loc.slice(1) : loc).join(".")}: ${msg}`
    })
    .join("; ")

/**
 * The body of a 422. The API describes `detail`. The sentence in `error` says the same, because clients such as `openai` show this field, and without
 * it only report an empty body.
 */
export const validationBody = (
  issues: ReadonlyArray<Issue>
): { detail: ReadonlyArray<Issue>; error: { message: string; type: string; code: number } } => ({
  detail: issues,
  ...errorBody(422, issuesText(issues))
})

/** The types of errors in messages that differ from those of other paths. */
const messagesTypes: Readonly<Record<string, string>> = {
  server_error: "api_error",
  method_not_allowed: "invalid_request_error"
}

/** The JSON body of every error of messages, in the shape of Anthropic's API. */
export const messagesErrorBody = (
  status: number,
  message: string,
  requestId?: string
): { type: "error"; error: { type: string; message: string }; request_id?: string } => {
  const { type } = errorBody(status, message).error
  return {
    type: "error",
    error: { type: messagesTypes[type] ?? type, message },
    ...(requestId === undefined ? {} : { request_id: requestId })
  }
}

/** The error body of a path. */
export const errorBodyAt = (path: string, status: number, message: string, requestId: string): object =>
  path.endsWith("/v1/messages") ? messagesErrorBody(status, message, requestId) : errorBody(status, message)
