/** The tables of the documentation that are made of the contract and of `operations.ts`. */
import { markdown } from "./operations.js"
import { pythonTable } from "./python.js"

export interface Table {
  /** The page, from the root of the repository. */
  readonly page: string
  readonly text: string
}

export const tables = (): ReadonlyArray<Table> => [
  ...markdown()
    .split("\n\n")
    .map((text) => ({ page: "docs/operations.md", text })),
  { page: "docs/guides/from-python.md", text: pythonTable() }
]

const isRow = (line: string): boolean => line.startsWith("|")
const cells = (line: string): string => line.replace(/\s*\|\s*/g, "|")
const isRule = (line: string): boolean => /^\|[\s:|-]+\|$/.test(line)

/** The rows of the table in a page, without the spaces that the formatter puts into them. The table is found by its first row. */
export const rowsIn = (page: string, table: string): ReadonlyArray<string> => {
  const lines = page.split("\n")
  const start = lines.findIndex((line) => cells(line) === cells(table.split("\n")[0]!))
  if (start === -1) return []
  const rest = lines.slice(start)
  const end = rest.findIndex((line) => !isRow(line))
  return rest
    .slice(0, end === -1 ? undefined : end)
    .filter((line) => !isRule(line))
    .map(cells)
}

/** The page with the new table in the place of the old one. */
export const withTable = (page: string, table: string): string => {
  const lines = page.split("\n")
  const start = lines.findIndex((line) => cells(line) === cells(table.split("\n")[0]!))
  if (start === -1) throw new Error(`the page has no table that begins with ${table.split("\n")[0]}`)
  const length = lines.slice(start).findIndex((line) => !isRow(line))
  return [...lines.slice(0, start), table, ...(length === -1 ? [] : lines.slice(start + length))].join("\n")
}
