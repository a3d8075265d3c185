/** The types of the statuses that have one of their own. */
const errorTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "method_not_allowed",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error"
}

/** The JSON body of every error except 422, whose body lists issues. */
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
