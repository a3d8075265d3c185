/** Follows every internal link and anchor of built pages. VitePress itself checks only the files of links in Markdown, and no anchors. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Parser } from "htmlparser2"

/** The text of the built pages, by their paths. */
export const filesOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    Fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".html"))
      .map((file) => [file.split(Path.sep).join("/"), Fs.readFileSync(Path.join(folder, file), "utf8")])
  )

interface Page {
  readonly ids: ReadonlySet<string>
  readonly links: ReadonlySet<string>
}

const read = (html: string): Page => {
  const ids = new Set<string>()
  const links = new Set<string>()
  const parser = new Parser({
    onopentag: (name, { href, id }) => {
      if (id !== undefined) ids.add(id)
      if (name === "a" && href !== undefined) links.add(href)
    }
  })
  parser.end(html)
  return { ids, links }
}

/** Links to a missing page or anchor, each with the page that contains it. */
export const problemsOf = (pages: ReadonlyMap<string, string>): ReadonlyArray<string> => {
  const known = new Map([...pages].map(([path, html]) => [path, read(html)]))
  const isThere = (path: string, anchor: string): boolean => {
    const page = known.get(path === "" || path.endsWith("/") ? `${path}index.html` : path)
    return page !== undefined && (anchor === "" || page.ids.has(anchor))
  }
  return [...known].flatMap(([page, { links }]) =>
    [...links]
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const { hash, pathname } = new URL(link, `http://site/${page}`)
        return !isThere(decodeURIComponent(pathname.slice(1)), decodeURIComponent(hash.slice(1)))
      })
      .map((link) => `${page}: ${link}`)
  )
}
