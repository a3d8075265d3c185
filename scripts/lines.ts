/** Counts the lines of a source file by their content. */
export interface Lines {
  readonly code: number
  readonly documentation: number
}

/** Strings and templates come first, so that text inside them that looks like a comment does not count; `/` in a regular expression is escaped. */
const tokens =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<=[(,=:[!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\//g

const isComment = (token: string): boolean => token.startsWith("//") || token.startsWith("/*")

/** Counts lines of code and of documentation. Blank lines do not count. */
export const countLines = (text: string): Lines => {
  const withoutComments = text
    .replace(tokens, (token) => (isComment(token) ? token.replace(/[^\n]/g, "") : token))
    .split("\n")
  const lines = text.split("\n").map((line, index) => ({
    isBlank: line.trim() === "",
    isCode: withoutComments[index]!.trim() !== ""
  }))
  return {
    code: lines.filter(({ isCode }) => isCode).length,
    documentation: lines.filter(({ isBlank, isCode }) => !isBlank && !isCode).length
  }
}
