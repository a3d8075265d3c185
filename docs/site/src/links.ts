/**
 * Links of Markdown files, as the site needs them. In the repository they lead from file to file, as they do on GitHub; here they lead
 * from page to page, and to the repository for what is no page.
 */
import type { MarkdownRenderer } from "vitepress"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { isExternal } from "../../../scripts/links.js"
import { linkTarget, root } from "./pages.js"

type StateCore = Parameters<Parameters<MarkdownRenderer["core"]["ruler"]["push"]>[1]>[0]
type Token = StateCore["tokens"][number]

/** What a link becomes: another link, or the path as code where the file cannot be linked to. */
export type Target = { readonly href: string } | { readonly path: string }

/**
 * Where a link of a file leads. Both are named from the top of the workspace.
 *
 * Throws for a link to something that does not exist, which ends the build.
 */
export const resolveLink = (file: string, link: string, repository: string | undefined): Target => {
  if (isExternal(link) || link.startsWith("#")) return { href: link }
  const [path, anchor] = link.split("#")
  const target = Path.posix.join(Path.posix.dirname(file), path!).replace(/\/$/, "")
  const hash = anchor === undefined ? "" : `#${anchor}`
  if (target === "README.md") return { href: `/${hash}` }
  const page = linkTarget(target)
  if (page !== undefined) return { href: `/${page}${hash}` }
  const onDisk = Fs.statSync(Path.join(root, target), { throwIfNoEntry: false })
  if (onDisk === undefined) throw new Error(`${file}: the link "${link}" leads to nothing`)
  if (repository === undefined) return { path: target }
  return { href: `${repository}/${onDisk.isDirectory() ? "tree" : "blob"}/main/${target}${hash}` }
}

const textOf = (tokens: ReadonlyArray<Token>): string => tokens.map(({ content }) => content).join("")

/** The tokens of a link that leads nowhere here: its text, and the path where the text does not say it. */
const asText = (state: StateCore, inner: ReadonlyArray<Token>, path: string): ReadonlyArray<Token> => {
  const text = textOf(inner)
  if (path === text || path.endsWith(`/${text}`)) {
    const code = new state.Token("code_inline", "code", 0)
    code.content = path
    return [code]
  }
  const before = new state.Token("text", "", 0)
  const code = new state.Token("code_inline", "code", 0)
  const after = new state.Token("text", "", 0)
  before.content = " ("
  code.content = path
  after.content = ")"
  return [...inner, before, code, after]
}

/** The file that a text comes from, from the top of the workspace. */
export const fileOf = (env: { readonly realPath?: string; readonly path?: string }): string =>
  Path.relative(root, env.realPath ?? env.path ?? "")
    .split(Path.sep)
    .join("/")

/** A rule of markdown-it that changes all links of a page. */
export const changeLinks =
  (repository: string | undefined) =>
  (state: StateCore): void => {
    const file = fileOf(state.env)
    for (const block of state.tokens) {
      if (block.type !== "inline" || block.children === null) continue
      const children: Array<Token> = []
      let open: { readonly path: string; readonly inner: Array<Token> } | undefined
      for (const token of block.children) {
        if (token.type === "link_open") {
          const target = resolveLink(file, decodeURI(token.attrGet("href") ?? ""), repository)
          if ("href" in target) {
            token.attrSet("href", target.href)
            children.push(token)
          } else {
            open = { path: target.path, inner: [] }
          }
        } else if (open !== undefined && token.type === "link_close") {
          children.push(...asText(state, open.inner, open.path))
          open = undefined
        } else if (open === undefined) {
          children.push(token)
        } else {
          open.inner.push(token)
        }
      }
      block.children = children
    }
  }
