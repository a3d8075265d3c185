/** How a handler reports its progress to the run. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"

type Report = (value: unknown) => Effect.Effect<void>

const currentReport: FiberRef.FiberRef<Report> = /*#__PURE__*/ globalValue(
  "effect-friendli-ai/Agent/currentReport",
  () => FiberRef.unsafeMake<Report>(() => Effect.void)
)

/** Runs a handler whose progress goes to `report`. */
export const reporting = <A, E, R>(effect: Effect.Effect<A, E, R>, report: Report): Effect.Effect<A, E, R> =>
  Effect.locally(effect, currentReport, report)

/**
 * Reports the progress of a tool: `Agent.stream` gives an event `ToolProgress` with this value. Use it in the handler of a tool; elsewhere it does
 * nothing.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Agent } from "effect-friendli-ai"
 *
 * export const download = (files: ReadonlyArray<string>) =>
 *   Effect.forEach(files, (file, index) => Effect.zipRight(Agent.progress({ done: index, of: files.length }), Effect.succeed(file)))
 * ```
 * @category tools
 */
export const progress = (value: unknown): Effect.Effect<void> =>
  Effect.flatMap(FiberRef.get(currentReport), (report) => report(value))
