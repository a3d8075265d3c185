/** The pages of the reference of a package, and the module comments of its sources. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { publicModulesOf } from "../../../scripts/exports.js"

/** Page names by the source file of the module. */
export type Pages = ReadonlyMap<string, string>

const reExport = /^export \* as (\w+) from "(\.[^"]+)\.js"$/gm

/**
 * A page for each module that can be imported, with the name of its subpath. An index has no page. The modules of `effect-friendli/testing` have
 * pages below its name, because they have no subpaths of their own; the modules of the top index have subpaths.
 */
export const pagesOf = (folder: string): Pages => {
  const pages = new Map<string, string>()
  for (const { file, specifier } of publicModulesOf(folder)) {
    const [, subpath = ""] = /^(?:@[^/]+\/)?[^/]+(?:\/(.*))?$/.exec(specifier)!
    const path = Path.join(folder, file)
    if (!file.endsWith("/index.ts")) pages.set(path, subpath)
    else if (subpath !== "") {
      for (const [, name, target] of Fs.readFileSync(path, "utf8").matchAll(reExport)) {
        pages.set(Path.join(Path.dirname(path), `${target}.ts`), `${subpath}/${name}`)
      }
    }
  }
  return pages
}

/** The comment at the top of a source file that describes the module, not its first export. */
export const header = (source: string): string | undefined => {
  const [comment, text] = /^\/\*\*([\s\S]*?)\*\/(?=\s*(?:import |export [{*]|\/\*\*|\/\/))/.exec(source) ?? []
  if (comment === undefined) return undefined
  const lines = text!.split("\n").map((line) => line.replace(/^ *\* ?/, ""))
  const tag = lines.findIndex((line) => line.startsWith("@"))
  const description = (tag < 0 ? lines : lines.slice(0, tag)).join("\n").trim()
  return description === "" ? undefined : description
}
