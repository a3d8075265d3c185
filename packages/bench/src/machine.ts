import * as Fs from "node:fs"
import * as Os from "node:os"
import { contenders, type Entry } from "./contenders/index.js"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** The version of undici in Node's own `fetch`. */
  readonly undiciOfNode: string
  /** The compared packages, by their names in `node_modules`. */
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

/** The facts that figures depend on, without anything that identifies the machine. */
export const machine = (): Machine => ({
  cpu: Os.cpus()[0]?.model.trim() ?? "unknown",
  cores: Os.cpus().length,
  memoryGiB: Math.round(Os.totalmem() / 2 ** 30),
  system: `${Os.platform()} ${Os.arch()}`,
  node: process.version,
  undiciOfNode: process.versions.undici ?? "unknown",
  packages: Object.fromEntries(packages.map((folder) => [folder, packageOf(folder)]))
})
