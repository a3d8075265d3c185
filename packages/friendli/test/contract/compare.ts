/**
 * The contract's schemas and ours, brought to one form and compared.
 */
import * as AST from "effect/SchemaAST"
import { type Contract, contract, type Json } from "effect-friendli-vectors"
import { KnownValuesId } from "../../src/internal/annotations.js"

// Both sides are brought to one form, a tree of these nodes, and compared.

interface Property {
  readonly optional: boolean
  readonly node: Node
}

interface Kind {
  /** Bounds, patterns and known values. */
  readonly rules: Record<string, unknown>
  readonly properties?: ReadonlyMap<string, Property>
  /** Of an array its items, of a map its values. */
  readonly items?: Node
}

export interface Node {
  readonly nullable: boolean
  /** What the server takes for an absent value; only the contract says it in its schema, ours in a docstring. */
  readonly default?: unknown
  /** By JSON type; objects of a tagged union by their tag too. */
  readonly kinds: ReadonlyMap<string, Kind>
}

// --- the contract ----------------------------------------------------------

type Schemas = Contract["components"]["schemas"]

const resolve = (given: Json, schemas: Schemas): Json => {
  const [only, ...more] = (given["allOf"] ?? []) as ReadonlyArray<Json>
  // one schema with something beside it
  const schema = only !== undefined && more.length === 0 ? only : given
  if (typeof schema["$ref"] !== "string") return schema
  const target = schemas[schema["$ref"].split("/").at(-1)!]
  if (target === undefined) throw new Error(`the contract has no ${schema["$ref"]}`)
  return resolve(target, schemas)
}

const ruleNames = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "pattern",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems"
]

const nodesOf = new WeakMap<Schemas, WeakMap<Json, Node>>()

/** A schema of the contract, or of a changed copy of it. Most are parts of many others, so the form of each is made once. */
export const fromContract = (given: Json, schemas: Schemas = contract.components.schemas): Node => {
  const known = nodesOf.get(schemas) ?? new WeakMap<Json, Node>()
  nodesOf.set(schemas, known)
  const node = known.get(given) ?? nodeOf(given, schemas)
  known.set(given, node)
  return node
}

const nodeOf = (given: Json, schemas: Schemas): Node => {
  const node = withoutDefault(given, schemas)
  const value = given["default"] ?? resolve(given, schemas)["default"] ?? null
  return value === null ? node : { ...node, default: value }
}

const withoutDefault = (given: Json, schemas: Schemas): Node => {
  const schema = resolve(given, schemas)
  const branches = (schema["anyOf"] ?? schema["oneOf"]) as ReadonlyArray<Json> | undefined
  if (branches !== undefined) {
    const union = schema["x-union"] as { readonly by: string } | undefined
    // Without a discriminator, `type` can all the same tell the branches apart.
    const tag =
      (schema["discriminator"] as { readonly propertyName: string } | undefined)?.propertyName ??
      (/(?:^|then )type$/.test(union?.by ?? "") ? "type" : undefined)
    const nodes = branches.map((branch) => {
      const node = fromContract(branch, schemas)
      if (tag === undefined || !node.kinds.has("object")) return node
      const kind = node.kinds.get("object")!
      const property = kind.properties?.get(tag)
      const text = property?.node.kinds.get("string")
      const values = text?.rules["values"] as ReadonlyArray<string> | undefined
      // a branch without the tag is like any other object, and no branch of ours
      if (property === undefined || text === undefined || values === undefined) return node
      // a branch may stand for several tags
      return {
        ...node,
        kinds: new Map(
          values.map((value) => {
            const only = new Map([["string", { ...text, rules: { ...text.rules, values: [value] } }]])
            const properties = new Map([
              ...kind.properties!,
              [tag, { ...property, node: { ...property.node, kinds: only } }] as const
            ])
            return [`object ${value}`, { ...kind, properties }]
          })
        )
      }
    })
    const merged = merge(nodes)
    const known = schema["x-known-values"]
    const text = merged.kinds.get("string")
    if (known === undefined || text === undefined) return merged
    return { ...merged, kinds: new Map([...merged.kinds, ["string", { rules: { values: known, open: true } }]]) }
  }
  const types = [schema["type"]].flat() as ReadonlyArray<string>
  const rules: Record<string, unknown> = {}
  for (const name of ruleNames) if (schema[name] !== undefined) rules[name] = schema[name]
  const known = schema["x-known-values"] as ReadonlyArray<string> | undefined
  const values =
    schema["const"] === undefined ? (schema["enum"] as ReadonlyArray<unknown> | undefined) : [schema["const"]]
  if (known !== undefined) Object.assign(rules, { values: known, open: true })
  if (values !== undefined) rules["values"] = values.filter((value) => value !== null)
  const kinds = types
    .filter((type) => type !== "null")
    .map((type): readonly [string, Kind] => {
      if (type === "array") return [type, { rules, items: fromContract(schema["items"] as Json, schemas) }]
      if (type !== "object") return [type, { rules }]
      const properties = schema["properties"] as Record<string, Json> | undefined
      const values = schema["additionalProperties"]
      if (properties === undefined) {
        const items = typeof values === "object" && values !== null ? fromContract(values as Json) : undefined
        return ["map", items === undefined ? { rules } : { rules, items }]
      }
      const required = (schema["required"] ?? []) as ReadonlyArray<string>
      return [
        type,
        {
          rules,
          properties: new Map(
            Object.entries(properties).map(([name, property]) => [
              name,
              { optional: !required.includes(name), node: fromContract(property, schemas) }
            ])
          )
        }
      ]
    })
  return { nullable: types.includes("null"), kinds: new Map(kinds) }
}

const merge = (nodes: ReadonlyArray<Node>): Node => ({
  nullable: nodes.some((node) => node.nullable),
  kinds: new Map(nodes.flatMap((node) => [...node.kinds]))
})

// --- ours --------------------------------------------------------------------

const only = (kind: string, detail: Kind): Node => ({ nullable: false, kinds: new Map([[kind, detail]]) })

const jsonSchemaOf = (ast: AST.AST): Json => (ast.annotations[AST.JSONSchemaAnnotationId] ?? {}) as Json

const nodes = new WeakMap<AST.AST, Node>()

/** A schema of ours. It stays as it is, so its form is made once. */
export const fromAst = (ast: AST.AST): Node => {
  const node = nodes.get(ast) ?? formOf(ast)
  nodes.set(ast, node)
  return node
}

const formOf = (ast: AST.AST): Node => {
  switch (ast._tag) {
    case "Union": {
      const objects = ast.types.filter(AST.isTypeLiteral)
      const literals = ast.types.filter(AST.isLiteral).filter(({ literal }) => literal !== null)
      const rest = ast.types.filter((type) => !(AST.isLiteral(type) && type.literal !== null))
      const nodes = rest.map((type) => {
        const node = fromAst(type)
        if (objects.length < 2 || !AST.isTypeLiteral(type)) return node
        const tag = type.propertySignatures.map(({ type: of }) => of).find(AST.isLiteral)
        const key = tag === undefined ? "object" : `object ${String(tag.literal)}`
        return { ...node, kinds: new Map([[key, node.kinds.get("object")!]]) }
      })
      const values = literals.map(({ literal }) => literal)
      return merge([...(values.length > 0 ? [only("string", { rules: { values } })] : []), ...nodes])
    }
    case "Literal":
      return ast.literal === null
        ? { nullable: true, kinds: new Map() }
        : only("string", { rules: { values: [ast.literal] } })
    case "UndefinedKeyword":
      return { nullable: false, kinds: new Map() }
    case "StringKeyword": {
      const values = ast.annotations[KnownValuesId]
      return only("string", { rules: values === undefined ? {} : { values, open: true } })
    }
    case "NumberKeyword":
      return only("number", { rules: {} })
    case "BooleanKeyword":
      return only("boolean", { rules: {} })
    case "Declaration":
      return only("map", { rules: {} })
    case "TupleType":
      if (ast.elements.length > 0) {
        const rules = { minItems: ast.elements.length, maxItems: ast.elements.length }
        return only("array", { rules, items: merge(ast.elements.map(({ type }) => fromAst(type))) })
      }
      return only("array", { rules: {}, items: fromAst(ast.rest[0]!.type) })
    case "TypeLiteral":
      if (ast.indexSignatures.length === 1 && ast.propertySignatures.length === 0) {
        return only("map", { rules: {}, items: fromAst(ast.indexSignatures[0]!.type) })
      }
      return only("object", {
        rules: {},
        properties: new Map(
          ast.propertySignatures.map(({ isOptional, name, type }) => [
            String(name),
            { optional: isOptional, node: fromAst(type) }
          ])
        )
      })
    case "Refinement": {
      const { type, ...stated } = jsonSchemaOf(ast)
      const [[kind, detail]] = [...fromAst(ast.from).kinds] as [[string, Kind]]
      const { minLength, ...others } = stated
      // no enum has an empty value
      const rules = detail.rules["open"] === true || minLength === undefined ? others : { ...others, minLength }
      return only(typeof type === "string" ? type : kind, { ...detail, rules: { ...detail.rules, ...rules } })
    }
    default:
      throw new Error(`no wire schema has a ${ast._tag}`)
  }
}

// --- the comparison ------------------------------------------------------------

const sorted = (value: unknown): string => {
  if (Array.isArray(value)) return JSON.stringify([...(value as ReadonlyArray<unknown>)].map(String).toSorted())
  return value === undefined ? "none" : JSON.stringify(value)
}

export type Side = "request" | "response"

export const compare = (theirs: Node, ours: Node, path: string, side: Side): ReadonlyArray<string> => {
  const found: Array<string> = []
  const differ = (what: string, a: unknown, b: unknown) => {
    if (a !== b && sorted(a) !== sorted(b)) found.push(`${path}: ${what} ${sorted(a)}, ours ${sorted(b)}`)
  }
  differ("nullable", theirs.nullable, ours.nullable)
  differ("types", [...theirs.kinds.keys()], [...ours.kinds.keys()])
  for (const [name, kind] of theirs.kinds) {
    // whole numbers and others have the same rules
    const own = ours.kinds.get(name) ?? (name === "integer" ? ours.kinds.get("number") : undefined)
    if (own === undefined) continue
    for (const rule of new Set([...ruleNames, "values"])) differ(rule, kind.rules[rule], own.rules[rule])
    // what a response may hold stays open; what a request may hold is closed where the contract closes it
    const open = side === "response" && kind.rules["values"] !== undefined ? true : kind.rules["open"]
    differ("open", open ?? false, own.rules["open"] ?? false)
    if (kind.items && own.items) found.push(...compare(kind.items, own.items, `${path}[]`, side))
    if (kind.properties && own.properties) {
      const at = name === "object" ? path : `${path}(${name.slice("object ".length)})`
      for (const key of new Set([...kind.properties.keys(), ...own.properties.keys()])) {
        const a = kind.properties.get(key)
        const b = own.properties.get(key)
        if (a === undefined) found.push(`${at}.${key}: only ours`)
        else if (b === undefined) found.push(`${at}.${key}: only the contract's`)
        else {
          if (a.optional !== b.optional) found.push(`${at}.${key}: optional ${a.optional}, ours ${b.optional}`)
          found.push(...compare(a.node, b.node, `${at}.${key}`, side))
        }
      }
    }
  }
  return found
}
