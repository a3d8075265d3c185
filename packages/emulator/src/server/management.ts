/**
 * Executes the operations that manage or list something. In: a request with a valid path and token. Out: the answer of the operation, after its query
 * and its body were checked against the contract.
 */
import { validationBody } from "../base/errors.js"
import type { EmulatorOptions, Issue } from "../base/types.js"
import type { Call, CallName, CallTarget } from "../contract/calls.js"
import { load } from "../contract/contract.js"
import type { OperationName, Route } from "../contract/routes.js"
import { fieldNames, unknownIssue } from "../contract/unknownFields.js"
import type { CallAnswer, CallRequest } from "../management/call.js"
import { makeCatalogue } from "../management/catalogue.js"
import { makeDatasets } from "../management/datasets.js"
import { type Endpoints, makeEndpoints } from "../management/endpoints.js"
import { makeKnowledge } from "../management/knowledge.js"
import { type Ledger, makeLedger, type Meter } from "../management/ledger.js"
import { makeUploads, type Uploads } from "../management/uploads.js"
import { makeUsage } from "../management/usage.js"
import { answerModel } from "../operations/operation.js"
import { sendAnswer } from "./answer.js"
import type { Exchange } from "./exchange.js"
import type { ChosenFault } from "./faultAnswer.js"
import type { Models } from "./models.js"
import { isForm, isJson, type RequestBody } from "./requestBody.js"

/** The managed objects of an emulator, and their operations. */
export interface Management {
  /** One function for each operation. One that is missing does not compile. */
  readonly calls: Readonly<Record<CallName, CallAnswer>>
  readonly endpoints: Endpoints
  readonly uploads: Uploads
  readonly ledger: Ledger
  /** Returns everything to its state at the start. */
  readonly reset: () => void
}

/** Makes the managed objects of an emulator, in their state at the start. */
export const makeManagement = (options: EmulatorOptions, models: Models): Management => {
  const endpoints = makeEndpoints(options.endpoints ?? {})
  const datasets = makeDatasets(options.datasets)
  const uploads = makeUploads()
  const ledger = makeLedger()
  const usage = makeUsage({ rows: ledger.rows, gpuTimes: endpoints.gpuTimes, priceOf: models.priceOf })
  return {
    calls: {
      ...makeCatalogue(models.listed),
      ...makeKnowledge(options.knowledge),
      ...endpoints.calls,
      ...datasets.calls,
      ...uploads.calls,
      ...usage
    },
    endpoints,
    uploads,
    ledger,
    reset: () => {
      endpoints.reset()
      datasets.reset()
      uploads.reset()
      ledger.reset()
    }
  }
}

/** The operations of inference that cost nothing: they do not run a model. */
const free: ReadonlySet<OperationName> = new Set(["tokenize", "detokenize", "renderChat"])

/** Whether a request counts for usage and cost. A container runs on its user's own machines. */
export const isBilled = ({ deployment, operation }: Route): boolean =>
  deployment !== "container" && !free.has(operation)

/** The meter of a request of inference. */
export const openMeter = (ledger: Ledger, { deployment }: Route, model: unknown): Meter => {
  const name = answerModel(deployment, model) ?? ""
  return ledger.open(deployment === "dedicated" ? "dedicated_endpoints" : "model_apis", name)
}

/** The team of a token without the header `X-Friendli-Team`. */
const defaultTeam = "team-emulator"

/** The body as the contract reads it, or its issues. */
const readBody = async (
  call: Call,
  { contentType, parsed }: RequestBody
): Promise<{ readonly value: unknown; readonly issues: ReadonlyArray<Issue> }> => {
  if (call.body === undefined) return { value: undefined, issues: [] }
  const isExpected = call.body === "application/json" ? isJson(contentType) : isForm(contentType)
  if (!isExpected) {
    const issue = { loc: ["header", "content-type"], msg: `Input should be '${call.body}'`, type: "value_error" }
    return { value: undefined, issues: [issue] }
  }
  if ("issue" in parsed) return { value: undefined, issues: [parsed.issue] }
  const contract = await load()
  if ("form" in parsed) return contract.readCallForm(call, parsed.form)
  const value = "value" in parsed ? parsed.value : undefined
  return { value, issues: contract.bodyIssues(call, value) }
}

/**
 * Stage: executes a call.
 *
 * In: the call, the values in its path, and its body as it was read. Out: the answer: a value, a 422 that lists what is invalid, or
 * another error of the operation.
 */
export const manage = async (
  exchange: Exchange,
  { parameters }: CallTarget,
  call: Call,
  body: RequestBody,
  { calls }: Management,
  chosen: ChosenFault,
  isStrict: boolean
): Promise<Response> => {
  const { entry, fail, json, request } = exchange
  const { headers } = chosen
  if ("tooLarge" in body.parsed) return fail(413, "The request body is too large", headers)
  const contract = await load()
  const url = new URL(request.url)
  const query = contract.readQuery(call, url.searchParams)
  const content = await readBody(call, body)
  const reject = (issues: ReadonlyArray<Issue>): Response => json(422, validationBody(issues), headers)
  const issues = [...query.issues, ...content.issues]
  if (issues.length > 0) return reject(issues)
  const sent = "form" in body.parsed ? body.parsed.form : content.value
  const unknown = contract.unknownCallFields(call, url.searchParams, sent)
  entry.unknownFields = fieldNames(unknown)
  if (isStrict && unknown.length > 0) return reject(unknown.map(unknownIssue))

  const asked: CallRequest = {
    parameters,
    query: query.value,
    body: content.value,
    team: request.headers.get("x-friendli-team") ?? defaultTeam,
    url: (path) => new URL(path, url).href
  }
  const outcome = await calls[call.name](asked)
  switch (outcome.kind) {
    case "value":
      return sendAnswer(exchange, { kind: "json", value: outcome.value }, chosen, reject)
    case "refused":
      return fail(outcome.status, outcome.message, headers)
    case "invalid":
      return reject(outcome.issues)
  }
}
