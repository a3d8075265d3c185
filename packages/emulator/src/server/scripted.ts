/**
 * Finds the rule of a script that answers a request.
 */
import type { JsonRecord } from "../base/json.js"
import type { Fault } from "../base/fault.js"
import type { ScriptRule } from "../base/script.js"
import type { Route } from "../contract/routes.js"
import { bodyFacts } from "../operations/scriptFacts.js"
import type { RequestFacts, RuleSet } from "../scripts/ruleSet.js"
import { answersWithText } from "../scripts/textOperations.js"
import type { Exchange } from "./exchange.js"

/** The facts of a valid request. */
const factsOf = ({ deployment, operation }: Route, body: JsonRecord): RequestFacts => ({
  operation,
  deployment,
  model: typeof body["model"] === "string" ? body["model"] : undefined,
  stream: body["stream"] === true,
  ...bodyFacts(operation, body)
})

/** The facts that a person needs to write the missing rule. It may be logged, so it has no text of the request. */
const describe = ({ deployment, operation, stream, text, toolResults, turn }: RequestFacts, rules: number): string =>
  [
    `No rule of the script fits this request: '${operation}' on ${deployment}`,
    stream ? "streamed" : "not streamed",
    `turn ${turn}`,
    toolResults === undefined
      ? `the last message has ${text.length} characters`
      : `it ends with a result of ${toolResults.length === 0 ? "a tool" : toolResults.join(", ")}`,
    `${rules} ${rules === 1 ? "rule is" : "rules are"} in force`
  ].join(", ")

/** The fault of a rule. */
export const faultOf = ({ fail }: ScriptRule): Fault | undefined => (typeof fail === "number" ? { status: fail } : fail)

/**
 * Stage: chooses the rule.
 *
 * In: a valid request whose model can answer. Out: the rule, or nothing when the model answers, or with a strict script a 400. The
 * status is one that clients do not retry, so that a forgotten rule shows at once.
 */
export const chooseRule = (
  { entry, fail }: Exchange,
  route: Route,
  body: JsonRecord,
  rules: RuleSet,
  isStrict: boolean,
  headers: Readonly<Record<string, string>>
): ScriptRule | Response | undefined => {
  const facts = factsOf(route, body)
  const chosen = rules.take(facts)
  entry.rule = chosen?.name
  if (chosen !== undefined) return chosen.rule
  if (!isStrict || !answersWithText(route.operation)) return undefined
  return fail(400, describe(facts, rules.list().length), headers)
}
