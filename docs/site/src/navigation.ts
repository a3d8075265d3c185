/** The navigation, in the order of `docs/README.md`, the list of decisions, and the pages of the reference. */
import type { DefaultTheme } from "vitepress"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { api, filesUnder, hasPlayground, pageOf, root } from "./pages.js"

type Item = DefaultTheme.SidebarItem

const read = (file: string): string => Fs.readFileSync(Path.join(root, file), "utf8")

const linkTo = (file: string): string =>
  `/${pageOf(file)!
    .replace(/(^|\/)index\.md$/, "$1")
    .replace(/\.md$/, ".html")}`

const row = /^\| \[([^\]]+)\]\(([^)]+)\) +\|/
const heading = /^\| \*\*([^*]+)\*\* +\|/

/** The guides in the groups of the table. */
const guides = (): Array<Item> => {
  const first: Item & { items: Array<Item> } = { text: "Start", items: [{ text: "All guides", link: "/guides/" }] }
  const groups = [first]
  for (const line of read("docs/README.md").split("\n")) {
    const group = heading.exec(line)
    const guide = row.exec(line)
    if (group) groups.push({ text: group[1]!, items: [] })
    else if (guide) groups.at(-1)!.items.push({ text: guide[1]!, link: linkTo(`docs/${guide[2]!}`) })
  }
  return groups
}

const reports: ReadonlyArray<readonly [text: string, file: string]> = [
  ["Reliability", "docs/reliability.md"],
  ["Measurements", "docs/performance.md"],
  ["Runtimes", "docs/runtimes.md"]
]

const reportItems = (): Array<{ readonly text: string; readonly link: string }> =>
  reports
    .filter(([, file]) => Fs.existsSync(Path.join(root, file)))
    .map(([text, file]) => ({ text, link: linkTo(file) }))

/** The tables and reports that the guides do not have already: a page is in the sidebar once. */
const tables = (groups: ReadonlyArray<Item>): Item => {
  const shown = new Set(groups.flatMap(({ items = [] }) => items.map(({ link }) => link)))
  const items = [{ text: "Operations", link: linkTo("docs/operations.md") }, ...reportItems()]
  return { text: "Tables and reports", items: items.filter(({ link }) => !shown.has(link)) }
}

const project = (): Item => ({
  text: "Project",
  items: [
    { text: "Rules for coding agents", link: linkTo("docs/agents.md") },
    { text: "Architecture", link: linkTo("ARCHITECTURE.md") },
    { text: "Decisions", link: linkTo("docs/decisions/README.md") },
    { text: "Contributing", link: linkTo("CONTRIBUTING.md") },
    { text: "Security", link: linkTo("SECURITY.md") }
  ]
})

const decisions = (): Array<Item> => {
  const items = [...read("docs/decisions/README.md").matchAll(/^\| \[(\d+)\]\(([^)]+)\) +\| (.*?) +\|$/gm)].map(
    ([, number, file, title]) => ({
      text: `${number} ${title!.replaceAll("`", "")}`,
      link: linkTo(`docs/decisions/${file!}`)
    })
  )
  return [{ text: "Decisions", items: [{ text: "All decisions", link: "/decisions/" }, ...items] }]
}

/** A module of the reference: its name below the package, and its first sentence. */
export interface Module {
  readonly package: string
  readonly name: string
  readonly file: string
  readonly summary: string
}

const summaryOf = (text: string): string =>
  /^# .*\n\n((?:[^\n#][^\n]*\n)+)/
    .exec(text)?.[1]
    ?.replace(/\s+/g, " ")
    .trim()
    .replace(/(?<=\.) .*$/, "") ?? ""

/** The modules that have a page. Namespaces within a module also have pages, and the page of the module links to them. */
export const modules = (): ReadonlyArray<Module> =>
  filesUnder(api, ".md")
    .map((file) => ({ file, path: file.slice(api.length + 1) }))
    .filter(({ path }) => !path.includes("/namespaces/") && !/^[^/]+\/README\.md$/.test(path))
    .map(({ file, path }) => {
      const [package_, ...rest] = path.replace(/(?:\/README)?\.md$/, "").split("/")
      return { package: package_!, name: rest.join("/"), file, summary: summaryOf(read(file)) }
    })

/** The packages, the SDK first. */
const packagesOf = (all: ReadonlyArray<Module>): ReadonlyArray<string> => [
  ...new Set(["effect-friendli", ...all.map((module) => module.package)])
]

const reference = (): Array<Item> => {
  const all = modules()
  const itemsOf = (list: ReadonlyArray<Module>): Array<Item> =>
    list.map(({ file, name }) => ({ text: name.replace(/^(?:schema|testing)\//, ""), link: linkTo(file) }))
  return [
    { text: "API reference", items: [{ text: "All modules", link: "/reference/" }] },
    ...packagesOf(all).flatMap((name): Array<Item> => {
      const own = all.filter((module) => module.package === name)
      const inFolder = (folder: string): Array<Module> => own.filter((module) => module.name.startsWith(`${folder}/`))
      const folders = ["testing", "schema"].filter((folder) => inFolder(folder).length > 0)
      const top = own.filter((module) => !folders.some((folder) => module.name.startsWith(`${folder}/`)))
      return [
        { text: name, items: itemsOf(top) },
        ...folders.map((folder) => ({ text: `${name}/${folder}`, items: itemsOf(inFolder(folder)) }))
      ]
    })
  ]
}

/** A table of all modules, for the first page of the reference. */
export const moduleTables = (): string => {
  const all = modules()
  return packagesOf(all)
    .map((name) => {
      const rows = all
        .filter((module) => module.package === name)
        .map(
          (module) =>
            `| [${module.name.replace(/(?<=[a-z])(?=[A-Z])/g, "<wbr>")}](../../${module.file}) | ${module.summary.replaceAll("|", "\\|")} |`
        )
      return `## ${name}\n\n| module | description |\n| --- | --- |\n${rows.join("\n")}\n`
    })
    .join("\n")
}

export const nav = (): Array<DefaultTheme.NavItem> => [
  { text: "Guides", link: "/guides/first-steps.html", activeMatch: "^/guides/" },
  ...(hasPlayground ? [{ text: "Playground", link: "/playground.html" }] : []),
  { text: "Operations", link: linkTo("docs/operations.md") },
  { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
  { text: "Reports", items: reportItems() },
  { text: "Decisions", link: "/decisions/", activeMatch: "^/decisions/" }
]

export const sidebar = (): DefaultTheme.SidebarMulti => {
  const groups = guides()
  return {
    "/reference/": reference(),
    "/decisions/": decisions(),
    "/": [...groups, tables(groups), project()]
  }
}
