/**
 * Adds fields to answers before they are decoded: fields that a server left out and whose value is certain. Decision
 * 0026 has the reasons, `docs/guides/answers.md` the table.
 *
 * Runs only on answers that the fast check has rejected. Nothing is changed in place. Fields whose value is not certain
 * are left to the decoder, which then reports them as missing.
 */
import * as Predicate from "effect/Predicate"
import type { AnswerContext, JsonRecord } from "../core/Operation.js"
import { choicesAskedFor, isCutShort } from "./choices.js"
import { isNothing, saysReason } from "../errors/bodies.js"

const isMissing = (value: unknown): value is null | undefined => value === undefined || value === null

/** The same list if nothing was added. */
const mapItems = (items: ReadonlyArray<unknown>, fill: (item: JsonRecord) => JsonRecord): ReadonlyArray<unknown> => {
  const filled = items.map((item) => (Predicate.isRecord(item) ? fill(item) : item))
  return filled.some((item, at) => item !== items[at]) ? filled : items
}

/** Adds fields to the items of a list under a name; returns the same object if nothing was added. */
const inList = (
  json: unknown,
  name: string,
  fill: (items: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
): unknown => {
  if (!Predicate.isRecord(json)) return json
  const items = json[name]
  if (!Array.isArray(items)) return json
  const filled = fill(items)
  return filled === items ? json : { ...json, [name]: filled }
}

/**
 * A missing index is the position in the list, unless an index that is present differs from its position: then no
 * position is certain.
 */
const indexByPosition = (items: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const isCertain = items.every(
    (item, at) => Predicate.isRecord(item) && (isMissing(item["index"]) || item["index"] === at)
  )
  if (!isCertain) return items
  let at = 0
  return mapItems(items, (item) => {
    const index = at++
    return isMissing(item["index"]) ? { ...item, index } : item
  })
}

// ---------------------------------------------------------------------------
// whole answers
// ---------------------------------------------------------------------------

/**
 * A call needs the name of its function. Missing arguments mean `{}`, unless the answer was cut short: then they mean
 * an empty string.
 */
const toolCall = (call: JsonRecord, isCut: boolean): JsonRecord => {
  const called = call["function"]
  if (!Predicate.isRecord(called)) return call
  const lacksArguments = isMissing(called["arguments"])
  const [id, type] = [call["id"], call["type"]]
  return lacksArguments || isMissing(id) || isMissing(type)
    ? {
        ...call,
        id: id ?? "",
        type: type ?? "function",
        function: lacksArguments ? { ...called, arguments: isCut ? "" : "{}" } : called
      }
    : call
}

const withToolCalls = (choice: JsonRecord): JsonRecord => {
  const reason = choice["finish_reason"]
  const isCut = typeof reason === "string" && isCutShort(reason)
  const message = inList(choice["message"], "tool_calls", (calls) => mapItems(calls, (call) => toolCall(call, isCut)))
  return message === choice["message"] ? choice : { ...choice, message }
}

export const chatCompletion = (json: unknown): unknown =>
  inList(json, "choices", (choices) => mapItems(indexByPosition(choices), withToolCalls))

/** `null` means the empty text; if the field is absent, the text is not certain. */
const withText = (choice: JsonRecord): JsonRecord => (choice["text"] === null ? { ...choice, text: "" } : choice)

export const completion = (json: unknown): unknown =>
  inList(json, "choices", (choices) => mapItems(indexByPosition(choices), withText))

/** The fields of a page whose entries are a map. */
const page: ReadonlySet<string> = new Set(["data", "nextCursor"])

/** A page without entries may leave them out. A page with other fields may be something else, such as an error. */
export const mapOfPage = (json: unknown): unknown =>
  Predicate.isRecord(json) && isMissing(json["data"]) && Object.keys(json).every((name) => page.has(name))
    ? { ...json, data: {} }
    : json

/** Embeddings and classifications, one for each input. */
export const indexedData = (json: unknown): unknown => inList(json, "data", indexByPosition)

// ---------------------------------------------------------------------------
// chunks
// ---------------------------------------------------------------------------

const head: ReadonlySet<string> = new Set(["id", "object", "created", "model", "choices"])

/** Fields with metadata of an answer. */
const metadata: ReadonlySet<string> = new Set([
  "cost",
  "metrics",
  "prompt_filter_results",
  "service_tier",
  "stats",
  "system_fingerprint",
  "timings",
  "usage"
])

/** Fields that could contain text. A chunk with one of them is not only metadata. */
const texts: ReadonlyArray<string> = ["content", "delta", "reasoning", "reasoning_content", "text", "tool_calls"]

/** Whether a chunk without `choices` contains only metadata, so that no text is lost. */
const isMetadata = (json: JsonRecord, object: string): boolean => {
  if (saysReason(json) || texts.some((name) => !isNothing(json[name]))) return false
  const names = Object.keys(json).filter((name) => !isMissing(json[name]))
  return (
    names.some((name) => metadata.has(name)) || (json["object"] === object && names.every((name) => head.has(name)))
  )
}

const chunk =
  (object: string, fillChoice: (choice: JsonRecord, context: AnswerContext) => JsonRecord) =>
  (json: unknown, context: AnswerContext): unknown => {
    if (!Predicate.isRecord(json)) return json
    if (isMissing(json["choices"])) return isMetadata(json, object) ? { ...json, choices: [] } : json
    return inList(json, "choices", (choices) =>
      mapItems(choices.length === choicesAskedFor(context.body) ? indexByPosition(choices) : choices, (choice) =>
        fillChoice(choice, context)
      )
    )
  }

/**
 * Whether a choice without a delta certainly has no text. Some servers end a stream with the whole `message`, which
 * repeats the deltas; if there were no deltas, the message is the answer.
 */
const hasNoPiece = (choice: JsonRecord, other: string, { events }: AnswerContext): boolean =>
  isNothing(choice[other]) && (events > 0 || isNothing(choice["message"]))

export const chatChunk: (json: unknown, context: AnswerContext) => unknown = chunk(
  "chat.completion.chunk",
  (choice, context) =>
    isMissing(choice["delta"]) && hasNoPiece(choice, "text", context) ? { ...choice, delta: {} } : choice
)

export const completionChunk: (json: unknown, context: AnswerContext) => unknown = chunk(
  "text_completion",
  (choice, context) =>
    isMissing(choice["text"]) && hasNoPiece(choice, "delta", context) ? { ...choice, text: "" } : choice
)
