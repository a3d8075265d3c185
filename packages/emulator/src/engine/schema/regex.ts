/**
 * Reads a regular expression that was written for another engine (Python, PCRE, Java, Rust). In: a pattern. Out: the same pattern in the syntax of
 * JavaScript: one form to check texts with, and some forms to generate texts from. Throws `ConstraintError` with the reason if JavaScript cannot
 * express the pattern.
 *
 * An atomic group `(?>…)` and a possessive quantifier `…++` never give back what they matched. JavaScript has neither of them, but a look-ahead does
 * not give back its match either, so `(?>a+)` is checked as `(?=(a+))\1`. Texts are generated from the form without such groups, and then checked.
 */
import { ConstraintError } from "./error.js"

/** A part of a pattern with its quantifier. */
interface Part {
  /** A single character, class, escape or sign; `undefined` for a group. */
  readonly text?: string
  readonly group?: Group
  readonly quantifier: string
  readonly possessive: boolean
}

/** A group: how it opens, and what is in it. */
interface Group {
  readonly open: string
  readonly parts: ReadonlyArray<Part>
}

/** A pattern in the syntax of JavaScript. */
export interface Translated {
  readonly flags: string
  /** The exact meaning of the pattern. */
  readonly check: string
  /** Forms to generate texts from; each may also give texts that do not match. */
  readonly sources: ReadonlyArray<string>
}

const reject = (message: string): never => {
  throw new ConstraintError("regex", message)
}

/** Constructs without a counterpart in JavaScript. */
const unsupported: ReadonlyArray<readonly [pattern: RegExp, what: string]> = [
  [/^\(\?\(/u, "conditional groups"],
  [/^\(\?(?:R|[+-]?\d+|&|P>)/u, "recursive groups"],
  [/^\(\*/u, "verbs such as '(*SKIP)'"],
  [/^\\[GKRXC]/u, "the escapes \\G, \\K, \\R, \\X and \\C"]
]

const posix: Readonly<Record<string, string>> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  xdigit: "0-9a-fA-F",
  punct: "!-\\/:-@\\[-`{-~",
  word: "\\w"
}

const OPEN = /^\((?:\?(?:<?[=!]|:|>|<[\p{L}_$][\p{L}\p{N}_$]*>|[imsx-]+:))?/u
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})/u

/** Splits a pattern into parts. */
const parse = (source: string): ReadonlyArray<Part> => {
  let at = 0
  const quantified = (part: Pick<Part, "text" | "group">): Part => {
    const quantifier = QUANTIFIER.exec(source.slice(at))?.[0] ?? ""
    at += quantifier.length
    const js = quantifier.startsWith("{,") ? `{0${quantifier.slice(1)}` : quantifier
    if (quantifier !== "" && source[at] === "+") {
      at++
      return { ...part, quantifier: js, possessive: true }
    }
    const isLazy = quantifier !== "" && source[at] === "?"
    if (isLazy) at++
    return { ...part, quantifier: js + (isLazy ? "?" : ""), possessive: false }
  }
  const sequence = (isInside: boolean): ReadonlyArray<Part> => {
    const parts: Array<Part> = []
    while (at < source.length) {
      const rest = source.slice(at)
      const missing = unsupported.find(([pattern]) => pattern.test(rest))
      if (missing !== undefined) reject(`The pattern uses ${missing[1]}, which are not supported`)
      if (rest.startsWith("(?#")) {
        const end = rest.indexOf(")")
        at += end < 0 ? rest.length : end + 1
        continue
      }
      const [char = ""] = rest
      if (char === ")") {
        if (!isInside) reject("The pattern is not valid: Unmatched ')'")
        return parts
      }
      if (char === "(") {
        const open = OPEN.exec(rest)![0]
        at += open.length
        const inner = sequence(true)
        if (source[at] !== ")") reject("The pattern is not valid: Unterminated group")
        at++
        parts.push(quantified({ group: { open, parts: inner } }))
        continue
      }
      const token =
        char === "["
          ? /^\[\^?\]?(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*\]/u.exec(rest)?.[0]
          : char === "\\"
            ? /^\\(?:[pP]\{[^}]*\}|k<[^>]*>|u\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|\d+|[\s\S])/u.exec(
                rest
              )?.[0]
            : String.fromCodePoint(rest.codePointAt(0)!)
      if (token === undefined) reject("The pattern is not valid: Unterminated character class or escape")
      at += token!.length
      const text = token!.startsWith("[")
        ? token!.replaceAll(
            /\[:(\w+):\]/gu,
            (_, name: string) => posix[name] ?? reject(`The pattern uses the unknown class '${name}'`)
          )
        : token!
      parts.push(text === "|" ? { text, quantifier: "", possessive: false } : quantified({ text }))
    }
    if (isInside) reject("The pattern is not valid: Unterminated group")
    return parts
  }
  return sequence(false)
}

const isLookaround = (open: string): boolean => /^\(\?<?[=!]/u.test(open)

/** Writes the form to check with. Groups that are added shift the numbers of the others, and the references follow. */
const checkForm = (parts: ReadonlyArray<Part>): string => {
  const numbers: Array<number> = [0]
  let groups = 0
  const write = (list: ReadonlyArray<Part>): string =>
    list
      .map(({ group, possessive, quantifier, text }) => {
        const isAtomic = group?.open === "(?>"
        const own = possessive || isAtomic ? ++groups : 0
        let body: string
        if (group === undefined) body = text!
        else {
          if (group.open === "(" || /^\(\?<\p{L}|^\(\?<[_$]/u.test(group.open)) numbers.push(++groups)
          body = `${isAtomic ? "(?:" : group.open}${write(group.parts)})`
        }
        if (possessive) return `(?:(?=(${body}${quantifier}))\\${own}(?:))`
        return isAtomic ? `(?:(?=(${body}))\\${own}(?:))${quantifier}` : body + quantifier
      })
      .join("")
  // References are written last, when all numbers are known: a private character marks them until then.
  const mark = (list: ReadonlyArray<Part>): ReadonlyArray<Part> =>
    list.map((part) =>
      part.group === undefined
        ? /^\\[1-9]\d*$/u.test(part.text!)
          ? { ...part, text: `\ue000${part.text!.slice(1)}\ue000` }
          : part
        : { ...part, group: { ...part.group, parts: mark(part.group.parts) } }
    )
  return write(mark(parts)).replaceAll(
    /\ue000(\d+)\ue000/gu,
    (_, number: string) => `(?:\\${numbers[Number(number)] ?? number})`
  )
}

/** Writes a form to generate from: without atomic groups, with or without the content of look-arounds. */
const sourceForm = (parts: ReadonlyArray<Part>, lookarounds: "drop" | "insert"): string =>
  parts
    .map(({ group, quantifier, text }) => {
      if (group === undefined) return text! + quantifier
      const inner = sourceForm(group.parts, lookarounds)
      if (!isLookaround(group.open)) return `${group.open === "(?>" ? "(?:" : group.open}${inner})${quantifier}`
      // The content of a look-behind is inserted before its place; the check decides whether the result matches.
      return lookarounds === "insert" && group.open === "(?<=" ? `(?:${inner})` : ""
    })
    .join("")

/** A pattern in the syntax of JavaScript: groups, flags and ends of the text of other engines are replaced. */
export const translated = (pattern: string): Translated => {
  const leading = /^\(\?([aimsux]+)\)/u.exec(pattern)
  const flags = [...(leading?.[1] ?? "")].filter((flag) => "ims".includes(flag)).join("")
  const source = pattern
    .slice(leading?.[0].length ?? 0)
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\(\?P=(\w+)\)/gu, "\\k<$1>")
    .replaceAll(/(?<!\\)((?:\\\\)*)\\A/gu, "$1^")
    .replaceAll(/(?<!\\)((?:\\\\)*)\\[zZ]/gu, "$1$$")
    .replaceAll(/(?<!\\)((?:\\\\)*)\\h/gu, "$1[ \\t]")
  const parts = parse(source)
  return {
    flags: [...new Set(flags)].join(""),
    check: checkForm(parts),
    sources: [...new Set([sourceForm(parts, "drop"), sourceForm(parts, "insert")])]
  }
}

/** The look-around of a pattern, if it has one. */
export const lookaroundOf = (pattern: string): string | undefined =>
  /\(\?<[=!]/u.test(pattern) ? "look-behind" : /\(\?[=!]/u.test(pattern) ? "look-ahead" : undefined
