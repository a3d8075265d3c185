/**
 * How requests, answers and chunks of chats and completions describe choices. Completion detection, spans, folds and
 * default values read them in the same way.
 */
import type { JsonRecord } from "../core/Operation.js"

/**
 * Why a choice has finished. `""`, blanks and the string `"null"`, which some servers send for null, mean that it has
 * not.
 */
export const finishReason = (reason: unknown): string | undefined => {
  if (typeof reason !== "string") return undefined
  const word = reason.trim()
  return word === "" || word === "null" ? undefined : reason
}

const cutReasons: ReadonlySet<unknown> = new Set(["length", "content_filter", "abort", "error"])

/** Whether a choice ended before the model was done, so that the arguments of its last call may be incomplete. */
export const isCutShort = (reason: string | null | undefined): boolean => cutReasons.has(reason)

/** The index of a choice; its position in the list if it has none. */
export const choiceIndex = (choice: { readonly index?: number | null | undefined }, position: number): number =>
  choice.index ?? position

/** How many choices each prompt of a request asks for. */
export const choicesPerPrompt = ({ n }: JsonRecord): number => (typeof n === "number" && n >= 1 ? n : 1)

/** How many choices the answer to a request has. */
export const choicesAskedFor = (body: JsonRecord): number =>
  choicesPerPrompt(body) * (Array.isArray(body["prompt"]) ? Math.max(1, body["prompt"].length) : 1)

/** The reasoning of a message or a delta. Some servers send the same text under both names, which counts once. */
export const reasoningOf = (message: {
  readonly reasoning_content?: string | null | undefined
  readonly reasoning?: string | null | undefined
}): string => message.reasoning_content || message.reasoning || ""

/**
 * The arguments of a complete call. For a call without arguments, models and servers send an empty string, which is not JSON.
 */
export const argumentsOf = (text: string | null | undefined): string =>
  text == null || text.trim() === "" ? "{}" : text
