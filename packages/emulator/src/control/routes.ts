/**
 * The control paths, which change and show an emulator while it runs. In: a call with its query and body. Out: a value for the answer, or a
 * `ControlError` with its status. The OpenAPI document is made from the same table, so that the two agree.
 */
import { checkPacing } from "../base/checkPacing.js"
import { closest } from "../base/closest.js"
import type { Fault } from "../base/fault.js"
import { isRecord, type JsonRecord } from "../base/json.js"
import type { RecordedRequest } from "../base/types.js"
import { operationNames, routes as apiRoutes } from "../contract/routes.js"
import { check as checkFault } from "../faults/faultParser.js"
import { checkRule } from "../faults/faultRules.js"
import { parse as parseScript } from "../scripts/parseScript.js"
import type { Controlled, ControlledScope } from "./controlled.js"
import { ref } from "./schemas.js"

/** The prefix of every control path. */
export const controlPrefix = "/_emulator"

/** A call that is not executed. */
export class ControlError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A call to a control path. */
export interface ControlRequest {
  readonly query: URLSearchParams
  /** The scope of the call, from the header or the query. */
  readonly scope: string | undefined
  /** The body as text; empty when there is none. */
  readonly body: string
}

/** One parameter of the query, with its schema. */
interface Parameter {
  readonly name: string
  readonly description: string
  readonly schema: JsonRecord
}

/** One control path with one method. */
export interface ControlRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  readonly summary: string
  /** Whether it needs no token. */
  readonly open?: true
  /** Whether the call is for one scope, or can be limited to one scope by the header or parameter. */
  readonly scoped?: true
  readonly parameters?: ReadonlyArray<Parameter>
  /** The schemas of the body, and of the answer. */
  readonly body?: JsonRecord
  readonly answer: JsonRecord
  readonly run: (emulator: Controlled, request: ControlRequest) => JsonRecord | Promise<JsonRecord>
}

const object = (properties: JsonRecord): JsonRecord => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false
})
const list = (items: JsonRecord): JsonRecord => ({ type: "array", items })
const count: JsonRecord = { type: "integer", minimum: 0 }

/** The body as JSON. */
const jsonOf = ({ body }: ControlRequest): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    throw new ControlError(400, "The body must be JSON")
  }
}

/** Runs a check of a value from outside. Its error becomes a 400. */
const accepted = async <A>(check: () => A | Promise<A>): Promise<A> => {
  try {
    return await check()
  } catch (error) {
    if (error instanceof TypeError) throw new ControlError(400, error.message)
    throw error
  }
}

/** An integer of the query. */
const integerOf = (query: URLSearchParams, name: string, minimum: number, maximum: number): number | undefined => {
  const text = query.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (text.trim() === "" || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw new ControlError(400, `'${name}' must be an integer from ${minimum} to ${maximum}`)
  }
  return value
}

/** A word of the query, from a list. */
const wordOf = (query: URLSearchParams, name: string, words: ReadonlyArray<string>): string | undefined => {
  const text = query.get(name)
  if (text !== null && !words.includes(text))
    throw new ControlError(400, `'${name}' must be one of ${words.join(", ")}`)
  return text ?? undefined
}

const deployments = ["serverless", "dedicated", "container"]
const defaultLimit = 100
const maxLimit = 1000

/** A record as JSON. Values that are not known yet are null. */
const shown = (request: RecordedRequest): JsonRecord =>
  Object.fromEntries(
    Object.entries(request).map(([key, value]) => [key, value === undefined ? null : (value as unknown)])
  )

/** The requests that a query selects. */
const selected = (emulator: Controlled, { query, scope }: ControlRequest): ReadonlyArray<RecordedRequest> => {
  const path = query.get("path") ?? undefined
  const operation = wordOf(query, "operation", operationNames)
  const deployment = wordOf(query, "deployment", deployments)
  const status = integerOf(query, "status", 100, 599)
  const since = integerOf(query, "since", 0, Number.MAX_SAFE_INTEGER)
  const limit = integerOf(query, "limit", 1, maxLimit) ?? defaultLimit
  const found = emulator.requests().filter((request) => {
    const route = apiRoutes.get(request.path)
    return (
      (scope === undefined || request.scope === scope) &&
      (path === undefined || request.path === path) &&
      (operation === undefined || route?.operation === operation) &&
      (deployment === undefined || route?.deployment === deployment) &&
      (status === undefined || request.status === status) &&
      (since === undefined || request.order >= since)
    )
  })
  // With `since`, a reader continues where it stopped; without it, the newest requests are returned.
  return since === undefined ? found.slice(-limit) : found.slice(0, limit)
}

/** The faults of a scope. */
const shownFaults = ({ faults }: ControlledScope): JsonRecord => ({
  queue: faults.pending,
  rules: faults.rules.map(({ rule, seen, used }) => ({ ...rule, seen, used }))
})

/** Reads the body of a call that adds faults. Nothing is added unless everything is valid. */
const addFaults = (scope: ControlledScope, body: unknown): void => {
  if (!isRecord(body)) throw new ControlError(400, "The body must be an object with 'queue', 'rules' or both")
  const { queue = [], rules = [], ...others } = body
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new ControlError(400, `The body has no '${unknown}'; ${closest(unknown, ["queue", "rules"])}`)
  }
  if (!Array.isArray(queue) || !Array.isArray(rules)) throw new ControlError(400, "'queue' and 'rules' must be lists")
  const checkedQueue = (queue as ReadonlyArray<unknown>).map((fault): Fault => checkFault(fault))
  const checkedRules = (rules as ReadonlyArray<unknown>).map(checkRule)
  scope.faults.enqueue(...checkedQueue)
  scope.faults.addRules(...checkedRules)
}

const shownScripts = ({ scripts }: ControlledScope): JsonRecord => ({
  rules: scripts.list().map(({ name, rule, used }) => ({
    ...rule,
    name,
    // A `RegExp` of the program has no JSON form; its text is read again as the same pattern.
    ...(rule.when?.matches instanceof RegExp ? { when: { ...rule.when, matches: String(rule.when.matches) } } : {}),
    used
  }))
})

const done = object({ ok: { type: "boolean", const: true } })
const faultList = object({ queue: list(ref("Fault")), rules: list(ref("CountedFaultRule")) })
const ruleList = object({ rules: list(ref("CountedScriptRule")) })

/** All control paths. */
export const controlRoutes: ReadonlyArray<ControlRoute> = [
  {
    method: "GET",
    path: "/health",
    summary: "Whether the emulator answers",
    open: true,
    answer: object({ status: { type: "string", const: "ok" }, requests: count }),
    run: (emulator) => ({ status: "ok", requests: emulator.requests().length })
  },
  {
    method: "GET",
    path: "/models",
    summary: "The models, and whether every other name exists, too",
    answer: object({ any: { type: "boolean" }, models: list(ref("Model")) }),
    run: (emulator) => ({ ...emulator.models() })
  },
  {
    method: "GET",
    path: "/requests",
    summary: "The received requests, oldest first",
    scoped: true,
    parameters: [
      { name: "path", description: "Only this path.", schema: { type: "string" } },
      { name: "operation", description: "Only this operation.", schema: { type: "string", enum: [...operationNames] } },
      { name: "deployment", description: "Only this deployment.", schema: { type: "string", enum: deployments } },
      { name: "status", description: "Only this status.", schema: { type: "integer", minimum: 100, maximum: 599 } },
      { name: "since", description: "Only from this `order` on, and the first ones of these.", schema: count },
      {
        name: "limit",
        description: "How many at most. Without `since` they are the newest ones.",
        schema: { type: "integer", minimum: 1, maximum: maxLimit, default: defaultLimit }
      }
    ],
    answer: object({ requests: list(ref("RecordedRequest")) }),
    run: (emulator, request) => ({ requests: selected(emulator, request).map(shown) })
  },
  ...(["POST", "DELETE"] as const).map((method): ControlRoute => ({
    method,
    path: "/reset",
    summary: "Returns one scope, or without a scope everything, to its state at the start",
    scoped: true,
    answer: done,
    run: (emulator, { scope }) => {
      emulator.reset(scope)
      return { ok: true }
    }
  })),
  {
    method: "GET",
    path: "/scopes",
    summary: "The names of the scopes that were used",
    answer: object({ scopes: list({ type: "string" }) }),
    run: (emulator) => ({ scopes: emulator.scopeNames() })
  },
  {
    method: "GET",
    path: "/faults",
    summary: "The waiting faults, and the rules for faults with their counts",
    scoped: true,
    answer: faultList,
    run: (emulator, { scope }) => shownFaults(emulator.scope(scope))
  },
  {
    method: "POST",
    path: "/faults",
    summary: "Adds faults to the queue, and rules for faults",
    scoped: true,
    body: {
      type: "object",
      properties: { queue: list(ref("Fault")), rules: list(ref("FaultRule")) },
      additionalProperties: false
    },
    answer: faultList,
    run: async (emulator, request) => {
      const scope = emulator.scope(request.scope)
      const body = jsonOf(request)
      await accepted(() => addFaults(scope, body))
      return shownFaults(scope)
    }
  },
  {
    method: "DELETE",
    path: "/faults",
    summary: "Removes the faults and the rules, and lets a header with `times` act again",
    scoped: true,
    answer: done,
    run: (emulator, { scope }) => {
      emulator.scope(scope).faults.clear()
      return { ok: true }
    }
  },
  {
    method: "GET",
    path: "/scripts",
    summary: "The rules of the script in the order in which they are tried",
    scoped: true,
    answer: ruleList,
    run: (emulator, { scope }) => shownScripts(emulator.scope(scope))
  },
  {
    method: "PUT",
    path: "/scripts",
    summary:
      "Replaces the rules that were set before, in JSON or YAML; the rules of the start stay, and are tried after them",
    scoped: true,
    body: { oneOf: [list(ref("ScriptRule")), object({ rules: list(ref("ScriptRule")) })] },
    answer: ruleList,
    run: async (emulator, { body, scope }) => {
      const state = emulator.scope(scope)
      await accepted(async () => state.scripts.set(await parseScript(body)))
      return shownScripts(state)
    }
  },
  {
    method: "DELETE",
    path: "/scripts",
    summary: "Removes the rules that were set; the rules of the start stay",
    scoped: true,
    answer: done,
    run: (emulator, { scope }) => {
      emulator.scope(scope).scripts.clear()
      return { ok: true }
    }
  },
  {
    method: "GET",
    path: "/latency",
    summary: "How fast generated tokens are sent",
    scoped: true,
    answer: ref("Pacing"),
    run: (emulator, { scope }) => ({ ...emulator.scope(scope).pacing() })
  },
  {
    method: "PUT",
    path: "/latency",
    summary: "Sets how fast generated tokens are sent, instead of the options of the emulator and of its models",
    scoped: true,
    body: ref("Pacing"),
    answer: ref("Pacing"),
    run: async (emulator, request) => {
      const state = emulator.scope(request.scope)
      const body = jsonOf(request)
      state.setPacing(await accepted(() => checkPacing(body)))
      return { ...state.pacing() }
    }
  },
  {
    method: "DELETE",
    path: "/latency",
    summary: "Returns to the speed of the options",
    scoped: true,
    answer: done,
    run: (emulator, { scope }) => {
      emulator.scope(scope).setPacing(undefined)
      return { ok: true }
    }
  }
]
