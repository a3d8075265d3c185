/**
 * A quick look before `Schema`: whether a value is valid as it stands, so that it can be handed on without a copy.
 *
 * It may say no to what `Schema` accepts, never yes to what `Schema` refuses or changes; after a no, `Schema` decides and explains.
 * Closures over the schema's AST, built once: no code is generated.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

type Check = (value: unknown) => boolean

const never: Check = () => false

const anything: Check = () => true

/** Objects as literals make them: nothing that is inherited can speak for them, `toJSON` neither. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const hasOnly = (value: object, names: ReadonlySet<PropertyKey>): boolean => {
  for (const key of Reflect.ownKeys(value)) if (!names.has(key)) return false
  return true
}

const struct = (ast: AST.TypeLiteral, exact: boolean): Check => {
  if (ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0) return never
  const required = ast.propertySignatures.filter((property) => !property.isOptional)
  const properties = ast.propertySignatures.map((property) => ({
    name: property.name,
    accepts: checkOf(property.type, exact)
  }))
  const fields = (value: Readonly<Record<PropertyKey, unknown>>): boolean => {
    for (const { name } of required) if (!Object.hasOwn(value, name)) return false
    for (const { accepts, name } of properties) {
      const property = value[name]
      // An optional property that is absent reads as undefined, unless the object inherits a value of that name.
      if (!(property === undefined && !Object.hasOwn(value, name)) && !accepts(property)) return false
    }
    return true
  }
  if (ast.indexSignatures.length > 0) {
    const [index] = ast.indexSignatures
    // String keys; anything else is left to the decoder.
    if (ast.indexSignatures.length > 1 || index!.parameter._tag !== "StringKeyword") return never
    const accepts = checkOf(index!.type, exact)
    return (value) =>
      Predicate.isRecord(value) &&
      (!exact || (isPlain(value) && Object.getOwnPropertySymbols(value).length === 0)) &&
      // The decoder makes the prototype of it.
      !Object.hasOwn(value, "__proto__") &&
      fields(value) &&
      // As in the decoder, the fields by name are among them.
      Object.keys(value).every((key) => accepts(value[key]))
  }
  const names = new Set(properties.map(({ name }) => name))
  return (value) => {
    if (!Predicate.isRecord(value)) return false
    if (exact && !(isPlain(value) && hasOnly(value, names))) return false
    return fields(value)
  }
}

const array = (ast: AST.TupleType, exact: boolean): Check => {
  if (ast.elements.length > 0 || ast.rest.length !== 1) return never
  const accepts = checkOf(ast.rest[0]!.type, exact)
  return (value) => {
    if (!Array.isArray(value)) return false
    for (const element of value) if (!accepts(element)) return false
    return true
  }
}

const build = (ast: AST.AST, exact: boolean): Check => {
  switch (ast._tag) {
    case "StringKeyword":
      return (value) => typeof value === "string"
    case "NumberKeyword":
      return (value) => typeof value === "number"
    case "BooleanKeyword":
      return (value) => typeof value === "boolean"
    case "UndefinedKeyword":
      return (value) => value === undefined
    case "UnknownKeyword":
    case "AnyKeyword":
      return anything
    case "Literal":
      return (value) => value === ast.literal
    case "TypeLiteral":
      return struct(ast, exact)
    case "TupleType":
      return array(ast, exact)
    case "Union": {
      const members = ast.types.map((member) => checkOf(member, exact))
      return (value) => members.some((accepts) => accepts(value))
    }
    case "Refinement": {
      const accepts = checkOf(ast.from, exact)
      return (value) => accepts(value) && Option.isNone(ast.filter(value, {}, ast))
    }
    case "Declaration": {
      const parse = ast.decodeUnknown(...ast.typeParameters)
      return (value) => {
        const parsed = parse(value, {}, ast)
        return Either.isEither(parsed) && Either.isRight(parsed) && parsed.right === value
      }
    }
    case "Suspend": {
      let accepts: Check | undefined
      return (value) => (accepts ??= checkOf(ast.f(), exact))(value)
    }
    // Transformations change what they accept; the rest does not come from JSON.
    default:
      return never
  }
}

const known = { decoding: new WeakMap<AST.AST, Check>(), encoding: new WeakMap<AST.AST, Check>() }

const checkOf = (ast: AST.AST, exact: boolean): Check => {
  const checks = exact ? known.encoding : known.decoding
  const existing = checks.get(ast)
  if (existing !== undefined) return existing
  const made = build(ast, exact)
  checks.set(ast, made)
  return made
}

/** The check before decoding, with excess properties preserved. */
export const ofDecoding = (schema: Schema.Schema.All): Check => checkOf(schema.ast, false)

/** The check before encoding, with excess properties refused. */
export const ofEncoding = (schema: Schema.Schema.All): Check => checkOf(schema.ast, true)
