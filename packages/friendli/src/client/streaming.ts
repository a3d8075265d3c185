/**
 * One attempt of a streaming operation. In: a prepared request. Out: a stream whose first events have come. Bytes become frames, frames
 * events (`decodeEvent`), and events elements, one step per network chunk.
 *
 * A stream ends in success only when the server said so: `[DONE]`, or a final event and then the end. Everything else is a typed failure
 * that says what had arrived. The fiber that reads the wire is not the one that consumes: a queue stands between them, so that timeouts
 * and back-pressure hold whatever the consumer does. `readEvents` is imperative, since it runs for every chunk of every stream.
 */
import * as Cause from "effect/Cause"
import type * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { Observer, SseEvent, Streaming } from "../core/Operation.js"
import { isErrorBody, saysReason } from "../errors/bodies.js"
import type { FriendliStreamError, Received } from "../errors/FriendliError.js"
import { parseJson } from "../internal/json.js"
import * as queue from "../internal/queue.js"
import { scrub, search } from "../internal/secrets.js"
import * as sse from "../internal/sse.js"
import { runForEachChunk, withBeginning } from "../internal/streams.js"
import { type IdleTimer, supervise, type Supervised } from "../internal/watchdog.js"
import { isEventStream, isVague, makeDetector } from "./contentType.js"
import { decodeEvent } from "./decodeEvent.js"
import * as errors from "./errors.js"
import { isEmptyBody, readBounded, refsOf, send } from "./send.js"
import type { Environment, Head, Prepared } from "./types.js"

/** The largest event that is accepted: 16 Mi characters of text, which are as many bytes where they are ASCII. */
const maxEventBytes = 16 * 1024 * 1024

/** How long, and how far, a connection is read after the end of its answer, so that it can be used again. */
const drainLimit = { bytes: 65_536, time: Duration.seconds(1) }

/** How much of the name of an unknown event is logged. */
const longestName = 256

/** How many bytes of decoded events may wait for a slow consumer before reading stops. */
const readAhead = 65_536

type Body = Head["response"]["stream"]

type Pull<A> = queue.Pull<A, FriendliStreamError>

/** What a frame, or the end of input, means for the stream. */
type Step = "continue" | "done" | FriendliStreamError

/** Turns the frames of one answer into elements. Has a state: one for each attempt. */
interface FrameReader<A> {
  /** Appends the elements of a frame. */
  readonly frame: (frame: sse.SseFrame, into: Array<A>) => Step
  /** The input has ended; `rest` is a block that no blank line closed. */
  readonly end: (rest: sse.SseEnd, into: Array<A>) => Step
  readonly received: () => Received
  /** Names of events that were skipped since it was last emptied. */
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
        if (meaning.hasFailed) return errors.ofErrorFrame(callContext, head, meaning.json, frame.data, received())
        return meaning.isTerminal ? "done" : "continue"
      case "Done":
        return "done"
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
    // The last line may lack its line end and still be whole; half a line is not JSON.
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

/** Frames as they came: see `Operation.raw`. */
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

/** The wire was read far enough after the end of the answer. */
const stopReading = Symbol()

/** Logs the names of events that were skipped, where debug logs are wanted. */
const logSkipped = (callContext: errors.CallContext, names: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.whenLogLevel(
    Effect.suspend(() => {
      const beginnings = names.map((name) => name.slice(0, longestName))
      search(callContext.secrets, beginnings)
      return Effect.logDebug("skipped events of unknown names", {
        operation: callContext.operation,
        names: beginnings.map((name) => scrub(name, callContext.secrets))
      })
    }),
    "Debug"
  )

/** Reads the bytes of one answer, chunk by chunk, until its end and a little further. Runs in the fiber that reads the wire. */
const readEvents = <A>(
  prepared: Prepared,
  head: Head,
  reader: FrameReader<A>,
  out: queue.Queue<A, FriendliStreamError>,
  timer: IdleTimer,
  body: Body = head.response.stream
): Effect.Effect<void, FriendliStreamError | typeof stopReading> => {
  const { callContext, settings } = prepared
  const resetsWithBytes = settings.idleReset === "bytes"
  const scanner = sse.make({ maxEventBytes })
  let drained = 0

  const read = (frames: ReadonlyArray<sse.SseFrame>, into: Array<A>): Step => {
    for (const frame of frames) {
      const step = reader.frame(frame, into)
      if (step !== "continue") return step
    }
    return "continue"
  }

  /** Elements that came before an end are delivered before it. */
  const deliver = (elements: Array<A>, weight: number, step: Step): void => {
    if (elements.length > 0) out.push(elements, weight)
    if (step === "done") out.finish()
    else if (step !== "continue") out.fail(step)
  }

  const onChunk = (chunk: Chunk.Chunk<Uint8Array>): Effect.Effect<void, typeof stopReading> | undefined => {
    let size = 0
    if (out.isFinished()) {
      for (const bytes of chunk) drained += bytes.length
      return drained > drainLimit.bytes ? Effect.fail(stopReading) : undefined
    }
    const frames: Array<sse.SseFrame> = []
    const elements: Array<A> = []
    let overflow: sse.SseOverflow | undefined
    for (const bytes of chunk) {
      overflow ??= scanner.push(bytes, frames)
      size += bytes.length
    }
    let step = read(frames, elements)
    if (overflow !== undefined && step === "continue") {
      step = errors.ofDecode(callContext, head, `an event of more than ${overflow.limit} characters`, "", {
        received: reader.received()
      })
    }
    if (resetsWithBytes || frames.length > 0) timer.reset()
    deliver(elements, size, step)
    if (step !== "continue" && step !== "done") return Effect.fail(stopReading)
    return reader.skipped.length === 0 && !out.isFull() ? undefined : slowPath
  }

  /** What is rare: names to log, and a consumer that is slower than the wire. */
  const slowPath = Effect.gen(function* () {
    const names = reader.skipped.splice(0)
    if (names.length > 0) yield* logSkipped(callContext, names)
    if (!out.isFull()) return
    timer.pause()
    yield* out.room
    timer.startBody()
  })

  const onEnd = (): void => {
    if (out.isFinished()) return
    const frames: Array<sse.SseFrame> = []
    const elements: Array<A> = []
    const rest = scanner.end(frames)
    const step = read(frames, elements)
    deliver(elements, 0, step === "continue" ? reader.end(rest, elements) : step)
  }

  return Effect.matchEffect(runForEachChunk(body, onChunk), {
    onSuccess: () => Effect.sync(onEnd),
    onFailure: (error): Effect.Effect<void, FriendliStreamError | typeof stopReading> => {
      if (error === stopReading) return Effect.fail(error)
      if (isEmptyBody(error)) return Effect.sync(onEnd)
      const context = { answer: head, received: reader.received() }
      return Effect.fail(errors.ofTransport(callContext, "body", error, timer.waited(), context))
    }
  })
}

/** A successful status with something else than an event stream: its reason, or its beginning. */
const notAStream = Effect.fnUntraced(function* (
  { callContext }: Prepared,
  head: Head,
  contentType: string,
  body?: Body
) {
  const text = yield* readBounded(head, body)
  const json = Either.getOrElse(parseJson(text), () => undefined)
  return yield* Effect.fail(
    isErrorBody(json) || saysReason(json)
      ? errors.ofErrorFrame(callContext, head, json, text, undefined)
      : errors.ofDecode(callContext, head, `${contentType} where an event stream was expected`, text)
  )
})

/** Decides whether the body is an event stream, and reads it. */
const readBody = (
  prepared: Prepared,
  head: Head,
  timer: IdleTimer,
  read: (body?: Body) => Effect.Effect<void, FriendliStreamError | typeof stopReading>
): Effect.Effect<void, FriendliStreamError | typeof stopReading> => {
  const contentType = head.headers["content-type"] ?? ""
  if (isEventStream(contentType)) return read()
  if (!isVague(contentType)) return notAStream(prepared, head, contentType)
  const detect = makeDetector()
  let isStream: boolean | undefined
  const isCertain = (chunk: Chunk.Chunk<Uint8Array>): boolean => {
    if (prepared.settings.idleReset === "bytes") timer.reset()
    isStream = detect(chunk)
    return isStream !== undefined
  }
  const shown = contentType.trim() === "" ? "a body without a content type" : contentType
  // A body that ends before that has no event in it either.
  return withBeginning(head.response.stream, isCertain, (body) =>
    isStream === false ? notAStream(prepared, head, shown, body) : read(body)
  )
}

/** An answer whose first elements have come. */
export interface Opened<A> {
  readonly head: Head
  readonly pull: Pull<A>
}

/** Sends once and reads up to the first element: until then a failure may be repeated. The connection belongs to the scope. */
export const attempt = <Request, Event>(
  environment: Environment,
  operation: Streaming<Request, Event>,
  prepared: Prepared,
  observer: Observer<Event>,
  totalAt: number,
  scope: Scope.Scope,
  span: Tracer.Span
): Effect.Effect<Opened<Event>, FriendliStreamError> =>
  Effect.withFiberRuntime((fiber, status) => {
    const { callContext, settings } = prepared
    const out = queue.make<Event, FriendliStreamError>(readAhead)
    let head: Head | undefined
    let reader: FrameReader<Event> | undefined
    let supervised: Supervised | undefined

    const start = Effect.suspend(() => {
      supervised = supervise<void, FriendliStreamError | typeof stopReading>(fiber, status, {
        span,
        work: (timer) =>
          Effect.flatMap(send(environment, prepared, timer), (answer) => {
            head = answer
            return readBody(prepared, answer, timer, (body) => {
              reader = operation.isRaw
                ? // the type of a raw operation's events
                  (rawFrames(operation.sentinel) as unknown as FrameReader<Event>)
                : decodedFrames(operation, prepared, observer, answer)
              return readEvents(prepared, answer, reader, out, timer, body)
            })
          }),
        limits: { headers: settings.headersTimeout, idle: settings.idleTimeout, totalAt },
        refs: refsOf(fiber, span, environment),
        onExit: Exit.match({
          onSuccess: out.finish,
          onFailure: (cause) =>
            Either.match(Cause.failureOrCause(cause), {
              onLeft: (error) => {
                if (error !== stopReading) out.fail(error)
              },
              onRight: out.die
            })
        }),
        onTimeout: (kind) => {
          const limit = { headers: settings.headersTimeout, idle: settings.idleTimeout, total: settings.timeout }[kind]
          out.fail(errors.ofTimeout(callContext, kind, limit, { answer: head, received: reader?.received() }))
        }
      })
      return out.pull
    })

    const stop = Effect.sync(() => supervised?.stop())
    // After its end an answer is read on for a moment, so that its connection can be used again.
    const release = Effect.suspend(() => {
      if (supervised === undefined || supervised.isDone()) return Effect.void
      return out.isComplete() ? Effect.asVoid(Effect.forkDaemon(Effect.delay(stop, drainLimit.time))) : stop
    })
    return Effect.zipRight(
      Scope.addFinalizer(scope, release),
      Effect.map(
        Effect.onError(start, () => stop),
        (first): Opened<Event> => ({ head: head!, pull: startingWith(first, out.pull) })
      )
    )
  })

/** The first elements, then what `pull` gives. */
const startingWith = <A>(first: Chunk.Chunk<A> | undefined, pull: Pull<A>): Pull<A> => {
  let next: Pull<A> = Effect.succeed(first)
  return Effect.suspend(() => {
    const now = next
    next = pull
    return now
  })
}
