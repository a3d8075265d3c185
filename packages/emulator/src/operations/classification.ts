/**
 * Classifications, by the words of a text. In: texts or tokens. Out: a label and the probability of each
 * class, for each text.
 */
import { classify as classifyText, labels } from "../engine/sentiment.js"
import { inputsOf } from "./inputs.js"
import type { JsonRecord } from "../base/json.js"
import type { Answer, OperationContext } from "./operation.js"
import { yieldToEventLoop } from "../base/time.js"

/** Classifies each text of the input. */
export const classify = async (body: JsonRecord, context: OperationContext): Promise<Answer> => {
  const read = inputsOf(body, context)
  if (read.kind !== "inputs") return read
  const data: Array<JsonRecord> = []
  for (const [index, text] of read.texts.entries()) {
    const { label, probs } = classifyText(text)
    data.push({ index, label, num_classes: labels.length, probs })
    await yieldToEventLoop()
    if (context.signal.aborted) break
  }
  return {
    kind: "json",
    value: { object: "list", data, usage: { prompt_tokens: read.tokens, total_tokens: read.tokens } }
  }
}
