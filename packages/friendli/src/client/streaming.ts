/**
 * One attempt of a streaming operation. In: a prepared request. Out: a stream whose first events have arrived. Bytes become frames,
 * frames events (`decodeEvent`), and events elements, one step per network chunk.
 *
 * A stream succeeds only if the server ended it: by `[DONE]`, or by a final event and then the end. Everything else is a typed failure
 * that has the part that arrived. The transport and the consuming fiber do not wait for each other: a queue is between them, so that
 * timeouts and back-pressure work whatever the consumer does. `eventReader` is imperative, since it runs for every chunk of every stream.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { Observer, SseEvent, Streaming } from "../core/Operation.js"
import { isErrorBody, saysReason } from "../errors/bodies.js"
import type { FriendliStreamError, Received } from "../errors/FriendliError.js"
import { concatenate } from "../internal/bytes.js"
import { parseJson } from "../internal/json.js"
import * as queue from "../internal/queue.js"
import { scrub, search } from "../internal/secrets.js"
import * as sse from "../internal/sse.js"
import { type Pull, startingWith } from "../internal/streams.js"
import type { Body, BodyListener, Head } from "../internal/transport.js"
import { clockOf, supervise, type Supervised } from "../internal/watchdog.js"
import { isEventStream, isVague, makeDetector } from "./contentType.js"
import { decodeEvent } from "./decodeEvent.js"
import * as errors from "./errors.js"
import { type Attempt, isDebug, runBeside } from "./exchange.js"
import { collecting, send } from "./send.js"
import { limitOf } from "./settings.js"
import type { Environment, Prepared } from "./types.js"

/** The largest event that is accepted: 16 Mi characters, which is 16 MiB for ASCII. */
const maxEventBytes = 16 * 1024 * 1024

/** The limits for reading a connection after the end of its answer, so that it can be used again. */
const drainLimit = { bytes: 65_536, time: Duration.seconds(1) }

/** The number of characters of the name of an unknown event that are logged. */
const longestName = 256

/** How many bytes of decoded events may wait for a slow consumer before reading stops. */
const readAhead = 65_536

/** The effect of a frame, or of the end of input, on the stream. */
type Step = "continue" | "done" | FriendliStreamError

/** Turns the frames of one answer into elements. It has state, so each attempt has its own. */
interface FrameReader<A> {
  /** Appends the elements of a frame. */
  readonly frame: (frame: sse.SseFrame, into: Array<A>) => Step
  /** The input has ended; `rest` is a block without a closing blank line. */
  readonly end: (rest: sse.SseEnd, into: Array<A>) => Step
  readonly received: () => Received
  /** Names of skipped events since the list was last emptied. */
  readonly skipped: Array<string>
}

const decodedFrames = <Request, Event>(
  operation: Streaming<Request, Event>,
  prepared: Prepared,
  observer: Observer<Event>,
  head: Head
): FrameReader<Event> => {
  const { callContext } = prepared
  const completion = operation.completion(prepared.body)
  const skipped: Array<string> = []
  const context = { body: prepared.body, events: 0 }
  const received = (): Received => ({ events: context.events })

  const frame: FrameReader<Event>["frame"] = (frame, into) => {
    const meaning = decodeEvent(operation, frame, context)
    switch (meaning._tag) {
      case "Event":
        context.events++
        completion.add(meaning.event)
        observer.observe(meaning.event)
        into.push(meaning.event)
        if (meaning.failure !== undefined)
          return errors.ofErrorFrame(callContext, head, meaning.failure, frame.data, received())
        return meaning.isTerminal ? "done" : "continue"
      case "Done":
        return operation.sentinelEnds ? "done" : errors.ofTruncation(callContext, head, received(), "")
      case "KeepAlive":
        return "continue"
      case "Unknown":
        skipped.push(meaning.name)
        return "continue"
      case "Error":
        return errors.ofErrorFrame(callContext, head, meaning.json, frame.data, received())
      case "Invalid": {
        const { cause, issues, what } = meaning
        return errors.ofDecode(callContext, head, what, frame.data, { cause, issues, received: received() })
      }
    }
  }

  const end: FrameReader<Event>["end"] = ({ event, unterminated = "" }, into) => {
    let rest = unterminated
    // The last line may be complete without a line end; half a line is not JSON.
    if (rest.trim() === operation.sentinel || Either.isRight(parseJson(rest))) {
      const step = frame({ event, data: rest, id: undefined }, into)
      if (step !== "continue") return step
      rest = ""
    }
    return rest.trim() === "" && completion.isComplete()
      ? "done"
      : errors.ofTruncation(callContext, head, received(), rest)
  }

  return { frame, end, received, skipped }
}

/** Unchanged frames: see `Operation.raw`. */
const rawFrames = (sentinel: string): FrameReader<SseEvent> => {
  let events = 0
  const frame: FrameReader<SseEvent>["frame"] = (event, into) => {
    if (event.data.trim() === sentinel) return "done"
    events++
    into.push(event)
    return "continue"
  }
  return {
    frame,
    end: ({ event, unterminated }, into) => {
      if (unterminated !== undefined) frame({ event, data: unterminated, id: undefined }, into)
      return "done"
    },
    received: () => ({ events }),
    skipped: []
  }
}

/** Logs the names of skipped events, if debug logs are enabled. */
const logSkipped = (attempt: Attempt, names: ReadonlyArray<string>): void => {
  if (!isDebug(attempt)) return
  const { operation, secrets } = attempt.prepared.callContext
  const beginnings = names.map((name) => name.slice(0, longestName))
  search(secrets, beginnings)
  const shown = beginnings.map((name) => scrub(name, secrets))
  runBeside(attempt, Effect.logDebug("skipped events of unknown names", { operation, names: shown }))
}

/** Ends an attempt. It also succeeds if the stream has ended before and the rest of the body does not matter. */
type End = (exit: Exit.Exit<void, FriendliStreamError>) => void

/** Reads the bytes of one answer, chunk by chunk, until its end and within `drainLimit` after it. */
const eventReader = <A>(
  attempt: Attempt,
  head: Head,
  body: Body,
  reader: FrameReader<A>,
  out: queue.Queue<A, FriendliStreamError>,
  end: End
): BodyListener => {
  const { timer } = attempt
  const { callContext, settings } = attempt.prepared
  const resetsWithBytes = settings.idleReset === "bytes"
  const scanner = sse.make({ maxEventBytes })
  const frames: Array<sse.SseFrame> = []
  let drained = 0

  const read = (into: Array<A>): Step => {
    for (let at = 0; at < frames.length; at++) {
      const step = reader.frame(frames[at]!, into)
      if (step !== "continue") return step
    }
    return "continue"
  }

  /** Elements before the end are delivered before it. */
  const deliver = (elements: Array<A>, weight: number, step: Step): void => {
    if (elements.length > 0) out.push(elements, weight)
    if (step === "done") out.finish()
    else if (step !== "continue") {
      out.fail(step)
      end(Exit.void)
    }
  }

  /** After the end of an answer a little more is read, so that its connection can be used again. */
  const drain = (bytes: Uint8Array): boolean => {
    drained += bytes.length
    if (drained <= drainLimit.bytes) return true
    end(Exit.void)
    return false
  }

  return {
    onBytes: (bytes) => {
      if (out.isFinished()) return drain(bytes)
      frames.length = 0
      const elements: Array<A> = []
      const overflow = scanner.push(bytes, frames)
      let step = read(elements)
      if (overflow !== undefined && step === "continue") {
        step = errors.ofDecode(callContext, head, `an event of more than ${overflow.limit} characters`, "", {
          received: reader.received()
        })
      }
      if (resetsWithBytes || frames.length > 0) timer.reset()
      deliver(elements, bytes.length, step)
      if (reader.skipped.length > 0) logSkipped(attempt, reader.skipped.splice(0))
      if (!out.isFull() || out.isFinished()) return true
      timer.pause()
      out.onCapacity(() => {
        timer.startBody()
        body.resume()
      })
      return false
    },
    onEnd: () => {
      if (!out.isFinished()) {
        frames.length = 0
        const elements: Array<A> = []
        const rest = scanner.end(frames)
        const step = read(elements)
        deliver(elements, 0, step === "continue" ? reader.end(rest, elements) : step)
      }
      end(Exit.void)
    },
    onError: (cause) => {
      const context = { answer: head, received: reader.received() }
      end(Exit.fail(errors.ofTransport(callContext, "body", cause, timer.waited(), context)))
    }
  }
}

/** The error for a successful status with a body that is not an event stream: has its reason, or its beginning. */
const notAStream = ({ callContext }: Prepared, head: Head, contentType: string, text: string): FriendliStreamError => {
  const json = Either.getOrElse(parseJson(text), () => undefined)
  return isErrorBody(json) || saysReason(json)
    ? errors.ofErrorFrame(callContext, head, json, text, undefined)
    : errors.ofDecode(callContext, head, `${contentType} where an event stream was expected`, text)
}

/** Keeps the first bytes of a body until it is certain which of two listeners gets them. */
const detecting = (onBeginning: () => void, listenerOf: (isStream: boolean) => BodyListener): BodyListener => {
  const detect = makeDetector()
  const held: Array<Uint8Array> = []
  let listener: BodyListener | undefined
  /** Passes on the kept bytes, and returns whether more may follow. */
  const decide = (isStream: boolean): boolean => {
    listener = listenerOf(isStream)
    return held.length === 0 || listener.onBytes(concatenate(held))
  }
  /** A body that ends before this is certain contains no event; the event reader reports that. */
  const decided = (): BodyListener => {
    if (listener === undefined) decide(true)
    return listener!
  }
  return {
    onBytes: (bytes) => {
      if (listener !== undefined) return listener.onBytes(bytes)
      onBeginning()
      held.push(bytes)
      const isStream = detect(bytes)
      return isStream === undefined || decide(isStream)
    },
    onEnd: () => decided().onEnd(),
    onError: (cause) => decided().onError(cause)
  }
}

/** Decides whether the body is an event stream, and reads it. */
const readBody = (attempt: Attempt, head: Head, body: Body, end: End, events: () => BodyListener): void => {
  const { prepared, timer } = attempt
  const contentType = head.headers["content-type"] ?? ""
  if (isEventStream(contentType)) return body.read(events())
  const other = (shown: string): BodyListener =>
    collecting(
      attempt,
      body,
      (cause) => end(Exit.failCause(cause)),
      (text) => end(Exit.fail(notAStream(prepared, head, shown, text)))
    )
  if (!isVague(contentType)) return body.read(other(contentType))
  const shown = contentType.trim() === "" ? "a body without a content type" : contentType
  const onBeginning = (): void => {
    if (prepared.settings.idleReset === "bytes") timer.reset()
  }
  body.read(detecting(onBeginning, (isStream) => (isStream ? events() : other(shown))))
}

/** An answer whose first elements have arrived. */
export interface Opened<A> {
  readonly head: Head
  /** Its errors are failed with `failWith`. */
  readonly pull: Pull<A, FriendliStreamError>
}

/** The data that an attempt needs from the stream that is opened. */
export interface Opening<Event> {
  readonly observer: Observer<Event>
  /** The time in milliseconds by which the stream must have ended. */
  readonly totalAt: number
  readonly span: Tracer.Span
  readonly isTraced: boolean
  /** Called for each attempt with the function that releases its connection. */
  readonly onRelease: (release: () => void) => void
  /** Makes the failure of a stream that is open. */
  readonly failWith: (error: FriendliStreamError) => Effect.Effect<never, FriendliStreamError>
}

/** Sends once and reads up to the first element: before that a failure may be retried. */
export const attempt = <Request, Event>(
  environment: Environment,
  operation: Streaming<Request, Event>,
  prepared: Prepared,
  { failWith, isTraced, observer, onRelease, span, totalAt }: Opening<Event>
): Effect.Effect<Opened<Event>, FriendliStreamError> =>
  Effect.withFiberRuntime((fiber, { runtimeFlags }) => {
    const { callContext, settings } = prepared
    let isOpen = false
    const out = queue.make<Event, FriendliStreamError>(readAhead, (error) =>
      isOpen ? failWith(error) : Effect.fail(error)
    )
    let head: Head | undefined
    let reader: FrameReader<Event> | undefined

    const begin = (): Supervised =>
      supervise<void, FriendliStreamError>({
        clock: clockOf(fiber),
        limits: { headers: settings.headersTimeout, idle: settings.idleTimeout, totalAt },
        start: (timer, end) => {
          const attempt: Attempt = { environment, prepared, fiber, runtimeFlags, span, isTraced, timer }
          return send(attempt, {
            onHead: (answer, body) => {
              head = answer
              readBody(attempt, answer, body, end, () => {
                reader = operation.isRaw
                  ? // the type of a raw operation's events
                    (rawFrames(operation.sentinel) as unknown as FrameReader<Event>)
                  : decodedFrames(operation, prepared, observer, answer)
                return eventReader(attempt, answer, body, reader, out, end)
              })
            },
            onError: (error) => end(Exit.fail(error)),
            onHalt: (cause) => end(Exit.failCause(cause))
          })
        },
        onExit: Exit.match({
          onSuccess: out.finish,
          onFailure: (cause) => Either.match(Cause.failureOrCause(cause), { onLeft: out.fail, onRight: out.die })
        }),
        onTimeout: (kind) => {
          const context = { answer: head, received: reader?.received() }
          out.fail(errors.ofTimeout(callContext, kind, limitOf(settings, kind), context))
        }
      })

    let supervised: Supervised | undefined
    const start = Effect.suspend(() => {
      const begun = (supervised = begin())
      onRelease(() => (out.isComplete() ? begun.stopAfter(drainLimit.time) : begun.stop()))
      return out.pull
    })
    return Effect.map(
      Effect.onInterrupt(start, () => Effect.sync(() => supervised?.stop())),
      (first): Opened<Event> => {
        isOpen = true
        return { head: head!, pull: startingWith(first, out.pull) }
      }
    )
  })
