/**
 * The meaning of a server-sent event. In: the operation, the event and the number of earlier events. Out: a value of `EventMeaning`.
 * Pure: nothing is emitted, counted or failed here, so that the rules can be read and tested separately.
 */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import { type AnswerContext, decodeData, type Streaming } from "../core/Operation.js"
import { isErrorBody, isHeartbeat, saysReason, saysWhy } from "../errors/bodies.js"
import { type FieldIssue, formatIssues } from "../internal/issues.js"
import { parseJson } from "../internal/json.js"
import type { SseFrame } from "../internal/sse.js"

/** The possible meanings of an event. The stream acts on them: it emits, skips, ends or fails. */
export type EventMeaning<Event> =
  /** An event of the operation. `failure`: it also reports that the generation failed, with this reason. */
  | {
      readonly _tag: "Event"
      readonly event: Event
      readonly isTerminal: boolean
      readonly failure: unknown
    }
  /** The sentinel, such as `[DONE]`. */
  | { readonly _tag: "Done" }
  /** It only keeps the connection alive. */
  | { readonly _tag: "KeepAlive" }
  /** An event of an unknown name, which is skipped. */
  | { readonly _tag: "Unknown"; readonly name: string }
  /** The server reports a failure. */
  | { readonly _tag: "Error"; readonly json: unknown }
  /** An event that is not valid for the operation. */
  | {
      readonly _tag: "Invalid"
      readonly what: string
      readonly cause: unknown
      readonly issues: ReadonlyArray<FieldIssue> | undefined
    }

const done = { _tag: "Done" } as const
const keepAlive = { _tag: "KeepAlive" } as const

/** A chunk is never skipped, whatever the name of its event: text would be lost. */
const isChunk = (json: unknown): boolean => Predicate.isRecord(json) && json["choices"] != null

/** Why an event was rejected. Paths begin at the data of the event, not at the `{ name, data }` around it. */
const issuesOf = (includeEventName: boolean, issue: ParseResult.ParseIssue): ReadonlyArray<FieldIssue> => {
  const issues = formatIssues(issue)
  if (!includeEventName) return issues
  return issues.map((each) => (each.path[0] === "data" ? { ...each, path: each.path.slice(1) } : each))
}

export const decodeEvent = <Request, Event>(
  operation: Streaming<Request, Event>,
  { data, event }: SseFrame,
  context: AnswerContext
): EventMeaning<Event> => {
  const { includeEventName } = operation
  // "message" is the default name of events without a name
  const name = event === "message" && !includeEventName ? undefined : event
  if (data.trim() === operation.sentinel) return done
  const parsed = parseJson(data)
  const json = Either.isRight(parsed) ? parsed.right : data
  if (name === "error") return { _tag: "Error", json }
  // If names belong to the event, its schema decides which names may have text as data.
  if (Either.isLeft(parsed) && !(includeEventName && name !== undefined)) {
    if (name !== undefined) return { _tag: "Unknown", name }
    return data.trim() === ""
      ? keepAlive
      : { _tag: "Invalid", what: "an event that is not JSON", cause: parsed.left, issues: undefined }
  }
  const hasOwnError = operation.hasOwnError(name, json)
  if (!hasOwnError && isErrorBody(json)) return { _tag: "Error", json }
  const decoded = decodeData(operation, name, json, context)
  if (Either.isRight(decoded)) {
    const event = decoded.right
    return {
      _tag: "Event",
      event,
      isTerminal: operation.isTerminal(event),
      failure: operation.failureOf(json, event)
    }
  }
  // The type of a typed event decides: it is not an error because of a field named `message`.
  const isTyped = includeEventName && Predicate.isRecord(json) && typeof json["type"] === "string"
  if (!(includeEventName && (isTyped || name !== undefined)) && isHeartbeat(json)) return keepAlive
  if (!isTyped && !hasOwnError && (name === undefined ? saysReason(json) : saysWhy(json)))
    return { _tag: "Error", json }
  if (name !== undefined && !includeEventName && !isChunk(json)) return { _tag: "Unknown", name }
  return {
    _tag: "Invalid",
    what: Either.isLeft(parsed) ? "an event whose data is not JSON" : "an event that does not match the API",
    cause: undefined,
    issues: issuesOf(includeEventName, decoded.left)
  }
}
