/** The middle of the values, or the mean of the two in the middle. */
export const median = (values: ReadonlyArray<number>): number => {
  if (values.length === 0) throw new Error("no values")
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The smallest value that this percentage of the values does not exceed. */
export const percentile = (values: ReadonlyArray<number>, percent: number): number => {
  if (values.length === 0) throw new Error("no values")
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]!
}

export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

export const spread = (values: ReadonlyArray<number>): Spread => ({
  median: median(values),
  lowest: Math.min(...values),
  highest: Math.max(...values)
})

/** Ratios within the rounds that both have, because other work on the machine slows both in a round. */
export const ratios = (values: ReadonlyArray<number>, references: ReadonlyArray<number>): Spread =>
  spread(values.slice(0, references.length).map((value, round) => value / references[round]!))
