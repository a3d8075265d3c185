/**
 * Recognizes errors inside answers whose status is a success. In: the JSON of an answer or an event. Out:
 * whether it is an error, or only looks like one: many servers write `"error": null` into every answer. A
 * stream has answered with 200 before the generation fails, so its errors come as events.
 */
import * as Predicate from "effect/Predicate"
import { reasonOf } from "./reasons.js"

/** Whether a field says nothing: it is absent, or empty in one of the ways in which servers write unused fields. */
export const isNothing = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false || value === 0) return true
  if (typeof value === "string") return value.trim() === ""
  if (Array.isArray(value)) return value.length === 0
  return Predicate.isRecord(value) && Object.values(value).every((field) => isShallow(field))
}

/** As `isNothing`, one level deep: fields of an error may be empty too, and JSON may be nested without end. */
const isShallow = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  value === "" ||
  (typeof value === "object" && Object.keys(value).length === 0)

/** The shapes in which servers report an error inside a 200. */
export const isErrorBody = (json: unknown): boolean =>
  Predicate.isRecord(json) && (!isNothing(json["error"]) || json["object"] === "error" || json["type"] === "error")

/** Shapes that are an error only if they are nothing else. */
export const saysWhy = (json: unknown): boolean =>
  Predicate.isRecord(json) &&
  json["choices"] == null &&
  ((typeof json["message"] === "string" && json["message"].trim() !== "") || !isNothing(json["detail"]))

/** Fields that only errors have, without those that `saysWhy` looks at. */
const reasons = ["errors", "error_message", "errorMessage", "error_description", "msg", "Message", "message"]

/** As `saysWhy`, for events whose name does not say that they are something else: accepts every form of a reason, and a status alone. */
export const saysReason = (json: unknown): boolean => {
  if (Array.isArray(json)) return json.some(isErrorBody)
  if (saysWhy(json)) return true
  if (!Predicate.isRecord(json) || json["choices"] != null) return false
  const { issues, message, status } = reasonOf(json)
  return (
    status !== undefined || ((message !== undefined || issues.length > 0) && reasons.some((it) => !isNothing(json[it])))
  )
}

const beats: ReadonlySet<unknown> = new Set(["heartbeat", "keep-alive", "keep_alive", "keepalive", "ping"])

/** An event that keeps a connection alive, without a name that says so. */
export const isHeartbeat = (json: unknown): boolean =>
  Predicate.isRecord(json) &&
  json["choices"] == null &&
  (beats.has(json["type"]) || beats.has(json["event"]) || beats.has(json["object"]))
