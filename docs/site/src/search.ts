/** The search of the site: its results, and their accessibility. The index is made when the site is built, and is loaded when a user searches. */
import type { MarkdownEnv } from "vitepress"
import { fileOf } from "./links.js"
import { api } from "./pages.js"

const fence = /^( *)(`{3,}|~{3,})[^\n]*\n([\s\S]*?)^ *\2[`~]*$/gm

/** Removes text that is the same in every entry of the reference: signatures, and the lists of parameters below each function. */
const withoutLists = (text: string): string =>
  text
    .replace(fence, "")
    .replace(/^#{4,} .*\n(?:(?!#{1,3} |\*\*\*).*\n)*/gm, "")
    .replace(/^\*\*\*$/gm, "")

/** Highlighting is the most expensive step, and the search index does not need it. */
const withoutLanguages = (text: string): string => text.replace(fence, "$1$2txt\n$3$1$2")

interface Renderer {
  readonly render: (text: string, env: MarkdownEnv) => string
}

const rendered = new Map<string, string>()

/** The HTML of a page for the index. VitePress calls this twice: for the pages, and for the server part of the build. */
export const renderForSearch = (text: string, env: MarkdownEnv, md: Renderer): string => {
  const file = fileOf(env)
  const known = rendered.get(file)
  if (known !== undefined) return known
  const html = md.render(file.startsWith(`${api}/`) ? withoutLists(text) : withoutLanguages(text), env)
  const result = env.frontmatter?.["search"] === false ? "" : html
  rendered.set(file, result)
  return result
}

/** Changes of the markup of VitePress: from, to. */
const changes: ReadonlyArray<readonly [from: string, to: string]> = [
  [`<kbd :aria-label=`, `<kbd role="img" :aria-label=`],
  [
    `      role="button"
      :aria-owns="results?.length ? 'localsearch-list' : undefined"
      aria-expanded="true"
      aria-haspopup="listbox"
      aria-labelledby="localsearch-label"`,
    `      role="dialog"
      aria-modal="true"
      aria-labelledby="localsearch-label"`
  ],
  [
    `            :id="'localsearch-item-' + index"
            :aria-selected="selectedIndex === index ? 'true' : 'false'"
            role="option"`,
    `            role="none"`
  ],
  [
    `              :aria-label="[...p.titles, p.title].join(' > ')"`,
    `              :id="'localsearch-item-' + index"
              :aria-selected="selectedIndex === index ? 'true' : 'false'"
              role="option"`
  ]
]

/**
 * Makes the search box usable with a screen reader. In VitePress it is a button that contains everything, and each result is an option that
 * contains a link. Both are not allowed. Here the box is a dialog, the link is the option, and its name is the visible text. Throws if another
 * version of VitePress has another markup.
 */
export const mendSearchBox = (component: string): string =>
  changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error("the search box of VitePress has changed: see src/search.ts")
    return text.replaceAll(from, to)
  }, component)
