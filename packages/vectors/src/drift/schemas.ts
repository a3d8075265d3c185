/**
 * The content of a JSON schema, as a flat list of places with facts. In: a schema of an OpenAPI document. Out: for each place, such as
 * `request.messages[](role=user).content`, its type, whether it is required, its bounds, its default and so on.
 *
 * Documents can express the same schema in different ways: `nullable: true` or `anyOf` with `null`, a reference or the schema itself, an `enum` with
 * one value or a `const`. All of these become the same facts. Names of schemas do not matter; texts such as `title` and `description` are not read.
 */

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: unknown
}

/** The facts about one place. Values are compared as JSON. */
export interface Facts {
  readonly [fact: string]: unknown
}

/** The facts of all places below a root, in the order of the document. */
export type Places = Map<string, Facts>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const objects = (value: unknown): ReadonlyArray<JsonObject> => (Array.isArray(value) ? value.filter(isObject) : [])

const texts = (value: unknown): ReadonlyArray<string> =>
  [value].flat().filter((item): item is string => typeof item === "string")

/** The target of a local reference. `undefined` if it does not exist. */
export const follow = (document: JsonObject, reference: string): JsonObject | undefined => {
  let at: unknown = document
  for (const part of reference.replace(/^#\//, "").split("/")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  }
  return isObject(at) ? at : undefined
}

/** A branch of a schema: without references or `anyOf`, and with one type if it is known. */
interface Branch {
  readonly schema: JsonObject
  readonly type: string
  /** The references on the way to this branch, so that a cycle is detected. */
  readonly trail: ReadonlyArray<string>
}

interface Branches {
  readonly nullable: boolean
  readonly all: ReadonlyArray<Branch>
}

/** Keys of a schema itself, also if it has branches. */
const outer = ["default", "deprecated", "x-known-values", "discriminator"]

const typeOfValue = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value
}

const typesOf = (schema: JsonObject): ReadonlyArray<string> => {
  const stated = texts(schema["type"])
  if (stated.length > 0) return stated
  if (Object.hasOwn(schema, "const")) return [typeOfValue(schema["const"])]
  if (Array.isArray(schema["enum"])) return [...new Set(schema["enum"].map(typeOfValue))]
  if (isObject(schema["properties"]) || Object.hasOwn(schema, "additionalProperties")) return ["object"]
  if (Object.hasOwn(schema, "items") || Object.hasOwn(schema, "prefixItems")) return ["array"]
  return ["any"]
}

/** Merges two schemas that apply together. Properties are merged; for other keys the second schema has priority. */
const both = (a: JsonObject, b: JsonObject): JsonObject => ({
  ...a,
  ...b,
  ...(isObject(a["properties"]) || isObject(b["properties"])
    ? { properties: { ...(a["properties"] as object), ...(b["properties"] as object) } }
    : {}),
  ...(Array.isArray(a["required"]) || Array.isArray(b["required"])
    ? { required: [...new Set([...texts(a["required"]), ...texts(b["required"])])] }
    : {})
})

/** A cycle of references only: a schema that refers to itself without any content. */
const endless: Branches = { nullable: false, all: [{ schema: {}, type: "any", trail: [] }] }

/** All branches of a schema. */
const branchesOf = (document: JsonObject, given: JsonObject, trail: ReadonlyArray<string>, depth = 0): Branches => {
  if (depth > 100) return endless
  const reference = given["$ref"]
  if (typeof reference === "string") {
    const { $ref: _, ...beside } = given
    const target = follow(document, reference)
    if (target === undefined) {
      return { nullable: false, all: [{ schema: {}, type: `a missing reference ${reference}`, trail }] }
    }
    if (trail.includes(reference)) {
      return { nullable: false, all: [{ schema: { $ref: reference }, type: "again", trail }] }
    }
    return branchesOf(document, both(target, beside), [...trail, reference], depth + 1)
  }
  const { allOf, ...rest } = given
  if (Array.isArray(allOf)) {
    // the parts of `allOf` apply together, so their references belong to the same object
    let trailOfAll = trail
    const whole = objects(allOf).reduce<JsonObject>((merged, part) => {
      const target = typeof part["$ref"] === "string" ? follow(document, part["$ref"]) : undefined
      if (typeof part["$ref"] === "string" && !trailOfAll.includes(part["$ref"]))
        trailOfAll = [...trailOfAll, part["$ref"]]
      return both(merged, target ?? part)
    }, rest)
    return branchesOf(document, whole, trailOfAll, depth + 1)
  }
  const options = objects(given["anyOf"] ?? given["oneOf"])
  if (options.length > 0) {
    const found = options.map((option) => branchesOf(document, option, trail, depth + 1))
    return {
      nullable: given["nullable"] === true || found.some(({ nullable }) => nullable),
      all: found.flatMap(({ all }) => all)
    }
  }
  const types = typesOf(given)
  const values = Array.isArray(given["enum"]) ? (given["enum"] as ReadonlyArray<unknown>) : undefined
  return {
    nullable: given["nullable"] === true || types.includes("null") || values?.includes(null) === true,
    all: types.filter((type) => type !== "null").map((type) => ({ schema: given, type, trail }))
  }
}

const bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
const lengths: Readonly<Record<string, ReadonlyArray<string>>> = {
  string: ["minLength", "maxLength", "pattern", "format"],
  array: ["minItems", "maxItems", "uniqueItems"],
  object: ["minProperties", "maxProperties"],
  integer: bounds,
  number: bounds
}

/** `exclusiveMinimum: true` of OpenAPI 3.0 becomes a number, as in 3.1. */
const withNumericBounds = (schema: JsonObject): JsonObject => {
  const { exclusiveMaximum, exclusiveMinimum, ...rest } = schema
  const { maximum, minimum, ...others } = rest
  return {
    ...others,
    ...(typeof exclusiveMinimum === "number" ? { exclusiveMinimum } : {}),
    ...(typeof exclusiveMaximum === "number" ? { exclusiveMaximum } : {}),
    ...(minimum === undefined ? {} : { [exclusiveMinimum === true ? "exclusiveMinimum" : "minimum"]: minimum }),
    ...(maximum === undefined ? {} : { [exclusiveMaximum === true ? "exclusiveMaximum" : "maximum"]: maximum })
  }
}

/** Base64 is described as binary, as an encoding, or not at all, so this fact is ignored. */
const isNotation = (fact: string, value: unknown): boolean =>
  fact === "format" && (value === "binary" || value === "byte")

const valuesOf = (schema: JsonObject): ReadonlyArray<unknown> | undefined => {
  if (Object.hasOwn(schema, "const")) return [schema["const"]]
  return Array.isArray(schema["enum"]) ? schema["enum"].filter((value) => value !== null) : undefined
}

/** The values of a property that has only one or a few in a branch. */
const tagsOf = (document: JsonObject, { schema, trail }: Branch, name: string): ReadonlyArray<string> | undefined => {
  const property = isObject(schema["properties"]) ? schema["properties"][name] : undefined
  if (!isObject(property)) return undefined
  const { all } = branchesOf(document, property, trail)
  const values = all.flatMap((branch) => valuesOf(branch.schema) ?? [undefined])
  return values.length > 0 && values.every((value) => typeof value === "string") ? (values as Array<string>) : undefined
}

/** The property that distinguishes the branches of a union, if there is one: no two branches have the same value of it. */
const tagOf = (document: JsonObject, given: JsonObject, branches: ReadonlyArray<Branch>): string | undefined => {
  const discriminator = given["discriminator"]
  const names = Object.keys((branches[0]!.schema["properties"] ?? {}) as object)
  const stated = isObject(discriminator) ? texts(discriminator["propertyName"]) : []
  return [...stated, ...names].find((name) => {
    const tags = branches.map((branch) => tagsOf(document, branch, name))
    const all = tags.flatMap((values) => values ?? [])
    return tags.every((values) => values !== undefined) && new Set(all).size === all.length
  })
}

/** The marks that distinguish branches if no property does: the fields that only one branch requires. */
const marks = (branches: ReadonlyArray<Branch>): ReadonlyArray<string> => {
  const required = branches.map(({ schema }) => texts(schema["required"]))
  const names = required.map((own, at) =>
    own
      .filter((name) => required.every((others, other) => other === at || !others.includes(name)))
      .toSorted()
      .join("+")
  )
  return names.map((name, at) => (name === "" ? String(at + 1) : `with ${name}`))
}

/** Reads a schema, with all schemas below it, into `into`. */
export const readSchema = (document: JsonObject, schema: JsonObject, root: string, said: Facts, into: Places): void => {
  /** The place where each reference of the trail was first read. */
  const firstPlaces = new Map<string, string>()

  const visit = (given: JsonObject, place: string, stated: Facts, trail: ReadonlyArray<string>): void => {
    const { all, nullable } = branchesOf(document, given, trail)
    const facts: Record<string, unknown> = { ...stated }
    facts["type"] = [...new Set(all.map(({ type }) => type))].toSorted().join(" or ")
    if (nullable) facts["nullable"] = true
    const references = new Set(all.flatMap((branch) => branch.trail.slice(trail.length)))
    for (const reference of references) if (!firstPlaces.has(reference)) firstPlaces.set(reference, place)
    const again = all.flatMap((branch) =>
      branch.type === "again" ? [`the same as ${firstPlaces.get(String(branch.schema["$ref"])) ?? root}`] : []
    )
    if (again.length > 0) facts["repeats"] = again.join(" or ")

    const values: Array<unknown> = []
    let isOpen = false
    for (const branch of all) {
      const numeric = withNumericBounds(branch.schema)
      for (const fact of lengths[branch.type] ?? []) {
        const value = numeric[fact]
        if (value === undefined || value === false || isNotation(fact, value)) continue
        facts[fact] =
          facts[fact] === undefined || facts[fact] === value ? value : `${String(facts[fact])} or ${String(value)}`
      }
      const own = valuesOf(branch.schema)
      if (own === undefined) isOpen ||= branch.type !== "object" && branch.type !== "array"
      else values.push(...own)
    }
    const known = resolvedOuter(document, given, trail)
    if (Array.isArray(known["x-known-values"])) {
      values.push(...(known["x-known-values"] as ReadonlyArray<unknown>))
      isOpen = true
    }
    if (values.length > 0) {
      facts["values"] = [...new Set(values)].toSorted()
      if (isOpen) facts["open"] = true
    }
    if (known["default"] !== undefined && known["default"] !== null) facts["default"] = known["default"]
    if (known["deprecated"] === true) facts["deprecated"] = true
    into.set(place, facts)

    const records = all.filter(({ schema: one, type }) => type === "object" && isObject(one["properties"]))
    if (records.length === 1) properties(records[0]!, place)
    else if (records.length > 1) {
      const tag = tagOf(document, known, records)
      const others = marks(records)
      for (const [at, record] of records.entries()) {
        if (tag === undefined) {
          branch(record, `${place}(${others[at]})`)
          continue
        }
        for (const value of tagsOf(document, record, tag)!) branch(record, `${place}(${tag}=${value})`, tag)
      }
    }
    for (const { schema: one, trail: own, type } of all) {
      if (
        type === "object" &&
        isObject(one["additionalProperties"]) &&
        Object.keys(one["additionalProperties"]).length > 0
      ) {
        visit(one["additionalProperties"], `${place}{}`, {}, own)
      }
      if (type === "array") items(one, place, own)
    }
  }

  const branch = (record: Branch, place: string, tag?: string): void => {
    into.set(place, { type: "object" })
    properties(record, place, tag)
  }

  /** The tag is already in the name of the place. */
  const properties = ({ schema: one, trail }: Branch, place: string, tag?: string): void => {
    const required = texts(one["required"])
    for (const [name, property] of Object.entries(one["properties"] as JsonObject)) {
      if (name === tag || !isObject(property)) continue
      visit(property, `${place}.${name}`, required.includes(name) ? { required: true } : {}, trail)
    }
  }

  /** A list of exactly two strings can be written as `prefixItems` or with bounds. */
  const items = (one: JsonObject, place: string, trail: ReadonlyArray<string>): void => {
    const prefix = objects(one["prefixItems"])
    if (prefix.length > 0) {
      into.set(place, { ...into.get(place), minItems: prefix.length, maxItems: prefix.length })
      const same = prefix.every((item) => JSON.stringify(typesOf(item)) === JSON.stringify(typesOf(prefix[0]!)))
      if (same) visit(prefix[0]!, `${place}[]`, {}, trail)
      else for (const [at, item] of prefix.entries()) visit(item, `${place}[${at}]`, {}, trail)
    } else if (isObject(one["items"])) visit(one["items"], `${place}[]`, {}, trail)
  }

  visit(schema, root, said, [])
}

/** The keys of a schema itself, not of its branches, with references resolved. Keys beside a reference have priority. */
const resolvedOuter = (document: JsonObject, given: JsonObject, trail: ReadonlyArray<string>): JsonObject => {
  const picked = Object.fromEntries(outer.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]))
  const reference = given["$ref"]
  if (typeof reference === "string" && !trail.includes(reference)) {
    const target = follow(document, reference)
    if (target !== undefined) return { ...resolvedOuter(document, target, [...trail, reference]), ...picked }
  }
  // `anyOf: [a reference, null]` has the keys of the reference
  const options = objects(given["anyOf"] ?? given["oneOf"] ?? given["allOf"]).filter(
    (option) => option["type"] !== "null"
  )
  return options.length === 1 ? { ...resolvedOuter(document, options[0]!, trail), ...picked } : picked
}
