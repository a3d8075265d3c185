/** The key of a row. Two rows with the same key are equal requests. */
import type { Deployment } from "effect-friendli/Deployment"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { createHash } from "node:crypto"
import { keyLength } from "../journal/keys.js"
import type { Request } from "./rows.js"

/**
 * JSON with the fields of every object in a fixed order and without `undefined` fields, so that equal requests have equal texts.
 */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item === undefined ? null : item)).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const { toJSON } = value as { readonly toJSON?: unknown }
    if (typeof toJSON === "function") return canonical(toJSON.call(value))
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    return `{${fields.join(",")}}`
  }
  return JSON.stringify(value) ?? "null"
}

/** The hash of some texts. */
export const hashOf = (...texts: ReadonlyArray<string>): string =>
  createHash("sha256").update(texts.join("\n")).digest("base64url").slice(0, keyLength)

/** The key of a request of an operation to a model. */
export const keyOf = (operation: string, model: string | undefined, request: unknown): string =>
  hashOf(operation, model ?? "", canonical(request))

/** The model of a row: from the options, the request, or the deployment. The answer may name another model. */
export const modelOf = (
  deployment: Deployment,
  options: RequestOptions,
  { operation, request }: Request<unknown>
): string | undefined => {
  if (!operation.model) return undefined
  const named = options.body?.["model"] ?? (request as { readonly model?: unknown } | null)?.model
  return typeof named === "string" ? named : deployment.model
}

/** The key of a row of a batch. */
export const keyOfRow = (deployment: Deployment, options: RequestOptions, row: Request<unknown>): string =>
  keyOf(row.operation.name, modelOf(deployment, options, row), row.request)
