/** Reads declarations as a checker of words needs them: comments and string literals blanked, every line in its place. */

const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g

/** Template literal types stay, because they contain types. */
export const withoutCommentsAndStrings = (text: string): string =>
  text.replace(tokens, (token) => token.replace(/[^\n]/g, " "))
