/** The programs of the scenes as they are in their files, with the colours of the site. Read when the site is built. */
import { createMarkdownRenderer, defineLoader } from "vitepress"
import { readFileSync } from "node:fs"
import { basename } from "node:path"

export interface Source {
  readonly text: string
  readonly html: string
}

/** By the name of the file. VitePress replaces this declaration with the result of `load`. */
export declare const data: Readonly<Record<string, Source>>

export default defineLoader({
  watch: ["./programs/*.ts"],
  load: async (files: Array<string>): Promise<Readonly<Record<string, Source>>> => {
    // the renderer of the site, which already exists at this point
    const markdown = await createMarkdownRenderer(process.cwd())
    return Object.fromEntries(
      files.map((file) => {
        const text = readFileSync(file, "utf8")
        const rendered = markdown.render(`\`\`\`ts\n${text}\`\`\``)
        return [basename(file), { text, html: /<pre[\s\S]*<\/pre>/.exec(rendered)?.[0] ?? rendered }]
      })
    )
  }
})
