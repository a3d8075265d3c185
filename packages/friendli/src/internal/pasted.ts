/**
 * Recognizes common mistakes in pasted values: the whole line of an `.env` file, quotation marks, a variable that was not expanded. In:
 * the text of a token, an id or a URL. Out: a sentence about the problem, or `undefined`. Sentences never repeat the text.
 */

/** `FRIENDLI_TOKEN=flp_…`, with `export` or `set` before it. Base64 has its equals signs at the end. */
const assignment =
  /^(?:(?:export|set)\s+)?(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|[a-z_]*(?:token|key|auth|team|url)[a-z_]*)=(?=[^=])/i

/** Straight, curved and angled quotation marks, and backticks. */
const quotes = /["'`\u2018-\u201f\u00ab\u00bb]/

/** Quotation marks at one of the ends. */
const outerQuotes = /^["'`\u2018-\u201f\u00ab\u00bb]|["'`\u2018-\u201f\u00ab\u00bb]$/

/** `${NAME}`, `$NAME`, `%NAME%`, `{{ name }}`, `$(command)` */
const reference = /^%\w+%$|\$[{(]|\{\{|^\$\w+$/

/** The sentence for a variable that was not replaced. */
const template = (subject: string): string =>
  `${subject} has a variable in it that was not replaced by its value; shells, not programs, expand "$NAME"`

/** What is wrong with a token or an id, as a sentence that does not repeat it. `subject` is `the token`. */
export const pastedInId = (subject: string, text: string): string | undefined => {
  if (assignment.test(text)) {
    return `${subject} begins with the name of a variable and "="; give only what comes after it`
  }
  if (quotes.test(text)) {
    return `${subject} has quotation marks in it; leave them out (docker --env-file, for example, keeps them)`
  }
  if (reference.test(text)) return template(subject)
  if (/[${}]/.test(text)) return `${subject} has "$" or a brace in it, which is never valid; was it copied whole?`
  if (/[<>]/.test(text)) return `${subject} is a placeholder in angle brackets; replace it by the real value`
  return undefined
}

/** The same for a URL, in which a `$` is allowed. */
export const pastedInUrl = (text: string): string | undefined => {
  if (assignment.test(text)) {
    return 'the base URL begins with the name of a variable and "="; give only what comes after it'
  }
  if (outerQuotes.test(text)) return "the base URL has quotation marks around it; leave them out"
  if (reference.test(text)) return template("the base URL")
  return undefined
}
