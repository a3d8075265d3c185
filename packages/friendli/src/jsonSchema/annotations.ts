/**
 * The annotations of schemas: title, description, default, examples, and a JSON Schema written by the user. In: a part of a schema. Out:
 * keywords that tell the model more than the type does. Automatic texts of Effect, such as "a string at least 3 character(s) long", are
 * left out, because the keywords already say it.
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { jsonIssues } from "../schema/primitives.js"
import type { Json, Purpose } from "./rules.js"

/** Titles and descriptions that Effect itself gives to its schemas and filters only repeat the keywords. */
const automaticTitle =
  /^(?:int|finite|nonNaN|positive|negative|nonPositive|nonNegative|trimmed|lowercased|uppercased|capitalized|uncapitalized|nonEmptyString|validDate|parseJson|[A-Za-z]+\(.*\)?)$/s
const automaticDescription =
  /^(?:an integer|a finite number|a number excluding NaN|a (?:positive|negative|non-negative|non-positive) number|a number (?:greater than|less than|between|divisible by) .*|a single character|a string (?:at most|at least|\d+) .*character\(s\).*|a string (?:matching the pattern|starting with|ending with|including) .*|a string with no leading or trailing whitespace|an? (?:lowercase|uppercase|capitalized|uncapitalized) string|a non empty string|an array of .*item\(s\)|a valid Date|a Universally Unique .*Identifier)$/s

/** The keyword of each basic type. Its annotations are Effect's; all others are the user's. */
const keywords: Readonly<Partial<Record<AST.AST["_tag"], AST.AST>>> = {
  StringKeyword: AST.stringKeyword,
  NumberKeyword: AST.numberKeyword,
  BooleanKeyword: AST.booleanKeyword,
  UnknownKeyword: AST.unknownKeyword,
  AnyKeyword: AST.anyKeyword,
  ObjectKeyword: AST.objectKeyword
}

/** Effect describes the structs of `Option` and `Either` itself. */
const encodedName = /^(?:None|Some|Option|Left|Right|Either)Encoded(?:<.*>)?$/s

/** Whether a title or a description is one that Effect wrote. */
const isAutomatic = (annotated: AST.Annotated | AST.AST, id: symbol, text: string): boolean => {
  if (!("_tag" in annotated)) return false
  if (encodedName.test(text)) return true
  if (annotated.annotations[AST.SchemaIdAnnotationId] === undefined) {
    return keywords[annotated._tag]?.annotations[id] === text
  }
  return (id === AST.TitleAnnotationId ? automaticTitle : automaticDescription).test(text)
}

/** The encoded value, as the model must write it; nothing if it is not JSON. */
const encoded = (ast: AST.AST, value: unknown): Option.Option<unknown> => {
  try {
    return Option.filter(
      ParseResult.encodeUnknownOption(Schema.make<unknown, unknown>(ast))(value),
      (json) => json !== undefined && jsonIssues({ json }).length === 0
    )
  } catch {
    return Option.none()
  }
}

/** The annotations of a schema or property. Schemas of answers have only titles and descriptions. */
export const describe = (annotated: AST.Annotated | AST.AST, type: AST.AST, purpose: Purpose): Json => {
  const text = (id: symbol): string | undefined => {
    const value = annotated.annotations[id]
    return typeof value === "string" && !isAutomatic(annotated, id, value) ? value : undefined
  }
  const title = text(AST.TitleAnnotationId)
  const description = text(AST.DescriptionAnnotationId)
  const said = { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) }
  if (purpose === "response") return said
  const initial = Option.flatMap(AST.getDefaultAnnotation(annotated), (value) => encoded(type, value))
  const examples = Option.match(AST.getExamplesAnnotation(annotated), {
    onNone: () => [],
    onSome: (values) => values.flatMap((value) => Option.toArray(encoded(type, value)))
  })
  return {
    ...said,
    ...(Option.isSome(initial) ? { default: initial.value } : {}),
    ...(examples.length === 0 ? {} : { examples })
  }
}

/**
 * Keywords that say which values are possible. A user's JSON Schema with one of them is complete; without one
 * it adds to that of the type.
 */
const typeKeywords = ["type", "anyOf", "oneOf", "allOf", "not", "$ref", "enum", "const"]

/** The user's JSON Schema, and whether it replaces that of the type or adds keywords to it. */
export const written = (ast: AST.AST): { readonly keywords: Json; readonly replaces: boolean } | undefined => {
  const annotation = Option.getOrUndefined(AST.getJSONSchemaAnnotation(ast))
  if (!Predicate.isRecord(annotation)) return undefined
  // Effect's own `int` is a filter, although it names a type.
  const isInt = ast._tag === "Refinement" && ast.annotations[AST.SchemaIdAnnotationId] === Schema.IntSchemaId
  const replaces =
    ast._tag === "Declaration" ||
    (typeKeywords.some((keyword) => keyword in annotation) && !(isInt && annotation["type"] === "integer"))
  return { keywords: annotation, replaces }
}

/** The name of a schema. */
export const identifierOf = (ast: AST.AST): string | undefined => {
  const own = Option.getOrUndefined(AST.getJSONIdentifier(ast))
  if (own !== undefined) return own
  // The type side of a class has its name.
  return ast._tag === "Transformation" && Option.isSome(AST.getSurrogateAnnotation(ast.to))
    ? identifierOf(ast.to)
    : undefined
}
