/**
 * Arithmetic in a text. In: a text, or an expression. Out: the expressions in it, with signs instead of words, and their values. Nothing is executed:
 * a small parser computes the value.
 */

/** Words for signs, in English and Korean. */
const operatorWords: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(\d[\d.,]*)\s*(?:%|percent)\s+of\s+(?=\d)/giu, "$1 / 100 * "],
  [/(\d[\d.,]*)\s*의\s*(\d[\d.,]*)\s*(?:%|퍼센트)/gu, "$1 * $2 / 100"],
  [/\bsquare root of\s+(\d[\d.]*)/giu, "sqrt($1)"],
  [/\b(\d[\d.]*)\s+squared\b/giu, "$1 ^ 2"],
  [/\b(?:to the power of)\b|\*\*/giu, "^"],
  [/\bmultiplied by\b|\btimes\b|[×✕·]|\s[xX]\s(?=\d)|곱하기/giu, " * "],
  [/\bdivided by\b|\bover\b|[÷]|나누기/giu, " / "],
  [/\bplus\b|더하기/giu, " + "],
  [/\bminus\b|빼기|[−–]/giu, " - "]
]

const NUMBER = String.raw`\d+(?:,\d{3})*(?:\.\d+)?`
const OPERAND = String.raw`(?:sqrt)?\(*\s*-?${NUMBER}\s*\)*%?`
/** An expression has at least one sign between two numbers, or a root. A minus needs spaces around it, because dates and ranges have it, too. */
const EXPRESSION = new RegExp(String.raw`sqrt\(${NUMBER}\)|${OPERAND}(?:\s*(?:[+*/^]|\s-\s)\s*${OPERAND})+`, "gu")

/** Removes unbalanced brackets, which were part of the sentence, not of the expression. */
const balanced = (text: string): string => {
  let expression = text.trim()
  const count = (sign: string): number => expression.split(sign).length - 1
  while (count("(") > count(")") && expression.startsWith("(")) expression = expression.slice(1)
  while (count(")") > count("(") && expression.endsWith(")")) expression = expression.slice(0, -1)
  return expression.trim()
}

/** The expressions in a text, in order, with signs instead of words. */
export const expressionsIn = (text: string): ReadonlyArray<string> => {
  const withSigns = operatorWords.reduce((result, [pattern, sign]) => result.replaceAll(pattern, sign), text)
  return [...withSigns.matchAll(EXPRESSION)]
    .map(([expression]) => balanced(expression.replaceAll(/(?<=\d),(?=\d{3})/gu, "").replaceAll(/\s+/gu, " ")))
    .filter((expression) => valueOf(expression) !== undefined)
}

/** The value of an expression, or `undefined` if it is not an expression or has no finite value. */
export const valueOf = (expression: string): number | undefined => {
  const tokens = expression.match(/\d+(?:\.\d+)?|sqrt|[-+*/^()%]/gu) ?? []
  let at = 0
  const fail = (): never => {
    throw new SyntaxError("not an expression")
  }
  const factor = (): number => {
    const token = tokens[at++]
    if (token === "-") return -factor()
    if (token === "sqrt") return Math.sqrt(factor())
    let value = token === "(" ? sum() : token !== undefined && /^\d/u.test(token) ? Number(token) : fail()
    if (token === "(" && tokens[at++] !== ")") fail()
    if (tokens[at] === "%") {
      at++
      value /= 100
    }
    if (tokens[at] !== "^") return value
    at++
    return value ** factor()
  }
  const product = (): number => {
    let value = factor()
    while (tokens[at] === "*" || tokens[at] === "/") value = tokens[at++] === "*" ? value * factor() : value / factor()
    return value
  }
  const sum = (): number => {
    let value = product()
    while (tokens[at] === "+" || tokens[at] === "-")
      value = tokens[at++] === "+" ? value + product() : value - product()
    return value
  }
  try {
    const value = sum()
    return at === tokens.length && Number.isFinite(value) ? Number(value.toPrecision(12)) : undefined
  } catch {
    return undefined
  }
}
