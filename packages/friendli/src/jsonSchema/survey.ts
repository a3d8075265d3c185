/**
 * Reads a whole schema before its JSON Schema is built. In: the root of a schema. Out: the parts that need their own definition, with a
 * name for each: recursive parts, which cannot be written in place, and named objects that are used more than once.
 */
import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"
import { identifierOf, written } from "./annotations.js"

/** A schema with more parts or deeper nesting is treated as endless: a thunk may make a new schema each time. */
const limits = { parts: 10_000, depth: 200 }

/** The side that JSON is decoded from. A class counts as the struct of its fields. */
const parts = (ast: AST.AST): ReadonlyArray<AST.AST> => {
  if (written(ast)?.replaces === true) return []
  const surrogate = AST.getSurrogateAnnotation(ast)
  if (Option.isSome(surrogate)) return [surrogate.value]
  switch (ast._tag) {
    case "Transformation":
    case "Refinement":
      return [ast.from]
    case "Suspend":
      return [ast.f()]
    case "TupleType":
      return [...ast.elements, ...ast.rest].map(({ type }) => type)
    case "TypeLiteral":
      return [...ast.propertySignatures, ...ast.indexSignatures].map(({ type }) => type)
    case "Union":
      return ast.types
    default:
      return []
  }
}

/** Whether a part is an object, after filters, classes and transformations are resolved. */
const isObject = (ast: AST.AST): boolean => {
  if (ast._tag === "TypeLiteral") return true
  const [only, ...others] = parts(ast)
  return ast._tag !== "Union" && ast._tag !== "TupleType" && only !== undefined && others.length === 0 && isObject(only)
}

/** The parts that get their own definition, with their names. `undefined` for an endless schema. */
export const definitionsOf = (root: AST.AST): ReadonlyMap<AST.AST, string> | undefined => {
  const seen = new Set<AST.AST>()
  const open = new Set<AST.AST>()
  const recursive = new Set<AST.AST>()
  const repeated = new Set<AST.AST>()
  const aliases = new Map<AST.AST, string>()
  const visit = (ast: AST.AST): boolean => {
    // A part inside itself.
    if (open.has(ast)) recursive.add(ast)
    if (seen.has(ast)) {
      repeated.add(ast)
      return true
    }
    if (seen.size >= limits.parts || open.size >= limits.depth) return false
    seen.add(ast)
    open.add(ast)
    const inner = parts(ast)
    const name = identifierOf(ast)
    if (ast._tag === "Suspend" && name !== undefined && inner[0] !== undefined) aliases.set(inner[0], name)
    const isFinite = inner.every(visit)
    open.delete(ast)
    return isFinite
  }
  if (!visit(root)) return undefined

  const names = new Map<AST.AST, string>()
  const taken = new Set<string>()
  for (const ast of seen) {
    const identifier = identifierOf(ast) ?? aliases.get(ast)
    const isShared = repeated.has(ast) && identifier !== undefined && isObject(ast)
    if (!recursive.has(ast) && !isShared) continue
    // A name is part of a JSON pointer, so characters that need escaping are replaced.
    const base = (identifier ?? "Recursive").replaceAll(/[^\w.-]/g, "_")
    let name = base
    for (let count = 2; taken.has(name); count++) name = `${base}_${count}`
    taken.add(name)
    names.set(ast, name)
  }
  return names
}
