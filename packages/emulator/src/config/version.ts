/** The version of this package, for `--version` and the first message. */
import { readFileSync } from "node:fs"

/** Reads the package's manifest. */
export const readVersion = (): string => {
  const manifest = new URL("../../package.json", import.meta.url)
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version
}
