/** Writes the tables of operations into the documentation: `pnpm contract:tables`. Run `pnpm format` after it. */
import { readFileSync, writeFileSync } from "node:fs"
import { tables, withTable } from "./tables.js"

const root = new URL("../../../../", import.meta.url)

for (const { page, text } of tables()) {
  const file = new URL(page, root)
  writeFileSync(file, withTable(readFileSync(file, "utf8"), text))
}
