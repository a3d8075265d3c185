/** The version of this package, for `--version`. */
import { readFileSync } from "node:fs"

/** Reads the package's manifest. */
export const readVersion = (): string => {
  const manifest = new URL("../../package.json", import.meta.url)
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version
}
