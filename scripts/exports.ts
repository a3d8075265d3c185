/** Which source file belongs to which import of a published package, by the `exports` of its manifest and Node's rules for them. */
import * as Fs from "node:fs"
import * as Path from "node:path"

/** The `exports` of a workspace package: a source file, or null for a closed subpath. */
export type Exports = Readonly<Record<string, string | null>>

/** The public modules of a package, in the order of their names. */
export interface PublicModule {
  /** The import path of a user: `effect-friendli/Chat`. */
  readonly specifier: string
  /** The source file, from the package's folder: `src/Chat.ts`. */
  readonly file: string
}

const bestPattern = (exports: Exports, subpath: string): string | undefined =>
  Object.keys(exports)
    .filter((key) => {
      const [before, after] = key.split("*")
      return (
        after !== undefined &&
        subpath.startsWith(before!) &&
        subpath.endsWith(after) &&
        subpath.length >= before!.length + after.length + 1
      )
    })
    .toSorted((a, b) => b.indexOf("*") - a.indexOf("*"))[0]

/** The file that Node loads for a subpath (`./Chat`), or null if the subpath is closed. */
export const resolve = (exports: Exports, subpath: string): string | null => {
  if (Object.hasOwn(exports, subpath) && !subpath.includes("*")) return exports[subpath]!
  const key = bestPattern(exports, subpath)
  const target = key === undefined ? null : exports[key]!
  if (key === undefined || target === null) return null
  const [before, after] = key.split("*") as [string, string]
  return target.replaceAll("*", subpath.slice(before.length, subpath.length - after.length))
}

/** All subpaths under which `files` can be imported. A file with two names is listed under both. */
export const publicModules = (
  name: string,
  exports: Exports,
  files: ReadonlyArray<string>
): ReadonlyArray<PublicModule> => {
  const subpaths = Object.entries(exports).flatMap(([key, target]) => {
    if (target === null || !target.endsWith(".ts")) return []
    if (!key.includes("*")) return [key]
    const [before, after] = target.split("*") as [string, string]
    return files
      .map((file) => `./${file}`)
      .filter((file) => file.startsWith(before) && file.endsWith(after))
      .map((file) => key.replaceAll("*", file.slice(before.length, file.length - after.length)))
  })
  return [...new Set(subpaths)]
    .flatMap((subpath) => {
      const file = resolve(exports, subpath)
      return file === null ? [] : [{ specifier: name + subpath.slice(1), file: file.slice(2) }]
    })
    .toSorted((a, b) => (a.specifier < b.specifier ? -1 : 1))
}

export const filesUnder = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => Path.relative(folder, Path.join(entry.parentPath, entry.name)).split(Path.sep).join("/"))
    .toSorted()

/** The public modules of the package in `folder`, read from its manifest and its sources. */
export const publicModulesOf = (folder: string): ReadonlyArray<PublicModule> => {
  const { name, exports } = JSON.parse(Fs.readFileSync(Path.join(folder, "package.json"), "utf8")) as {
    readonly name: string
    readonly exports: Exports
  }
  const files = filesUnder(Path.join(folder, "src")).map((file) => `src/${file}`)
  return publicModules(name, exports, files)
}
