import * as Fs from "node:fs"
import * as Os from "node:os"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Of what was compared. */
  readonly versions: Readonly<Record<string, string>>
}

const packages = [
  "effect",
  "@effect/platform",
  "@effect/platform-node",
  "openai",
  "@friendliai/ai-provider",
  "ai",
  "undici",
  "esbuild",
  "rolldown"
]

const versionOf = (name: string): string => {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(Fs.readFileSync(manifest, "utf8")) as { readonly version: string }).version
}

/** What figures depend on; nothing that tells whose machine it is. */
export const machine = (): Machine => ({
  cpu: Os.cpus()[0]?.model.trim() ?? "unknown",
  cores: Os.cpus().length,
  memoryGiB: Math.round(Os.totalmem() / 2 ** 30),
  system: `${Os.platform()} ${Os.arch()}`,
  node: process.version,
  versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)]))
})
