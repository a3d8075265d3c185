/**
 * The parts that `Responses` and `ResponseStream` share: known events, the end and the failure of a response, its facts, and fields that
 * servers leave out.
 */
import * as Predicate from "effect/Predicate"
import type { AnswerFacts, JsonRecord, Observer } from "../core/Operation.js"
import { isNothing } from "../errors/bodies.js"
import { lastResponseTypes, responseTypes, typeOf } from "../schema/eventTypes.js"
import { ResponsesKnownEvent, type ResponsesSnapshot, type ResponsesStreamEvent } from "../schema/ResponsesEvent.js"
import type { ResponsesError, ResponsesResponse, ResponsesUsage } from "../schema/ResponsesResponse.js"
import { finishReason } from "./choices.js"
import { withDefault, withField, withItems } from "./filling.js"
import { makeGuard } from "./known.js"
import { mergeUsage } from "./usage.js"

// ---------------------------------------------------------------------------
// events
// ---------------------------------------------------------------------------

/** Whether the data is one of the documented types. */
export const isKnown: (event: ResponsesStreamEvent) => event is ResponsesKnownEvent =
  /*#__PURE__*/ makeGuard(ResponsesKnownEvent)

/** Whether the event is the last one of a stream. */
export const isTerminal = (event: ResponsesStreamEvent): boolean => lastResponseTypes.has(typeOf(event.data))

/** The response in an event, if the event has one. */
const responseOf = (event: ResponsesStreamEvent): ResponsesSnapshot | undefined =>
  isKnown(event) && "response" in event.data ? (event.data.response ?? undefined) : undefined

// ---------------------------------------------------------------------------
// failure
// ---------------------------------------------------------------------------

/** The documented codes for errors of the request. All others are in the table of codes, or are errors of the server. */
const requestCodes: ReadonlySet<unknown> = /*#__PURE__*/ new Set([
  "invalid_prompt",
  "invalid_image",
  "invalid_image_format",
  "invalid_base64_image",
  "invalid_image_url",
  "image_too_large",
  "image_too_small",
  "image_parse_error",
  "image_content_policy_violation",
  "invalid_image_mode",
  "image_file_too_large",
  "unsupported_image_media_type",
  "empty_image_file",
  "failed_to_download_image",
  "image_file_not_found"
])

/** The status with which the server would have answered if the response had failed before the answer began. */
const statusOf = (code: unknown): { readonly status?: number } => {
  if (requestCodes.has(code)) return { status: 400 }
  return code === "vector_store_timeout" ? { status: 504 } : {}
}

const failure = (error: ResponsesError | null | undefined): JsonRecord => {
  const said = Object.fromEntries(Object.entries(error ?? {}).filter(([, value]) => !isNothing(value)))
  return { error: { message: "the response failed without a reason", ...said, ...statusOf(said["code"]) } }
}

/** The failure of a whole response, as an error body; `undefined` if it did not fail. */
export const failureOf = ({ error, status }: ResponsesSnapshot): JsonRecord | undefined =>
  status === "failed" || !isNothing(error) ? failure(error) : undefined

/** The failure in the last event of a stream, as an error body; `undefined` if it did not fail, and for all other events. */
export const failureOfEvent = (event: ResponsesStreamEvent): JsonRecord | undefined => {
  if (!isTerminal(event)) return undefined
  const response = responseOf(event)
  return typeOf(event.data) === "response.failed" ? failure(response?.error) : response && failureOf(response)
}

// ---------------------------------------------------------------------------
// fields that servers leave out although their value is certain
// ---------------------------------------------------------------------------

/**
 * Adds fields that an item of a known type may lack. `none` is the meaning of missing arguments: an empty object in a whole answer, and
 * no text so far in a stream or in an answer that was cut short.
 */
const fillItem =
  (none: string) =>
  (item: unknown): unknown => {
    switch (typeOf(item)) {
      case "message":
        return withDefault(item, "content", [])
      case "reasoning":
        return withDefault(item, "summary", [])
      case "function_call":
        return withDefault(withDefault(item, "call_id", ""), "arguments", none)
      case "custom_tool_call":
        return withDefault(withDefault(item, "call_id", ""), "input", "")
      default:
        return item
    }
  }

const fillOutput = (none: string) => (response: unknown) =>
  withField(response, "output", (output) => withItems(output, fillItem(none)))

/** Adds the missing fields of a whole response. */
export const fillAnswer = (answer: unknown): unknown =>
  fillOutput(Predicate.isRecord(answer) && answer["status"] === "incomplete" ? "" : "{}")(answer)

/** Adds the missing fields of an event: the type, which is its name, and those of its items. */
export const fillEvent = (event: unknown): unknown => {
  const name = Predicate.isRecord(event) ? event["name"] : undefined
  return withField(event, "data", (data) => {
    const typed = responseTypes.has(name) ? withDefault(data, "type", name) : data
    const type = typeOf(typed)
    if (!responseTypes.has(type)) return typed
    return withField(withField(typed, "item", fillItem("")), "response", fillOutput(""))
  })
}

// ---------------------------------------------------------------------------
// facts
// ---------------------------------------------------------------------------

/** Statuses of an unfinished response. They are not a reason why it ended. */
const unfinished: ReadonlySet<unknown> = /*#__PURE__*/ new Set(["in_progress", "queued"])

/** Collects the facts of a response: the first id and model, why it ended, the merged token counts. */
const observing = () => {
  let id: string | undefined
  let model: string | undefined
  let reason: string | undefined
  let usage: ResponsesUsage | undefined
  return {
    see: (seen: ResponsesSnapshot): void => {
      id ??= seen.id ?? undefined
      model ??= seen.model ?? undefined
      usage = mergeUsage(usage, seen.usage)
      const status = unfinished.has(seen.status) ? undefined : finishReason(seen.status)
      reason = finishReason(seen.incomplete_details?.reason) ?? status ?? reason
    },
    facts: (): AnswerFacts => ({
      id,
      model,
      finishReasons: reason === undefined ? undefined : [reason],
      usage: {
        inputTokens: usage?.input_tokens ?? undefined,
        cachedInputTokens: usage?.input_tokens_details?.cached_tokens ?? undefined,
        outputTokens: usage?.output_tokens ?? undefined
      }
    })
  }
}

/** For whole responses. */
export const ofResponse = (): Observer<ResponsesResponse> => {
  const { facts, see } = observing()
  return { observe: see, facts }
}

/** For streams, event by event. */
export const ofEvents = (): Observer<ResponsesStreamEvent> => {
  const { facts, see } = observing()
  return {
    observe: (event) => {
      const type = typeOf(event.data)
      // Deltas have no facts, and are most of the events.
      if (typeof type === "string" && type.endsWith(".delta")) return
      const response = responseOf(event)
      if (response !== undefined) see(response)
    },
    facts
  }
}
