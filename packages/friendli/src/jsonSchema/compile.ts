/**
 * The JSON Schema of an Effect schema, in the form that Friendli accepts.
 *
 * Traverses the encoded side of the schema, because that is what the model writes. `effect/JSONSchema` is not used: it throws at the
 * first part without a JSON Schema, keeps a root `$ref`, and allows an array for `Schema.Struct({})`.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { SentenceId } from "../internal/annotations.js"
import { describe, written } from "./annotations.js"
import { type Json, narrowed, type Purpose, supported, Unsupported } from "./rules.js"
import { definitionsOf } from "./survey.js"

// Values that are absent in JSON: unions and properties leave them out.
const absent = /*#__PURE__*/ new Unsupported("undefined is not JSON; use Schema.optional, or Schema.NullOr")
const never = /*#__PURE__*/ new Unsupported("no value is allowed here, so the model cannot write one")

/** Replacements for types without a JSON form. */
const advice: Readonly<Record<string, string>> = {
  Date: "use Schema.Date",
  ReadonlyMap: "use Schema.Map",
  Map: "use Schema.Map",
  ReadonlySet: "use Schema.Set",
  "effect/DateTime.Utc": "use Schema.DateTimeUtc",
  "effect/Option": "use Schema.Option or Schema.OptionFromNullOr",
  "effect/Duration": "use Schema.Duration"
}

/** A type without a JSON form, with advice. */
const unsupportedValue = (ast: AST.AST): Unsupported => {
  const constructor: unknown = ast.annotations[AST.TypeConstructorAnnotationId]
  const tag = typeof constructor === "object" && constructor !== null && "_tag" in constructor && constructor._tag
  const remedy = Object.hasOwn(advice, String(tag)) ? advice[String(tag)] : "use a schema that encodes it"
  return new Unsupported(`${String(ast).slice(0, 80)} has no JSON form; ${remedy}, or give it a jsonSchema annotation`)
}

let formats: ReadonlyMap<AST.AST, string> | undefined

/**
 * The JSON Schema format of strings that Effect transforms. Found by identity, because a user's own transformation may
 * expect another form.
 */
const formatOf = (ast: AST.AST): string | undefined => {
  const encodedSide = (schema: Schema.Schema.All): AST.AST =>
    schema.ast._tag === "Transformation" ? schema.ast.from : schema.ast
  formats ??= new Map([
    [encodedSide(Schema.DateFromString), "date-time"],
    [encodedSide(Schema.DateTimeUtc), "date-time"],
    [encodedSide(Schema.URL), "uri"]
  ])
  return formats.get(ast)
}

/** A literal is an `enum` of one value, so that a union of literals is one `enum` of them all. */
const literal = (value: AST.LiteralValue): Json => {
  if (value === null) return { type: "null" }
  if (typeof value === "bigint") return new Unsupported("a BigInt literal is not JSON; use a number or a string")
  if (typeof value === "number" && !Number.isFinite(value)) return new Unsupported(`${value} is not JSON`)
  return { type: typeof value, enum: [value] }
}

/** Compares the texts, which is enough to leave out duplicates. */
const isSame = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b)

const isEnum = (json: Json): json is { readonly type: unknown; readonly enum: ReadonlyArray<unknown> } =>
  Array.isArray(json["enum"]) && Object.keys(json).length === 2 && json["type"] !== undefined

/** The members of a union without duplicates; literals of one type are merged. */
const compact = (members: ReadonlyArray<Json>): ReadonlyArray<Json> => {
  const out: Array<Json> = []
  for (const member of members) {
    const at = isEnum(member) ? out.findIndex((other) => isEnum(other) && other.type === member.type) : -1
    const earlier = out[at]
    if (earlier !== undefined && isEnum(earlier) && isEnum(member)) {
      out[at] = { type: earlier.type, enum: [...new Set([...earlier.enum, ...member.enum])] }
    } else if (!out.some((other) => isSame(other, member))) out.push(member)
  }
  return out
}

/** A union. One member needs no `anyOf`; no members mean that no value is possible. */
const anyOf = (members: ReadonlyArray<Json>): Json => {
  const [only, ...others] = members
  return others.length === 0 ? (only ?? never) : { anyOf: members }
}

/**
 * Compiles one schema. Each method takes a part of the schema and returns its JSON Schema, or `Unsupported` in its place, so
 * that the path of the problem is its path in the result.
 */
class Compiler {
  readonly definitions: Record<string, Json> = Object.create(null)
  /** Unions that had `undefined` as a member: properties with these types are optional. */
  readonly optional = new WeakSet<Json>()
  /** Counts the parts, because a suspended part may make a new schema each time. */
  private parts = 0

  constructor(
    readonly purpose: Purpose,
    readonly names: ReadonlyMap<AST.AST, string>
  ) {}

  /** The same schema with other keywords; it stays optional if it was. */
  changed(json: Json, out: Json): Json {
    if (this.optional.has(json)) this.optional.add(out)
    return out
  }

  /** Adds annotations. The outer annotation wins. */
  annotated(json: Json, annotations: Json): Json {
    // It is not documented that an answer's schema may have keywords next to a `$ref`.
    if (json instanceof Unsupported || ("$ref" in json && this.purpose === "response")) return json
    return Object.keys(annotations).length === 0 ? json : this.changed(json, { ...json, ...annotations })
  }

  /** A part with a name becomes a reference to its definition; all other parts are written in place. */
  go(ast: AST.AST): Json {
    const name = this.names.get(ast)
    if (name === undefined) return this.inline(ast)
    if (!(name in this.definitions)) {
      this.definitions[name] = {}
      this.definitions[name] = this.inline(ast)
    }
    return { $ref: `#/$defs/${name}` }
  }

  /** A part in place: its own JSON Schema annotation, if it has one, otherwise the schema of its shape with annotations. */
  inline(ast: AST.AST): Json {
    if (++this.parts > 20_000) throw new RangeError("a schema with too many parts")
    const own = written(ast)
    if (own?.replaces === true) return { ...own.keywords }
    if (ast._tag === "Refinement") return this.refinement(ast)
    const json = this.annotated(this.shape(ast), describe(ast, ast, this.purpose))
    return own === undefined || json instanceof Unsupported
      ? json
      : this.changed(json, narrowed(json, supported(this.purpose, json["type"], own.keywords)))
  }

  /** The keywords of a part without its annotations. */
  shape(ast: AST.AST): Json {
    const surrogate = AST.getSurrogateAnnotation(ast)
    if (Option.isSome(surrogate)) return this.go(surrogate.value)
    switch (ast._tag) {
      case "StringKeyword":
        return { type: "string" }
      case "NumberKeyword":
        return { type: "number" }
      case "BooleanKeyword":
        return { type: "boolean" }
      case "Literal":
        return literal(ast.literal)
      case "Enums":
        return anyOf(compact(ast.enums.map(([, value]) => literal(value))))
      case "TemplateLiteral":
        return { type: "string", pattern: AST.getTemplateLiteralRegExp(ast).source }
      case "TypeLiteral":
        return this.object(ast)
      case "TupleType":
        return this.array(ast)
      case "Union":
        return this.union(ast)
      case "Suspend":
        return this.go(ast.f())
      case "Transformation":
        return this.transformation(ast)
      case "Refinement":
        return this.refinement(ast)
      case "UnknownKeyword":
      case "AnyKeyword":
        return this.anything({})
      case "ObjectKeyword":
        return this.anything({ anyOf: [{ type: "object" }, { type: "array" }] })
      case "UndefinedKeyword":
      case "VoidKeyword":
        return absent
      case "NeverKeyword":
        return never
      case "BigIntKeyword":
        return new Unsupported("a bigint is not JSON; use Schema.BigInt, which is a string in JSON")
      case "SymbolKeyword":
      case "UniqueSymbol":
        return new Unsupported("a symbol is not JSON; use a string")
      case "Declaration":
        return unsupportedValue(ast)
    }
  }

  /** A part that accepts any value: possible for tools only. */
  anything(json: Json): Json {
    if (this.purpose === "tool") return json
    return new Unsupported("a response format needs a type here; list the possible types in a Schema.Union")
  }

  /** A chain of filters is read as a whole, because an `int` around bounds decides whether the bounds can be kept. */
  refinement(ast: AST.Refinement): Json {
    const filters: Array<AST.Refinement> = []
    let base: AST.AST = ast
    while (base._tag === "Refinement" && written(base)?.replaces !== true) {
      if (base !== ast && this.names.has(base)) break
      filters.unshift(base)
      base = base.from
    }
    const json = this.go(base)
    if (json instanceof Unsupported) return json
    let keywords: Json = {}
    let annotations: Json = {}
    // Filters after a transformation describe its result, not the text that the model writes.
    const isEncoded = !this.isTransformed(base)
    for (const filter of filters) {
      if (isEncoded) keywords = narrowed(keywords, written(filter)?.keywords ?? {})
      annotations = { ...annotations, ...describe(filter, filter, this.purpose) }
    }
    const { type: narrower, ...bounds } = keywords
    const type = narrower === "integer" && json["type"] === "number" ? "integer" : json["type"]
    // A reference has no other keywords: older drafts ignore keywords next to it.
    const kept = "$ref" in json ? {} : supported(this.purpose, type, bounds)
    const narrowest = narrowed(type === undefined ? json : { ...json, type }, kept)
    return this.annotated(this.changed(json, narrowest), annotations)
  }

  /** Whether the value that a filter sees is not the one that the model writes. */
  isTransformed(ast: AST.AST): boolean {
    if (ast._tag === "Suspend") return this.isTransformed(ast.f())
    return ast._tag === "Transformation" || (ast._tag === "Refinement" && this.isTransformed(ast.from))
  }

  /** The encoded side, with a format for known strings, and with the annotations of the decoded fields. */
  transformation(ast: AST.Transformation): Json {
    const format = formatOf(ast.from)
    if (format !== undefined) {
      return { type: "string", ...supported(this.purpose, "string", { format }) }
    }
    const json = this.go(ast.from)
    const properties = json["properties"]
    if (
      ast.transformation._tag !== "TypeLiteralTransformation" ||
      ast.to._tag !== "TypeLiteral" ||
      typeof properties !== "object"
    ) {
      return json
    }
    // The annotations of a renamed field, or of a field with a default, are on the type side.
    const signatures = new Map(ast.to.propertySignatures.map((signature) => [signature.name, signature]))
    const sources = new Map(ast.transformation.propertySignatureTransformations.map(({ from, to }) => [from, to]))
    const described = Object.entries(properties ?? {}).map(([name, property]: [string, Json]) => {
      const signature = signatures.get(sources.get(name) ?? name)
      return [
        name,
        signature === undefined ? property : this.annotated(property, this.annotationsOfType(signature))
      ] as const
    })
    return { ...json, properties: Object.fromEntries(described) }
  }

  /** Defaults and examples on the type side are not in the form that the model writes. */
  annotationsOfType(signature: AST.PropertySignature): Json {
    return describe(signature, signature.type, "response")
  }

  /**
   * The members, flat: nested unions are resolved, and `undefined` and impossible members are left out. If `undefined` was a member, the
   * result is marked as optional for `object`.
   */
  union(ast: AST.Union): Json {
    const flat = ast.types.flatMap((type) => {
      const json = this.go(type)
      const members = json["anyOf"]
      return Array.isArray(members) && Object.keys(json).length === 1
        ? [...(members as ReadonlyArray<Json>), ...(this.optional.has(json) ? [absent] : [])]
        : [json, ...(this.optional.has(json) ? [absent] : [])]
    })
    const members = flat.filter((json) => json !== absent && json !== never)
    if (members.length === 0) return flat.includes(absent) ? absent : never
    const anything = members.find((json) => Object.keys(json).length === 0 && !(json instanceof Unsupported))
    const json = anything ?? anyOf(compact(members))
    if (!flat.includes(absent) || json instanceof Unsupported) return json
    const result = { ...json }
    this.optional.add(result)
    return result
  }

  /** An object. A property that may be `undefined` is not required; one that is only `undefined` is left out. */
  object(ast: AST.TypeLiteral): Json {
    const required: Array<string> = []
    let properties: Array<readonly [string, Json]> = []
    for (const signature of ast.propertySignatures) {
      const { isOptional, name, type } = signature
      if (typeof name === "symbol") {
        properties.push([String(name), new Unsupported("a symbol cannot be a key in JSON; use a string")])
        continue
      }
      const json = this.go(type)
      if (json === absent || (json === never && isOptional)) continue
      if (!isOptional && !this.optional.has(json)) required.push(String(name))
      properties.push([String(name), this.annotated(json, describe(signature, type, this.purpose))])
    }
    if (this.purpose === "response") {
      // The service generates properties in their order, and a required property must come first.
      const first = properties.find(([name]) => name === required[0])
      if (first !== undefined) properties = [first, ...properties.filter((property) => property !== first)]
    }
    return {
      type: "object",
      properties: Object.fromEntries(properties),
      ...(required.length === 0 ? {} : { required }),
      ...this.record(ast)
    }
  }

  /** The keywords for keys without a fixed name. */
  record(ast: AST.TypeLiteral): Json {
    // a record of `never` has no keys
    if (ast.indexSignatures.every(({ type }) => type._tag === "NeverKeyword")) return { additionalProperties: false }
    if (ast.indexSignatures.some(({ parameter }) => AST.isSymbolKeyword(AST.encodedAST(parameter)))) {
      return { additionalProperties: new Unsupported("a symbol cannot be a key in JSON; use a string") }
    }
    const isOpen = ast.propertySignatures.length > 0
    if (this.purpose === "response") {
      // The service allows no additional keys, so a record would always be empty.
      const reason =
        "a response format has no records with free keys; use a Schema.Struct, or an array of key and value"
      return { additionalProperties: isOpen ? false : new Unsupported(reason) }
    }
    const values = anyOf(compact(ast.indexSignatures.map(({ type }) => this.go(type))))
    const [index, ...more] = ast.indexSignatures
    const keys = isOpen || more.length > 0 || index === undefined ? {} : this.go(index.parameter)
    return {
      additionalProperties: values,
      ...(typeof keys["pattern"] === "string" ? { propertyNames: { pattern: keys["pattern"] } } : {})
    }
  }

  /** JSON cannot leave an element of an array out, so it cannot be `undefined`. */
  item(type: AST.AST): Json {
    const json = this.go(type)
    return json !== absent && this.optional.has(json) ? absent : json
  }

  /** An array, or a tuple. A tuple of one type is an array with bounds, which answers support too. */
  array(ast: AST.TupleType): Json {
    const elements = ast.elements.map(({ type }) => this.item(type))
    const rest = ast.rest.map(({ type }) => this.item(type))
    const kinds = compact([...elements, ...rest])
    // Elements after a rest element are required, too.
    const minItems = ast.elements.filter(({ isOptional }) => !isOptional).length + Math.max(0, rest.length - 1)
    const bounds = {
      ...(minItems === 0 ? {} : { minItems }),
      ...(rest.length === 0 ? { maxItems: elements.length } : {})
    }
    if (kinds.length === 1) return { type: "array", items: kinds[0], ...supported(this.purpose, "array", bounds) }
    if (this.purpose === "response") {
      return new Unsupported(
        "a response format cannot describe the positions of a tuple; use a Schema.Struct, or an array of one type"
      )
    }
    // `prefixItems` gives the type of each position, `items` all types for validators without `prefixItems`.
    return {
      type: "array",
      ...(elements.length === 0 ? {} : { prefixItems: elements }),
      ...(kinds.length === 0 ? {} : { items: anyOf(kinds) }),
      ...bounds
    }
  }
}

/** Whether every branch of a schema is an object. Follows references; `seen` ends recursive ones. */
const isObject = (json: Json, definitions: Readonly<Record<string, Json>>, seen: ReadonlySet<unknown>): boolean => {
  // An `Unsupported` part is reported with its path.
  if (json instanceof Unsupported) return true
  if (json["type"] !== undefined) return json["type"] === "object"
  const { $ref, anyOf: members } = json
  if (typeof $ref === "string") {
    const target = definitions[$ref.slice("#/$defs/".length)]
    return target !== undefined && !seen.has($ref) && isObject(target, definitions, new Set([...seen, $ref]))
  }
  return Array.isArray(members) && members.every((member: Json) => isObject(member, definitions, seen))
}

/** A description of a schema, for the sentence of an error. */
const kindOf = (json: Json): string => {
  if (typeof json["type"] === "string") return `${/^[ai]/.test(json["type"]) ? "an" : "a"} ${json["type"]}`
  return Array.isArray(json["anyOf"]) ? "a union with other values" : "any value"
}

const notAnObject = (purpose: Purpose, json: Json): Unsupported => {
  const what =
    purpose === "tool" ? "the arguments of a tool are an object" : "a response format has an object at its root"
  return new Unsupported(`${what}, and this schema is encoded as ${kindOf(json)}; put it in a field of a Schema.Struct`)
}

const unreadable = "the schema cannot be read: a suspended part failed, or is endless"

/** The text of `Schema.parseJson` is JSON of the inner schema. */
const answerOf = (ast: AST.AST): AST.AST =>
  ast._tag === "Transformation" && ast.from.annotations[AST.SchemaIdAnnotationId] === AST.ParseJsonSchemaId
    ? ast.to
    : ast

/**
 * The whole schema: the root, which must be an object because the service accepts no other, and the definitions that it
 * refers to.
 */
const compiled = (ast: AST.AST, purpose: Purpose): Json => {
  const names = definitionsOf(ast)
  if (names === undefined) return new Unsupported(unreadable)
  const compiler = new Compiler(purpose, names)
  let root = compiler.inline(ast)
  // A root that is only a reference is replaced by its definition.
  for (let hops = 0; typeof root["$ref"] === "string" && hops < 100; hops++) {
    const { $ref, ...others } = root
    const target = compiler.definitions[$ref.slice("#/$defs/".length)]
    if (target === undefined) break
    root = target instanceof Unsupported ? target : { ...target, ...others }
  }
  if (root instanceof Unsupported) return root
  if (written(ast)?.replaces !== true && !isObject(root, compiler.definitions, new Set())) {
    return notAnObject(purpose, root)
  }
  const isImplicit = root["type"] === undefined && written(ast)?.replaces !== true
  return {
    ...(isImplicit ? { type: "object" } : {}),
    ...root,
    ...(Object.keys(compiler.definitions).length === 0 ? {} : { $defs: { ...compiler.definitions } })
  }
}

/** Returns a new object. Never throws: parts that cannot be expressed are in the result as `Unsupported`. */
export const compile = (schema: Schema.Schema.All, purpose: Purpose): Json => {
  try {
    const json = compiled(purpose === "response" ? answerOf(schema.ast) : schema.ast, purpose)
    return json instanceof Unsupported ? new Unsupported(json[SentenceId]) : json
  } catch {
    return new Unsupported(unreadable)
  }
}
