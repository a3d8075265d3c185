/**
 * The basic schemas that the wire schemas are built from.
 *
 * None of them transforms. A valid request is sent unchanged, and a decoded response encodes back without loss.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { declare, isPlainObject, recordOf, settle } from "../internal/records.js"
import { ExpectedId, KnownValuesId, SentenceId } from "../internal/annotations.js"
import { type FieldIssue, formatIssues } from "../internal/issues.js"
import type { ModelId } from "./modelIds.js"

/** The annotations of a filter. `Arbitrary` reads the bounds from the JSON Schema. */
const rule = (expected: string, jsonSchema: object) => ({
  [ExpectedId]: expected,
  description: expected,
  message: () => `expected ${expected}`,
  jsonSchema
})

/**
 * Any string, the empty one included.
 * @category primitives
 */
export const Text: typeof Schema.String = Schema.String

/**
 * The `model` of a request: any string; editors complete the known ids.
 * @category primitives
 */
export const ModelName: Schema.Schema<ModelId> = Text as Schema.Schema<string>

/**
 * A string with some known values: editors complete them, and any other string passes.
 *
 * **When to use**: for every enum that the server may extend, so that a new value does not break a deployed program.
 * @category primitives
 */
export const openLiteral = <const L extends readonly [string, ...ReadonlyArray<string>]>(
  ...known: L
): Schema.Schema<L[number] | (string & {})> => {
  const schema: Schema.Schema<string> = Schema.String.annotations({
    [KnownValuesId]: known,
    jsonSchema: { type: "string", examples: [...known] },
    arbitrary: () => (fc) => fc.oneof(fc.constantFrom<string>(...known), fc.string())
  })
  return schema
}

/**
 * A string of a request with some known values: editors complete them, and any other string that is not empty passes.
 *
 * **When to use**: for every enum of a request that the vendor may extend. The server rejects unknown values.
 * @category primitives
 */
export const openEnum = <const L extends readonly [string, ...ReadonlyArray<string>]>(
  ...known: L
): Schema.Schema<L[number] | (string & {})> => {
  const expected = `${known.map((value) => JSON.stringify(value)).join(" | ")} | another string that is not empty`
  return openLiteral(...known).pipe(
    Schema.filter((text) => text !== "", rule(expected, { type: "string", minLength: 1, examples: [...known] }))
  )
}

/**
 * A string of at least one character.
 * @category primitives
 */
export const NonEmptyText: Schema.Schema<string> = Schema.String.pipe(
  Schema.filter((text) => text !== "", rule("a string that is not empty", { minLength: 1 }))
)

/**
 * An optional property that may also be `null` or `undefined`: the type is `T | null | undefined` on both sides.
 *
 * **Details**: nothing is normalized: `null` stays `null` and an absent key stays absent, so values encode back
 * exactly.
 * @category primitives
 */
export const nullish = <S extends Schema.Schema.All>(schema: S): Schema.optional<Schema.NullOr<S>> =>
  Schema.optional(Schema.NullOr(schema))

/**
 * A list that must not be empty. `what` names one of its items in error messages, such as `"message"`.
 * @category primitives
 */
export const atLeastOne = <S extends Schema.Schema.Any>(item: S, what: string): Schema.filter<Schema.Array$<S>> => {
  const rejection = `must have at least one ${what}`
  return Schema.Array(item).pipe(
    Schema.filter((items) => items.length > 0, {
      [SentenceId]: rejection,
      message: () => rejection,
      jsonSchema: { minItems: 1 }
    })
  )
}

/** Bounds of a number. All are optional; inclusive unless the name says otherwise. */
export interface Bounds {
  /** The smallest allowed value. */
  readonly minimum?: number
  /** Values must be greater than this one. */
  readonly exclusiveMinimum?: number
  /** The largest allowed value. */
  readonly maximum?: number
}

const phrase = (noun: string, { exclusiveMinimum, maximum, minimum }: Bounds): string => {
  if (minimum !== undefined && maximum !== undefined) return `${noun} between ${minimum} and ${maximum}`
  const rules = [
    ...(minimum === undefined ? [] : [`of at least ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`])
  ]
  return rules.length === 0 ? noun : `${noun} ${rules.join(" and ")}`
}

const inRange =
  ({ exclusiveMinimum, maximum, minimum }: Bounds) =>
  (n: number): boolean =>
    (minimum === undefined || n >= minimum) &&
    (exclusiveMinimum === undefined || n > exclusiveMinimum) &&
    (maximum === undefined || n <= maximum)

const bounded = (
  isNumber: (n: number) => boolean,
  noun: string,
  bounds: Bounds,
  type: object
): Schema.Schema<number> => {
  const inside = inRange(bounds)
  return Schema.Number.pipe(
    Schema.filter((n) => isNumber(n) && inside(n), rule(phrase(noun, bounds), { ...type, ...bounds }))
  )
}

/**
 * A finite number in a range. `NaN` and the infinities are invalid, because JSON would send them as `null`.
 *
 * **When to use**: for every number of a request.
 * @category primitives
 */
export const finiteNumber = (bounds: Bounds = {}): Schema.Schema<number> =>
  bounded(Number.isFinite, Object.keys(bounds).length === 0 ? "a finite number" : "a number", bounds, {})

/**
 * A safe integer in a range (at most 2^53 - 1 in absolute value, so that JSON keeps every digit).
 *
 * **When to use**: for every integer of a request.
 * @category primitives
 */
export const int = (bounds: Bounds = {}): Schema.Schema<number> =>
  bounded(Number.isSafeInteger, "a safe integer", bounds, { type: "integer" })

/**
 * A finite number of any size. See {@link finiteNumber}.
 * @category primitives
 */
export const FiniteNumber: Schema.Schema<number> = finiteNumber()

/**
 * A safe integer of any size. See {@link int}.
 * @category primitives
 */
export const Int: Schema.Schema<number> = int()

/**
 * A whole number of a response, of any size.
 *
 * **Details**: servers send 64-bit values such as seeds. A value above 2^53 loses digits in `JSON.parse`, but that is
 * no reason to reject the whole answer.
 * @category primitives
 */
export const WholeNumber: Schema.Schema<number> = bounded(Number.isInteger, "an integer", {}, { type: "integer" })

// ---------------------------------------------------------------------------
// open records
// ---------------------------------------------------------------------------

/** A JSON value. */
export type JsonValue = null | boolean | number | string | ReadonlyArray<unknown> | JsonObject

/**
 * An object with any keys, such as a JSON Schema. Its values must be JSON values.
 *
 * **Gotchas**: an `interface` is not assignable to a record type in TypeScript. Spread it: `parameters: { ...schema }`.
 */
export interface JsonObject {
  readonly [key: string]: unknown
}

const maxDepth = 1000

const sentence = (text: string): AST.AST => Schema.Never.annotations({ [SentenceId]: text, message: () => text }).ast

const notJson: AST.AST = Schema.Unknown.annotations({ [ExpectedId]: "a JSON value" }).ast
const cyclic = sentence("refers to an object that contains it, which is not possible in JSON")
const tooDeep = sentence(`is nested deeper than ${maxDepth} levels`)
const hasToJson = sentence("has a toJSON method, so it would not be sent unchanged; pass plain data")
const unreadable = sentence("could not be read: its getter threw")
const notPlain: AST.AST = Schema.Unknown.annotations({ [ExpectedId]: "a plain object" }).ast
const hole: AST.AST = Schema.Unknown.annotations({
  [ExpectedId]: "a JSON value (undefined in an array turns into null)"
}).ast

/** The mark of a type that cannot be expressed has its own message. */
const reasonOf = (value: object): AST.AST | undefined => {
  const reason: unknown = Reflect.get(value, SentenceId)
  return typeof reason === "string" ? sentence(reason) : undefined
}

/** The maximum number of reported issues. */
const maxIssues = 50

/** Why a value is not JSON, with the path of each invalid part. */
const jsonProblems = (root: unknown): ReadonlyArray<ParseResult.ParseIssue> => {
  const problems: Array<ParseResult.ParseIssue> = []
  const ancestors = new Set<object>()
  const path: Array<string | number> = []
  const report = (ast: AST.AST, value: unknown): void => {
    const [head, ...tail] = path
    const problem = new ParseResult.Type(ast, value)
    problems.push(head === undefined ? problem : new ParseResult.Pointer([head, ...tail], value, problem))
  }
  const child = (key: string | number, value: unknown): void => {
    path.push(key)
    visit(value)
    path.pop()
  }
  const visit = (value: unknown): void => {
    if (problems.length >= maxIssues || value === null || typeof value === "string" || typeof value === "boolean")
      return
    if (typeof value === "object") visitObject(value)
    else if (typeof value !== "number") report(notJson, value)
    else if (!Number.isFinite(value)) report(FiniteNumber.ast, value)
  }
  const visitObject = (value: object): void => {
    if (ancestors.has(value)) return report(cyclic, value)
    // reported for the whole value, because a path of a thousand steps is not useful
    if (ancestors.size >= maxDepth) throw tooDeep
    ancestors.add(value)
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const item = read(value, i)
        if (item === undefined) {
          path.push(i)
          report(hole, undefined)
          path.pop()
        } else child(i, item)
      }
    } else if (typeof read(value, "toJSON") === "function") report(reasonOf(value) ?? hasToJson, value)
    // compared by tag, not by prototype, because objects of another realm are plain too
    else if (Object.prototype.toString.call(value) !== "[object Object]") report(notPlain, value)
    else {
      for (const key of Object.keys(value)) {
        const item = read(value, key)
        // JSON leaves such a key out, like an absent optional field
        if (item !== undefined) child(key, item)
      }
    }
    ancestors.delete(value)
  }
  // keys are only read and never assigned, so `__proto__` is a normal key
  const read = (value: object, key: string | number): unknown => {
    try {
      return Reflect.get(value, key)
    } catch {
      throw unreadable
    }
  }
  try {
    visit(root)
  } catch (ast) {
    return [new ParseResult.Type(ast === tooDeep ? tooDeep : unreadable, root)]
  }
  return problems
}

/**
 * A JSON value, returned unchanged.
 *
 * **Details**: the following are invalid, and reported with their path: cycles, `BigInt`, functions, symbols, `NaN`,
 * the infinities, `undefined` in arrays, objects that are not plain (`Date`, `Map`, …), and nesting deeper than 1000
 * levels. A property with the value `undefined` passes, because JSON leaves it out. A `__proto__` key is data and sets
 * no prototype.
 * @category primitives
 */
export const JsonValue: Schema.Schema<JsonValue> = declare<JsonValue>(
  (u, _options, ast) => settle(u, ast, jsonProblems(u)),
  "a JSON value",
  {
    identifier: "JsonValue",
    description: "a JSON value",
    jsonSchema: {},
    arbitrary: () => (fc) => fc.jsonValue() as ReturnType<typeof fc.constant<JsonValue>>
  }
)

/**
 * An object of JSON values, returned unchanged. For invalid values see {@link JsonValue}.
 *
 * **When to use**: for the open objects of a request: JSON Schemas, template arguments.
 * @category primitives
 */
export const JsonObject: Schema.Schema<JsonObject> = declare<JsonObject>(
  (u, _options, ast) => settle(u, ast, isPlainObject(u) ? jsonProblems(u) : [new ParseResult.Type(ast, u)]),
  "an object",
  {
    identifier: "JsonObject",
    description: "an object of JSON values",
    jsonSchema: { type: "object", additionalProperties: true },
    arbitrary: () => (fc) => fc.dictionary(fc.string(), fc.jsonValue())
  }
)

/**
 * Why a value is not a JSON object: one issue for each invalid part, none if it is valid.
 * @category primitives
 */
export const jsonIssues = (value: unknown): ReadonlyArray<FieldIssue> => {
  const checked = ParseResult.decodeUnknownEither(JsonObject)(value)
  return Either.isLeft(checked) ? formatIssues(checked.left) : []
}

/** Numbers under any keys. */
export interface NumberRecord {
  readonly [key: string]: number
}

/**
 * An object of finite numbers with any keys (also `__proto__`), returned unchanged.
 *
 * **When to use**: for maps from a token to a number; `Schema.Record` would lose a `__proto__` key.
 * @category primitives
 */
export const NumberRecord: Schema.Schema<NumberRecord> = /*#__PURE__*/ recordOf<NumberRecord>(
  "NumberRecord",
  FiniteNumber,
  Number.isFinite,
  "number",
  (fc) => fc.double({ noNaN: true, noDefaultInfinity: true })
)
