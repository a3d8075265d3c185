/**
 * Tables that can be sorted by a column. The head cells are buttons, so they also work with the keyboard. The first press sorts in ascending
 * order, the second in descending order, and the third restores the order of the report.
 */

const factors: Readonly<Record<string, number>> = {
  ns: 1e-9,
  µs: 1e-6,
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  KiB: 1024,
  MB: 1e6,
  MiB: 1024 ** 2,
  GB: 1e9,
  GiB: 1024 ** 3
}

/** The sort key of a cell: a number with its unit, otherwise the text. */
export const keyOf = (text: string): number | string => {
  const [, digits, unit] = /^[≤≥<>~±+]*\s*(-?[\d,]*\.?\d+)\s*([^\s\d]+)?(?:\s|$)/.exec(text.trim()) ?? []
  if (digits === undefined) return text.trim().toLowerCase()
  // a word that is not a unit does not change the number: "2 requests"
  return Number(digits.replaceAll(",", "")) * (factors[unit ?? ""] ?? 1)
}

const collator = new Intl.Collator("en", { numeric: true })

/** Numbers before texts, and empty cells last in both directions. */
export const compare = (a: number | string, b: number | string, direction: 1 | -1): number => {
  if (a === b) return 0
  if (a === "" || b === "") return a === "" ? 1 : -1
  if (typeof a === "number" && typeof b === "number") return (a - b) * direction
  if (typeof a === "number" || typeof b === "number") return (typeof a === "number" ? -1 : 1) * direction
  return collator.compare(a, b) * direction
}

type Order = "ascending" | "descending" | undefined

const next: Readonly<Record<string, Order>> = { none: "ascending", ascending: "descending" }

/** The rows of tables in the order of the report. */
const originals = new WeakMap<HTMLTableSectionElement, ReadonlyArray<HTMLTableRowElement>>()

const sort = (head: HTMLTableCellElement): void => {
  const body = head.closest("table")?.tBodies[0]
  const cells = [...(head.parentElement?.children ?? [])]
  if (body === undefined) return
  const rows = originals.get(body) ?? [...body.rows]
  originals.set(body, rows)
  const order = next[head.getAttribute("aria-sort") ?? "none"]
  for (const cell of cells) cell.removeAttribute("aria-sort")
  if (order !== undefined) head.setAttribute("aria-sort", order)
  const column = cells.indexOf(head)
  const direction = order === "descending" ? -1 : 1
  const keyed = rows.map((row) => ({ row, key: keyOf(row.cells[column]?.textContent ?? "") }))
  if (order !== undefined) keyed.sort((a, b) => compare(a.key, b.key, direction))
  body.append(...keyed.map(({ row }) => row))
}

/** Sorts the tables of all pages that are shown in the document. */
export const watchTables = (document: Document): void => {
  document.addEventListener("click", ({ target }) => {
    const head = target instanceof Element ? target.closest("button.sort")?.closest("th") : undefined
    if (head) sort(head)
  })
}
