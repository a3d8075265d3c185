/**
 * The OpenAPI document of the contract: its types, its loading, and the changes before it is used. In: the
 * JSON file of this package. Out: schemas that the validator accepts.
 */
import { isRecord } from "../base/json.js"

/** A rule between fields, from `x-constraints` of a schema. `rule` names its kind; the other fields depend on it. */
export interface Rule {
  readonly rule: string
  readonly fields?: ReadonlyArray<string>
  readonly field?: string
  readonly needs?: Readonly<Record<string, unknown>>
  readonly when?: Readonly<Record<string, unknown>> | string
  readonly count?: number
  /** A field of the whole request, with `request.` before its name. */
  readonly than?: string
}

/** The parts of a JSON schema that the emulator reads itself; the validator reads the rest. */
export interface SchemaNode {
  readonly const?: unknown
  readonly default?: unknown
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly allOf?: ReadonlyArray<SchemaNode>
  readonly anyOf?: ReadonlyArray<SchemaNode>
  readonly oneOf?: ReadonlyArray<SchemaNode>
  readonly discriminator?: { readonly propertyName: string; readonly mapping?: Readonly<Record<string, string>> }
  readonly "x-multipart"?: Readonly<Record<string, "field" | "file" | "json">>
  readonly "x-union"?: {
    readonly by: string
    readonly keys?: Readonly<Record<string, string>>
    readonly absent?: string
  }
  readonly "x-constraints"?: ReadonlyArray<Rule>
}

/** A parameter of an operation. A reference has neither a name nor a place; the emulator reads no such parameter. */
export interface Parameter {
  readonly name?: string
  readonly in?: "query" | "path" | "header"
  readonly required?: boolean
  readonly schema?: SchemaNode
}

/** An operation of the document. */
export interface DocumentedOperation {
  readonly parameters?: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: SchemaNode }>> }
}

/** The parts of the contract's OpenAPI document that the emulator reads. */
export interface ApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Partial<Record<"get" | "post" | "put" | "patch" | "delete", DocumentedOperation>>>>
  >
  readonly components: { readonly schemas: Readonly<Record<string, SchemaNode>> }
}

/** The prefix of every reference to a schema of the document. */
export const schemaPrefix = "#/components/schemas/"

/** The last part of a reference: the name of the schema. */
export const schemaNameOf = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1)

/** Loads the contract from the package. */
export const loadDocument = async (): Promise<ApiDocument> => {
  // The specifier stays a literal in the output: Node and bundlers both find the file at the same path relative to `src`
  // and to `dist`. The type assertion hides it from the compiler, which rejects files outside `rootDir`. The import is not
  // awaited at the top level, so that a CommonJS program can load this module.
  const module = (await import("../../contract/friendli-api.json" as string, { with: { type: "json" } })) as {
    readonly default: ApiDocument
  }
  return module.default
}

/** Removes the `mapping` of discriminators: the validator chooses the branch by the `const` of each one. */
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

/** Adds a role that live servers accept but the document does not have: `developer`, in the shape of a system message. */
const withDeveloperRole = (schemas: Readonly<Record<string, SchemaNode>>): Readonly<Record<string, SchemaNode>> => {
  const { Message: message, SystemMessage: system } = schemas
  if (message?.oneOf === undefined || system === undefined) throw new Error("the contract has no messages by role")
  const developer = { ...system, properties: { ...system.properties, role: { type: "string", const: "developer" } } }
  return {
    ...schemas,
    DeveloperMessage: developer,
    Message: { ...message, oneOf: [...message.oneOf, { $ref: `${schemaPrefix}DeveloperMessage` }] }
  }
}

/** A field that accepts any value. */
const anyValue: SchemaNode = {}
/** A field that accepts no value. */
const noValue = { not: {} } as SchemaNode

/** Fields that the document does not have, by the schema of their object, as live servers treat them. */
const liveFields: ReadonlyArray<readonly [schema: RegExp, fields: Readonly<Record<string, SchemaNode>>]> = [
  [/^ResponseFormatJSONSchemaSchema$/, { name: anyValue, description: anyValue, strict: anyValue }],
  [/^ResponsesReasoningConfig$/, { chat_template_kwargs: { type: ["object", "null"] } }],
  // They are rejected by name, unlike other unknown fields.
  [/ChatCompletion(?:Stream)?Body$/, { reasoning: noValue, thinking: noValue }]
]

/** Adds these fields. */
const withLiveFields = (schemas: Readonly<Record<string, SchemaNode>>): Readonly<Record<string, SchemaNode>> =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const fields = liveFields.find(([pattern]) => pattern.test(name))?.[1]
      return [name, fields === undefined ? schema : { ...schema, properties: { ...fields, ...schema.properties } }]
    })
  )

/** The schemas of the document as the emulator validates with them. */
export const validationSchemas = (api: ApiDocument): Readonly<Record<string, SchemaNode>> =>
  withLiveFields(withDeveloperRole(withoutMapping(api.components.schemas) as Readonly<Record<string, SchemaNode>>))
