/**
 * The faults that apply before an operation runs.
 */
import { sleep } from "../base/time.js"
import type { Exchange } from "./exchange.js"
import { errorBodyAt } from "../base/errors.js"
import { type Fault, FaultError } from "../base/fault.js"
import type { Route } from "../contract/routes.js"
import type { FaultSource } from "../faults/faultQueue.js"
import { bodyBytes, Cut } from "./responseBody.js"

const faultHeader = "x-emulator-fault"

const signInPage =
  "<!doctype html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n"

/** The fault of a request, and the headers that it adds to every answer. */
export interface ChosenFault {
  readonly fault: Fault
  readonly headers: Readonly<Record<string, string>>
}

/** A fault with the headers that it adds. */
export const headersOf = (fault: Fault): ChosenFault => ({
  fault,
  headers: {
    ...fault.headers,
    ...(fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }),
    ...(fault.connectionClose === true ? { connection: "close" } : {})
  }
})

/** The headers of a body that is sent whole. Headers of the fault can replace them. */
export const bodyHeaders = (type: string, body: Uint8Array, extra: ChosenFault["headers"]): Headers =>
  new Headers({ "content-type": type, "content-length": String(body.length), ...extra })

/**
 * Stage: chooses the fault.
 *
 * In: the request. Out: its fault, which is an empty one when nothing should go wrong, or a 400 when the fault header is
 * invalid. It comes before all checks, so that a fault reaches every request, whatever its path, token or body.
 */
export const chooseFault = (
  { entry, fail, request }: Exchange,
  route: Pick<Route, "operation" | "deployment"> | undefined,
  source: FaultSource
): ChosenFault | Response => {
  let fault: Fault
  try {
    fault = source.take(request.headers.get(faultHeader), { ...route, path: entry.path })
  } catch (error) {
    if (error instanceof FaultError) return fail(400, `${faultHeader}: ${error.message}`)
    throw error
  }
  return headersOf(fault)
}

/**
 * Stage: applies the faults that come before the operation.
 *
 * In: the request and its fault. Out: an answer that replaces the operation's, or nothing when the request should be handled
 * as usual. The delay and the reset come first, because they happen before the head of any answer.
 */
export const faultAnswer = async (
  { entry, requestId, send, signal, stream }: Exchange,
  { fault, headers }: ChosenFault
): Promise<Response | undefined> => {
  if (fault.delayHeaders !== undefined) await sleep(fault.delayHeaders, signal)
  signal.throwIfAborted()
  if (fault.reset?.afterEvents === 0) throw new Cut("reset")
  if (fault.redirect !== undefined) {
    return send(307, null, new Headers({ ...headers, location: fault.redirect, "content-length": "0" }))
  }
  if (fault.html === true) {
    return send(200, signInPage, new Headers({ ...headers, "content-type": "text/html; charset=utf-8" }))
  }
  if (fault.status === undefined) return undefined
  const { status } = fault
  const message = "The emulator was asked to answer with this status"
  const { body = errorBodyAt(entry.path, status, message, requestId) } = fault
  // Answers with these statuses have no body, and `Response` rejects one.
  if (status === 204 || status === 205 || status === 304) return send(status, null, new Headers(headers))
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json"
  const whole = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))
  return stream(status, bodyBytes(whole, fault, signal), bodyHeaders(type, whole, headers))
}
