/** Prepares declarations for a search for words: comments and string literals are blanked, and line numbers do not change. */

const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g

/** Template literal types stay, because they contain types. */
export const withoutCommentsAndStrings = (text: string): string =>
  text.replace(tokens, (token) => token.replace(/[^\n]/g, " "))
