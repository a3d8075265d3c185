/**
 * Sends once. In: an attempt. Out, by callbacks: the head and the body of a successful answer, or the error of its status or of the
 * transport. The body of a failed answer is read, within limits, and released, so that its connection is free before the next attempt.
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import { InvalidRequestError, type FriendliError } from "../errors/FriendliError.js"
import { makeTextReader } from "../internal/bytes.js"
import type { Body, BodyListener, Head } from "../internal/transport.js"
import { clockOf, schedule } from "../internal/watchdog.js"
import * as errors from "./errors.js"
import { type Attempt, exchange, guard } from "./exchange.js"
import type { ResponseInfo } from "./types.js"

/** What waits for a successful answer. One of the three is called, and then what the body calls. */
export interface SendListener {
  readonly onHead: (head: Head, body: Body) => void
  readonly onError: (error: FriendliError) => void
  readonly onHalt: (cause: Cause.Cause<never>) => void
}

/** Starts, and gives what cancels it, the body included. */
export const send = (attempt: Attempt, { onError, onHalt, onHead }: SendListener): (() => void) => {
  const { prepared, timer } = attempt
  const { callContext } = prepared
  let stopReading = (): void => {}

  const onFailedStatus = (head: Head, body: Body): void => {
    // The failure is certain; reading why has a limit of its own.
    timer.pause()
    const listener = collecting(attempt, body, onHalt, (text) => {
      const fail = (): void => {
        onError(errors.ofStatus(callContext, head, text, clockOf(attempt.fiber).unsafeCurrentTimeMillis()))
      }
      stopReading = inParts(errors.searchingOfStatus(callContext, head, text), onHalt, fail)
    })
    stopReading = listener.stop
    body.read(listener)
  }

  const stopExchange = exchange(attempt, {
    onHead: (head, body) => {
      if (head.status < 200 || head.status >= 300) return onFailedStatus(head, body)
      timer.startBody()
      onHead(head, body)
    },
    onError: (cause) =>
      onError(
        cause instanceof InvalidRequestError ? cause : errors.ofTransport(callContext, "connect", cause, timer.waited())
      ),
    onHalt
  })
  return () => {
    stopReading()
    stopExchange()
  }
}

/**
 * Does long work in parts, of which the last gives true, so that it never blocks the event loop for long. Between them a timer of the
 * platform: the clock of the program may not advance. Gives what stops it.
 */
const inParts = (step: () => boolean, onHalt: SendListener["onHalt"], then: () => void): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const next = guard(
    onHalt,
    () => {
      if (step()) then()
      else timer = setTimeout(next, 0)
    },
    undefined
  )
  next()
  return () => clearTimeout(timer)
}

/** How much of the body of a failed answer is read, and how long that may take. */
const failedBodyLimit = { bytes: 65_536, time: Duration.seconds(5) }

/** Reads the beginning of a body. */
export interface Collecting extends BodyListener {
  /** Stops waiting for more. */
  readonly stop: () => void
}

/**
 * The beginning of a body as text, even where reading fails or takes too long: the listener for `body.read`. Releases the connection, then
 * calls back.
 */
export const collecting = (
  attempt: Attempt,
  body: Body,
  onHalt: SendListener["onHalt"],
  onText: (text: string) => void
): Collecting => {
  const reader = makeTextReader()
  let size = 0
  let isDone = false
  const finish = (): void => {
    if (isDone) return
    isDone = true
    stop()
    body.cancel()
    onText(reader.text())
  }
  const { bytes: limit, time } = failedBodyLimit
  const stop = schedule(clockOf(attempt.fiber), Duration.toMillis(time), guard(onHalt, finish, undefined))
  return {
    onBytes: (bytes) => {
      size += bytes.length
      reader.add(bytes)
      if (size >= limit) finish()
      return !isDone
    },
    onEnd: finish,
    onError: finish,
    stop
  }
}

export const responseInfo = ({ headers, status }: Head): ResponseInfo => ({
  status,
  headers: { ...headers },
  requestId: errors.requestIdOf(headers)
})
