/**
 * Plans over deployments. In: layers of deployments, and when to continue with the next one. Out: an execution plan of Effect, whose
 * streams never start again after their first element: half an answer must not be followed by the beginning of another one.
 */
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type FriendliStreamError, isFriendliError } from "../errors/FriendliError.js"
import { rowOf } from "../errors/table.js"
import * as meters from "./meters.js"

/** `provide`: the layer of a deployment. `when`: which failures of the previous step lead to this one. */
export interface Step {
  readonly provide: Layer.Layer.Any
  readonly when?: ((error: FriendliStreamError) => boolean) | undefined
}

/**
 * Whether another deployment may answer after this failure: transient failures, and failures that are not retried on the same deployment,
 * such as a generation that timed out or stopped, and exhausted quotas and credits.
 */
export const isAnswerableElsewhere = (error: FriendliStreamError): boolean => rowOf(error).isAnswerableElsewhere(error)

/**
 * Builds each layer once, so that limits and circuits live as long as the plan. They are built separately, because the capabilities of
 * two deployments are the same layers over different clients.
 */
export const build = (steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const built: Array<ExecutionPlan.make.Step> = []
    for (const [index, { provide, when = isAnswerableElsewhere }] of steps.entries()) {
      const context = yield* isolated(
        // The layer's types are in the signature of `Resilience.plan`.
        Layer.buildWithScope(provide as Layer.Layer<never>, scope)
      )
      built.push({
        provide: context,
        // Called once in a run for every step except the first, because a step has no attempts and no schedule. So `true` is a fallback.
        while: (error: unknown) =>
          isFriendliError(error) && when(error) ? Effect.as(meters.fallback(error, index), true) : Effect.succeed(false)
      })
    }
    return ExecutionPlan.make(...(built as [ExecutionPlan.make.Step, ...Array<ExecutionPlan.make.Step>]))
  })

/** In its own fiber: what a layer sets in fiber refs, as loggers do, must not affect the next layer. */
const isolated = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.fork(effect), (fiber) =>
    Effect.flatten(Effect.onInterrupt(Fiber.await(fiber), () => Fiber.interrupt(fiber)))
  )

/** A failure after the first element, which no step of a plan repeats. */
class LateFailure {
  constructor(readonly error: unknown) {}
}

/** The parts of an execution plan that are read here, independent of its types. */
interface AnyPlan {
  readonly steps: ReadonlyArray<{
    readonly provide: ExecutionPlan.make.Step["provide"]
    readonly attempts?: number | undefined
    readonly schedule?: ExecutionPlan.make.Step["schedule"]
    readonly while?: ((input: never) => Effect.Effect<boolean, unknown, unknown>) | undefined
  }>
}

/** The same plan, which does not continue after a late failure. */
const withoutLate = ({ steps }: AnyPlan) =>
  ExecutionPlan.make(
    ...(steps.map((step) => ({
      ...step,
      while: (input: unknown) =>
        input instanceof LateFailure ? Effect.succeed(false) : (step.while?.(input as never) ?? Effect.succeed(true))
    })) as unknown as [ExecutionPlan.make.Step, ...Array<ExecutionPlan.make.Step>])
  )

/**
 * The stream under the plan. Within a step, `Stream.withExecutionPlan` repeats a stream that has already emitted elements, whatever its
 * option for steps is. So a failure after the first element is wrapped before the plan sees it, and unwrapped afterwards.
 */
export const withPlan = <A, E, R>(self: Stream.Stream<A, E, R>, plan: AnyPlan): Stream.Stream<A, unknown, unknown> => {
  const guarded = Stream.suspend(() => {
    let begun = false
    return self.pipe(
      Stream.mapChunks((chunk) => {
        begun ||= chunk.length > 0
        return chunk
      }),
      Stream.mapError((error) => (begun ? new LateFailure(error) : error))
    )
  })
  return Stream.mapError(Stream.withExecutionPlan(guarded, withoutLate(plan)), (error: unknown) =>
    error instanceof LateFailure ? error.error : error
  )
}
