/**
 * Plans the next step of a conversation with functions. In: the messages, the functions, and how they may be used. Out: the calls of the next answer;
 * none if it is a text.
 *
 * A request is split into steps at the word `then`. In each step, the calls that were not made yet come next. When all are made, and a result names a
 * page, the page is read if there is a function for it and the request is for more than a search. Each call has its own values for its arguments, so
 * that `the weather in Paris and Rome` makes two calls. The same conversation always has the same plan.
 */
import type { ChatMessage } from "../chatTemplate.js"
import { lastUserIndex, textOf } from "../conversation.js"
import type { Source } from "./candidates.js"
import { chosen, type FunctionTool, kindsOf, scored } from "./choose.js"
import { conceptsOf } from "./concepts.js"
import type { Kind } from "./kinds.js"
import { type Values, valuesIn } from "./values.js"

/** A call that the next answer makes. */
export interface PlannedCall {
  readonly tool: FunctionTool
  readonly source: Source
}

/** How the functions may be used. */
export interface PlanOptions {
  readonly tools: ReadonlyArray<FunctionTool>
  /** Whether functions can be called, must be called, or which one must be. */
  readonly choice: "auto" | "required" | { readonly tool: FunctionTool }
  readonly parallel: boolean
  /** The current day, in milliseconds. */
  readonly today: number
}

/** The maximum number of calls at once: models seldom make more. */
const MAX_CALLS = 4

/** The separators between the steps of a request. */
const STEPS =
  /[,;.]?\s*\b(?:and then|then|after that|afterwards|next|finally)\b[,:]?\s*|[,.]?\s*(?:그리고 나서|그런 다음|그다음에?|그 다음에?|그 후에?|(?<=[고서]) 나서|한 (?:다음|뒤|후)에?)\s*/iu

/** The kinds of values that can occur several times in a text, with one call for each. */
const REPEATED = {
  place: "places",
  company: "companies",
  expression: "expressions",
  url: "urls"
} as const satisfies Partial<Record<Kind, keyof Values>>

/** The values of a text, with only one of several values of a kind. */
const withOnly = (values: Values, key: (typeof REPEATED)[keyof typeof REPEATED], index: number): Values => ({
  ...values,
  [key]: values[key].slice(index, index + 1)
})

/** A name that is also mentioned in a call for the whole conversation. */
const aboutOf = (tool: FunctionTool): string => `${tool.name.replaceAll(/[_-]/gu, " ")} ${tool.description ?? ""}`

/** The calls of one function for a text: one, or one for each of several values of a kind. */
const callsOf = (
  tool: FunctionTool,
  values: Values,
  results: Values | undefined,
  today: number
): ReadonlyArray<PlannedCall> => {
  const sourceWith = (own: Values): PlannedCall => ({
    tool,
    source: { values: own, results, about: aboutOf(tool), today }
  })
  const kinds = kindsOf(tool)
  for (const [kind, key] of Object.entries(REPEATED)) {
    const taking = kinds.filter((one) => one.kind === kind)
    // A function with an origin and a destination takes both places in one call.
    if (taking.length !== 1 || values[key].length < 2) continue
    return values[key].map((_value, index) => sourceWith(withOnly(values, key, index)))
  }
  return [sourceWith(values)]
}

/** Whether a call needs a value that only the result of another call can give: an address, or an id that is not in the text. */
const isDependent = ({ source, tool }: PlannedCall): boolean =>
  kindsOf(tool).some(
    ({ kind, required }) =>
      required &&
      ((kind === "url" && source.values.urls.length === 0) ||
        (kind === "identifier" && !/\d/u.test(source.values.text) && source.values.quoted.length === 0))
  )

/** The calls that were made since the last message of the user, by name. */
const madeIn = (turn: ReadonlyArray<ChatMessage>): ReadonlyMap<string, number> => {
  const made = new Map<string, number>()
  for (const { tool_calls } of turn) {
    for (const call of tool_calls ?? []) made.set(call.function.name, (made.get(call.function.name) ?? 0) + 1)
  }
  return made
}

/** Values of an earlier message of the user that a text leaves out: `And tomorrow?` is about the same city. */
const withEarlier = (values: Values, earlier: Values): Values => ({
  ...values,
  places: values.places.length > 0 ? values.places : earlier.places.slice(-1),
  companies: values.companies.length > 0 ? values.companies : earlier.companies.slice(-1),
  languages: values.languages.length > 0 ? values.languages : earlier.languages.slice(-1)
})

/** A short question that continues the one before it. */
const CONTINUES =
  /^\s*(?:and|what about|how about|or|also|same for|ok,? and|그럼|그러면|그리고)\b|^\s*그럼|는요?\s*\?\s*$|은요?\s*\?\s*$/iu

/** The functions that the previous turn called, for a question that continues it. */
const continued = (
  messages: ReadonlyArray<ChatMessage>,
  last: number,
  values: Values,
  tools: ReadonlyArray<FunctionTool>
): ReadonlyArray<FunctionTool> => {
  if (!CONTINUES.test(values.text) || values.text.length > 60) return []
  const before = lastUserIndex(messages.slice(0, last))
  const called = madeIn(messages.slice(Math.max(0, before), last))
  const hasValue = (kind: Kind): boolean =>
    (kind === "place" && values.places.length > 0) ||
    (kind === "company" && values.companies.length > 0) ||
    ((kind === "day" || kind === "moment") && values.days.length > 0) ||
    (kind === "currency" && values.currencies.length > 0) ||
    (kind === "expression" && values.expressions.length > 0)
  // The function must accept the new value; otherwise the question is about something else.
  const isMeant = (tool: FunctionTool): boolean =>
    called.has(tool.name) && (kindsOf(tool).some(({ kind }) => hasValue(kind)) || values.days.length > 0)
  return tools.filter(isMeant)
}

/** The request for more than a search: to read, to sum up, to explain. */
const WANTS_CONTENT =
  /\b(?:read|open|summar|detail|explain|tell me|what|how|why|who|when|which|describe|compare)\w*\b|읽|요약|설명|알려|자세히|무엇|어떻게/iu

/** After a search: the function that reads the found page, if there is one and the request needs it. */
const reading = (
  tools: ReadonlyArray<FunctionTool>,
  made: ReadonlyMap<string, number>,
  asked: Values,
  results: Values,
  today: number
): ReadonlyArray<PlannedCall> => {
  const hasSearched = tools.some((tool) => made.has(tool.name) && conceptsOf(aboutOf(tool)).has("search"))
  if (!hasSearched || !WANTS_CONTENT.test(asked.text)) return []
  const reader = tools.find(
    (tool) =>
      !made.has(tool.name) &&
      kindsOf(tool).some(
        ({ kind, required }) =>
          required &&
          ((kind === "url" && results.urls.length > 0) || (kind === "identifier" && /"\w*id"\s*:/u.test(results.text)))
      )
  )
  return reader === undefined
    ? []
    : [{ tool: reader, source: { values: { ...asked, urls: [] }, results, about: aboutOf(reader), today } }]
}

/** The calls of the next answer. */
export const plan = (messages: ReadonlyArray<ChatMessage>, options: PlanOptions): ReadonlyArray<PlannedCall> => {
  const { choice, parallel, today, tools } = options
  const limit = parallel ? MAX_CALLS : 1
  const last = lastUserIndex(messages)
  const lastUser = messages[last]
  const turn = messages.slice(last + 1)
  const resultText = turn
    .filter(({ role }) => role === "tool")
    .map(textOf)
    .join("\n")
  const results = resultText === "" ? undefined : valuesIn(resultText, today)
  const own = valuesIn(lastUser === undefined ? "" : textOf(lastUser), today)
  const earlierText = messages
    .slice(0, Math.max(0, last))
    .filter(({ role }) => role === "user")
    .map(textOf)
  const earlier = valuesIn(earlierText.join("\n"), today)
  const asked = withEarlier(own, earlier)

  if (typeof choice === "object") return callsOf(choice.tool, asked, results, today).slice(0, 1)

  const made = madeIn(turn)
  const left = new Map(made)
  /** The calls for a part of the request, without those that were made. */
  const pending = (selected: ReadonlyArray<FunctionTool>, values: Values): ReadonlyArray<PlannedCall> => {
    const calls = selected.flatMap((tool) => callsOf(tool, withEarlier(values, asked), results, today))
    const open = calls.filter(({ tool }) => {
      const count = left.get(tool.name) ?? 0
      if (count > 0) left.set(tool.name, count - 1)
      return count === 0
    })
    // A call that depends on a result waits for it, unless there is no other call.
    const ready = results === undefined ? open.filter((call) => !isDependent(call)) : open
    return (ready.length > 0 ? ready : open).slice(0, limit)
  }

  // After a text of the assistant the turn has ended: only a result or a question leads to calls.
  const speaker = messages.at(-1)?.role
  if (speaker === "user" || speaker === "tool") {
    const steps = own.text.split(STEPS).filter((step) => step.trim() !== "")
    for (const step of steps) {
      const values = steps.length === 1 ? own : valuesIn(step, today)
      const next = pending(chosen(tools, values), values)
      if (next.length > 0) return next
    }
    if (results === undefined) {
      const next = pending(continued(messages, last, own, tools), own)
      if (next.length > 0) return next
    } else {
      const next = reading(tools, made, own, results, today)
      if (next.length > 0) return next
    }
  }
  if (choice === "auto") return []
  // A call is required but none matches: the function with the highest score, or the first.
  const best = scored(tools, own).find(({ score }) => score > 0)?.tool ?? tools[0]
  return best === undefined ? [] : callsOf(best, asked, results, today).slice(0, limit)
}
