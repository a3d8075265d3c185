export type JsonRecord = Record<string, unknown>

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * An own field: keys come from outside, so the prototype is never asked.
 */
export const own = (record: JsonRecord, key: string): unknown => (Object.hasOwn(record, key) ? record[key] : undefined)

const headersFor = (body: string, requestId: string, extra?: Readonly<Record<string, string>>): Headers =>
  new Headers({
    "content-type": "application/json",
    "content-length": String(new TextEncoder().encode(body).length),
    "x-request-id": requestId,
    ...extra
  })

export const jsonResponse = (
  status: number,
  value: unknown,
  requestId: string,
  extra?: Readonly<Record<string, string>>
): Response => {
  const body = JSON.stringify(value)
  return new Response(body, { status, headers: headersFor(body, requestId, extra) })
}

/**
 * The JSON body of a failure that is no validation failure.
 */
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

const errorTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "method_not_allowed",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error"
}
