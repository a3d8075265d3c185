/**
 * The output of the command. In: a request that has ended, a change of the script, an error. Out: one line for each.
 */
import type { RecordedRequest } from "../base/types.js"
import type { ScriptChange } from "./scriptFile.js"

/** A name from a request in a form that can be printed: one line of printable characters, shortened if it is long. */
const printable = (name: string): string => {
  const clean = name.replace(/[^\p{L}\p{N}\p{P}\p{S}]/gu, "?")
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean
}

/** The line for a request. It shows no body and no header. */
export const requestLine = (request: RecordedRequest, time: Date): string => {
  // An answer whose head was never sent has no status: a fault reset the connection.
  const status = request.aborted ? "disconnected" : String(request.status ?? "reset")
  const detail = [
    ...(request.duration === undefined ? [] : [`${request.duration} ms`]),
    ...(request.stream ? ["stream"] : []),
    ...(request.tokensGenerated > 0 ? [`${request.tokensGenerated} tokens`] : []),
    ...(request.eventsSent > 0 ? [`${request.eventsSent} events`] : []),
    `${request.bytesSent} bytes`,
    ...(request.unknownFields.length > 0
      ? [`warning: no field ${request.unknownFields.map(printable).join(", ")}`]
      : []),
    ...(request.rule === undefined ? [] : [`by ${printable(request.rule)}`])
  ]
  return [
    time.toISOString(),
    status,
    request.method,
    request.path,
    ...(request.model === undefined ? [] : [printable(request.model)]),
    detail.join(", "),
    // The reason says where and why, without values of the request.
    ...(request.reason === undefined ? [] : [`(${request.reason})`])
  ].join(" ")
}

/** The line for a change of the script file. */
export const scriptLine = (change: ScriptChange, time: Date): string =>
  "error" in change
    ? `friendli-emulator: ${change.error.message}; the earlier rules stay in use`
    : `${time.toISOString()} script: ${change.rules} ${change.rules === 1 ? "rule" : "rules"}`

/** The sentence for an error at the start. */
export const startError = (error: unknown, port: number): string => {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: "", message: String(error) }
  if (code === "EADDRINUSE")
    return `port ${port} is in use; choose another one with --port, or a free one with --port 0`
  if (code === "EACCES")
    return `port ${port} needs more privileges; choose a port from 1024 on, or a free one with --port 0`
  return `cannot start: ${message}`
}
