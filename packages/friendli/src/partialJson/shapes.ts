/**
 * Computes from a schema which parts of a value can be shown before it is complete. In: the AST of a schema. Out: its shape: how each
 * part is decoded, and the forms in which an incomplete value can be shown.
 *
 * A string of `Schema.String` can be shown at any length, because each prefix is a valid value. A string with a pattern, a date or a
 * number cannot: `2024-0` is not a date, and `12` may become `125`.
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

export type Decode = ReturnType<typeof ParseResult.decodeUnknownEither<unknown, unknown>>

/** The shape of a value. */
export interface Shape {
  /** Decodes the whole value. */
  readonly decode: Decode
  /** Whether a growing string may be shown, because each prefix is a valid value. */
  readonly growsAsText: boolean
  /** The possible forms of an array or object; `undefined` is a form that shows nothing before its end. */
  readonly arrays: ReadonlyArray<ArrayForm | undefined>
  readonly objects: ReadonlyArray<ObjectForm | undefined>
}

/** An array that can be shown: the shape of each element, `undefined` if it is unknown. */
export interface ArrayForm {
  readonly element: (index: number) => Shape | undefined
}

/** A member of an object as the schema decodes it. */
export interface Member {
  readonly shape: Shape
  /** The name of the decoded member. */
  readonly name: PropertyKey
  /** How a decoded member is added to its object. */
  readonly transform: (value: unknown) => Option.Option<unknown>
  /** Whether the member is added unchanged, so that it may be shown before its end. */
  readonly stays: boolean
}

export interface ObjectForm {
  readonly member: (name: string) => Member | undefined
  /** Members that can have only these values: they distinguish the forms of a union. */
  readonly literals: ReadonlyMap<string, ReadonlySet<unknown>>
}

/**
 * `grows`: each prefix is a valid value. `whole`: only the complete text is valid. `literal`: one of some texts, which is shown when it
 * is complete, but does not stop another member of a union from growing.
 */
type StringKind = "grows" | "whole" | "literal"

/** The forms of JSON that a schema accepts, by kind of value. */
interface Forms {
  readonly strings: ReadonlyArray<StringKind>
  readonly arrays: ReadonlyArray<ArrayForm | undefined>
  readonly objects: ReadonlyArray<ObjectForm | undefined>
}

/** A schema of numbers, booleans and null: such values are complete when they are read. */
const nothing: Forms = { strings: [], arrays: [], objects: [] }

/** Elements of any type, as in a list within `Schema.Unknown`. */
const anyElement: ArrayForm = { element: () => shapeOf(AST.unknownKeyword) }

const anyMember: ObjectForm = {
  member: (name) => ({ shape: shapeOf(AST.unknownKeyword), name, transform: Option.some, stays: true }),
  literals: new Map()
}

/** A default returns a present value unchanged. A unique test value shows whether this transformation does so, too. */
const letsPass = (decode: AST.PropertySignatureTransformation["decode"]): boolean => {
  const probe = Symbol()
  try {
    const passed = decode(Option.some(probe))
    return Option.isSome(passed) && passed.value === probe
  } catch {
    return false
  }
}

/** The only possible values of a schema; `undefined` if it accepts others. */
const literalsOf = (ast: AST.AST): ReadonlyArray<unknown> | undefined => {
  if (ast._tag === "Literal") return [ast.literal]
  if (ast._tag !== "Union") return undefined
  const each = ast.types.map(literalsOf)
  return each.includes(undefined) ? undefined : each.flatMap((values) => values ?? [])
}

/**
 * The form of an object. `transformations` are those of renamed members and of defaults: a member is shown under its decoded
 * name.
 */
const objectForm = (
  ast: AST.TypeLiteral,
  transformations: ReadonlyArray<AST.PropertySignatureTransformation>
): ObjectForm => {
  const transformed = new Map(transformations.map((each) => [each.from, { ...each, stays: letsPass(each.decode) }]))
  const properties = new Map(ast.propertySignatures.map((property) => [property.name, property]))
  const literals = new Map<string, ReadonlySet<unknown>>()
  for (const { isOptional, name, type } of ast.propertySignatures) {
    const values = isOptional || typeof name !== "string" ? undefined : literalsOf(type)
    if (values !== undefined) literals.set(String(name), new Set(values))
  }
  const index = ast.indexSignatures.find(({ parameter }) => AST.isStringKeyword(parameter))
  return {
    member: (name) => {
      const type = properties.get(name)?.type ?? index?.type
      if (type === undefined) return undefined
      const transformation = transformed.get(name)
      return {
        shape: shapeOf(type),
        name: transformation?.to ?? name,
        transform: (value) => transformation?.decode(Option.some(value)) ?? Option.some(value),
        stays: transformation?.stays ?? true
      }
    },
    literals
  }
}

/** The form of an array or a tuple, whose elements may have different types. */
const arrayForm = (ast: AST.TupleType): ArrayForm => ({
  element: (index) => {
    const element = ast.elements[index]
    if (element !== undefined) return shapeOf(element.type)
    // After a rest element the types of the elements are unknown.
    return ast.rest.length === 1 ? shapeOf(ast.rest[0]!.type) : undefined
  }
})

/** Filters that only count characters. A text that is still too short may be shown: it may become long enough. */
const lengths: ReadonlySet<unknown> = new Set([
  Schema.MinLengthSchemaId,
  Schema.MaxLengthSchemaId,
  Schema.LengthSchemaId
])

/** A value that is shown only when it is complete. */
const wholeOnly = (ast: AST.AST): Forms => {
  const encoded = AST.encodedAST(ast)
  if (encoded._tag === "Declaration") return { strings: ["whole"], arrays: [undefined], objects: [undefined] }
  const { arrays, objects, strings } = formsOf(encoded)
  return {
    strings: strings.map(() => "whole"),
    arrays: arrays.map(() => undefined),
    objects: objects.map(() => undefined)
  }
}

/** The forms of JSON that a schema accepts, and which of them can be shown before their end. */
const formsOf = (ast: AST.AST): Forms => {
  // A class counts as the struct of its fields.
  const surrogate = AST.getSurrogateAnnotation(ast)
  if (surrogate._tag === "Some") return formsOf(surrogate.value)
  switch (ast._tag) {
    case "StringKeyword":
      return { ...nothing, strings: [AST.getBrandAnnotation(ast)._tag === "Some" ? "whole" : "grows"] }
    case "TemplateLiteral":
      return { ...nothing, strings: ["whole"] }
    case "Literal":
      return typeof ast.literal === "string" ? { ...nothing, strings: ["literal"] } : nothing
    case "Enums":
      return { ...nothing, strings: ["literal"] }
    case "UnknownKeyword":
    case "AnyKeyword":
      return { strings: ["grows"], arrays: [anyElement], objects: [anyMember] }
    case "ObjectKeyword":
      return { ...nothing, arrays: [anyElement], objects: [anyMember] }
    case "TypeLiteral":
      return { ...nothing, objects: [objectForm(ast, [])] }
    case "TupleType":
      return { ...nothing, arrays: [arrayForm(ast)] }
    case "Union": {
      const each = ast.types.map(formsOf)
      return {
        strings: each.flatMap(({ strings }) => strings),
        arrays: each.flatMap(({ arrays }) => arrays),
        objects: each.flatMap(({ objects }) => objects)
      }
    }
    case "Suspend":
      return formsOf(ast.f())
    case "Refinement": {
      const forms = formsOf(ast.from)
      const isLength = lengths.has(ast.annotations[AST.SchemaIdAnnotationId])
      const isPlain = isLength && AST.getBrandAnnotation(ast)._tag === "None"
      return isPlain ? forms : { ...forms, strings: forms.strings.map((kind) => (kind === "grows" ? "whole" : kind)) }
    }
    case "Transformation":
      return ast.transformation._tag === "TypeLiteralTransformation" && ast.from._tag === "TypeLiteral"
        ? { ...nothing, objects: [objectForm(ast.from, ast.transformation.propertySignatureTransformations)] }
        : wholeOnly(ast)
    case "Declaration":
      return wholeOnly(ast)
    default:
      return nothing
  }
}

/** Shapes are shared: the same part of a schema is compiled once for all readers. */
const shapes = new WeakMap<AST.AST, Shape>()

/**
 * The shape of a schema. In: the AST of a schema. Out: its decoder, and the forms in which an incomplete value can be
 * shown.
 */
export const shapeOf = (ast: AST.AST): Shape => {
  const existing = shapes.get(ast)
  if (existing !== undefined) return existing
  let forms: Forms | undefined
  let decode: Decode | undefined
  // A schema may be recursive, so its members are computed on demand.
  const made: Shape = {
    get decode() {
      return (decode ??= ParseResult.decodeUnknownEither(Schema.make<unknown, unknown>(ast), { errors: "all" }))
    },
    get growsAsText() {
      const { strings } = (forms ??= formsOf(ast))
      return strings.includes("grows") && !strings.includes("whole")
    },
    get arrays() {
      return (forms ??= formsOf(ast)).arrays
    },
    get objects() {
      return (forms ??= formsOf(ast)).objects
    }
  }
  shapes.set(ast, made)
  return made
}
