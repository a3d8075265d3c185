/**
 * A quick look before `Schema`: whether a value is valid as it stands, so that it can be handed on without a copy.
 *
 * It may say no to what `Schema` accepts, never yes to what `Schema` refuses or changes; after a no, the decoder decides and explains.
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

const struct = (ast: AST.TypeLiteral): Check => {
  if (ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0) return never
  const required = ast.propertySignatures.filter((property) => !property.isOptional)
  const properties = ast.propertySignatures.map((property) => ({
    name: property.name,
    accepts: checkOf(property.type)
  }))
  if (ast.indexSignatures.length > 0) {
    const [index] = ast.indexSignatures
    // Records with string keys; anything else is left to the decoder.
    if (properties.length > 0 || ast.indexSignatures.length > 1 || index!.parameter._tag !== "StringKeyword")
      return never
    const accepts = checkOf(index!.type)
    return (value) => Predicate.isRecord(value) && Object.keys(value).every((key) => accepts(value[key]))
  }
  return (value) => {
    if (!Predicate.isRecord(value)) return false
    for (const { name } of required) if (!Object.hasOwn(value, name)) return false
    for (const { accepts, name } of properties) {
      const property = value[name]
      // An optional property that is absent reads as undefined, unless something inherited stands in for it.
      if (!(property === undefined && !Object.hasOwn(value, name)) && !accepts(property)) return false
    }
    return true
  }
}

const array = (ast: AST.TupleType): Check => {
  if (ast.elements.length > 0 || ast.rest.length !== 1) return never
  const accepts = checkOf(ast.rest[0]!.type)
  return (value) => {
    if (!Array.isArray(value)) return false
    for (const element of value) if (!accepts(element)) return false
    return true
  }
}

const build = (ast: AST.AST): Check => {
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
      return struct(ast)
    case "TupleType":
      return array(ast)
    case "Union": {
      const members = ast.types.map(checkOf)
      return (value) => members.some((accepts) => accepts(value))
    }
    case "Refinement": {
      const accepts = checkOf(ast.from)
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
      return (value) => (accepts ??= checkOf(ast.f()))(value)
    }
    // Transformations change what they accept; the rest does not come from JSON.
    default:
      return never
  }
}

const checks = new WeakMap<AST.AST, Check>()

const checkOf = (ast: AST.AST): Check => {
  const known = checks.get(ast)
  if (known !== undefined) return known
  const made = build(ast)
  checks.set(ast, made)
  return made
}

/** The check of a schema's decoding, with excess properties preserved. */
export const make = (schema: Schema.Schema.All): Check => checkOf(schema.ast)
