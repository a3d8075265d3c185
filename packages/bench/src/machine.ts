import * as Fs from "node:fs"
import * as Os from "node:os"
import { contenders, type Entry } from "./contenders/index.js"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** What Node's own `fetch` is made of. */
  readonly undiciOfNode: string
  /** Of what was compared, by its name in `node_modules`. */
  readonly packages: Readonly<Record<string, Package>>
}

export interface Package {
  readonly name: string
  readonly version: string
}

const packages = [
  ...new Set(Object.values<Entry>(contenders).flatMap((contender) => contender.packages)),
  "esbuild",
  "rolldown"
]

const packageOf = (folder: string): Package => {
  const manifest = new URL(`../node_modules/${folder}/package.json`, import.meta.url)
  const { name, version } = JSON.parse(Fs.readFileSync(manifest, "utf8")) as Package
  return { name, version }
}

/** What figures depend on; nothing that tells whose machine it is. */
export const machine = (): Machine => ({
  cpu: Os.cpus()[0]?.model.trim() ?? "unknown",
  cores: Os.cpus().length,
  memoryGiB: Math.round(Os.totalmem() / 2 ** 30),
  system: `${Os.platform()} ${Os.arch()}`,
  node: process.version,
  undiciOfNode: process.versions.undici ?? "unknown",
  packages: Object.fromEntries(packages.map((folder) => [folder, packageOf(folder)]))
})
