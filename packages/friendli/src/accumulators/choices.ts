/**
 * What requests and chunks of chats and completions say of choices, read in one way by stream ends, spans, folds and what fills answers.
 */
import type { JsonRecord } from "../core/Operation.js"

/** Why a choice has finished. `""`, blanks and the string `"null"`, which some servers write for null, say nothing. */
export const finishReason = (reason: unknown): string | undefined => {
  if (typeof reason !== "string") return undefined
  const word = reason.trim()
  return word === "" || word === "null" ? undefined : reason
}

const cutReasons: ReadonlySet<unknown> = new Set(["length", "content_filter", "abort", "error"])

/** Whether a choice ended before the model was done: its last call may lack arguments. */
export const isCutShort = (reason: string | null | undefined): boolean => cutReasons.has(reason)

/** The index of a choice; one that leaves it out is named by its place. */
export const choiceIndex = (choice: { readonly index?: number | null | undefined }, position: number): number =>
  choice.index ?? position

/** How many choices each prompt of a request asks for. */
export const choicesPerPrompt = ({ n }: JsonRecord): number => (typeof n === "number" && n >= 1 ? n : 1)

/** How many choices the answer to a request has. */
export const choicesAskedFor = (body: JsonRecord): number =>
  choicesPerPrompt(body) * (Array.isArray(body["prompt"]) ? Math.max(1, body["prompt"].length) : 1)

/** The thoughts of a message or a piece of one. Some servers say them under both names, which is not saying them twice. */
export const reasoningOf = (message: {
  readonly reasoning_content?: string | null | undefined
  readonly reasoning?: string | null | undefined
}): string => message.reasoning_content || message.reasoning || ""

/** The arguments of a call that is complete. Models and servers write none as no text, which is not JSON. */
export const argumentsOf = (text: string | null | undefined): string =>
  text == null || text.trim() === "" ? "{}" : text
