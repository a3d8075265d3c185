/**
 * The pipeline of operations that answer with events: bytes → frames → JSON → schema → elements, one stage per network chunk.
 *
 * A stream ends in success only when the server said so (`[DONE]`, or a final event and then the end). Everything else is a
 * typed failure that says what had arrived.
 */
import * as Cause from "effect/Cause"
import type * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import type { FriendliStreamError, Received } from "../errors/FriendliError.js"
import type { WithResponse } from "./FriendliClient.js"
import type { Observer, Streaming } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import { type Activity, supervise, type Supervised, within } from "../internal/watchdog.js"
import { hasFailedChoice } from "../errors/reasons.js"
import * as exchange from "./prepare.js"
import * as failures from "./errors.js"
import * as queue from "../internal/queue.js"
import { isErrorBody, isHeartbeat, saysReason, saysWhy } from "../errors/bodies.js"
import { parseJson } from "../internal/json.js"
import * as rawEvents from "./decodeEvent.js"
import { scrub, search } from "../internal/secrets.js"
import * as sse from "../internal/sse.js"
import { fromPull, runForEachChunk, unwrapScoped, withBeginning } from "../internal/streams.js"
import * as telemetry from "./telemetry.js"

/** The largest event that is taken in: 16 Mi characters of text, which are as many bytes where they are ASCII. */
const maxEventBytes = 16 * 1024 * 1024

/** How long, and how far, a connection is read after the end of its answer, so that it can be used again. */
const drainLimit = { bytes: 65_536, patience: Duration.seconds(1) }

/** How much of the name of an unknown event is logged. */
const longestName = 256

/** How many bytes of decoded events may wait for a slow consumer before the wire is left to wait too. */
const readAhead = 65_536

type Body = exchange.Head["response"]["stream"]

type Pull<A> = queue.Pull<A, FriendliStreamError>

/** What a frame, or the end of input, means for the stream. */
type Step = "go on" | "done" | FriendliStreamError

/** Gives meaning to the frames of one answer. Stateful: one for each attempt. */
interface Interpreter<A> {
  /** Appends what the frame holds. */
  readonly frame: (frame: sse.SseFrame, into: Array<A>) => Step
  /** The input has ended; `rest` is the data of a block that no blank line closed. */
  readonly end: (rest: sse.SseEnd, into: Array<A>) => Step
  readonly received: () => Received
  /** Names of events that were passed over since it was last emptied. */
  readonly skipped: Array<string>
}

/** A chunk is never skipped over, whatever name it has: text would be lost. */
const isChunk = (json: unknown): boolean => Predicate.isRecord(json) && json["choices"] != null

/** Frames to decoded events. */
const decoding =
  <Request, Event>(operation: Streaming<Request, Event>, prepared: exchange.Prepared, observer: Observer<Event>) =>
  (head: exchange.Head): Interpreter<Event> => {
    const { callContext } = prepared
    const ending = operation.completion(prepared.body)
    const skipped: Array<string> = []
    const context = { body: prepared.body, events: 0 }
    const received = (): Received => ({ events: context.events })

    const frame: Interpreter<Event>["frame"] = ({ data, event: name }, into) => {
      // The name that events without one have.
      const event = name === "message" && !operation.includeEventName ? undefined : name
      if (data.trim() === operation.sentinel) return "done"
      const parsed = parseJson(data)
      const json = Either.isRight(parsed) ? parsed.right : data
      if (event === "error") {
        return failures.ofErrorFrame(callContext, head, json, data, received())
      }
      // Where names belong to the event, its schema decides which names may come with text.
      if (Either.isLeft(parsed) && !(operation.includeEventName && event !== undefined)) {
        if (event !== undefined) {
          skipped.push(event)
          return "go on"
        }
        // Events without data keep connections alive.
        if (data.trim() === "") return "go on"
        return failures.ofDecode(callContext, head, "an event that is no JSON", data, {
          received: received(),
          cause: parsed.left
        })
      }
      if (isErrorBody(json)) return failures.ofErrorFrame(callContext, head, json, data, received())
      const decoded = rawEvents.decode(operation, event, json, context)
      if (Either.isRight(decoded)) {
        context.events++
        ending.add(decoded.right)
        observer.observe(decoded.right)
        into.push(decoded.right)
        if (hasFailedChoice(json)) return failures.ofErrorFrame(callContext, head, json, data, received())
        return operation.isTerminal(decoded.right) ? "done" : "go on"
      }
      // A typed event is what its type says, and not an error because of a field named `message`.
      const isTyped = operation.includeEventName && Predicate.isRecord(json) && typeof json["type"] === "string"
      if (!(operation.includeEventName && (isTyped || event !== undefined)) && isHeartbeat(json)) return "go on"
      const isError = event === undefined ? saysReason(json) : saysWhy(json)
      if (!isTyped && isError) return failures.ofErrorFrame(callContext, head, json, data, received())
      if (event !== undefined && !operation.includeEventName && !isChunk(json)) {
        skipped.push(event)
        return "go on"
      }
      const what = Either.isLeft(parsed)
        ? "an event whose data is not JSON"
        : "an event of another shape than the API promises"
      return failures.ofDecode(callContext, head, what, data, {
        issues: rawEvents.issuesOf(operation, decoded.left),
        received: received()
      })
    }

    const end: Interpreter<Event>["end"] = ({ event, unterminated = "" }, into) => {
      let rest = unterminated
      // The last line may lack its line end and still be whole; half a line is not JSON.
      if (rest.trim() === operation.sentinel || Either.isRight(parseJson(rest))) {
        const verdict = frame({ event, data: rest, id: undefined }, into)
        if (verdict !== "go on") return verdict
        rest = ""
      }
      return rest.trim() === "" && ending.isComplete()
        ? "done"
        : failures.ofTruncation(callContext, head, received(), rest)
    }

    return { frame, end, received, skipped }
  }

/** Frames as they are: nothing is decoded, nothing is judged. */
const raw =
  <Request, Event>(operation: Streaming<Request, Event>) =>
  (): Interpreter<sse.SseFrame> => {
    let events = 0
    const frame: Interpreter<sse.SseFrame>["frame"] = (event, into) => {
      if (event.data.trim() === operation.sentinel) return "done"
      events++
      into.push(event)
      return "go on"
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

/** The wire was read for long enough after the end of the answer. */
const stopReading = Symbol()

/**
 * Turns the bytes of one answer into elements, chunk by chunk, until its end and a little further. Runs in the fiber that reads
 * the wire.
 */
const reading = <A>(
  prepared: exchange.Prepared,
  head: exchange.Head,
  interpreter: Interpreter<A>,
  out: queue.Queue<A, FriendliStreamError>,
  activity: Activity,
  clock: Clock.Clock,
  body: Body = head.response.stream
): Effect.Effect<void, FriendliStreamError | typeof stopReading> => {
  const { settings, callContext } = prepared
  const resetsIdle = settings.idleReset === "bytes"
  const scanner = sse.make({ maxEventBytes })
  let drained = 0

  const consume = (frames: ReadonlyArray<sse.SseFrame>, into: Array<A>): Step => {
    for (const frame of frames) {
      const verdict = interpreter.frame(frame, into)
      if (verdict !== "go on") return verdict
    }
    return "go on"
  }

  /** Elements that came before an end are handed over before it. */
  const deliver = (elements: Array<A>, weight: number, verdict: Step): void => {
    if (elements.length > 0) out.push(elements, weight)
    if (verdict === "done") out.finish()
    else if (verdict !== "go on") out.fail(verdict)
  }

  const take = (chunk: Chunk.Chunk<Uint8Array>): Effect.Effect<void, typeof stopReading> | undefined => {
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
    let verdict = consume(frames, elements)
    if (overflow !== undefined && verdict === "go on") {
      verdict = failures.ofDecode(callContext, head, `an event of more than ${overflow.limit} characters`, "", {
        received: interpreter.received()
      })
    }
    if (resetsIdle || frames.length > 0) activity.since = clock.unsafeCurrentTimeMillis()
    deliver(elements, size, verdict)
    if (verdict !== "go on" && verdict !== "done") return Effect.fail(stopReading)
    return interpreter.skipped.length === 0 && !out.isFull() ? undefined : slowPath
  }

  /** What is rare: names to log, and a consumer that is slower than the wire. */
  const slowPath = Effect.suspend(() => {
    const names = interpreter.skipped.splice(0)
    const log =
      names.length === 0
        ? Effect.void
        : Effect.whenLogLevel(
            Effect.suspend(() => {
              const beginnings = names.map((name) => name.slice(0, longestName))
              search(callContext.secrets, beginnings)
              return Effect.logDebug("passed over events of unknown names", {
                operation: callContext.operation,
                names: beginnings.map((name) => scrub(name, callContext.secrets))
              })
            }),
            "Debug"
          )
    if (!out.isFull()) return log
    activity.phase = "paused"
    return Effect.zipRight(
      log,
      Effect.map(out.room, () => {
        activity.phase = "body"
        activity.since = clock.unsafeCurrentTimeMillis()
      })
    )
  })

  const finish = (): void => {
    if (out.isFinished()) return
    const frames: Array<sse.SseFrame> = []
    const elements: Array<A> = []
    const rest = scanner.end(frames)
    const verdict = consume(frames, elements)
    deliver(elements, 0, verdict === "go on" ? interpreter.end(rest, elements) : verdict)
  }

  return Effect.matchEffect(runForEachChunk(body, take), {
    onSuccess: () => Effect.sync(finish),
    onFailure: (error): Effect.Effect<void, FriendliStreamError | typeof stopReading> => {
      if (error === stopReading) return Effect.fail(error)
      if (exchange.isEmptyBody(error)) return Effect.sync(finish)
      const waited = exchange.waited(activity, clock, head.sentAt)
      const context = { answer: head, received: interpreter.received() }
      return Effect.fail(failures.ofTransport(callContext, "body", error, waited, context))
    }
  })
}

const notAStream = (
  prepared: exchange.Prepared,
  head: exchange.Head,
  contentType: string,
  body?: Body
): Effect.Effect<never, FriendliStreamError> =>
  Effect.flatMap(exchange.readBounded(head, body), (text) => {
    const json = Either.getOrElse(parseJson(text), () => undefined)
    return Effect.fail(
      isErrorBody(json) || saysReason(json)
        ? failures.ofErrorFrame(prepared.callContext, head, json, text, undefined)
        : failures.ofDecode(prepared.callContext, head, `${contentType} where an event stream was due`, text)
    )
  })

/** Content types that say nothing of what comes: none at all, and what servers call anything. */
const isVague = (contentType: string): boolean =>
  /^\s*(?:(?:text\/plain|(?:application|binary)\/octet-stream)\s*)?(?:;|$)/i.test(contentType)

/** What a line of an event stream begins with. */
const lineStarts = ["data:", "event:", "id:", "retry:", ":"]

/** Looks at the beginning of a body, piece by piece: whether it is an event stream, once that is certain. */
const makeDetector = () => {
  const decoder = new TextDecoder()
  let start = ""
  let size = 0
  return (chunk: Chunk.Chunk<Uint8Array>): boolean | undefined => {
    for (const bytes of chunk) {
      size += bytes.length
      start = (start + decoder.decode(bytes, { stream: true })).trimStart()
    }
    if (lineStarts.some((begin) => start.startsWith(begin))) return true
    // Line ends keep a connection alive, for a while.
    return lineStarts.some((begin) => begin.startsWith(start)) && size < drainLimit.bytes ? undefined : false
  }
}

/** An answer whose first elements have come. */
interface Opened<A> {
  readonly head: exchange.Head
  readonly pull: Pull<A>
}

/** Sends once and reads up to the first element: until then a failure may be repeated. */
const attempt = <A>(
  environment: exchange.Environment,
  prepared: exchange.Prepared,
  interpreterOf: (head: exchange.Head) => Interpreter<A>,
  totalAt: number,
  scope: Scope.Scope,
  span: Tracer.Span
): Effect.Effect<Opened<A>, FriendliStreamError> =>
  Effect.withFiberRuntime((fiber, status) => {
    const { settings, callContext } = prepared
    const out = queue.make<A, FriendliStreamError>(readAhead)
    let head: exchange.Head | undefined
    let interpreter: Interpreter<A> | undefined
    let supervised: Supervised | undefined

    const start = Effect.suspend(() => {
      supervised = supervise<void, FriendliStreamError | typeof stopReading>(fiber, status, {
        span,
        work: (activity, clock) =>
          Effect.flatMap(exchange.send(environment, prepared, activity, clock), (answer) => {
            head = answer
            const contentType = answer.headers["content-type"] ?? ""
            const read = (body?: Body) => {
              interpreter = interpreterOf(answer)
              return reading(prepared, answer, interpreter, out, activity, clock, body)
            }
            if (/\btext\/event-stream\b/i.test(contentType)) return read()
            if (!isVague(contentType)) return notAStream(prepared, answer, contentType)
            const detect = makeDetector()
            let isStream: boolean | undefined
            const isEnough = (chunk: Chunk.Chunk<Uint8Array>): boolean => {
              if (settings.idleReset === "bytes") activity.since = clock.unsafeCurrentTimeMillis()
              isStream = detect(chunk)
              return isStream !== undefined
            }
            const shown = contentType.trim() === "" ? "a body without a content type" : contentType
            // A body that is over before that has no event in it either.
            return withBeginning(answer.response.stream, isEnough, (body) =>
              isStream === false ? notAStream(prepared, answer, shown, body) : read(body)
            )
          }),
        limits: { headers: settings.headersTimeout, idle: settings.idleTimeout, totalAt },
        refs: exchange.refsOf(fiber, span, environment),
        end: Exit.match({
          onSuccess: out.finish,
          onFailure: (cause) =>
            Either.match(Cause.failureOrCause(cause), {
              onLeft: (error) => {
                if (error !== stopReading) out.fail(error)
              },
              onRight: out.die
            })
        }),
        onTimeout: (which) => {
          const after = { headers: settings.headersTimeout, idle: settings.idleTimeout, total: settings.timeout }[which]
          out.fail(failures.ofTimeout(callContext, which, after, { answer: head, received: interpreter?.received() }))
        }
      })
      return out.pull
    })
    const stop = Effect.sync(() => supervised?.stop())
    // After its end an answer is read on for a moment, so that its connection can be used again.
    const release = Effect.suspend(() => {
      if (supervised === undefined || supervised.isDone()) return Effect.void
      return out.isComplete() ? Effect.asVoid(Effect.forkDaemon(Effect.delay(stop, drainLimit.patience))) : stop
    })
    return Effect.zipRight(
      Scope.addFinalizer(scope, release),
      Effect.map(
        Effect.onError(start, () => stop),
        (first): Opened<A> => {
          let waiting: Pull<A> | undefined = Effect.succeed(first)
          const pull = Effect.suspend(() => {
            const next = waiting ?? out.pull
            waiting = undefined
            return next
          })
          return { head: head!, pull }
        }
      )
    )
  })

const openWith = <Request, Event, A>(
  environment: exchange.Environment,
  operation: Streaming<Request, Event>,
  request: Request,
  options: RequestOptions | undefined,
  interpreterOf: (prepared: exchange.Prepared, observer: Observer<Event>) => (head: exchange.Head) => Interpreter<A>
): Effect.Effect<WithResponse<Stream.Stream<A, FriendliStreamError>>, FriendliStreamError, Scope.Scope> =>
  Effect.flatMap(Effect.scope, (scope) =>
    Effect.flatMap(Effect.makeSpanScoped(operation.name, { kind: "client", captureStackTrace: false }), (span) => {
      const observer = operation.observer()
      let credentials = (): ReadonlyArray<string> => []
      const failed = (error: FriendliStreamError) => {
        telemetry.annotate(span, telemetry.errorAttributes(error))
        return Effect.withParentSpan(Effect.fail(error), span)
      }
      const opening = Effect.flatMap(
        exchange.prepare(environment, operation, exchange.eventStream, request, options),
        (prepared) => {
          credentials = prepared.callContext.secrets.credentials
          telemetry.annotate(span, environment.serverAttributes)
          telemetry.annotate(span, telemetry.requestAttributes(operation, prepared.body))
          const { timeout } = prepared.settings
          return Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const totalAt = now + Duration.toMillis(timeout)
            const once = attempt(environment, prepared, interpreterOf(prepared, observer), totalAt, scope, span)
            return within(exchange.retrying(once, exchange.policyOf(operation, prepared), span), timeout, () =>
              failures.ofTimeout(prepared.callContext, "total", timeout)
            )
          })
        }
      )
      return Effect.zipRight(
        // The span ends after this: what was observed is told however the stream ends, by interruption too.
        Scope.addFinalizer(
          scope,
          Effect.sync(() => telemetry.annotateAnswer(span, observer.attributes(), credentials()))
        ),
        Effect.matchEffect(opening, {
          onSuccess: ({ head, pull }) => {
            const response = exchange.responseInfo(head)
            telemetry.annotateAnswer(span, { "friendli.request_id": response.requestId }, credentials())
            return Effect.succeed({ value: fromPull(Effect.catchAll(pull, failed)), response })
          },
          onFailure: failed
        })
      )
    })
  )

export const open = <Request, Event>(
  environment: exchange.Environment,
  operation: Streaming<Request, Event>,
  request: Request,
  options: RequestOptions | undefined
): Effect.Effect<WithResponse<Stream.Stream<Event, FriendliStreamError>>, FriendliStreamError, Scope.Scope> =>
  openWith(environment, operation, request, options, (prepared, observer) => decoding(operation, prepared, observer))

export const run = <Request, Event>(
  environment: exchange.Environment,
  operation: Streaming<Request, Event>,
  request: Request,
  options: RequestOptions | undefined
): Stream.Stream<Event, FriendliStreamError> =>
  unwrapScoped(Effect.map(open(environment, operation, request, options), (opened) => opened.value))

export const events = <Request, Event>(
  environment: exchange.Environment,
  operation: Streaming<Request, Event>,
  request: Request,
  options: RequestOptions | undefined
): Stream.Stream<sse.SseFrame, FriendliStreamError> =>
  unwrapScoped(
    Effect.map(
      openWith(environment, operation, request, options, () => raw(operation)),
      (opened) => opened.value
    )
  )
