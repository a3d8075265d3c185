/**
 * Suggestions for misspelled names. In: an unknown name, and the known names. Out: the end of a sentence for the person who wrote the name.
 */

/** The number of single changes from one text to another: insertions, deletions, replacements, and swaps of neighbours. */
const distance = (from: string, to: string): number => {
  let beforeLast: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1))
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1)
      }
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[to.length]!
}

/** Letters and digits only, so that `max-body-bytes` is near `maxBodyBytes`. */
const plain = (name: string): string => name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase()

/** `did you mean 'contains'?` when a known name is near, else the list of the known names. */
export const closest = (name: string, known: ReadonlyArray<string>): string => {
  const ranked = known
    .map((candidate) => ({ candidate, changes: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.changes - b.changes)
  const [best] = ranked
  // Two fifths of the letters may differ: more would suggest words that have nothing in common.
  if (best !== undefined && best.changes <= Math.max(1, Math.floor(plain(name).length * 0.4))) {
    return `did you mean '${best.candidate}'?`
  }
  return `known are ${known.join(", ")}`
}
