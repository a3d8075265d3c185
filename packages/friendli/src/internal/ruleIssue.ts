/** Issues of rules that concern several fields of a request, for the filter of its schema. */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { SentenceId } from "./annotations.js"

/** An issue of one field, as one sentence without any input. */
export const ruleIssue = (field: string, value: unknown, sentence: string): ParseResult.ParseIssue => {
  const { ast } = Schema.Never.annotations({ [SentenceId]: sentence, message: () => sentence })
  return new ParseResult.Pointer(field, value, new ParseResult.Type(ast, value))
}
