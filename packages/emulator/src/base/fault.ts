import type { DeploymentName } from "./deployment.js"

/**
 * A position in a stream: after this many events have been sent. Only `data:` events count, and `[DONE]` does not.
 *
 * @category models
 */
export interface AfterEvents {
  /** Integer from 0. In a stream with fewer events, the fault happens at the end, before `[DONE]`. */
  readonly afterEvents: number
}

/**
 * One fault: what goes wrong with the answer to a request. Fields can be combined: `{ retryAfter: 1, status: 429 }`,
 * `{ cut: 7, crlf: true, truncate: { afterEvents: 3 } }`.
 *
 * **When to use** with `emulator.faults.enqueue`, or as JSON in the header `x-emulator-fault`. Fields that count events are for
 * streamed answers; in other answers `stall`, `reset` and `truncate` happen in the middle of the body.
 *
 * @example
 * ```ts
 * import type { Fault } from "effect-friendli-emulator/Faults"
 *
 * const busy: Fault = { status: 429, retryAfter: 0, times: 2 }
 * console.log(busy.status) // 429
 * ```
 * @category models
 */
export interface Fault {
  /** How many requests get this fault: an integer from 1 to 1,000,000. Default: 1 in the queue; with the header, every request that has it. */
  readonly times?: number
  /** Has no effect. Two tests with different ids can send the same fault in the header and have their own count of `times`. */
  readonly id?: string

  /** Answers with this status (200 to 599) and `body`; the operation does not run. */
  readonly status?: number
  /** Headers to add to the answer, in every case. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body for `status`: a string is sent unchanged, any other value as JSON. Default: a JSON error. */
  readonly body?: unknown
  /** The `Retry-After` header: seconds, or a date as text. */
  readonly retryAfter?: number | string
  /** Delay before the head of the answer, in milliseconds. */
  readonly delayHeaders?: number
  /** Adds the header `Connection: close`. */
  readonly connectionClose?: boolean
  /** Answers 307 with this `Location`. */
  readonly redirect?: string
  /** Answers 200 with an HTML page. */
  readonly html?: boolean
  /** Answers 200 with the usual content type and an empty body. */
  readonly emptyBody?: boolean
  /** Sends only this many bytes of a body that is not streamed, then closes the socket. The head announces the full length. */
  readonly truncateBody?: number
  /**
   * Keeps the status and gives fields of the body the wrong type: `choices`, `tokens`, `text` and the contents of a message. A
   * stream has the wrong type in every event.
   */
  readonly badSchema?: boolean

  /** Stops sending data and keeps the connection open. With `comments`, a comment line follows at that interval. */
  readonly stall?: AfterEvents
  /** Interval of the `: keep-alive` comment lines of `stall`, in milliseconds. They are bytes on the wire, but not events. */
  readonly comments?: number
  /** Resets the connection: an RST on a socket, a `TypeError` in process. `afterEvents: 0` resets before the head. */
  readonly reset?: AfterEvents
  /**
   * Ends the body early, without the final event and `[DONE]`. With `abrupt`, the socket closes without the end of the chunked
   * body.
   */
  readonly truncate?: AfterEvents & { readonly abrupt?: boolean }
  /**
   * Sends an error frame, then ends the stream. The shape `error` is `{"error":{"message",…}}`, `message` is
   * `{"object":"error","message",…}`, and `event` is an SSE event with the name `error`, whose data is
   * `{"type":"error","error":{"type","message"}}` in a stream of messages. `status` is the code in the frame. Default: 500.
   */
  readonly errorFrame?: AfterEvents & { readonly shape?: "error" | "message" | "event"; readonly status?: number }
  /** Sends one additional event whose data is not valid JSON. */
  readonly malformed?: AfterEvents
  /** Writes one byte at a time. */
  readonly byteWise?: boolean
  /** Writes this many bytes at a time, so that events and characters are split between writes. */
  readonly cut?: number
  /** Ends lines with CR LF. */
  readonly crlf?: boolean
  /** Sends the final events, then ends without `[DONE]`. A stream of messages has no `[DONE]` and does not change. */
  readonly noDone?: boolean
  /** Sends `data: [DONE]` without the line end; in a stream of messages, the `message_stop` event without it. */
  readonly doneUnterminated?: boolean
  /** Milliseconds for which the body stays open after `[DONE]` or `message_stop`. */
  readonly holdAfterDone?: number
}

/**
 * A repeated fault: for every n-th request, with a probability, for certain paths or operations. Requests that get a fault from a header or from the
 * queue are not counted.
 *
 * **When to use** with `emulator.faults.addRules`, for failures that a client should survive at any time.
 *
 * @example
 * ```ts
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 *
 * const emulator = makeEmulator()
 * emulator.faults.addRules({ fault: { status: 503 }, operation: "chat", everyNth: 3 })
 * console.log(emulator.faults.rules.length) // 1
 * ```
 * @category models
 */
export interface FaultRule {
  /** The fault. It cannot have `times`; use that of the rule. */
  readonly fault: Fault
  /** Only requests with this path, or with `*` at the end, with this prefix. Default: any path. */
  readonly path?: string
  /** Only requests for this operation, such as `"chat"`. Default: any operation. */
  readonly operation?: string
  /** Only requests for this deployment. Default: any deployment. */
  readonly deployment?: DeploymentName
  /** The fault is for every n-th of these requests: an integer from 1. Default: 1. */
  readonly everyNth?: number
  /** The probability with which such a request gets the fault, from 0 to 1. Default: 1. */
  readonly probability?: number
  /** Seed of the probability: the same seed chooses the same requests. Default: the position among the rules. */
  readonly seed?: number
  /** The maximum number of requests that get the fault: an integer from 1. Default: no limit. */
  readonly times?: number
}

/**
 * A fault that is invalid. The message names the field and the values that it accepts.
 *
 * @category errors
 */
export class FaultError extends TypeError {
  /** Discriminates the error in a union. */
  readonly _tag = "FaultError"
  override readonly name = "FaultError"
}
