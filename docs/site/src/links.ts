/**
 * Converts links of Markdown files for the site. In the repository they link files, as on GitHub. On the site they link pages, or files of the
 * repository that are not pages.
 */
import type { MarkdownRenderer } from "vitepress"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { isExternal } from "../../../scripts/links.js"
import { linkTarget, root } from "./pages.js"

type StateCore = Parameters<Parameters<MarkdownRenderer["core"]["ruler"]["push"]>[1]>[0]
type Token = StateCore["tokens"][number]

/** The result for a link: another link, or the path as code if there is no URL for the file. */
export type Target = { readonly href: string } | { readonly path: string }

/**
 * The target of a link in a file. Both paths are relative to the root of the workspace.
 *
 * Throws if the target does not exist, which ends the build.
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
  if (onDisk === undefined) throw new Error(`${file}: the target of the link "${link}" does not exist`)
  if (repository === undefined) return { path: target }
  return { href: `${repository}/${onDisk.isDirectory() ? "tree" : "blob"}/main/${target}${hash}` }
}

const textOf = (tokens: ReadonlyArray<Token>): string => tokens.map(({ content }) => content).join("")

/** The tokens of a link without a target on the site: its text, and the path if the text does not contain it. */
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

/** The source file of a text, relative to the root of the workspace. */
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
