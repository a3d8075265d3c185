/**
 * The keywords of JSON Schema 2020-12, and `discriminator` of OpenAPI. Each is a function that makes a check. Their order is the order of
 * errors: keywords for every type first, then those for numbers, strings, lists and objects.
 */
import { isRecord, type JsonRecord } from "../json.js"
import { at, type Check, equal, failed, type Make, type Making, patternOf, type Seen, simple } from "./check.js"

type List = ReadonlyArray<unknown>

/** Runs all checks, or stops at the first failure if no errors are collected. */
export const every = (checks: ReadonlyArray<Check>): Check => {
  const [only] = checks
  if (only !== undefined && checks.length === 1) return only
  return (value, path, errors, seen) => {
    let isValid = true
    for (const check of checks) {
      if (check(value, path, errors, seen)) continue
      isValid = false
      if (errors === undefined) return false
    }
    return isValid
  }
}

const limit =
  (isWithin: (value: never, limit: number) => boolean): Make =>
  (bound: number, schema, _, keyword) =>
    simple(keyword, schema, { limit: bound }, (value) => isWithin(value, bound))

/** The number of Unicode code points, as the standard requires. */
const lengthOf = (text: string): number => {
  let count = 0
  for (const _ of text) count++
  return count
}

const sizeOf = (value: object): number => Object.keys(value).length

/** Whether a branch is valid. Its errors are not collected. */
const fits = (check: Check, value: unknown, path: string, seen: Seen | undefined): boolean =>
  check(value, path, undefined, seen)

const reference: Make = (target: string, _, { compile, resolve }) => compile(resolve(target))

const anyOf: Make = (branches: List, schema, { compile }) => {
  const checks = branches.map(compile)
  return (value, path, errors, seen) => {
    // with `seen`, all branches that fit count
    const isValid =
      seen === undefined
        ? checks.some((check) => fits(check, value, path, undefined))
        : checks.filter((check) => fits(check, value, path, seen)).length > 0
    if (isValid || errors === undefined) return isValid
    for (const check of checks) check(value, path, errors, undefined)
    return failed(errors, "anyOf", path, schema, value)
  }
}

const oneOf: Make = (branches: List, schema, { compile, discriminator }) => {
  // the branch is chosen by its tag, below
  if (discriminator && schema["discriminator"] !== undefined) return undefined
  const checks = branches.map(compile)
  return (value, path, errors, seen) => {
    const fitting = checks.flatMap((check, index) => (fits(check, value, path, seen) ? [index] : []))
    if (fitting.length === 1) return true
    if (errors !== undefined) for (const check of checks) check(value, path, errors, undefined)
    return failed(errors, "oneOf", path, schema, value, { passingSchemas: fitting.length === 0 ? null : fitting })
  }
}

/** The branch of `oneOf` for each value of the tag. */
const discriminator: Make = (value: { readonly propertyName: string }, schema, making) => {
  if (!making.discriminator) return undefined
  const tag = value.propertyName
  const branches = new Map<unknown, Check>()
  for (const branch of schema["oneOf"] as ReadonlyArray<JsonRecord>) {
    const target = typeof branch["$ref"] === "string" ? making.resolve(branch["$ref"]) : branch
    const property = ((target as JsonRecord)["properties"] as JsonRecord)[tag] as JsonRecord
    const values = (property["enum"] as List | undefined) ?? [property["const"]]
    for (const one of values) branches.set(one, making.compile(branch))
  }
  return (instance: unknown, path, errors, seen) => {
    const tagValue = (instance as JsonRecord)[tag]
    const branch = typeof tagValue === "string" ? branches.get(tagValue) : undefined
    return branch === undefined
      ? failed(errors, "discriminator", path, schema, instance, { tag, tagValue })
      : branch(instance, path, errors, seen)
  }
}

const not: Make = (inner: unknown, schema, { compile }) => {
  const check = compile(inner)
  return (value, path, errors) => !fits(check, value, path, undefined) || failed(errors, "not", path, schema, value)
}

const conditional: Make = (condition: unknown, schema, { compile }) => {
  const { else: otherwise, then } = schema
  const check = compile(condition)
  const onSuccess = compile(then ?? true)
  const onFailure = compile(otherwise ?? true)
  return (value, path, errors, seen) => {
    const isFitting = fits(check, value, path, seen)
    return (
      (isFitting ? onSuccess : onFailure)(value, path, errors, seen) ||
      failed(errors, "if", path, schema, value, { failingKeyword: isFitting ? "then" : "else" })
    )
  }
}

const contains: Make = (inner: unknown, schema, { compile }) => {
  const { maxContains: max = Infinity, minContains: min = 1 } = schema as {
    readonly maxContains?: number
    readonly minContains?: number
  }
  const check = compile(inner)
  return (value: unknown, path, errors, seen) => {
    let count = 0
    ;(value as List).forEach((item, index) => {
      if (!fits(check, item, at(path, index), undefined)) return
      count++
      seen?.items.add(index)
    })
    return (count >= min && count <= max) || failed(errors, "contains", path, schema, value, { minContains: min })
  }
}

/** Checks the items from an index on. */
const itemsFrom =
  (first: number, check: Check): Check =>
  (value: unknown, path, errors, seen) => {
    const list = value as List
    let isValid = true
    for (let index = first; index < list.length; index++) {
      seen?.items.add(index)
      if (check(list[index], errors === undefined ? path : at(path, index), errors, undefined)) continue
      isValid = false
      if (errors === undefined) return false
    }
    return isValid
  }

const items: Make = (inner: unknown, schema, { compile }) => {
  const before = (schema["prefixItems"] as List | undefined)?.length ?? 0
  if (inner === false && before > 0) {
    return simple("items", schema, { limit: before }, (list: List) => list.length <= before)
  }
  return itemsFrom(before, compile(inner))
}

const prefixItems: Make = (inner: List, _, { compile }) => {
  const checks = inner.map(compile)
  return (value: unknown, path, errors, seen) => {
    let isValid = true
    for (const [index, item] of (value as List).slice(0, checks.length).entries()) {
      seen?.items.add(index)
      if (checks[index]!(item, at(path, index), errors, undefined)) continue
      isValid = false
      if (errors === undefined) return false
    }
    return isValid
  }
}

const uniqueItems: Make = (isWanted: boolean, schema) =>
  isWanted
    ? simple("uniqueItems", schema, {}, (list: List) =>
        list.every((item, index) => list.findIndex((other) => equal(item, other)) === index)
      )
    : undefined

const required: Make = (names: ReadonlyArray<string>, schema) => (value: unknown, path, errors) => {
  let isValid = true
  for (const name of names) {
    if (Object.hasOwn(value as object, name) && (value as JsonRecord)[name] !== undefined) continue
    isValid = failed(errors, "required", path, schema, value, { missingProperty: name })
    if (errors === undefined) return false
  }
  return isValid
}

const propertyNames: Make = (inner: unknown, schema, { compile }) => {
  const check = compile(inner)
  return (value: unknown, path, errors) => {
    let isValid = true
    for (const propertyName of Object.keys(value as object)) {
      if (check(propertyName, path, errors, undefined)) continue
      isValid = failed(errors, "propertyNames", path, schema, value, { propertyName })
      if (errors === undefined) return false
    }
    return isValid
  }
}

/** Checks the members whose names are wanted. */
const membersOf =
  (isWanted: (name: string) => boolean, check: Check): Check =>
  (value: unknown, path, errors, seen) => {
    let isValid = true
    for (const name of Object.keys(value as object)) {
      if (!isWanted(name)) continue
      seen?.properties.add(name)
      if (check((value as JsonRecord)[name], errors === undefined ? path : at(path, name), errors, undefined)) continue
      isValid = false
      if (errors === undefined) return false
    }
    return isValid
  }

/** Rejects all members, with the keyword that forbids them. */
const noMembers =
  (keyword: string, param: string, schema: JsonRecord, isWanted: (name: string) => boolean): Check =>
  (value: unknown, path, errors) => {
    let isValid = true
    for (const name of Object.keys(value as object)) {
      if (!isWanted(name)) continue
      isValid = failed(errors, keyword, path, schema, value, { [param]: name })
      if (errors === undefined) return false
    }
    return isValid
  }

const additionalProperties: Make = (inner: unknown, schema, { compile }, keyword) => {
  const { patternProperties = {}, properties = {} } = schema as Readonly<Record<string, JsonRecord>>
  const patterns = Object.keys(patternProperties).map(patternOf)
  const isAdditional = (name: string): boolean =>
    !Object.hasOwn(properties, name) && !patterns.some((pattern) => pattern.test(name))
  return inner === false
    ? noMembers(keyword, "additionalProperty", schema, isAdditional)
    : membersOf(isAdditional, compile(inner))
}

const properties: Make = (byName: JsonRecord, _, { compile }) => {
  const checks = Object.entries(byName).map(([name, inner]) => [name, compile(inner)] as const)
  return (value: unknown, path, errors, seen) => {
    const record = value as JsonRecord
    let isValid = true
    for (const [name, check] of checks) {
      if (!Object.hasOwn(record, name) || record[name] === undefined) continue
      seen?.properties.add(name)
      if (check(record[name], errors === undefined ? path : at(path, name), errors, undefined)) continue
      isValid = false
      if (errors === undefined) return false
    }
    return isValid
  }
}

const patternProperties: Make = (byPattern: JsonRecord, _, { compile }) =>
  every(
    Object.entries(byPattern).map(([source, inner]) => {
      const pattern = patternOf(source)
      return membersOf((name) => pattern.test(name), compile(inner))
    })
  )

const dependentRequired: Make = (byName: Readonly<Record<string, ReadonlyArray<string>>>, schema) =>
  every(
    Object.entries(byName).map(([property, names]): Check => (value: unknown, path, errors) => {
      const record = value as JsonRecord
      if (!Object.hasOwn(record, property)) return true
      const missingProperty = names.find((name) => !Object.hasOwn(record, name))
      return (
        missingProperty === undefined ||
        failed(errors, "dependentRequired", path, schema, value, { property, missingProperty })
      )
    })
  )

const dependentSchemas: Make = (byName: JsonRecord, _, { compile }) =>
  every(
    Object.entries(byName).map(([property, inner]): Check => {
      const check = compile(inner)
      return (value, path, errors, seen) =>
        !Object.hasOwn(value as object, property) || check(value, path, errors, seen)
    })
  )

const unevaluatedProperties: Make = (inner: unknown, schema, { compile }, keyword): Check => {
  const check = compile(inner)
  return (value, path, errors, seen) => {
    const isUnseen = (name: string): boolean => !seen!.properties.has(name)
    const isValid =
      inner === false
        ? noMembers(keyword, "unevaluatedProperty", schema, isUnseen)(value, path, errors, undefined)
        : membersOf(isUnseen, check)(value, path, errors, undefined)
    for (const name of Object.keys(value as object)) seen!.properties.add(name)
    return isValid
  }
}

const unevaluatedItems: Make = (inner: unknown, schema, { compile }, keyword): Check => {
  const check = compile(inner)
  return (value: unknown, path, errors, seen) => {
    const list = value as List
    const isValid = list.every((item, index) => seen!.items.has(index) || fits(check, item, path, undefined))
    for (const index of list.keys()) seen!.items.add(index)
    return isValid || failed(errors, keyword, path, schema, value, { limit: seen!.items.size })
  }
}

/** A keyword that another keyword reads, or that does not affect validity. */
const nothing: Make = () => undefined

/** The keywords for values of a type, in the order of their errors. `undefined` is for values of every type. */
export const keywords: ReadonlyArray<readonly [type: string | undefined, makers: Readonly<Record<string, Make>>]> = [
  [
    undefined,
    {
      $ref: reference,
      $dynamicRef: reference,
      const: (allowedValue: unknown, schema) =>
        simple("const", schema, { allowedValue }, (value) => equal(value, allowedValue)),
      enum: (allowedValues: List, schema) =>
        simple("enum", schema, { allowedValues }, (value) => allowedValues.some((one) => equal(value, one))),
      not,
      anyOf,
      oneOf,
      allOf: (all: List, _, { compile }) => every(all.map(compile)),
      if: conditional
    }
  ],
  [
    "number",
    {
      maximum: limit((value: number, bound) => value <= bound),
      minimum: limit((value: number, bound) => value >= bound),
      exclusiveMaximum: limit((value: number, bound) => value < bound),
      exclusiveMinimum: limit((value: number, bound) => value > bound),
      multipleOf: (multipleOf: number, schema) =>
        simple("multipleOf", schema, { multipleOf }, (value: number) => Number.isInteger(value / multipleOf)),
      format: nothing
    }
  ],
  [
    "string",
    {
      maxLength: limit((value: string, bound) => value.length <= bound || lengthOf(value) <= bound),
      minLength: limit((value: string, bound) => value.length >= bound && lengthOf(value) >= bound),
      pattern: (pattern: string, schema) => {
        const compiled = patternOf(pattern)
        return simple("pattern", schema, { pattern }, (value: string) => compiled.test(value))
      },
      format: nothing
    }
  ],
  [
    "array",
    {
      maxItems: limit((list: List, bound) => list.length <= bound),
      minItems: limit((list: List, bound) => list.length >= bound),
      prefixItems,
      items,
      contains,
      uniqueItems,
      maxContains: nothing,
      minContains: nothing,
      unevaluatedItems
    }
  ],
  [
    "object",
    {
      maxProperties: limit((value: object, bound) => sizeOf(value) <= bound),
      minProperties: limit((value: object, bound) => sizeOf(value) >= bound),
      required,
      propertyNames,
      additionalProperties,
      properties,
      patternProperties,
      dependentRequired,
      dependentSchemas,
      unevaluatedProperties,
      discriminator
    }
  ]
]

/** Whether a value has a JSON type. A number without a fraction is an integer. */
export const hasType = (type: string, value: unknown): boolean => {
  switch (type) {
    case "null":
      return value === null
    case "array":
      return Array.isArray(value)
    case "object":
      return isRecord(value)
    case "integer":
      return Number.isInteger(value)
    case "number":
      return Number.isFinite(value)
    default:
      return typeof value === type
  }
}

/** The check of a keyword, if the schema has it. */
export const checkOf = (keyword: string, make: Make, schema: JsonRecord, making: Making): Check | undefined =>
  schema[keyword] === undefined ? undefined : make(schema[keyword] as never, schema, making, keyword)
