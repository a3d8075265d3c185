/**
 * A guard before every operation of a client: it lets in or refuses, sees what comes, and learns how it ended, once.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Deployment } from "../core/Deployment.js"
import type { FriendliError, FriendliStreamError } from "../errors/FriendliError.js"
import type { FriendliClient, Middleware, WithResponse } from "../client/FriendliClient.js"
import type { Streaming, Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import * as rawEvents from "../client/decodeEvent.js"
import { unwrapScoped } from "../internal/streams.js"
import type { Restore } from "./admission.js"

export interface Call<Request, Result> {
  readonly operation: Unary<Request, Result> | Streaming<Request, Result>
  readonly request: Request
  readonly options: RequestOptions | undefined
  readonly deployment: Deployment
}

/** `Left`: interrupted, or died, before anything had come. */
export type Outcome =
  | { readonly _tag: "Answered" }
  | { readonly _tag: "Failed"; readonly error: FriendliStreamError }
  | { readonly _tag: "Left" }

/** What was let in. */
export interface Pass<in Result> {
  readonly options: RequestOptions | undefined
  /** Sees the answer, or each event. */
  readonly observe: (value: Result) => void
  /** A stream has begun to answer. */
  readonly onFirst: () => void
  readonly leave: (outcome: Outcome) => Effect.Effect<void>
}

export interface Guard {
  /** Run uninterruptibly: whoever is let in will leave. */
  readonly enter: <Request, Result>(
    call: Call<Request, Result>,
    restore: Restore
  ) => Effect.Effect<Pass<Result>, FriendliError>
}

export const nothing = (): void => {}

const outcomeOf = (exit: Exit.Exit<unknown, FriendliStreamError>, begun: boolean): Outcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Answered" }
  const error = Cause.failureOption(exit.cause)
  if (Option.isSome(error)) return { _tag: "Failed", error: error.value }
  return begun ? { _tag: "Answered" } : { _tag: "Left" }
}

export const around =
  (guardOf: (direct: FriendliClient.Service) => Guard): Middleware =>
  (client, direct) => {
    const guard = guardOf(direct)
    const { deployment } = client

    const unary = <Request, Result, A>(
      operation: Unary<Request, Result>,
      request: Request,
      options: RequestOptions | undefined,
      run: (options: RequestOptions | undefined) => Effect.Effect<A, FriendliError>,
      resultOf: (answer: A) => Result
    ): Effect.Effect<A, FriendliError> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(guard.enter({ operation, request, options, deployment }, restore), (pass) =>
          Effect.onExit(restore(run(pass.options)), (exit) => {
            if (Exit.isSuccess(exit)) pass.observe(resultOf(exit.value))
            return pass.leave(outcomeOf(exit, false))
          })
        )
      )

    interface Entered<Result> {
      readonly pass: Pass<Result>
      readonly leave: (exit: Exit.Exit<unknown, FriendliStreamError>) => Effect.Effect<void>
      readonly watch: <A>(
        stream: Stream.Stream<A, FriendliStreamError>,
        observe: (element: A) => void
      ) => Stream.Stream<A, FriendliStreamError>
    }

    /** Let in for as long as the scope is open, or until the end of the stream that is watched. */
    const enter = <Request, Result>(
      operation: Streaming<Request, Result>,
      request: Request,
      options: RequestOptions | undefined,
      restore: Restore
    ): Effect.Effect<Entered<Result>, FriendliError, Scope.Scope> =>
      Effect.flatMap(guard.enter({ operation, request, options, deployment }, restore), (pass) => {
        let begun = false
        let isOver = false
        const leave: Entered<Result>["leave"] = (exit) =>
          Effect.suspend(() => {
            if (isOver) return Effect.void
            isOver = true
            return pass.leave(outcomeOf(exit, begun))
          })
        const watch: Entered<Result>["watch"] = (stream, observe) =>
          Stream.ensuringWith(
            Stream.mapChunks(stream, (chunk) => {
              if (!begun) {
                begun = true
                pass.onFirst()
              }
              for (const element of chunk) observe(element)
              return chunk
            }),
            leave
          )
        // A scope that closes before the stream was at its end: left in the middle.
        return Effect.as(
          Effect.addFinalizer(() => leave(Exit.failCause(Cause.empty))),
          { pass, leave, watch }
        )
      })

    const streamed = <Request, Result, A>(
      operation: Streaming<Request, Result>,
      request: Request,
      options: RequestOptions | undefined,
      run: (options: RequestOptions | undefined) => Stream.Stream<A, FriendliStreamError>,
      observe: (pass: Pass<Result>, element: A) => void
    ): Stream.Stream<A, FriendliStreamError> =>
      unwrapScoped(
        Effect.map(
          Effect.uninterruptibleMask((restore) => enter(operation, request, options, restore)),
          ({ pass, watch }) => watch(run(pass.options), (element) => observe(pass, element))
        )
      )

    return {
      deployment,
      execute: (operation, request, options) =>
        unary(
          operation,
          request,
          options,
          (passed) => client.execute(operation, request, passed),
          (answer) => answer
        ),
      executeWithResponse: (operation, request, options) =>
        unary(
          operation,
          request,
          options,
          (passed) => client.executeWithResponse(operation, request, passed),
          (answer) => answer.value
        ),
      stream: (operation, request, options) =>
        streamed(
          operation,
          request,
          options,
          (passed) => client.stream(operation, request, passed),
          (pass, event) => pass.observe(event)
        ),
      streamWithResponse: <Request, Event>(
        operation: Streaming<Request, Event>,
        request: Request,
        options?: RequestOptions
      ) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(enter(operation, request, options, restore), ({ leave, pass, watch }) =>
            restore(client.streamWithResponse(operation, request, pass.options)).pipe(
              Effect.onError((cause) => leave(Exit.failCause(cause))),
              Effect.map(({ response, value }): WithResponse<Stream.Stream<Event, FriendliStreamError>> => ({
                response,
                value: watch(value, pass.observe)
              }))
            )
          )
        ),
      events: (operation, request, options) =>
        streamed(
          operation,
          request,
          options,
          (passed) => client.events(operation, request, passed),
          (pass, event) => {
            if (pass.observe !== nothing) rawEvents.observe(operation, event, pass.observe)
          }
        )
    }
  }
