/** The part of a table that a file takes: the unit tests take the examples, the exhaustive tests the others. */
export type Part = "examples" | "others"

type Row = string | number | readonly [unknown, ...ReadonlyArray<unknown>]

const nameOf = (row: Row): unknown => (typeof row === "object" ? row[0] : row)

/**
 * The rows of one part of a table. The examples are one at least for each behaviour. They are given by name, which is the first value
 * of a row, or chosen by a function where rows have no names. A name that no row has is an error, so that no example gets lost.
 */
export const rowsOf = <R extends Row>(
  part: Part,
  table: ReadonlyArray<R>,
  examples: ReadonlyArray<string | number> | ((row: R, at: number) => boolean)
): ReadonlyArray<R> => {
  if (typeof examples === "function") return table.filter((row, at) => examples(row, at) === (part === "examples"))
  for (const name of examples) {
    if (!table.some((row) => nameOf(row) === name)) throw new Error(`no row of the table is named ${String(name)}`)
  }
  return table.filter((row) => examples.some((name) => nameOf(row) === name) === (part === "examples"))
}
