/**
 * The JSON Schema keywords that Friendli accepts, and the handling of the others.
 *
 * A keyword that only narrows a type may be left out, because decoding checks it afterwards. A type that cannot be expressed is
 * `Unsupported`.
 */
import { SentenceId } from "../internal/annotations.js"

/** Whether the schema describes arguments of a tool or the text of an answer. The rules for answers are the stricter ones. */
export type Purpose = "tool" | "response"

/** A JSON Schema while it is built. */
export interface Json {
  readonly [keyword: string]: unknown
}

/**
 * Marks a part of a JSON Schema that cannot be expressed. The check of the request finds the mark, so the error has its
 * path and this reason.
 */
export class Unsupported implements Json {
  readonly [keyword: string]: unknown
  readonly [SentenceId]: string
  constructor(reason: string) {
    this[SentenceId] = reason
  }
  toJSON(): Json {
    return { not: {}, $comment: this[SentenceId] }
  }
}

/** Merges two bounds: the tighter one wins. */
const tighter: Readonly<Record<string, (a: number, b: number) => number>> = {
  minLength: Math.max,
  maxLength: Math.min,
  minItems: Math.max,
  maxItems: Math.min,
  minimum: Math.max,
  maximum: Math.min,
  exclusiveMinimum: Math.max,
  exclusiveMaximum: Math.min
}

/**
 * Merges the keywords of a filter and of the filter around it. Of two patterns the outer one is kept, because a schema
 * can have only one.
 */
export const narrowed = (inner: Json, outer: Json): Json => {
  const all: Record<string, unknown> = { ...inner }
  for (const [keyword, value] of Object.entries(outer)) {
    const bound = Object.hasOwn(tighter, keyword) ? tighter[keyword] : undefined
    const before = all[keyword]
    all[keyword] =
      bound !== undefined && typeof before === "number" && typeof value === "number" ? bound(before, value) : value
  }
  return all
}

const responseFormats: ReadonlySet<unknown> = new Set(["uuid", "date-time", "date", "time"])

const integerBounds: ReadonlySet<string> = new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])

/** The narrowing keywords that the service accepts with a type. */
export const supported = (purpose: Purpose, type: unknown, keywords: Json): Json => {
  if (purpose === "tool") return keywords
  const format = responseFormats.has(keywords["format"]) ? keywords["format"] : undefined
  switch (type) {
    case "string":
      // A known format makes its pattern redundant.
      if (format !== undefined) return { format }
      return keywords["pattern"] === undefined ? {} : { pattern: keywords["pattern"] }
    case "integer":
      return Object.fromEntries(Object.entries(keywords).filter(([keyword]) => integerBounds.has(keyword)))
    case "array":
      return typeof keywords["minItems"] === "number" ? { minItems: Math.min(1, keywords["minItems"]) } : {}
    default:
      return {}
  }
}
