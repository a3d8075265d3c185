/**
 * Turns scripted replies into responses of the platform. In: a reply and the request that it answers. Out: a response whose body is a web
 * stream, as `fetch` gives it. Delays use the `Clock` of the call, so that a test with a `TestClock` takes no real time. Each request has
 * a course, which a test can read afterwards: it distinguishes a stream that was read to its end from a cancelled one.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type { BodyReply, Ending, Reply } from "../Reply.js"

/**
 * The state of a request: `"waiting"` for the answer to begin; `"open"`: its body has not ended; `"read"` to its end;
 * `"cancelled"` or `"aborted"` by the client; `"reset"` or `"refused"` as scripted.
 */
export type State = "waiting" | "open" | "read" | "cancelled" | "aborted" | "reset" | "refused"

/** The progress of one request. */
export interface Course {
  readonly state: State
  /** Changes the state. The first final state stays: an abort after the last byte changes nothing. */
  readonly become: (state: State) => void
}

export const isOver = (state: State): boolean => state !== "waiting" && state !== "open"

/** `settled` is called when the request has ended. */
export const begin = (settled: () => void): Course => {
  let state: State = "waiting"
  return {
    get state() {
      return state
    },
    become: (to) => {
      if (isOver(state)) return
      state = to
      settled()
    }
  }
}

/** An error like those of sockets, which are identified by their code. */
const socketError = (message: string, code: string): Error => Object.assign(new Error(message), { code })

const refusedBy = (request: HttpClientRequest.HttpClientRequest, code: string) =>
  new HttpClientError.RequestError({
    request,
    reason: "Transport",
    cause: new TypeError("fetch failed", { cause: socketError(`connect ${code}`, code) })
  })

/** Statuses without a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

export const isBodiless = (status: number): boolean => bodiless.has(status)

/** Emits the chunks on demand, each after its delay, and then the ending. */
const bodyOf = (
  reply: BodyReply,
  course: Course,
  signal: AbortSignal,
  runtime: Runtime.Runtime<never>
): ReadableStream<Uint8Array> => {
  const { chunks, ending } = reply
  const stuck = ending === "stuck"
  let next = 0
  let pause: Fiber.RuntimeFiber<void> | undefined
  let abort: (() => void) | undefined

  /** The request has ended: timers and listeners are removed. */
  const leave = (state: State): void => {
    if (abort !== undefined) signal.removeEventListener("abort", abort)
    if (pause !== undefined) Runtime.runFork(runtime)(Fiber.interrupt(pause))
    course.become(state)
  }
  /** Waits on the clock of the call. */
  const sleep = async (delay: Duration.Duration): Promise<void> => {
    if (Duration.toMillis(delay) === 0) return
    pause = Runtime.runFork(runtime)(Effect.sleep(delay))
    await Runtime.runPromise(runtime)(Fiber.await(pause))
    pause = undefined
  }
  const ends: Readonly<
    Record<Ending, (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>>
  > = {
    end: (controller) => {
      leave("read")
      controller.close()
    },
    reset: (controller) => {
      leave("reset")
      controller.error(new TypeError("terminated", { cause: socketError("read ECONNRESET", "ECONNRESET") }))
    },
    stall: () => new Promise(() => {}),
    stuck: () => new Promise(() => {})
  }

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        abort = () => {
          if (isOver(course.state)) return
          leave("aborted")
          // a stuck transport ignores the abort
          if (!stuck) controller.error(new DOMException("This operation was aborted", "AbortError"))
        }
        if (signal.aborted) abort()
        else signal.addEventListener("abort", abort)
      },
      pull: async (controller) => {
        const chunk = chunks[next++]
        if (chunk === undefined) return ends[ending](controller)
        await sleep(chunk.delay)
        if (!isOver(course.state)) controller.enqueue(chunk.bytes)
        else if (stuck) await new Promise(() => {})
      },
      cancel: () => {
        leave("cancelled")
        return stuck ? new Promise(() => {}) : undefined
      }
    },
    // no read-ahead, so that only requested chunks are sent
    { highWaterMark: 0 }
  )
}

/** `Response` throws for some statuses that a broken server can send, and for a body with a status that has none. */
export const responseOf = (
  head: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  body: () => ReadableStream<Uint8Array>
): Response => {
  const possible = head.status >= 200 && head.status <= 599
  const response = new Response(bodiless.has(head.status) ? null : body(), {
    status: possible ? head.status : 200,
    headers: head.headers
  })
  return possible ? response : Object.defineProperty(response, "status", { value: head.status })
}

/** Answers a request with the reply, and updates its progress. */
export const perform = (
  reply: Reply,
  course: Course,
  request: HttpClientRequest.HttpClientRequest,
  signal: AbortSignal
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  switch (reply._tag) {
    case "Never":
      return Effect.never
    case "SlowHeaders":
      return Effect.zipRight(
        Effect.sleep(reply.delay),
        Effect.suspend(() => perform(reply.reply, course, request, signal))
      )
    case "Refused":
      return Effect.suspend(() => {
        course.become("refused")
        return Effect.fail(refusedBy(request, reply.code))
      })
    case "BodyReply":
      return Effect.map(Effect.runtime<never>(), (runtime) => {
        course.become(bodiless.has(reply.status) ? "read" : "open")
        const response = responseOf(reply, () => bodyOf(reply, course, signal, runtime))
        return HttpClientResponse.fromWeb(request, response)
      })
  }
}

/** As `perform`, and records an interruption. */
export const serve = (
  reply: Reply,
  course: Course,
  request: HttpClientRequest.HttpClientRequest,
  signal: AbortSignal
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.onInterrupt(perform(reply, course, request, signal), () => Effect.sync(() => course.become("aborted")))
