/**
 * Checks whether a request can be answered: its body against the contract, and its model.
 */
import { isRecord, type JsonRecord } from "../base/json.js"
import type { Issue } from "../base/types.js"
import { load } from "../contract/contract.js"
import type { Route } from "../contract/routes.js"
import { fieldNames, unknownIssue } from "../contract/unknownFields.js"
import type { Endpoints } from "../management/endpoints.js"
import { issuesText, messagesErrorBody, validationBody } from "../base/errors.js"
import type { Exchange } from "./exchange.js"
import type { Models } from "./models.js"
import { isForm, isJson, type RequestBody } from "./requestBody.js"

/** Rejects a request with 422 and its issues. The path of messages has its own shape. */
export type Reject = (issues: ReadonlyArray<Issue>) => Response

export const rejectFor =
  ({ entry, json, requestId }: Exchange, route: Route, headers: Readonly<Record<string, string>>): Reject =>
  (issues) => {
    // The issues say where and why, and never repeat a value of the request.
    entry.reason = issues.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; ")
    return json(
      422,
      route.operation === "messages" ? messagesErrorBody(422, issuesText(issues), requestId) : validationBody(issues),
      headers
    )
  }

/**
 * Stage: checks the body against the contract.
 *
 * In: the route and the body as it was read. Out: a valid request, with the files of a form in it, or a 413 or 422. Unknown fields are recorded, or
 * rejected if the emulator is strict. The contract is applied before the operation runs, so that an operation can trust the types of all fields.
 */
export const validateBody = async (
  { entry, fail }: Exchange,
  route: Route,
  { contentType, parsed }: RequestBody,
  headers: Readonly<Record<string, string>>,
  reject: Reject,
  isStrict: boolean
): Promise<JsonRecord | Response> => {
  if ("tooLarge" in parsed) return fail(413, "The request body is too large", headers)
  const hasExpectedType = route.contentType === "application/json" ? isJson(contentType) : isForm(contentType)
  if (!hasExpectedType) {
    return reject([
      { loc: ["header", "content-type"], msg: `Input should be '${route.contentType}'`, type: "value_error" }
    ])
  }
  if ("issue" in parsed) return reject([parsed.issue])
  const contract = await load()
  const { issues, value } =
    "form" in parsed
      ? contract.readForm(route, parsed.form)
      : { issues: contract.requestIssues(route, parsed.value), value: parsed.value }
  if (issues.length > 0 || !isRecord(value)) return reject(issues)
  const unknown = contract.unknownFields(route, "form" in parsed ? parsed.form : value)
  entry.unknownFields = fieldNames(unknown)
  return isStrict && unknown.length > 0 ? reject(unknown.map(unknownIssue)) : value
}

/**
 * Stage: checks that the model can answer.
 *
 * In: a valid request. Out: nothing, or a 404 for a serverless model that does not exist, a 404 for a dedicated endpoint that does not exist, or a
 * 503 for an endpoint that does not run. An invalid request gets its 422 before that.
 */
export const modelAnswer = (
  { fail }: Exchange,
  { deployment }: Route,
  model: unknown,
  models: Models,
  endpoints: Endpoints,
  headers: Readonly<Record<string, string>>
): Response | undefined => {
  if (deployment === "serverless" && !models.exists(model)) {
    return fail(404, "There is no such model, or the token may not use it", headers)
  }
  const unavailable = deployment === "dedicated" ? endpoints.unavailable(model) : undefined
  return unavailable && fail(unavailable.status, unavailable.reason, { ...unavailable.headers, ...headers })
}
