/**
 * A default of streams that both chat and completions have. In: the body of a request. Out: the same body,
 * which also asks for the token counts.
 */
import type { JsonRecord } from "./Operation.js"

/** A stream includes usage unless the request sets `include_usage` itself, or has `stream_options: null`. */
export const withUsage = (body: JsonRecord): JsonRecord => {
  const options = body["stream_options"]
  if (options === null) return body
  const asked = typeof options === "object" ? (options as JsonRecord) : {}
  return asked["include_usage"] === undefined ? { ...body, stream_options: { ...asked, include_usage: true } } : body
}
