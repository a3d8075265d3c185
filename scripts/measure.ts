/**
 * Measures the sources of the published packages: lines of documentation for each line of code, in public modules (those that can be imported, and
 * those that `testing` re-exports) and in internal ones, and the files of more than 500 lines in the workspace. A line of documentation contains only
 * a comment; a line of code contains something else. `--files` lists every file.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { publicModulesOf, filesUnder } from "./exports.js"
import { countLines, type Lines } from "./lines.js"
import { published, publishedFolders } from "./published.js"

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")
const longest = 500

interface Row extends Lines {
  readonly file: string
  readonly isPublic: boolean
}

/** Modules that an index re-exports as namespaces are public, although no subpath names them. */
const reExported = (folder: string, file: string): ReadonlyArray<string> =>
  [...Fs.readFileSync(Path.join(folder, file), "utf8").matchAll(/^export \* (?:as \w+ )?from "(\.[^"]+)\.js"$/gm)].map(
    ([, path]) => Path.posix.join(Path.posix.dirname(file), `${path}.ts`)
  )

const rowsOf = (folder: string): ReadonlyArray<Row> => {
  const importable = publicModulesOf(folder).map(({ file }) => file)
  const isPublic = new Set([
    ...importable,
    ...importable.filter((file) => file.endsWith("/index.ts")).flatMap((file) => reExported(folder, file))
  ])
  return filesUnder(Path.join(folder, "src"))
    .map((file) => `src/${file}`)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({
      file,
      isPublic: isPublic.has(file),
      ...countLines(Fs.readFileSync(Path.join(folder, file), "utf8"))
    }))
}

const print = (name: string, rows: ReadonlyArray<Lines>): void => {
  const code = rows.reduce((sum, row) => sum + row.code, 0)
  const documentation = rows.reduce((sum, row) => sum + row.documentation, 0)
  const ratio = (documentation / Math.max(code, 1)).toFixed(2)
  console.log(
    `${name.padEnd(36)} ${String(documentation).padStart(6)} / ${String(code).padStart(6)} = ${ratio.padStart(5)}`
  )
}

for (const name of published) {
  const rows = rowsOf(Path.join(root, "packages", name))
  console.log(`packages/${name}: lines of documentation / lines of code`)
  for (const isPublic of [true, false]) {
    const those = rows.filter((row) => row.isPublic === isPublic)
    print(`  ${isPublic ? "public" : "internal"} (${those.length} files)`, those)
    if (process.argv.includes("--files")) {
      const share = ({ code, documentation }: Lines): number => documentation / Math.max(code, 1)
      for (const row of those.toSorted((a, b) => share(b) - share(a))) print(`    ${row.file}`, [row])
    }
  }
}

const tracked = execFileSync("git", ["ls-files", "*.ts"], { cwd: root, encoding: "utf8" }).trim().split("\n")
const long = tracked
  .filter((file) => Fs.existsSync(Path.join(root, file)))
  .map((file) => ({ file, lines: Fs.readFileSync(Path.join(root, file), "utf8").trimEnd().split("\n").length }))
  .filter(({ lines }) => lines > longest)
  .toSorted((a, b) => b.lines - a.lines)
const sources = long.filter(({ file }) => publishedFolders.some((folder) => file.startsWith(`${folder}/src/`)))
console.log(
  `files of more than ${longest} lines: ${long.length}, including ${sources.length} sources of the published packages`
)
for (const { file, lines } of long) console.log(`  ${String(lines).padStart(5)}  ${file}`)
