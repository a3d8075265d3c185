/** When the site, and the reference that is part of it, have to be built again. */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { published } from "../../../scripts/published.js"
import { api, dist, filesUnder, root, site } from "./pages.js"

/** Names and times of files. A new, removed or changed file gives another text. */
const stateOf = (files: ReadonlyArray<string>): string => {
  const hash = Crypto.createHash("sha256")
  for (const file of files) hash.update(`${file} ${Fs.statSync(Path.join(root, file)).mtimeMs}\n`)
  return hash.digest("hex")
}

const sources = (): ReadonlyArray<string> => published.flatMap((name) => filesUnder(`packages/${name}/src`, ".ts"))

/** The source files of the reference. */
const ofReference = (): ReadonlyArray<string> => [...sources(), ...filesUnder("packages/reference/src", ".ts")]

/** The source files of the site. */
const ofSite = (): ReadonlyArray<string> => [
  ...sources(),
  ...filesUnder(api, ".md"),
  ...filesUnder("docs", ".md"),
  ...["ts", "css", "vue", "json"].flatMap((extension) =>
    filesUnder("docs/site", `.${extension}`).filter(
      (file) => !/^docs\/site\/(?:test|\.vitepress\/(?:dist|cache|\.temp))\//.test(file)
    )
  ),
  ...filesUnder("packages/emulator/contract", ".json"),
  "scripts/links.ts",
  "scripts/snippets.ts",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "packages/friendli/package.json",
  "pnpm-lock.yaml"
]

const cache = Path.join(site, ".vitepress/cache")

/** Whether something was made from the current files. */
const isCurrent = (name: string, files: () => ReadonlyArray<string>, made: string): boolean => {
  const note = Path.join(cache, name)
  return Fs.existsSync(made) && Fs.existsSync(note) && Fs.readFileSync(note, "utf8") === stateOf(files())
}

const keep = (name: string, files: ReadonlyArray<string>): void => {
  Fs.mkdirSync(cache, { recursive: true })
  Fs.writeFileSync(Path.join(cache, name), stateOf(files))
}

/** `pnpm docs:api` also makes the reference, but writes no note. Then the reference is as new as its pages. */
export const isReferenceCurrent = (): boolean => {
  const pages = filesUnder(api, ".md")
  if (pages.length === 0) return false
  const time = (file: string): number => Fs.statSync(Path.join(root, file)).mtimeMs
  return Math.min(...pages.map(time)) > Math.max(...ofReference().map(time))
}

export const isSiteCurrent = (): boolean => isCurrent("site", ofSite, Path.join(dist, "index.html"))

export const keepSite = (): void => keep("site", ofSite())
