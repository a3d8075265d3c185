/** Follows every internal link and anchor of built pages. */
import * as Fs from "node:fs"
import * as Path from "node:path"

/** The built pages: their text by their path. */
export const filesOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    Fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".html"))
      .map((file) => [file.split(Path.sep).join("/"), Fs.readFileSync(Path.join(folder, file), "utf8")])
  )

const decoded = (text: string): string => decodeURIComponent(text.replaceAll("&amp;", "&"))

const idsOf = (html: string): ReadonlySet<string> => new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!))

/** Links that lead to a page or an anchor that is not there, each with the page that has it. */
export const problemsOf = (pages: ReadonlyMap<string, string>): ReadonlyArray<string> => {
  const ids = new Map([...pages].map(([path, html]) => [path, idsOf(html)]))
  const isThere = (path: string, anchor: string): boolean => {
    const known = ids.get(path === "" || path.endsWith("/") ? `${path}index.html` : path)
    return known !== undefined && (anchor === "" || known.has(anchor))
  }
  return [...pages].flatMap(([page, html]) =>
    [...new Set([...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, link]) => link!))]
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const { hash, pathname } = new URL(link, `http://site/${page}`)
        return !isThere(decoded(pathname.slice(1)), decoded(hash.slice(1)))
      })
      .map((link) => `${page}: ${link}`)
  )
}
