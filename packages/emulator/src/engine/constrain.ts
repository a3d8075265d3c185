/**
 * Generates text that satisfies a response format. In: a JSON schema, a regular expression, or the wish for
 * any JSON object, and a seed. Out: a text that was checked against the format, or a `ConstraintError`. A
 * real server forbids tokens that would break the format; here the whole text is made first and its tokens
 * are then sent as if the model had chosen them.
 */
import { Ajv, type AnySchema } from "ajv"
import { Ajv2020 } from "ajv/dist/2020.js"
import { generateSync, type JsonSchema } from "json-schema-faker"
import RandExp from "randexp"
import { isRecord } from "../base/json.js"
import { models, places, questions } from "./corpus/index.js"
import type { Random } from "./random.js"
import { makeRandom } from "./random.js"

/**
 * What a text must satisfy.
 *
 * `json_object` is an object with any fields. `json_schema` is JSON that is valid against a schema of draft 7 or 2020-12 with
 * references inside the schema only; `format` is followed where possible but not checked. `regex` is a text that the pattern
 * matches from beginning to end.
 */
export type Constraint =
  | { readonly kind: "json_object" }
  | { readonly kind: "json_schema"; readonly schema: unknown }
  | { readonly kind: "regex"; readonly pattern: string }

/** A constraint that is invalid, or for which no text was found. */
export class ConstraintError extends Error {
  /** Discriminates the error in a union. */
  readonly _tag = "ConstraintError"
  override readonly name = "ConstraintError"
  readonly kind: Constraint["kind"]
  constructor(kind: Constraint["kind"], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** The message of what was thrown. */
const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

// ---------------------------------------------------------------------------------------------------------------- words

let lexicon: { readonly words: ReadonlyArray<string>; readonly sentences: ReadonlyArray<string> } | undefined

/** Words and sentences of the corpus, so that generated values read like its text. Collected once. */
const corpusParts = () => {
  if (lexicon !== undefined) return lexicon
  const text = [models, places, questions].join("\n")
  const words = [...new Set(Array.from(text.matchAll(/\b[a-z]{4,9}\b/gu), ([word]) => word))]
  const sentences = [models, places].flatMap((part) => part.match(/[A-Z][^.?!"\n]{20,90}\./gu) ?? [])
  return (lexicon = { words, sentences })
}

/** Some words in a row. */
const phrase = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.pick(corpusParts().words)).join(" ")

/** The text with a capital at its start. */
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

// Common field names get values that look real; every other string is a phrase.
/** Common field names get values that look real; every other string is a phrase. */
const FIELDS: Readonly<Record<string, ReadonlyArray<string>>> = {
  city: ["Seoul", "Paris", "Tokyo", "Lisbon", "Oslo"],
  location: ["Seoul", "Paris", "Tokyo", "Lisbon", "Oslo"],
  country: ["South Korea", "France", "Japan", "Portugal", "Norway"],
  name: ["Léa Arnaud", "Tomás Reis", "Mina Park", "Ada Berg", "Jon Hale"],
  language: ["English", "Korean", "French", "Spanish", "Japanese"],
  currency: ["KRW", "EUR", "JPY", "USD", "NOK"],
  email: ["lea@example.com", "tomas@example.com", "mina@example.com"],
  url: ["https://example.com/harbour", "https://example.com/library"],
  date: ["2024-07-26", "2024-08-15", "2024-10-09"],
  time: ["08:00", "17:00", "21:30"]
}

/** A string for a field, within the bounds of its schema. `path` ends with the name of the field. */
const stringFor = (random: Random, path: string, minimum: number, maximum: number): string => {
  const field = path.slice(path.lastIndexOf("/") + 1).toLowerCase()
  const known = Object.hasOwn(FIELDS, field) ? random.pick(FIELDS[field]!) : undefined
  let text = known ?? capital(phrase(random, random.int(1, 4)))
  while (text.length < minimum) text += ` ${phrase(random, 1)}`
  return text.length > maximum ? text.slice(0, maximum) : text
}

// ----------------------------------------------------------------------------------------------------------------- JSON

/** Larger sizes would make an answer longer than any context. */
const LARGEST = 10_000
/** How many values are tried. Most schemas need one. */
const ATTEMPTS = 24

/** Keywords that ask for a minimum size. */
const SIZES = ["minItems", "minLength", "minProperties", "minContains"]

/** Rejects a schema that asks for something very large, before the generator tries to make it. */
const checkSizes = (schema: unknown): void => {
  if (Array.isArray(schema)) return schema.forEach(checkSizes)
  if (!isRecord(schema)) return
  for (const [key, value] of Object.entries(schema)) {
    if (SIZES.includes(key) && typeof value === "number" && value > LARGEST) {
      throw new ConstraintError(
        "json_schema",
        `The schema asks for ${key} ${value}; at most ${LARGEST} can be generated`
      )
    }
    checkSizes(value)
  }
}

/** Keywords that only draft 2020-12 has. A schema that uses one of them and names no draft is read as 2020-12. */
const NEWER =
  /"(?:prefixItems|dependentRequired|dependentSchemas|minContains|maxContains|unevaluated\w+|\$dynamicRef)":/u

/** Whether a value is valid. */
type Validator = (value: unknown) => boolean

/** A validator for the draft that the schema names, or else for the draft whose keywords it uses. */
const compileSchema = (schema: AnySchema, text: string): Validator => {
  const declared = isRecord(schema) && typeof schema["$schema"] === "string" ? schema["$schema"] : ""
  const newer = /20(?:19|20)-/u.test(declared) || (declared === "" && NEWER.test(text))
  const options = { strict: false, validateFormats: false, logger: false } as const
  const ajv = newer ? new Ajv2020(options) : new Ajv(options)
  // The dialect is chosen already. Its name would make the validator look for another meta-schema.
  const plain = isRecord(schema)
    ? Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema"))
    : schema
  const validate = ajv.compile(plain)
  return (value) => validate(value) === true
}

/** Compiling a schema takes longer than anything else here, and a request needs its schema twice. */
const validators = new Map<string, Validator>()
const CACHED_SCHEMAS = 64

/** The validator of a schema, made once for equal schemas. */
const validatorOf = (schema: AnySchema): Validator => {
  const text = JSON.stringify(schema)
  const cached = validators.get(text)
  if (cached !== undefined) return cached
  const validate = compileSchema(schema, text)
  if (validators.size >= CACHED_SCHEMAS) validators.clear()
  validators.set(text, validate)
  return validate
}

/** Whether values are valid against a schema. Throws for a schema that is not valid. */
export const satisfies = (schema: unknown): ((value: unknown) => boolean) => validatorOf(schema as AnySchema)

/** Keywords that restrict a string: such a string is left as the generator made it. */
const FREE_STRING = ["enum", "const", "pattern", "format", "examples", "default"]

/** Makes generated values readable: strings without restrictions become words, numbers get two decimals. */
const readable =
  (random: Random) =>
  (value: unknown, schema: JsonSchema, path: string): unknown => {
    if (typeof schema === "boolean") return value
    if (typeof value === "string") {
      if (schema.type !== "string" || FREE_STRING.some((key) => key in schema)) return value
      return stringFor(random, path, schema.minLength ?? 0, schema.maxLength ?? Number.POSITIVE_INFINITY)
    }
    if (
      typeof value === "number" &&
      schema.type === "number" &&
      schema.multipleOf === undefined &&
      !("enum" in schema)
    ) {
      return Math.round(value * 100) / 100
    }
    return value
  }

/**
 * JSON for a schema. The generator follows most rules, but not all; so each value is validated, and another
 * one is tried if it fails.
 */
const schemaText = (schema: unknown, random: Random): string => {
  if (!isRecord(schema) && typeof schema !== "boolean") {
    throw new ConstraintError("json_schema", "The schema must be an object or a boolean")
  }
  checkSizes(schema)
  let isValid: Validator
  try {
    isValid = validatorOf(schema)
  } catch (error) {
    throw new ConstraintError("json_schema", `The schema is not valid: ${reason(error)}`, { cause: error })
  }
  let failure: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      // With all options given here, the generator keeps no state between calls. It may keep the schema, so it gets a copy.
      const value = generateSync(structuredClone(schema) as JsonSchema, {
        seed: random.int(1, 2 ** 31 - 1),
        optionalsProbability: 0.7,
        maxDefaultItems: 3,
        maxDepth: 6,
        // Readable values can break a rule of the schema that the generated ones followed, so the later attempts do without
        // them.
        ...(attempt < ATTEMPTS / 2 ? { outputTransform: readable(random) } : {})
      })
      const text = JSON.stringify(value)
      if (text !== undefined && isValid(JSON.parse(text))) return text
    } catch (error) {
      failure = error
    }
  }
  throw new ConstraintError(
    "json_schema",
    failure === undefined
      ? "No value was found that satisfies the schema"
      : `No value was found that satisfies the schema: ${reason(failure)}`,
    { cause: failure }
  )
}

/** A JSON object for requests that only ask for one. */
const objectText = (random: Random): string =>
  JSON.stringify({
    title: capital(phrase(random, 2)),
    summary: random.pick(corpusParts().sentences),
    keywords: Array.from({ length: random.int(2, 4) }, () => phrase(random, 1)),
    count: random.int(1, 99),
    checked: random.next() < 0.5
  })

// ---------------------------------------------------------------------------------------------------------------- regex

/** Maximum number of repetitions beyond the minimum, where a pattern sets no maximum. */
const OPEN_REPEAT = 8
const PATTERN_ATTEMPTS = 200

/** The parts of `randexp` that are used. Its declarations describe a different module format from the real one. */
interface PatternMaker {
  max: number
  randInt: (min: number, max: number) => number
  readonly defaultRange: CharacterRange
  readonly tokens: RegexNode
  readonly gen: () => string
}
interface CharacterRange {
  readonly add: (from: number, to: number) => CharacterRange
}
const PatternMaker = RandExp as unknown as new (source: string, flags: string) => PatternMaker

/** A part of a pattern as the generator has parsed it. */
interface RegexNode {
  readonly min?: number
  max?: number
  readonly value?: RegexNode | number | string
  readonly stack?: ReadonlyArray<RegexNode>
  readonly options?: ReadonlyArray<ReadonlyArray<RegexNode>>
}

/** Shortens repetitions, and returns the length of the longest text that the pattern can then produce. */
const shorten = (node: RegexNode): number => {
  if (node.min !== undefined && node.max !== undefined && typeof node.value === "object") {
    node.max = Math.min(node.max, node.min + OPEN_REPEAT)
    return node.max * shorten(node.value)
  }
  const sequences = node.options ?? (node.stack === undefined ? undefined : [node.stack])
  if (sequences === undefined) return 1
  return Math.max(0, ...sequences.map((sequence) => sequence.reduce((sum, part) => sum + shorten(part), 0)))
}

// Patterns are often written for Python, which has another syntax for named groups and leading flags.
/**
 * A pattern in the syntax of JavaScript. Patterns are often written for Python, which has another syntax for
 * named groups (`(?P<year>\d+)`), for leading flags (`(?i)`) and for the ends of the text (`\A`, `\Z`).
 */
const translate = (pattern: string): { readonly source: string; readonly flags: string } => {
  const leading = /^\(\?([aimsux]+)\)/u.exec(pattern)
  const flags = [...(leading?.[1] ?? "")].filter((flag) => "ims".includes(flag)).join("")
  const source = pattern
    .slice(leading?.[0].length ?? 0)
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\(\?P=(\w+)\)/gu, "\\k<$1>")
    .replaceAll("\\A", "^")
    .replaceAll(/\\[zZ]/gu, "$")
  return { source, flags: [...new Set(flags)].join("") }
}

/** A pattern as a regular expression, in Unicode mode where that is possible. */
const compile = (source: string, flags: string): RegExp => {
  try {
    return new RegExp(source, `${flags}u`)
  } catch {
    // Unicode mode rejects some escapes (`\-`, `\_`) that are common in patterns written for other engines.
    return new RegExp(source, flags)
  }
}

/** Replaces named groups by numbered ones, because the generator supports only numbers. */
const numbered = (source: string): string => {
  const names = new Map<string, number>()
  let groups = 0
  const unnamed = source.replaceAll(
    /\\k<([^>]+)>|\\.|\[(?:\\.|[^\]\\])*\]|\(\?<([A-Za-z_$][\w$]*)>|\((?!\?)/gsu,
    (part, _reference, name: string | undefined) => {
      if (!part.startsWith("(")) return part
      groups++
      if (name !== undefined) names.set(name, groups)
      return "("
    }
  )
  return unnamed.replaceAll(/\\k<([^>]+)>/gu, (part, name: string) => {
    const group = names.get(name)
    return group === undefined ? part : `(?:\\${group})`
  })
}

// The generator does not support Unicode classes. The check afterwards uses the original pattern, which has them.
/**
 * A pattern that the generator can read. It does not support Unicode classes; the check afterwards uses the
 * original pattern, which has them.
 */
const generatable = (source: string): string =>
  numbered(source)
    .replaceAll(/\\p\{(?:L|Letter|Alphabetic|Ll|Lowercase_Letter)\}/gu, "[a-z]")
    .replaceAll(/\\p\{(?:Lu|Uppercase_Letter)\}/gu, "[A-Z]")
    .replaceAll(/\\p\{(?:N|Nd|Number)\}/gu, "[0-9]")

/**
 * A text that a whole pattern matches. The generator does not follow every part of a pattern, such as
 * lookahead; so each text is matched, and another one is tried if it fails.
 */
const patternText = (pattern: string, random: Random): string => {
  const { source, flags } = translate(pattern)
  let whole: RegExp
  try {
    // First without the group: some invalid patterns would become valid inside it.
    compile(source, flags)
    whole = compile(`^(?:${source})$`, flags)
  } catch (error) {
    throw new ConstraintError("regex", `The pattern is not valid: ${reason(error)}`, { cause: error })
  }
  try {
    const maker = new PatternMaker(generatable(source), flags)
    maker.max = OPEN_REPEAT
    maker.randInt = (min, max) => random.int(min, max)
    if (/\\[tnrfv]/u.test(source)) maker.defaultRange.add(9, 13)
    // eslint-disable-next-line no-control-regex
    if (/[^\u0000-\u007f]|\\[ux]/u.test(source)) maker.defaultRange.add(0xa0, 0xd7ff).add(0xe000, 0xfffd)
    const longest = shorten(maker.tokens)
    if (longest > LARGEST * 10) {
      throw new ConstraintError(
        "regex",
        `The pattern asks for up to ${longest} characters; at most ${LARGEST * 10} can be generated`
      )
    }
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
    const encoder = new TextEncoder()
    for (let attempt = 0; attempt < PATTERN_ATTEMPTS; attempt++) {
      const text = decoder.decode(encoder.encode(maker.gen()))
      if (whole.test(text)) return text
    }
  } catch (error) {
    if (error instanceof ConstraintError) throw error
    throw new ConstraintError("regex", `The pattern cannot be generated from: ${reason(error)}`, { cause: error })
  }
  throw new ConstraintError("regex", "No text was found that matches the whole pattern")
}

/**
 * Generates a text that satisfies a constraint. The same seed gives the same text.
 *
 * JSON is on one line and was validated against its schema; a text for a pattern was matched with it. Throws `ConstraintError`
 * when the schema or pattern is invalid, when it requires a very large text, and when no text was found.
 */
export const constrainedText = (constraint: Constraint, seed: number): string => {
  const random = makeRandom(seed)
  switch (constraint.kind) {
    case "json_object":
      return objectText(random)
    case "json_schema":
      return schemaText(constraint.schema, random)
    case "regex":
      return patternText(constraint.pattern, random)
  }
}
