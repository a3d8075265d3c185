/**
 * Sends a request once. In: an attempt. Out, by callbacks: the head and the body of a successful answer, or the error of its status or of
 * the transport. The body of a failed answer is read, within limits, and released, so that its connection is free before the next
 * attempt.
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

/** The listener for a successful answer. One of the three callbacks is called, and then those of the body. */
export interface SendListener {
  readonly onHead: (head: Head, body: Body) => void
  readonly onError: (error: FriendliError) => void
  readonly onHalt: (cause: Cause.Cause<never>) => void
}

/** Starts the attempt, and returns a function that cancels it and its body. */
export const send = (attempt: Attempt, { onError, onHalt, onHead }: SendListener): (() => void) => {
  const { prepared, timer } = attempt
  const { callContext } = prepared
  let stopReading = (): void => {}

  const onFailedStatus = (head: Head, body: Body): void => {
    // The failure is certain; reading its reason has its own limit.
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
 * Does long work in parts, so that it never blocks the event loop for long. `step` does one part and returns true after the last one.
 * Between parts it uses a timer of the platform, because the clock of the program may not advance. Returns a function that stops it.
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

/** The limits for reading the body of a failed answer: size and time. */
const failedBodyLimit = { bytes: 65_536, time: Duration.seconds(5) }

/** Reads the beginning of a body. */
export interface Collecting extends BodyListener {
  /** Stops waiting for more. */
  readonly stop: () => void
}

/**
 * Collects the beginning of a body as text, even if reading fails or takes too long: the listener for `body.read`. Releases the
 * connection, then calls back.
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
