/**
 * Builds the published packages: ESM, declarations and maps by the compiler, then `/*#__PURE__*\/` on the calls that make a module's values, so that
 * a bundler drops every schema and service that a program does not use. The compiler's source maps are updated. The emulator gets its vocabulary as
 * data, and commands are bundled into few files, so that they start quickly. The documentation is copied into the package. pnpm adds the licence when
 * it packs.
 */
import { type TransformOptions, transformFileAsync } from "@babel/core"
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { bundleCommand } from "./command.js"
import { publishedFolders, withCommand } from "./published.js"
import { writePackageDocs } from "./packageDocs.js"
import { writeVocabulary } from "./vocabulary.js"

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")
const packages = publishedFolders.map((folder) => Path.join(root, folder))

// a renamed module must not stay in the tarball under its old name
for (const folder of packages) Fs.rmSync(Path.join(folder, "dist"), { recursive: true, force: true })

const projects = packages.map((folder) => Path.join(folder, "tsconfig.src.json"))
execFileSync(process.execPath, [Path.join(root, "node_modules/typescript/bin/tsc"), "-b", ...projects], {
  stdio: "inherit"
})

const annotate = async (path: string): Promise<void> => {
  const map = `${path}.map`
  const result = await transformFileAsync(path, {
    plugins: ["annotate-pure-calls"],
    babelrc: false,
    configFile: false,
    compact: false,
    sourceMaps: true,
    inputSourceMap: JSON.parse(Fs.readFileSync(map, "utf8")) as NonNullable<TransformOptions["inputSourceMap"]>
  })
  if (!result?.code || !result.map) throw new Error(`${path}: the transformation has no result`)
  const code = result.code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "")
  Fs.writeFileSync(path, `${code}\n//# sourceMappingURL=${Path.basename(map)}\n`)
  Fs.writeFileSync(map, JSON.stringify({ ...result.map, file: Path.basename(path) }))
}

for (const folder of packages) {
  const dist = Path.join(folder, "dist")
  const modules = Fs.readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"))
  await Promise.all(modules.map((file) => annotate(Path.join(dist, file))))
  const manifest = JSON.parse(Fs.readFileSync(Path.join(folder, "package.json"), "utf8")) as {
    readonly name: string
    readonly publishConfig: { readonly bin?: Readonly<Record<string, string>> }
  }
  for (const bin of Object.values(manifest.publishConfig.bin ?? {})) {
    const path = Path.join(folder, bin)
    if (!Fs.readFileSync(path, "utf8").startsWith("#!/usr/bin/env node\n")) throw new Error(`${path}: no shebang`)
    Fs.chmodSync(path, 0o755)
  }
  console.log(`${manifest.name}: ${modules.length} modules`)
}

const vocabularySize = await writeVocabulary(Path.join(root, "packages/emulator"))
for (const folder of withCommand) await bundleCommand(Path.join(root, folder))
console.log(`vocabulary of the emulator: ${Math.ceil(vocabularySize / 1000)} kB`)

writePackageDocs(root)
