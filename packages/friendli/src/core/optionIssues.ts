/**
 * Checks options before any byte is sent. In: options that untyped code may have made. Out: one issue for
 * each wrong option, with its path. A wrong header would otherwise fail inside the HTTP layer, with an error
 * that names neither the option nor the header.
 */
import * as Duration from "effect/Duration"
import type { Issue } from "../errors/FriendliError.js"
import type { RequestOptions } from "./RequestOptions.js"
import { pastedInId } from "../internal/pasted.js"

/** RFC 9110 `token`. */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Visible characters, inner spaces and tabs, and the other bytes that a header can contain. */
// eslint-disable-next-line no-control-regex
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Headers that describe the body, which the SDK encodes itself. */
const ofTheBody: ReadonlySet<string> = new Set(["content-type", "content-length"])

/** Options that are durations. */
const durations = ["timeout", "headersTimeout", "idleTimeout"] as const

/** `Duration.decode` turns negative numbers into zero, so zero may have been a negative number. */
const isPositive = (input: Duration.DurationInput): boolean => {
  try {
    return Duration.greaterThan(Duration.decode(input), Duration.zero)
  } catch {
    return false
  }
}

/** What is wrong with the id of a team. */
export const teamIssue = (team: string): string | undefined =>
  typeof team !== "string" || team.trim() === "" || !headerValue.test(team)
    ? "expected the id of a team, without line breaks or other control characters"
    : pastedInId("the team", team.trim())

/** What is wrong with options; paths start at the option. */
export const optionIssues = (options: RequestOptions): ReadonlyArray<Issue> => {
  const issues: Array<Issue> = []
  for (const option of durations) {
    const limit = options[option]
    if (limit !== undefined && !isPositive(limit)) {
      issues.push({
        path: [option],
        message: `expected a duration greater than zero, such as "10 seconds" (or Infinity for none)`
      })
    }
  }
  const { headers, idleReset, team } = options
  const wrong = team === undefined ? undefined : teamIssue(team)
  if (wrong !== undefined) issues.push({ path: ["team"], message: wrong })
  if (idleReset !== undefined && idleReset !== "bytes" && idleReset !== "events") {
    issues.push({ path: ["idleReset"], message: `expected "bytes" or "events"` })
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!headerName.test(name)) {
      issues.push({ path: ["headers", name], message: "not a valid header name" })
    } else if (value === undefined) {
      if (ofTheBody.has(name.toLowerCase())) {
        issues.push({ path: ["headers", name], message: "belongs to the body and cannot be left out" })
      }
    } else if (typeof value !== "string" || !headerValue.test(value)) {
      issues.push({ path: ["headers", name], message: "expected text without line breaks or other control characters" })
    }
  }
  return issues
}
