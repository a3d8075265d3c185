/**
 * The API's contract: decides whether a request is valid. In: a route and a body, or a form. Out: issues as
 * the API lists them, none for a valid request. The description of the API in `contract/friendli-api.json` is
 * the only source of the rules; code exists only for what a JSON schema cannot express.
 */
import { isRecord, type JsonRecord, own } from "../base/json.js"
import type { FormRecord, Issue } from "../base/types.js"
import type { Call } from "./calls.js"
import {
  type ApiDocument,
  type DocumentedOperation,
  loadDocument,
  type SchemaNode,
  schemaNameOf,
  validationSchemas
} from "./document.js"
import { formValues } from "./form.js"
import { typeIssue } from "./issues.js"
import { queryValues, type QueryValues } from "./query.js"
import type { Route } from "./routes.js"
import { ruleIssues } from "./rules.js"
import { makeSchemas, referenceTo } from "./schemas.js"
import { unknownFields } from "./unknownFields.js"
import { schemaIssues } from "./validate.js"

/** The contract, with the schemas that requests have needed so far compiled. */
export interface Contract {
  /** The issues of a request body. The rules between fields are checked only when the body matches its schema. */
  readonly requestIssues: (route: Route, body: unknown) => ReadonlyArray<Issue>
  /** The request in a form, and its issues. Texts become values of the schema's types; files stay files. */
  readonly readForm: (
    route: Route,
    form: FormRecord
  ) => { readonly value: JsonRecord; readonly issues: ReadonlyArray<Issue> }
  /** Where a valid request has fields that the contract does not have. For a form, it is the form as it was sent. */
  readonly unknownFields: (route: Route, request: JsonRecord | FormRecord) => ReadonlyArray<Issue["loc"]>
  /** The same for the query and the body of a call. */
  readonly unknownCallFields: (call: Call, query: URLSearchParams, body: unknown) => ReadonlyArray<Issue["loc"]>
  /** The query of a call, as values of the schema's types with their defaults, and its issues. */
  readonly readQuery: (call: Call, query: URLSearchParams) => QueryValues
  /** The issues of the JSON body of a call. */
  readonly bodyIssues: (call: Call, body: unknown) => ReadonlyArray<Issue>
  /** The same as `readForm`, for a call. */
  readonly readCallForm: (call: Call, form: FormRecord) => QueryValues
}

let loading: Promise<Contract> | undefined

/** Loads the contract; later calls return the same one. */
export const load = (): Promise<Contract> => (loading ??= loadDocument().then(makeContract))

/**
 * The contract over a document. A schema is compiled when a request first needs it, because most programs
 * need few of them.
 */
const makeContract = (api: ApiDocument): Contract => {
  const schemas = makeSchemas(validationSchemas(api))

  /** The schema of the body of a path, if it has one of this type. */
  const bodySchema = (path: string, contentType: string): SchemaNode | undefined =>
    api.paths[path]?.post?.requestBody?.content[contentType]?.schema

  /** The contract has separate schemas for streaming requests, under the path with the suffix `#stream`. */
  const schemaPath = ({ path }: Route, body: unknown): string => {
    const isStreaming = isRecord(body) && own(body, "stream") === true
    return isStreaming && api.paths[`${path}#stream`] !== undefined ? `${path}#stream` : path
  }

  // One node per path, because compiled schemas are cached by node.
  const nodes = new Map<string, SchemaNode>()
  /** The schema of a path's body as one node. */
  const requestNode = (path: string, contentType: string): SchemaNode => {
    const cached = nodes.get(path)
    if (cached !== undefined) return cached
    const schema = bodySchema(path, contentType)
    if (schema?.$ref === undefined) throw new Error(`the contract has no request of ${contentType} for ${path}`)
    const node = referenceTo(schemaNameOf(schema.$ref))
    nodes.set(path, node)
    return node
  }

  const requestIssues: Contract["requestIssues"] = (route, body) => {
    const node = requestNode(schemaPath(route, body), route.contentType)
    if (!isRecord(body)) return [typeIssue(["body"], ["object"])]
    // A body that does not match its schema may lack the fields that rules compare.
    const issues = schemaIssues(node, body, ["body"], schemas)
    return issues.length > 0 ? issues : ruleIssues(node, body, ["body"], body, schemas)
  }

  const readForm: Contract["readForm"] = (route, form) => {
    const node = schemas.resolve(bodySchema(route.path, route.contentType) ?? {})
    const { files, issues, values } = formValues(node, form, schemas)
    // The schema describes a file only as a string, so an empty string represents it.
    const placeholders = Object.fromEntries(Object.keys(files).map((name) => [name, ""]))
    // A field that could not be read has its issue already.
    const unreadable = new Set(issues.map(({ loc }) => loc[1]))
    const invalid = requestIssues(route, { ...values, ...placeholders }).filter(
      ({ loc }) => !unreadable.has(loc[1] ?? "")
    )
    return { value: { ...values, ...files }, issues: [...issues, ...invalid] }
  }

  const operationOf = ({ method, path }: Call): DocumentedOperation =>
    api.paths[path]?.[method.toLowerCase() as "get"] ?? {}

  const callSchema = (call: Call): SchemaNode => operationOf(call).requestBody?.content[call.body ?? ""]?.schema ?? {}

  const readQuery: Contract["readQuery"] = (call, query) =>
    queryValues(operationOf(call).parameters ?? [], query, schemas)

  const bodyIssues: Contract["bodyIssues"] = (call, body) => {
    const node = callSchema(call)
    const issues = schemaIssues(node, body, ["body"], schemas)
    return issues.length > 0 ? issues : ruleIssues(node, body, ["body"], body, schemas)
  }

  const readCallForm: Contract["readCallForm"] = (call, form) => {
    const { files, issues, values } = formValues(schemas.resolve(callSchema(call)), form, schemas)
    const placeholders = Object.fromEntries(Object.keys(files).map((name) => [name, ""]))
    return {
      value: { ...values, ...files },
      issues: issues.length > 0 ? issues : bodyIssues(call, { ...values, ...placeholders })
    }
  }

  /** The values of a form are texts and files, so only the names are checked. */
  const unknownIn = (node: SchemaNode, body: unknown, isForm: boolean): ReadonlyArray<Issue["loc"]> => {
    if (!isForm) return unknownFields(node, body, ["body"], schemas)
    const { properties = {} } = schemas.resolve(node)
    return Object.keys(body as FormRecord).flatMap((name) => (Object.hasOwn(properties, name) ? [] : [["body", name]]))
  }

  const unknownRequestFields: Contract["unknownFields"] = (route, request) =>
    unknownIn(
      requestNode(schemaPath(route, request), route.contentType),
      request,
      route.contentType === "multipart/form-data"
    )

  const unknownCallFields: Contract["unknownCallFields"] = (call, query, body) => {
    const known = (operationOf(call).parameters ?? []).map(({ name }) => name)
    const names = [...new Set(query.keys())].filter((name) => !known.includes(name))
    const inBody = call.body === undefined ? [] : unknownIn(callSchema(call), body, call.body === "multipart/form-data")
    return [...names.map((name) => ["query", name]), ...inBody]
  }

  return {
    requestIssues,
    readForm,
    unknownFields: unknownRequestFields,
    unknownCallFields,
    readQuery,
    bodyIssues,
    readCallForm
  }
}
