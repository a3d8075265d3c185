/**
 * Composes an answer in a format. In: the format, the messages, and a seed. Out: a text that satisfies the format, in which values of the prompt
 * replace generated values. A plain JSON object has the shape that the prompt names, if it names one. The same messages and seed give the same text.
 * Throws `ConstraintError` for a format that no text satisfies.
 */
import type { ChatMessage } from "../chatTemplate.js"
import { type Constraint, constrainedText, ConstraintError } from "../constrain.js"
import { lastUserText, textOf } from "../conversation.js"
import { fill } from "../planner/fill.js"
import { valuesIn } from "../planner/values.js"
import { shapeInPrompt } from "./shapeInPrompt.js"

/** JSON for a schema, with the values of a text. */
const jsonFor = (schema: unknown, text: string, seed: number, today: number): string => {
  const source = { values: valuesIn(text, today), results: undefined, about: "", today }
  return JSON.stringify(
    fill(JSON.parse(constrainedText({ kind: "json_schema", schema }, seed)), schema, source, "keep")
  )
}

/** The shape in the messages: in the last one of the user, or else in an earlier one or an instruction. */
const shapeIn = (messages: ReadonlyArray<ChatMessage>): ReturnType<typeof shapeInPrompt> => {
  const asking = messages.filter(({ role }) => role === "user" || role === "system" || role === "developer")
  for (const message of asking.toReversed()) {
    const shape = shapeInPrompt(textOf(message))
    if (shape !== undefined) return shape
  }
  return undefined
}

/** The text of an answer in a format. */
export const composeFormat = (
  constraint: Constraint,
  messages: ReadonlyArray<ChatMessage>,
  seed: number,
  today: number
): string => {
  if (constraint.kind === "regex") return constrainedText(constraint, seed)
  const asked = lastUserText(messages)
  if (constraint.kind === "json_schema") return jsonFor(constraint.schema, asked, seed, today)
  const shape = shapeIn(messages)
  if (shape === undefined) return constrainedText(constraint, seed)
  try {
    return jsonFor(shape.schema, shapeInPrompt(asked)?.rest ?? asked, seed, today)
  } catch (error) {
    // A shape in a text is only a request: if it is not valid, any object is generated.
    if (error instanceof ConstraintError) return constrainedText(constraint, seed)
    throw error
  }
}
