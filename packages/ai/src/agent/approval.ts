/** Which calls need approval: the options of a run decide, else the annotation of the tool. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { Known } from "./offered.js"
import type { Plan, Untyped } from "./plan.js"

/**
 * Marks a tool whose calls all need approval: `tool.annotate(Agent.NeedsApproval, true)`. The option `approval` of a run overrides it.
 * @category annotations
 */
export class NeedsApproval extends Context.Reference<NeedsApproval>()("effect-friendli-ai/Agent/NeedsApproval", {
  defaultValue: () => false
}) {}

/** The rule for the calls of a run. */
export const approvalOf =
  (approval: Readonly<Record<string, unknown>> | undefined, known: ReadonlyMap<string, Known>): Plan["needsApproval"] =>
  (name, params) => {
    const rule = approval !== undefined && Object.hasOwn(approval, name) ? approval[name] : undefined
    if (Predicate.isBoolean(rule)) return Effect.succeed(rule)
    if (!Predicate.isFunction(rule)) {
      const tool = known.get(name)?.tool
      return Effect.succeed(tool !== undefined && Context.get(tool.annotations, NeedsApproval))
    }
    return Effect.suspend((): Untyped<boolean> => {
      const answer: unknown = rule(params)
      return Effect.isEffect(answer) ? (answer as Untyped<boolean>) : Effect.succeed(answer === true)
    })
  }
