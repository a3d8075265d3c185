/** Reads the links and the anchors of Markdown pages, so that a check can follow them. */

const fence = /^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[`~]*$/gm

/** The text outside code blocks. */
export const prose = (markdown: string): string => markdown.replace(fence, "")

/** The targets of all links, as they are written. */
export const links = (markdown: string): ReadonlyArray<string> =>
  [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)

/** The anchors of all headings, in the form that GitHub generates. */
export const anchors = (markdown: string): ReadonlyArray<string> =>
  [...prose(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-")
  )

export const isExternal = (link: string): boolean => /^[a-z]+:/.test(link)

/** Applies `replace` to every link outside code blocks. `undefined` keeps only the text of the link. */
export const mapLinks = (markdown: string, replace: (link: string) => string | undefined): string => {
  const inProse = (text: string): string =>
    text.replace(/\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, (whole: string, text: string, link: string) => {
      if (isExternal(link)) return whole
      const target = replace(link)
      return target === undefined ? text : `[${text}](${target})`
    })
  let position = 0
  let result = ""
  for (const block of markdown.matchAll(fence)) {
    result += inProse(markdown.slice(position, block.index)) + block[0]
    position = block.index + block[0].length
  }
  return result + inProse(markdown.slice(position))
}
