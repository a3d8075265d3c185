/**
 * A fast check before `Schema`: whether a value is valid unchanged, so that it can be passed on without a copy.
 *
 * It may reject a value that `Schema` accepts, but never accepts a value that `Schema` rejects or changes; after a rejection `Schema`
 * decides and explains. Closures over the schema's AST, built once: no code is generated. Runs for every event of every stream, so it
 * allocates nothing: no callbacks for each value, no iterators.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

type Check = (value: unknown) => boolean

const never: Check = () => false

const anything: Check = () => true

const noOptions = {}

/** Whether an object is like a literal: no inherited property, such as `toJSON`, can change what it encodes to. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const hasOnly = (value: object, names: ReadonlySet<PropertyKey>): boolean => {
  for (const key of Reflect.ownKeys(value)) if (!names.has(key)) return false
  return true
}

/** Whether `for … in` over a plain object visits only its own keys. A page may have added properties to `Object.prototype`. */
const inheritsNothing = (): boolean => {
  for (const _ in Object.prototype) return false
  return true
}

/** A field that a schema names. */
interface Field {
  readonly name: PropertyKey
  readonly isRequired: boolean
  readonly accepts: Check
}

type Fields = Readonly<Record<PropertyKey, unknown>>

/** Looks up each field of the schema. For values with any prototype. */
const byName = (fields: ReadonlyArray<Field>): ((value: Fields) => boolean) => {
  const count = fields.length
  return (value) => {
    for (let at = 0; at < count; at++) {
      const { accepts, isRequired, name } = fields[at]!
      const field = value[name]
      if (field === undefined) {
        // `{ a: undefined }` has the field; an optional one that is absent is valid.
        if (Object.hasOwn(value, name) ? !accepts(field) : isRequired) return false
        // A decoder would read an inherited value, too, but a required field must be the object's own.
      } else if (!accepts(field) || (isRequired && !Object.hasOwn(value, name))) return false
    }
    return true
  }
}

/** How many positions `inOrder` remembers. */
const longestOrder = 64

/**
 * Checks the fields of a plain object in their order. A server writes its fields in one order, so the field at each position is nearly
 * always the same as last time: that needs a comparison of two names, while `byName` looks up every name in a schema, and most are
 * absent.
 */
const inOrder = (fields: ReadonlyArray<Field>): ((value: Fields) => boolean) => {
  const known = new Map(fields.map((field) => [field.name, field]))
  const required = fields.filter(({ isRequired }) => isRequired).length
  const before: Array<Field> = []
  return (value) => {
    let at = 0
    let found = 0
    for (const name in value) {
      let field = before[at]
      if (field === undefined || field.name !== name) {
        field = known.get(name) ?? { name, isRequired: false, accepts: anything }
        if (at < longestOrder) before[at] = field
      }
      at++
      if (!field.accepts(value[name])) return false
      if (field.isRequired) found++
    }
    return found === required
  }
}

/** An object with keys of any name, such as the arguments of a tool. */
const record = (ast: AST.TypeLiteral, fields: ReadonlyArray<Field>, exact: boolean): Check => {
  const [index] = ast.indexSignatures
  // String keys; anything else is left to the decoder.
  if (ast.indexSignatures.length > 1 || index!.parameter._tag !== "StringKeyword") return never
  const accepts = checkOf(index!.type, exact)
  const hasFields = byName(fields)
  return (value) =>
    Predicate.isRecord(value) &&
    (!exact || (isPlain(value) && Object.getOwnPropertySymbols(value).length === 0)) &&
    // The decoder would set the prototype.
    !Object.hasOwn(value, "__proto__") &&
    hasFields(value) &&
    // As in the decoder, the named fields are included.
    Object.keys(value).every((key) => accepts(value[key]))
}

const struct = (ast: AST.TypeLiteral, exact: boolean): Check => {
  if (ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0) return never
  const fields = ast.propertySignatures.map(({ isOptional, name, type }): Field => ({
    name,
    isRequired: !isOptional,
    accepts: checkOf(type, exact)
  }))
  if (ast.indexSignatures.length > 0) return record(ast, fields, exact)
  const hasFields = byName(fields)
  if (exact) {
    const names = new Set(fields.map(({ name }) => name))
    return (value) => Predicate.isRecord(value) && isPlain(value) && hasOnly(value, names) && hasFields(value)
  }
  // `for … in` does not visit symbols.
  if (fields.some(({ name }) => typeof name === "symbol"))
    return (value) => Predicate.isRecord(value) && hasFields(value)
  const hasFieldsInOrder = inOrder(fields)
  return (value) =>
    Predicate.isRecord(value) && (isPlain(value) && inheritsNothing() ? hasFieldsInOrder(value) : hasFields(value))
}

const array = (ast: AST.TupleType, exact: boolean): Check => {
  if (ast.elements.length > 0 || ast.rest.length !== 1) return never
  const accepts = checkOf(ast.rest[0]!.type, exact)
  return (value) => {
    if (!Array.isArray(value)) return false
    for (let at = 0; at < value.length; at++) if (!accepts(value[at])) return false
    return true
  }
}

/** Written out for one and two members: an array and a callback would be an allocation for each value. */
const anyOf = (checks: ReadonlyArray<Check>): Check => {
  const [first = never, second = never] = checks
  if (checks.length <= 1) return first
  if (checks.length === 2) return (value) => first(value) || second(value)
  return (value) => {
    for (let at = 0; at < checks.length; at++) if (checks[at]!(value)) return true
    return false
  }
}

/** `null`, `undefined` and literals are compared; in most unions of an API one other member remains, as in `string | null`. */
const union = (ast: AST.Union, exact: boolean): Check => {
  const literals = new Set<unknown>()
  const others: Array<AST.AST> = []
  for (const member of ast.types) {
    if (member._tag === "Literal") literals.add(member.literal)
    else if (member._tag === "UndefinedKeyword") literals.add(undefined)
    else others.push(member)
  }
  const accepts = anyOf(others.map((member) => checkOf(member, exact)))
  const isNullable = literals.delete(null)
  const isOptional = literals.delete(undefined)
  if (literals.size > 0) {
    return (value) =>
      (value === null && isNullable) || (value === undefined && isOptional) || literals.has(value) || accepts(value)
  }
  if (isNullable && isOptional) return (value) => value === null || value === undefined || accepts(value)
  if (isNullable) return (value) => value === null || accepts(value)
  if (isOptional) return (value) => value === undefined || accepts(value)
  return accepts
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
    case "Union":
      return union(ast, exact)
    case "Refinement": {
      const accepts = checkOf(ast.from, exact)
      return (value) => accepts(value) && Option.isNone(ast.filter(value, noOptions, ast))
    }
    case "Declaration": {
      const parse = ast.decodeUnknown(...ast.typeParameters)
      return (value) => {
        const parsed = parse(value, noOptions, ast)
        return Either.isEither(parsed) && Either.isRight(parsed) && parsed.right === value
      }
    }
    case "Suspend": {
      let accepts: Check | undefined
      return (value) => (accepts ??= checkOf(ast.f(), exact))(value)
    }
    // Transformations change what they accept; other types do not occur in JSON.
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

/** The check before encoding, with excess properties rejected. */
export const ofEncoding = (schema: Schema.Schema.All): Check => checkOf(schema.ast, true)
