/**
 * Events as they came, read as an operation reads them.
 */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import type { AnswerContext, Streaming } from "../core/Operation.js"
import { type FieldIssue, formatIssues } from "../internal/issues.js"
import { parseJson } from "../internal/json.js"
import type { SseFrame } from "../internal/sse.js"

/** What the schema of an operation's events makes of an event, whose data has been parsed where it is JSON. */
export const decode = <Request, Event>(
  operation: Streaming<Request, Event>,
  name: string | undefined,
  data: unknown,
  context?: AnswerContext
): Either.Either<Event, ParseResult.ParseIssue> =>
  operation.decode(operation.includeEventName ? { ...(name === undefined ? {} : { name }), data } : data, context)

/** Why an event was refused. Paths begin at the data that came, not at the `{ name, data }` around it. */
export const issuesOf = <Request, Event>(
  operation: Streaming<Request, Event>,
  issue: ParseResult.ParseIssue
): ReadonlyArray<FieldIssue> => {
  const issues = formatIssues(issue)
  if (!operation.includeEventName) return issues
  return issues.map((each) => (each.path[0] === "data" ? { ...each, path: each.path.slice(1) } : each))
}

/** The same of a frame, for who only looks on: what is no event of the operation is passed over. */
export const observe = <Request, Event>(
  operation: Streaming<Request, Event>,
  { data, event }: SseFrame,
  observer: (event: Event) => void
): void => {
  const decoded = decode(
    operation,
    event,
    Either.getOrElse(parseJson(data), () => data)
  )
  if (Either.isRight(decoded)) observer(decoded.right)
}
