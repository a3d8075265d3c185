/**
 * Which Markdown files are pages of the site, and their paths. The files are not moved in the repository. Only this module has both names of a
 * file.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

/** The root of the workspace. File names are relative to it, with `/` between the folders. */
export const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "../../..")

/** The folder of the site. */
export const site = Path.join(root, "docs/site")

/** The folder of the built site. */
export const dist = Path.join(site, ".vitepress/dist")

/** The output folder of `pnpm docs:api`. */
export const api = "packages/reference/api"

const playground = "docs/site/playground.md"

/** Whether the playground is part of this site. */
export const hasPlayground = Fs.existsSync(Path.join(site, "playground/Playground.vue"))

/** Pages whose tables can be sorted: long tables of facts. */
export const sortable: ReadonlySet<string> = new Set([
  "docs/operations.md",
  "docs/performance.md",
  "docs/reliability.md",
  "docs/runtimes.md"
])

const alone: Readonly<Record<string, string>> = {
  "docs/site/index.md": "index.md",
  "docs/site/reference.md": "reference/index.md",
  "docs/README.md": "guides/index.md",
  "docs/decisions/README.md": "decisions/index.md",
  "ARCHITECTURE.md": "project/architecture.md",
  "CONTRIBUTING.md": "project/contributing.md",
  "SECURITY.md": "project/security.md",
  ...(hasPlayground ? { [playground]: "playground.md" } : {})
}

/** A page of the reference without the folder that a module with namespaces is in: `Chat/README.md` is `Chat.md`. */
const referencePage = (path: string): string =>
  /^[^/]+\/README\.md$/.test(path) ? path.replace(/README\.md$/, "index.md") : path.replace(/\/README\.md$/, ".md")

/** The page of a Markdown file, or undefined for a file that is not part of the site. */
export const pageOf = (file: string): string | undefined => {
  const known = alone[file]
  if (known !== undefined) return known
  if (file.startsWith(`${api}/`)) return `reference/${referencePage(file.slice(api.length + 1))}`
  return /^docs\/(?:guides\/|decisions\/)?[^/]+\.md$/.test(file) ? file.slice("docs/".length) : undefined
}

/** The page for a link to a file. Links to the README of the reference go to the reference itself. */
export const linkTarget = (file: string): string | undefined =>
  file === "packages/reference/README.md" ? pageOf("docs/site/reference.md") : pageOf(file)

/** Patterns of Markdown files in the workspace that are not part of the site. */
export const excluded: ReadonlyArray<string> = [
  "README.md",
  "**/CHANGELOG.md",
  "packages/!(reference)/**",
  "packages/reference/!(api)",
  "docs/site/*/**",
  "scripts/**",
  ...(hasPlayground ? [] : [playground])
]

/** The names of files below a folder, in a fixed order, without installed packages. */
export const filesUnder = (folder: string, extension: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const walk = (path: string): void => {
    for (const entry of Fs.readdirSync(Path.join(root, path), { withFileTypes: true })) {
      const child = `${path}/${entry.name}`
      if (entry.isDirectory() && entry.name !== "node_modules") walk(child)
      else if (entry.isFile() && entry.name.endsWith(extension)) found.push(child)
    }
  }
  if (Fs.existsSync(Path.join(root, folder))) walk(folder)
  return found.toSorted()
}

/** The URL of the repository, if the owner has written it into the package of the SDK. */
export const repository = (): string | undefined => {
  const description: unknown = JSON.parse(Fs.readFileSync(Path.join(root, "packages/friendli/package.json"), "utf8"))
  const { repository: value } = description as { readonly repository?: string | { readonly url?: string } }
  const url = typeof value === "string" ? value : value?.url
  return url?.replace(/^git\+/, "").replace(/\.git$/, "")
}
