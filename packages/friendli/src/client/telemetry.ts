/**
 * Attributes of spans, named by OpenTelemetry's GenAI conventions. In: deployment, request, facts of the answer, error. Out: attributes.
 * They are only numbers, names and ids: no text of a request or an answer.
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import type { Deployment } from "../core/Deployment.js"
import type { FriendliStreamError } from "../errors/FriendliError.js"
import type { AnswerFacts, Any, JsonRecord } from "../core/Operation.js"
import { redact } from "../internal/secrets.js"
import { UntracedSpan } from "../internal/untracedSpan.js"

/** Attributes of a span. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | ReadonlyArray<string> | undefined
}

/** Request settings with the same names in the conventions and the API. */
const settings = ["max_tokens", "temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "seed"]

export const annotate = (span: Tracer.Span, attributes: Attributes): void => {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) span.attribute(name, value)
}

/** Adds the facts of the answer, without credentials: echo servers repeat what they were sent in every header and field. */
export const annotateAnswer = (span: Tracer.Span, attributes: Attributes, credentials: ReadonlyArray<string>): void => {
  const clean = (text: string): string => redact(text, credentials)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    if (typeof value === "string") span.attribute(name, clean(value))
    else span.attribute(name, Array.isArray(value) ? value.map(clean) : value)
  }
}

const native = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether spans are recorded: a tracer is installed, or the fiber is part of a trace. */
export const isTraced = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean => {
  const parent: unknown = fiber.currentContext.unsafeMap.get(Tracer.ParentSpan.key)
  return (
    (parent !== undefined && !(parent instanceof UntracedSpan)) ||
    Context.get(fiber.getFiberRef(DefaultServices.currentServices), Tracer.Tracer) !== native
  )
}

/** The attributes of the server, on every span of a client. */
export const serverAttributes = (deployment: Deployment): Attributes => {
  const url = new URL(deployment.baseUrl)
  return {
    "gen_ai.provider.name": "friendli",
    "server.address": url.hostname,
    "server.port": url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port),
    "friendli.deployment": deployment.name
  }
}

/** The attributes of the request. */
export const requestAttributes = (operation: Pick<Any<never, unknown>, "genAi">, body: JsonRecord): Attributes => {
  const attributes: Record<string, string | number> = { "gen_ai.operation.name": operation.genAi }
  if (typeof body["model"] === "string") attributes["gen_ai.request.model"] = body["model"]
  const add = (field: string, name = field): void => {
    const value = body[field]
    if (typeof value === "number") attributes[`gen_ai.request.${name}`] = value
  }
  for (const field of settings) add(field)
  add("max_output_tokens", "max_tokens")
  add("n", "choice.count")
  return attributes
}

/** The one place where facts get their names in the conventions. */
export const factAttributes = ({ finishReasons, id, model, usage }: AnswerFacts): Attributes => ({
  "gen_ai.response.id": id,
  "gen_ai.response.model": model,
  "gen_ai.response.finish_reasons": finishReasons,
  "gen_ai.usage.input_tokens": usage?.inputTokens,
  "gen_ai.usage.output_tokens": usage?.outputTokens
})

export const errorAttributes = (error: FriendliStreamError): Attributes => ({
  "error.type": error._tag,
  "http.response.status_code": error.status,
  "friendli.request_id": error.requestId
})
