/**
 * Chooses the functions that a request needs. In: the functions, and a text. Out: the functions that the text needs, with a score. It compares the
 * concepts of the text with the names and the descriptions of the functions, and the values in the text with their parameters. It has no
 * understanding: it adds up the evidence for each function.
 */
import { conceptsOf, contentWords, plainWords } from "./concepts.js"
import { kindOf, type Kind } from "./kinds.js"
import { propertiesOf, resolved } from "./schema.js"
import type { Values } from "./values.js"

/** A function that an answer can call. */
export interface FunctionTool {
  readonly name: string
  readonly description?: string | null
  readonly parameters: Record<string, unknown>
}

/** A function with its score. */
export interface Scored {
  readonly tool: FunctionTool
  readonly score: number
}

/** The minimum score of a function that is called. */
const ENOUGH = 1.5
/** A function with less than this share of the best score is not called. */
const SHARE = 0.55

/** Requests for a text are answered with a text, unless a function is named after that kind of text. */
const CREATIVE =
  /\b(?:write|tell|create|compose|make|give|sing|draft|implement)\b[^.?!]{0,30}\b(function|program|script|code|class|poem|haiku|story|joke|song|lyrics|essay|limerick|novel|rhyme|tale|riddle|markdown table)s?\b|(시|하이쿠|이야기|농담|노래|수필)(?:를|을)?\s*(?:하나\s*)?(?:써|지어|들려|해\s?줘|만들)/iu
const REFUSED =
  /\b(?:without|don't|do not|no)\s+(?:using\s+|use\s+|call(?:ing)?\s+)?(?:any\s+|a\s+|the\s+)?(?:tools?|functions?)\b|도구(?:를)?\s*(?:쓰지|사용하지)/iu

const SMALL_TALK =
  /^\s*(?:hi|hello|hey|thanks|thank you|good (?:morning|evening|night|afternoon)|bye|goodbye|ok|okay|yes|no|안녕|고마워|감사|네|아니)[\s\p{P}]*(?:there|very much|a lot|하세요|합니다)?[\s\p{P}]*$/iu

/** A question about facts, which a search answers. */
const FACTUAL =
  /\b(?:who|when|where|which|how (?:many|much|old|tall|far))\b|\bwhat(?:'s| is| are| was) the (?:latest|current|newest|capital|population|price)\b|\b(?:latest|recent|news|today's|current)\b|누구|언제|어디|최신|최근|뉴스/iu

/** The kinds of the parameters of a function. */
export const kindsOf = ({
  parameters
}: FunctionTool): ReadonlyArray<{ readonly kind: Kind; readonly required: boolean }> =>
  propertiesOf(resolved(parameters, parameters), parameters).map(({ name, required, schema }) => ({
    kind: kindOf(name, schema),
    required
  }))

/** The concepts of a text; some values imply concepts, too. */
const subjectOf = (values: Values): ReadonlySet<string> => {
  const found = new Set(conceptsOf(values.text))
  if (values.expressions.length > 0) found.add("calculation")
  if (values.sql.length > 0) found.add("database")
  if (values.urls.length > 0) found.add("reading")
  if (values.emails.length > 0) found.add("email")
  if (values.currencies.length > 1) found.add("currency")
  if (/\$[A-Z]{2,5}\b/u.test(values.text)) found.add("stock")
  if (values.companies.length > 0 && /\b(?:price|worth|trading|market|value)\b|가격|얼마/iu.test(values.text))
    found.add("stock")
  if (/\bhow many\b.*\b(?:users|customers|orders|products|rows)\b/iu.test(values.text)) found.add("database")
  return found
}

/** How many of the required parameters are in the text, by the kinds that are seldom there by chance. */
const evidence = (tool: FunctionTool, values: Values): number => {
  let sum = 0
  for (const { kind } of kindsOf(tool)) {
    if (kind === "expression" && values.expressions.length > 0) sum += 2
    else if (kind === "sql" && values.sql.length > 0) sum += 2
    else if (kind === "url" && values.urls.length > 0) sum += 1.5
    else if (kind === "email" && values.emails.length > 0) sum += 1
    else if (kind === "company" && values.companies.length > 0) sum += 0.5
    else if (kind === "place" && values.places.length > 0) sum += 0.5
    else if (kind === "currency" && values.currencies.length > 0) sum += 0.5
    else if (kind === "path" && values.paths.length > 0) sum += 1
  }
  return Math.min(sum, 3)
}

/** A name or a description as words. `search_flights` is about flights; it is about searching only if no other word is left. */
const nounsOf = (name: string): string => {
  const words = plainWords(name.replaceAll(/[_-]/gu, " "))
  const nouns = words.filter((word) => !/^(?:search|lookup|query|browse|find|open|read)$/u.test(word))
  return (nouns.some((word) => contentWords(word).size > 0) ? nouns : words).join(" ")
}

/** The score of a function. */
const scoreOf = (tool: FunctionTool, values: Values, subject: ReadonlySet<string>): number => {
  const { text } = values
  if (
    new RegExp(
      `(?<![\\p{L}\\p{N}_])${tool.name.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&")}(?![\\p{L}\\p{N}_])`,
      "u"
    ).test(text)
  ) {
    // A name that is one common word does not count as a mention of the function.
    if (/[_-]|[a-z][A-Z]/u.test(tool.name)) return 6
  }
  // Without an expression there is nothing to compute, and without an address there is no recipient.
  const required = kindsOf(tool).filter((one) => one.required)
  if (required.some(({ kind }) => kind === "expression") && values.expressions.length === 0) return 0
  const description = nounsOf(tool.description ?? "")
  const words = contentWords(text)
  const shared = (other: ReadonlySet<string>): number => [...other].filter((word) => words.has(word)).length
  const name = nounsOf(tool.name)
  const nameConcepts = conceptsOf(name)
  const concepts = (other: ReadonlySet<string>): number => [...other].filter((concept) => subject.has(concept)).length
  const byName = 2 * Math.min(2, shared(contentWords(name)) + concepts(nameConcepts))
  const describedConcepts = new Set([...conceptsOf(description)].filter((concept) => !nameConcepts.has(concept)))
  const byDescription = Math.min(2, concepts(describedConcepts) + 0.6 * shared(contentWords(description)))
  const found = evidence(tool, values)
  // Values alone are weak evidence: a place can be a part of any question.
  return byName + byDescription + (byName + byDescription > 0 || found >= 2 ? found : 0)
}

/** The functions with their scores, the highest first. */
export const scored = (tools: ReadonlyArray<FunctionTool>, values: Values): ReadonlyArray<Scored> => {
  const subject = subjectOf(values)
  const scores = tools.map((tool) => ({ tool, score: scoreOf(tool, values, subject) }))
  return scores.sort((a, b) => b.score - a.score)
}

/** The functions that a text needs, in the given order. */
export const chosen = (tools: ReadonlyArray<FunctionTool>, values: Values): ReadonlyArray<FunctionTool> => {
  const { text } = values
  if (REFUSED.test(text) || SMALL_TALK.test(text)) return []
  const creative = CREATIVE.exec(text)
  if (creative !== null) {
    const noun = (creative[1] ?? creative[2] ?? "").toLowerCase()
    return tools.filter(({ name }) => plainWords(name).some((word) => word === noun))
  }
  const all = scored(tools, values)
  const best = all[0]?.score ?? 0
  if (best >= ENOUGH) {
    const meant = new Set(all.filter(({ score }) => score >= Math.max(ENOUGH, SHARE * best)).map(({ tool }) => tool))
    return tools.filter((tool) => meant.has(tool))
  }
  // A question about the world that no other function answers is searched for, if there is a search function.
  const search = tools.find((tool) => conceptsOf(tool.name.replaceAll(/[_-]/gu, " ")).has("search"))
  return search !== undefined && FACTUAL.test(text) ? [search] : []
}
