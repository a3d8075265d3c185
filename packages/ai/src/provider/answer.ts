/** Turns a whole answer into parts. In: a chat completion. Out: parts of `@effect/ai`, or why it is a failure. */
import type * as AiError from "@effect/ai/AiError"
import type * as Response from "@effect/ai/Response"
import * as Either from "effect/Either"
import type { ChatCompletion } from "effect-friendli/schema/ChatCompletion"
import { argumentsOf, Ids } from "./calls.js"
import { malformedOutput } from "./errors.js"
import { counted, finishReason, isCutShort, metadataPart, noCounts, reasoningOf, reasonOf, usageOf } from "./facts.js"
import type { ReaderOptions } from "./parts.js"

const isJson = (text: string): boolean => Either.isRight(Either.try((): unknown => JSON.parse(text)))

/** The parts of an answer. `isObject`: it must be JSON. */
export const partsOf = (
  answer: ChatCompletion,
  { idPrefix, invalidToolCalls, isObject, method, names }: ReaderOptions & { readonly isObject: boolean }
): Either.Either<Array<Response.PartEncoded>, AiError.AiError> => {
  const choice = answer.choices.find(({ index }) => index === 0) ?? answer.choices[0]
  if (choice === undefined) return Either.left(malformedOutput(method, "The answer has no choice."))
  const { message } = choice
  const reason = finishReason(choice.finish_reason)
  const calls = message.tool_calls ?? []
  const text = message.content ?? ""
  if (isObject && isCutShort(reason) && !isJson(text)) {
    return Either.left(malformedOutput(method, `The object is incomplete: the answer ended with "${reason}".`))
  }
  const parts: Array<Response.PartEncoded> = [metadataPart(answer)]
  const reasoning = reasoningOf(message)
  if (reasoning !== "") parts.push({ type: "reasoning", text: reasoning })
  if (text !== "") parts.push({ type: "text", text })
  const ids = new Ids(idPrefix)
  const rules = { names, isCutShort: isCutShort(reason) }
  const invalid: Array<{ readonly id: string; readonly name: string; readonly message: string }> = []
  for (const { function: called, id: given } of calls) {
    const id = ids.of(given)
    const { name } = called
    const read = argumentsOf({ id, name, arguments: called.arguments }, rules)
    if (Either.isRight(read)) parts.push({ type: "tool-call", id, name, params: read.right })
    else if (invalidToolCalls === "fail") return Either.left(malformedOutput(method, read.left.message, read.left))
    else invalid.push({ id, name, message: read.left.message })
  }
  parts.push({
    type: "finish",
    reason: reasonOf(reason, calls.length > 0),
    usage: usageOf(counted(noCounts, answer.usage)),
    metadata: {
      friendli: {
        ...(reason === undefined ? {} : { finishReason: reason }),
        ...(invalid.length === 0 ? {} : { invalidToolCalls: invalid })
      }
    }
  })
  return Either.right(parts)
}
