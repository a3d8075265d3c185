/**
 * Conditions that end the run of an agent. They are values, and can be combined.
 *
 * **When to use**: as `stopWhen` of `Agent.run`. They are tested after each step that has called tools. Budgets are not conditions: they are checked
 * before each request and each tool, see `Agent.Budget`.
 */
import { dual } from "effect/Function"
import { type Progress, StopCondition } from "./agent/stop.js"

export { StopCondition } from "./agent/stop.js"
export type { Progress } from "./agent/stop.js"

/**
 * A condition of your own. `name` appears in `stoppedBy`.
 *
 * @example
 * ```ts
 * import { StopCondition } from "effect-friendli-ai"
 *
 * const manyFailures = StopCondition.make("many failures", ({ steps }) =>
 *   steps.flatMap(({ outcomes }) => outcomes).filter(({ _tag }) => _tag === "Failed").length >= 3
 * )
 * console.log(StopCondition.or(manyFailures, StopCondition.afterTool("book")).name)
 * // => many failures or after book
 * ```
 * @category constructors
 */
export const make = (name: string, isMet: (progress: Progress) => boolean): StopCondition =>
  new StopCondition(name, isMet)

/**
 * Met when the last step has executed this tool successfully.
 * @category constructors
 */
export const afterTool = (name: string): StopCondition =>
  make(`after ${name}`, ({ steps }) =>
    (steps.at(-1)?.outcomes ?? []).some((outcome) => outcome._tag === "Succeeded" && outcome.name === name)
  )

/**
 * Met when the text of the last step contains this text.
 * @category constructors
 */
export const afterText = (text: string): StopCondition =>
  make(`after the text "${text}"`, ({ steps }) => steps.at(-1)?.text.includes(text) ?? false)

/**
 * Met after this number of steps.
 * @category constructors
 */
export const afterSteps = (count: number): StopCondition =>
  make(`after ${count} steps`, ({ totals }) => totals.steps >= count)

/**
 * Met when both conditions are met.
 * @category combinators
 */
export const and: {
  (that: StopCondition): (self: StopCondition) => StopCondition
  (self: StopCondition, that: StopCondition): StopCondition
} = /*#__PURE__*/ dual(2, (self: StopCondition, that: StopCondition) =>
  make(`${self.name} and ${that.name}`, (progress) => self.isMet(progress) && that.isMet(progress))
)

/**
 * Met when one of the conditions is met.
 * @category combinators
 */
export const or: {
  (that: StopCondition): (self: StopCondition) => StopCondition
  (self: StopCondition, that: StopCondition): StopCondition
} = /*#__PURE__*/ dual(2, (self: StopCondition, that: StopCondition) =>
  make(`${self.name} or ${that.name}`, (progress) => self.isMet(progress) || that.isMet(progress))
)

/**
 * Met when the condition is not met.
 * @category combinators
 */
export const not = (self: StopCondition): StopCondition => make(`not ${self.name}`, (progress) => !self.isMet(progress))
