/**
 * Retries of an output: when the model is asked again, and with which message. In: an answer, as an attempt. Out: the next request, or
 * `undefined`.
 */
import type { RequestOptions } from "../core/RequestOptions.js"
import type { Issue } from "../errors/FriendliError.js"
import type { JsonObject } from "../schema/primitives.js"
import type { Attempt, Outcome } from "./attempts.js"
import { sentenceOf } from "./attempts.js"
import type { Rejection } from "./decoder.js"

/** When the model is asked again for an output that matches its schema, and how. */
export interface OutputRetries<Answer, Usage> {
  /** How many times the model may be asked again: a finite number. Each attempt is billed. */
  readonly times: number
  /**
   * The message to the model after an invalid answer. Default: `standard`, which has the issues and asks for the whole JSON.
   */
  readonly message?: ((attempt: Attempt<Answer, Usage>, standard: string) => string) | undefined
  /**
   * What happens after an answer that a token limit cut short. `false` (default): the call fails. `true`: the same request is sent again
   * with twice the limit. A function gives the next limit from the last one. A request without a limit is sent again unchanged.
   */
  readonly length?: boolean | ((limit: number) => number) | undefined
  /** Whether the same request is sent again after a refusal, or after an answer that a filter removed. Default: false. */
  readonly refused?: boolean | undefined
}

/** How the model is asked again through one capability. */
export interface Kind<Request, Answer, Usage> {
  /** The name of the function, for errors. */
  readonly operation: string
  /** Reads an answer. */
  readonly read: (answer: Answer) => Reading<Usage>
  /** The request that shows the model its answer and the problems. */
  readonly again: (request: Request, answer: Answer, message: string) => Request
  /** The request with another limit of tokens; the same request if it has none. */
  readonly limited: (request: Request, next: (limit: number) => number) => Request
}

/** The parts of an answer that decide what happens next. */
export interface Reading<Usage> {
  readonly text: string
  readonly finishReason: string | undefined
  /** How the answer ended: complete, at a token limit, or because of a refusal or a filter. */
  readonly ending: "done" | "length" | "refused"
  readonly usage: Usage | undefined
}

/** The limits of the issues in a message: a model reads a few lines better than a thousand. */
const limits = { issues: 20, characters: 4000, value: 100 }

/** The string at a path of the answer, because the issues do not repeat strings. */
const writtenAt = (json: unknown, path: ReadonlyArray<string | number>): string => {
  let value = json
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return ""
    value = (value as Readonly<Record<string | number, unknown>>)[key]
  }
  if (typeof value !== "string") return ""
  return ` (you wrote ${JSON.stringify(value.length > limits.value ? `${value.slice(0, limits.value)}…` : value)})`
}

/** The issues as lines for the model: path, expected value, and what it wrote. */
const lines = (issues: ReadonlyArray<Issue>, json: unknown): string => {
  const shown: Array<string> = []
  let left = limits.characters
  for (const issue of issues.slice(0, limits.issues)) {
    const line = `- ${sentenceOf(issue)}${writtenAt(json, issue.path)}`
    left -= line.length
    if (left < 0 && shown.length > 0) break
    shown.push(line.slice(0, limits.characters))
  }
  const more = issues.length - shown.length
  return more === 0 ? shown.join("\n") : `${shown.join("\n")}\n- and ${more} more`
}

/** The standard message to the model about an invalid answer. */
export const standardMessage = ({ issues, json }: Rejection): string =>
  `Your answer cannot be used. This is wrong with it:\n${lines(issues, json)}\n` +
  "Answer again with the whole JSON, corrected. Write only the JSON: no explanation, no code fence."

/** The request with another limit of tokens in `field`; the same request if it has none. */
export const withLimit = <Request extends object>(
  request: Request,
  field: keyof Request,
  next: (limit: number) => number
): Request => {
  const limit = request[field]
  return typeof limit === "number" ? { ...request, [field]: next(limit) } : request
}

const twice = (limit: number): number => limit * 2

/**
 * The next request after a rejected answer, or `undefined` if the model is not asked again. `asked` is the number of answers so far.
 */
export const nextRequest = <Request, Answer, Usage>(
  kind: Kind<Request, Answer, Usage>,
  outputRetries: OutputRetries<Answer, Usage>,
  request: Request,
  attempt: Attempt<Answer, Usage>,
  rejection: Rejection,
  asked: number
): Request | undefined => {
  if (asked > outputRetries.times) return undefined
  const outcome: Outcome = attempt.outcome
  switch (outcome) {
    case "invalid": {
      const standard = standardMessage(rejection)
      return kind.again(request, attempt.answer, outputRetries.message?.(attempt, standard) ?? standard)
    }
    case "length":
      if (outputRetries.length === undefined || outputRetries.length === false) return undefined
      return kind.limited(request, outputRetries.length === true ? twice : outputRetries.length)
    case "refused":
      return outputRetries.refused === true ? request : undefined
    case "accepted":
      return undefined
  }
}

/** The option in its full form. A number that is not finite becomes 0: every attempt is billed, so there must be a limit. */
const toOutputRetries = <Answer, Usage>(
  option: number | OutputRetries<Answer, Usage> | undefined
): OutputRetries<Answer, Usage> => {
  const outputRetries: OutputRetries<Answer, Usage> = typeof option === "object" ? option : { times: option ?? 0 }
  return Number.isFinite(outputRetries.times) ? outputRetries : { ...outputRetries, times: 0 }
}

/** The options of every structured answer. Not every API has a name and a description for a format. */
interface Options<Answer, Usage> extends RequestOptions {
  readonly outputRetries?: number | OutputRetries<Answer, Usage> | undefined
  readonly jsonSchema?: JsonObject | undefined
  readonly name?: string | undefined
  readonly description?: string | undefined
}

/** Splits the options into those of the call, those of the retries of the output, and those of the format. */
export const split = <Answer, Usage>(options: Options<Answer, Usage> | undefined) => {
  const { description, jsonSchema, name, outputRetries, ...call } = options ?? {}
  return {
    call: call satisfies RequestOptions,
    format: { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) },
    jsonSchema,
    outputRetries: toOutputRetries(outputRetries)
  }
}
