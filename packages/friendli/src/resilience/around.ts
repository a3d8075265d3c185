/**
 * The frame that all guards share. In: a guard, which admits or rejects an operation. Out: middleware that asks the guard before every
 * operation, passes it the answer or each event, and reports once how the operation ended. A guard therefore never handles streams,
 * scopes or interruption itself.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Deployment } from "../core/Deployment.js"
import type { FriendliError, FriendliStreamError } from "../errors/FriendliError.js"
import type { Interpreter, Middleware } from "../client/types.js"
import type { Streaming, Unary } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"
import type { Restore } from "./admission.js"

/** The data about an operation that a guard receives before it is sent. */
export interface Call<Request, Result> {
  readonly operation: Unary<Request, Result> | Streaming<Request, Result>
  readonly request: Request
  readonly options: RequestOptions | undefined
  readonly deployment: Deployment
}

/**
 * How an operation ended, for guards. `Answered`: the deployment answered, even if the consumer of a stream stopped in the middle.
 * `Abandoned`: it was interrupted, or died, before anything had arrived.
 */
export type Outcome =
  | { readonly _tag: "Answered" }
  | { readonly _tag: "Failed"; readonly error: FriendliStreamError }
  | { readonly _tag: "Abandoned" }

/** An operation that was admitted. */
export interface Pass<in Result> {
  readonly options: RequestOptions | undefined
  /** Receives the answer, or each event. */
  readonly observe: (value: Result) => void
  /** A stream has begun to answer. */
  readonly onFirst: () => void
  readonly leave: (outcome: Outcome) => Effect.Effect<void>
}

/**
 * Decides on each operation. It may fail with an error instead of admitting it, and may change the options,
 * for example the retry policy.
 */
export interface Guard {
  /** Runs uninterruptibly, so that `leave` is called for every admitted operation. */
  readonly enter: <Request, Result>(
    call: Call<Request, Result>,
    restore: Restore
  ) => Effect.Effect<Pass<Result>, FriendliError>
}

/** For guards that do not look at answers. */
export const nothing = (): void => {}

/** A stream that was interrupted after its first event counts as answered, because the deployment did answer. */
const outcomeOf = (exit: Exit.Exit<unknown, FriendliStreamError>, begun: boolean): Outcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Answered" }
  const error = Cause.failureOption(exit.cause)
  if (Option.isSome(error)) return { _tag: "Failed", error: error.value }
  return begun ? { _tag: "Answered" } : { _tag: "Abandoned" }
}

/** Middleware that runs every operation between a guard's `enter` and `leave`. */
export const around =
  (guardOf: (direct: Interpreter) => Guard): Middleware =>
  (next, direct) => {
    const guard = guardOf(direct)
    const { deployment } = next
    return {
      deployment,

      call: (operation, request, options) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(guard.enter({ operation, request, options, deployment }, restore), (pass) =>
            Effect.onExit(restore(next.call(operation, request, pass.options)), (exit) => {
              if (Exit.isSuccess(exit)) pass.observe(exit.value.value)
              return pass.leave(outcomeOf(exit, false))
            })
          )
        ),

      open: <Request, Event>(operation: Streaming<Request, Event>, request: Request, options?: RequestOptions) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const pass = yield* guard.enter({ operation, request, options, deployment }, restore)
            const tracked = trackStream(pass)
            // A scope that closes before the stream was at its end: the consumer stopped in the middle.
            yield* Effect.addFinalizer(() => tracked.leave(Exit.failCause(Cause.empty)))
            const { response, value } = yield* restore(next.open(operation, request, pass.options)).pipe(
              Effect.onError((cause) => tracked.leave(Exit.failCause(cause)))
            )
            return { response, value: tracked.watch(value) }
          })
        )
    }
  }

/**
 * A stream that was admitted. It can end in three ways: its last event or failure, a failure to open it, or a
 * scope that closes early. Whichever comes first tells the guard, and the others change nothing.
 */
const trackStream = <Event>(pass: Pass<Event>) => {
  let hasBegun = false
  let hasLeft = false
  const leave = (exit: Exit.Exit<unknown, FriendliStreamError>): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (hasLeft) return Effect.void
      hasLeft = true
      return pass.leave(outcomeOf(exit, hasBegun))
    })
  const watch = (stream: Stream.Stream<Event, FriendliStreamError>): Stream.Stream<Event, FriendliStreamError> =>
    Stream.ensuringWith(
      Stream.mapChunks(stream, (chunk) => {
        if (!hasBegun) {
          hasBegun = true
          pass.onFirst()
        }
        for (const event of chunk) pass.observe(event)
        return chunk
      }),
      leave
    )
  return { leave, watch }
}
