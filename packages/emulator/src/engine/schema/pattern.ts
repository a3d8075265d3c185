/**
 * Generates texts for regular expressions. In: a pattern of any common engine, and a random number generator. Out: a text that matches, as a whole or
 * in a part. The generator does not follow every part of a pattern, such as look-arounds; so each text is checked, and another text is tried if the
 * check fails. Throws `ConstraintError` with the reason if no text is found.
 */
import RandExp from "randexp"
import type { Random } from "../random.js"
import { ConstraintError } from "./error.js"
import { lookaroundOf, translated } from "./regex.js"

/** Maximum number of repetitions beyond the minimum, if a pattern sets no maximum. */
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

/** A pattern as a regular expression, in Unicode mode if that is possible. */
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

/**
 * A pattern that the generator can read. It does not support Unicode classes; the check afterwards uses the
 * original pattern, which has them.
 */
const generatable = (source: string): string =>
  numbered(source)
    .replaceAll(/\\p\{(?:L|Letter|Alphabetic|Ll|Lowercase_Letter)\}/gu, "[a-z]")
    .replaceAll(/\\p\{(?:Lu|Uppercase_Letter)\}/gu, "[A-Z]")
    .replaceAll(/\\p\{(?:N|Nd|Number)\}/gu, "[0-9]")

/** The message of an engine, without the pattern that it repeats. */
const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^Invalid regular expression: \/[\s\S]*\/\w*: /u, "")

/** The generators of a pattern, and the check. */
interface Maker {
  readonly makers: ReadonlyArray<PatternMaker>
  readonly matches: (text: string) => boolean
}

const makers = new Map<string, Maker>()
const CACHED_PATTERNS = 64

/** The maximum number of characters that a pattern can require. */
const LARGEST = 100_000

/** Reads a pattern, once for equal ones. */
const makerOf = (pattern: string, match: "whole" | "part"): Maker => {
  const key = `${match} ${pattern}`
  const cached = makers.get(key)
  if (cached !== undefined) return cached
  const { check, flags, sources } = translated(pattern)
  let regex: RegExp
  try {
    // First without the group: some invalid patterns would become valid inside it.
    regex = compile(check, flags)
    if (match === "whole") regex = compile(`^(?:${check})$`, flags)
  } catch (error) {
    throw new ConstraintError("regex", `The pattern is not valid: ${reason(error)}`, { cause: error })
  }
  const made = sources.map((source) => {
    let maker: PatternMaker
    try {
      maker = new PatternMaker(generatable(source), flags)
    } catch (error) {
      throw new ConstraintError("regex", `The pattern cannot be generated from: ${reason(error)}`, { cause: error })
    }
    maker.max = OPEN_REPEAT
    if (/\\[tnrfv]/u.test(source)) maker.defaultRange.add(9, 13)
    // eslint-disable-next-line no-control-regex
    if (/[^\u0000-\u007f]|\\[ux]/u.test(source)) maker.defaultRange.add(0xa0, 0xd7ff).add(0xe000, 0xfffd)
    const longest = shorten(maker.tokens)
    if (longest > LARGEST) {
      throw new ConstraintError(
        "regex",
        `The pattern asks for up to ${longest} characters; at most ${LARGEST} can be generated`
      )
    }
    return maker
  })
  const result: Maker = { makers: made, matches: (text) => regex.test(text) }
  if (makers.size >= CACHED_PATTERNS) makers.clear()
  makers.set(key, result)
  return result
}

/** A text that a pattern matches: as a whole, or, as in a JSON schema, in a part. */
export const patternText = (pattern: string, random: Random, match: "whole" | "part"): string => {
  const { makers: made, matches } = makerOf(pattern, match)
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  const encoder = new TextEncoder()
  for (let attempt = 0; attempt < PATTERN_ATTEMPTS; attempt++) {
    const maker = made[attempt % made.length]!
    maker.randInt = (min, max) => random.int(min, max)
    const text = decoder.decode(encoder.encode(maker.gen()))
    if (matches(text)) return text
  }
  const lookaround = lookaroundOf(pattern)
  throw new ConstraintError(
    "regex",
    lookaround === undefined
      ? `No text was found that matches the ${match === "whole" ? "whole pattern" : "pattern"}`
      : `No text was found that matches the ${match === "whole" ? "whole pattern" : "pattern"} with its ${lookaround}, which can only look at the text itself`
  )
}
