/**
 * Generates values for JSON schemas. In: a schema in the form of draft 2020-12, and a random number generator. Out: a value that follows it. Some
 * rules (`not`, `oneOf`, `contains` with limits) are only met by chance, so the caller validates each value and tries again. Throws `Impossible` with
 * the reason if no value can exist.
 */
import { atReference, isRecord, type JsonRecord, own } from "../../base/json.js"
import type { Random } from "../random.js"
import { Impossible } from "./error.js"
import { merged } from "./merge.js"
import { patternText } from "./pattern.js"
import { capital, phrase, stringFor } from "./words.js"

/** Beyond this depth, only required parts are generated; beyond the maximum depth, nothing. */
const SHALLOW = 4
const DEEPEST = 24
/** The probability of an optional property. */
const OPTIONAL = 0.7
const MAX_DEFAULT_ITEMS = 3

/** The state of the generation of one value. */
interface State {
  readonly root: unknown
  readonly random: Random
  readonly path: string
  readonly depth: number
  /** How many values may still be made: branches that all fail would otherwise be tried in all combinations. */
  readonly budget: { left: number }
}

const at = (state: State, name: string | number): State => ({
  ...state,
  path: state.path === "" ? String(name) : `${state.path}.${name}`,
  depth: state.depth + 1
})

/** The target of a reference inside the document. */
const target = (reference: string, { path, root }: State): unknown => {
  if (!reference.startsWith("#")) throw new Impossible("'$ref' leads to another document", path)
  const found = atReference(root, reference)
  if (found === undefined) throw new Impossible("'$ref' leads to nothing", path)
  return found
}

/** An order in which branches are tried. */
const order = (count: number, { depth, random }: State): ReadonlyArray<number> => {
  const first = random.int(0, count - 1)
  const all = Array.from({ length: count }, (_, index) => (first + index) % count)
  // Deep inside, the branches that lead back to the whole come last: they are seldom the first of a list.
  return depth > SHALLOW ? all.sort((a, b) => a - b) : all
}

/** The first branch that has a value, or the last reason. */
const anyBranch = (branches: ReadonlyArray<() => unknown>, state: State): unknown => {
  let failure: unknown
  for (const index of order(branches.length, state)) {
    try {
      return branches[index]!()
    } catch (error) {
      if (!(error instanceof Impossible) || state.budget.left < 0) throw error
      failure = error
    }
  }
  throw failure
}

const numberIn = (schema: JsonRecord, key: string): number | undefined => {
  const value = own(schema, key)
  return typeof value === "number" ? value : undefined
}

const formats: Readonly<Record<string, (random: Random) => string>> = {
  date: (random) => `2024-${two(random.int(1, 12))}-${two(random.int(1, 28))}`,
  time: (random) => `${two(random.int(0, 23))}:${two(random.int(0, 59))}:00Z`,
  "date-time": (random) => `${formats["date"]!(random)}T${formats["time"]!(random)}`,
  duration: (random) => `PT${random.int(1, 90)}M`,
  email: (random) => `${random.pick(["lea", "tomas", "mina", "ada"])}@example.com`,
  "idn-email": (random) => formats["email"]!(random),
  hostname: (random) => random.pick(["example.com", "files.example.org"]),
  ipv4: (random) => `192.0.2.${random.int(1, 254)}`,
  ipv6: (random) => `2001:db8::${random.int(1, 9999).toString(16)}`,
  uri: (random) => `https://example.com/${random.pick(["harbour", "library", "bakery"])}`,
  "uri-reference": (random) => `/${random.pick(["harbour", "library"])}`,
  uuid: (random) => {
    const digits = Array.from({ length: 32 }, () => random.int(0, 15).toString(16))
    digits[12] = "4"
    digits[16] = random.pick(["8", "9", "a", "b"])
    const text = digits.join("")
    return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-")
  },
  "json-pointer": () => "/items/0",
  regex: () => "^[a-z]+$"
}
const two = (value: number): string => String(value).padStart(2, "0")

const stringValue = (schema: JsonRecord, { path, random }: State): string => {
  const minimum = numberIn(schema, "minLength") ?? 0
  const maximum = numberIn(schema, "maxLength") ?? Infinity
  if (minimum > maximum) throw new Impossible("'minLength' is above 'maxLength'", path)
  const fits = (text: string): boolean => [...text].length >= minimum && [...text].length <= maximum
  const pattern = own(schema, "pattern")
  if (typeof pattern === "string") {
    for (let attempt = 0; attempt < 40; attempt++) {
      const text = patternText(pattern, random, "part")
      if (fits(text)) return text
    }
    throw new Impossible("no text was found for 'pattern' within 'minLength' and 'maxLength'", path)
  }
  const format = formats[String(own(schema, "format"))]?.(random)
  if (format !== undefined && fits(format)) return format
  return stringFor(random, `/${path.replaceAll(".", "/")}`, minimum, maximum)
}

/** Usual numbers of a field, by its name, if the schema sets no limits. */
const usual: ReadonlyArray<readonly [name: RegExp, low: number, high: number]> = [
  [/(?:days|nights|guests|people|passengers|adults|children|count|limit|quantity|qty|hours|rooms|floors)$/iu, 1, 7],
  [/(?:rating|stars|priority|level)$/iu, 1, 5],
  [/(?:confidence|probability|likelihood)$/iu, 0, 1],
  [/year$/iu, 1990, 2024],
  [/age$/iu, 18, 80],
  [/minutes$/iu, 5, 90],
  [/population$/iu, 100_000, 9_000_000],
  [/(?:temperature|celsius)$/iu, -5, 30],
  [/lat(?:itude)?$/iu, -60, 60],
  [/(?:lon|lng|longitude)$/iu, -180, 180]
]

const numberValue = (schema: JsonRecord, isInteger: boolean, { path, random }: State): number => {
  const step = numberIn(schema, "multipleOf")
  const grain = step ?? (isInteger ? 1 : 0.01)
  const [least, most] = [numberIn(schema, "minimum"), numberIn(schema, "maximum")]
  const [above, below] = [numberIn(schema, "exclusiveMinimum"), numberIn(schema, "exclusiveMaximum")]
  let low = Math.max(least ?? -Infinity, above ?? -Infinity)
  let high = Math.min(most ?? Infinity, below ?? Infinity)
  if (low > high || (low === high && (above === low || below === high))) {
    throw new Impossible("the limits of the number exclude each other", path)
  }
  const range = low === -Infinity && high === Infinity ? usual.find(([name]) => name.test(path)) : undefined
  if (range !== undefined && grain <= range[2]) [, low, high] = range
  if (low === -Infinity) low = high === Infinity ? 0 : high - 100 * grain
  if (high === Infinity) high = low + 100 * Math.max(1, grain)
  const first = Math.ceil(low / grain) + (above !== undefined && Math.ceil(low / grain) * grain <= above ? 1 : 0)
  const last = Math.floor(high / grain) - (below !== undefined && Math.floor(high / grain) * grain >= below ? 1 : 0)
  if (first > last) {
    if (step !== undefined || isInteger) throw new Impossible("no number lies between the limits", path)
    // The range is narrower than the usual step.
    return low + (high - low) * (0.25 + random.next() / 2)
  }
  const value = random.int(first, Math.min(last, first + 2 ** 40)) * grain
  return isInteger || grain >= 1 ? value : Number(value.toFixed(12).replace(/\.?0+$/u, ""))
}

const arrayValue = (schema: JsonRecord, state: State): ReadonlyArray<unknown> => {
  const { depth, path, random } = state
  const prefix = (own(schema, "prefixItems") ?? []) as ReadonlyArray<unknown>
  const items = own(schema, "items")
  const contains = own(schema, "contains")
  const minContains = contains === undefined ? 0 : (numberIn(schema, "minContains") ?? 1)
  const minimum = Math.max(numberIn(schema, "minItems") ?? 0, minContains)
  const limit = items === false ? prefix.length : Infinity
  const maximum = Math.min(numberIn(schema, "maxItems") ?? Infinity, limit)
  if (minimum > maximum) throw new Impossible("'minItems' is above what 'maxItems' or 'items' allow", path)
  const usual = depth > SHALLOW ? minimum : Math.max(minimum, Math.max(prefix.length, random.int(1, MAX_DEFAULT_ITEMS)))
  const count = Math.min(usual, maximum)
  const isUnique = own(schema, "uniqueItems") === true
  const values: Array<unknown> = []
  const seen = new Set<string>()
  for (let index = 0; index < count; index++) {
    const isContained = index >= count - minContains && contains !== undefined
    const plain = prefix[index] ?? items ?? {}
    const one = isContained ? { allOf: [plain, contains] } : plain
    let value: unknown
    let tries = 0
    do value = anyValue(one, at(state, index))
    while (isUnique && seen.has(JSON.stringify(value)) && ++tries < 60)
    if (isUnique && seen.has(JSON.stringify(value))) {
      if (values.length >= minimum) break
      throw new Impossible("'uniqueItems' and 'minItems' need more different items than there are", path)
    }
    seen.add(JSON.stringify(value))
    values.push(value)
  }
  return values
}

/** The schemas of a property: its own, those of the patterns that its name matches, or that of additional ones. */
const propertySchema = (schema: JsonRecord, name: string): unknown => {
  const properties = own(schema, "properties")
  const patterns = own(schema, "patternProperties")
  const all = [
    ...(isRecord(properties) && Object.hasOwn(properties, name) ? [properties[name]] : []),
    ...Object.entries(isRecord(patterns) ? patterns : {})
      .filter(([pattern]) => new RegExp(pattern, "u").test(name))
      .map(([, one]) => one)
  ]
  if (all.length === 0) return own(schema, "additionalProperties") ?? own(schema, "unevaluatedProperties") ?? {}
  return all.length === 1 ? all[0] : { allOf: all }
}

/** A new name for a property: from a pattern, from `propertyNames`, or a word. */
const nameFor = (schema: JsonRecord, patterns: ReadonlyArray<string>, state: State): string => {
  const names = own(schema, "propertyNames")
  if (patterns.length > 0) return patternText(state.random.pick(patterns), state.random, "part")
  if (names === undefined || names === true) return phrase(state.random, 1)
  const value = anyValue(
    isRecord(names) ? merged({ type: "string" }, names, state.path) : names,
    at(state, "propertyNames")
  )
  return String(value)
}

const objectValue = (schema: JsonRecord, state: State): JsonRecord => {
  const { depth, path, random } = state
  const properties = own(schema, "properties")
  const declared = isRecord(properties) ? Object.keys(properties) : []
  const required = ((own(schema, "required") ?? []) as ReadonlyArray<string>).slice()
  const dependent = own(schema, "dependentRequired")
  const minimum = numberIn(schema, "minProperties") ?? 0
  const maximum = numberIn(schema, "maxProperties") ?? Infinity
  if (required.length > maximum)
    throw new Impossible("'maxProperties' is below the number of required properties", path)
  const patterns = Object.keys((own(schema, "patternProperties") ?? {}) as JsonRecord)
  const additional = own(schema, "additionalProperties") ?? own(schema, "unevaluatedProperties") ?? true
  const isOpen = additional !== false || patterns.length > 0

  const names = new Set(required)
  for (const name of declared) {
    if (!names.has(name) && names.size < maximum && depth <= SHALLOW && random.next() < OPTIONAL) names.add(name)
  }
  // Names can require other names, which can require more.
  for (const name of names)
    for (const other of (isRecord(dependent) ? (own(dependent, name) ?? []) : []) as ReadonlyArray<string>)
      names.add(other)
  const optional = declared.filter((name) => !names.has(name))
  while (names.size < minimum && optional.length > 0) names.add(optional.shift()!)
  // An object without declared properties gets some, if its names or values are described.
  const described =
    patterns.length > 0 ||
    (declared.length === 0 && (isRecord(additional) || own(schema, "propertyNames") !== undefined))
  const wanted = Math.min(maximum, Math.max(minimum, described && depth <= SHALLOW ? names.size + random.int(1, 2) : 0))
  for (let tries = 0; isOpen && names.size < wanted && tries < 60; tries++) {
    names.add(nameFor(schema, additional === false || random.next() < 0.7 ? patterns : [], state))
  }
  if (names.size < minimum)
    throw new Impossible("'minProperties' is above the number of properties that can exist", path)

  const sorted = [
    ...declared.filter((name) => names.has(name)),
    ...[...names].filter((name) => !declared.includes(name))
  ]
  const value: JsonRecord = {}
  for (const name of sorted) {
    const one = propertySchema(schema, name)
    const isRequired = required.includes(name)
    try {
      value[name] = anyValue(one, at(state, name))
    } catch (error) {
      // A property that cannot exist is left out, if it is optional.
      if (isRequired || !(error instanceof Impossible) || state.budget.left < 0) throw error
    }
  }
  return value
}

/** The types that a schema implies by its keywords, if it names no type. */
const impliedTypes: ReadonlyArray<readonly [type: string, keywords: RegExp]> = [
  [
    "object",
    /^(?:properties|required|additionalProperties|patternProperties|propertyNames|m(?:in|ax)Properties|dependent\w+)$/u
  ],
  ["array", /^(?:items|prefixItems|m(?:in|ax)Items|uniqueItems|contains)$/u],
  ["string", /^(?:pattern|m(?:in|ax)Length|format)$/u],
  ["number", /^(?:minimum|maximum|exclusiveM\w+|multipleOf)$/u]
]

const typeOf = (schema: JsonRecord, random: Random): string => {
  const type = own(schema, "type")
  if (Array.isArray(type)) {
    const types = (type as ReadonlyArray<string>).filter((one) => one !== "null")
    return types.length === 0 || (types.length < type.length && random.next() < 0.15) ? "null" : random.pick(types)
  }
  if (typeof type === "string") return type
  const keys = Object.keys(schema)
  return impliedTypes.find(([, keywords]) => keys.some((key) => keywords.test(key)))?.[0] ?? "any"
}

/** The schema without some of its keywords. */
const without = (schema: JsonRecord, ...keywords: ReadonlyArray<string>): JsonRecord =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => !keywords.includes(key)))

/** A value for a schema. */
export const anyValue = (schema: unknown, state: State): unknown => {
  const { budget, depth, path, random } = state
  if (--budget.left < 0) throw new Impossible("the schema requires too many values", path)
  if (schema === false) throw new Impossible("the schema 'false' allows no value", path)
  if (depth > DEEPEST) throw new Impossible("the schema requires itself without end", path)
  if (!isRecord(schema)) return capital(phrase(random, 2))
  const join = (part: unknown, rest: JsonRecord): unknown => {
    if (part === false) throw new Impossible("the schema 'false' allows no value", path)
    return isRecord(part) ? merged(part, rest, path) : rest
  }
  // A reference counts as a level, so that a chain of them ends.
  const reference = own(schema, "$ref")
  if (typeof reference === "string") {
    return anyValue(join(target(reference, state), without(schema, "$ref")), { ...state, depth: depth + 1 })
  }
  const all = own(schema, "allOf")
  if (Array.isArray(all)) {
    const parts = (all as ReadonlyArray<unknown>).map((part) => {
      const inner = isRecord(part) ? own(part, "$ref") : undefined
      return typeof inner === "string" && isRecord(part) ? join(target(inner, state), without(part, "$ref")) : part
    })
    const joined = parts.reduce<unknown>(
      (sum, part) => (isRecord(sum) ? join(part, sum) : sum),
      without(schema, "allOf")
    )
    return anyValue(joined, { ...state, depth: depth + 1 })
  }
  if (own(schema, "const") !== undefined) return schema["const"]
  const members = own(schema, "enum")
  if (Array.isArray(members)) {
    if (members.length === 0) throw new Impossible("'enum' is empty", path)
    return random.pick(members as ReadonlyArray<unknown>)
  }
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = own(schema, keyword)
    if (!Array.isArray(branches)) continue
    const rest = without(schema, keyword)
    return anyBranch(
      (branches as ReadonlyArray<unknown>).map(
        (branch) => () =>
          anyValue(
            join(
              isRecord(branch) && typeof branch["$ref"] === "string"
                ? join(target(branch["$ref"], state), without(branch, "$ref"))
                : branch,
              rest
            ),
            { ...state, depth: depth + 1 }
          )
      ),
      state
    )
  }
  const condition = own(schema, "if")
  if (condition !== undefined) {
    const rest = without(schema, "if", "then", "else")
    const then = (): unknown =>
      anyValue(join({ allOf: [condition, own(schema, "then") ?? {}] }, rest), { ...state, depth: depth + 1 })
    const otherwise = (): unknown => anyValue(join(own(schema, "else") ?? {}, rest), { ...state, depth: depth + 1 })
    return anyBranch([then, otherwise], state)
  }
  const dependent = own(schema, "dependentSchemas")
  if (isRecord(dependent)) {
    // With all of them, the rules are met whichever properties exist.
    const joined = Object.values(dependent).reduce<unknown>(
      (sum, part) => (isRecord(sum) ? join(part, sum) : sum),
      without(schema, "dependentSchemas")
    )
    return anyValue(joined, { ...state, depth: depth + 1 })
  }
  switch (typeOf(schema, random)) {
    case "object":
      return objectValue(schema, state)
    case "array":
      return arrayValue(schema, state)
    case "string":
      return stringValue(schema, state)
    case "integer":
      return numberValue(schema, true, state)
    case "number":
      return numberValue(schema, false, state)
    case "boolean":
      return random.next() < 0.5
    case "null":
      return null
    default:
      return capital(phrase(random, 2))
  }
}

/** A value for a whole schema. `budget` is the number of values that may still be made, in all attempts together. */
export const schemaValue = (schema: unknown, random: Random, budget: { left: number }): unknown =>
  anyValue(schema, { root: schema, random, path: "", depth: 0, budget })
