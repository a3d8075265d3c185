/** How the Markdown of the repository becomes HTML: the same content as on GitHub, with sortable tables and runnable programs. */
import type { MarkdownOptions, MarkdownRenderer } from "vitepress"
import { theme } from "./colours.js"
import { changeLinks, fileOf } from "./links.js"
import { api, repository, sortable } from "./pages.js"
import { programId, type Program } from "./programs.js"

/** The anchor of a heading, as GitHub makes it, so that a link with an anchor works in both places. */
export const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-")

/** Vue reads double braces in a text as an expression. As entities they are text. */
const withoutExpressions = (html: string): string => html.replaceAll("{{", "&#123;&#123;")

/** Columns are narrow: a path in code may wrap after a slash, and a name after a dot or an underscore. */
const withBreaks = (html: string): string =>
  html.replace(/>([^<]*)</g, (_, text: string) => {
    const places = text.includes("/") ? /\/(?=\w)/g : /[._](?=\w)/g
    return `>${text.replace(places, "$&<wbr>")}<`
  })

const button = (id: string): string =>
  `<div class="program-bar"><button type="button" class="program-run" data-program="${id}">Run</button>` +
  `<span class="program-note">runs in this page, with the emulator</span></div>`

const changeRules = (md: MarkdownRenderer, programs: ReadonlyMap<string, Program>): void => {
  const { rules } = md.renderer
  const { code_inline, fence, text } = rules
  rules.text = (...args) => withoutExpressions(text!(...args))
  rules.code_inline = (...args) => {
    const html = withoutExpressions(code_inline!(...args))
    return sortable.has(fileOf(args[3] as object)) ? withBreaks(html) : html
  }
  rules.fence = (...args) => {
    const [tokens, index, , env] = args
    const token = tokens[index]!
    const program = /^ts\b/.test(token.info) ? programs.get(programId(token.content)) : undefined
    // attributes of snippets are for the tests; VitePress would read them as highlighted lines
    token.info = token.info.trim().replace(/\s.*$/s, "")
    // a signature has one or two lines, and there are thousands of them
    if (fileOf(env as object).startsWith(`${api}/`) && !token.content.startsWith("import ")) token.info = ""
    const html = fence!(...args)
    const isPage = (env as { readonly realPath?: string }).realPath !== undefined
    return program === undefined || !isPage ? html : `<div class="program">${html}${button(program.id)}</div>\n`
  }
  // a head cell is a button if the table is sortable
  const isSortable = (env: object): boolean => sortable.has(fileOf(env))
  rules.th_open = (tokens, index, options, env, self) => {
    const cell = self.renderToken(tokens, index, options)
    const isEmpty = tokens[index + 1]?.content.trim() === ""
    return isSortable(env) && !isEmpty ? `${cell}<button type="button" class="sort">` : cell
  }
  rules.th_close = (tokens, index, options, env, self) => {
    const cell = self.renderToken(tokens, index, options)
    const isEmpty = tokens[index - 1]?.content.trim() === ""
    return isSortable(env) && !isEmpty ? `</button>${cell}` : cell
  }
}

/** Options of VitePress. `programs` are the programs that can run in a page. */
export const markdownOptions = (programs: ReadonlyMap<string, Program>): MarkdownOptions => ({
  theme,
  anchor: { slugify: slug },
  // show braces in a text as text
  attrs: { disable: true },
  codeCopyButtonTitle: "Copy the code",
  config: (md) => {
    md.core.ruler.disable("emoji")
    md.core.ruler.push("links-between-pages", changeLinks(repository()))
    changeRules(md, programs)
  }
})
