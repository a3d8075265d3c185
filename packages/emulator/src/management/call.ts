/**
 * An operation of management: a function from a valid request to an outcome. In: the values of path, query and body. Out: a value, or the reason of a
 * rejection. It does not depend on HTTP, so each operation can be tested by itself.
 */
import type { JsonRecord } from "../base/json.js"
import type { Issue } from "../base/types.js"

/** A valid request. The contract has checked the types of all values. */
export interface CallRequest {
  /** The parameters of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  /** The parameters of the query, with defaults for missing ones. */
  readonly query: JsonRecord
  /** The JSON body, or the fields of a form with its files; `undefined` for an operation without a body. */
  readonly body: unknown
  /** The team that the request names, or that of the token. */
  readonly team: string
  /** The URL of a path of the emulator. */
  readonly url: (path: string) => string
}

/** The result of an operation: a value, a rejection, or the issues of the request. */
export type Outcome =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "refused"; readonly status: 400 | 404 | 413; readonly message: string }
  | { readonly kind: "invalid"; readonly issues: ReadonlyArray<Issue> }

/** An operation. */
export type CallAnswer = (request: CallRequest) => Outcome | Promise<Outcome>

export const answered = (value: unknown): Outcome => ({ kind: "value", value })

export const refused = (status: 400 | 413, message: string): Outcome => ({ kind: "refused", status, message })

/** The answer to an unknown id. It does not repeat the id. */
export const notFound = (what: string): Outcome => ({
  kind: "refused",
  status: 404,
  message: `There is no such ${what}`
})

/** The answer to a request with one invalid value. */
export const invalidCall = (loc: Issue["loc"], msg: string): Outcome => ({
  kind: "invalid",
  issues: [{ loc, msg, type: "value_error" }]
})
