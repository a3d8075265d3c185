/**
 * The pipeline of operations that answer with events: bytes → frames → JSON → schema → elements, one stage per network chunk.
 *
 * A stream ends in success only when the server said so (`[DONE]`, or a final event and then the end). Everything else is a
 * typed failure that says what had arrived.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { FriendliStreamError, Received } from "../FriendliError.js"
import type { WithResponse } from "../FriendliClient.js"
import type { Observer, Streaming } from "../Operation.js"
import type { RequestOptions } from "../RequestOptions.js"
import { formatIssues } from "../schema/issues.js"
import { closeInBackground, within } from "./clocks.js"
import * as exchange from "./exchange.js"
import * as failures from "./failures.js"
import { parseJson } from "./json.js"
import * as sse from "./sse.js"
import * as telemetry from "./telemetry.js"

/** The largest event that is taken in: 16 Mi characters of text, which are as many bytes where they are ASCII. */
const maxEventBytes = 16 * 1024 * 1024

/** How long, and how far, a connection is read after the end of its answer, so that it can be used again. */
const drainLimit = { bytes: 65_536, patience: Duration.seconds(1) }

type Pull<A> = Effect.Effect<Chunk.Chunk<A>, Option.Option<FriendliStreamError>>

/** What a frame, or the end of input, means for the stream. */
type Verdict = "go on" | "done" | FriendliStreamError

/** Gives meaning to the frames of one answer. Stateful: one for each attempt. */
interface Interpreter<A> {
  /** Appends what the frame holds. */
  readonly frame: (frame: sse.SseFrame, into: Array<A>) => Verdict
  /** The input has ended; `rest` is the data of a block that no blank line closed. */
  readonly end: (rest: sse.SseEnd, into: Array<A>) => Verdict
  readonly received: () => Received
  /** Names of events that were passed over since it was last emptied. */
  readonly skipped: Array<string>
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The shapes in which servers report an error inside a 200. */
const isErrorBody = (json: unknown): boolean =>
  isRecord(json) &&
  ((json["error"] !== undefined && json["error"] !== null) || json["object"] === "error" || json["type"] === "error")

/** Shapes that are an error only when they are nothing better. */
const saysWhy = (json: unknown): boolean =>
  isRecord(json) &&
  json["choices"] === undefined &&
  (typeof json["message"] === "string" || json["detail"] !== undefined)

/** Frames to decoded events. */
const decoding =
  <Request, Event>(operation: Streaming<Request, Event>, prepared: exchange.Prepared, observer: Observer<Event>) =>
  (response: HttpClientResponse.HttpClientResponse): Interpreter<Event> => {
    const { site } = prepared
    const ending = operation.ending(prepared.body)
    const skipped: Array<string> = []
    let events = 0
    const received = (): Received => ({ events })

    const frame: Interpreter<Event>["frame"] = ({ data, event }, into) => {
      if (data.trim() === operation.sentinel) return "done"
      const parsed = parseJson(data)
      if (event === "error") {
        return failures.ofErrorFrame(
          site,
          response,
          Either.getOrElse(parsed, () => data),
          data,
          received()
        )
      }
      if (Either.isLeft(parsed)) {
        if (event !== undefined) {
          skipped.push(event)
          return "go on"
        }
        return failures.ofDecode(site, response, "an event that is no JSON", data, {
          received: received(),
          cause: parsed.left
        })
      }
      if (isErrorBody(parsed.right)) return failures.ofErrorFrame(site, response, parsed.right, data, received())
      const decoded = operation.decode(parsed.right)
      if (Either.isRight(decoded)) {
        events++
        ending.add(decoded.right)
        observer.observe(decoded.right)
        into.push(decoded.right)
        return "go on"
      }
      if (saysWhy(parsed.right)) return failures.ofErrorFrame(site, response, parsed.right, data, received())
      if (event !== undefined) {
        skipped.push(event)
        return "go on"
      }
      return failures.ofDecode(site, response, "an event of another shape than the API promises", data, {
        issues: formatIssues(decoded.left),
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
        : failures.ofTruncation(site, response, received(), rest)
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

/** Reads on for a moment after the end of an answer, then lets the connection go. */
const drain = (
  pull: Effect.Effect<Chunk.Chunk<Uint8Array>, unknown>,
  scope: Scope.CloseableScope
): Effect.Effect<void> => {
  let size = 0
  const loop: Effect.Effect<void, unknown> = Effect.flatMap(pull, (chunk) => {
    for (const bytes of chunk) size += bytes.length
    return size > drainLimit.bytes ? Effect.void : loop
  })
  return within(loop, drainLimit.patience, () => undefined).pipe(
    Effect.ignore,
    Effect.zipRight(Scope.close(scope, Exit.void)),
    Effect.forkDaemon,
    Effect.asVoid
  )
}

/** When the whole call must be over, in milliseconds. */
interface Deadline {
  readonly at: number
}

/** The wait that is left on each clock; the shorter one rings. */
const remaining = (
  prepared: exchange.Prepared,
  deadline: Deadline,
  now: number,
  lastEventAt: number
): { readonly clock: "idle" | "total"; readonly wait: Duration.Duration } => {
  const { idleReset, idleTimeout } = prepared.settings
  const idle = Duration.toMillis(idleTimeout) - (idleReset === "events" ? now - lastEventAt : 0)
  const total = deadline.at - now
  return total < idle
    ? { clock: "total", wait: Duration.millis(Math.max(0, total)) }
    : { clock: "idle", wait: Duration.millis(Math.max(0, idle)) }
}

/** Fails with nothing at the end of the stream, as the pulls of Effect's streams do. */
const makeReader = <A>(
  prepared: exchange.Prepared,
  response: HttpClientResponse.HttpClientResponse,
  pull: Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<HttpClientError.ResponseError>>,
  body: Body,
  interpreter: Interpreter<A>,
  deadline: Deadline,
  openedAt: number
): Pull<A> => {
  const { settings, site } = prepared
  const scanner = sse.make({ maxEventBytes })
  let finished: Option.Option<FriendliStreamError> | undefined
  let lastEventAt = openedAt

  const settle = (verdict: Verdict): void => {
    if (verdict !== "go on") finished = verdict === "done" ? Option.none() : Option.some(verdict)
  }

  const consume = (frames: ReadonlyArray<sse.SseFrame>, into: Array<A>): void => {
    for (let at = 0; at < frames.length && finished === undefined; at++) settle(interpreter.frame(frames[at]!, into))
  }

  /** Elements that came before a failure are delivered before it. */
  const deliver = (elements: Array<A>): Pull<A> => {
    const delivery: Pull<A> = elements.length > 0 ? Effect.succeed(Chunk.unsafeFromArray(elements)) : next
    return interpreter.skipped.length === 0
      ? delivery
      : Effect.zipRight(
          Effect.logDebug("passed over events of unknown names", {
            operation: site.operation,
            names: interpreter.skipped.splice(0)
          }),
          delivery
        )
  }

  const wait = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const left = remaining(prepared, deadline, now, lastEventAt)
    return within(
      Effect.mapError(pull, (end) =>
        Option.map(end, (error): FriendliStreamError =>
          failures.ofConnection(site, "body", error, { answer: response, received: interpreter.received() })
        )
      ),
      left.wait,
      () =>
        Option.some<FriendliStreamError>(
          failures.ofTimeout(site, left.clock, left.clock === "idle" ? settings.idleTimeout : settings.timeout, {
            answer: response,
            received: interpreter.received()
          })
        )
    )
  })

  const take = (chunk: Chunk.Chunk<Uint8Array>, now: number): Pull<A> => {
    const frames: Array<sse.SseFrame> = []
    const elements: Array<A> = []
    let overflow: sse.SseOverflow | undefined
    for (const bytes of chunk) overflow ??= scanner.push(bytes, frames)
    if (frames.length > 0) lastEventAt = now
    consume(frames, elements)
    if (overflow !== undefined && finished === undefined) {
      settle(
        failures.ofDecode(site, response, `an event of more than ${overflow.limit} characters`, "", {
          received: interpreter.received()
        })
      )
    }
    if (finished === undefined || Option.isSome(finished)) return deliver(elements)
    body.handedOver = true
    return Effect.zipRight(drain(pull, body.scope), deliver(elements))
  }

  const finish = (): Pull<A> => {
    const frames: Array<sse.SseFrame> = []
    const elements: Array<A> = []
    const rest = scanner.end(frames)
    consume(frames, elements)
    if (finished === undefined) settle(interpreter.end(rest, elements))
    return deliver(elements)
  }

  const read: Pull<A> = Effect.matchEffect(wait, {
    onSuccess: (chunk) => Effect.flatMap(Clock.currentTimeMillis, (now) => take(chunk, now)),
    onFailure: Option.match({
      onNone: finish,
      onSome: (error) => {
        settle(error)
        return next
      }
    })
  })

  const next: Pull<A> = Effect.suspend(() => (finished === undefined ? read : Effect.fail(finished)))
  return next
}

/** The connection of one attempt. It outlives the stream by a moment when the stream came to its end. */
interface Body {
  readonly scope: Scope.CloseableScope
  handedOver: boolean
}

const notAStream = (
  prepared: exchange.Prepared,
  response: HttpClientResponse.HttpClientResponse,
  contentType: string
): Effect.Effect<never, FriendliStreamError> =>
  Effect.flatMap(exchange.readBounded(response), (text) => {
    const json = Either.getOrElse(parseJson(text), () => undefined)
    return Effect.fail(
      isErrorBody(json) || saysWhy(json)
        ? failures.ofErrorFrame(prepared.site, response, json, text, undefined)
        : failures.ofDecode(prepared.site, response, `${contentType} where an event stream was due`, text)
    )
  })

/** Sends once and reads up to the first element: until then a failure may be repeated. */
const attempt = <A>(
  environment: exchange.Environment,
  prepared: exchange.Prepared,
  interpreter: (response: HttpClientResponse.HttpClientResponse) => Interpreter<A>,
  deadline: Deadline,
  scope: Scope.Scope
): Effect.Effect<WithResponse<Pull<A>>, FriendliStreamError> =>
  Effect.gen(function* () {
    const body: Body = { scope: yield* Scope.make(), handedOver: false }
    yield* Scope.addFinalizerExit(scope, (exit) =>
      body.handedOver ? Effect.void : closeInBackground(body.scope, exit)
    )
    const opening = Effect.gen(function* () {
      const response = yield* exchange.send(environment, prepared)
      const contentType = response.headers["content-type"]
      if (contentType !== undefined && !/\btext\/event-stream\b/i.test(contentType)) {
        return yield* notAStream(prepared, response, contentType)
      }
      const pull = yield* exchange.pullBytes(response, body.scope)
      const openedAt = yield* Clock.currentTimeMillis
      const next = makeReader(prepared, response, pull, body, interpreter(response), deadline, openedAt)
      let first = yield* Effect.catchAll(
        Effect.asSome(next),
        Option.match({ onNone: () => Effect.succeedNone, onSome: Effect.fail })
      )
      const rest: Pull<A> = Effect.suspend(() => {
        if (Option.isNone(first)) return next
        const chunk = first.value
        first = Option.none()
        return Effect.succeed(chunk)
      })
      return { value: rest, response: exchange.responseInfo(response) }
    })
    return yield* Effect.onExit(opening, (exit) =>
      Exit.isFailure(exit) ? closeInBackground(body.scope, exit) : Effect.void
    )
  })

const openWith = <Request, Event, A>(
  environment: exchange.Environment,
  operation: Streaming<Request, Event>,
  request: Request,
  options: RequestOptions | undefined,
  interpreterOf: (
    prepared: exchange.Prepared,
    observer: Observer<Event>
  ) => (response: HttpClientResponse.HttpClientResponse) => Interpreter<A>
): Effect.Effect<WithResponse<Stream.Stream<A, FriendliStreamError>>, FriendliStreamError, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const span = yield* Effect.makeSpanScoped(operation.name, { kind: "client", captureStackTrace: false })
    const observer = operation.observer()
    const failed = (error: FriendliStreamError) =>
      Effect.sync(() => telemetry.annotate(span, telemetry.errorAttributes(error)))
    // The span ends after this: what was observed is told however the stream ends, by interruption too.
    yield* Effect.addFinalizer(() => Effect.sync(() => telemetry.annotate(span, observer.attributes())))

    const prepared = yield* Effect.tapError(
      exchange.prepare(environment, operation, "text/event-stream", request, options),
      failed
    )
    telemetry.annotate(span, telemetry.requestAttributes(operation, environment.deployment, prepared.body))
    const { retry, timeout } = prepared.settings
    const deadline = { at: (yield* Clock.currentTimeMillis) + Duration.toMillis(timeout) }
    const opened = yield* attempt(environment, prepared, interpreterOf(prepared, observer), deadline, scope).pipe(
      Effect.retry(exchange.policyOf(operation, retry)),
      (opening) => within(opening, timeout, () => failures.ofTimeout(prepared.site, "total", timeout)),
      Effect.withParentSpan(span),
      Effect.tapError(failed)
    )
    telemetry.annotate(span, { "friendli.request_id": opened.response.requestId })
    return {
      value: Stream.tapError(Stream.repeatEffectChunkOption(opened.value), failed),
      response: opened.response
    }
  })

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
  Stream.unwrapScoped(Effect.map(open(environment, operation, request, options), (opened) => opened.value))

export const events = <Request, Event>(
  environment: exchange.Environment,
  operation: Streaming<Request, Event>,
  request: Request,
  options: RequestOptions | undefined
): Stream.Stream<sse.SseFrame, FriendliStreamError> =>
  Stream.unwrapScoped(
    Effect.map(
      openWith(environment, operation, request, options, () => raw(operation)),
      (opened) => opened.value
    )
  )
