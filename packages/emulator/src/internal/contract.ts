import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js"
import type { FormRecord } from "./form.js"
import { isRecord, type JsonRecord, own } from "./json.js"

/**
 * One entry of a FastAPI style 422 body.
 */
export interface Issue {
  readonly loc: ReadonlyArray<string | number>
  readonly msg: string
  readonly type: string
}

export type DeploymentName = "serverless" | "dedicated" | "container"

/** Where an operation is: its path below the deployment's, which deployments have it, and what its body is. */
interface Place {
  readonly path: string
  readonly deployments: ReadonlyArray<DeploymentName>
  readonly content?: "multipart/form-data"
}

const everywhere: ReadonlyArray<DeploymentName> = ["serverless", "dedicated", "container"]

const places = {
  chat: { path: "/v1/chat/completions", deployments: everywhere },
  completions: { path: "/v1/completions", deployments: everywhere },
  messages: { path: "/v1/messages", deployments: everywhere },
  tokenize: { path: "/v1/tokenize", deployments: everywhere },
  detokenize: { path: "/v1/detokenize", deployments: everywhere },
  transcribe: { path: "/v1/audio/transcriptions", deployments: everywhere, content: "multipart/form-data" },
  renderChat: { path: "/v1/chat/render", deployments: ["serverless", "dedicated"] },
  embed: { path: "/v1/embeddings", deployments: ["dedicated"] },
  generateImage: { path: "/v1/images/generations", deployments: ["dedicated", "container"] },
  editImage: { path: "/v1/images/edits", deployments: ["dedicated", "container"] },
  classify: { path: "/classify", deployments: ["dedicated", "container"] }
} as const satisfies Record<string, Place>

export type OperationName = keyof typeof places

export interface Route {
  readonly deployment: DeploymentName
  readonly operation: OperationName
  readonly path: string
  readonly contentType: "application/json" | "multipart/form-data"
}

interface Constraint {
  readonly rule: string
  readonly fields?: ReadonlyArray<string>
  readonly field?: string
  readonly needs?: Readonly<Record<string, unknown>>
  readonly when?: Readonly<Record<string, unknown>> | string
  /** A field of the whole request, `request.` before its name. */
  readonly than?: string
}

interface SchemaNode {
  readonly const?: unknown
  readonly default?: unknown
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly anyOf?: ReadonlyArray<SchemaNode>
  readonly oneOf?: ReadonlyArray<SchemaNode>
  readonly discriminator?: { readonly propertyName: string; readonly mapping?: Readonly<Record<string, string>> }
  readonly "x-multipart"?: Readonly<Record<string, "field" | "file" | "json">>
  readonly "x-union"?: { readonly by: string; readonly keys?: Readonly<Record<string, string>> }
  readonly "x-constraints"?: ReadonlyArray<Constraint>
}

interface ApiDocument {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly post?: {
          readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: SchemaNode }>> }
        }
      }
    >
  >
  readonly components: { readonly schemas: Readonly<Record<string, SchemaNode>> }
}

const prefixes: Readonly<Record<DeploymentName, string>> = {
  serverless: "/serverless",
  dedicated: "/dedicated",
  container: ""
}

/**
 * Path to what answers it.
 */
export const routes: ReadonlyMap<string, Route> = new Map(
  (Object.entries(places) as ReadonlyArray<[OperationName, Place]>).flatMap(([operation, place]) =>
    place.deployments.map((deployment): [string, Route] => {
      const path = prefixes[deployment] + place.path
      return [path, { deployment, operation, path, contentType: place.content ?? "application/json" }]
    })
  )
)

export const basePath = (deployment: DeploymentName): string => `${prefixes[deployment]}/v1`

const documentId = "friendli-api"
const schemaPrefix = "#/components/schemas/"

// ajv resolves the branch from the `const` of each one and refuses a `mapping`.
const withoutMapping = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutMapping)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) =>
      key === "discriminator" && isRecord(child) && "mapping" in child
        ? [key, { propertyName: child["propertyName"] }]
        : [key, withoutMapping(child)]
    )
  )
}

/**
 * What live servers take although the document does not say so: messages of the role `developer`, in the shape of the system's.
 */
const withLiveFacts = (schemas: Readonly<Record<string, SchemaNode>>): Readonly<Record<string, SchemaNode>> => {
  const { Message: message, SystemMessage: system } = schemas
  if (message?.oneOf === undefined || system === undefined) throw new Error("the contract has no messages by role")
  const developer = { ...system, properties: { ...system.properties, role: { type: "string", const: "developer" } } }
  return {
    ...schemas,
    DeveloperMessage: developer,
    Message: { ...message, oneOf: [...message.oneOf, { $ref: `${schemaPrefix}DeveloperMessage` }] }
  }
}

/**
 * The contract, ready to judge requests.
 */
export interface Contract {
  /** What is wrong with a request body: schema first, cross-field rules when the schema holds. */
  readonly requestIssues: (route: Route, body: unknown) => ReadonlyArray<Issue>
  /** The request that a form spells, texts read as the schema's types and files as they are, and what is wrong with it. */
  readonly readForm: (
    route: Route,
    form: FormRecord
  ) => { readonly value: JsonRecord; readonly issues: ReadonlyArray<Issue> }
}

let loading: Promise<Contract> | undefined

/**
 * Loads and indexes the contract once; schemas are compiled when a request needs them.
 */
export const load = (): Promise<Contract> => {
  // The specifier stays a literal in the output: Node and bundlers both find the file at the same place relative to `src`
  // and to `dist`. The assertion hides it from the compiler, which refuses files outside `rootDir`. Not awaited at the top
  // level, so that a CommonJS program can load this module.
  loading ??= import("../../contract/friendli-api.json" as string, { with: { type: "json" } }).then(
    (module: { readonly default: ApiDocument }) => makeContract(module.default)
  )
  return loading
}

const makeContract = (api: ApiDocument): Contract => {
  const schemas = withLiveFacts(withoutMapping(api.components.schemas) as Readonly<Record<string, SchemaNode>>)

  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    strictNumbers: true,
    discriminator: true,
    validateFormats: false,
    verbose: true
  })
  ajv.addSchema({ $id: documentId, components: { schemas } })

  const refTo = (name: string): string => `${documentId}${schemaPrefix}${name}`

  const named = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1)

  const resolve = (node: SchemaNode): SchemaNode => {
    if (node.$ref === undefined) return node
    const target = schemas[named(node.$ref)]
    if (target === undefined) throw new Error(`the contract has no schema ${node.$ref}`)
    return resolve(target)
  }

  // References inside a branch are relative to the document: point them there.
  const absolute = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(absolute)
    if (!isRecord(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) =>
        key === "$ref" && typeof child === "string" && child.startsWith("#")
          ? [key, documentId + child]
          : [key, absolute(child)]
      )
    )
  }

  const compiled = new WeakMap<SchemaNode, ValidateFunction>()

  const validatorOf = (node: SchemaNode): ValidateFunction => {
    const known = compiled.get(node)
    if (known !== undefined) return known
    const validate = ajv.compile(absolute(node) as AnySchemaObject)
    compiled.set(node, validate)
    return validate
  }

  const typeNames: Readonly<Record<string, readonly [name: string, type: string]>> = {
    string: ["string", "string_type"],
    integer: ["integer", "int_type"],
    number: ["number", "float_type"],
    boolean: ["boolean", "bool_type"],
    array: ["list", "list_type"],
    object: ["dictionary", "dict_type"]
  }

  const typesOf = (node: SchemaNode): ReadonlyArray<string> => {
    const type = resolve(node).type
    return type === undefined ? [] : typeof type === "string" ? [type] : type
  }

  const typeIssue = (loc: Issue["loc"], types: ReadonlyArray<string>): Issue => {
    const known = types.flatMap((type) => (typeNames[type] === undefined ? [] : [typeNames[type]]))
    return {
      loc,
      msg: `Input should be a valid ${known.map(([name]) => name).join(" or ")}`,
      type: known[0]?.[1] ?? "type_error"
    }
  }

  const quoted = (values: ReadonlyArray<unknown>): string => {
    const words = values.filter((value) => value !== null).map((value) => `'${String(value)}'`)
    const last = words.at(-1) ?? ""
    return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`
  }

  const typeOfValue = (value: unknown): string =>
    value === null
      ? "null"
      : Array.isArray(value)
        ? "array"
        : typeof value === "number"
          ? Number.isInteger(value)
            ? "integer"
            : "number"
          : typeof value

  const accepts = (node: SchemaNode, value: unknown): boolean => {
    const types = typesOf(node)
    const type = typeOfValue(value)
    return types.length === 0 || types.includes(type) || (type === "integer" && types.includes("number"))
  }

  // A pointer cannot tell "0" of an object from 0 of an array: follow the value.
  const locate = (base: Issue["loc"], root: unknown, pointer: string): Array<string | number> => {
    const loc: Array<string | number> = [...base]
    let value = root
    for (const part of pointer.split("/").slice(1)) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~")
      if (Array.isArray(value)) {
        loc.push(Number(key))
        value = value[Number(key)]
      } else {
        loc.push(key)
        value = isRecord(value) ? own(value, key) : undefined
      }
    }
    return loc
  }

  // Messages name what the schema wants, never what the request held.
  const toIssue = (error: ErrorObject, base: Issue["loc"], root: unknown): Issue => {
    const loc = locate(base, root, error.instancePath)
    const params = error.params as Readonly<Record<string, unknown>>
    switch (error.keyword) {
      case "required":
        return { loc: [...loc, String(params["missingProperty"])], msg: "Field required", type: "missing" }
      case "type":
        return typeIssue(loc, [params["type"]].flat().map(String))
      case "enum":
        return {
          loc,
          msg: `Input should be ${quoted(params["allowedValues"] as ReadonlyArray<unknown>)}`,
          type: "enum"
        }
      case "const":
        return { loc, msg: `Input should be ${quoted([params["allowedValue"]])}`, type: "literal_error" }
      case "minimum":
        return {
          loc,
          msg: `Input should be greater than or equal to ${String(params["limit"])}`,
          type: "greater_than_equal"
        }
      case "maximum":
        return { loc, msg: `Input should be less than or equal to ${String(params["limit"])}`, type: "less_than_equal" }
      case "exclusiveMinimum":
        return { loc, msg: `Input should be greater than ${String(params["limit"])}`, type: "greater_than" }
      case "exclusiveMaximum":
        return { loc, msg: `Input should be less than ${String(params["limit"])}`, type: "less_than" }
      case "minLength": {
        const limit = Number(params["limit"])
        return {
          loc,
          msg: `String should have at least ${limit} character${limit === 1 ? "" : "s"}`,
          type: "string_too_short"
        }
      }
      case "maxLength":
        return { loc, msg: `String should have at most ${String(params["limit"])} characters`, type: "string_too_long" }
      case "minItems": {
        const limit = Number(params["limit"])
        return { loc, msg: `Input should have at least ${limit} item${limit === 1 ? "" : "s"}`, type: "too_short" }
      }
      case "pattern":
        return {
          loc,
          msg: `String should match pattern '${String(params["pattern"])}'`,
          type: "string_pattern_mismatch"
        }
      case "discriminator": {
        const tag = String(params["tag"])
        const branches = ((error.parentSchema as SchemaNode | undefined)?.oneOf ?? []).map(
          (branch) => resolve(branch).properties?.[tag]?.const
        )
        return params["tagValue"] === undefined
          ? { loc: [...loc, tag], msg: "Field required", type: "missing" }
          : { loc: [...loc, tag], msg: `Input should be ${quoted(branches)}`, type: "union_tag_invalid" }
      }
      default:
        return { loc, msg: `Input breaks the rule '${error.keyword}' of the schema`, type: "value_error" }
    }
  }

  const isWithin = (pointer: string, ancestor: string): boolean =>
    pointer === ancestor || pointer.startsWith(`${ancestor}/`)

  // A failed `anyOf` reports every branch. Keep the branch that the value was meant for, or name the types.
  const explainUnion = (node: SchemaNode, value: unknown, loc: Issue["loc"]): ReadonlyArray<Issue> => {
    const branches = node.anyOf ?? []
    const keys = node["x-union"]?.keys
    if (keys !== undefined && isRecord(value)) {
      const names = Object.keys(keys)
      const key = names.find((name) => own(value, name) !== undefined) ?? names[0]
      const branch = branches.find((candidate) => candidate.$ref?.endsWith(`/${named(keys[key ?? ""] ?? "")}`))
      if (branch !== undefined) return check(branch, value, loc)
    }
    const meant = branches.find((branch) => accepts(branch, value))
    return meant === undefined ? [typeIssue(loc, branches.flatMap(typesOf))] : check(meant, value, loc)
  }

  const check = (node: SchemaNode, value: unknown, loc: Issue["loc"]): ReadonlyArray<Issue> => {
    const validate = validatorOf(node)
    if (validate(value)) return []
    const errors = validate.errors ?? []
    const unions: Array<ErrorObject> = []
    for (const error of errors.toReversed()) {
      if (error.keyword === "anyOf" && !unions.some((outer) => isWithin(error.instancePath, outer.instancePath))) {
        unions.push(error)
      }
    }
    const plain = errors.filter((error) => !unions.some((union) => isWithin(error.instancePath, union.instancePath)))
    return [
      ...plain.map((error) => toIssue(error, loc, value)),
      ...unions
        .toReversed()
        .flatMap((error) =>
          explainUnion(error.parentSchema as SchemaNode, error.data, locate(loc, value, error.instancePath))
        )
    ]
  }

  const isSet = (record: Record<string, unknown>, field: string, node: SchemaNode): boolean => {
    const value = own(record, field)
    if (value === undefined || value === null) return false
    // What says the same as leaving the field out conflicts with nothing.
    if (Array.isArray(value) && value.length === 0) return false
    return value !== node.properties?.[field]?.default
  }

  const isPresent = (record: Record<string, unknown>, field: string): boolean => {
    const value = own(record, field)
    return value !== undefined && value !== null
  }

  /** Whether a rule with conditions holds for this value; conditions in prose are left to the operations. */
  const applies = ({ when }: Constraint, value: Record<string, unknown>): boolean =>
    typeof when === "object" &&
    Object.entries(when).every(([field, wanted]) => [wanted].flat().some((one) => one === own(value, field)))

  const conditions = ({ when }: Constraint): string =>
    typeof when === "object"
      ? Object.entries(when)
          .map(([field, wanted]) => `'${field}' is ${quoted([wanted].flat())}`)
          .join(" and ")
      : ""

  const broken = (
    constraint: Constraint,
    node: SchemaNode,
    value: Record<string, unknown>,
    loc: Issue["loc"],
    request: unknown
  ): ReadonlyArray<Issue> => {
    const fields = constraint.fields ?? []
    switch (constraint.rule) {
      case "mutually-exclusive":
        return fields.every((field) => isSet(value, field, node))
          ? [
              {
                loc: [...loc, fields.at(-1) ?? ""],
                msg: `Only one of ${quoted(fields)} can be given`,
                type: "value_error"
              }
            ]
          : []
      case "at-least-one":
        return fields.some((field) => isPresent(value, field))
          ? []
          : [
              {
                loc: [...loc, fields[0] ?? ""],
                msg: `At least one of ${quoted(fields)} is needed`,
                type: "value_error"
              }
            ]
      case "requires": {
        const field = constraint.field ?? ""
        if (!isPresent(value, field)) return []
        return Object.entries(constraint.needs ?? {}).flatMap(([other, wanted]) =>
          (wanted === "present" ? isPresent(value, other) : own(value, other) === wanted)
            ? []
            : [
                {
                  loc: [...loc, field],
                  msg: `'${field}' needs '${other}' to be ${String(wanted)}`,
                  type: "value_error"
                }
              ]
        )
      }
      case "required-when": {
        const field = constraint.field ?? ""
        return applies(constraint, value) && !isPresent(value, field)
          ? [{ loc: [...loc, field], msg: `Field required when ${conditions(constraint)}`, type: "missing" }]
          : []
      }
      case "forbidden-when": {
        const field = constraint.field ?? ""
        return applies(constraint, value) && isPresent(value, field)
          ? [
              {
                loc: [...loc, field],
                msg: `'${field}' cannot be given when ${conditions(constraint)}`,
                type: "value_error"
              }
            ]
          : []
      }
      case "less-than": {
        const field = constraint.field ?? ""
        const than = (constraint.than ?? "").replace(/^request\./, "")
        const one = own(value, field)
        const other = isRecord(request) ? own(request, than) : undefined
        return typeof one === "number" && typeof other === "number" && one >= other
          ? [{ loc: [...loc, field], msg: `Input should be less than '${than}'`, type: "less_than" }]
          : []
      }
      default:
        return []
    }
  }

  const constraintIssues = (
    schema: SchemaNode,
    value: unknown,
    loc: Issue["loc"],
    request: unknown
  ): ReadonlyArray<Issue> => {
    const node = resolve(schema)
    if (node.anyOf !== undefined) {
      const branch = node.anyOf.find((candidate) => validatorOf(candidate)(value))
      return branch === undefined ? [] : constraintIssues(branch, value, loc, request)
    }
    if (node.oneOf !== undefined) {
      const branch = node.oneOf.find((candidate) => validatorOf(candidate)(value))
      return branch === undefined ? [] : constraintIssues(branch, value, loc, request)
    }
    if (Array.isArray(value)) {
      const { items } = node
      return items === undefined
        ? []
        : value.flatMap((item, index) => constraintIssues(items, item, [...loc, index], request))
    }
    if (!isRecord(value)) return []
    return [
      ...(node["x-constraints"] ?? []).flatMap((constraint) => broken(constraint, node, value, loc, request)),
      ...Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
        Object.hasOwn(value, key) ? constraintIssues(child, value[key], [...loc, key], request) : []
      )
    ]
  }

  const requestSchema = (path: string, contentType: string): SchemaNode => {
    const schema = api.paths[path]?.post?.requestBody?.content[contentType]?.schema
    if (schema?.$ref === undefined) throw new Error(`the contract has no request of ${contentType} for ${path}`)
    return { $ref: refTo(named(schema.$ref)) }
  }

  const requestNodes = new Map<string, SchemaNode>()

  const requestIssues = (route: Route, body: unknown): ReadonlyArray<Issue> => {
    const { path } = route
    const streams = isRecord(body) && own(body, "stream") === true
    const key = streams && api.paths[`${path}#stream`] !== undefined ? `${path}#stream` : path
    let node = requestNodes.get(key)
    if (node === undefined) {
      node = requestSchema(key, route.contentType)
      requestNodes.set(key, node)
    }
    if (!isRecord(body)) return [typeIssue(["body"], ["object"])]
    const issues = check(node, body, ["body"])
    return issues.length > 0 ? issues : constraintIssues(node, body, ["body"], body)
  }

  const numeral = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

  // A text that spells none of the types stays as it is, for the schema to refuse.
  const fromText = (types: ReadonlyArray<string>, text: string): unknown => {
    if (types.includes("string")) return text
    if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true"
    return (types.includes("number") || types.includes("integer")) && numeral.test(text) ? Number(text) : text
  }

  const readForm: Contract["readForm"] = (route, form) => {
    const node = resolve(api.paths[route.path]?.post?.requestBody?.content[route.contentType]?.schema ?? {})
    const value: JsonRecord = {}
    const files: Record<string, Blob> = {}
    const unread: Array<Issue> = []
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      const part = own(form, name)
      const kind = node["x-multipart"]?.[name] ?? "field"
      const refuse = (msg: string, type = "value_error"): void => void unread.push({ loc: ["body", name], msg, type })
      if (part === undefined) continue
      if (Array.isArray(part)) refuse("Field can be given only once")
      else if (kind === "file") {
        if (part instanceof Blob) files[name] = part
        else refuse("Input should be a file")
      } else if (typeof part !== "string") refuse("Input should be a text, not a file")
      else if (kind === "field") value[name] = fromText(typesOf(child), part)
      else {
        try {
          value[name] = JSON.parse(part)
        } catch {
          refuse("JSON decode error", "json_invalid")
        }
      }
    }
    // To the schema a file is a string, of which it says no more.
    const stand = Object.fromEntries(Object.keys(files).map((name) => [name, ""]))
    const named = new Set(unread.map(({ loc }) => loc[1]))
    const judged = requestIssues(route, { ...value, ...stand }).filter(({ loc }) => !named.has(loc[1] ?? ""))
    return { value: { ...value, ...files }, issues: [...unread, ...judged] }
  }

  return { requestIssues, readForm }
}
