/**
 * Turns a schema failure into sentences that name fields and rules. In: a failure of `effect/Schema`. Out: one issue for each invalid
 * field, without any text of the caller: errors are logged, and a request contains prompts.
 *
 * Example: `{ temperature: "hot" }` becomes `{ path: ["temperature"], message: "expected a number, got a
 * string" }`.
 */
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import { ExpectedId, SentenceId } from "./annotations.js"

/** The problem of one field. */
export interface FieldIssue {
  /** The path: keys and indexes from the top. Empty for the value as a whole. */
  readonly path: ReadonlyArray<string | number>
  /** The problem, as one sentence without the path and without text or objects of the input. */
  readonly message: string
}

type Path = ReadonlyArray<string | number>

/**
 * One failure at the end of a branch of the tree. `kind`: the value has another type, breaks a rule, is
 * missing, is unknown, or is not allowed.
 */
interface Leaf {
  readonly path: Path
  readonly kind: "type" | "rule" | "missing" | "unknown" | "other"
  /** The valid alternatives. */
  readonly expected: ReadonlyArray<string>
  readonly actual: unknown
  /** Replaces the sentence. */
  readonly sentence?: string | undefined
}

// ---------------------------------------------------------------------------
// words
// ---------------------------------------------------------------------------

/** An annotation, if it is text. */
const annotation = (ast: AST.AST, id: symbol): string | undefined => {
  const value = ast.annotations[id]
  return typeof value === "string" ? value : undefined
}

/** The values that a schema expects, as alternatives. Uses only the schema, never the input. */
const expectations = (ast: AST.AST): ReadonlyArray<string> => {
  const own = annotation(ast, ExpectedId)
  if (own !== undefined) return [own]
  switch (ast._tag) {
    case "Literal":
      return [typeof ast.literal === "bigint" ? `${ast.literal}n` : JSON.stringify(ast.literal)]
    case "Enums":
      return ast.enums.map(([, value]) => JSON.stringify(value))
    case "StringKeyword":
    case "TemplateLiteral":
      return ["a string"]
    case "NumberKeyword":
      return ["a number"]
    case "BooleanKeyword":
      return ["a boolean"]
    case "BigIntKeyword":
      return ["a BigInt"]
    case "SymbolKeyword":
    case "UniqueSymbol":
      return ["a symbol"]
    case "UndefinedKeyword":
    case "VoidKeyword":
      return ["undefined"]
    case "NeverKeyword":
      return ["nothing"]
    case "ObjectKeyword":
    case "TypeLiteral":
      return ["an object"]
    case "TupleType":
      return ["an array"]
    case "UnknownKeyword":
    case "AnyKeyword":
      return ["a value"]
    case "Declaration":
      return [annotation(ast, AST.DescriptionAnnotationId) ?? annotation(ast, AST.IdentifierAnnotationId) ?? "a value"]
    case "Refinement":
      return [
        annotation(ast, AST.DescriptionAnnotationId) ?? annotation(ast, AST.TitleAnnotationId) ?? alternatives(ast.from)
      ]
    case "Union":
      return [...new Set(ast.types.flatMap(expectations))]
    case "Suspend":
      return expectations(ast.f())
    case "Transformation":
      return expectations(ast.from)
  }
}

/**
 * Alternatives as one text. `undefined` is named only if nothing else is possible, because the author of a value need not know that the
 * field may be left out.
 */
const join = (expected: ReadonlyArray<string>): string => {
  const named = expected.filter((words) => words !== "undefined")
  return (named.length === 0 ? expected : named).join(" | ")
}

/** The values that a schema expects, as one text. */
const alternatives = (ast: AST.AST): string => join(expectations(ast))

/** Whether a string is expected. Then a given string is called "another string", not "a string". */
const isAboutStrings = (words: string): boolean =>
  words.startsWith("a string") || words.startsWith('"') || words.startsWith("a name")

/** A description of the given value: its type, and the value itself only for numbers, booleans and null. */
const describeActual = (actual: unknown, expected: ReadonlyArray<string>): string => {
  switch (typeof actual) {
    case "string":
      if (actual === "" && expected.some(isAboutStrings)) return "an empty string"
      return expected.some(isAboutStrings) ? "another string" : "a string"
    case "number":
      return Object.is(actual, -0) ? "-0" : String(actual)
    case "boolean":
    case "undefined":
      return String(actual)
    case "bigint":
      return "a BigInt"
    case "symbol":
      return "a symbol"
    case "function":
      return "a function"
    case "object":
      if (actual === null) return "null"
      if (Array.isArray(actual)) return actual.length === 0 ? "an empty array" : "an array"
      return "an object"
  }
}

/** The sentence of a leaf. */
const sentenceOf = (leaf: Leaf): string => {
  if (leaf.sentence !== undefined) return leaf.kind === "missing" ? `missing; ${leaf.sentence}` : leaf.sentence
  switch (leaf.kind) {
    case "unknown":
      return 'unknown field; check its spelling, or use the "body" option to send fields newer than this SDK'
    case "missing":
      return leaf.expected.length === 0 ? "missing" : `missing; expected ${join(leaf.expected)}`
    case "other":
      return "not allowed here"
    default:
      return `expected ${join(leaf.expected)}, got ${describeActual(leaf.actual, leaf.expected)}`
  }
}

// ---------------------------------------------------------------------------
// the tree of issues to its leaves
// ---------------------------------------------------------------------------

/** A key that is longer than field names may be text of the user, so only its size is shown. */
const maxKeyLength = 64

/** One step of a path, safe to be shown. */
const segment = (key: PropertyKey): string | number => {
  if (typeof key === "number") return key
  if (typeof key === "symbol") return "<symbol>"
  return key.length > maxKeyLength ? `<key of ${key.length} characters>` : key
}

/** Makes a list of one item or a list. */
const many = <A>(value: A | ReadonlyArray<A>): ReadonlyArray<A> =>
  Array.isArray(value) ? (value as ReadonlyArray<A>) : [value as A]

/** Makes a leaf from the annotations of the schema. */
const leaf = (kind: Leaf["kind"], path: Path, ast: AST.AST | undefined, actual: unknown): Leaf => ({
  kind,
  path,
  expected: ast === undefined ? [] : expectations(ast),
  actual,
  sentence: ast === undefined ? undefined : annotation(ast, SentenceId)
})

/**
 * Walks down the tree of a failure, and collects the leaves with their paths. Transformations and refinements
 * add no step to a path: they are the same field.
 */
const leaves = (issue: ParseResult.ParseIssue, path: Path): ReadonlyArray<Leaf> => {
  switch (issue._tag) {
    case "Pointer":
      return leaves(issue.issue, [...path, ...many<PropertyKey>(issue.path).map(segment)])
    case "Composite":
      return issue.ast._tag === "Union"
        ? closest(
            many<ParseResult.ParseIssue>(issue.issues).map((branch) => leaves(branch, path)),
            path
          )
        : many<ParseResult.ParseIssue>(issue.issues).flatMap((inner) => leaves(inner, path))
    case "Refinement": {
      // the rule says more than the type below it: "a number between 0 and 1" rather than "a number"
      if (issue.kind === "From") {
        return annotation(issue.ast, SentenceId) === undefined && issue.issue._tag === "Type"
          ? [leaf("type", path, issue.ast, issue.actual)]
          : leaves(issue.issue, path)
      }
      return issue.issue._tag === "Type" ? [leaf("rule", path, issue.ast, issue.actual)] : leaves(issue.issue, path)
    }
    case "Transformation":
      return leaves(issue.issue, path)
    case "Type":
      return [leaf("type", path, issue.ast, issue.actual)]
    case "Missing":
      return [leaf("missing", path, issue.ast instanceof AST.Type ? issue.ast.type : undefined, undefined)]
    case "Unexpected":
      return [leaf("unknown", path, undefined, undefined)]
    case "Forbidden":
      return [leaf("other", path, undefined, undefined)]
  }
}

/**
 * The intended branch of a union. Branches that fail because the value has another type were not intended. Of the others, the one with
 * the fewest missing fields is taken, and then the one with the fewest failures: `{ type: "text", txt: "Hi" }` is a text with a wrong
 * field, not an image without a URL.
 */
const closest = (branches: ReadonlyArray<ReadonlyArray<Leaf>>, path: Path): ReadonlyArray<Leaf> => {
  // Whether a branch fails only because the whole value has another type.
  const isOtherType = (branch: ReadonlyArray<Leaf>) =>
    branch.every(({ kind, path: at }) => kind === "type" && at.length === path.length)
  const intended = branches.filter((branch) => !isOtherType(branch))
  const [first] = intended
  if (first === undefined) {
    // No branch accepts a value of this type: name them all.
    const all = branches.flat()
    const told = all.find(({ sentence }) => sentence !== undefined)
    if (told !== undefined) return [told]
    const expected = [...new Set(all.flatMap((each) => each.expected))]
    return all.slice(0, 1).map((each) => ({ ...each, expected }))
  }
  const missing = (branch: ReadonlyArray<Leaf>) =>
    branch.filter(({ kind, path: at }) => kind === "missing" && at.length === path.length + 1)
  const best = intended.reduce((a, b) => {
    const difference = missing(a).length - missing(b).length
    return difference > 0 || (difference === 0 && a.length > b.length) ? b : a
  }, first)
  const names = [...new Set(intended.flatMap((branch) => missing(branch).map(({ path: at }) => String(at.at(-1)))))]
  // Each branch lacks exactly one field, but not the same one: any of these fields is enough, so all are named.
  if (names.length > 1 && intended.every((branch) => missing(branch).length === 1)) {
    const sentence = `one of ${names.map((name) => JSON.stringify(name)).join(", ")} is required`
    const absent = missing(best)
    return [
      { path, kind: "missing", expected: [], actual: undefined, sentence },
      ...best.filter((each) => !absent.includes(each))
    ]
  }
  return best
}

/**
 * Turns a schema failure into one sentence for each wrong field.
 *
 * **When to use**: wherever a failure may be logged or shown.
 *
 * **Details**: strings and objects of the input are never shown, only their types; numbers, booleans and `null` are. For a union only the
 * intended branch is reported. Keys of the input are shown as part of the path, up to 64 characters.
 *
 * @category formatting
 */
export const formatIssues = (error: ParseResult.ParseError | ParseResult.ParseIssue): ReadonlyArray<FieldIssue> => {
  const seen = new Set<string>()
  const issues: Array<FieldIssue> = []
  for (const each of leaves(error._tag === "ParseError" ? error.issue : error, [])) {
    const issue: FieldIssue = { path: each.path, message: sentenceOf(each) }
    const key = JSON.stringify(issue)
    if (!seen.has(key)) issues.push(issue)
    seen.add(key)
  }
  return issues
}

/**
 * A path as JavaScript would write it.
 *
 * @category formatting
 */
export const formatPath = (path: ReadonlyArray<string | number>): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`
    if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`
    return text === "" ? key : `${text}.${key}`
  }, "")
