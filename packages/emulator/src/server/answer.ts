/**
 * Turns what an operation returned into a response.
 */
import type { HostedFile } from "../operations/files.js"
import type { Answer } from "../operations/operation.js"
import type { Exchange } from "./exchange.js"
import { bodyHeaders, type ChosenFault } from "./faultAnswer.js"
import { bodyBytes, eventBytes, jsonBytes } from "./responseBody.js"
import type { Reject } from "./validation.js"

/**
 * Stage: sends a hosted file.
 *
 * In: the file at the path. Out: its bytes, or a 405. No token is required: as with the links of the API, everybody who has the link
 * may have the file.
 */
export const sendFile = (
  { fail, request, signal, stream }: Exchange,
  { bytes, contentType }: HostedFile,
  { fault, headers }: ChosenFault
): Response =>
  request.method === "GET"
    ? stream(200, bodyBytes(bytes, fault, signal), bodyHeaders(contentType, bytes, headers))
    : fail(405, "This path takes GET", { ...headers, allow: "GET" })

/**
 * Stage: sends the answer of an operation.
 *
 * In: the answer as values. Out: a response whose bytes are produced as the client reads them: JSON, an event stream, or a 422 for issues that the
 * operation itself found. The faults of the body are applied here, because they change bytes and not values.
 */
export const sendAnswer = (
  { entry, send, signal, stream }: Exchange,
  answer: Answer,
  { fault, headers }: ChosenFault,
  reject: Reject
): Response => {
  switch (answer.kind) {
    case "invalid":
      return reject(answer.issues)
    case "events": {
      const eventHeaders = new Headers({
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        ...headers
      })
      return fault.emptyBody === true
        ? send(200, "", eventHeaders)
        : stream(200, eventBytes(answer, fault, entry, signal), eventHeaders)
    }
    case "json": {
      if (fault.emptyBody === true) {
        return send(200, "", new Headers({ "content-type": "application/json", ...headers }))
      }
      const whole = jsonBytes(answer.value, fault)
      return stream(200, bodyBytes(whole, fault, signal), bodyHeaders("application/json", whole, headers))
    }
  }
}
