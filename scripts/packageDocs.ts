/**
 * Copies the documentation into the SDK's folder for its tarball, so that a user or a coding agent gets it with the npm package: the guides, the
 * short programs, `AGENTS.md` and `llms.txt`. The copies are not in git; `pnpm build` makes them.
 *
 * A link between two copied pages is kept. A link to another file of the repository becomes a URL of the repository, if the manifest has the
 * repository; otherwise only the text of the link remains.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { mapLinks } from "./links.js"

/** The path in the package for each copied file of the repository. Both paths are relative to their own root. */
export type Copies = ReadonlyMap<string, string>

interface Manifest {
  readonly name: string
  readonly description: string
  readonly repository?: { readonly url: string }
}

/** `https://github.com/owner/name` for `git+https://github.com/owner/name.git`. */
const repositoryOf = ({ repository }: Manifest): string | undefined =>
  repository?.url.replace(/^git\+/, "").replace(/\.git$/, "")

/** Removes the attributes of snippets, which only tests need. */
const withoutAttributes = (markdown: string): string =>
  markdown.replace(/^(\s*```ts)(?: run| no-run| no-check)+$/gm, "$1")

/** A page in its form for the package. */
export const adapt = (markdown: string, source: string, copies: Copies, repository: string | undefined): string => {
  const target = copies.get(source)!
  const follow = (link: string): string | undefined => {
    const [path, anchor] = link.split("#") as [string, string | undefined]
    const suffix = anchor === undefined ? "" : `#${anchor}`
    if (path === "") return link
    const linked = Path.posix.join(Path.posix.dirname(source), path)
    const copy = copies.get(linked)
    if (copy !== undefined) return Path.posix.relative(Path.posix.dirname(target), copy) + suffix
    return repository === undefined ? undefined : `${repository}/blob/HEAD/${linked}${suffix}`
  }
  return withoutAttributes(mapLinks(markdown, follow))
}

/** Removes list items of the index whose links do not exist in the package. */
const withoutEmptyEntries = (index: string): string =>
  index
    .split("\n")
    .filter((line) => !line.startsWith("- ") || line.includes("]("))
    .join("\n")

/** The rows of the index that link to a guide: title, path, and the question that the guide answers. */
const entries = (index: string): ReadonlyArray<string> =>
  [...index.matchAll(/^\| \[([^\]]+)\]\(([^)]+)\) *\| *([^|]+?) *\|$/gm)].map(
    ([, title, path, answers]) => `- [${title}](docs/${path}): ${answers}`
  )

/** The index in the form of llmstxt.org: a title, a summary, and a list of links with a description each. */
export const llmsTxt = (manifest: Manifest, index: string, examples: ReadonlyArray<string>): string =>
  [
    `# ${manifest.name}`,
    "",
    `> ${manifest.description}`,
    "",
    "The rules for writing code with this package are in [AGENTS.md](AGENTS.md). Every public export has a docstring in `dist/*.d.ts`, and the sources",
    "are in `src`. All paths are relative to this file.",
    "",
    "## Guides",
    "",
    ...entries(index),
    "",
    "## Programs",
    "",
    ...examples.map((path) => `- [${Path.posix.basename(path, ".ts").replaceAll("-", " ")}](${path})`),
    ""
  ].join("\n")

/** Writes the documentation of the SDK into its folder. */
export const writePackageDocs = (root: string): void => {
  const home = Path.join(root, "packages/friendli")
  const manifest = JSON.parse(Fs.readFileSync(Path.join(home, "package.json"), "utf8")) as Manifest
  const filesIn = (folder: string, extension: string): ReadonlyArray<string> =>
    Fs.readdirSync(Path.join(root, folder))
      .filter((file) => file.endsWith(extension))
      .toSorted()
      .map((file) => `${folder}/${file}`)
  const examples = filesIn("packages/examples/src", ".ts")
  const copies: Copies = new Map([
    ["docs/agents.md", "AGENTS.md"],
    ["packages/friendli/README.md", "README.md"],
    ["docs/README.md", "docs/README.md"],
    ["docs/runtimes.md", "docs/runtimes.md"],
    ...filesIn("docs/guides", ".md").map((file) => [file, file] as const),
    ["packages/examples/src", "docs/examples"],
    ...examples.map((file) => [file, `docs/examples/${Path.posix.basename(file)}`] as const)
  ])
  Fs.rmSync(Path.join(home, "docs"), { recursive: true, force: true })
  for (const folder of ["docs/guides", "docs/examples"]) Fs.mkdirSync(Path.join(home, folder), { recursive: true })
  const repository = repositoryOf(manifest)
  const write = (path: string, text: string): void => Fs.writeFileSync(Path.join(home, path), text)
  const read = (path: string): string => Fs.readFileSync(Path.join(root, path), "utf8")
  for (const [source, target] of copies) {
    // the README is already in the package
    if (target === "README.md" || target === "docs/examples") continue
    const text = read(source)
    if (!source.endsWith(".md")) write(target, text)
    else if (target === "docs/README.md") write(target, withoutEmptyEntries(adapt(text, source, copies, repository)))
    else write(target, adapt(text, source, copies, repository))
  }
  write(
    "llms.txt",
    llmsTxt(
      manifest,
      read("docs/README.md"),
      examples.map((file) => copies.get(file)!)
    )
  )
}
