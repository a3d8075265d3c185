/** The regular expression of a condition. `/…/flags` is read as in JavaScript; any other text is the pattern itself. */
export const patternOf = (source: string | RegExp): RegExp => {
  if (source instanceof RegExp) return source
  const literal = /^\/(.+)\/([a-z]*)$/s.exec(source)
  return literal === null ? new RegExp(source) : new RegExp(literal[1]!, literal[2])
}
