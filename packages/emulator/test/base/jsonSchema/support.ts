/** Random schemas, and values that nearly fit: what two validators are compared with. */
import { makeRandom, type Random } from "../../../src/engine/random.js"

const names = ["a", "b", "c", "x-1", "é/~"]
const texts = ["", "a", "abc", "👋🏽", "a/b~c"]
const numbers = [-1, 0, 0.5, 1, 2, 3, 1e3]
const types = ["array", "boolean", "integer", "null", "number", "object", "string"]
const patterns = ["^a", "b$", "^[a-c]{2,3}$", "."]

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

const listOf = <A>(random: Random, most: number, make: () => A): ReadonlyArray<A> =>
  Array.from({ length: random.int(0, most) }, make)

const someNames = (random: Random): ReadonlyArray<string> => names.filter(() => random.next() < 0.4)

/** Any JSON value. */
export const anyValue = (random: Random, depth = 3): Json => {
  const kind = depth === 0 ? random.int(0, 3) : random.int(0, 5)
  switch (kind) {
    case 0:
      return null
    case 1:
      return random.next() < 0.5
    case 2:
      return random.pick(numbers)
    case 3:
      return random.pick(texts)
    case 4:
      return listOf(random, 4, () => anyValue(random, depth - 1))
    default:
      return Object.fromEntries(someNames(random).map((name) => [name, anyValue(random, depth - 1)]))
  }
}

/**
 * Keywords with the values that they may have. Not `contains` and `unevaluatedProperties`: beside certain other keywords the other validator
 * accepts an empty list, which the standard does not, and throws. Examples of both are among the unit tests.
 */
const keywords = (random: Random, inner: () => unknown): Readonly<Record<string, () => unknown>> => {
  const named = () => Object.fromEntries(someNames(random).map((name) => [name, inner()]))
  const some = () => [inner(), ...listOf(random, 2, inner)]
  const size = () => random.int(0, 3)
  const bound = () => random.pick(numbers)
  return {
    type: () => (random.next() < 0.7 ? random.pick(types) : [...new Set([random.pick(types), random.pick(types)])]),
    const: () => anyValue(random, 1),
    enum: () => [anyValue(random, 1), anyValue(random, 1), anyValue(random, 1)],
    not: inner,
    anyOf: some,
    oneOf: some,
    allOf: some,
    if: inner,
    then: inner,
    else: inner,
    maximum: bound,
    minimum: bound,
    exclusiveMaximum: bound,
    exclusiveMinimum: bound,
    multipleOf: () => random.pick([0.5, 1, 2]),
    maxLength: size,
    minLength: size,
    pattern: () => random.pick(patterns),
    maxItems: size,
    minItems: size,
    prefixItems: some,
    items: inner,
    uniqueItems: () => random.next() < 0.7,
    maxProperties: size,
    minProperties: size,
    required: () => someNames(random),
    propertyNames: () => ({ pattern: random.pick(patterns) }),
    additionalProperties: inner,
    properties: named,
    patternProperties: () => ({ [random.pick(patterns)]: inner() }),
    dependentRequired: () => ({ [random.pick(names)]: someNames(random) }),
    dependentSchemas: () => ({ [random.pick(names)]: inner() }),
    $ref: () => random.pick(["#/$defs/one", "#/$defs/two"])
  }
}

/** A schema of a few keywords. References lead to two definitions, which have none themselves. */
export const anySchema = (seed: number): unknown => {
  const random = makeRandom(seed)
  const make = (depth: number, leaves: ReadonlyArray<string>): unknown => {
    if (depth === 0 || random.next() < 0.1) return random.pick([true, false, { type: random.pick(types) }])
    const all = keywords(random, () => make(depth - 1, leaves))
    const chosen = Object.keys(all).filter((name) => !leaves.includes(name) && random.next() < 0.12)
    return Object.fromEntries(chosen.map((name) => [name, all[name]!()]))
  }
  const top = make(3, [])
  return typeof top === "boolean"
    ? top
    : { ...(top as object), $defs: { one: make(2, ["$ref"]), two: make(1, ["$ref"]) } }
}

interface Node {
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly const?: Json
  readonly enum?: ReadonlyArray<Json>
  readonly anyOf?: ReadonlyArray<Node>
  readonly oneOf?: ReadonlyArray<Node>
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly minimum?: number
}

/** A value that fits a schema of the contract in most places, and in some does not. */
export const nearValue = (
  node: Node,
  random: Random,
  resolve: (reference: string) => unknown,
  depth = 4
): Json | undefined => {
  if (depth === 0 || random.next() < 0.12) return anyValue(random, 1)
  const next = (inner: Node) => nearValue(inner, random, resolve, depth - 1)
  if (node.$ref !== undefined) return next(resolve(node.$ref) as Node)
  if (node.const !== undefined) return node.const
  if (node.enum !== undefined) return random.pick(node.enum)
  const branches = node.anyOf ?? node.oneOf
  if (branches !== undefined) return next(random.pick(branches))
  const type = typeof node.type === "object" ? random.pick(node.type) : node.type
  switch (type) {
    case "array":
      return listOf(random, 3, () => next(node.items ?? {}) ?? null)
    case "object":
      return Object.fromEntries(
        Object.entries(node.properties ?? {})
          .filter(() => random.next() < 0.8)
          .map(([name, inner]) => [name, next(inner) ?? null])
      )
    case "string":
      return random.pick(texts)
    case "boolean":
      return random.next() < 0.5
    case "null":
      return null
    case "integer":
    case "number":
      return (node.minimum ?? 0) + random.pick([0, 1, 0.5, -1])
    default:
      return anyValue(random, 2)
  }
}
