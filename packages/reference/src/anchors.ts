/** Corrects anchors in links: TypeDoc numbers items with the same name, but the pages number headings with the same text. */
import { links, prose } from "../../../scripts/links.js"
import * as Path from "node:path"

/** The texts of pages by their paths. */
export type Texts = ReadonlyMap<string, string>

/** The anchors of a page: the second heading with the same words ends with `-1`. */
export const numberedAnchors = (markdown: string): ReadonlySet<string> => {
  const counts = new Map<string, number>()
  const found = new Set<string>()
  for (const [, heading] of prose(markdown).matchAll(/^#+ (.*)$/gm)) {
    const slug = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-")
    const count = counts.get(slug) ?? 0
    counts.set(slug, count + 1)
    found.add(count === 0 ? slug : `${slug}-${count}`)
  }
  return found
}

/** The anchor that a link should have: its own, or the anchor of the last heading with these words. */
const nearest = (anchor: string, found: ReadonlySet<string>): string | undefined => {
  if (found.has(anchor)) return anchor
  const [, words, count] = /^(.*?)-(\d+)$/.exec(anchor) ?? []
  for (let index = Number(count ?? 0) - 1; index >= 0; index--) {
    const lower = index === 0 ? words! : `${words}-${index}`
    if (found.has(lower)) return lower
  }
  return undefined
}

/** The changed pages, with links to existing headings, and the links without a heading. */
export const correctAnchors = (texts: Texts): { readonly changed: Texts; readonly broken: ReadonlyArray<string> } => {
  const anchors = new Map([...texts].map(([path, text]) => [path, numberedAnchors(text)]))
  const changed = new Map<string, string>()
  const broken: Array<string> = []
  for (const [path, text] of texts) {
    let mended = text
    for (const link of new Set(links(text))) {
      const [file, anchor] = link.split("#")
      const target = file === "" ? path : Path.posix.join(Path.posix.dirname(path), file!)
      if (anchor === undefined || /^[a-z]+:/.test(link)) continue
      const found = nearest(anchor, anchors.get(target) ?? new Set())
      if (found === undefined) broken.push(`${path}: ${link}`)
      else if (found !== anchor) mended = mended.replaceAll(`](${link})`, `](${file}#${found})`)
    }
    if (mended !== text) changed.set(path, mended)
  }
  return { changed, broken }
}
